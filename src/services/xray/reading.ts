import type * as sdk from "@aws-sdk/client-xray";
import type { Span } from "../../kernel/telemetry.ts";
import type { Context, Handlers } from "../define.ts";
import { invalid } from "./faults.ts";
import { parseFilter } from "./filter.ts";
import { graphOf, histogramOf, statisticsOf } from "./graph.ts";
import { expressionOf, groupExpressions } from "./groups.ts";
import { withOpen } from "./open-segments.ts";
import { orderedRange, pageStart } from "./ranges.ts";
import { segmentsOf } from "./segments.ts";
import { type ServiceView, summaryOf, type TraceView, viewOf } from "./views.ts";

/** Of so many traces a question is asked; AWS samples where there are more. */
const MOST_TRACES = 1000;
const PAGE = 100;
const LONGEST_MS = 24 * 3_600_000;
const MOST_BATCH = 5;

/** Traces, told in X-Ray's way. */
export const reading = {
  async GetTraceSummaries(input, context) {
    const { traces, processed } = await asked(context, input, input.FilterExpression);
    const start = pageStart(input.NextToken);
    const page = traces.slice(start, start + PAGE);
    const next = start + PAGE < traces.length ? { NextToken: String(start + PAGE) } : {};
    return {
      TraceSummaries: page.map(summaryOf),
      ApproximateTime: new Date(context.clock.now()),
      TracesProcessedCount: processed,
      ...next,
    };
  },

  async BatchGetTraces(input, context) {
    const ids = input.TraceIds ?? [];
    if (ids.length > MOST_BATCH) throw invalid(`At most ${MOST_BATCH} traces can be asked for.`);
    const ended = await context.traces.spans({ traceIds: ids, limit: ids.length });
    const known = await withOpen(context, ended, ({ traceId }) => ids.includes(traceId));
    const Traces = known.map((spans) => {
      const view = viewOf(spans);
      const Segments = segmentsOf(spans).map((segment) => ({
        Id: segment.id,
        Document: JSON.stringify(segment),
      }));
      return { Id: view.traceId, Duration: view.durationMs / 1000, LimitExceeded: false, Segments };
    });
    const found = new Set(Traces.map(({ Id }) => Id));
    return { Traces, UnprocessedTraceIds: ids.filter((id) => !found.has(id)) };
  },

  async GetServiceGraph(input, context) {
    const expression = await expressionOf(context, input.GroupName ?? input.GroupARN);
    const { traces } = await asked(context, input, expression);
    return {
      ...(input.StartTime ? { StartTime: input.StartTime } : {}),
      ...(input.EndTime ? { EndTime: input.EndTime } : {}),
      Services: graphOf(traces),
      ContainsOldGroupVersions: false,
    };
  },

  async GetTraceGraph(input, context) {
    const traceIds = input.TraceIds ?? [];
    const known = await context.traces.spans({ traceIds, limit: Math.max(1, traceIds.length) });
    return { Services: graphOf(known.map(viewOf)) };
  },

  async GetTimeSeriesServiceStatistics(input, context) {
    const expression = await expressionOf(context, input.GroupName ?? input.GroupARN);
    const { traces } = await asked(context, input, expression);
    const selected = input.EntitySelectorExpression ? entitiesOf(input.EntitySelectorExpression) : undefined;
    const calls = traces.flatMap((trace) => (selected ? selected.of(trace) : trace.services));
    const periodMs = (input.Period ?? 60) * 1000;
    const starts = [...new Set(calls.map(({ startMs }) => Math.floor(startMs / periodMs) * periodMs))].sort(
      (one, other) => one - other,
    );
    return {
      TimeSeriesServiceStatistics: starts.map((startMs) => {
        const within = calls.filter((call) => Math.floor(call.startMs / periodMs) * periodMs === startMs);
        return {
          Timestamp: new Date(startMs),
          ...(selected?.areEdges
            ? { EdgeSummaryStatistics: statisticsOf(within) }
            : { ServiceSummaryStatistics: statisticsOf(within) }),
          ResponseTimeHistogram: histogramOf(within),
        };
      }),
      ContainsOldGroupVersions: false,
    };
  },
} satisfies Handlers<typeof sdk>;

/** The services, or the calls between them, that an expression such as `service("name")` means. */
function entitiesOf(expression: string) {
  const filter = parseFilter(expression);
  const areEdges = /^\s*edge\b/i.test(expression);
  const of = (trace: TraceView): ServiceView[] =>
    areEdges
      ? trace.edges.filter((edge) => filter({ ...trace, edges: [edge] })).map(({ to }) => to)
      : trace.services.filter((service) => filter({ ...service.view, services: [service] }));
  return { areEdges, of };
}

async function asked(
  context: Context,
  range: Parameters<typeof orderedRange>[0],
  expression: string | undefined,
): Promise<{ traces: TraceView[]; processed: number }> {
  const { sinceMs, untilMs: lastMs } = orderedRange(range);
  if (lastMs - sinceMs > LONGEST_MS) throw invalid("Time range cannot be longer than 24 hours.");
  const filter = expression ? parseFilter(expression, await groupExpressions(context)) : () => true;
  const untilMs = lastMs + 1;
  const ended = await context.traces.spans({ sinceMs, untilMs, limit: MOST_TRACES });
  const known = await withOpen(context, ended, ({ startMs }) => startMs >= sinceMs && startMs < untilMs);
  const { account, region } = context.scope;
  const own = known.filter((spans) =>
    spans.some((span) => span.account === account && span.region === region && !isAbout(span)),
  );
  return { traces: own.map(viewOf).filter(filter), processed: own.length };
}

/** Questions about traces are not what they are asked about. */
const isAbout = ({ kind, name }: Span) => kind === "call" && name.startsWith("xray.");
