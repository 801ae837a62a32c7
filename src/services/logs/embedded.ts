import { type Metrics, writeDimensions } from "../../kernel/metrics.ts";
import { count } from "./metric-counting.ts";
import type { GroupName } from "./names.ts";

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

type Members = Readonly<Record<string, unknown>>;

interface Around {
  readonly nowMs: number;
  /** Runtimes write the time, the request and the level before what a function logs. */
  readonly isOfFunction?: boolean;
}

const HOUR_MS = 3_600_000;
const MOST_PAST_MS = 14 * 24 * HOUR_MS;
const MOST_AHEAD_MS = 2 * HOUR_MS;
const MOST_DIMENSIONS = 30;
const MOST_METRICS = 100;
const MOST_VALUES = 100;
const LONGEST_NAME = 255;
const LONGEST_DIMENSION = 1024;
const MOST_VALUE = 2 ** 360;
const PREFIXED = /^[^{]*\t(\{.*\})\s*$/s;
const SIZES = "Bytes|Bits|(?:Kilo|Mega|Giga|Tera)(?:bytes|bits)";
const UNIT = new RegExp(`^(None|Percent|(Micro|Milli)seconds|Seconds|(Count|${SIZES})(/Second)?)$`);

/**
 * Counts the metrics that are written into a line; most lines have none. What breaks the rules is left out,
 * and counted as an error of its group.
 */
export function countEmbedded(metrics: Metrics, group: GroupName, message: string, around: Around): void {
  if (!message.includes('"_aws"') || !message.includes('"CloudWatchMetrics"')) return;
  const line = readLine(message, around.isOfFunction ?? false);
  if (!line) {
    count(metrics, group, "EMFParsingErrors", 1, around.nowMs);
    return;
  }
  const about = members(line._aws);
  // The line may hold these words and mean something else.
  if (!about || !("CloudWatchMetrics" in about)) return;
  const { Timestamp: timeMs, CloudWatchMetrics: directives } = about;
  const isGood =
    Array.isArray(directives) &&
    isTime(timeMs, around.nowMs) &&
    directives.map((one) => countDirective(metrics, group, line, one, timeMs)).every((isDone) => isDone);
  if (!isGood) count(metrics, group, "EMFValidationErrors", 1, around.nowMs);
}

function readLine(message: string, isOfFunction: boolean): Members | undefined {
  const text = isOfFunction && !message.startsWith("{") ? (PREFIXED.exec(message)?.[1] ?? "") : message;
  try {
    return members(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function members(value: unknown): Members | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Members)
    : undefined;
}

function isTime(value: unknown, nowMs: number): value is number {
  return typeof value === "number" && nowMs - value <= MOST_PAST_MS && value - nowMs <= MOST_AHEAD_MS;
}

/**
 * Each metric under each set of dimensions; false where something of it is not as it must be. A set that
 * names what the line does not have spoils them all.
 */
function countDirective(
  metrics: Metrics,
  { account, region }: GroupName,
  line: Members,
  directive: unknown,
  timeMs: number,
): boolean {
  const { Namespace: namespace, Dimensions: given, Metrics: named } = members(directive) ?? {};
  if (!isName(namespace) || namespace.startsWith("AWS/")) return false;
  if (!Array.isArray(given) || given.length === 0) return false;
  if (!Array.isArray(named) || named.length > MOST_METRICS) return false;
  const sets = given.flatMap((set) => dimensionsOf(line, set) ?? []);
  if (sets.length < given.length) return false;
  let isGood = true;
  for (const one of named) {
    const metric = metricOf(line, one);
    if (!metric) isGood = false;
    const { name = "", unit, isHigh = false, values = [] } = metric ?? {};
    for (const dimensions of sets) {
      const counter = metrics.counter({ account, region, namespace, name, dimensions, unit, isHigh });
      for (const value of values) counter.add(value, timeMs);
    }
  }
  return isGood;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= LONGEST_NAME && !value.startsWith(":");
}

function dimensionsOf(line: Members, set: unknown): string | undefined {
  if (!Array.isArray(set) || set.length > MOST_DIMENSIONS) return undefined;
  const pairs: [string, string][] = [];
  for (const name of set) {
    const value = isName(name) ? line[name] : undefined;
    if (typeof value !== "string" || value.trim() === "" || value.length > LONGEST_DIMENSION)
      return undefined;
    pairs.push([name, value]);
  }
  return writeDimensions(pairs);
}

function metricOf(line: Members, definition: unknown) {
  const { Name: name, Unit: unit = "None", StorageResolution: resolution = 60 } = members(definition) ?? {};
  if (!isName(name) || !Object.hasOwn(line, name)) return undefined;
  if (typeof unit !== "string" || !UNIT.test(unit)) return undefined;
  if (resolution !== 1 && resolution !== 60) return undefined;
  const values = valuesOf(line[name]);
  return values && { name, unit, isHigh: resolution === 1, values };
}

function valuesOf(value: unknown): readonly number[] | undefined {
  const values = Array.isArray(value) ? value : [value];
  const isGood =
    values.length <= MOST_VALUES &&
    values.every((one) => typeof one === "number" && Math.abs(one) <= MOST_VALUE);
  return isGood ? (values as number[]) : undefined;
}
