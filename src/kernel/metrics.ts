import type { Scope } from "./scope.ts";
import { addValue, newTally, type Tally } from "./tally.ts";

/** What a number was counted of: `AWS/DynamoDB`, `ConsumedReadCapacityUnits`, `TableName=orders`. */
export interface Series extends Scope {
  readonly namespace: string;
  readonly name: string;
  /** `Name=value`, in the order AWS lists them, joined by commas: see `writeDimensions`. */
  readonly dimensions: string;
  /** As CloudWatch names it; absent: what AWS's own metric of that name has. */
  readonly unit?: string | undefined;
  /** CloudWatch keeps it by the second. */
  readonly isHigh?: boolean;
}

/** One minute of a series. */
export interface MinutePoint {
  /** Epoch milliseconds of the minute's beginning. */
  readonly startMs: number;
  readonly sum: number;
  readonly count: number;
  readonly maximum: number;
}

/** What was counted of a series in a minute, or a second of one of high resolution, or in a part of it. */
export interface Counted {
  readonly series: Series;
  readonly startMs: number;
  readonly tally: Tally;
}

/**
 * Numbers by the minute, as CloudWatch keeps them of AWS's own services: what scaling looks at. Kept in
 * memory for a day, and handed on in batches to where CloudWatch keeps them for longer.
 */
export interface Metrics {
  /** The counter of a series; keep it where numbers come fast. */
  counter(series: Series): Counter;
  /** The minutes that begin in [fromMs, toMs) and have data, the oldest first. */
  minutes(series: Series, fromMs: number, toMs: number): MinutePoint[];
  /** Has that looked at which is not counted but is there, such as how many messages wait. */
  look(series: Series): Promise<void>;
  /** Resolves when all that was counted is where CloudWatch keeps it. */
  settle(): Promise<void>;
  /** Hears of all that reaches CloudWatch, once it is kept there. */
  listen(listener: (counted: readonly Counted[]) => void): void;
  /** Tells those who listen of what came to CloudWatch by itself. */
  tell(counted: readonly Counted[]): void;
  clear(): void;
}

export interface Counter {
  add(value: number, atMs: number): void;
}

/** Where what was counted goes. */
export interface Keeping {
  /** The first number since all was handed on, and any of high resolution, which does not wait for long. */
  begun(isHigh: boolean): void;
  look(series: Series): Promise<void>;
  keep(counted: readonly Counted[]): Promise<void>;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const KEPT_MINUTES = 24 * 60;
/** Series remembered for the sake of their last day: names that never come again must not fill the memory. */
const MOST_SERIES = 50_000;

export function createMetrics(keeping?: Keeping): Metrics {
  const all = new Map<string, MinuteCounter>();
  let fresh: MinuteCounter[] = [];
  let settling = Promise.resolve();
  const listeners: ((counted: readonly Counted[]) => void)[] = [];
  const tell = (counted: readonly Counted[]) => {
    for (const listener of listeners) listener(counted);
  };
  const note = (counter: MinuteCounter) => {
    if (fresh.push(counter) === 1 || counter.isHigh) keeping?.begun(counter.isHigh);
  };
  const handOn = async () => {
    const counted = fresh.flatMap((counter) => counter.take());
    fresh = [];
    if (all.size > MOST_SERIES) all.clear();
    if (counted.length === 0) return;
    await keeping?.keep(counted);
    tell(counted.map(byTheMinute));
  };
  return {
    counter(series) {
      const key = keyOf(series);
      let counter = all.get(key);
      if (!counter) {
        counter = new MinuteCounter(series, keeping ? note : undefined);
        all.set(key, counter);
      }
      return counter;
    },
    minutes: (series, fromMs, toMs) => all.get(keyOf(series))?.between(fromMs, toMs) ?? [],
    look: async (series) => keeping?.look(series),
    settle() {
      settling = settling.then(handOn, handOn);
      return settling;
    },
    listen: (listener) => void listeners.push(listener),
    tell,
    clear() {
      for (const counter of all.values()) counter.clear();
      for (const counter of fresh) counter.clear();
      fresh = [];
    },
  };
}

/** Who listens hears of minutes. */
function byTheMinute(counted: Counted): Counted {
  if (!counted.series.isHigh) return counted;
  return { ...counted, startMs: Math.floor(counted.startMs / MINUTE_MS) * MINUTE_MS };
}

/** Dimensions as a series names them. */
export function writeDimensions(dimensions: Iterable<readonly [string, string]>): string {
  return Array.from(dimensions, ([name, value]) => `${escaped(name)}=${escaped(value)}`).join(",");
}

export function readDimensions(text: string): [string, string][] {
  if (text === "") return [];
  return text.split(",").map((pair) => {
    const at = pair.indexOf("=");
    return [plain(pair.slice(0, at)), plain(pair.slice(at + 1))];
  });
}

const escaped = (text: string) =>
  text.replace(/[%,=]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
const plain = (text: string) =>
  text.replace(/%(25|2C|3D)/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

interface Minute {
  readonly minute: number;
  sum: number;
  count: number;
  maximum: number;
}

class MinuteCounter implements Counter {
  readonly #series: Series;
  readonly isHigh: boolean;
  readonly #note: ((counter: MinuteCounter) => void) | undefined;
  readonly #minutes = new Map<number, Minute>();
  #latest: Minute | undefined;
  /** What has not been handed on, by the minute or the second. */
  readonly #fresh = new Map<number, Tally>();
  #latestFresh: Tally | undefined;

  constructor(series: Series, note: ((counter: MinuteCounter) => void) | undefined) {
    this.#series = series;
    this.isHigh = series.isHigh ?? false;
    this.#note = note;
  }

  add(value: number, atMs: number): void {
    const minute = Math.floor(atMs / MINUTE_MS);
    const isLatest = this.#latest?.minute === minute;
    if (this.#note) {
      if (this.isHigh) this.#addFresh(value, Math.floor(atMs / SECOND_MS), false);
      else this.#addFresh(value, minute, isLatest);
    }
    const known = isLatest ? this.#latest : this.#minutes.get(minute);
    if (known) {
      known.sum += value;
      known.count++;
      known.maximum = Math.max(known.maximum, value);
      return;
    }
    this.#latest = { minute, sum: value, count: 1, maximum: value };
    this.#latestFresh = this.#fresh.get(minute);
    this.#minutes.set(minute, this.#latest);
    for (const old of this.#minutes.keys()) {
      if (old > minute - KEPT_MINUTES) break;
      this.#minutes.delete(old);
    }
  }

  #addFresh(value: number, beat: number, isLatest: boolean): void {
    let tally = isLatest ? this.#latestFresh : this.#fresh.get(beat);
    if (!tally) {
      if (this.#fresh.size === 0) this.#note?.(this);
      tally = newTally();
      this.#fresh.set(beat, tally);
      if (isLatest) this.#latestFresh = tally;
    }
    addValue(tally, value);
  }

  /** What has not been handed on. */
  take(): Counted[] {
    const series = this.#series;
    const beatMs = this.isHigh ? SECOND_MS : MINUTE_MS;
    const counted = Array.from(this.#fresh, ([beat, tally]) => ({ series, startMs: beat * beatMs, tally }));
    this.#fresh.clear();
    this.#latestFresh = undefined;
    return counted;
  }

  between(fromMs: number, toMs: number): MinutePoint[] {
    const points: MinutePoint[] = [];
    for (const { minute, sum, count, maximum } of this.#minutes.values()) {
      const startMs = minute * MINUTE_MS;
      if (startMs >= fromMs && startMs < toMs) points.push({ startMs, sum, count, maximum });
    }
    return points.sort((one, other) => one.startMs - other.startMs);
  }

  clear(): void {
    this.#minutes.clear();
    this.#fresh.clear();
    this.#latest = undefined;
    this.#latestFresh = undefined;
  }
}

function keyOf({ account, region, namespace, name, dimensions, unit = "None", isHigh }: Series): string {
  const own = unit === "None" && !isHigh ? "" : ` ${unit} ${isHigh ? "high" : ""}`;
  return `${account} ${region} ${namespace} ${name} ${dimensions}${own}`;
}
