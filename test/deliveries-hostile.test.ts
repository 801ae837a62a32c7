// Every way to a function again, on a store that delays, runs bodies in vain and mixes them up.
import { describe } from "vitest";
import { createHostileStore } from "../src/store/drivers/hostile.ts";
import { onStores } from "./deliveries.fixture.ts";
import { chances } from "./sources.fixture.ts";

describe("on a hostile store", async () => {
  onStores((store) => createHostileStore(store, chances(11)));
  for (const name of [
    "deliveries",
    "asynchronous",
    "destinations",
    "loops",
    "loop-paths",
    "replay",
    "throttles",
  ]) {
    describe(name, () => import(`./${name}.test.ts`).then(() => {}));
  }
});
