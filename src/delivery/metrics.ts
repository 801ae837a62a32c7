import type { FunctionVersion } from "../kernel/functions.ts";
import type { Counter, Metrics } from "../kernel/metrics.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
const NAMES = [
  "Invocations",
  "Errors",
  "Duration",
  "Throttles",
  "RecursiveInvocationsDropped",
  "ProvisionedConcurrencyInvocations",
  "ProvisionedConcurrencySpilloverInvocations",
  "AsyncEventsReceived",
  "AsyncEventAge",
  "AsyncEventsDropped",
  "DeadLetterErrors",
  "DestinationDeliveryFailures",
] as const;
type Name = (typeof NAMES)[number];

/** What CloudWatch counts of functions, by the function's name. */
export interface FunctionMetrics {
  add(version: FunctionVersion, name: Name, value?: number): void;
}

const MOST_FUNCTIONS = 10_000;

export function createFunctionMetrics(metrics: Metrics, clock: { now(): number }): FunctionMetrics {
  const counters = new Map<string, Readonly<Record<Name, Counter>>>();
  const countersOf = ({ account, region, name, arn }: FunctionVersion) => {
    const known = counters.get(arn);
    if (known) return known;
    const series = { account, region, namespace: "AWS/Lambda", dimensions: `FunctionName=${name}` };
    const made = Object.fromEntries(
      NAMES.map((metric) => [metric, metrics.counter({ ...series, name: metric })]),
    ) as Record<Name, Counter>;
    if (counters.size >= MOST_FUNCTIONS) counters.clear();
    counters.set(arn, made);
    return made;
  };
  return {
    add(version, name, value = 1) {
      countersOf(version)[name].add(value, clock.now());
    },
  };
}
