import {
  type CreateTableCommandInput,
  UpdateTableCommand,
  type UpdateTableCommandInput,
  type VectorIndex,
} from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { client, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";
import { byShop, index } from "./vectors.fixture.ts";

const TableName = "products";

test("tables with vector indexes that cannot be are refused in AWS's words", async () => {
  await using nuage = await startPlatform();
  const db = client(nuage);
  const make = (VectorIndexes: VectorIndex[], more: Partial<CreateTableCommandInput> = {}) =>
    makeTable(db, TableName, ["pk"], { VectorIndexes, ...more });
  const update = (more: Partial<UpdateTableCommandInput>) =>
    db.send(new UpdateTableCommand({ TableName, ...more }));
  const cases: [VectorIndex[], string, Partial<CreateTableCommandInput>?][] = [
    [
      [index()],
      "Vector indexes are only supported for PAY_PER_REQUEST tables",
      { BillingMode: "PROVISIONED", ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } },
    ],
    [
      Array.from({ length: 6 }, (_, at) => index({ IndexName: `near-${at}` })),
      "VectorIndex count exceeds the per-table limit of 5",
    ],
    [[index({ Dimensions: 4097 })], "Number of dimensions must be between 1 and 4096 inclusive."],
    [[index(byShop)], "One element in SearchSchema is not defined in attribute definitions"],
    [[index(), index()], "Duplicate index name: near"],
    [
      [index(), index({ IndexName: "near2", Dimensions: 4 })],
      "Conflicting attribute definition for 'embedding'. " +
        "All VectorIndexes on the same vector attribute must use the same dimensions.",
    ],
    [
      [index({ VectorAttribute: { AttributeName: "pk" } })],
      "Conflicting attribute definition for 'pk'. An attribute cannot be defined in AttributeDefinitions " +
        "when used as a VectorAttribute.",
    ],
  ];
  for (const [indexes, message, more] of cases) {
    await expect(make(indexes, more), message).rejects.toMatchObject({
      name: "ValidationException",
      message: `One or more parameter values were invalid: ${message}`,
    });
  }
  await make([index()]);
  await expect(
    update({
      BillingMode: "PROVISIONED",
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
    }),
  ).rejects.toThrow("Vector indexes are only supported for PAY_PER_REQUEST tables");
  const two = ["x1x", "x2x"].map((IndexName) => ({ Create: index({ IndexName }) }));
  await expect(update({ VectorIndexUpdates: two })).rejects.toMatchObject({
    name: "LimitExceededException",
    message:
      "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
  });
  await expect(
    update({
      VectorIndexUpdates: [{ Create: index({ IndexName: "x1x", VectorAttribute: { AttributeName: "pk" } }) }],
    }),
  ).rejects.toThrow("Existing schema: Schema:[SchemaElement: key{pk:S:HASH}]");
});
