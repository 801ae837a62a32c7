import { type Metrics, writeDimensions } from "../../../kernel/metrics.ts";
import type { MetricName } from "./metric-name.ts";

const GAUGES: Readonly<Record<string, RegExp>> = {
  "AWS/SQS": /^Approximate/,
  "AWS/S3": /^(NumberOfObjects|BucketSizeBytes)$/,
  "AWS/DynamoDB": /^(Provisioned|OnDemandMax|AccountMax|AccountProvisioned|MaxProvisioned)/,
};

/** A metric of what is there, and not of what happens. */
export const isGauge = ({ namespace, name }: Pick<MetricName, "namespace" | "name">): boolean =>
  GAUGES[namespace]?.test(name) ?? false;

/** Resolves when all that the platform knows of these metrics up to now is in the store. */
export async function upToDate(metrics: Metrics, asked: readonly MetricName[]): Promise<void> {
  for (const metric of asked) {
    if (isGauge(metric)) await metrics.look({ ...metric, dimensions: writeDimensions(metric.dimensions) });
  }
  await metrics.settle();
}

/** What has data as soon as something happens that a gauge would tell. */
export function causesOf(metric: MetricName): MetricName[] {
  if (metric.namespace !== "AWS/SQS" || !isGauge(metric)) return [metric];
  return [metric, { ...metric, name: "NumberOfMessagesSent" }];
}
