import type { LineStream } from "../kernel/lines.ts";
import type { LogLine } from "../kernel/telemetry.ts";
import { howManyFit } from "./answers.ts";
import { Conditions } from "./conditions.ts";
import type { Columns, Database, Row } from "./duckdb.ts";
import type { LogPage, LogQuery, Numbered, StoredLine, StreamQuery } from "./model.ts";
import { LINE_MEMBERS, traceKey } from "./schema.ts";

/** A trace's root id, not a prefix of one. */
export const WHOLE_ID = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/;

export async function selectLines(database: Database, query: LogQuery): Promise<Omit<LogPage, "evicted">> {
  const limit = query.limit ?? 1_000;
  const where = new Conditions();
  where.add("account = ?", query.account);
  where.add("region = ?", query.region);
  if (query.groups?.length) where.anyOf("log_group", query.groups);
  if (query.streams?.length) where.anyOf("stream", query.streams);
  where.add("time_ms >= ?", query.sinceMs);
  where.add("time_ms < ?", query.untilMs);
  where.add("seq > ?", query.afterSeq);
  where.add("seq <= ?", query.untilSeq);
  where.add("starts_with(request_id, ?)", query.requestId);
  if (query.traceId && WHOLE_ID.test(query.traceId)) where.add("trace_key = ?", traceKey(query.traceId));
  where.add("starts_with(trace_id, ?)", query.traceId);
  where.add("contains(message, ?)", query.filter);
  if (query.beyond) addBeyond(where, query.beyond, query.order);
  const direction = query.order === "oldest" ? "ASC" : "DESC";
  const order = query.afterSeq === undefined ? `time_ms ${direction}, seq ${direction}` : `seq ${direction}`;
  const from = `FROM lines ${where.text} ORDER BY ${order}`;
  const select = `SELECT strlen(message)::DOUBLE AS bytes ${from} LIMIT ${limit + 1}`;
  const sizes = (await database.rows(select, where.values)).map(({ bytes }) => Number(bytes));
  const count = howManyFit(sizes, limit);
  if (count === 0) return { lines: [], more: sizes.length > 0 };
  const rows = await database.rows(`SELECT ${LINE_MEMBERS} ${from} LIMIT ${count}`, where.values);
  const lines = rows.map((row) => present(row) as unknown as StoredLine);
  return { lines, more: sizes.length > count };
}

function addBeyond(
  where: Conditions,
  { timeMs, seq }: NonNullable<LogQuery["beyond"]>,
  order: LogQuery["order"],
): void {
  const sign = order === "oldest" ? ">" : "<";
  where.all(`(time_ms ${sign} ? OR (time_ms = ? AND seq ${sign} ?))`, [timeMs, timeMs, seq]);
}

export async function selectStreams(database: Database, query: StreamQuery): Promise<LineStream[]> {
  const where = new Conditions();
  where.add("account = ?", query.account);
  where.add("region = ?", query.region);
  where.add("log_group = ?", query.group);
  const rows = await database.rows(
    `SELECT account, region, log_group AS "group", stream, min(time_ms) AS "firstMs",
       max(time_ms) AS "lastMs", max(seq)::DOUBLE AS "lastSeq", sum(strlen(message))::DOUBLE AS bytes
     FROM lines ${where.text} GROUP BY account, region, log_group, stream ORDER BY "firstMs"`,
    where.values,
  );
  return rows as unknown as LineStream[];
}

/** The row without what is NULL: an absent member is absent. */
export function present(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}

export function writeLine(to: Columns, { seq, record }: Numbered<LogLine>): void {
  to.whole(seq);
  to.number(record.timeMs);
  to.text(record.group);
  to.text(record.stream);
  to.text(record.account);
  to.text(record.region);
  to.text(record.requestId);
  to.whole(traceKey(record.traceId));
  to.text(record.traceId);
  to.text(record.message);
  to.text(record.source);
}
