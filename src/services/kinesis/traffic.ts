import type { Store } from "../../store/store.ts";
import type { Context } from "../define.ts";
import type { Load } from "./putting.ts";
import type { StreamRecord } from "./records.ts";
import { isHot, isNotable, loadOf, type Tally, type Traffic } from "./scaling.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const MOST_STREAMS = 1000;

/** What is written in the present minute. */
class Minute implements Tally {
  bytes = 0;
  records = 0;
  wasHot = false;
  #startMs = Number.NEGATIVE_INFINITY;

  /** Gives what was written in the minute before, when another has begun. */
  add(bytes: number, records: number, nowMs: number): Tally | undefined {
    let before: Tally | undefined;
    if (nowMs >= this.#startMs + MINUTE_MS) {
      before = { bytes: this.bytes, records: this.records };
      this.#startMs = nowMs;
      this.bytes = 0;
      this.records = 0;
      this.wasHot = false;
    }
    this.bytes += bytes;
    this.records += records;
    return before;
  }
}

interface StreamTraffic {
  readonly whole: Minute;
  readonly shards: Map<number, Minute>;
  /** The highest load that was noted in the last hour. */
  noted: { readonly load: number; readonly atMs: number };
}

/** One platform's, found by its store: memory of what passes, of which the notable part is kept. */
const platforms = new WeakMap<Store, Map<number, StreamTraffic>>();

/** Counts what was written to an on-demand stream; gives what is worth to be noted, which is seldom. */
export function observeTraffic(
  { store, clock }: Pick<Context, "store" | "clock">,
  { number }: StreamRecord,
  loads: readonly Load[],
  sizeOf: (place: number) => number,
): Traffic | undefined {
  const nowMs = clock.now();
  const traffic = trafficOf(store, number);
  const hot: number[] = [];
  let load = 0;
  for (const { shard, places } of loads) {
    const bytes = places.reduce((sum, place) => sum + sizeOf(place), 0);
    const before = traffic.whole.add(bytes, places.length, nowMs);
    if (before) load = loadOf(before);
    const minute = minuteOf(traffic, shard.index);
    minute.add(bytes, places.length, nowMs);
    if (!minute.wasHot && isHot(minute)) {
      minute.wasHot = true;
      hot.push(shard.index);
    }
  }
  if (hot.length > 0) load = Math.max(load, loadOf(traffic.whole));
  else if (!isNotable(load) || isKnown(traffic, load, nowMs)) return undefined;
  traffic.noted = { load, atMs: nowMs };
  return { hot, load };
}

function isKnown({ noted }: StreamTraffic, load: number, nowMs: number): boolean {
  return load <= noted.load && nowMs < noted.atMs + HOUR_MS;
}

function trafficOf(store: Store, stream: number): StreamTraffic {
  let streams = platforms.get(store);
  if (!streams) {
    streams = new Map();
    platforms.set(store, streams);
  }
  let traffic = streams.get(stream);
  if (!traffic) {
    if (streams.size >= MOST_STREAMS) streams.clear();
    traffic = { whole: new Minute(), shards: new Map(), noted: { load: 0, atMs: 0 } };
    streams.set(stream, traffic);
  }
  return traffic;
}

function minuteOf({ shards }: StreamTraffic, index: number): Minute {
  let minute = shards.get(index);
  if (!minute) {
    minute = new Minute();
    shards.set(index, minute);
  }
  return minute;
}
