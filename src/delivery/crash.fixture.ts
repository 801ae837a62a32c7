import { writeSync } from "node:fs";
import { openLmdbStore } from "../store/drivers/lmdb.ts";
import { FunctionError, openDelivery } from "./delivery.fixture.ts";

/**
 * Sends events without end until it is killed, and prints the request id of every one that was accepted.
 * The function notes each run in the store, and fails now and then.
 */
const [folder = ""] = process.argv.slice(2);
const store = await openLmdbStore({ folder, durability: "process" });
const world = openDelivery(store);
world.define("f", async ({ requestId }) => {
  await store.transact(async (tx) => tx.add(["ran", requestId], 1n));
  if (requestId.startsWith("0")) throw new FunctionError("now and then");
});

async function send(): Promise<never> {
  for (;;) {
    const { requestId } = await world.send("f", "x".repeat(200));
    writeSync(1, `${requestId}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, send));
