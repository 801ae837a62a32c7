import type { Context, Service } from "../define.ts";
import { accountPolicies } from "./account-policies.ts";
import { adoptStreams } from "./adopting.ts";
import { constraints } from "./constraints.ts";
import { destinations } from "./destinations.ts";
import { exporting } from "./exporting.ts";
import { exportTasks } from "./exports.ts";
import { filter } from "./filter.ts";
import { delivering } from "./forwarding.ts";
import { get } from "./get.ts";
import { groupSettings } from "./group-settings.ts";
import { groups } from "./groups.ts";
import { indexPolicies } from "./index-policies.ts";
import { keys } from "./keys.ts";
import { watchingLines } from "./line-watch.ts";
import { listGroups } from "./list-groups.ts";
import { liveTail } from "./live-tail.ts";
import { logRecords } from "./log-records.ts";
import { lookupTables } from "./lookup-tables.ts";
import { metricFilters } from "./metric-filters.ts";
import { put } from "./put.ts";
import { queries } from "./queries.ts";
import { queryDefinitions } from "./query-definitions.ts";
import { resourcePolicies } from "./resource-policies.ts";
import { trimming } from "./retention.ts";
import { streams } from "./streams.ts";
import { subscriptions } from "./subscriptions.ts";
import { tags } from "./tags.ts";

type Run = (input: never, context: Context) => Promise<unknown>;

/** The same operations, each of which sees all that functions have written by then. */
function adopting<Operations extends Record<string, Run>>(operations: Operations): Operations {
  const wrapped = Object.entries(operations).map(([name, run]) => [
    name,
    (input: never, context: Context) => {
      const adoption = adoptStreams(context);
      return adoption ? adoption.then(() => run(input, context)) : run(input, context);
    },
  ]);
  return Object.fromEntries(wrapped) as Operations;
}

export const service: Service<"logs"> = {
  handlers: adopting({
    ...groups,
    ...groupSettings,
    ...keys,
    ...tags,
    ...resourcePolicies,
    ...streams,
    ...put,
    ...get,
    ...filter,
    ...subscriptions,
    ...destinations,
    ...metricFilters,
    ...accountPolicies,
    ...listGroups,
    ...liveTail,
    ...exportTasks,
    ...queries,
    ...queryDefinitions,
    ...logRecords,
    ...indexPolicies,
    ...lookupTables,
  }),
  // Kept and given back: nothing is encrypted.
  withoutEffect: ["AssociateKmsKey", "DisassociateKmsKey"],
  constraints,
  async background(world) {
    await Promise.all([trimming(world), delivering(world), watchingLines(world), exporting(world)]);
  },
};
