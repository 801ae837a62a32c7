// The service's tests again, on a store that delays, runs bodies in vain and mixes them up.
import { describe } from "vitest";
import { createHostileStore } from "../../store/drivers/hostile.ts";
import { onStores } from "./iam.fixture.ts";

/** The same chances every time: a linear congruence, as good as any here. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("on a hostile store", async () => {
  onStores((store) => createHostileStore(store, chances(47)));
  for (const name of ["users", "access-keys", "roles", "policies", "providers", "credentials", "account"]) {
    describe(name, () => import(`./${name}.test.ts`).then(() => {}));
  }
});
