import { writeSync } from "node:fs";
import { addValue, newTally } from "../../kernel/tally.ts";
import { openLmdbStore } from "../../store/drivers/lmdb.ts";
import { putTogether } from "./data/together.ts";

/** Puts metrics until it is killed, and prints `put <name>` for every one that is acknowledged. */
const [folder = "", run = ""] = process.argv.slice(2);
const store = await openLmdbStore({ folder, durability: "process" });
const startMs = Date.UTC(2026, 10, 27);

async function work(worker: number): Promise<void> {
  for (let count = 0; ; count++) {
    const name = `${run}-${worker}-${count}`;
    const tally = newTally();
    addValue(tally, 1);
    const metric = { account: "000000000000", region: "us-east-1", namespace: "Crash", name, dimensions: [] };
    await putTogether(store, [{ metric, point: { startMs, unit: "Count", isHigh: false, tally } }], startMs);
    writeSync(1, `put ${name}\n`);
  }
}

await Promise.all([0, 1, 2, 3].map(work));
