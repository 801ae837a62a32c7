import { createHash } from "node:crypto";
import type { Scope } from "../../../kernel/scope.ts";

/** A metric is a name in a namespace with dimensions: each set of them is another one. */
export interface MetricName extends Scope {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly Dimension[];
}

/** Its name and its value. */
export type Dimension = readonly [string, string];

interface Given {
  readonly Name?: string | undefined;
  readonly Value?: string | undefined;
}

export function dimensionsOf(given: readonly Given[] | undefined): Dimension[] {
  return (given ?? []).map(({ Name = "", Value = "" }) => [Name, Value]);
}

export function describeDimensions(dimensions: readonly Dimension[]): { Name: string; Value: string }[] {
  return dimensions.map(([Name, Value]) => ({ Name, Value }));
}

/** What stands for a metric in keys: dimensions may be longer than a key. Their order is no matter. */
export function metricId(metric: MetricName): string {
  const known = ids.get(metric);
  if (known !== undefined) return known;
  const { account, region, namespace, name, dimensions } = metric;
  const sorted = dimensions.length > 1 ? dimensions.toSorted(byName) : dimensions;
  const hash = createHash("sha1").update(JSON.stringify([account, region, namespace, name, sorted]));
  const id = hash.digest("base64url");
  ids.set(metric, id);
  return id;
}

const ids = new WeakMap<MetricName, string>();

function byName([one]: Dimension, [other]: Dimension): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
