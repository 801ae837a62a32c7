import {
  GetItemCommand,
  PutItemCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { startNuage } from "nuage/testing";
import { expect, test } from "vitest";
import type { Store } from "../../../store/store.ts";
import { client, item, makeTable } from "../dynamodb.fixture.ts";

/** A store whose next write is known to be safe only when the test says so. */
function slowStore() {
  let gate: Promise<void> | undefined;
  let reached = () => {};
  let open = () => {};
  const wrapStore = (store: Store): Store => ({
    async transact(body) {
      const result = await store.transact(body);
      const closed = gate;
      gate = undefined;
      if (closed) {
        reached();
        await closed;
      }
      return result;
    },
    watch: (prefix, signal) => store.watch(prefix, signal),
    clear: () => store.clear(),
    close: () => store.close(),
  });
  const holdNext = () => {
    gate = new Promise((resolve) => {
      open = resolve;
    });
    return new Promise<void>((resolve) => {
      reached = resolve;
    });
  };
  return { wrapStore, holdNext, release: () => open() };
}

test("whatever meets a transaction under way is told of the conflict; plain reads go on", async () => {
  const slow = slowStore();
  await using nuage = await startNuage({ parts: { wrapStore: slow.wrapStore } });
  const db = client(nuage);
  await makeTable(db, "shared", ["id"]);
  const put = (id: string, n: number) => ({ Put: { TableName: "shared", Item: item({ id, n }) } });
  const reached = slow.holdNext();
  const first = db.send(new TransactWriteItemsCommand({ TransactItems: [put("a", 1), put("b", 1)] }));
  await reached;
  await expect(
    db.send(new TransactWriteItemsCommand({ TransactItems: [put("c", 2), put("b", 2)] })),
  ).rejects.toMatchObject({
    name: "TransactionCanceledException",
    CancellationReasons: [
      { Code: "None" },
      { Code: "TransactionConflict", Message: "Transaction is ongoing for the item" },
    ],
  });
  await expect(
    db.send(new PutItemCommand({ TableName: "shared", Item: item({ id: "a", n: 3 }) })),
  ).rejects.toMatchObject({ name: "TransactionConflictException" });
  const get = { Get: { TableName: "shared", Key: item({ id: "a" }) } };
  await expect(db.send(new TransactGetItemsCommand({ TransactItems: [get] }))).rejects.toMatchObject({
    CancellationReasons: [{ Code: "TransactionConflict" }],
  });
  await db.send(new GetItemCommand({ TableName: "shared", Key: item({ id: "a" }) }));
  await db.send(new PutItemCommand({ TableName: "shared", Item: item({ id: "d", n: 4 }) }));
  slow.release();
  await first;
  await db.send(new PutItemCommand({ TableName: "shared", Item: item({ id: "a", n: 5 }) }));
  const { Responses } = await db.send(new TransactGetItemsCommand({ TransactItems: [get] }));
  expect(Responses).toEqual([{ Item: item({ id: "a", n: 5 }) }]);
});
