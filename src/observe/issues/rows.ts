import { Conditions } from "../conditions.ts";
import type { Columns, Database, Row } from "../duckdb.ts";
import { eventOf, MEMBERS } from "../event-rows.ts";
import type { KeptEvent } from "../model.ts";
import { traceKey } from "../schema.ts";
import { idsOf, type Seen } from "./detail.ts";
import type { IssueClass } from "./failure.ts";
import type { Issue, IssueQuery, Try } from "./model.ts";
import type { Ending, Strike } from "./strikes.ts";

/** What an attempt that failed itself had called or logged before is a part of that failure. */
const OWN = `
  strikes WHERE NOT (origin = 'line' AND request_id IN (
    SELECT request_id FROM strikes WHERE origin = 'attempt'
  )) AND NOT (parent_id IS NOT NULL AND parent_id IN (
    SELECT span_id FROM spans WHERE kind = 'invoke' AND status <> 'ok'
    AND trace_key IN (SELECT trace_key FROM strikes WHERE parent_id IS NOT NULL)
  ))`;

/** The last attempt at each event that was ever struck: records of a batch are events of their own. */
const LAST = `
  SELECT function_name, id, arg_max(failed, seq) AS failed FROM (
    SELECT function_name, request_id AS id, failed, seq FROM events
    WHERE items IS NULL AND request_id IN (SELECT id FROM struck)
    UNION ALL
    SELECT function_name, ltrim(item, '!') AS id, failed OR starts_with(item, '!') AS failed, seq FROM (
      SELECT function_name, failed, seq, unnest(string_split(items, ' ')) AS item FROM events
      WHERE items IS NOT NULL AND function_name IN (SELECT function_name FROM struck)
    ) WHERE ltrim(item, '!') IN (SELECT id FROM struck)
  ) GROUP BY function_name, id`;

/** Issues with their numbers, the one seen last first. */
export async function selectIssues(database: Database, query: IssueQuery): Promise<Issue[]> {
  const where = new Conditions();
  where.add("starts_with(issue, ?)", query.id);
  where.add("function_name = ?", query.functionName);
  where.add("class = ?", query.class);
  const having = query.sinceMs === undefined ? "" : `HAVING max(time_ms) >= ${Number(query.sinceMs)}`;
  const rows = await database.rows(
    `WITH struck AS (SELECT * FROM (SELECT * FROM ${OWN}) ${where.text}),
     last AS (${LAST}),
     ends AS (SELECT id, bool_or(is_lost) AS lost, bool_or(NOT is_lost) AS done FROM endings GROUP BY id),
     told AS (
       SELECT struck.*, coalesce(NOT last.failed, own.done, FALSE) AS is_done,
         is_final OR coalesce(own.lost, FALSE) OR coalesce(request.lost, FALSE) AS is_over
       FROM struck LEFT JOIN last USING (function_name, id)
         LEFT JOIN ends own ON own.id = struck.id LEFT JOIN ends request ON request.id = struck.request_id
     )
     SELECT issue AS id, any_value(class) AS class, arg_max(title, seq) AS title,
       any_value(function_name) AS "functionName", any_value(account) AS account,
       any_value(region) AS region, count(DISTINCT id)::DOUBLE AS events,
       count(DISTINCT seq)::DOUBLE AS attempts,
       count(DISTINCT id) FILTER (is_done)::DOUBLE AS recovered,
       count(DISTINCT id) FILTER (is_over AND NOT is_done)::DOUBLE AS "failedForGood",
       min(time_ms) AS "firstMs", max(time_ms) AS "lastMs",
       string_agg(DISTINCT version, ' ' ORDER BY version) AS versions,
       count(DISTINCT environment)::DOUBLE AS environments
     FROM told GROUP BY issue ${having} ORDER BY "lastMs" DESC, issue LIMIT ${(query.limit ?? 50) + 1}`,
    where.values,
  );
  return rows.map(issueOf);
}

function issueOf({ versions, ...row }: Row): Issue {
  return {
    ...(row as unknown as Issue),
    class: row.class as IssueClass,
    versions: versions ? String(versions).split(" ") : [],
  };
}

/** What an issue was seen in last. */
export async function selectSeen(database: Database, issue: string): Promise<Seen | undefined> {
  const [row] = await database.rows(
    `SELECT seq::DOUBLE AS seq, time_ms AS "timeMs", request_id AS "requestId", trace_id AS "traceId",
       grouped, id, origin AS "from", function_name AS "functionName"
     FROM ${OWN} AND issue = $1 ORDER BY seq DESC LIMIT 1`,
    [issue],
  );
  if (!row) return undefined;
  const strike = { ...row, grouped: JSON.parse(String(row.grouped)) } as unknown as Strike;
  const [event] = await database.rows(
    strike.from === "attempt"
      ? `SELECT ${MEMBERS}, payload, result, items, frames FROM events WHERE seq = $1`
      : `SELECT ${MEMBERS}, payload, result, items, frames FROM events WHERE request_id = $1
         ORDER BY seq DESC LIMIT 1`,
    [strike.from === "attempt" ? strike.seq : strike.requestId],
  );
  const [line] =
    strike.from === "line"
      ? await database.rows("SELECT message FROM lines WHERE seq = $1", [strike.seq])
      : [];
  return {
    strike,
    sample: event && eventOf(event),
    message: line && String(line.message),
  };
}

/** All tries at an event, or at the first record of a batch. */
export async function selectTries(database: Database, sample: KeptEvent): Promise<Try[]> {
  const [first = ""] = idsOf(sample);
  const rows = await database.rows(
    `SELECT time_ms AS "timeMs", request_id AS "requestId", attempt::DOUBLE AS attempt,
       failed OR list_contains(string_split(coalesce(items, ''), ' '), '!' || $2) AS failed, version,
       duration_ms AS "durationMs", error_type AS "errorType", environment
     FROM events WHERE function_arn = $1
       AND list_contains(string_split(replace(coalesce(items, request_id), '!', ''), ' '), $2)
     ORDER BY seq`,
    [sample.functionArn, first],
  );
  return rows.map((row) => eventOf(row) as unknown as Try);
}

export function writeStrike(to: Columns, strike: Strike): void {
  to.whole(strike.seq);
  to.number(strike.timeMs);
  to.text(strike.issue);
  to.text(strike.class);
  to.text(strike.title);
  to.text(JSON.stringify(strike.grouped));
  to.text(strike.account);
  to.text(strike.region);
  to.text(strike.functionName);
  to.text(strike.id);
  to.text(strike.requestId);
  to.text(strike.traceId);
  to.whole(traceKey(strike.traceId));
  to.text(strike.version);
  to.text(strike.environment);
  to.truth(strike.isFinal);
  to.text(strike.parentId);
  to.text(strike.from);
}

export function writeEnding(to: Columns, { seq, id, isLost }: Ending): void {
  to.whole(seq);
  to.text(id);
  to.truth(isLost);
}
