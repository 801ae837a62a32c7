import type * as sdk from "@aws-sdk/client-cloudwatch";
import { writeDimensions } from "../../../kernel/metrics.ts";
import { pageOf } from "../../../kernel/paging.ts";
import type { Context, Handlers } from "../../define.ts";
import { badToken } from "../faults.ts";
import { describeDimensions, type MetricName } from "./metric-name.ts";
import { type MetricRecord, metricsOf, placeOfMetric } from "./records.ts";

const PAGE = 500;
const BUCKETS = "AWS/S3";
const MOST_BUCKETS = 100;
const HOUR_MS = 3_600_000;
/** Metrics without data for two weeks are not listed. */
const LISTED_MS = 14 * 24 * HOUR_MS;
const RECENT_MS = 3 * HOUR_MS;

export const list = {
  async ListMetrics(input, context) {
    const { store, scope, clock, metrics } = context;
    const { Namespace: namespace, MetricName: name, Dimensions = [] } = input;
    if (input.OwningAccount !== undefined && input.OwningAccount !== scope.account) return { Metrics: [] };
    if (namespace === undefined || namespace === BUCKETS) await lookAtBuckets(context);
    await metrics.settle();
    const sinceMs = clock.now() - (input.RecentlyActive === "PT3H" ? RECENT_MS : LISTED_MS);
    const { items, token } = await store.transact((tx) =>
      pageOf(
        (after) =>
          metricsOf(tx, scope, {
            ...(namespace === undefined ? {} : { namespace }),
            ...(name === undefined ? {} : { name }),
            ...(after === undefined ? {} : { after }),
          }),
        placeOfMetric,
        {
          limit: PAGE,
          token: input.NextToken,
          isWanted: (metric: MetricRecord) =>
            metric.lastMs >= sinceMs &&
            (name === undefined || metric.name === name) &&
            has(metric, Dimensions),
          invalid: badToken,
        },
      ),
    );
    const Metrics = items.map(({ namespace: Namespace, name: MetricName, dimensions }) => ({
      Namespace,
      MetricName,
      Dimensions: describeDimensions(dimensions),
    }));
    const owners = input.IncludeLinkedAccounts ? { OwningAccounts: Metrics.map(() => scope.account) } : {};
    return { Metrics, ...token, ...owners };
  },
} satisfies Handlers<typeof sdk>;

/** How large buckets are is told of those that are used: nobody else asks for it before it is listed. */
async function lookAtBuckets({ store, scope, metrics }: Context): Promise<void> {
  await metrics.settle();
  const buckets = await store.transact(async (tx) => {
    const found = new Set<string>();
    for await (const { dimensions } of metricsOf(tx, scope, { namespace: BUCKETS, name: "AllRequests" })) {
      const [[, bucket] = []] = dimensions;
      if (bucket !== undefined && found.size < MOST_BUCKETS) found.add(bucket);
    }
    return found;
  });
  for (const bucket of buckets) {
    const dimensions = writeDimensions([["BucketName", bucket]]);
    await metrics.look({ ...scope, namespace: BUCKETS, name: "NumberOfObjects", dimensions });
  }
}

/** Each dimension that is asked for, with its value where one is given. */
function has({ dimensions }: MetricName, wanted: readonly sdk.DimensionFilter[]): boolean {
  return wanted.every(({ Name, Value }) =>
    dimensions.some(([name, value]) => name === Name && (Value === undefined || value === Value)),
  );
}
