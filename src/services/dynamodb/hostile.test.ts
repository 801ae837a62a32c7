// The service's tests again, on a store that delays, runs bodies in vain and mixes them up.
import { describe } from "vitest";
import { createHostileStore } from "../../store/drivers/hostile.ts";
import { withStores } from "./platform.fixture.ts";

/** The same chances every time: a linear congruence, as good as any here. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const SUITES = {
  "items/items": () => import("./items/items.test.ts"),
  "items/errors": () => import("./items/errors.test.ts"),
  "items/transactions": () => import("./items/transactions.test.ts"),
  "items/statements": () => import("./items/statements.test.ts"),
  "items/several-keys": () => import("./items/several-keys.test.ts"),
  "items/consumption": () => import("./items/consumption.test.ts"),
  "items/lag": () => import("./items/lag.test.ts"),
  "items/words": () => import("./items/words.test.ts"),
  "tables/tables": () => import("./tables/tables.test.ts"),
  "tables/changes": () => import("./tables/changes.test.ts"),
  "tables/policies": () => import("./tables/policies.test.ts"),
  "tables/quotas": () => import("./tables/quotas.test.ts"),
  "vectors/vectors": () => import("./vectors/vectors.test.ts"),
  "vectors/rules": () => import("./vectors/rules.test.ts"),
  "destinations/destinations": () => import("./destinations/destinations.test.ts"),
  "capacity/enforce": () => import("./capacity/enforce.test.ts"),
  "streams/streams": () => import("./streams/streams.test.ts"),
  "time/ttl": () => import("./time/ttl.test.ts"),
  "backups/backups": () => import("./backups/backups.test.ts"),
  "transfer/imports": () => import("./transfer/imports.test.ts"),
  "bulk/bulk-operations": () => import("./bulk/bulk-operations.test.ts"),
  "bulk/bulk": () => import("./bulk/bulk.test.ts"),
  "transfer/ion": () => import("./transfer/ion.test.ts"),
  "replicas/replicas": () => import("./replicas/replicas.test.ts"),
  "replicas/accounts": () => import("./replicas/accounts.test.ts"),
  "replicas/rules": () => import("./replicas/rules.test.ts"),
  "replicas/legacy": () => import("./replicas/legacy.test.ts"),
};

describe("on a hostile store", () => {
  withStores((store) => createHostileStore(store, chances(11)));
  for (const [name, load] of Object.entries(SUITES)) {
    describe(name, async () => {
      await load();
    });
  }
});
