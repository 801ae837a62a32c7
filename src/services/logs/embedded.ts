import { type Metrics, writeDimensions } from "../../kernel/metrics.ts";
import type { Scope } from "../../kernel/scope.ts";

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

type Members = Readonly<Record<string, unknown>>;

const HOUR_MS = 3_600_000;
const MOST_PAST_MS = 14 * 24 * HOUR_MS;
const MOST_AHEAD_MS = 2 * HOUR_MS;
const MOST_DIMENSIONS = 30;
const MOST_METRICS = 100;
const MOST_VALUES = 100;
/** As the Node runtime writes it: the time, the request and the level come first. */
const PREFIXED = /^[^{]*\t(\{.*\})\s*$/s;

/** Counts the metrics that are written into a line; most lines have none. */
export function countEmbedded(metrics: Metrics, scope: Scope, message: string, nowMs: number): void {
  if (!message.includes('"_aws"')) return;
  const line = readLine(message);
  const about = line && members(line._aws);
  if (!line || !about || !Array.isArray(about.CloudWatchMetrics)) return;
  const timeMs = Number(about.Timestamp);
  if (!(nowMs - timeMs <= MOST_PAST_MS && timeMs - nowMs <= MOST_AHEAD_MS)) return;
  for (const directive of about.CloudWatchMetrics) {
    const read = members(directive);
    if (read) countDirective(metrics, scope, line, read, timeMs);
  }
}

function readLine(message: string): Members | undefined {
  try {
    return members(JSON.parse(message.startsWith("{") ? message : (PREFIXED.exec(message)?.[1] ?? "")));
  } catch {
    return undefined;
  }
}

function members(value: unknown): Members | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Members)
    : undefined;
}

/** Each metric under each set of dimensions. A set that names what the line does not have spoils them all. */
function countDirective(
  metrics: Metrics,
  { account, region }: Scope,
  line: Members,
  { Namespace: namespace, Dimensions = [[]], Metrics: named }: Members,
  timeMs: number,
): void {
  if (
    typeof namespace !== "string" ||
    namespace === "" ||
    !Array.isArray(named) ||
    named.length > MOST_METRICS
  )
    return;
  const sets = Array.isArray(Dimensions) ? Dimensions.map((set) => dimensionsOf(line, set)) : [undefined];
  if (sets.includes(undefined)) return;
  for (const one of named) {
    const { Name: name, Unit: unit } = members(one) ?? {};
    const values = typeof name === "string" ? valuesOf(line[name]) : [];
    for (const dimensions of sets) {
      const series = { account, region, namespace, name: String(name), dimensions: dimensions ?? "" };
      const counter = metrics.counter({ ...series, unit: typeof unit === "string" ? unit : "None" });
      for (const value of values) counter.add(value, timeMs);
    }
  }
}

function dimensionsOf(line: Members, set: unknown): string | undefined {
  if (!Array.isArray(set) || set.length > MOST_DIMENSIONS) return undefined;
  const pairs: [string, string][] = [];
  for (const name of set) {
    const value = typeof name === "string" ? line[name] : undefined;
    if (typeof value !== "string" || value === "") return undefined;
    pairs.push([name, value]);
  }
  return writeDimensions(pairs);
}

function valuesOf(value: unknown): number[] {
  const values = Array.isArray(value) ? value : [value];
  const isGood = values.length <= MOST_VALUES && values.every((one) => Number.isFinite(one));
  return isGood ? (values as number[]) : [];
}
