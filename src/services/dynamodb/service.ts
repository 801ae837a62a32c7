import type { Service } from "../define.ts";
import { bulkConstraints } from "./bulk/constraints.ts";
import { constraints } from "./constraints.ts";
import { destinationConstraints, destinations } from "./destinations/destinations.ts";
import { sendChanges } from "./destinations/outbox.ts";
import { batches } from "./items/batch.ts";
import { items } from "./items/items.ts";
import { reading } from "./items/reading.ts";
import { statements } from "./items/statements.ts";
import { transactions } from "./items/transactions.ts";
import { replicaConstraints } from "./replicas/constraints.ts";
import { legacyTables } from "./replicas/legacy.ts";
import { legacySettings } from "./replicas/legacy-settings.ts";
import { replicate } from "./replicas/replication.ts";
import { replicaScaling } from "./replicas/scaling.ts";
import { workOnTables } from "./tables/background.ts";
import { insights } from "./tables/insights.ts";
import { limits } from "./tables/limits.ts";
import { policies } from "./tables/policies.ts";
import { tables } from "./tables/tables.ts";
import { tags } from "./tables/tags.ts";
import { updates } from "./tables/update.ts";
import { byTheClock, holdsBackup, timeConstraints, workInTime } from "./time/clockwork.ts";
import { vectorSearch } from "./vectors/search.ts";

export const service: Service<"dynamodb"> = {
  handlers: {
    ...tables,
    ...limits,
    ...policies,
    ...insights,
    ...updates,
    ...tags,
    ...items,
    ...reading,
    ...batches,
    ...transactions,
    ...statements,
    ...byTheClock,
    ...destinations,
    ...legacyTables,
    ...legacySettings,
    ...replicaScaling,
    ...vectorSearch,
  },
  // Kept and given back, but nobody is kept out by them, and insights are not charted.
  withoutEffect: ["PutResourcePolicy", "DeleteResourcePolicy", "UpdateContributorInsights"],
  constraints: {
    ...constraints,
    ...timeConstraints,
    ...bulkConstraints,
    ...destinationConstraints,
    ...replicaConstraints,
  },
  holdsBlob: holdsBackup,
  async background(background) {
    await Promise.all([
      workOnTables(background),
      workInTime(background),
      sendChanges(background),
      replicate(background),
    ]);
  },
};
