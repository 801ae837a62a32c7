// The store's drivers beside lmdb-js used directly, each figure next to its floor of the same run:
//
//   tsx bench/store.ts
//
// prints one JSON line a figure.
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLmdbStore } from "../src/store/drivers/lmdb.ts";
import { createMemoryStore } from "../src/store/drivers/memory.ts";
import type { Durability, Store } from "../src/store/store.ts";
import { byClients, isBundled, print, rate } from "./bundled.ts";

const CLIENTS = 100;
const RECORD = {
  v: 1,
  name: "object",
  etag: "0123456789abcdef0123456789abcdef",
  sizeBytes: 1024,
  atMs: 1.7e12,
};

interface Rates {
  readonly serialPut: number;
  readonly groupedPut: number;
  readonly update: number;
  readonly hotUpdate: number;
  readonly get: number;
}

async function ratesOfStore(store: Store, durability: Durability): Promise<Rates> {
  const count = durability === "disk" ? 5_000 : 40_000;
  const put = (index: number) => store.transact(async (tx) => tx.set(["bench", index % 20_000], RECORD));
  const update = (key: string | number) =>
    store.transact(async (tx) => {
      const record = (await tx.get(["bench", key])) as typeof RECORD | undefined;
      tx.set(["bench", key], { ...RECORD, sizeBytes: (record?.sizeBytes ?? 0) + 1 });
    });
  const get = (index: number) => store.transact((tx) => tx.get(["bench", index % 5_000]));
  return {
    serialPut: await rate(durability === "disk" ? 500 : 20_000, (total) => byClients(1, total, put)),
    groupedPut: await rate(count, (total) => byClients(CLIENTS * 10, total, put)),
    update: await rate(count, (total) => byClients(CLIENTS, total, update)),
    hotUpdate: await rate(count, (total) => byClients(CLIENTS, total, () => update("hot"))),
    get: await rate(100_000, (total) => byClients(CLIENTS, total, get)),
  };
}

/** The same with lmdb-js alone: its own keys and values, and its asynchronous transactions. */
async function ratesOfLmdb(folder: string, durability: Durability): Promise<Rates> {
  const { open } = createRequire(import.meta.url)("lmdb") as typeof import("lmdb");
  const noSync = durability === "process";
  const db = open<typeof RECORD>({ path: folder, noSubdir: false, noSync, overlappingSync: false });
  const count = durability === "disk" ? 5_000 : 40_000;
  const put = (index: number) => db.put(["bench", index % 20_000], RECORD);
  const update = (key: string | number) =>
    db.transaction(() => {
      const record = db.get(["bench", key]);
      db.put(["bench", key], { ...RECORD, sizeBytes: (record?.sizeBytes ?? 0) + 1 });
    });
  const rates = {
    serialPut: await rate(durability === "disk" ? 500 : 20_000, (total) => byClients(1, total, put)),
    groupedPut: await rate(count, (total) => byClients(CLIENTS * 10, total, put)),
    update: await rate(count, (total) => byClients(CLIENTS, total, update)),
    hotUpdate: await rate(count, (total) => byClients(CLIENTS, total, () => update("hot"))),
    get: await rate(100_000, (total) =>
      byClients(CLIENTS, total, async (index) => db.get(["bench", index % 5_000])),
    ),
  };
  await db.close();
  return rates;
}

const NAMES: Record<keyof Rates, string> = {
  serialPut: "puts one after another",
  groupedPut: "puts by 1000 clients",
  update: "read-modify-writes by 100 clients",
  hotUpdate: "read-modify-writes of one key by 100 clients",
  get: "gets by 100 clients",
};

function report(driver: string, rates: Rates, floors?: Rates): void {
  for (const [figure, name] of Object.entries(NAMES) as [keyof Rates, string][]) {
    const floor = floors?.[figure];
    print({
      name: `store ${driver}, ${name}`,
      unit: "transactions/s",
      value: rates[figure],
      ...(floor === undefined ? {} : { floor }),
    });
  }
}

if (await isBundled(import.meta.url)) {
  const folder = await mkdtemp(join(tmpdir(), "bench-store-"));
  report("memory", await ratesOfStore(createMemoryStore(), "process"));
  for (const durability of ["process", "disk"] as const) {
    const startedMs = performance.now();
    const store = await openLmdbStore({ folder: join(folder, durability), durability });
    print({ name: `store lmdb ${durability}, open`, unit: "ms", value: performance.now() - startedMs });
    const rates = await ratesOfStore(store, durability);
    await store.close();
    report(`lmdb ${durability}`, rates, await ratesOfLmdb(join(folder, `bare-${durability}`), durability));
  }
  await rm(folder, { recursive: true, force: true });
}
