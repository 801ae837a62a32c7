import type * as sdk from "@aws-sdk/client-cloudwatch";
import { pageOf } from "../../../kernel/paging.ts";
import type { Handlers } from "../../define.ts";
import { badToken } from "../faults.ts";
import { describeDimensions, type MetricName } from "./metric-name.ts";
import { type MetricRecord, metricsOf, placeOfMetric } from "./records.ts";

const PAGE = 500;
const HOUR_MS = 3_600_000;
/** Metrics without data for two weeks are not listed. */
const LISTED_MS = 14 * 24 * HOUR_MS;
const RECENT_MS = 3 * HOUR_MS;

export const list = {
  async ListMetrics(input, { store, scope, clock, metrics }) {
    const { Namespace: namespace, MetricName: name, Dimensions = [] } = input;
    if (input.OwningAccount !== undefined && input.OwningAccount !== scope.account) return { Metrics: [] };
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

/** Each dimension that is asked for, with its value where one is given. */
function has({ dimensions }: MetricName, wanted: readonly sdk.DimensionFilter[]): boolean {
  return wanted.every(({ Name, Value }) =>
    dimensions.some(([name, value]) => name === Name && (Value === undefined || value === Value)),
  );
}
