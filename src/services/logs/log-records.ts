import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { Context, Handlers } from "../define.ts";
import { requireGroup, requireStream } from "./catalog.ts";
import { comparePositions, type LogEvent } from "./event.ts";
import { missing } from "./faults.ts";
import { flatten } from "./insights/discover.ts";
import { Row } from "./insights/row.ts";
import { textOf } from "./insights/values.ts";
import { type GroupName, namedGroup } from "./names.ts";
import { formatPointer, parsePointer } from "./pointers.ts";
import { eventPages } from "./reading.ts";
import type { GroupRecord } from "./records.ts";

const SAMPLE = 1_000;
const MINUTE_MS = 60_000;
const SYSTEM = ["@ingestionTime", "@log", "@logStream", "@message", "@timestamp"];

/** Single events, and what they hold. */
export const logRecords = {
  async GetLogRecord({ logRecordPointer = "" }, context) {
    const { group: name, stream: streamName, position } = parsePointer(logRecordPointer);
    const { store, clock } = context;
    const { group, stream } = await store.transact(async (tx) => {
      const group = await requireGroup(tx, name);
      return { group, stream: await requireStream(tx, group.number, streamName) };
    });
    const { timeMs } = position;
    const query = { group, streams: [stream], fromMs: timeMs, untilMs: timeMs + 1, reverse: false };
    for await (const page of eventPages(context, query, clock.now())) {
      const event = page.find((one) => comparePositions(one, position) === 0);
      if (event) return { logRecord: recordOf(name, event) };
    }
    throw missing("The specified log record does not exist.");
  },

  async GetLogGroupFields(input, context) {
    const { store, scope, clock } = context;
    const group = await store.transact((tx) => requireGroup(tx, namedGroup(scope, input)));
    const nowMs = Math.floor(clock.now());
    // 15 minutes: the last ones, or those around a time. In seconds, as times of queries are.
    const aroundMs = input.time === undefined ? undefined : input.time * 1000;
    const fromMs = aroundMs === undefined ? nowMs - 15 * MINUTE_MS : aroundMs - 8 * MINUTE_MS;
    const untilMs = aroundMs === undefined ? nowMs + 1 : aroundMs + 7 * MINUTE_MS;
    const { counts, total } = await countFields(context, group, Math.max(0, fromMs), untilMs);
    const fields = [...counts].map(([name, count]) => ({ name, percent: Math.round((count / total) * 100) }));
    return { logGroupFields: fields.sort((one, other) => (one.name < other.name ? -1 : 1)) };
  },
} satisfies Handlers<typeof sdk>;

export function rowOf(group: GroupName, event: LogEvent): Row {
  const pointer = () => formatPointer(group, event);
  return new Row({ event, log: `${group.account}:${group.name}`, region: group.region, pointer });
}

function recordOf(group: GroupName, event: LogEvent): Record<string, string> {
  const row = rowOf(group, event);
  const found = flatten(row.discovered()).map(([name, value]) => [name, textOf(value) ?? ""]);
  const system = SYSTEM.map((name) => [name, textOf(row.get(name)) ?? ""]);
  const times = { "@timestamp": String(event.timeMs), "@ingestionTime": String(event.ingestedMs) };
  return { ...Object.fromEntries([...found, ...system, ["@ptr", textOf(row.get("@ptr")) ?? ""]]), ...times };
}

async function countFields(
  context: Context,
  group: GroupRecord,
  fromMs: number,
  untilMs: number,
): Promise<{ readonly counts: ReadonlyMap<string, number>; readonly total: number }> {
  const counts = new Map<string, number>();
  const add = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  let total = 0;
  const query = { group, fromMs, untilMs, reverse: true, few: SAMPLE };
  for await (const page of eventPages(context, query, context.clock.now())) {
    for (const event of page.slice(0, SAMPLE - total)) {
      total++;
      for (const name of SYSTEM) add(name);
      for (const [name] of flatten(rowOf(group, event).discovered())) add(name);
    }
    if (total >= SAMPLE) break;
  }
  return { counts, total };
}
