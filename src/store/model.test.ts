import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLmdbStore } from "./drivers/lmdb.ts";
import { createMemoryStore } from "./drivers/memory.ts";
import { encodeKey, encodeRange } from "./keys.ts";
import { randomSource } from "./random.fixture.ts";
import type { Key, KeyRange, RangeOptions, Store, Transaction, Value } from "./store.ts";

let folder: string;
const DRIVERS: Record<string, () => Promise<Store>> = {
  memory: async () => createMemoryStore(),
  "lmdb, process": () => openLmdbStore({ folder, durability: "process" }),
  "lmdb, disk": () => openLmdbStore({ folder, durability: "disk" }),
};

describe.each(Object.entries(DRIVERS))("the store on %s", (_name, open) => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "model-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("does what a plain sorted list does, whatever is done to it", async () => {
    const store = await open();
    const random = randomSource(21);
    const model = new Map<string, { key: Key; value: Value }>();
    const stems = ["", "a", "b", "l".repeat(1965), "m".repeat(2200)];
    const anyKey = (): Key => [
      stems[random(stems.length)] ?? "",
      "n".repeat(random(12)),
      ...(random(3) ? [] : [1]),
    ];
    const anyRange = (): KeyRange => ({
      ...(random(4) ? {} : { prefix: anyKey().slice(0, 1 + random(2)) }),
      ...(random(2) ? {} : { [random(2) ? "gt" : "gte"]: anyKey() }),
      ...(random(2) ? {} : { [random(2) ? "lt" : "lte"]: anyKey() }),
    });
    const within = (range: KeyRange, reverse: boolean) => {
      const { from, to } = encodeRange(range);
      const found = [...model].filter(([encoded]) => encoded >= from && encoded < to);
      found.sort(([one], [other]) => (one < other ? -1 : 1));
      return (reverse ? found.reverse() : found).map(([, { key, value }]) => [key, value]);
    };
    const step = async (tx: Transaction, at: number) => {
      const [key, range, reverse, limit] = [anyKey(), anyRange(), random(2) === 1, 1 + random(20)];
      const kind = random(12);
      if (kind < 5) {
        tx.set(key, at);
        model.set(encodeKey(key), { key, value: at });
      } else if (kind < 7) {
        tx.delete(key);
        model.delete(encodeKey(key));
      } else if (kind === 7 && random(3) === 0) {
        tx.clear(range);
        for (const [gone] of within(range, false)) model.delete(encodeKey(gone as Key));
      } else if (kind === 8) expect(await tx.get(key)).toEqual(model.get(encodeKey(key))?.value);
      else
        expect(await collect(tx, range, { reverse, limit })).toEqual(within(range, reverse).slice(0, limit));
    };
    for (let at = 0; at < 150; at++) {
      await store.transact(async (tx) => {
        for (let steps = random(12); steps >= 0; steps--) await step(tx, at);
      });
    }
    expect(model.size).toBeGreaterThan(20);
    expect(await store.transact((tx) => collect(tx, {}))).toEqual(within({}, false));
    await store.close();
  });
});

async function collect(tx: Transaction, range: KeyRange, options?: RangeOptions) {
  const entries: (readonly [Key, Value])[] = [];
  for await (const entry of tx.range(range, options)) entries.push(entry);
  return entries;
}
