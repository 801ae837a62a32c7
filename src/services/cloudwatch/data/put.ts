import type * as sdk from "@aws-sdk/client-cloudwatch";
import { type Counted, writeDimensions } from "../../../kernel/metrics.ts";
import type { Handlers } from "../../define.ts";
import { invalidValue, missingParameter, notHere } from "../faults.ts";
import type { MetricName } from "./metric-name.ts";
import { readDatum } from "./put-rules.ts";
import type { NewPoint } from "./records.ts";
import { putTogether } from "./together.ts";

const MOST_DATA = 1_000;

export const put = {
  /** Answers once the data are in the store: they are there after `kill -9`. */
  async PutMetricData({ Namespace: namespace = "", MetricData = [], EntityMetricData }, context) {
    const { store, scope, clock, metrics } = context;
    if (EntityMetricData?.length) throw notHere("Metrics of entities are not part of this platform.");
    if (/^AWS\//.test(namespace)) {
      throw invalidValue("The value AWS/ for parameter Namespace is invalid.");
    }
    if (MetricData.length === 0) throw missingParameter("The parameter MetricData is required.");
    if (MetricData.length > MOST_DATA) {
      throw invalidValue(`The collection MetricData must not have a size greater than ${MOST_DATA}.`);
    }
    const nowMs = clock.now();
    const data = MetricData.map((datum, at) => readDatum(datum, at + 1, nowMs));
    const puts = data.map(({ name, dimensions, point }) => {
      return { metric: { ...scope, namespace, name, dimensions }, point };
    });
    await putTogether(store, puts, nowMs);
    metrics.tell(puts.map(({ metric, point }) => countedOf(metric, point)));
    return {};
  },
} satisfies Handlers<typeof sdk>;

const MINUTE_MS = 60_000;

function countedOf(
  { account, region, namespace, name, dimensions }: MetricName,
  { startMs, tally, unit }: NewPoint,
): Counted {
  const series = { account, region, namespace, name, dimensions: writeDimensions(dimensions), unit };
  return { series, startMs: Math.floor(startMs / MINUTE_MS) * MINUTE_MS, tally };
}
