import { type Counted, readDimensions } from "../../kernel/metrics.ts";
import { type Tally, valuesOf } from "../../kernel/tally.ts";
import { nanosOf, pairsOf } from "./attributes.ts";

const MINUTE_MS = 60_000;
export const QUANTILES = [0.5, 0.9, 0.99];

/** Units by the Unified Code for Units of Measure, as CloudWatch's metric streams write them. */
const UNITS: Readonly<Record<string, string>> = {
  Seconds: "s",
  Microseconds: "us",
  Milliseconds: "ms",
  Bytes: "By",
  Kilobytes: "kBy",
  Megabytes: "MBy",
  Gigabytes: "GBy",
  Terabytes: "TBy",
  Bits: "bit",
  Kilobits: "kbit",
  Megabits: "MBit",
  Gigabits: "GBit",
  Terabits: "Tbit",
  Percent: "%",
  Count: "{Count}",
};

/**
 * A minute of a series as CloudWatch's metric streams send it: a summary, named by namespace and metric. The
 * dimensions are attributes of their own, which other tools group by.
 */
export function otlpMetric({ series, startMs, tally }: Counted): object {
  const { namespace, name, dimensions, unit = "None" } = series;
  const labels = Object.fromEntries(readDimensions(dimensions));
  const point = {
    startTimeUnixNano: nanosOf(startMs),
    timeUnixNano: nanosOf(startMs + MINUTE_MS),
    count: String(Math.round(tally.count)),
    sum: tally.sum,
    quantileValues: quantilesOf(tally),
    attributes: pairsOf({ Namespace: namespace, MetricName: name, ...labels }),
  };
  return {
    name: `amazonaws.com/${namespace}/${name}`,
    unit: unit.split("/").map(unitOf).join("/"),
    summary: { dataPoints: [point] },
  };
}

const unitOf = (unit: string): string => UNITS[unit] ?? (unit === "Second" ? "s" : "1");

function quantilesOf(tally: Tally): object[] {
  const edges = { least: { quantile: 0, value: tally.minimum }, most: { quantile: 1, value: tally.maximum } };
  if (tally.blind) return [edges.least, edges.most];
  const between = QUANTILES.map((quantile) => ({ quantile, value: quantileOf(tally, quantile) }));
  return [edges.least, ...between, edges.most];
}

/** The least value that so large a part of all does not exceed. */
export function quantileOf(tally: Tally, quantile: number): number {
  let passed = 0;
  for (const [value, times] of valuesOf(tally)) {
    passed += times;
    if (passed >= quantile * tally.count) return value;
  }
  return tally.maximum;
}
