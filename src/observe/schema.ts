/** Files with another number are set aside: telemetry is worth keeping, not worth migrating. */
export const SCHEMA_VERSION = 6;

/**
 * `seq` is a record's place in the order of recording. `entry` is what the span's trace would be retained
 * under if the span were its first. `trace_key` is the trace id's last 52 bits: a million numbers are
 * compared in the time of fifty thousand texts. What many spans are counted by is beside their attributes
 * once more, as JSON is slow to look into: `origin` is who called or sent the event, `running` and
 * `running_all` how many of the function and of the account ran as an invocation began.
 *
 * What spans are grouped by is one column: `owner` is the name with its account and Region, `edge` what has
 * to do with what (span-rows.ts). Grouping by the three or four columns that they are of takes three times as
 * long. `end_ms` and the two `is_near_…` are worked out as a span is written, for what is worked out in a
 * condition has every column of every row read first. Numbers are as narrow as they can be: the greatest of
 * INTEGER is found in half the time.
 */
export const TABLES = `
CREATE TABLE IF NOT EXISTS schema_version (version INTEGER);
CREATE TABLE IF NOT EXISTS spans (
  seq BIGINT, trace_key BIGINT, trace_id VARCHAR, span_id VARCHAR, parent_id VARCHAR, kind VARCHAR,
  name VARCHAR, resource VARCHAR, start_ms DOUBLE, duration_ms DOUBLE, status VARCHAR, error_type VARCHAR,
  error_message VARCHAR, request_id VARCHAR, account VARCHAR, region VARCHAR, attributes VARCHAR,
  entry VARCHAR, origin VARCHAR, environment VARCHAR, running INTEGER, running_all INTEGER,
  memory_mb INTEGER, max_memory_mb INTEGER, ran_ms DOUBLE, timeout_ms INTEGER, is_cold BOOLEAN,
  end_ms DOUBLE, owner VARCHAR, edge VARCHAR, environment_key BIGINT, is_near_memory BOOLEAN,
  is_near_time BOOLEAN
);
CREATE TABLE IF NOT EXISTS lines (
  seq BIGINT, time_ms DOUBLE, log_group VARCHAR, stream VARCHAR, account VARCHAR, region VARCHAR,
  request_id VARCHAR, trace_key BIGINT, trace_id VARCHAR, message VARCHAR,
  source VARCHAR
);
CREATE TABLE IF NOT EXISTS usages (
  seq BIGINT, time_ms DOUBLE, account VARCHAR, region VARCHAR, unit VARCHAR, quantity DOUBLE,
  resource VARCHAR, cause VARCHAR
);
CREATE TABLE IF NOT EXISTS events (
  seq BIGINT, time_ms DOUBLE, request_id VARCHAR, trace_id VARCHAR, account VARCHAR, region VARCHAR,
  function_arn VARCHAR, function_name VARCHAR, invoked_arn VARCHAR, version VARCHAR, attempt BIGINT,
  source VARCHAR, source_arn VARCHAR, failed BOOLEAN, error_type VARCHAR, duration_ms DOUBLE,
  payload_bytes BIGINT, weight DOUBLE, payload VARCHAR, result VARCHAR, items VARCHAR,
  environment VARCHAR, frames VARCHAR
);
CREATE TABLE IF NOT EXISTS strikes (
  seq BIGINT, time_ms DOUBLE, issue VARCHAR, class VARCHAR, title VARCHAR, grouped VARCHAR, account VARCHAR,
  region VARCHAR, function_name VARCHAR, id VARCHAR, request_id VARCHAR, trace_id VARCHAR, trace_key BIGINT,
  version VARCHAR, environment VARCHAR, is_final BOOLEAN, parent_id VARCHAR, origin VARCHAR
);
CREATE TABLE IF NOT EXISTS endings (seq BIGINT, id VARCHAR, is_lost BOOLEAN);
CREATE TABLE IF NOT EXISTS evictions (kind VARCHAR, name VARCHAR, records DOUBLE);
`;

export const TABLE_NAMES = ["spans", "lines", "usages", "events", "strikes", "endings", "evictions"] as const;

/** The columns of a table as the members of its record. */
export const SPAN_MEMBERS = `
  trace_id AS "traceId", span_id AS "spanId", parent_id AS "parentId", kind, name, resource,
  start_ms AS "startMs", duration_ms AS "durationMs", status, error_type AS "errorType",
  error_message AS "errorMessage", request_id AS "requestId", account, region, attributes`;

export const LINE_MEMBERS = `
  seq::DOUBLE AS seq, time_ms AS "timeMs", log_group AS "group", stream, account, region,
  request_id AS "requestId", trace_id AS "traceId", message, source`;

/** The number that stands for a trace id where traces are looked up. Two ids of one number do no harm. */
export function traceKey(traceId: string | undefined): number {
  return traceId === undefined ? -1 : Number.parseInt(traceId.slice(-13), 16) || 0;
}

/** Environments are named as traces are, with hex digits at the end. */
export const environmentKey = traceKey;
