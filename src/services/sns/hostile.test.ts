// The service's tests again, on a store that delays, runs bodies in vain and mixes them up.
import { describe } from "vitest";
import { createHostileStore } from "../../store/drivers/hostile.ts";
import { chances } from "./direct.fixture.ts";
import { onStores } from "./sns.fixture.ts";

describe("on a hostile store", async () => {
  onStores((store) => createHostileStore(store, chances(11)));
  for (const name of [
    "topics",
    "subscriptions",
    "publish",
    "fifo",
    "delivery",
    "subscriber",
    "people",
    "apps",
  ]) {
    describe(name, () => import(`./${name}.test.ts`).then(() => {}));
  }
});
