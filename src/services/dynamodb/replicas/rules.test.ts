import {
  RegisterScalableTargetCommand,
  ApplicationAutoScalingClient as Scaling,
} from "@aws-sdk/client-application-auto-scaling";
import { PutItemCommand, TransactWriteItemsCommand, UpdateTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { item, keySchema, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";
import { Replicas } from "./replicas.fixture.ts";

const TableName = "orders";
const HOME = "us-east-1";
let nuage: Nuage;
let orders: Replicas;
beforeAll(async () => {
  nuage = await startPlatform();
});
afterAll(() => nuage.stop());
beforeEach(async () => {
  await nuage.reset();
  orders = new Replicas(nuage, TableName);
});

const invalid = (message: string) => ({ name: "ValidationException", message });
const create = (RegionName: string) => ({ ReplicaUpdates: [{ Create: { RegionName } }] });
const remove = (RegionName: string) => ({ ReplicaUpdates: [{ Delete: { RegionName } }] });
const NOT_FOUND = invalid(
  "Replica specified in the Replica Update or Replica Delete action of the request was not found.",
);

describe("a replica is refused", () => {
  beforeEach(() => makeTable(orders.in(HOME), TableName, ["id"]));

  test("in the table's own region", async () => {
    await expect(orders.update(HOME, create(HOME))).rejects.toMatchObject(
      invalid(
        "Cannot add, delete, or update the local region through ReplicaUpdates. Use CreateTable, " +
          "DeleteTable, or UpdateTable as required.",
      ),
    );
  });

  test("where a table of the name is, replica or not", async () => {
    const there = invalid(
      `Failed to create a the new replica of table with name: '${TableName}' because one or more replicas ` +
        "already existed as tables.",
    );
    await makeTable(orders.in("eu-west-1"), TableName, ["id"]);
    await expect(orders.update(HOME, create("eu-west-1"))).rejects.toMatchObject(there);
    await orders.add(HOME, "eu-west-2");
    await expect(orders.update(HOME, create("eu-west-2"))).rejects.toMatchObject(there);
  });

  test("when it is not there to be changed or deleted", async () => {
    await expect(orders.update(HOME, remove("eu-west-1"))).rejects.toMatchObject(NOT_FOUND);
    const update = { ReplicaUpdates: [{ Update: { RegionName: "eu-west-1" } }] };
    await expect(orders.update(HOME, update)).rejects.toMatchObject(NOT_FOUND);
  });

  test("with another, twice, empty, or in no region", async () => {
    const several = {
      ReplicaUpdates: [...create("eu-west-1").ReplicaUpdates, ...create("eu-west-2").ReplicaUpdates],
    };
    await expect(orders.update(HOME, several)).rejects.toMatchObject(
      invalid("Only one replica can be created or deleted in an UpdateTable operation"),
    );
    const twice = {
      ReplicaUpdates: [...create("eu-west-1").ReplicaUpdates, ...remove("eu-west-1").ReplicaUpdates],
    };
    await expect(orders.update(HOME, twice)).rejects.toMatchObject({ name: "ValidationException" });
    await expect(orders.update(HOME, { ReplicaUpdates: [{}] })).rejects.toMatchObject({
      name: "ValidationException",
    });
    await expect(orders.update(HOME, create("mars"))).rejects.toMatchObject({ name: "ValidationException" });
  });

  test("while another is being made", async () => {
    await orders.put(HOME, { id: "a" });
    const made = orders.update(HOME, create("eu-west-1"));
    const next = orders.update(HOME, create("eu-west-2"));
    const outcomes = await Promise.allSettled([made, next]);
    await nuage.idle();
    const refusal = outcomes.find(({ status }) => status === "rejected");
    // The first may be done before the second is looked at.
    if (refusal?.status === "rejected") expect(refusal.reason.name).toBe("ResourceInUseException");
    expect((await orders.describe(HOME))?.TableStatus).toBe("ACTIVE");
  });

  test("of a table whose stream shows less than whole items", async () => {
    await orders.update(HOME, { StreamSpecification: { StreamEnabled: true, StreamViewType: "KEYS_ONLY" } });
    await expect(orders.update(HOME, create("eu-west-1"))).rejects.toMatchObject({
      name: "ValidationException",
    });
  });

  test("an override of an index that is not there; a stream is not switched off", async () => {
    const GlobalSecondaryIndexes = [{ IndexName: "nothing" }];
    await expect(
      orders.update(HOME, {
        ReplicaUpdates: [{ Create: { RegionName: "eu-west-1", GlobalSecondaryIndexes } }],
      }),
    ).rejects.toMatchObject({ name: "ValidationException" });
    await orders.add(HOME, "eu-west-1");
    const off = orders.update(HOME, { StreamSpecification: { StreamEnabled: false } });
    await expect(off).rejects.toMatchObject(
      invalid("Stream cannot be disabled on a replica of a global table"),
    );
  });
});

test("a provisioned table needs its writes scaled, and its index's too", async () => {
  const units = { ReadCapacityUnits: 5, WriteCapacityUnits: 5 };
  await makeTable(orders.in(HOME), TableName, ["id"], {
    BillingMode: "PROVISIONED",
    ProvisionedThroughput: units,
    AttributeDefinitions: [{ AttributeName: "user", AttributeType: "S" }],
    GlobalSecondaryIndexes: [
      {
        IndexName: "byUser",
        KeySchema: keySchema(["user"]),
        Projection: { ProjectionType: "ALL" },
        ProvisionedThroughput: units,
      },
    ],
  });
  const scale = (part: string, kind: "table" | "index") =>
    nuage.client(Scaling).send(
      new RegisterScalableTargetCommand({
        ServiceNamespace: "dynamodb",
        ResourceId: `table/${TableName}${part}`,
        ScalableDimension: `dynamodb:${kind}:WriteCapacityUnits`,
        MinCapacity: 5,
        MaxCapacity: 50,
      }),
    );
  const fixed = "write capacity should either be Pay-Per-Request or AutoScaled.";
  await expect(orders.update(HOME, create("eu-west-1"))).rejects.toMatchObject(invalid(`Table ${fixed}`));
  await scale("", "table");
  await expect(orders.update(HOME, create("eu-west-1"))).rejects.toMatchObject(
    invalid(`Index: byUser ${fixed}`),
  );
  await scale("/index/byUser", "index");
  await orders.add(HOME, "eu-west-1", { ProvisionedThroughputOverride: { ReadCapacityUnits: 9 } });
  await orders.update(HOME, {
    ProvisionedThroughput: { ReadCapacityUnits: 6, WriteCapacityUnits: 20 },
  });
  const away = await orders.describe("eu-west-1");
  expect(away?.ProvisionedThroughput).toMatchObject({ ReadCapacityUnits: 9, WriteCapacityUnits: 20 });
  const [replica] = (await orders.describe(HOME))?.Replicas ?? [];
  expect(replica?.ProvisionedThroughputOverride).toEqual({ ReadCapacityUnits: 9 });
});

describe("with multi-Region strong consistency", () => {
  const group = (second: string, third: string) => ({
    MultiRegionConsistency: "STRONG" as const,
    ReplicaUpdates: [{ Create: { RegionName: second } }],
    GlobalTableWitnessUpdates: [{ Create: { RegionName: third } }],
  });
  beforeEach(() => makeTable(orders.in(HOME), TableName, ["id"]));

  test("a write is everywhere when it is answered", async () => {
    await orders.update(HOME, group("us-east-2", "us-west-2"));
    await nuage.idle();
    const table = await orders.describe(HOME);
    expect(table).toMatchObject({
      MultiRegionConsistency: "STRONG",
      Replicas: [{ RegionName: "us-east-2", ReplicaStatus: "ACTIVE" }],
      GlobalTableWitnesses: [{ RegionName: "us-west-2", WitnessStatus: "ACTIVE" }],
    });
    expect(table?.StreamSpecification).toBeUndefined();
    for (let n = 0; n < 20; n++) {
      await orders.put(n % 2 ? HOME : "us-east-2", { id: "a", n });
      expect(await orders.get(n % 2 ? "us-east-2" : HOME, "a")).toEqual(item({ id: "a", n }));
    }
    const Put = { TableName, Item: item({ id: "b" }) };
    const together = orders.in(HOME).send(new TransactWriteItemsCommand({ TransactItems: [{ Put }] }));
    await expect(together).rejects.toMatchObject({ name: "ValidationException" });
    const TimeToLiveSpecification = { Enabled: true, AttributeName: "until" };
    const expiry = orders.in(HOME).send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    await expect(expiry).rejects.toMatchObject({ name: "ValidationException" });
    await expect(orders.update(HOME, create("eu-west-1"))).rejects.toMatchObject({
      name: "ValidationException",
    });
  });

  test("it is all or none that is deleted", async () => {
    await orders.update(HOME, group("us-east-2", "us-west-2"));
    await nuage.idle();
    await expect(orders.update(HOME, remove("us-east-2"))).rejects.toMatchObject({
      name: "ValidationException",
    });
    await orders.update(HOME, {
      ...remove("us-east-2"),
      GlobalTableWitnessUpdates: [{ Delete: { RegionName: "us-west-2" } }],
    });
    expect((await orders.describe(HOME))?.MultiRegionConsistency).toBeUndefined();
  });

  test("three near members and an empty table are needed", async () => {
    const say = (problem: string) => invalid(`Multi-Region strong consistency ${problem}`);
    await expect(orders.update(HOME, group("eu-west-1", "us-west-2"))).rejects.toMatchObject(
      say("requires all Regions to be within the same Region set"),
    );
    const { GlobalTableWitnessUpdates: _, ...two } = group("us-east-2", "us-west-2");
    await expect(orders.update(HOME, two)).rejects.toMatchObject(
      say("requires three replicas, or two replicas and a witness"),
    );
    await orders.in(HOME).send(new PutItemCommand({ TableName, Item: item({ id: "a" }) }));
    await expect(orders.update(HOME, group("us-east-2", "us-west-2"))).rejects.toMatchObject(
      say("requires an empty table"),
    );
    await expect(orders.update(HOME, { MultiRegionConsistency: "STRONG" })).rejects.toMatchObject({
      name: "ValidationException",
    });
  });
});
