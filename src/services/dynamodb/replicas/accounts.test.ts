import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ClientConfig } from "../../../testing/index.ts";
import { item, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";

const TableName = "songs";
const FIRST = "111122223333";
const SECOND = "444455556666";
const THIRD = "777788889999";
const GlobalTableSourceArn = `arn:aws:dynamodb:us-east-2:${FIRST}:table/${TableName}`;
const ENABLED = { GlobalTableSettingsReplicationMode: "ENABLED" } as const;

let nuage: Nuage;
let first: DynamoDBClient;
let second: DynamoDBClient;
let third: DynamoDBClient;
beforeAll(async () => {
  nuage = await startPlatform();
  first = clientOf(FIRST, "us-east-2");
  second = clientOf(SECOND, "us-east-1");
  third = clientOf(THIRD, "eu-west-1");
});
afterAll(() => nuage.stop());
beforeEach(() => nuage.reset());

/** Access keys that are 12 digits name their account. */
function clientOf(account: string, region: string): DynamoDBClient {
  class OfAccount extends DynamoDBClient {
    constructor(config: ClientConfig) {
      super({
        ...config,
        region,
        maxAttempts: 1,
        credentials: { accessKeyId: account, secretAccessKey: "secret" },
      });
    }
  }
  return nuage.client(OfAccount);
}

const join = (db: DynamoDBClient, more: Partial<CreateTableCommandInput> = {}) =>
  db.send(new CreateTableCommand({ TableName, GlobalTableSourceArn, ...ENABLED, ...more }));
const put = (db: DynamoDBClient, id: string) =>
  db.send(new PutItemCommand({ TableName, Item: item({ id }) }));
const ids = async (db: DynamoDBClient) => {
  const { Items = [] } = await db.send(new ScanCommand({ TableName }));
  return Items.map(({ id }) => id?.S).sort();
};

test("replicas of several accounts hold what was written to any of them", async () => {
  await makeTable(first, TableName, ["id"], ENABLED);
  await put(first, "before");
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: [] });
  const { TableDescription } = await join(second, {
    ResourcePolicy: policy,
    DeletionProtectionEnabled: true,
  });
  expect(TableDescription).toMatchObject({ TableStatus: "CREATING", DeletionProtectionEnabled: true });
  await nuage.idle();
  await join(third);
  await nuage.idle();
  await put(second, "from the second");
  await put(third, "from the third");
  await nuage.idle();
  const all = ["before", "from the second", "from the third"];
  expect([await ids(first), await ids(second), await ids(third)]).toEqual([all, all, all]);
  const { Table } = await second.send(new DescribeTableCommand({ TableName }));
  expect(Table).toMatchObject({
    TableArn: `arn:aws:dynamodb:us-east-1:${SECOND}:table/${TableName}`,
    MultiRegionConsistency: "EVENTUAL",
    ...ENABLED,
  });
  expect(Table?.Replicas?.map(({ ReplicaArn, ReplicaStatus }) => [ReplicaArn, ReplicaStatus]).sort()).toEqual(
    [
      [`arn:aws:dynamodb:eu-west-1:${THIRD}:table/${TableName}`, "ACTIVE"],
      [GlobalTableSourceArn, "ACTIVE"],
    ],
  );
});

test("they share their settings, and each account deletes its own", async () => {
  await makeTable(first, TableName, ["id"]);
  await expect(join(second)).rejects.toMatchObject({ name: "ValidationException" });
  await first.send(new UpdateTableCommand({ TableName, ...ENABLED }));
  await join(second);
  await nuage.idle();
  await second.send(
    new UpdateTimeToLiveCommand({
      TableName,
      TimeToLiveSpecification: { AttributeName: "until", Enabled: true },
    }),
  );
  const ttl = await first.send(new DescribeTimeToLiveCommand({ TableName }));
  expect(ttl.TimeToLiveDescription).toMatchObject({ AttributeName: "until" });
  const Delete = { RegionName: "us-east-1" };
  await expect(
    first.send(new UpdateTableCommand({ TableName, ReplicaUpdates: [{ Delete }] })),
  ).rejects.toMatchObject({ name: "ValidationException" });
  await second.send(new DeleteTableCommand({ TableName }));
  await nuage.idle();
  const { Table } = await first.send(new DescribeTableCommand({ TableName }));
  expect(Table?.Replicas ?? []).toEqual([]);
  await put(first, "alone");
  expect(
    (await first.send(new GetItemCommand({ TableName, Key: item({ id: "alone" }) }))).Item,
  ).toBeDefined();
});

test("what cannot be such a replica is refused", async () => {
  await makeTable(first, TableName, ["id"], ENABLED);
  const invalid = { name: "ValidationException" };
  const keySchema = [{ AttributeName: "id", KeyType: "HASH" as const }];
  await expect(join(second, { KeySchema: keySchema })).rejects.toMatchObject(invalid);
  await expect(join(second, { GlobalTableSettingsReplicationMode: undefined })).rejects.toMatchObject(
    invalid,
  );
  await expect(join(second, { GlobalTableSourceArn: "arn:nothing" })).rejects.toMatchObject(invalid);
  await expect(join(second, { TableName: "other" })).rejects.toMatchObject(invalid);
  await expect(join(clientOf(FIRST, "eu-west-1"))).rejects.toMatchObject(invalid);
  await expect(join(clientOf(SECOND, "us-east-2"))).rejects.toMatchObject(invalid);
  const missing = `arn:aws:dynamodb:us-east-2:${THIRD}:table/${TableName}`;
  await expect(join(second, { GlobalTableSourceArn: missing })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
  await join(second);
  await expect(join(second)).rejects.toMatchObject({ name: "ResourceInUseException" });
});
