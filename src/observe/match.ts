import type { LogLine } from "../kernel/telemetry.ts";
import type { LogQuery, StoredLine } from "./model.ts";

/** Whether a line recorded at `seq` is one that the query asks for. */
export function matchesLine(query: LogQuery, line: LogLine, seq: number): boolean {
  if (query.account !== undefined && line.account !== query.account) return false;
  if (query.region !== undefined && line.region !== query.region) return false;
  if (query.groups?.length && !query.groups.includes(line.group)) return false;
  if (query.streams?.length && !query.streams.includes(line.stream)) return false;
  if (query.sinceMs !== undefined && line.timeMs < query.sinceMs) return false;
  if (query.untilMs !== undefined && line.timeMs >= query.untilMs) return false;
  if (query.afterSeq !== undefined && seq <= query.afterSeq) return false;
  if (query.untilSeq !== undefined && seq > query.untilSeq) return false;
  if (query.beyond && !isBeyond(query, query.beyond, line, seq)) return false;
  if (query.requestId !== undefined && !line.requestId?.startsWith(query.requestId)) return false;
  if (query.traceId !== undefined && !line.traceId?.startsWith(query.traceId)) return false;
  return query.filter === undefined || line.message.includes(query.filter);
}

/** By time, lines of one moment as they were recorded; with a cursor, as they were recorded. */
export function compareLines(query: LogQuery): (a: StoredLine, b: StoredLine) => number {
  const sign = query.order === "oldest" ? 1 : -1;
  if (query.afterSeq !== undefined) return (a, b) => sign * (a.seq - b.seq);
  return (a, b) => sign * (a.timeMs - b.timeMs || a.seq - b.seq);
}

function isBeyond(
  { order }: LogQuery,
  { timeMs, seq }: NonNullable<LogQuery["beyond"]>,
  line: LogLine,
  lineSeq: number,
): boolean {
  const after = line.timeMs - timeMs || lineSeq - seq;
  return order === "oldest" ? after > 0 : after < 0;
}
