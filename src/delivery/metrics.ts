import type { FunctionVersion } from "../kernel/functions.ts";
import type { Counter, Metrics } from "../kernel/metrics.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
type Name =
  | "Invocations"
  | "Errors"
  | "Duration"
  | "PostRuntimeExtensionsDuration"
  | "Throttles"
  | "ConcurrentExecutions"
  | "UnreservedConcurrentExecutions"
  | "ClaimedAccountConcurrency"
  | "RecursiveInvocationsDropped"
  | "ProvisionedConcurrencyInvocations"
  | "ProvisionedConcurrencySpilloverInvocations"
  | "ProvisionedConcurrentExecutions"
  | "ProvisionedConcurrencyUtilization"
  | "AsyncEventsReceived"
  | "AsyncEventAge"
  | "AsyncEventsDropped"
  | "DeadLetterErrors"
  | "DestinationDeliveryFailures";

/** What CloudWatch counts of functions. */
export interface FunctionMetrics {
  /**
   * Under the function's name, and over all functions; with `invokedArn` also under what was named of it, a
   * version or an alias, and under the version that an alias led to.
   */
  add(version: FunctionVersion, name: Name, value?: number, invokedArn?: string): void;
  /** Over all functions of the account and region only. */
  addForAll(version: FunctionVersion, name: Name, value: number): void;
}

type Counters = Partial<Record<Name, readonly Counter[]>>;

const MOST_FUNCTIONS = 10_000;

export function createFunctionMetrics(metrics: Metrics, clock: { now(): number }): FunctionMetrics {
  // Found by texts that are there already: to make one for each number would cost more than to count it.
  const known = new Map<string, Map<string, Counters>>();
  const countersOf = (invokedArn: string, number: string): Counters => {
    let versions = known.get(invokedArn);
    if (!versions) {
      if (known.size >= MOST_FUNCTIONS) known.clear();
      versions = new Map();
      known.set(invokedArn, versions);
    }
    let counters = versions.get(number);
    if (!counters) {
      counters = {};
      versions.set(number, counters);
    }
    return counters;
  };
  const counter = ({ account, region }: FunctionVersion, name: Name, dimensions: string) =>
    metrics.counter({ account, region, namespace: "AWS/Lambda", name, dimensions });
  return {
    add(version, name, value = 1, invokedArn = "") {
      const counters =
        invokedArn === "" ? countersOf(version.arn, "") : countersOf(invokedArn, version.version);
      counters[name] ??= dimensionsOf(version, name, invokedArn).map((each) => counter(version, name, each));
      const nowMs = clock.now();
      for (const each of counters[name]) each.add(value, nowMs);
    },
    addForAll(version, name, value) {
      const counters = countersOf(version.account, version.region);
      counters[name] ??= [counter(version, name, "")];
      for (const each of counters[name]) each.add(value, clock.now());
    },
  };
}

function dimensionsOf({ name, version }: FunctionVersion, metric: Name, invokedArn: string): string[] {
  // How many of a function run at once says nothing of how many run in all.
  const all = metric === "ConcurrentExecutions" ? [] : [""];
  const own = [...all, `FunctionName=${name}`];
  if (invokedArn === "") return own;
  const qualifier = invokedArn.split(":")[7];
  const resource = qualifier === undefined ? name : `${name}:${qualifier}`;
  const named = `FunctionName=${name},Resource=${resource}`;
  const isAlias = qualifier !== undefined && !/^(\d+|\$LATEST)$/.test(qualifier);
  return isAlias ? [...own, named, `${named},ExecutedVersion=${version}`] : [...own, named];
}
