import { Conditions } from "../conditions.ts";
import type { Database, Row } from "../duckdb.ts";
import { present } from "../line-rows.ts";
import { edgeText, ownerParts } from "../span-rows.ts";
import { type Stretches, seriesOf } from "./concurrency.ts";
import type {
  Analysis,
  AnalysisResult,
  Concurrency,
  EdgeFigures,
  Execution,
  FunctionConcurrency,
} from "./model.ts";
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
  const underWay = runs(["start_ms < ?", untilMs], ["end_ms > ?", sinceMs]);
  // In one pass: most that begin in a stretch of time also end in it.
  const rows = await database.rows(
    `SELECT floor(${stretch("start_ms")})::INTEGER AS begun,
       ceil(${stretch("end_ms")})::INTEGER - 1 AS ended, count(*)::DOUBLE AS count,
       max(${atOnce}) AS most, arg_max(start_ms, ${atOnce}) AS at
     FROM spans ${underWay.text} GROUP BY begun, ended`,
    underWay.values,
  );
  const within = runs(["start_ms >= ?", sinceMs], ["start_ms < ?", untilMs]);
  const functions = await database.rows(
    `SELECT owner, max(running) AS peak, arg_max(start_ms, running) AS "peakMs",
       count(*)::DOUBLE AS invocations, count(DISTINCT environment_key)::DOUBLE AS environments,
       count(*) FILTER (is_cold)::DOUBLE AS "coldStarts"
     FROM spans ${within.text} GROUP BY owner ORDER BY peak DESC, owner`,
    within.values,
  );
  const starts = await startsOf(database, within);
  const runsOf = rows.map(stretchesOf);
  const [top] = runsOf
    .filter(({ begun }) => begun >= 0)
    .sort((one, other) => other.most - one.most || one.atMs - other.atMs);
  return {
    ...{ sinceMs, untilMs, peak: top?.most ?? 0, peakMs: top?.atMs ?? sinceMs },
    series: seriesOf(buckets, runsOf),
    functions: functions.map(({ owner, ...figures }) => ({
      ...ownerParts(String(owner)),
      ...(figures as unknown as Omit<FunctionConcurrency, keyof ReturnType<typeof ownerParts>>),
      startsInTenSeconds: starts.get(String(owner)) ?? 0,
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
    `SELECT owner, max(count)::DOUBLE AS most FROM (
       SELECT owner, count(*) AS count FROM spans ${text} AND is_cold
       GROUP BY owner, floor(start_ms / ${TEN_SECONDS_MS})
     ) GROUP BY owner`,
    values,
  );
  return new Map(rows.map(({ owner, most }) => [String(owner), Number(most)]));
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
  where.add("end_ms > ?", query.atMs);
  const rows = await database.rows(
    `SELECT name AS "functionName", json_extract_string(attributes, '$.version') AS version, environment,
       request_id AS "requestId", trace_id AS "traceId", origin, start_ms AS "startMs",
       end_ms AS "endMs", is_cold, span_id
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
  where.add("end_ms > ?", atMs);
  where.anyOf("parent_id", spans);
  const rows = await database.rows(`SELECT parent_id FROM spans ${where.text}`, where.values);
  return rows.map(({ parent_id }) => String(parent_id));
}

/** All runs in one pass; the few that failed or came near a limit in one of their own, which is short. */
async function selectFunctions(database: Database, { sinceMs, untilMs }: Of<"functions">) {
  const byOwner = async (which: string, figures: string) => {
    const rows = await database.rows(
      `SELECT owner, ${figures} FROM spans WHERE ${which} AND start_ms >= $1 AND start_ms < $2
       GROUP BY owner ORDER BY owner`,
      [sinceMs, untilMs],
    );
    return new Map(rows.map(({ owner, ...row }) => [String(owner), row]));
  };
  const all = await byOwner(
    "kind = 'invoke'",
    `count(*)::DOUBLE AS invocations, count(*) FILTER (is_cold)::DOUBLE AS "coldStarts",
     approx_quantile(ran_ms, [0.5, 0.95]) AS quantiles, max(ran_ms) AS "maxMs",
     arg_max(timeout_ms, seq) AS "timeoutMs", arg_max(memory_mb, seq) AS "memoryMb",
     max(max_memory_mb) AS "maxMemoryMb", max(running) AS "maxAtOnce", min(start_ms) AS "firstMs",
     max(start_ms) AS "lastMs"`,
  );
  const few = await byOwner(
    "kind = 'invoke' AND (status <> 'ok' OR is_near_memory OR is_near_time)",
    `count(*) FILTER (status <> 'ok')::DOUBLE AS failed,
     count(*) FILTER (error_type = 'Sandbox.Timeout')::DOUBLE AS timeouts,
     min(start_ms) FILTER (status <> 'ok') AS "failedSinceMs",
     min(start_ms) FILTER (is_near_memory) AS "memorySinceMs",
     min(start_ms) FILTER (is_near_time) AS "timeSinceMs"`,
  );
  const left = await byOwner("kind = 'left'", `count(*)::DOUBLE AS "left", min(start_ms) AS "leftSinceMs"`);
  return [...all].map(([owner, row]) => ({
    ...ownerParts(owner),
    ...{ failed: 0, timeouts: 0, left: 0 },
    ...withQuantiles(row),
    ...present(few.get(owner) ?? {}),
    ...left.get(owner),
  })) as unknown as AnalysisResult["functions"];
}

function withQuantiles({ quantiles, ...row }: Row): Row {
  const [p50Ms, p95Ms] = Array.isArray(quantiles) ? quantiles.map(Number) : [];
  return { ...present(row), p50Ms: p50Ms ?? 0, p95Ms: p95Ms ?? 0 };
}

/** What passed in one pass; what had waited since before, and what did not go well, in short ones. */
async function selectEdges(database: Database, { sinceMs, untilMs }: Of<"edges">): Promise<EdgeFigures[]> {
  const passed = await selectPassed(database, "start_ms >= $1 AND start_ms < $2", sinceMs, untilMs);
  const waited = await selectPassed(
    database,
    "start_ms < $1 AND end_ms >= $1 AND end_ms < $2 AND kind = 'queue'",
    sinceMs,
    untilMs,
  );
  const failed = await database.rows(
    `SELECT kind, origin, CASE WHEN kind = 'call' THEN entry ELSE name END AS target,
       count(*) FILTER (status <> 'throttle')::DOUBLE AS failed,
       count(*) FILTER (status = 'throttle')::DOUBLE AS throttled,
       min(start_ms) AS "firstMs", max(start_ms) AS "lastMs"
     FROM spans WHERE status <> 'ok' AND start_ms >= $1 AND start_ms < $2
       AND (kind IN ('call', 'invoke') OR kind = 'queue' AND status = 'throttle')
     GROUP BY kind, origin, target`,
    [sinceMs, untilMs],
  );
  const edges = new Map(passed);
  for (const [key, edge] of waited) {
    const known = edges.get(key);
    edges.set(key, known ? together(known, edge) : edge);
  }
  for (const row of failed) {
    const told = { count: 0, p50Ms: 0, p95Ms: 0, ...present(row) } as unknown as EdgeFigures;
    const key = edgeText(told.kind, told.origin, told.target);
    const known = edges.get(key);
    edges.set(key, known ? joined(known, told) : told);
  }
  return [...edges.values()];
}

/** Edges by their texts, of spans within a time. */
async function selectPassed(database: Database, when: string, sinceMs: number, untilMs: number) {
  const rows = await database.rows(
    `SELECT edge, count(*)::DOUBLE AS count, approx_quantile(duration_ms, [0.5, 0.95]) AS quantiles,
       min(start_ms) AS "firstMs", max(start_ms) AS "lastMs"
     FROM spans WHERE edge IS NOT NULL AND ${when} GROUP BY edge`,
    [sinceMs, untilMs],
  );
  return rows.map(({ edge, ...row }) => {
    const [kind, origin, ...target] = String(edge).split("\t");
    const ends = { kind, ...(origin ? { origin } : {}), target: target.join("\t") };
    const figures = { ...ends, failed: 0, throttled: 0, ...withQuantiles(row) };
    return [String(edge), figures as unknown as EdgeFigures] as const;
  });
}

/** What began in time, with what had waited since before: of quantiles the longer ones. */
const together = (edge: EdgeFigures, waited: EdgeFigures): EdgeFigures => ({
  ...edge,
  count: edge.count + waited.count,
  p50Ms: Math.max(edge.p50Ms, waited.p50Ms),
  p95Ms: Math.max(edge.p95Ms, waited.p95Ms),
  firstMs: Math.min(edge.firstMs, waited.firstMs),
});

/** An edge with what of it did not go well. */
const joined = (edge: EdgeFigures, { failed, throttled, firstMs, lastMs }: EdgeFigures): EdgeFigures => ({
  ...{ ...edge, failed, throttled },
  firstMs: Math.min(edge.firstMs, firstMs),
  lastMs: Math.max(edge.lastMs, lastMs),
});

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
