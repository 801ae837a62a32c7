import { writeSync } from "node:fs";
import { Fault } from "../kernel/faults.ts";
import { openLmdbStore } from "../store/drivers/lmdb.ts";
import type { Store } from "../store/store.ts";
import { FunctionError, openDelivery } from "./delivery.fixture.ts";

/**
 * A function that notes each run in the store and fails now and then, and a destination that notes what it is
 * told; while `broken`, it cannot be told of some events.
 */
export function openNoting(store: Store, broken: boolean) {
  const queue = "arn:aws:sqs:us-east-1:000000000000:told";
  const world = openDelivery(store, async (_service, _operation, input) => {
    const { requestContext } = JSON.parse(String(input.MessageBody));
    const requestId = String(requestContext.requestId);
    if (broken && requestId.startsWith("1")) throw new Fault("InternalFailure", "for now", { status: 500 });
    await store.transact(async (tx) => tx.add(["told", requestId], 1n));
    return {};
  });
  const asynchronous = { onSuccess: queue, onFailure: queue };
  const body = async ({ requestId, attempt }: { requestId: string; attempt: number }) => {
    await store.transact(async (tx) => tx.add(["ran", requestId], 1n));
    if (requestId.startsWith("0") && (broken || attempt < 3)) throw new FunctionError("now and then");
  };
  world.define("f", body, { asynchronous });
  return world;
}

/** Sends events without end until it is killed, and prints the request id of every one that was accepted. */
async function sendForEver(folder: string): Promise<void> {
  const world = openNoting(await openLmdbStore({ folder, durability: "process" }), true);
  const send = async (): Promise<never> => {
    for (;;) {
      const { requestId } = await world.send("f", "x".repeat(200));
      writeSync(1, `${requestId}\n`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, send));
}

const [, program = "", folder] = process.argv;
if (folder && program.endsWith("crash.fixture.ts")) await sendForEver(folder);
