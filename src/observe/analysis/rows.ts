import { Conditions } from "../conditions.ts";
import type { Database, Row } from "../duckdb.ts";
import { present } from "../line-rows.ts";
import { type Stretches, seriesOf } from "./concurrency.ts";
import type { Analysis, AnalysisResult, Concurrency, Execution } from "./model.ts";
import { type OwnCall, sequencesOf } from "./sequences.ts";

type Of<What extends Analysis["what"]> = Extract<Analysis, { what: What }>;

/** Answers from the database. One pass over the spans, never a sort of them. */
export async function analyse(
  database: Database,
  analysis: Analysis,
): Promise<AnalysisResult[Analysis["what"]]> {
  switch (analysis.what) {
    case "concurrency":
      return selectConcurrency(database, analysis);
    case "executions":
      return selectExecutions(database, analysis);
    case "functions":
      return selectFunctions(database, analysis);
    case "edges":
      return selectEdges(database, analysis);
    case "sequences":
      return selectSequences(database, analysis);
  }
}

const HOUR_MS = 3_600_000;
const TEN_SECONDS_MS = 10_000;

async function selectConcurrency(database: Database, query: Of<"concurrency">): Promise<Concurrency> {
  const { functionName, untilMs, buckets } = query;
  const runs = (...conditions: readonly [term: string, value: number][]) => {
    const where = new Conditions();
    where.fixed("kind = 'invoke'");
    where.add("name = ?", functionName);
    for (const [term, value] of conditions) where.add(term, value);
    return where;
  };
  const sinceMs = query.sinceMs ?? (await firstOf(database, runs(["start_ms >= ?", untilMs - HOUR_MS])));
  if (sinceMs === undefined) {
    return { sinceMs: untilMs - HOUR_MS, untilMs, peak: 0, peakMs: untilMs, series: [], functions: [] };
  }
  const widthMs = Math.max(1, (untilMs - sinceMs) / buckets);
  const atOnce = functionName === undefined ? "running_all" : "running";
  const stretch = (timeMs: string) => `(${timeMs} - ${sinceMs}) / ${widthMs}`;
  const underWay = runs(["start_ms < ?", untilMs], ["start_ms + duration_ms > ?", sinceMs]);
  // In one pass: most that begin in a stretch of time also end in it.
  const rows = await database.rows(
    `SELECT floor(${stretch("start_ms")})::INTEGER AS begun,
       ceil(${stretch("start_ms + duration_ms")})::INTEGER - 1 AS ended, count(*)::DOUBLE AS count,
       max(coalesce(${atOnce}, 1)) AS most, arg_max(start_ms, coalesce(${atOnce}, 1)) AS at
     FROM spans ${underWay.text} GROUP BY begun, ended`,
    underWay.values,
  );
  const within = runs(["start_ms >= ?", sinceMs], ["start_ms < ?", untilMs]);
  const functions = (await database.rows(
    `SELECT name AS "functionName", account, region, max(peak) AS peak, arg_max(peak_ms, peak) AS "peakMs",
       sum(count)::DOUBLE AS invocations, count(*)::DOUBLE AS environments, sum(cold)::DOUBLE AS "coldStarts"
     FROM (
       SELECT name, account, region, environment, count(*) AS count, count(*) FILTER (is_cold) AS cold,
         max(coalesce(running, 1)) AS peak, arg_max(start_ms, coalesce(running, 1)) AS peak_ms
       FROM spans ${within.text} GROUP BY name, account, region, environment
     ) GROUP BY name, account, region ORDER BY peak DESC, name`,
    within.values,
  )) as unknown as Omit<Concurrency["functions"][number], "startsInTenSeconds">[];
  const starts = await startsOf(database, within);
  const runsOf = rows.map(stretchesOf);
  const [top] = runsOf
    .filter(({ begun }) => begun >= 0)
    .sort((one, other) => other.most - one.most || one.atMs - other.atMs);
  return {
    ...{ sinceMs, untilMs, peak: top?.most ?? 0, peakMs: top?.atMs ?? sinceMs },
    series: seriesOf(buckets, runsOf),
    functions: functions.map((each) => ({
      ...each,
      startsInTenSeconds: starts.get(each.functionName) ?? 0,
    })),
  };
}

const stretchesOf = ({ begun, ended, count, most, at }: Row): Stretches => ({
  begun: Number(begun),
  ended: Number(ended),
  count: Number(count),
  most: Number(most),
  atMs: Number(at),
});

async function firstOf(database: Database, { text, values }: Conditions): Promise<number | undefined> {
  const [row] = await database.rows(`SELECT min(start_ms) AS first FROM spans ${text}`, values);
  return typeof row?.first === "number" ? row.first : undefined;
}

async function startsOf(database: Database, { text, values }: Conditions): Promise<Map<string, number>> {
  const rows = await database.rows(
    `SELECT name, max(count)::DOUBLE AS most FROM (
       SELECT name, count(*) AS count FROM spans ${text} AND is_cold
       GROUP BY name, floor(start_ms / ${TEN_SECONDS_MS})
     ) GROUP BY name`,
    values,
  );
  return new Map(rows.map(({ name, most }) => [String(name), Number(most)]));
}

/** A function's time, and what it may take to start its environment. */
const LONGEST_MS = 20 * 60_000;

async function selectExecutions(database: Database, query: Of<"executions">): Promise<Execution[]> {
  const where = new Conditions();
  where.fixed("kind = 'invoke'");
  where.add("name = ?", query.functionName);
  where.add("start_ms <= ?", query.atMs);
  // Nothing runs for longer: most of what there is need not be looked at.
  where.add("start_ms > ?", query.atMs - LONGEST_MS);
  where.add("start_ms + duration_ms > ?", query.atMs);
  const rows = await database.rows(
    `SELECT name AS "functionName", json_extract_string(attributes, '$.version') AS version, environment,
       request_id AS "requestId", trace_id AS "traceId", origin, start_ms AS "startMs",
       start_ms + duration_ms AS "endMs", is_cold, span_id
     FROM spans ${where.text} ORDER BY start_ms, seq LIMIT ${query.limit}`,
    where.values,
  );
  const cold = rows.filter(({ is_cold }) => is_cold).map(({ span_id }) => String(span_id));
  const initialising = new Set(await initialisingAt(database, cold, query.atMs));
  return rows.map(({ is_cold: _, span_id, ...row }) => ({
    ...(present(row) as unknown as Execution),
    phase: initialising.has(String(span_id)) ? "init" : "handler",
  }));
}

async function initialisingAt(database: Database, spans: readonly string[], atMs: number): Promise<string[]> {
  if (spans.length === 0) return [];
  const where = new Conditions();
  where.fixed("kind = 'init'");
  where.add("start_ms + duration_ms > ?", atMs);
  where.anyOf("parent_id", spans);
  const rows = await database.rows(`SELECT parent_id FROM spans ${where.text}`, where.values);
  return rows.map(({ parent_id }) => String(parent_id));
}

/** So near to a limit that a little more is too much. */
const NEAR = 0.95;

async function selectFunctions(database: Database, { sinceMs, untilMs }: Of<"functions">) {
  const rows = await database.rows(
    `SELECT name AS "functionName", any_value(account) AS account, any_value(region) AS region,
       count(*)::DOUBLE AS invocations, count(*) FILTER (status <> 'ok')::DOUBLE AS failed,
       count(*) FILTER (error_type = 'Sandbox.Timeout')::DOUBLE AS timeouts,
       count(*) FILTER (is_cold)::DOUBLE AS "coldStarts",
       approx_quantile(coalesce(ran_ms, duration_ms), [0.5, 0.95]) AS quantiles,
       max(coalesce(ran_ms, duration_ms)) AS "maxMs", arg_max(timeout_ms, seq) AS "timeoutMs",
       arg_max(memory_mb, seq) AS "memoryMb", max(max_memory_mb) AS "maxMemoryMb",
       max(coalesce(running, 1)) AS "maxAtOnce", min(start_ms) AS "firstMs", max(start_ms) AS "lastMs",
       min(start_ms) FILTER (status <> 'ok') AS "failedSinceMs",
       min(start_ms) FILTER (max_memory_mb > memory_mb * ${NEAR}) AS "memorySinceMs",
       min(start_ms) FILTER (ran_ms > timeout_ms * ${NEAR}) AS "timeSinceMs",
       0::DOUBLE AS "left"
     FROM spans WHERE kind = 'invoke' AND start_ms >= $1 AND start_ms < $2
     GROUP BY name, account, region ORDER BY name`,
    [sinceMs, untilMs],
  );
  const left = await database.rows(
    `SELECT name, account, region, count(*)::DOUBLE AS count, min(start_ms) AS since
     FROM spans WHERE kind = 'left' AND start_ms >= $1 AND start_ms < $2 GROUP BY name, account, region`,
    [sinceMs, untilMs],
  );
  const of = new Map(left.map((row) => [`${row.name} ${row.account} ${row.region}`, row]));
  return rows.map((row) => {
    const own = of.get(`${row.functionName} ${row.account} ${row.region}`);
    return { ...withQuantiles(row), ...(own ? { left: own.count, leftSinceMs: own.since } : {}) };
  }) as unknown as AnalysisResult["functions"];
}

function withQuantiles({ quantiles, ...row }: Row): Row {
  const [p50Ms, p95Ms] = Array.isArray(quantiles) ? quantiles.map(Number) : [];
  return { ...present(row), p50Ms: p50Ms ?? 0, p95Ms: p95Ms ?? 0 };
}

/** What had waited: of those that did not go on a second span tells why. */
const WAITED = "kind <> 'queue' OR status = 'ok'";

async function selectEdges(database: Database, { sinceMs, untilMs }: Of<"edges">) {
  const rows = await database.rows(
    `SELECT kind, origin, CASE WHEN kind = 'call' THEN entry ELSE name END AS target,
       count(*) FILTER (${WAITED})::DOUBLE AS count,
       count(*) FILTER (status IN ('error', 'fault'))::DOUBLE AS failed,
       count(*) FILTER (status = 'throttle')::DOUBLE AS throttled,
       approx_quantile(duration_ms, [0.5, 0.95]) FILTER (${WAITED}) AS quantiles,
       min(start_ms) AS "firstMs", max(start_ms) AS "lastMs"
     FROM spans WHERE kind IN ('call', 'queue', 'invoke') AND start_ms >= $1 AND start_ms < $2
       AND (${WAITED} OR status = 'throttle')
     GROUP BY kind, origin, target`,
    [sinceMs, untilMs],
  );
  return rows.map(withQuantiles) as unknown as AnalysisResult["edges"];
}

/** Patterns show in what is recent: of the spans of functions' calls so many are looked at. */
const MOST_CALLS = 20_000;

async function selectSequences(database: Database, { sinceMs, untilMs }: Of<"sequences">) {
  const rows = await database.rows(
    `SELECT origin AS "functionName", trace_id AS "traceId", parent_id AS "parentId", entry AS target,
       start_ms AS "startMs", duration_ms AS "durationMs",
       json_extract_string(attributes, '$.connection') AS connection
     FROM spans WHERE kind = 'call' AND origin IS NOT NULL AND parent_id IS NOT NULL AND status = 'ok'
       AND NOT starts_with(origin, 'arn:') AND start_ms >= $1 AND start_ms < $2
     ORDER BY seq DESC LIMIT ${MOST_CALLS}`,
    [sinceMs, untilMs],
  );
  return sequencesOf(rows as unknown as OwnCall[]);
}
