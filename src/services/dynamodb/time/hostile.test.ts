// The tests of what lives by the clock again, on a store that delays, runs bodies in vain and mixes them up.
import { describe } from "vitest";
import { createHostileStore } from "../../../store/drivers/hostile.ts";
import { withStores } from "./time.fixture.ts";

/** The same chances every time: a linear congruence, as good as any here. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("on a hostile store", async () => {
  withStores((store) => createHostileStore(store, chances(11)));
  await import("../streams/streams.test.ts");
  await import("./ttl.test.ts");
  await import("../backups/backups.test.ts");
  await import("../transfer/imports.test.ts");
  await import("../replicas/replicas.test.ts");
});
