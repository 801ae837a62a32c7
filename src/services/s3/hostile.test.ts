// All of the service's tests again, on a store that delays, runs bodies in vain and mixes them up.
import { describe } from "vitest";
import { createHostileStore } from "../../store/drivers/hostile.ts";
import { createMemoryStore } from "../../store/drivers/memory.ts";
import { withStores } from "./fixture.ts";

/** The same chances every time: a linear congruence, as good as any here. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("on a hostile store", async () => {
  withStores(() => createHostileStore(createMemoryStore(), chances(7)));
  await import("./buckets.test.ts");
  await import("./objects.test.ts");
  await import("./checksums.test.ts");
  await import("./copies.test.ts");
  await import("./lists.test.ts");
  await import("./multipart.test.ts");
  await import("./notifications.test.ts");
});
