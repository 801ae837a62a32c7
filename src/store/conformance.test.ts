import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHostileStore } from "./drivers/hostile.ts";
import { openLmdbStore } from "./drivers/lmdb.ts";
import { createMemoryStore } from "./drivers/memory.ts";
import { encodeKey } from "./keys.ts";
import { randomKey, randomSource } from "./random.fixture.ts";
import type { Key, KeyRange, RangeOptions, Store, Transaction, Value } from "./store.ts";

let folder: string;
const chance = () => {
  const random = randomSource(99);
  return () => random(2 ** 30) / 2 ** 30;
};
const DRIVERS: Record<string, () => Promise<Store>> = {
  memory: async () => createMemoryStore(),
  "lmdb, process": () => openLmdbStore({ folder, durability: "process" }),
  "lmdb, disk": () => openLmdbStore({ folder, durability: "disk" }),
  "hostile memory": async () => createHostileStore(createMemoryStore(), chance()),
  "hostile lmdb": async () =>
    createHostileStore(await openLmdbStore({ folder, durability: "process" }), chance()),
};

describe.each(Object.entries(DRIVERS))("the store on %s", (_name, open) => {
  let store: Store;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "store-"));
    store = await open();
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  const put = (...entries: [Key, Value][]) =>
    store.transact(async (tx) => {
      for (const [key, value] of entries) tx.set(key, value);
    });
  const get = (key: Key) => store.transact((tx) => tx.get(key));
  const list = (range: KeyRange, options?: RangeOptions) =>
    store.transact((tx) => collect(tx, range, options));
  const keys = async (range: KeyRange, options?: RangeOptions) =>
    (await list(range, options)).map(([key]) => key);

  describe("values", () => {
    it("gives back what was stored, and nothing of the caller's objects", async () => {
      const value = {
        v: 1,
        text: "naïve \u{1f600}\0",
        numbers: [0, -1, 1.5, 2 ** 40, -(2 ** 53), 1e300, Number.POSITIVE_INFINITY],
        bigints: [0n, -1n, 2n ** 63n, -(2n ** 200n)],
        bytes: new Uint8Array([0, 1, 255]),
        nested: { empty: {}, none: null, yes: true, list: [] },
        ["__proto__"]: { polluted: false },
        left: undefined,
      };
      await put([["a"], value]);
      value.bytes[0] = 9;
      value.nested.yes = false;
      const { left, ...rest } = value;
      const expected = { ...rest, ["__proto__"]: { polluted: false }, nested: { ...rest.nested, yes: true } };
      const stored = (await get(["a"])) as typeof value;
      expect(stored).toEqual({ ...expected, bytes: new Uint8Array([0, 1, 255]) });
      expect(Object.keys(stored)).not.toContain("left");
      expect(Object.keys(stored)).toContain("__proto__");
    });

    it("gives the latest value however often it was read before", async () => {
      for (let round = 0; round < 5; round++) {
        await put([["a"], { round }], [["b"], { round }]);
        expect([await get(["a"]), await get(["b"]), await get(["a"])]).toEqual(Array(3).fill({ round }));
      }
      await store.transact(async (tx) => tx.delete(["a"]));
      expect(await get(["a"])).toBeUndefined();
      await store.transact(async (tx) => tx.add(["c"], 2n));
      expect(await get(["c"])).toBe(2n);
      await store.transact(async (tx) => tx.add(["c"], 3n));
      expect(await get(["c"])).toBe(5n);
      await store.transact(async (tx) => tx.clear({ prefix: [], gte: ["b"], lte: ["c"] }));
      expect([await get(["b"]), await get(["c"])]).toEqual([undefined, undefined]);
      await put([["a"], "again"]);
      expect(await get(["a"])).toBe("again");
      await store.clear();
      expect(await get(["a"])).toBeUndefined();
    });

    it("holds a megabyte and a key of many kilobytes", async () => {
      const big = new Uint8Array(1 << 20).map((_, index) => index * 31);
      const long = "k".repeat(5000);
      const others: Key[] = [["a"], [long], [`${long}a`], [long, 1], [`${long}a`, "z".repeat(3000)], ["l"]];
      await put(...others.map((key, index): [Key, Value] => [key, index]), [["big"], big]);
      expect(Buffer.compare((await get(["big"])) as Uint8Array, big)).toBe(0);
      for (const [index, key] of others.entries()) expect(await get(key)).toBe(index);
      const sorted = [...others, ["big"]].sort((one, other) => (encodeKey(one) < encodeKey(other) ? -1 : 1));
      expect(await keys({})).toEqual(sorted);
      expect(await keys({}, { reverse: true })).toEqual([...sorted].reverse());
      expect(await keys({ gt: [long], lte: [`${long}a`] })).toEqual([[long, 1], [`${long}a`]]);
      expect(await keys({ prefix: [long] })).toEqual([[long, 1]]);
      await store.transact(async (tx) => tx.delete([long]));
      expect(await get([long])).toBeUndefined();
      expect(await get([`${long}a`])).toBe(2);
      await store.transact(async (tx) => tx.clear({ gte: [long], lt: ["l"] }));
      expect(await keys({})).toEqual([["a"], ["big"], ["l"]]);
    });
  });

  describe("ranges", () => {
    beforeEach(() => put(...[1, 2, 3, 4, 5].map((n): [Key, Value] => [["n", n], n]), [["m"], 0], [["n"], 0]));

    it("keeps to every bound, in both directions, up to the limit", async () => {
      const cases: [KeyRange, RangeOptions, number[]][] = [
        [{ prefix: ["n"] }, {}, [1, 2, 3, 4, 5]],
        [{ prefix: ["n"] }, { reverse: true, limit: 2 }, [5, 4]],
        [{ prefix: ["n"], gt: ["n", 2] }, {}, [3, 4, 5]],
        [{ gte: ["n", 2], lt: ["n", 4] }, {}, [2, 3]],
        [{ gt: ["n", 2], lte: ["n", 4] }, {}, [3, 4]],
        [{ gte: ["n", 2], lte: ["n", 4] }, { reverse: true }, [4, 3, 2]],
        [{ gt: ["n", 1], lt: ["n", 5] }, { limit: 2 }, [2, 3]],
        [{ gt: ["n", 5] }, {}, []],
        [{ gte: ["n", 4], lt: ["n", 2] }, {}, []],
        [{ prefix: ["n"] }, { limit: 0 }, []],
        [{ prefix: ["o"] }, { reverse: true }, []],
      ];
      for (const [range, options, expected] of cases) {
        expect([range, (await list(range, options)).map(([, value]) => value)]).toEqual([range, expected]);
      }
    });

    it("shows a transaction its own writes, removals and additions", async () => {
      await store.transact(async (tx) => {
        tx.set(["n", 2.5], 25);
        tx.delete(["n", 3]);
        tx.set(["n", 4], 40);
        tx.add(["n", 6], 6n);
        const seen = await collect(tx, { prefix: ["n"] });
        expect(seen.map(([, value]) => value)).toEqual([1, 2, 25, 40, 5, 6n]);
        tx.clear({ gte: ["n", 2], lt: ["n", 5] });
        tx.set(["n", 3], 33);
        expect(await tx.get(["n", 2])).toBeUndefined();
        const left = await collect(tx, { prefix: ["n"] }, { reverse: true });
        expect(left.map(([, value]) => value)).toEqual([6n, 5, 33, 1]);
      });
      expect((await list({ prefix: ["n"] })).map(([, value]) => value)).toEqual([1, 33, 5, 6n]);
    });

    it("reads more than one batch, and goes on after the reader has stopped early", async () => {
      await put(...Array.from({ length: 2000 }, (_, index): [Key, Value] => [["many", index], index]));
      expect((await list({ prefix: ["many"] })).map(([, value]) => value)).toEqual([...Array(2000).keys()]);
      const firsts = await store.transact(async (tx) => {
        for await (const [, value] of tx.range({ prefix: ["many"] }, { reverse: true })) return value;
        return undefined;
      });
      expect(firsts).toBe(1999);
    });

    it("sorts random keys as their encoding does", async () => {
      const random = randomSource(3);
      const all = Array.from({ length: 300 }, () => ["r", ...randomKey(random)]);
      await put(...all.map((key): [Key, Value] => [key, 1]));
      const sorted = [...new Map(all.map((key) => [encodeKey(key), key])).entries()]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([, key]) => key);
      expect(await keys({ gte: ["r"], lt: ["s"] })).toEqual(sorted);
    });
  });

  describe("transactions", () => {
    it("rolls back when the body throws, at once or later", async () => {
      const fail = store.transact(async (tx) => {
        tx.set(["a"], 1);
        await tx.get(["a"]);
        throw new RangeError("no");
      });
      await expect(fail).rejects.toThrow("no");
      const throwing = () => {
        throw new RangeError("at once");
      };
      await expect(store.transact(throwing as () => Promise<void>)).rejects.toThrow("at once");
      expect(await get(["a"])).toBeUndefined();
    });

    it("refuses to be used after its end", async () => {
      const leaked = await store.transact(async (tx) => tx);
      await expect(leaked.get(["a"])).rejects.toThrow("after its body had ended");
      expect(() => leaked.set(["a"], 1)).toThrow("after its body had ended");
    });

    it("moves money between accounts without making or losing any", async () => {
      const accounts = 5;
      await put(...Array.from({ length: accounts }, (_, index): [Key, Value] => [["account", index], 100]));
      const random = randomSource(5);
      const transfer = async () => {
        const [from, to, amount] = [random(accounts), random(accounts), random(30)];
        await store.transact(async (tx) => {
          const source = (await tx.get(["account", from])) as number;
          if (source < amount) return;
          tx.set(["account", from], source - amount);
          tx.set(["account", to], ((await tx.get(["account", to])) as number) + amount);
        });
      };
      const audit = async () => {
        const balances = await list({ prefix: ["account"] });
        expect(balances.reduce((sum, [, value]) => sum + (value as number), 0)).toBe(500);
        expect(balances.every(([, value]) => (value as number) >= 0)).toBe(true);
      };
      await Promise.all(Array.from({ length: 300 }, (_, index) => (index % 10 ? transfer() : audit())));
      await audit();
    });

    it("counts every one of many increments of one key, read or blind", async () => {
      const increment = (index: number) =>
        store.transact(async (tx) => {
          const before = ((await tx.get(["read"])) ?? 0) as number;
          if (index % 3 === 0) await setImmediate();
          tx.set(["read"], before + 1);
          tx.add(["blind"], 2n);
        });
      await Promise.all(Array.from({ length: 200 }, (_, index) => increment(index)));
      expect([await get(["read"]), await get(["blind"])]).toEqual([200, 400n]);
    });

    it("lets at most one of two doctors go off duty (write skew)", async () => {
      for (let round = 0; round < 20; round++) {
        await put([["duty", "one"], true], [["duty", "other"], true]);
        const leave = (who: string) =>
          store.transact(async (tx) => {
            const present = (await collect(tx, { prefix: ["duty"] })).filter(([, value]) => value === true);
            await setImmediate();
            if (present.length > 1) tx.set(["duty", who], false);
          });
        await Promise.all([leave("one"), leave("other")]);
        const left = (await list({ prefix: ["duty"] })).filter(([, value]) => value === true);
        expect(left).toHaveLength(1);
      }
    });

    it("sees no phantom: of many who add to what they counted, none counts the same", async () => {
      const addNext = (index: number) =>
        store.transact(async (tx) => {
          const seen = await collect(tx, { prefix: ["row"] });
          if (index % 2) await setImmediate();
          tx.set(["row", seen.length], index);
          return seen.length;
        });
      const counts = await Promise.all(Array.from({ length: 40 }, (_, index) => addNext(index)));
      expect(counts.sort((one, other) => one - other)).toEqual([...Array(40).keys()]);
    });

    it("does not re-run a body that adds blindly to a key that others add to", async () => {
      let runs = 0;
      const slow = store.transact(async (tx) => {
        runs++;
        tx.add(["hot"], 1n);
        await setImmediate();
        await setImmediate();
        return runs;
      });
      await Promise.all(Array.from({ length: 50 }, () => store.transact(async (tx) => tx.add(["hot"], 1n))));
      await slow;
      if (!_name.startsWith("hostile")) expect(runs).toBe(1);
      expect(await get(["hot"])).toBe(51n);
    });

    it("says so when add meets what is no counter, and writes nothing", async () => {
      await put([["text"], "x"]);
      const adding = store.transact(async (tx) => {
        tx.set(["other"], 1);
        tx.add(["text"], 1n);
      });
      await expect(adding).rejects.toThrow("no bigint");
      expect(await get(["other"])).toBeUndefined();
    });

    it("is not held up by a body that waits for something else, even for another transaction", async () => {
      let release = () => {};
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      const stuck = store.transact(async (tx) => {
        const before = await tx.get(["a"]);
        await gate;
        tx.set(["seen"], before ?? null);
      });
      await put([["a"], 1]);
      expect(await get(["a"])).toBe(1);
      release();
      await stuck;
      expect(await get(["seen"])).toBe(1);
      const nested = store.transact(async () => get(["a"]));
      expect(await nested).toBe(1);
    });
  });

  describe("append", () => {
    it("keeps the order of commits, across prefixes and deletions, and tells the key", async () => {
      const entries = await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          store.transact(async (tx) => {
            const length = ((await tx.get(["length"])) ?? 0) as number;
            if (index % 4 === 0) await setImmediate();
            tx.set(["length"], length + 1);
            return { at: length, entry: tx.append(["queue", index % 2], length) };
          }),
        ),
      );
      for (const half of [0, 1]) {
        const values = (await list({ prefix: ["queue", half] })).map(([, value]) => value as number);
        expect(values).toEqual([...values].sort((one, other) => one - other));
      }
      expect((await list({ prefix: ["queue"] })).length).toBe(100);
      for (const { at, entry } of entries) expect(await get(entry.key)).toBe(at);
      await store.transact(async (tx) => tx.clear({ prefix: ["queue"] }));
      const last = await store.transact(async (tx) => tx.append(["queue", 0], "new"));
      const before = entries.map(({ entry }) => encodeKey(entry.key.slice(2)));
      expect(before.every((key) => key < encodeKey(last.key.slice(2)))).toBe(true);
    });
  });

  describe("watch", () => {
    it("wakes for keys under the prefix alone", async () => {
      if (_name.startsWith("hostile")) return;
      const controller = new AbortController();
      let woken = 0;
      const watching = ["a", "a\0b", "ab"].map((part) =>
        store.watch(["w", part], controller.signal).then(() => {
          woken++;
        }),
      );
      await put([["w"], 1], [["v", "a", 1], 1], [["w", "b", 1], 1]);
      expect(woken).toBe(0);
      await put([["w", "a", 1], 1]);
      await watching[0];
      expect(woken).toBe(1);
      controller.abort();
      await Promise.all(watching);
      await store.watch(["w"], controller.signal);
    });

    it("loses no wake-up: whoever watches before looking misses nothing", async () => {
      const consumed: number[] = [];
      const signal = new AbortController().signal;
      const consume = async () => {
        while (consumed.length < 60) {
          const changed = store.watch(["jobs"], signal);
          const found = await store.transact(async (tx) => {
            const jobs = await collect(tx, { prefix: ["jobs"] }, { limit: 3 });
            for (const [key] of jobs) tx.delete(key);
            return jobs;
          });
          for (const [, value] of found) consumed.push(value as number);
          if (found.length === 0 && consumed.length < 60) await changed;
        }
        await put([["jobs", "done"], 0]);
      };
      const produce = async () => {
        for (let index = 0; index < 60; index++) {
          await store.transact(async (tx) => tx.append(["jobs"], index));
          if (index % 7 === 0) await setImmediate();
        }
      };
      await Promise.all([consume(), produce()]);
      expect(consumed).toEqual([...Array(60).keys()]);
    });
  });

  it("removes everything at once, and goes on counting", async () => {
    const first = await store.transact(async (tx) => tx.append(["q"], 1));
    await put(...Array.from({ length: 500 }, (_, index): [Key, Value] => [["x", index], index]));
    const woken = store.watch(["x"], new AbortController().signal);
    await store.clear();
    await woken;
    expect(await list({})).toEqual([]);
    const second = await store.transact(async (tx) => tx.append(["q"], 2));
    expect(encodeKey(second.key) > encodeKey(first.key)).toBe(true);
  });

  it("finishes what is under way when it closes, and takes nothing more", async () => {
    const writes = Array.from({ length: 50 }, (_, index) => put([["c", index], index]));
    await store.close();
    await Promise.all(writes);
    await expect(put([["late"], 1])).rejects.toThrow("shutting down");
  });
});

async function collect(tx: Transaction, range: KeyRange, options?: RangeOptions) {
  const entries: (readonly [Key, Value])[] = [];
  for await (const entry of tx.range(range, options)) entries.push(entry);
  return entries;
}
