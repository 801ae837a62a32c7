import { Conditions } from "./conditions.ts";
import type { Columns, Database, Row } from "./duckdb.ts";
import { weighEvent } from "./events.ts";
import type { EventPage, EventQuery, KeptEvent, Numbered } from "./model.ts";

/** The columns of the table of events as the members of its records. */
const MEMBERS = `
  time_ms AS "timeMs", request_id AS "requestId", trace_id AS "traceId", account, region,
  function_arn AS "functionArn", function_name AS "functionName", invoked_arn AS "invokedArn", version,
  attempt::DOUBLE AS attempt, source, source_arn AS "sourceArn", failed, error_type AS "errorType",
  duration_ms AS "durationMs", payload_bytes::DOUBLE AS "payloadBytes"`;

/** The last attempt at each event: which it is comes first, so that few texts are read. */
export async function selectEvents(
  database: Database,
  query: EventQuery,
): Promise<Omit<EventPage, "evicted">> {
  const limit = query.limit ?? 20;
  const where = new Conditions();
  where.add("starts_with(request_id, ?)", query.id);
  where.add("function_name = ?", query.functionName);
  const after = new Conditions();
  after.fixed("place = 1");
  if (query.failed) after.fixed("failed");
  for (const value of where.values) after.values.push(value);
  after.add("time_ms >= ?", query.sinceMs);
  after.add("time_ms < ?", query.untilMs);
  const found = await database.rows(
    `SELECT seq FROM (
       SELECT seq, time_ms, failed,
         row_number() OVER (PARTITION BY request_id, function_arn ORDER BY seq DESC) AS place
       FROM events ${where.text}
     ) ${after.text} ORDER BY time_ms DESC, seq DESC LIMIT ${limit + 1}`,
    after.values,
  );
  const chosen = new Conditions();
  chosen.anyOf(
    "seq",
    found.slice(0, limit).map(({ seq }) => Number(seq)),
  );
  if (found.length === 0) return { events: [], more: false };
  const members = query.texts ? `${MEMBERS}, payload, result` : MEMBERS;
  const rows = await database.rows(
    `SELECT ${members} FROM events ${chosen.text} ORDER BY time_ms DESC, seq DESC`,
    chosen.values,
  );
  return { events: rows.map(eventOf), more: found.length > limit };
}

function eventOf(row: Row): KeptEvent {
  return Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== null),
  ) as unknown as KeptEvent;
}

export function writeEvent(to: Columns, { seq, record }: Numbered<KeptEvent>): void {
  to.whole(seq);
  to.number(record.timeMs);
  to.text(record.requestId);
  to.text(record.traceId);
  to.text(record.account);
  to.text(record.region);
  to.text(record.functionArn);
  to.text(record.functionName);
  to.text(record.invokedArn);
  to.text(record.version);
  to.whole(record.attempt);
  to.text(record.source);
  to.text(record.sourceArn);
  to.truth(record.failed);
  to.text(record.errorType);
  to.number(record.durationMs);
  to.whole(record.payloadBytes);
  to.number(weighEvent(record));
  to.text(record.payload);
  to.text(record.result);
}
