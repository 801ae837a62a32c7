// The rules of event source mappings again, on a store that delays, runs bodies in vain and mixes them up.
import { describe } from "vitest";
import { createHostileStore } from "../src/store/drivers/hostile.ts";
import { chances, onStores } from "./sources.fixture.ts";

describe("on a hostile store", async () => {
  onStores((store) => createHostileStore(store, chances(11)));
  for (const name of ["rules", "queues", "poison", "streams", "lanes", "kinds", "events", "sqs", "api"]) {
    describe(name, () => import(`./sources-${name}.test.ts`).then(() => {}));
  }
});
