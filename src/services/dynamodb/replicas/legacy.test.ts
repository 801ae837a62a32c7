import {
  CreateGlobalTableCommand,
  DeleteItemCommand,
  DescribeGlobalTableCommand,
  DescribeGlobalTableSettingsCommand,
  DescribeTableReplicaAutoScalingCommand,
  ListGlobalTablesCommand,
  UpdateGlobalTableCommand,
  UpdateGlobalTableSettingsCommand,
  UpdateTableReplicaAutoScalingCommand,
} from "@aws-sdk/client-dynamodb";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { item, keySchema, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";
import { Replicas } from "./replicas.fixture.ts";

const GlobalTableName = "orders";
const HOME = "us-east-1";
const AWAY = "eu-west-1";
const stream = {
  StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" as const },
};
let nuage: Nuage;
let orders: Replicas;
beforeAll(async () => {
  nuage = await startPlatform();
});
afterAll(() => nuage.stop());
beforeEach(async () => {
  await nuage.reset();
  orders = new Replicas(nuage, GlobalTableName);
});

const create = (...regions: string[]) =>
  orders.in(HOME).send(
    new CreateGlobalTableCommand({
      GlobalTableName,
      ReplicationGroup: regions.map((RegionName) => ({ RegionName })),
    }),
  );
const makeBoth = async () => {
  for (const region of [HOME, AWAY]) await makeTable(orders.in(region), GlobalTableName, ["id"], stream);
};
type Updates = UpdateGlobalTableCommand["input"]["ReplicaUpdates"];
const update = (ReplicaUpdates: Updates) =>
  orders.in(HOME).send(new UpdateGlobalTableCommand({ GlobalTableName, ReplicaUpdates }));

describe("a global table of 2017", () => {
  test("keeps in its items when and where they were written", async () => {
    await makeBoth();
    const { GlobalTableDescription } = await create(HOME, AWAY);
    expect(GlobalTableDescription).toMatchObject({
      GlobalTableArn: "arn:aws:dynamodb::000000000000:global-table/orders",
      GlobalTableStatus: "CREATING",
    });
    await orders.put(HOME, { id: "a", n: 1 });
    await nuage.idle();
    const marked = {
      ...item({ id: "a", n: 1 }),
      "aws:rep:deleting": { BOOL: false },
      "aws:rep:updateregion": { S: HOME },
      "aws:rep:updatetime": { N: expect.stringMatching(/^\d+(\.\d+)?$/) },
    };
    expect(await orders.get(AWAY, "a")).toEqual(marked);
    expect(await orders.get(HOME, "a")).toEqual(marked);
    const Key = item({ id: "a" });
    await orders.in(AWAY).send(new DeleteItemCommand({ TableName: GlobalTableName, Key }));
    await nuage.idle();
    expect(await orders.scan(HOME)).toEqual([]);
    expect((await orders.describe(HOME))?.GlobalTableVersion).toBeUndefined();
  });

  test("is described, listed, and loses and gains replicas", async () => {
    await makeBoth();
    await create(HOME);
    const describeIt = () => orders.in(HOME).send(new DescribeGlobalTableCommand({ GlobalTableName }));
    expect((await describeIt()).GlobalTableDescription).toMatchObject({
      GlobalTableStatus: "ACTIVE",
      ReplicationGroup: [{ RegionName: HOME }],
    });
    await update([{ Create: { RegionName: AWAY } }]);
    const list = (RegionName?: string) => orders.in(HOME).send(new ListGlobalTablesCommand({ RegionName }));
    expect((await list(AWAY)).GlobalTables?.[0]?.ReplicationGroup).toHaveLength(2);
    expect((await list("ap-south-1")).GlobalTables).toEqual([]);
    await expect(update([{ Create: { RegionName: AWAY } }])).rejects.toMatchObject({
      name: "ReplicaAlreadyExistsException",
    });
    await update([{ Delete: { RegionName: AWAY } }]);
    await orders.put(HOME, { id: "a" });
    await nuage.idle();
    expect(await orders.scan(AWAY)).toEqual([]);
    await expect(update([{ Delete: { RegionName: AWAY } }])).rejects.toMatchObject({
      name: "ReplicaNotFoundException",
    });
    await expect(update([{ Create: { RegionName: "us-west-2" } }])).rejects.toMatchObject({
      name: "TableNotFoundException",
    });
  });

  test("is made of tables that are there, empty, alike, with streams, and once", async () => {
    await expect(create(HOME, AWAY)).rejects.toMatchObject({ name: "TableNotFoundException" });
    await makeBoth();
    await makeTable(orders.in("us-west-2"), GlobalTableName, ["id"]);
    await makeTable(orders.in("us-west-1"), GlobalTableName, ["id", "at"], stream);
    for (const region of ["us-west-1", "us-west-2"]) {
      await expect(create(HOME, region)).rejects.toMatchObject({ name: "ValidationException" });
    }
    await orders.put(AWAY, { id: "a" });
    await expect(create(HOME, AWAY)).rejects.toMatchObject({ name: "ValidationException" });
    await create(HOME);
    await expect(create(HOME)).rejects.toMatchObject({
      name: "GlobalTableAlreadyExistsException",
      message: "Global table with name: 'orders' already exists.",
    });
    const missing = new DescribeGlobalTableCommand({ GlobalTableName: "nothing" });
    await expect(orders.in(HOME).send(missing)).rejects.toMatchObject({
      name: "GlobalTableNotFoundException",
      message: "Global table with name: 'nothing' does not exist.",
    });
  });
});

describe("capacity of replicas", () => {
  const units = { ReadCapacityUnits: 5, WriteCapacityUnits: 5 };
  const provisioned = {
    ...stream,
    BillingMode: "PROVISIONED" as const,
    ProvisionedThroughput: units,
    AttributeDefinitions: [{ AttributeName: "user", AttributeType: "S" as const }],
    GlobalSecondaryIndexes: [
      {
        IndexName: "byUser",
        KeySchema: keySchema(["user"]),
        Projection: { ProjectionType: "ALL" as const },
        ProvisionedThroughput: units,
      },
    ],
  };
  const scaling = {
    MinimumUnits: 5,
    MaximumUnits: 50,
    ScalingPolicyUpdate: {
      PolicyName: "half",
      TargetTrackingScalingPolicyConfiguration: { TargetValue: 50 },
    },
  };
  beforeEach(async () => {
    for (const region of [HOME, AWAY]) {
      await makeTable(orders.in(region), GlobalTableName, ["id"], provisioned);
    }
  });

  test("is set for all writes, and for reads of each", async () => {
    await create(HOME, AWAY);
    const { ReplicaSettings } = await orders.in(HOME).send(
      new UpdateGlobalTableSettingsCommand({
        GlobalTableName,
        GlobalTableProvisionedWriteCapacityUnits: 8,
        GlobalTableGlobalSecondaryIndexSettingsUpdate: [
          { IndexName: "byUser", ProvisionedWriteCapacityUnits: 7 },
        ],
        ReplicaSettingsUpdate: [
          {
            RegionName: AWAY,
            ReplicaProvisionedReadCapacityUnits: 9,
            ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate: scaling,
          },
        ],
      }),
    );
    expect(ReplicaSettings?.find(({ RegionName }) => RegionName === AWAY)).toMatchObject({
      ReplicaProvisionedReadCapacityUnits: 9,
      ReplicaProvisionedWriteCapacityUnits: 8,
      ReplicaProvisionedReadCapacityAutoScalingSettings: { MinimumUnits: 5, MaximumUnits: 50 },
      ReplicaGlobalSecondaryIndexSettings: [{ ProvisionedWriteCapacityUnits: 7 }],
    });
    const described = await orders.in(AWAY).send(new DescribeGlobalTableSettingsCommand({ GlobalTableName }));
    expect(described.ReplicaSettings?.find(({ RegionName }) => RegionName === HOME)).toMatchObject({
      ReplicaProvisionedReadCapacityUnits: 5,
      ReplicaProvisionedWriteCapacityUnits: 8,
      ReplicaProvisionedReadCapacityAutoScalingSettings: { AutoScalingDisabled: true },
    });
    const wrong = (more: object) =>
      orders.in(HOME).send(new UpdateGlobalTableSettingsCommand({ GlobalTableName, ...more }));
    await expect(wrong({ ReplicaSettingsUpdate: [{ RegionName: "us-west-2" }] })).rejects.toMatchObject({
      name: "ReplicaNotFoundException",
    });
    const index = [{ IndexName: "nothing", ProvisionedWriteCapacityUnits: 1 }];
    await expect(wrong({ GlobalTableGlobalSecondaryIndexSettingsUpdate: index })).rejects.toMatchObject({
      name: "IndexNotFoundException",
    });
  });

  test("is scaled in all regions at once", async () => {
    const TableName = GlobalTableName;
    const describeIt = async () => {
      const command = new DescribeTableReplicaAutoScalingCommand({ TableName });
      return (await orders.in(HOME).send(command)).TableAutoScalingDescription?.Replicas;
    };
    await create(HOME, AWAY);
    await orders.in(HOME).send(
      new UpdateTableReplicaAutoScalingCommand({
        TableName,
        ProvisionedWriteCapacityAutoScalingUpdate: scaling,
        ReplicaUpdates: [{ RegionName: AWAY, ReplicaProvisionedReadCapacityAutoScalingUpdate: scaling }],
      }),
    );
    const [home, away] = (await describeIt()) ?? [];
    for (const replica of [home, away]) {
      expect(replica?.ReplicaProvisionedWriteCapacityAutoScalingSettings).toMatchObject({
        MinimumUnits: 5,
        MaximumUnits: 50,
        ScalingPolicies: [
          { PolicyName: "half", TargetTrackingScalingPolicyConfiguration: { TargetValue: 50 } },
        ],
      });
    }
    expect(home?.ReplicaProvisionedReadCapacityAutoScalingSettings?.AutoScalingDisabled).toBe(true);
    expect(away?.ReplicaProvisionedReadCapacityAutoScalingSettings?.AutoScalingDisabled).toBe(false);
    await orders.in(HOME).send(
      new UpdateTableReplicaAutoScalingCommand({
        TableName,
        ProvisionedWriteCapacityAutoScalingUpdate: { AutoScalingDisabled: true },
      }),
    );
    const [after] = (await describeIt()) ?? [];
    expect(after?.ReplicaProvisionedWriteCapacityAutoScalingSettings?.AutoScalingDisabled).toBe(true);
    const missing = new DescribeTableReplicaAutoScalingCommand({ TableName: "nothing" });
    await expect(orders.in(HOME).send(missing)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});
