import type { LogLine, Span, Usage } from "../kernel/telemetry.ts";
import type { Numbered } from "./model.ts";
import type { Batch, Eviction, RecordKind } from "./records.ts";
import { type Share, thin, weighLine } from "./retention.ts";

/** The most that waits to be kept. Beyond it the noisiest groups lose their oldest records. */
const WAITING = { lineBytes: 64_000_000, records: 200_000 };

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

  /** All that waits; what comes after waits anew. */
  take(): Batch {
    const batch = {
      spans: this.#spans,
      lines: this.#lines,
      usages: this.#usages,
      evicted: this.#evicted,
    };
    this.#spans = [];
    this.#lines = [];
    this.#usages = [];
    this.#evicted = [];
    this.#lineBytes = 0;
    return batch;
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
