import { readDimensions, type Series } from "../../kernel/metrics.ts";
import type { Tally } from "../../kernel/tally.ts";
import type { Family, Sample } from "./exposition.ts";
import { QUANTILES, quantileOf } from "./summaries.ts";
import type { Total } from "./totals.ts";

/** What is there at a time, rather than happens. */
const GAUGE =
  /^(Approximate(NumberOfMessages|AgeOfOldestMessage).*|NumberOfObjects|BucketSizeBytes|.*ConcurrentExecutions|.*Utilization)$/;

export const isGauge = ({ name }: Series): boolean => GAUGE.test(name);

/**
 * CloudWatch's metrics for Prometheus: `AWS/Lambda`'s `Duration` is the summary
 * `aws_lambda_duration_milliseconds`, whose sum and count grow since the platform began, and whose quantiles
 * are the latest minute's.
 */
export function familiesOf(totals: Iterable<Total>): Family[] {
  const families = new Map<string, { help: string; type: Family["type"]; samples: Sample[] }>();
  for (const { series, count, sum, latest } of totals) {
    const name = nameOf(series);
    const type = isGauge(series) ? "gauge" : "summary";
    const { namespace, unit = "None" } = series;
    const help = `${namespace} ${series.name}${unit === "None" ? "" : ` in ${unit}`}`;
    const family = families.get(name) ?? { help, type, samples: [] };
    families.set(name, family);
    const labels = labelsOf(series);
    if (type === "gauge") family.samples.push({ labels, value: latest.maximum });
    else family.samples.push(...summaryOf(labels, count, sum, latest));
  }
  return Array.from(families, ([name, family]) => ({ name, ...family }));
}

function summaryOf(labels: Record<string, string>, count: number, sum: number, latest: Tally): Sample[] {
  const quantiles = latest.blind
    ? []
    : QUANTILES.map((quantile) => ({
        suffix: "",
        labels: { ...labels, quantile: String(quantile) },
        value: quantileOf(latest, quantile),
      }));
  return [...quantiles, { suffix: "_sum", labels, value: sum }, { suffix: "_count", labels, value: count }];
}

const UNITS: Readonly<Record<string, string>> = { Percent: "percent", None: "", Count: "" };

function nameOf({ namespace, name, unit = "None" }: Series): string {
  const plain = `${words(namespace)}_${words(name)}`;
  const suffix = UNITS[unit] ?? words(unit);
  const whole = suffix === "" || plain.endsWith(`_${suffix}`) ? plain : `${plain}_${suffix}`;
  return /^[a-z_]/.test(whole) ? whole : `_${whole}`;
}

/** `FunctionName` is the label `function_name`. */
function labelsOf({ account, region, dimensions }: Series): Record<string, string> {
  const labels: Record<string, string> = { account, region };
  for (const [name, value] of readDimensions(dimensions)) {
    const label = words(name);
    const isTaken = label in labels || label === "quantile" || !/^[a-z_]/.test(label);
    labels[isTaken ? `dimension_${label}` : label] = value;
  }
  return labels;
}

/** `GetRecords.IteratorAge` as `get_records_iterator_age`, `AWS/SQS` as `aws_sqs`. */
function words(text: string): string {
  return text
    .replace(/DynamoDB/g, "Dynamodb")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .replace(/[^a-zA-Z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .toLowerCase();
}
