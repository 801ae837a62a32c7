import { setImmediate } from "node:timers/promises";
import type { Lines } from "../../kernel/lines.ts";
import type { Store } from "../../store/store.ts";
import type { LogEvent } from "./event.ts";
import { withinTime } from "./filter-patterns.ts";
import { isIndexed } from "./index-rules.ts";
import { lengthMs } from "./insights/periods.ts";
import type { Query, Run } from "./insights/query.ts";
import type { Baseline } from "./insights/reading/ast.ts";
import type { Row } from "./insights/row.ts";
import { formatPointer } from "./pointers.ts";
import { eventPages } from "./reading.ts";
import type { GroupRecord } from "./records.ts";

/** What one page of events may take to be looked at. */
const LONGEST_PAGE_MS = 10_000;
/** Events looked at before others get their turn. */
const TURN = 1_000;
const DAY_MS = 86_400_000;

interface World {
  readonly store: Store;
  readonly lines: Lines;
}

/** What a query looks at. */
export interface Scan {
  readonly groups: readonly GroupRecord[];
  /** Those of each query within the query. */
  readonly groupsWithin: readonly (readonly GroupRecord[])[];
  readonly fromMs: number;
  /** Excluded. */
  readonly untilMs: number;
  readonly nowMs: number;
}

export interface Statistics {
  recordsMatched: number;
  recordsScanned: number;
  bytesScanned: number;
  logGroupsScanned: number;
}

/** Thrown when a query takes too long. */
export class QueryTimeout extends Error {
  override readonly name = "QueryTimeout";
}

/** Runs a query; `isStopped` is asked now and then. Throws QueryTimeout. */
export async function runQuery(
  world: World,
  query: Query,
  scan: Scan,
  statistics: Statistics,
  isStopped: () => boolean,
): Promise<readonly Row[]> {
  for (const [at, { subquery, query: inner }] of query.subqueries.entries()) {
    const own = { ...statistics, recordsMatched: 0 };
    const groups = scan.groupsWithin[at] ?? [];
    subquery.settle(await pass(world, inner, { ...scan, groups }, own, isStopped));
    Object.assign(statistics, { ...own, recordsMatched: statistics.recordsMatched });
  }
  statistics.logGroupsScanned = indexedGroups(query, scan).length;
  const now = await pass(world, query, scan, statistics, isStopped);
  if (query.diff === undefined) return now;
  const { fromMs, untilMs } = scan;
  const shiftMs = shiftOf(query.diff, untilMs - fromMs);
  const earlier = { ...scan, fromMs: Math.max(0, fromMs - shiftMs), untilMs: Math.max(0, untilMs - shiftMs) };
  return query.compare(now, await pass(world, query, earlier, statistics, isStopped));
}

/** How much earlier the time lies that a query compares its own with. */
function shiftOf(baseline: Baseline, spanMs: number): number {
  if (typeof baseline === "object") return lengthMs(baseline);
  return baseline === "previous" ? spanMs : { day: 1, week: 7, month: 30 }[baseline] * DAY_MS;
}

async function pass(
  world: World,
  query: Query,
  scan: Scan,
  statistics: Statistics,
  isStopped: () => boolean,
): Promise<readonly Row[]> {
  const run = query.start();
  const before = statistics.recordsMatched;
  for await (const { group, events } of latestFirst(world, { ...scan, groups: indexedGroups(query, scan) })) {
    const log = `${group.account}:${group.name}`;
    for (let at = 0; at < events.length; at += TURN) {
      if (isStopped() || run.isFull) return run.end();
      const some = events.slice(at, at + TURN);
      lookAt(query, run, group, log, some);
      statistics.recordsMatched = before + run.matched;
      statistics.recordsScanned += some.length;
      for (const { message } of some) statistics.bytesScanned += message.length;
      await setImmediate();
    }
  }
  return run.end();
}

/** The groups that have the indexes that a query asks for. */
const indexedGroups = (query: Query, { groups }: Scan): readonly GroupRecord[] =>
  groups.filter((group) => query.indexes.every((field) => isIndexed(group, field)));

function lookAt(query: Query, run: Run, group: GroupRecord, log: string, events: readonly LogEvent[]): void {
  const look = () => {
    for (const event of events)
      run.take({ event, log, region: group.region, pointer: () => formatPointer(group, event) });
    return true;
  };
  const isDone = query.hasExpressions ? withinTime(LONGEST_PAGE_MS, look) : look();
  if (!isDone) throw new QueryTimeout("The query took too long.");
}

interface Page {
  readonly group: GroupRecord;
  readonly events: readonly LogEvent[];
}

/** Events of all groups, the latest first: of several groups as far as their pages reach. */
async function* latestFirst(world: World, { groups, fromMs, untilMs, nowMs }: Scan): AsyncGenerator<Page> {
  const sources = groups.map((group) => ({
    group,
    pages: eventPages(world, { group, fromMs, untilMs, reverse: true }, nowMs),
    rest: [] as readonly LogEvent[],
    isOver: false,
  }));
  for (;;) {
    for (const source of sources) {
      while (source.rest.length === 0 && !source.isOver) {
        const { value, done } = await source.pages.next();
        source.isOver = done === true;
        source.rest = value ?? [];
      }
    }
    const waiting = sources.filter(({ rest }) => rest.length > 0);
    const first = waiting.sort((one, other) => latestOf(other.rest) - latestOf(one.rest))[0];
    if (!first) return;
    // As many of the one that is ahead as come before the next of any other.
    const limitMs = Math.max(Number.NEGATIVE_INFINITY, ...waiting.slice(1).map(({ rest }) => latestOf(rest)));
    const end = first.rest.findIndex(({ timeMs }) => timeMs < limitMs);
    const taken = end < 0 ? first.rest : first.rest.slice(0, Math.max(1, end));
    first.rest = first.rest.slice(taken.length);
    yield { group: first.group, events: taken };
  }
}

const latestOf = (events: readonly LogEvent[]): number => events[0]?.timeMs ?? 0;
