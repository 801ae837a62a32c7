import {
  BatchExecuteStatementCommand,
  type DynamoDBClient,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { client, item, keySchema, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";

let nuage: Nuage;
let db: DynamoDBClient;
beforeAll(async () => {
  nuage = await startPlatform();
  db = client(nuage);
});
afterAll(() => nuage.stop());
beforeEach(async () => {
  await nuage.reset();
  await makeTable(db, "notes", ["pk", "sk"], {
    AttributeDefinitions: [{ AttributeName: "tag", AttributeType: "S" }],
    GlobalSecondaryIndexes: [
      { IndexName: "byTag", KeySchema: keySchema(["tag"]), Projection: { ProjectionType: "ALL" } },
    ],
  });
  for (const pk of ["a", "b"]) {
    for (const sk of ["1", "2", "3"]) {
      await db.send(
        new PutItemCommand({ TableName: "notes", Item: item({ pk, sk, tag: `t${sk}`, n: Number(sk) }) }),
      );
    }
  }
});

const run = (Statement: string, more: Partial<ExecuteStatementCommandInput> = {}) =>
  db.send(new ExecuteStatementCommand({ Statement, ...more }));

test("a selection of several partitions goes on page by page", async () => {
  const Statement = "SELECT sk, n FROM notes WHERE pk IN ['a', 'b'] AND sk >= '2' ORDER BY sk DESC";
  const rows: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await run(Statement, { Limit: 1, ...(NextToken === undefined ? {} : { NextToken }) });
    rows.push(...(page.Items ?? []).map(({ sk }) => sk?.S ?? ""));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  expect(rows).toEqual(["3", "2", "3", "2"]);
});

test("a selection from an index, and one that reads the whole table", async () => {
  const byTag = await run('SELECT * FROM "notes"."byTag" WHERE tag = ?', { Parameters: [{ S: "t2" }] });
  expect(byTag.Items?.map(({ pk }) => pk?.S).sort()).toEqual(["a", "b"]);
  const all = await run("SELECT * FROM notes WHERE n > 1", { ReturnConsumedCapacity: "TOTAL" });
  expect(all.Items).toHaveLength(4);
  expect(all.ConsumedCapacity).toEqual({ TableName: "notes", CapacityUnits: 0.5 });
});

test("a token goes with its own statement only", async () => {
  const { NextToken } = await run("SELECT * FROM notes", { Limit: 1 });
  await expect(run("SELECT pk FROM notes", { NextToken })).rejects.toMatchObject({
    name: "ValidationException",
    message: "NextToken does not match request",
  });
});

test("writes say what they returned, and refuse what is not there", async () => {
  const updated = await run(
    "UPDATE notes SET n = n + 10 WHERE pk = 'a' AND sk = '1' RETURNING MODIFIED NEW *",
  );
  expect(updated.Items).toEqual([item({ n: 11 })]);
  const deleted = await run("DELETE FROM notes WHERE pk = 'a' AND sk = '1' RETURNING ALL OLD *");
  expect(deleted.Items).toEqual([item({ pk: "a", sk: "1", tag: "t1", n: 11 })]);
  await expect(run("UPDATE notes SET n = 1 WHERE pk = 'a' AND sk = '1'")).rejects.toMatchObject({
    name: "ConditionalCheckFailedException",
  });
  await run("DELETE FROM notes WHERE pk = 'a' AND sk = '1'");
});

test("each statement of a batch succeeds or fails by itself", async () => {
  const { Responses } = await db.send(
    new BatchExecuteStatementCommand({
      Statements: [
        "INSERT INTO notes VALUE {'pk': 'c', 'sk': '1'}",
        "INSERT INTO notes VALUE {'pk': 'a', 'sk': '1'}",
        "UPDATE notes SET n = 1 WHERE pk = 'none' AND sk = '1'",
        "DELETE FROM nothing WHERE pk = 'a' AND sk = '1'",
      ].map((Statement) => ({ Statement })),
    }),
  );
  expect(Responses?.map(({ Error: error }) => error?.Code)).toEqual([
    undefined,
    "DuplicateItem",
    "ConditionalCheckFailed",
    "ResourceNotFound",
  ]);
});
