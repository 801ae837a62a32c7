import { Conditions } from "./conditions.ts";
import type { Columns, Database, Row } from "./duckdb.ts";
import { weighEvent } from "./events.ts";
import type { EventPage, EventQuery, KeptEvent, Numbered } from "./model.ts";

/** The columns of the table of events as the members of its records. */
export const MEMBERS = `
  time_ms AS "timeMs", request_id AS "requestId", trace_id AS "traceId", account, region,
  function_arn AS "functionArn", function_name AS "functionName", invoked_arn AS "invokedArn", version,
  attempt::DOUBLE AS attempt, source, source_arn AS "sourceArn", failed, error_type AS "errorType",
  duration_ms AS "durationMs", payload_bytes::DOUBLE AS "payloadBytes", environment`;

/**
 * The last attempt at each event, where each record of a batch is one of its own: which attempts these are
 * comes first, so that few texts are read.
 */
export async function selectEvents(
  database: Database,
  query: EventQuery,
): Promise<Omit<EventPage, "evicted">> {
  const limit = query.limit ?? 20;
  const ofFunction = new Conditions();
  ofFunction.add("function_name = ?", query.functionName);
  const named = new Conditions();
  named.values.push(...ofFunction.values);
  named.add("(starts_with(request_id, ?) OR starts_with(id, ?))", query.id);
  const last = new Conditions();
  last.values.push(...named.values);
  last.fixed("place = 1");
  if (query.failed) last.fixed("failed");
  last.add("time_ms >= ?", query.sinceMs);
  last.add("time_ms < ?", query.untilMs);
  const found = await database.rows(
    `SELECT seq, string_agg(id, ' ') AS items FROM (
       SELECT seq, time_ms, failed, id,
         row_number() OVER (PARTITION BY function_arn, source_arn, id ORDER BY seq DESC) AS place
       FROM (
         SELECT seq, time_ms, request_id, function_arn, source_arn,
           failed OR starts_with(item, '!') AS failed, ltrim(item, '!') AS id
         FROM (
           SELECT seq, time_ms, failed, request_id, function_arn, source_arn,
             unnest(string_split(coalesce(items, request_id), ' ')) AS item
           FROM events ${ofFunction.text}
         )
       ) ${named.text}
     ) ${last.text} GROUP BY seq, time_ms ORDER BY time_ms DESC, seq DESC LIMIT ${limit + 1}`,
    last.values,
  );
  if (found.length === 0) return { events: [], more: false };
  const meant = new Map(found.slice(0, limit).map(({ seq, items }) => [Number(seq), String(items)]));
  const chosen = new Conditions();
  chosen.anyOf("seq", [...meant.keys()]);
  const members = query.texts ? `${MEMBERS}, payload, result` : MEMBERS;
  const rows = await database.rows(
    `SELECT seq::DOUBLE AS seq, items, ${members} FROM events ${chosen.text} ORDER BY time_ms DESC, seq DESC`,
    chosen.values,
  );
  const events = rows.map(({ seq, items, ...row }) =>
    eventOf({ ...row, items: items && meant.get(Number(seq)) }),
  );
  return { events, more: found.length > limit };
}

export function eventOf({ frames, ...row }: Row): KeptEvent {
  const members = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
  return (frames ? { ...members, frames: JSON.parse(String(frames)) } : members) as unknown as KeptEvent;
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
  to.text(record.items);
  to.text(record.environment);
  to.text(record.frames && JSON.stringify(record.frames));
}
