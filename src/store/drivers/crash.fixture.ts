import type { Durability, Key } from "../store.ts";
import { openLmdbStore } from "./lmdb.ts";

/**
 * Writes without end until it is killed, and prints `<writer> <count>` for every write that was
 * acknowledged. Each transaction counts its writer up in several places, which must stay equal.
 */
const [folder = "", durability = "process"] = process.argv.slice(2);
const WRITERS = 20;
const store = await openLmdbStore({ folder, durability: durability as Durability });

/** Waits for a reader that is slower than the writers. */
function print(line: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(line, () => resolve()));
}

async function write(writer: number): Promise<never> {
  for (;;) {
    const count = await store.transact(async (tx) => {
      const next = (((await tx.get(["count", writer])) ?? 0) as number) + 1;
      tx.set(["count", writer], next);
      tx.set(["entry", writer, next], { v: 1, padding: "x".repeat(next % 3000) });
      tx.set(["long", writer, "y".repeat(3000)] satisfies Key, next);
      tx.delete(["entry", writer, next - 50]);
      tx.add(["total"], 1n);
      tx.append(["log", writer], next);
      return next;
    });
    await print(`${writer} ${count}\n`);
  }
}

await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
