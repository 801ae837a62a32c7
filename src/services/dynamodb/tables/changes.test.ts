import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndexUpdate,
  ListTagsOfResourceCommand,
  PutItemCommand,
  ScanCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
} from "@aws-sdk/client-dynamodb";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createIds } from "../../../kernel/ids.ts";
import { createHostileStore } from "../../../store/drivers/hostile.ts";
import { client, item, keySchema, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";

const TableName = "changing";
let nuage: Nuage;
let db: DynamoDBClient;
beforeAll(async () => {
  nuage = await startPlatform();
  db = client(nuage);
});
afterAll(() => nuage.stop());
beforeEach(() => nuage.reset());

const describe = async () => (await db.send(new DescribeTableCommand({ TableName }))).Table;
const update = (more: Partial<UpdateTableCommandInput>) =>
  db.send(new UpdateTableCommand({ TableName, ...more }));
const units = (read: number, write: number) => ({
  ProvisionedThroughput: { ReadCapacityUnits: read, WriteCapacityUnits: write },
});
const createIndex = (name: string, keys: readonly string[]): GlobalSecondaryIndexUpdate => ({
  Create: { IndexName: name, KeySchema: keySchema(keys), Projection: { ProjectionType: "KEYS_ONLY" } },
});
const attribute = (name: string, type: "S" | "N" = "S") => ({ AttributeName: name, AttributeType: type });

test("an index that is added to a live table fills up with the items that were there", async () => {
  await makeTable(db, TableName, ["pk"]);
  const write = (n: number, more: Record<string, string | number>) =>
    db.send(new PutItemCommand({ TableName, Item: item({ pk: `p${n}`, ...more }) }));
  // More than one transaction of the backfill takes; some have no key for the index, or a wrong one.
  await Promise.all(
    Array.from({ length: 450 }, (_, n) =>
      write(n, n % 3 === 0 ? {} : n % 3 === 1 ? { city: "x" } : { city: n }),
    ),
  );
  const { TableDescription } = await update({
    AttributeDefinitions: [attribute("city")],
    GlobalSecondaryIndexUpdates: [createIndex("byCity", ["city"])],
  });
  expect(TableDescription).toMatchObject({
    TableStatus: "UPDATING",
    GlobalSecondaryIndexes: [{ IndexName: "byCity", IndexStatus: "CREATING", Backfilling: true }],
  });
  // Meanwhile items come, change and lose their key.
  await Promise.all([write(1, { city: "y" }), write(4, {}), write(0, { city: "z" })]);
  await nuage.idle();
  expect(await describe()).toMatchObject({
    TableStatus: "ACTIVE",
    AttributeDefinitions: [attribute("pk"), attribute("city")],
    GlobalSecondaryIndexes: [{ IndexStatus: "ACTIVE", ItemCount: 150 }],
  });
  const { Items = [] } = await db.send(new ScanCommand({ TableName, IndexName: "byCity" }));
  expect(Items).toHaveLength(150);
  expect(Items).toContainEqual(item({ pk: "p1", city: "y" }));
  expect(Items).toContainEqual(item({ pk: "p0", city: "z" }));
  expect(Items.map(({ pk }) => pk?.S)).not.toContain("p4");

  await update({ GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: "byCity" } }] });
  const after = await describe();
  expect(after).not.toHaveProperty("GlobalSecondaryIndexes");
  expect(after?.AttributeDefinitions).toEqual([attribute("pk")]);
  await expect(db.send(new ScanCommand({ TableName, IndexName: "byCity" }))).rejects.toMatchObject({
    message: "The table does not have the specified index: byCity",
  });
});

test("an index that fills up while items change is what they are, on a hostile store", async () => {
  const chance = createIds().fraction;
  await using hostile = await startNuage({
    parts: { wrapStore: (store) => createHostileStore(store, chance) },
  });
  const other = client(hostile);
  await makeTable(other, TableName, ["pk"]);
  const names = Array.from({ length: 240 }, (_, n) => `p${n}`);
  const write = (pk: string, city: string) =>
    other.send(new PutItemCommand({ TableName, Item: item({ pk, city }) }));
  await Promise.all(names.map((pk) => write(pk, "old")));
  await other.send(
    new UpdateTableCommand({
      TableName,
      AttributeDefinitions: [attribute("city")],
      GlobalSecondaryIndexUpdates: [createIndex("byCity", ["city"])],
    }),
  );
  await Promise.all(names.slice(0, 60).map((pk) => write(pk, "new")));
  await hostile.idle();
  const { Items = [] } = await other.send(new ScanCommand({ TableName, IndexName: "byCity" }));
  const moved = Items.filter(({ city }) => city?.S === "new").map(({ pk }) => pk?.S);
  expect(moved.sort()).toEqual(names.slice(0, 60).sort());
  expect(Items).toHaveLength(240);
  const { Table } = await other.send(new DescribeTableCommand({ TableName }));
  expect(Table?.GlobalSecondaryIndexes).toMatchObject([{ IndexStatus: "ACTIVE", ItemCount: 240 }]);
});

test("a table made again under its name is empty", async () => {
  await makeTable(db, TableName, ["pk"]);
  await db.send(new PutItemCommand({ TableName, Item: item({ pk: "a" }) }));
  await db.send(new DeleteTableCommand({ TableName }));
  await makeTable(db, TableName, ["pk"]);
  expect((await db.send(new ScanCommand({ TableName }))).Count).toBe(0);
  expect(await describe()).toMatchObject({ ItemCount: 0, TableSizeBytes: 0 });
});

test("units rise and fall, and fall only so often a day", async () => {
  await makeTable(db, TableName, ["pk"], { BillingMode: "PROVISIONED", ...units(100, 100) });
  await update(units(200, 100));
  const raised = (await describe())?.ProvisionedThroughput;
  expect(raised).toMatchObject({ ReadCapacityUnits: 200, NumberOfDecreasesToday: 0 });
  expect(raised?.LastIncreaseDateTime).toBeInstanceOf(Date);
  // A time at which the day is young enough for an hour more.
  await nuage.advance(86_400_000 - (nuage.clock.now() % 86_400_000));
  for (const read of [90, 80, 70, 60]) await update(units(read, 100));
  expect((await describe())?.ProvisionedThroughput).toMatchObject({ NumberOfDecreasesToday: 4 });
  await expect(update(units(50, 100))).rejects.toMatchObject({
    name: "LimitExceededException",
    message: expect.stringMatching(
      /^Subscriber limit exceeded: .* Number of decreases today: 4\. Last decrease at /,
    ),
  });
  await nuage.advance(3_600_001);
  await update(units(50, 100));
});

test("settings change", async () => {
  await makeTable(db, TableName, ["pk"]);
  await update({ DeletionProtectionEnabled: true, TableClass: "STANDARD_INFREQUENT_ACCESS" });
  expect(await describe()).toMatchObject({
    DeletionProtectionEnabled: true,
    TableClassSummary: { TableClass: "STANDARD_INFREQUENT_ACCESS" },
  });
  await expect(db.send(new DeleteTableCommand({ TableName }))).rejects.toMatchObject({
    name: "ValidationException",
    message:
      "Resource cannot be deleted as it is currently protected against deletion. Disable " +
      "deletion protection first.",
  });
  await update({ StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" } });
  expect(await describe()).toMatchObject({ StreamSpecification: { StreamViewType: "NEW_IMAGE" } });
  await update({ StreamSpecification: { StreamEnabled: false } });
  const off = await describe();
  expect(off).not.toHaveProperty("StreamSpecification");
  expect(off?.LatestStreamArn).toContain("/stream/");
});

test("tags are added, replaced and taken away", async () => {
  await makeTable(db, TableName, ["pk"], { Tags: [{ Key: "a", Value: "1" }] });
  const ResourceArn = (await describe())?.TableArn ?? "";
  const Tags = [
    { Key: "a", Value: "2" },
    { Key: "b", Value: "3" },
  ];
  await db.send(new TagResourceCommand({ ResourceArn, Tags }));
  expect((await db.send(new ListTagsOfResourceCommand({ ResourceArn }))).Tags).toEqual(Tags);
  await db.send(new UntagResourceCommand({ ResourceArn, TagKeys: ["a"] }));
  expect((await db.send(new ListTagsOfResourceCommand({ ResourceArn }))).Tags).toEqual([Tags[1]]);
});

const hash = { AttributeDefinitions: [attribute("pk")], KeySchema: keySchema(["pk"]) };
const onDemand = { BillingMode: "PAY_PER_REQUEST" as const };
const P = "One or more parameter values were invalid: ";
const index = (more: object) => ({
  IndexName: "one",
  KeySchema: keySchema(["pk", "x"]),
  Projection: { ProjectionType: "ALL" as const },
  ...more,
});
const withX = { AttributeDefinitions: [attribute("pk"), attribute("x")] };

test.each<[string, Partial<CreateTableCommandInput>, string]>([
  [
    "no units",
    hash,
    `${P}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED`,
  ],
  [
    "units on demand",
    { ...hash, ...onDemand, ...units(1, 1) },
    `${P}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when ` +
      "BillingMode is PAY_PER_REQUEST",
  ],
  [
    "undefined key",
    { ...onDemand, ...hash, KeySchema: keySchema(["no"]) },
    `${P}Some index key attributes are not defined in AttributeDefinitions. Keys: [no], ` +
      "AttributeDefinitions: [pk]",
  ],
  [
    "one name twice",
    { ...onDemand, ...withX, KeySchema: keySchema(["pk", "pk"]) },
    "Both the Hash Key and the Range Key element in the KeySchema have the same name",
  ],
  [
    "first key a range",
    { ...onDemand, ...hash, KeySchema: [{ AttributeName: "pk", KeyType: "RANGE" }] },
    "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
  ],
  [
    "unused definition",
    { ...onDemand, ...hash, ...withX },
    `${P}Number of attributes in KeySchema does not exactly match number of attributes ` +
      "defined in AttributeDefinitions",
  ],
  [
    "local index without range",
    { ...onDemand, ...hash, ...withX, LocalSecondaryIndexes: [index({})] },
    `${P}Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex`,
  ],
  [
    "global index without projection",
    { ...onDemand, ...hash, ...withX, GlobalSecondaryIndexes: [index({ Projection: {} })] },
    `${P}Unknown ProjectionType: null`,
  ],
  [
    "two indexes of a name",
    { ...onDemand, ...hash, ...withX, GlobalSecondaryIndexes: [index({}), index({})] },
    `${P}Duplicate index name: one`,
  ],
  [
    "attributes with all",
    {
      ...onDemand,
      ...hash,
      ...withX,
      GlobalSecondaryIndexes: [index({ Projection: { ProjectionType: "ALL", NonKeyAttributes: ["a"] } })],
    },
    `${P}ProjectionType is ALL, but NonKeyAttributes is specified`,
  ],
  [
    "short name",
    { ...onDemand, ...hash, TableName: "ab" },
    "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy " +
      "constraint: Member must have length greater than or equal to 3",
  ],
])("CreateTable refuses %s", async (_title, input, message) => {
  const creating = db.send(
    new CreateTableCommand({ TableName: "fine", ...input } as CreateTableCommandInput),
  );
  await expect(creating).rejects.toMatchObject({ name: "ValidationException", message });
});

test.each<[string, Partial<UpdateTableCommandInput>, string, string]>([
  [
    "nothing",
    {},
    "ValidationException",
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, " +
      "GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required",
  ],
  [
    "units as they are",
    units(5, 5),
    "ValidationException",
    "The provisioned throughput for the table will not change. The requested value " +
      "equals the current value. Current ReadCapacityUnits provisioned for the table: 5. " +
      "Requested ReadCapacityUnits: 5. Current WriteCapacityUnits provisioned for the " +
      "table: 5. Requested WriteCapacityUnits: 5. Refer to the Amazon DynamoDB Developer " +
      "Guide for current limits and how to request higher limits.",
  ],
  [
    "two indexes at once",
    { GlobalSecondaryIndexUpdates: [createIndex("one", ["pk"]), createIndex("two", ["pk"])] },
    "LimitExceededException",
    "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
  ],
  [
    "an index that is not there",
    { GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: "none" } }] },
    "ResourceNotFoundException",
    "Requested resource not found",
  ],
])("UpdateTable refuses %s", async (_title, input, name, message) => {
  await makeTable(db, TableName, ["pk"], { BillingMode: "PROVISIONED", ...units(5, 5) });
  await expect(update(input)).rejects.toMatchObject({ name, message });
});
