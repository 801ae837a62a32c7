import { Conditions } from "../conditions.ts";
import type { Database, Row } from "../duckdb.ts";
import type { KeptEvent } from "../model.ts";
import type { IssueClass } from "./failure.ts";
import type { Issue, IssueQuery, Try } from "./model.ts";

/** Attempts, one row for each event of them: records of a batch are events of their own. */
const EACH = `
  SELECT seq, time_ms, request_id, function_arn, function_name, source,
    coalesce(source_arn, '') AS source_arn, version, issue, class, title,
    failed OR starts_with(item, '!') AS failed, ltrim(item, '!') AS id
  FROM (
    SELECT *, unnest(string_split(coalesce(items, request_id), ' ')) AS item FROM events
    WHERE function_arn IN (SELECT DISTINCT function_arn FROM events WHERE issue IS NOT NULL)
  )`;

/** Conditions under which the asynchronous queue gives an event up. */
const GIVEN_UP = `
  SELECT DISTINCT request_id FROM spans
  WHERE kind = 'queue' AND status = 'fault' AND attributes NOT LIKE '%"outcome":"refused"%'`;

/** Issues with their numbers, the one seen last first. */
export async function selectIssues(database: Database, query: IssueQuery): Promise<Issue[]> {
  const where = new Conditions();
  where.fixed("each.failed AND each.issue IS NOT NULL");
  where.add("starts_with(each.issue, ?)", query.id);
  where.add("each.function_name = ?", query.functionName);
  where.add("each.class = ?", query.class);
  const having = query.sinceMs === undefined ? "" : `HAVING max(each.time_ms) >= ${Number(query.sinceMs)}`;
  const rows = await database.rows(
    `WITH each AS (${EACH}),
     last AS (
       SELECT function_arn, source_arn, id, arg_max(failed, seq) AS failed FROM each
       GROUP BY function_arn, source_arn, id
     ),
     given_up AS (${GIVEN_UP})
     SELECT each.issue AS id, any_value(each.class) AS class, arg_max(each.title, each.seq) AS title,
       any_value(each.function_name) AS "functionName", any_value(each.function_arn) AS "functionArn",
       count(DISTINCT (each.source_arn, each.id))::DOUBLE AS events,
       count(DISTINCT each.seq)::DOUBLE AS attempts,
       count(DISTINCT (each.source_arn, each.id)) FILTER (NOT last.failed)::DOUBLE AS recovered,
       count(DISTINCT (each.source_arn, each.id)) FILTER (
         last.failed AND (each.source = 'invoke' OR each.request_id IN (SELECT request_id FROM given_up))
       )::DOUBLE AS "failedForGood",
       min(each.time_ms) AS "firstMs", max(each.time_ms) AS "lastMs",
       string_agg(DISTINCT each.version, ' ' ORDER BY each.version) AS versions
     FROM each JOIN last USING (function_arn, source_arn, id) ${where.text}
     GROUP BY each.issue ${having} ORDER BY "lastMs" DESC LIMIT ${(query.limit ?? 50) + 1}`,
    where.values,
  );
  return rows.map(issueOf);
}

function issueOf({ versions, ...row }: Row): Issue {
  return {
    ...(row as unknown as Issue),
    class: row.class as IssueClass,
    versions: String(versions).split(" "),
  };
}

const TRY = `
  time_ms AS "timeMs", request_id AS "requestId", attempt::DOUBLE AS attempt, failed, version,
  duration_ms AS "durationMs", error_type AS "errorType"`;

/** The last attempt that failed so, whole. */
export async function selectSample(database: Database, issue: string): Promise<KeptEvent | undefined> {
  const [row] = await database.rows(
    `SELECT ${TRY}, trace_id AS "traceId", account, region, function_arn AS "functionArn",
       function_name AS "functionName", invoked_arn AS "invokedArn", source, source_arn AS "sourceArn",
       payload_bytes::DOUBLE AS "payloadBytes", payload, result, items
     FROM events WHERE issue = $1 ORDER BY seq DESC LIMIT 1`,
    [issue],
  );
  return row && (withoutNulls(row) as unknown as KeptEvent);
}

/** All tries at an event, or at the first record of a batch, with the environments that they ran in. */
export async function selectTries(database: Database, sample: KeptEvent): Promise<Try[]> {
  const [first = sample.requestId] = (sample.items ?? sample.requestId).split(" ");
  const id = first.replace("!", "");
  const rows = await database.rows(
    `SELECT ${TRY}, (
       SELECT any_value(json_extract_string(attributes, '$.environment')) FROM spans
       WHERE spans.request_id = events.request_id AND kind = 'invoke' AND spans.start_ms <= events.time_ms
     ) AS environment
     FROM events WHERE function_arn = $1
       AND list_contains(string_split(replace(coalesce(items, request_id), '!', ''), ' '), $2)
     ORDER BY seq`,
    [sample.functionArn, id],
  );
  return rows.map((row) => withoutNulls(row) as unknown as Try);
}

const withoutNulls = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
