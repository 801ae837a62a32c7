import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createMemoryStore } from "./drivers/memory.ts";

describe("the executor", () => {
  it("ends a body that waits for its own undoing, with an error and not in silence", async () => {
    let count = 0;
    const store = createMemoryStore();
    const selfish = store.transact(async (tx) => {
      const seen = await tx.get(["a"]);
      await store.transact(async (other) => other.set(["a"], ++count));
      tx.set(["b"], seen ?? null);
    });
    await expect(selfish).rejects.toThrow("waits for what changes what it has read");
    expect(await store.transact((tx) => tx.get(["b"]))).toBeUndefined();
  });

  it("gives up a body that waits for something that never comes when it closes", async () => {
    const store = createMemoryStore();
    const stuck = store.transact(() => new Promise(() => {}));
    await setImmediate();
    await Promise.all([store.close(), expect(stuck).rejects.toThrow("shutting down")]);
  });

  it("leaves a turn to everyone else while bodies never end", async () => {
    const store = createMemoryStore();
    let runs = 0;
    let stop = false;
    const busy = async () => {
      while (!stop) await store.transact(async () => runs++);
    };
    const working = busy();
    await setImmediate();
    await setImmediate();
    stop = true;
    await working;
    expect(runs).toBeGreaterThan(0);
  });
});
