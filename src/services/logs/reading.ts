import type { Lines, PlacedLine } from "../../kernel/lines.ts";
import type { Store } from "../../store/store.ts";
import { bucketOf, readBuckets } from "./blocks.ts";
import { comparePositions, type LogEvent, type Position } from "./event.ts";
import { type GroupRecord, type StreamRecord, streamsOf } from "./records.ts";

/** Events read in one transaction. */
const PAGE = 5_000;
/** Lines asked for at once: each may hold 256 KiB. */
const LINE_PAGE = 1_000;
/** Streams named in one question. */
const MOST_NAMED = 200;
const DAY_MS = 86_400_000;

interface World {
  readonly store: Store;
  readonly lines: Lines;
}

/** Which events of a group are read. */
export interface EventQuery {
  readonly group: GroupRecord;
  /** All streams of the group when absent. */
  readonly streams?: readonly StreamRecord[];
  /** Whole milliseconds since the epoch, included; what has expired is left out in any case. */
  readonly fromMs: number;
  /** Excluded. */
  readonly untilMs: number;
  /** The latest first. */
  readonly reverse: boolean;
  /** Events that follow this position, the way they are read. */
  readonly beyond?: Position | undefined;
  /** For a look at few events. */
  readonly few?: number;
}

/** The time before which events have expired. */
export function expiryOf({ retentionDays }: GroupRecord, nowMs: number): number {
  return retentionDays === undefined ? 0 : Math.ceil(nowMs - retentionDays * DAY_MS);
}

/** Events of a group in the order of their positions, put ones and functions' lines alike, page by page. */
export async function* eventPages(
  world: World,
  query: EventQuery,
  nowMs: number,
): AsyncGenerator<readonly LogEvent[]> {
  const fromMs = Math.max(query.fromMs, expiryOf(query.group, nowMs));
  const whole = { ...query, fromMs };
  if (fromMs >= query.untilMs) return;
  const put = putPages(world, whole);
  if (query.group.linesAfter === undefined) yield* put;
  else yield* mergePages(put, linePages(world, whole, query.group.linesAfter), query.reverse);
}

async function* putPages({ store }: World, query: EventQuery): AsyncGenerator<readonly LogEvent[]> {
  const { group, streams, reverse, beyond, fromMs, untilMs, few } = query;
  const numbers = streams && new Set(streams.map(({ number }) => number));
  let from = bucketOf(Math.max(fromMs, reverse ? fromMs : (beyond?.timeMs ?? fromMs)));
  let until = bucketOf(Math.min(untilMs - 1, reverse ? (beyond?.timeMs ?? untilMs) : untilMs));
  while (from <= until) {
    const range = { group: group.number, from, until, reverse, enough: few ?? PAGE };
    const wanted = numbers ? { ...range, streams: numbers } : range;
    const { events, last } = await store.transact((tx) => readBuckets(tx, wanted));
    yield events.filter((event) => isWithin(event, query));
    if (last === undefined) return;
    if (reverse) until = last - 1;
    else from = last + 1;
  }
}

async function* linePages(
  { store, lines }: World,
  query: EventQuery,
  groupAfter: number,
): AsyncGenerator<readonly LogEvent[]> {
  const { group, reverse, fromMs, untilMs, few } = query;
  const streams = query.streams ?? (await store.transact((tx) => allOf(streamsOf(tx, group.number))));
  // Lines of a stream without a record went away with it.
  const shownAfter = new Map<string, number>();
  for (const { name, linesAfter } of streams) {
    if (linesAfter !== undefined) shownAfter.set(name, Math.max(linesAfter, groupAfter));
  }
  if (shownAfter.size === 0) return;
  const named = query.streams && shownAfter.size <= MOST_NAMED ? { streams: [...shownAfter.keys()] } : {};
  const { account, region, name } = group;
  const range = {
    account,
    region,
    group: name,
    ...named,
    fromMs,
    untilMs,
    limit: Math.min(few ?? LINE_PAGE, LINE_PAGE),
  };
  let beyond: { timeMs: number; seq: number } | undefined;
  for (;;) {
    const order = reverse ? "latest" : "oldest";
    const page = await lines.read({ ...range, order, ...(beyond ? { beyond } : {}) });
    const shown = page.lines.filter(({ seq, stream }) => seq > (shownAfter.get(stream) ?? Infinity));
    yield shown.map(eventOfLine).filter((event) => isWithin(event, query));
    const last = page.lines.at(-1);
    if (!page.more || !last) return;
    beyond = { timeMs: last.timeMs, seq: last.seq };
  }
}

/** A function's line as an event: on AWS each ends with its line break. */
export function eventOfLine({ timeMs, seq, stream, message }: PlacedLine): LogEvent {
  const wholeMs = Math.floor(timeMs);
  const place = { timeMs: wholeMs, stream: 0, block: seq, index: 0, isLine: true };
  return { ...place, streamName: stream, message: `${message}\n`, ingestedMs: wholeMs };
}

function isWithin(event: LogEvent, { fromMs, untilMs, beyond, reverse }: EventQuery): boolean {
  if (event.timeMs < fromMs || event.timeMs >= untilMs) return false;
  if (beyond === undefined) return true;
  const order = comparePositions(event, beyond);
  return reverse ? order < 0 : order > 0;
}

/** Two sequences of pages as one, in order. */
async function* mergePages(
  one: AsyncGenerator<readonly LogEvent[]>,
  other: AsyncGenerator<readonly LogEvent[]>,
  reverse: boolean,
): AsyncGenerator<readonly LogEvent[]> {
  const sources = [
    { pages: one, page: [] as readonly LogEvent[], at: 0 },
    { pages: other, page: [], at: 0 },
  ];
  const sign = reverse ? -1 : 1;
  for (;;) {
    for (const source of sources) {
      while (source.at === source.page.length) {
        const { value, done } = await source.pages.next();
        if (done) break;
        Object.assign(source, { page: value, at: 0 });
      }
    }
    const [first, second] = sources.map(({ page, at }) => page.slice(at)) as [LogEvent[], LogEvent[]];
    if (first.length === 0 && second.length === 0) return;
    const merged: LogEvent[] = [];
    let [i, j] = [0, 0];
    const isEmpty = first.length === 0 || second.length === 0;
    // Up to where one of the two ends: what comes next may be on its next page.
    while (isEmpty ? i < first.length || j < second.length : i < first.length && j < second.length) {
      const [left, right] = [first[i], second[j]];
      if (!right || (left && sign * comparePositions(left, right) <= 0)) {
        merged.push(left as LogEvent);
        i++;
      } else {
        merged.push(right);
        j++;
      }
    }
    Object.assign(sources[0] as object, { at: (sources[0]?.at ?? 0) + i });
    Object.assign(sources[1] as object, { at: (sources[1]?.at ?? 0) + j });
    yield merged;
  }
}

export async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
