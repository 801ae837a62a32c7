import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { startNuage } from "nuage/testing";
import { expect, test } from "vitest";
import { createIds } from "../../../kernel/ids.ts";
import { createHostileStore } from "../../../store/drivers/hostile.ts";
import { client, item, makeTable } from "../dynamodb.fixture.ts";

const TableName = "counters";
const CALLERS = 40;
const callers = Array.from({ length: CALLERS }, (_, n) => n);

const stores = ["kind", "hostile"] as const;
async function start(kind: (typeof stores)[number]) {
  const chance = createIds().fraction;
  const nuage = await startNuage({
    parts: kind === "hostile" ? { wrapStore: (store) => createHostileStore(store, chance) } : {},
  });
  const db = client(nuage);
  await makeTable(db, TableName, ["id"]);
  return { nuage, db };
}

test.each(stores)("increments are never lost, on a %s store", async (kind) => {
  const { nuage, db } = await start(kind);
  await using _stopped = nuage;
  const increment = new UpdateItemCommand({
    TableName,
    Key: item({ id: "one" }),
    UpdateExpression: "ADD n :one",
    ExpressionAttributeValues: { ":one": { N: "1" } },
    ReturnValues: "UPDATED_NEW",
  });
  const answers = await Promise.all(callers.map(() => db.send(increment)));
  const seen = answers.map(({ Attributes }) => Number(Attributes?.n?.N)).sort((one, other) => one - other);
  expect(seen).toEqual(callers.map((n) => n + 1));
});

test.each(stores)("of many that want the same, exactly one gets it, on a %s store", async (kind) => {
  const { nuage, db } = await start(kind);
  await using _stopped = nuage;
  const attempts = callers.map((n) =>
    db
      .send(
        new PutItemCommand({
          TableName,
          Item: item({ id: "lock", owner: n }),
          ConditionExpression: "attribute_not_exists(id)",
        }),
      )
      .then(
        () => n,
        (error: Error) => error.name,
      ),
  );
  const outcomes = await Promise.all(attempts);
  const winners = outcomes.filter((outcome) => typeof outcome === "number");
  expect(winners).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome === "ConditionalCheckFailedException")).toHaveLength(
    CALLERS - 1,
  );
  const { Item } = await db.send(new GetItemCommand({ TableName, Key: item({ id: "lock" }) }));
  expect(Item?.owner).toEqual({ N: String(winners[0]) });
});

test.each(stores)("transfers keep the sum, on a %s store", async (kind) => {
  const { nuage, db } = await start(kind);
  await using _stopped = nuage;
  const accounts = ["a", "b", "c"];
  for (const id of accounts) await db.send(new PutItemCommand({ TableName, Item: item({ id, n: 10 }) }));
  const add = (id: string, by: number) => ({
    Update: {
      TableName,
      Key: item({ id }),
      UpdateExpression: "ADD n :by",
      ...(by < 0 ? { ConditionExpression: "n > :none" } : {}),
      ExpressionAttributeValues: {
        ":by": { N: String(by) },
        ...(by < 0 ? { ":none": { N: "0" } } : {}),
      },
    },
  });
  const outcomes = await Promise.allSettled(
    callers.map((n) => {
      const from = accounts[n % 3] ?? "";
      const to = accounts[(n + 1) % 3] ?? "";
      return db.send(new TransactWriteItemsCommand({ TransactItems: [add(from, -1), add(to, 1)] }));
    }),
  );
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") expect(outcome.reason.name).toBe("TransactionCanceledException");
  }
  const left = await Promise.all(
    accounts.map((id) =>
      db.send(new DeleteItemCommand({ TableName, Key: item({ id }), ReturnValues: "ALL_OLD" })),
    ),
  );
  expect(left.reduce((sum, { Attributes }) => sum + Number(Attributes?.n?.N), 0)).toBe(30);
});
