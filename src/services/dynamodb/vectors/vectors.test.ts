import {
  type AttributeValue,
  CreateBackupCommand,
  type CreateTableCommandInput,
  DeleteItemCommand,
  DescribeBackupCommand,
  DescribeTableCommand,
  ExecuteStatementCommand,
  PutItemCommand,
  QueryCommand,
  RestoreTableFromBackupCommand,
  ScanCommand,
  SearchVectorsCommand,
  type SearchVectorsCommandInput,
  UpdateItemCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
  type VectorIndex,
} from "@aws-sdk/client-dynamodb";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { client, item, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";
import { clientIn } from "../replicas/replicas.fixture.ts";
import { byShop, index, vector } from "./vectors.fixture.ts";

const TableName = "products";
let nuage: Nuage;
let db: ReturnType<typeof client>;
beforeAll(async () => {
  nuage = await startPlatform();
  db = client(nuage);
});
afterAll(() => nuage.stop());
beforeEach(() => nuage.reset());

const shopTypes = ["shop", "brand"].map((AttributeName) => ({ AttributeName, AttributeType: "S" as const }));
const make = (indexes: VectorIndex[], more: Partial<CreateTableCommandInput> = {}) =>
  makeTable(db, TableName, ["pk"], { VectorIndexes: indexes, ...more });
const put = (pk: string, numbers: readonly (number | string)[], more: Record<string, string | number> = {}) =>
  db.send(
    new PutItemCommand({
      TableName,
      Item: { ...item({ pk, ...more }), embedding: { L: vector(...numbers) } },
      ReturnConsumedCapacity: "INDEXES",
    }),
  );
const search = (numbers: readonly (number | string)[], more: Partial<SearchVectorsCommandInput> = {}) =>
  db.send(
    new SearchVectorsCommand({
      TableName,
      IndexName: "near",
      SearchVector: vector(...numbers),
      TopK: 10,
      ...more,
    }),
  );
const found = async (...args: Parameters<typeof search>) =>
  (await search(...args)).SearchResults?.map(({ Item, Score }) => [Item?.pk?.S, Score]);
const update = (more: Partial<UpdateTableCommandInput>) =>
  db.send(new UpdateTableCommand({ TableName, ...more }));
const NO_FLOATS =
  "Search vector contains invalid values. " +
  "All values in the search vector must be a 32-bit floating-point number attribute";
const inShop = (shop: string) => ({
  SearchConditionExpression: "shop = :shop",
  ExpressionAttributeValues: { ":shop": { S: shop } },
});

describe("a search", () => {
  test.each([
    [
      "COSINE",
      [
        ["same", 0],
        ["long", 0],
        ["across", 1],
        ["nowhere", 1],
        ["against", 2],
      ],
    ],
    [
      "EUCLIDEAN",
      [
        ["same", 0],
        ["nowhere", 1],
        ["across", Math.SQRT2],
        ["against", 2],
        ["long", 9],
      ],
    ],
    [
      "DOT_PRODUCT",
      [
        ["long", 10],
        ["same", 1],
        ["across", 0],
        ["nowhere", 0],
        ["against", -1],
      ],
    ],
  ] as const)("by %s gives the most alike first", async (DistanceFunction, expected) => {
    await make([index({ DistanceFunction })]);
    await put("same", [1, 0]);
    await put("long", [10, 0]);
    await put("across", [0, 1]);
    await put("against", [-1, 0]);
    await put("nowhere", [0, 0]);
    const results = (await found([1, 0])) ?? [];
    expect(new Map(results.map(([pk, score]) => [pk, score]))).toEqual(new Map(expected));
    const scores = results.map(([, score]) => Number(score));
    const order = DistanceFunction === "DOT_PRODUCT" ? -1 : 1;
    expect(scores).toEqual([...scores].sort((one, other) => order * (one - other)));
    expect(await found([1, 0], { TopK: 1 })).toEqual([results[0]]);
  });

  test("finds the nearest of many, as sorting them all does", async () => {
    await make([index({ DistanceFunction: "EUCLIDEAN" })]);
    const points = Array.from({ length: 300 }, (_, at) => [(at * 37) % 101, (at * 53) % 97] as const);
    await Promise.all(points.map((point, at) => put(`p${at}`, point)));
    const nearest = points
      .map(([x, y]) => Math.sqrt((x - 50) ** 2 + (y - 50) ** 2))
      .sort((one, other) => one - other)
      .slice(0, 20);
    expect((await found([50, 50], { TopK: 20 }))?.map(([, score]) => score)).toEqual(nearest);
  });

  test("leaves the vector out unless it is asked for, and keeps 32 bits of it", async () => {
    await make([index()]);
    await put("a", ["0.1234567890123", "-0.5"], { title: "A" });
    const { SearchResults, ConsumedCapacity } = await search([1, 0], { ReturnConsumedCapacity: "TOTAL" });
    expect(SearchResults?.[0]?.Item).toEqual(item({ pk: "a", title: "A" }));
    expect(ConsumedCapacity).toEqual({ VectorSearchRequestBytes: 1024 });
    const asked = await search([1, 0], { ProjectionExpression: "title, embedding" });
    expect(asked.SearchResults?.[0]?.Item).toEqual({
      title: { S: "A" },
      embedding: { L: vector("0.12345679", "-0.5") },
    });
  });

  test("gives what its index projects and no more", async () => {
    await make([index({ Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["title"] } })]);
    await put("a", [1, 1], { title: "A", price: 3 });
    expect((await search([1, 0])).SearchResults?.[0]?.Item).toEqual(item({ pk: "a", title: "A" }));
    const { SearchResults } = await search([1, 0], { ProjectionExpression: "price, pk" });
    expect(SearchResults?.[0]?.Item).toEqual(item({ pk: "a" }));
  });

  test("is narrowed by the partition key and by filters", async () => {
    await make([index(byShop)], { AttributeDefinitions: shopTypes });
    await put("a", [1, 0], { shop: "one", brand: "x" });
    await put("b", [1, 1], { shop: "one", brand: "y" });
    await put("c", [1, 0], { shop: "two", brand: "x" });
    await put("d", [1, 0], { shop: "one" });
    await put("without a shop", [1, 0], { brand: "x" });
    expect((await found([1, 0], inShop("one")))?.map(([pk]) => pk).sort()).toEqual(["a", "b", "d"]);
    const filtered = await found([1, 0], {
      SearchConditionExpression: "#b = :brand AND (shop = :shop)",
      ExpressionAttributeNames: { "#b": "brand" },
      ExpressionAttributeValues: { ":shop": { S: "one" }, ":brand": { S: "x" } },
    });
    expect(filtered).toEqual([["a", 0]]);
  });

  test("is refused in AWS's words", async () => {
    await make([index(byShop), index({ IndexName: "plain" })], { AttributeDefinitions: shopTypes });
    const plain = { IndexName: "plain" };
    const cases: [Partial<SearchVectorsCommandInput>, string, (readonly (string | number)[])?][] = [
      [
        { TopK: 101 },
        "Provided TopK value '101' is out of valid range. " + "The value must be between 1 and 100 inclusive",
      ],
      [{}, "SearchConditionExpression must be provided when SearchSchema has a HASH key"],
      [{ IndexName: "nothing" }, "The table does not have the specified index: nothing"],
      [plain, "Input search vector dimension 3 does not match vector index dimension 2", [1, 2, 3]],
      [{ ...plain, SearchVector: [{ S: "1" }, { N: "1" }] }, NO_FLOATS],
      [{ ...plain, SearchVector: vector("1e39", 1) }, NO_FLOATS],
      [
        { SearchConditionExpression: "shop > :s", ExpressionAttributeValues: { ":s": { S: "x" } } },
        "Invalid SearchConditionExpression: Invalid comparator used in SearchConditionExpression",
      ],
      [
        {
          SearchConditionExpression: "shop = :s OR brand = :s",
          ExpressionAttributeValues: { ":s": { S: "x" } },
        },
        "Invalid SearchConditionExpression: Invalid comparator used in SearchConditionExpression",
      ],
      [
        { SearchConditionExpression: "price = :s", ExpressionAttributeValues: { ":s": { S: "x" } } },
        "SearchConditionExpression must not contain any attributes that is not in SearchSchema. " +
          "Invalid attribute: price",
      ],
      [
        { SearchConditionExpression: "shop = :s", ExpressionAttributeValues: { ":s": { N: "1" } } },
        "Type of 'shop' attribute in SearchConditionExpression (N) does not match type in search schema (S)",
      ],
      [
        { SearchConditionExpression: "shop = :s", ExpressionAttributeValues: { ":s": { S: "" } } },
        "One or more parameter values are not valid. The AttributeValue for a key attribute " +
          "cannot contain an empty string value. Key: shop",
      ],
    ];
    for (const [more, message, numbers = [1, 0]] of cases) {
      await expect(search(numbers, more), message).rejects.toMatchObject({
        name: "ValidationException",
        message,
      });
    }
    await expect(search([1, 0], { TableName: "none" })).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  test("is the only way to read a vector index", async () => {
    await make([index()]);
    const query = {
      TableName,
      IndexName: "near",
      KeyConditionExpression: "pk = :p",
      ExpressionAttributeValues: { ":p": { S: "a" } },
    };
    await expect(db.send(new QueryCommand(query))).rejects.toThrow(
      "Query operation not supported on this index type.",
    );
    const scan = "Scan operation not supported on this index type";
    await expect(db.send(new ScanCommand({ TableName, IndexName: "near" }))).rejects.toThrow(scan);
    await expect(
      db.send(new ExecuteStatementCommand({ Statement: `SELECT * FROM "${TableName}"."near"` })),
    ).rejects.toThrow(scan);
  });
});

describe("an index", () => {
  test("follows its table: updates, deletions, and what they cost", async () => {
    await make([index()]);
    const { ConsumedCapacity } = await put("a", [1, 0], { title: "A" });
    expect(ConsumedCapacity?.VectorIndexes).toEqual({ near: { VectorWriteRequestBytes: 1024 } });
    // Writing what is there already touches no index.
    expect((await put("a", [1, 0], { title: "A" })).ConsumedCapacity?.VectorIndexes).toBeUndefined();
    const Key = item({ pk: "a" });
    await db.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: "SET embedding[0] = :n",
        ExpressionAttributeValues: { ":n": { N: "-1" } },
      }),
    );
    expect(await found([1, 0])).toEqual([["a", 2]]);
    const { Table } = await db.send(new DescribeTableCommand({ TableName }));
    expect(Table?.VectorIndexes).toEqual([
      {
        ...index(),
        IndexStatus: "ACTIVE",
        ItemCount: 1,
        IndexSizeBytes: 26,
        IndexArn: `${Table?.TableArn}/index/near`,
      },
    ]);
    await db.send(new UpdateItemCommand({ TableName, Key, UpdateExpression: "REMOVE embedding" }));
    expect(await found([1, 0])).toEqual([]);
    await put("b", [1, 0]);
    await db.send(new DeleteItemCommand({ TableName, Key: item({ pk: "b" }) }));
    expect(await found([1, 0])).toEqual([]);
    const after = await db.send(new DescribeTableCommand({ TableName }));
    expect(after.Table?.VectorIndexes?.[0]).toMatchObject({ ItemCount: 0, IndexSizeBytes: 0 });
  });

  test("takes no item that does not fit it", async () => {
    await make([index(byShop)], { AttributeDefinitions: shopTypes });
    const near = "IndexName: near";
    const invalid = "One or more parameter values were invalid";
    await expect(put("a", [1, 2, 3])).rejects.toThrow(
      `${invalid}. Invalid size for parameter embedding, Expected: 2, Actual: 3. ${near}`,
    );
    await expect(put("a", [1, "1e39"])).rejects.toThrow(
      `${invalid}. Invalid type for parameter embedding[1], Expected: 32-bit floating point number, ` +
        `Actual: N. ${near}`,
    );
    const wrong = (embedding: AttributeValue) =>
      db.send(new PutItemCommand({ TableName, Item: { ...item({ pk: "a" }), embedding } }));
    await expect(wrong({ S: "x" })).rejects.toThrow(
      `${invalid}. Invalid type for parameter embedding, Expected: 32-bit floating point number list ${near}`,
    );
    await expect(put("a", [1, 2], { shop: 3 })).rejects.toThrow(
      `${invalid}: Type mismatch for Index Key shop Expected: S Actual: N ${near}`,
    );
    await put("a", [1, 2]);
    const grow = new UpdateItemCommand({
      TableName,
      Key: item({ pk: "a" }),
      UpdateExpression: "SET embedding = list_append(embedding, embedding)",
    });
    await expect(db.send(grow)).rejects.toThrow("Expected: 2, Actual: 4");
  });

  test("that is added later fills up, and can be searched once it is active", async () => {
    await makeTable(db, TableName, ["pk"]);
    await Promise.all(Array.from({ length: 250 }, (_, at) => put(`p${at}`, [at, 1])));
    await put("short", [1]);
    const create = { VectorIndexUpdates: [{ Create: index({ DistanceFunction: "EUCLIDEAN" }) }] };
    const { TableDescription } = await update(create);
    expect(TableDescription?.VectorIndexes?.[0]).toMatchObject({
      IndexStatus: "CREATING",
      Backfilling: true,
    });
    await nuage.idle();
    const { Table } = await db.send(new DescribeTableCommand({ TableName }));
    expect(Table?.VectorIndexes?.[0]).toMatchObject({ IndexStatus: "ACTIVE", ItemCount: 250 });
    expect(Table?.VectorIndexes?.[0]).not.toHaveProperty("Backfilling");
    expect(await found([100, 1], { TopK: 1 })).toEqual([["p100", 0]]);
    await expect(update(create)).rejects.toThrow("Attempting to create an index which already exists");
    await update({ VectorIndexUpdates: [{ Delete: { IndexName: "near" } }] });
    await nuage.idle();
    await expect(search([1, 1])).rejects.toThrow("The table does not have the specified index: near");
    await expect(update({ VectorIndexUpdates: [{ Delete: { IndexName: "near" } }] })).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  test("comes back with a backup", async () => {
    await make([index()]);
    await put("a", [1, 0]);
    const { BackupDetails } = await db.send(new CreateBackupCommand({ TableName, BackupName: "kept" }));
    await nuage.idle();
    const { BackupArn } = BackupDetails ?? {};
    const { BackupDescription } = await db.send(new DescribeBackupCommand({ BackupArn }));
    expect(BackupDescription?.SourceTableFeatureDetails?.VectorIndexes).toEqual([index()]);
    const TargetTableName = "restored";
    await db.send(new RestoreTableFromBackupCommand({ TargetTableName, BackupArn }));
    await nuage.idle();
    expect(await found([1, 0], { TableName: TargetTableName })).toEqual([["a", 0]]);
  });

  test("is in every replica of its table", async () => {
    await make([index()]);
    await put("a", [1, 0]);
    await update({ ReplicaUpdates: [{ Create: { RegionName: "eu-west-1" } }] });
    await nuage.idle();
    await put("b", [0, 1]);
    await nuage.idle();
    const answer = await clientIn(nuage, "eu-west-1").send(
      new SearchVectorsCommand({ TableName, IndexName: "near", SearchVector: vector(1, 0), TopK: 5 }),
    );
    expect(answer.SearchResults?.map(({ Item }) => Item?.pk?.S)).toEqual(["a", "b"]);
  });
});
