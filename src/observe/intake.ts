import type { FunctionEvent, LogLine, Span, Usage } from "../kernel/telemetry.ts";
import { detached, keptForm, type WaitingEvent, weighWaiting } from "./events.ts";
import { Stacks } from "./issues/stacks.ts";
import type { KeptEvent, Numbered } from "./model.ts";
import type { Batch, Eviction, RecordKind } from "./records.ts";
import { type Share, thin, weighLine } from "./retention.ts";

/** The most that waits to be kept. Beyond it the noisiest groups lose their oldest records. */
const WAITING = { lineBytes: 64_000_000, eventBytes: 32_000_000, records: 200_000 };

const BATCH = { lineBytes: 4_000_000, eventBytes: 4_000_000, records: 5_000 };

const withoutLineage = ({ lineage: _, ...line }: LogLine): LogLine => line;

/** Spans of one name in the second that has begun, of those that need not all be taken. */
interface Allowance {
  second: number;
  taken: number;
  refused: number;
}

/** Where records wait, in order, until they are kept. Taking one in is a push into an array. */
export class Intake {
  #spans: Numbered<Span>[] = [];
  #lines: Numbered<LogLine>[] = [];
  /** Added up while they wait, by all that tells them apart. */
  #usages = new Map<string, { seq: number; record: Usage & { quantity: number } }>();
  readonly #allowances = new Map<string, Allowance>();
  #evicted: Eviction[] = [];
  #events: Numbered<WaitingEvent>[] = [];
  #lineBytes = 0;
  #eventBytes = 0;
  #lastSeq: number;
  readonly #mask: (text: string) => string;
  readonly #stacks = new Stacks();

  /** Places in the order of recording begin after `startSeq`; events are kept as `mask` gives them. */
  constructor(startSeq: number, mask: (text: string) => string = (text) => text) {
    this.#lastSeq = startSeq;
    this.#mask = mask;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** How many records wait. */
  get size(): number {
    return this.#spans.length + this.#lines.length + this.#usages.size + this.#events.length;
  }

  /** Of lines and events. */
  get bytes(): number {
    return this.#lineBytes + this.#eventBytes;
  }

  event(record: FunctionEvent): void {
    const kept = detached(record);
    if (record.failed) this.#stacks.prepare(record.result, record.isMapped);
    this.#events.push({ seq: ++this.#lastSeq, record: kept });
    this.#eventBytes += weighWaiting(kept);
    if (this.#eventBytes > WAITING.eventBytes) {
      const share = { capacity: WAITING.eventBytes / 2, perGroup: WAITING.eventBytes / 2 };
      const groupOf = (event: WaitingEvent) => event.functionArn;
      this.#events = this.#thin("event", this.#events, { groupOf, weigh: weighWaiting, ...share });
      this.#eventBytes = this.#events.reduce((sum, event) => sum + weighWaiting(event.record), 0);
    }
  }

  span(record: Span): void {
    this.#spans.push({ seq: ++this.#lastSeq, record });
    if (this.#spans.length > WAITING.records) {
      this.#spans = this.#thin("span", this.#spans, { groupOf: (span) => span.name, ...HALF_RECORDS });
    }
  }

  /** Whether there is room for one more span in its second; what is refused here is counted. */
  wants(name: string, startMs: number, mostASecond: number): boolean {
    const second = Math.floor(startMs / 1000);
    let allowance = this.#allowances.get(name);
    if (!allowance) {
      allowance = { second, taken: 0, refused: 0 };
      this.#allowances.set(name, allowance);
    }
    if (allowance.second !== second) {
      allowance.second = second;
      allowance.taken = 0;
    }
    if (allowance.taken < mostASecond) {
      allowance.taken++;
      return true;
    }
    allowance.refused++;
    return false;
  }

  usage(record: Usage): void {
    const key = `${record.unit} ${record.cause} ${record.resource} ${record.account} ${record.region}`;
    const waiting = this.#usages.get(key);
    if (waiting) waiting.record.quantity += record.quantity;
    else this.#usages.set(key, { seq: ++this.#lastSeq, record: { ...record } });
  }

  /** Returns the line's place. The lineage goes no further: it is for those who hear the line as it comes. */
  log(line: LogLine): number {
    const record = line.lineage === undefined ? line : withoutLineage(line);
    this.#lines.push({ seq: ++this.#lastSeq, record });
    this.#lineBytes += weighLine(record);
    if (this.#lineBytes > WAITING.lineBytes) {
      const share = { capacity: WAITING.lineBytes / 2, perGroup: WAITING.lineBytes / 2, weigh: weighLine };
      this.#lines = this.#thin("line", this.#lines, { groupOf: (line) => line.group, ...share });
      this.#lineBytes = this.#lines.reduce((sum, line) => sum + weighLine(line.record), 0);
    }
    return this.#lastSeq;
  }

  /** Resolves once the code behind stacks that wait has been read; undefined when it has. */
  settled(): Promise<unknown> | undefined {
    return this.#stacks.settled();
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
      usages: this.#takeUsages(),
      events: this.#takeEvents(),
      evicted: this.#takeEvicted(),
    };
  }

  /** Forgets what waits. */
  clear(): void {
    this.#spans = [];
    this.#lines = [];
    this.#usages.clear();
    this.#events = [];
    this.#allowances.clear();
    this.#evicted = [];
    this.#lineBytes = 0;
    this.#eventBytes = 0;
  }

  /** The place of the oldest record that waits, or undefined when none does. */
  get firstSeq(): number | undefined {
    const [usage] = this.#usages.values();
    const firsts = [this.#spans[0], this.#lines[0], this.#events[0], usage].map(
      (oldest) => oldest?.seq ?? Infinity,
    );
    const first = Math.min(...firsts);
    return first === Infinity ? undefined : first;
  }

  #takeEvents(): Numbered<KeptEvent>[] {
    let bytes = 0;
    let count = 0;
    for (const { record } of this.#events) {
      if (count === BATCH.records || bytes >= BATCH.eventBytes) break;
      bytes += weighWaiting(record);
      count++;
    }
    this.#eventBytes -= bytes;
    const taken = this.#events.splice(0, count);
    return taken.map(({ seq, record }) => ({ seq, record: keptForm(record, this.#mask, this.#stacks) }));
  }

  #takeUsages(): Numbered<Usage>[] {
    const usages = [...this.#usages.values()];
    this.#usages.clear();
    return usages;
  }

  /** What was refused is told as what was evicted is. */
  #takeEvicted(): Eviction[] {
    for (const [group, allowance] of this.#allowances) {
      if (allowance.refused > 0) this.#evicted.push({ kind: "span", group, count: allowance.refused });
      allowance.refused = 0;
    }
    return this.#evicted.splice(0);
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
