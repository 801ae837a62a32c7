import type { LogLine, Span, Usage } from "../kernel/telemetry.ts";
import type { Numbered } from "./model.ts";
import type { Batch, Eviction, RecordKind } from "./records.ts";
import { type Share, thin, weighLine } from "./retention.ts";

/** The most that waits to be kept. Beyond it the noisiest groups lose their oldest records. */
const WAITING = { lineBytes: 64_000_000, records: 200_000 };

const BATCH = { lineBytes: 4_000_000, records: 5_000 };

/** Where records wait, in order, until they are kept. Taking one in is a push into an array. */
export class Intake {
  #spans: Numbered<Span>[] = [];
  #lines: Numbered<LogLine>[] = [];
  #usages: Numbered<Usage>[] = [];
  #evicted: Eviction[] = [];
  #lineBytes = 0;
  #lastSeq: number;

  /** Places in the order of recording begin after `startSeq`. */
  constructor(startSeq: number) {
    this.#lastSeq = startSeq;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** How many records wait. */
  get size(): number {
    return this.#spans.length + this.#lines.length + this.#usages.length;
  }

  get lineBytes(): number {
    return this.#lineBytes;
  }

  span(record: Span): void {
    this.#spans.push({ seq: ++this.#lastSeq, record });
    if (this.#spans.length > WAITING.records) {
      this.#spans = this.#thin("span", this.#spans, { groupOf: (span) => span.name, ...HALF_RECORDS });
    }
  }

  usage(record: Usage): void {
    this.#usages.push({ seq: ++this.#lastSeq, record });
    if (this.#usages.length > WAITING.records) {
      this.#usages = this.#thin("usage", this.#usages, { groupOf: (usage) => usage.unit, ...HALF_RECORDS });
    }
  }

  /** Returns the line's place. */
  log(record: LogLine): number {
    this.#lines.push({ seq: ++this.#lastSeq, record });
    this.#lineBytes += weighLine(record);
    if (this.#lineBytes > WAITING.lineBytes) {
      const share = { capacity: WAITING.lineBytes / 2, perGroup: WAITING.lineBytes / 2, weigh: weighLine };
      this.#lines = this.#thin("line", this.#lines, { groupOf: (line) => line.group, ...share });
      this.#lineBytes = this.#lines.reduce((sum, line) => sum + weighLine(line.record), 0);
    }
    return this.#lastSeq;
  }

  /** The oldest of what waits, a batch at most: the platform is held up only as long as one batch takes. */
  take(): Batch {
    let bytes = 0;
    let count = 0;
    for (const { record } of this.#lines) {
      if (count === BATCH.records || bytes >= BATCH.lineBytes) break;
      bytes += weighLine(record);
      count++;
    }
    this.#lineBytes -= bytes;
    return {
      spans: this.#spans.splice(0, BATCH.records),
      lines: this.#lines.splice(0, count),
      usages: this.#usages.splice(0, BATCH.records),
      evicted: this.#evicted.splice(0),
    };
  }

  /** Forgets what waits. */
  clear(): void {
    this.#spans = [];
    this.#lines = [];
    this.#usages = [];
    this.#evicted = [];
    this.#lineBytes = 0;
  }

  /** The place of the oldest record that waits, or undefined when none does. */
  get firstSeq(): number | undefined {
    const first = Math.min(
      ...[this.#spans, this.#lines, this.#usages].map((list) => list[0]?.seq ?? Infinity),
    );
    return first === Infinity ? undefined : first;
  }

  #thin<T>(kind: RecordKind, records: readonly Numbered<T>[], share: Share<T>): Numbered<T>[] {
    const { kept, dropped } = thin(records, share);
    for (const [group, count] of dropped) this.#evicted.push({ kind, group, count });
    return kept;
  }
}

const HALF_RECORDS = {
  capacity: WAITING.records / 2,
  perGroup: WAITING.records / 2,
  weigh: () => 1,
} as const;
