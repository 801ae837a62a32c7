// Services and who calls whom, with their numbers. Pure.
import type * as sdk from "@aws-sdk/client-xray";
import type { ServiceView, TraceView } from "./views.ts";

interface Node {
  readonly reference: number;
  readonly first: ServiceView;
  readonly calls: ServiceView[];
  readonly edges: Map<number, ServiceView[]>;
}

const keyOf = ({ name, kind }: ServiceView) => `${kind} ${name}`;

/** The graph of some traces, as GetServiceGraph answers. */
export function graphOf(traces: readonly TraceView[]): sdk.Service[] {
  const nodes = new Map<string, Node>();
  const byId = new Map<string, Node>();
  for (const service of traces.flatMap(({ services }) => services)) {
    const key = keyOf(service);
    const node: Node = nodes.get(key) ?? {
      reference: nodes.size,
      first: service,
      calls: [],
      edges: new Map(),
    };
    nodes.set(key, node);
    node.calls.push(service);
    byId.set(service.id, node);
  }
  for (const { from, to } of traces.flatMap(({ edges }) => edges)) {
    const node = byId.get(from.id);
    const reference = byId.get(to.id)?.reference;
    if (!node || reference === undefined) continue;
    node.edges.set(reference, [...(node.edges.get(reference) ?? []), to]);
  }
  return [...nodes.values()].map((node) => ({
    ReferenceId: node.reference,
    Name: node.first.name,
    Names: [node.first.name],
    Root: node.calls.some(({ isRoot }) => isRoot),
    AccountId: node.first.account,
    Type: node.first.kind,
    State: "active",
    ...span(node.calls),
    Edges: [...node.edges].map(([ReferenceId, calls]) => ({
      ReferenceId,
      ...span(calls),
      SummaryStatistics: statisticsOf(calls),
      ResponseTimeHistogram: histogramOf(calls),
      Aliases: [],
    })),
    SummaryStatistics: statisticsOf(node.calls),
    DurationHistogram: histogramOf(node.calls),
    ResponseTimeHistogram: histogramOf(node.calls),
  }));
}

function span(calls: readonly ServiceView[]) {
  const starts = calls.map(({ startMs }) => startMs);
  const ends = calls.map(({ startMs, durationMs }) => startMs + durationMs);
  return { StartTime: new Date(Math.min(...starts)), EndTime: new Date(Math.max(...ends)) };
}

export function statisticsOf(calls: readonly ServiceView[]): sdk.ServiceStatistics {
  const count = (of: (view: TraceView) => boolean) => calls.filter(({ view }) => of(view)).length;
  const faults = count(({ fault }) => fault);
  const errors = count(({ error }) => error);
  const throttles = count(({ throttle }) => throttle);
  return {
    OkCount: calls.length - faults - errors,
    ErrorStatistics: { ThrottleCount: throttles, OtherCount: errors - throttles, TotalCount: errors },
    FaultStatistics: { OtherCount: faults, TotalCount: faults },
    TotalCount: calls.length,
    TotalResponseTime: calls.reduce((sum, { durationMs }) => sum + durationMs / 1000, 0),
  };
}

/** How many took so long, in seconds to three digits. */
export function histogramOf(calls: readonly ServiceView[]): sdk.HistogramEntry[] {
  const counts = new Map<number, number>();
  for (const { durationMs } of calls) {
    const value = Number((durationMs / 1000).toPrecision(3));
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort(([one], [other]) => one - other).map(([Value, Count]) => ({ Value, Count }));
}
