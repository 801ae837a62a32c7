// The same answers as the database gives, worked out in this process' memory.
import type { Span } from "../../kernel/telemetry.ts";
import { originOf } from "../span-rows.ts";
import { entryGroup } from "../summary.ts";
import { seriesOf } from "./concurrency.ts";
import type {
  Analysis,
  AnalysisResult,
  Concurrency,
  EdgeFigures,
  Execution,
  FunctionFigures,
} from "./model.ts";
import { sequencesOf } from "./sequences.ts";

type Of<What extends Analysis["what"]> = Extract<Analysis, { what: What }>;

export function analyseSpans(spans: readonly Span[], analysis: Analysis): AnalysisResult[Analysis["what"]] {
  switch (analysis.what) {
    case "concurrency":
      return concurrencyOf(spans, analysis);
    case "executions":
      return executionsOf(spans, analysis);
    case "functions":
      return functionsOf(spans, analysis);
    case "edges":
      return edgesOf(spans, analysis);
    case "sequences":
      return sequencesOf(
        within(spans, analysis).flatMap((span) => {
          const origin = originOf(span);
          const { kind, status, parentId, traceId, startMs, durationMs } = span;
          const connection = numberOf(span, "connection");
          if (kind !== "call" || status !== "ok" || parentId === undefined) return [];
          if (origin === undefined || origin.startsWith("arn:")) return [];
          const target = entryGroup(span);
          return [{ functionName: origin, traceId, parentId, target, startMs, durationMs, connection }];
        }),
      );
  }
}

const endOf = ({ startMs, durationMs }: Span): number => startMs + durationMs;
const numberOf = ({ attributes }: Span, name: string): number => Number(attributes[name] ?? Number.NaN);

function within(spans: readonly Span[], { sinceMs, untilMs }: { sinceMs: number; untilMs: number }): Span[] {
  return spans.filter(({ startMs }) => startMs >= sinceMs && startMs < untilMs);
}

function grouped(spans: readonly Span[], keyOf: (span: Span) => string): [Span, ...Span[]][] {
  const groups = new Map<string, [Span, ...Span[]]>();
  for (const span of spans) {
    const group = groups.get(keyOf(span));
    if (group) group.push(span);
    else groups.set(keyOf(span), [span]);
  }
  return [...groups.values()];
}

const ownerOf = ({ name, account, region }: Span) => `${name} ${account} ${region}`;

function concurrencyOf(spans: readonly Span[], query: Of<"concurrency">): Concurrency {
  const { functionName, untilMs, buckets } = query;
  const runs = spans.filter(
    ({ kind, name }) => kind === "invoke" && (functionName === undefined || name === functionName),
  );
  const recent = runs.filter(({ startMs }) => startMs >= untilMs - 3_600_000).map(({ startMs }) => startMs);
  const sinceMs = query.sinceMs ?? (recent.length > 0 ? Math.min(...recent) : undefined);
  if (sinceMs === undefined) {
    return { sinceMs: untilMs - 3_600_000, untilMs, peak: 0, peakMs: untilMs, series: [], functions: [] };
  }
  const widthMs = Math.max(1, (untilMs - sinceMs) / buckets);
  const atOnce = (span: Span) => numberOf(span, functionName === undefined ? "runningAll" : "running") || 1;
  const begun = within(runs, { sinceMs, untilMs });
  const top = begun.reduce<Span | undefined>(
    (most, span) => (most === undefined || atOnce(span) > atOnce(most) ? span : most),
    undefined,
  );
  return {
    ...{ sinceMs, untilMs, peak: top ? atOnce(top) : 0, peakMs: top?.startMs ?? sinceMs },
    series: seriesOf(
      buckets,
      runs
        .filter((span) => span.startMs < untilMs && endOf(span) > sinceMs)
        .map((span) => ({
          begun: Math.floor((span.startMs - sinceMs) / widthMs),
          ended: Math.ceil((endOf(span) - sinceMs) / widthMs) - 1,
          count: 1,
          most: atOnce(span),
          atMs: span.startMs,
        })),
    ),
    functions: grouped(begun, ownerOf)
      .map((group) => {
        const running = (span: Span) => numberOf(span, "running") || 1;
        const most = group.reduce((one, other) => (running(other) > running(one) ? other : one));
        const cold = group.filter(({ attributes }) => attributes.coldStart === true);
        const starts = grouped(cold, ({ startMs }) => `${Math.floor(startMs / 10_000)}`);
        return {
          ...{ functionName: most.name, account: most.account, region: most.region },
          ...{ peak: running(most), peakMs: most.startMs, invocations: group.length },
          environments: new Set(group.map(({ attributes }) => attributes.environment)).size,
          coldStarts: cold.length,
          startsInTenSeconds: Math.max(0, ...starts.map(({ length }) => length)),
        };
      })
      .sort((one, other) => other.peak - one.peak),
  };
}

function executionsOf(spans: readonly Span[], { atMs, functionName, limit }: Of<"executions">): Execution[] {
  const covers = (span: Span) => span.startMs <= atMs && endOf(span) > atMs;
  const starting = new Set(
    spans.flatMap((span) => (span.kind === "init" && endOf(span) > atMs ? [span.parentId] : [])),
  );
  return spans
    .filter((span) => span.kind === "invoke" && covers(span))
    .filter(({ name }) => functionName === undefined || name === functionName)
    .sort((one, other) => one.startMs - other.startMs)
    .slice(0, limit)
    .map((span) => {
      const { name, requestId, traceId, startMs, spanId, attributes } = span;
      const origin = originOf(span);
      return {
        ...{ functionName: name, version: String(attributes.version), requestId, traceId, startMs },
        environment: String(attributes.environment),
        ...(origin === undefined ? {} : { origin }),
        endMs: endOf(span),
        phase: starting.has(spanId) ? ("init" as const) : ("handler" as const),
      };
    });
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function functionsOf(spans: readonly Span[], query: Of<"functions">): FunctionFigures[] {
  const recent = within(spans, query);
  const left = grouped(
    recent.filter(({ kind }) => kind === "left"),
    ownerOf,
  );
  return grouped(
    recent.filter(({ kind }) => kind === "invoke"),
    ownerOf,
  ).map((group) => {
    const last = group.at(-1) as Span;
    const ran = group.map((span) => numberOf(span, "durationMs") || span.durationMs);
    const first = (name: string, holds: (span: Span) => boolean) => {
      const times = group.filter(holds).map(({ startMs }) => startMs);
      return times.length === 0 ? {} : { [name]: Math.min(...times) };
    };
    const own = left.find(([one]) => ownerOf(one) === ownerOf(last));
    return {
      ...{ functionName: last.name, account: last.account, region: last.region, invocations: group.length },
      failed: group.filter(({ status }) => status !== "ok").length,
      timeouts: group.filter(({ errorType }) => errorType === "Sandbox.Timeout").length,
      coldStarts: group.filter(({ attributes }) => attributes.coldStart === true).length,
      ...{ p50Ms: quantile(ran, 0.5), p95Ms: quantile(ran, 0.95), maxMs: Math.max(...ran) },
      timeoutMs: numberOf(last, "timeoutMs"),
      memoryMb: numberOf(last, "memoryMb"),
      maxMemoryMb: Math.max(...group.map((span) => numberOf(span, "maxMemoryMb"))),
      maxAtOnce: Math.max(...group.map((span) => numberOf(span, "running") || 1)),
      firstMs: Math.min(...group.map(({ startMs }) => startMs)),
      lastMs: Math.max(...group.map(({ startMs }) => startMs)),
      ...first("failedSinceMs", ({ status }) => status !== "ok"),
      ...first("memorySinceMs", (span) => numberOf(span, "maxMemoryMb") > numberOf(span, "memoryMb") * 0.95),
      ...first("timeSinceMs", (span) => numberOf(span, "durationMs") > numberOf(span, "timeoutMs") * 0.95),
      left: own?.length ?? 0,
      ...(own ? { leftSinceMs: Math.min(...own.map(({ startMs }) => startMs)) } : {}),
    };
  });
}

/** Of what did not go on after its wait a second span tells why. */
const hasWaited = ({ kind, status }: Span): boolean => kind !== "queue" || status === "ok";

function edgesOf(spans: readonly Span[], query: Of<"edges">): EdgeFigures[] {
  const targetOf = (span: Span) => (span.kind === "call" ? entryGroup(span) : span.name);
  // What waits belongs to the time in which it began to, and to that in which it was handed over.
  const isMeant = ({ kind, startMs }: Span, endMs: number) =>
    startMs < query.untilMs &&
    (startMs >= query.sinceMs || (kind === "queue" && endMs >= query.sinceMs && endMs < query.untilMs));
  const told = spans.filter(
    (span) =>
      ["call", "queue", "invoke"].includes(span.kind) &&
      isMeant(span, endOf(span)) &&
      (hasWaited(span) || span.status === "throttle"),
  );
  return grouped(told, (span) => `${span.kind} ${originOf(span)} ${targetOf(span)}`).map((group) => {
    const [one] = group;
    const origin = originOf(one);
    const lengths = group.filter(hasWaited).map(({ durationMs }) => durationMs);
    return {
      kind: one.kind as EdgeFigures["kind"],
      ...(origin === undefined ? {} : { origin }),
      target: targetOf(one),
      count: lengths.length,
      failed: group.filter(({ status }) => status === "error" || status === "fault").length,
      throttled: group.filter(({ status }) => status === "throttle").length,
      ...{ p50Ms: quantile(lengths, 0.5), p95Ms: quantile(lengths, 0.95) },
      firstMs: Math.min(...group.map(({ startMs }) => startMs)),
      lastMs: Math.max(...group.map(({ startMs }) => startMs)),
    };
  });
}
