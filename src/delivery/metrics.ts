import type { FunctionVersion } from "../kernel/functions.ts";
import type { Counter, Metrics } from "../kernel/metrics.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
type Name =
  | "Invocations"
  | "Errors"
  | "Duration"
  | "Throttles"
  | "ConcurrentExecutions"
  | "UnreservedConcurrentExecutions"
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

const MOST_SERIES = 20_000;

export function createFunctionMetrics(metrics: Metrics, clock: { now(): number }): FunctionMetrics {
  const known = new Map<string, readonly Counter[]>();
  const remembered = (key: string, find: () => readonly Counter[]): readonly Counter[] => {
    const found = known.get(key);
    if (found) return found;
    const made = find();
    if (known.size >= MOST_SERIES) known.clear();
    known.set(key, made);
    return made;
  };
  const counter = ({ account, region }: FunctionVersion, name: Name, dimensions: string) =>
    metrics.counter({ account, region, namespace: "AWS/Lambda", name, dimensions });
  return {
    add(version, name, value = 1, invokedArn = "") {
      const { arn, version: number } = version;
      const counters = remembered(`${name} ${number} ${invokedArn} ${arn}`, () =>
        dimensionsOf(version, name, invokedArn).map((dimensions) => counter(version, name, dimensions)),
      );
      const nowMs = clock.now();
      for (const each of counters) each.add(value, nowMs);
    },
    addForAll(version, name, value) {
      const key = `${name} ${version.account} ${version.region}`;
      for (const each of remembered(key, () => [counter(version, name, "")])) each.add(value, clock.now());
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
