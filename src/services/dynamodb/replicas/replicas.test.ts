import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTimeToLiveCommand,
  ListTablesCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { item, keySchema, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";
import { Replicas } from "./replicas.fixture.ts";

const TableName = "orders";
const HOME = "us-east-1";
const AWAY = "eu-west-1";
const THIRD = "ap-south-1";
const DAY_MS = 86_400_000;
let nuage: Nuage;
let orders: Replicas;
beforeAll(async () => {
  nuage = await startPlatform();
});
afterAll(() => nuage.stop());
beforeEach(async () => {
  await nuage.reset();
  orders = new Replicas(nuage, TableName);
  await makeTable(orders.in(HOME), TableName, ["id"], {
    AttributeDefinitions: [{ AttributeName: "user", AttributeType: "S" }],
    GlobalSecondaryIndexes: [
      { IndexName: "byUser", KeySchema: keySchema(["user"]), Projection: { ProjectionType: "ALL" } },
    ],
  });
});

describe("a replica", () => {
  test("has what was there, and gets what is written anywhere, in its indexes too", async () => {
    const old = Array.from({ length: 25 }, (_, at) => item({ id: `old-${at}`, user: "u" }));
    await orders.in(HOME).send(
      new BatchWriteItemCommand({
        RequestItems: { [TableName]: old.map((Item) => ({ PutRequest: { Item } })) },
      }),
    );
    const described = await orders.add(HOME, AWAY);
    expect(described).toMatchObject({
      TableStatus: "UPDATING",
      GlobalTableVersion: "2019.11.21",
      Replicas: [{ RegionName: AWAY, ReplicaStatus: "CREATING" }],
    });
    expect(await orders.scan(AWAY)).toHaveLength(25);
    await orders.put(AWAY, { id: "a", user: "away", n: 1 });
    await orders.put(HOME, { id: "b", user: "home" });
    await orders.in(HOME).send(new DeleteItemCommand({ TableName, Key: item({ id: "old-3" }) }));
    await nuage.idle();
    expect(await orders.scan(HOME)).toEqual(await orders.scan(AWAY));
    expect(await orders.scan(HOME, "byUser")).toEqual(await orders.scan(AWAY, "byUser"));
    expect(await orders.get(HOME, "a")).toEqual(item({ id: "a", user: "away", n: 1 }));
    expect(await orders.get(AWAY, "old-3")).toBeUndefined();
    expect((await orders.describe(AWAY))?.ItemCount).toBe(26);
  });

  test("is described to every other, and streams whole items", async () => {
    await orders.add(HOME, AWAY);
    await orders.add(AWAY, THIRD);
    for (const region of [HOME, AWAY, THIRD]) {
      const table = await orders.describe(region);
      expect(table?.TableStatus).toBe("ACTIVE");
      const others = [HOME, AWAY, THIRD].filter((other) => other !== region).sort();
      expect(table?.Replicas?.map(({ RegionName }) => RegionName).sort()).toEqual(others);
      expect(table?.Replicas?.every(({ ReplicaStatus }) => ReplicaStatus === "ACTIVE")).toBe(true);
      expect(table?.StreamSpecification).toEqual({
        StreamEnabled: true,
        StreamViewType: "NEW_AND_OLD_IMAGES",
      });
      expect(table?.MultiRegionConsistency).toBe("EVENTUAL");
    }
    await orders.put(THIRD, { id: "x" });
    await nuage.idle();
    expect(await orders.get(HOME, "x")).toEqual(item({ id: "x" }));
  });

  test("has settings of its own where it may, and the group's everywhere else", async () => {
    await orders.add(HOME, AWAY, {
      TableClassOverride: "STANDARD_INFREQUENT_ACCESS",
      OnDemandThroughputOverride: { MaxReadRequestUnits: 50 },
      KMSMasterKeyId: "alias/away",
      GlobalSecondaryIndexes: [
        { IndexName: "byUser", OnDemandThroughputOverride: { MaxReadRequestUnits: 7 } },
      ],
    });
    const [replica] = (await orders.describe(HOME))?.Replicas ?? [];
    expect(replica).toMatchObject({
      KMSMasterKeyId: "arn:aws:kms:eu-west-1:000000000000:alias/away",
      OnDemandThroughputOverride: { MaxReadRequestUnits: 50 },
      ReplicaTableClassSummary: { TableClass: "STANDARD_INFREQUENT_ACCESS" },
      GlobalSecondaryIndexes: [
        { IndexName: "byUser", OnDemandThroughputOverride: { MaxReadRequestUnits: 7 } },
      ],
    });
    await orders.update(HOME, {
      OnDemandThroughput: { MaxReadRequestUnits: 100, MaxWriteRequestUnits: 200 },
      TableClass: "STANDARD",
    });
    const away = await orders.describe(AWAY);
    expect(away?.OnDemandThroughput).toEqual({ MaxReadRequestUnits: 50, MaxWriteRequestUnits: 200 });
    expect(away?.TableClassSummary?.TableClass).toBe("STANDARD_INFREQUENT_ACCESS");
    expect(away?.DeletionProtectionEnabled).toBe(false);
    await orders.update(HOME, {
      ReplicaUpdates: [
        { Update: { RegionName: AWAY, OnDemandThroughputOverride: { MaxReadRequestUnits: 60 } } },
      ],
    });
    expect((await orders.describe(AWAY))?.OnDemandThroughput?.MaxReadRequestUnits).toBe(60);
  });

  test("gets indexes that are added, with its items in them, and loses those that are removed", async () => {
    await orders.put(HOME, { id: "a", user: "u", day: "monday" });
    await orders.add(HOME, AWAY);
    await orders.update(HOME, {
      AttributeDefinitions: [{ AttributeName: "day", AttributeType: "S" }],
      GlobalSecondaryIndexUpdates: [
        {
          Create: {
            IndexName: "byDay",
            KeySchema: keySchema(["day"]),
            Projection: { ProjectionType: "ALL" },
          },
        },
      ],
    });
    await nuage.idle();
    expect(await orders.scan(AWAY, "byDay")).toHaveLength(1);
    await orders.update(AWAY, { GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: "byUser" } }] });
    await nuage.idle();
    const names = (await orders.describe(HOME))?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName);
    expect(names).toEqual(["byDay"]);
  });

  test("expires items as the group does, once", async () => {
    await orders.add(HOME, AWAY);
    const TimeToLiveSpecification = { Enabled: true, AttributeName: "until" };
    await orders.in(HOME).send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    const { TimeToLiveDescription } = await orders
      .in(AWAY)
      .send(new DescribeTimeToLiveCommand({ TableName }));
    expect(TimeToLiveDescription?.TimeToLiveStatus).toBe("ENABLED");
    await orders.put(AWAY, { id: "a", until: Math.floor(nuage.clock.now() / 1000) + 60 });
    await nuage.idle();
    expect(await orders.scan(HOME)).toHaveLength(1);
    await nuage.advance(120_000);
    expect(await orders.scan(HOME)).toEqual([]);
    expect(await orders.scan(AWAY)).toEqual([]);
  });

  test("is a table of its own once the others are gone; its source stays for a day", async () => {
    await orders.put(HOME, { id: "a" });
    await orders.add(HOME, AWAY);
    const source = orders.in(HOME).send(new DeleteTableCommand({ TableName }));
    await expect(source).rejects.toMatchObject({
      name: "ValidationException",
      message:
        "Replica cannot be deleted because it has acted as a source region for new replica(s) being added " +
        "to the table in the last 24 hours.",
    });
    await nuage.advance(DAY_MS);
    await orders.in(HOME).send(new DeleteTableCommand({ TableName }));
    const away = await orders.describe(AWAY);
    expect(away?.Replicas).toBeUndefined();
    expect(away?.GlobalTableVersion).toBeUndefined();
    await orders.put(AWAY, { id: "b" });
    expect(await orders.scan(AWAY)).toHaveLength(2);
  });

  test("is deleted by another, unless it is protected", async () => {
    await orders.add(HOME, AWAY);
    await orders.update(AWAY, { DeletionProtectionEnabled: true });
    expect((await orders.describe(HOME))?.DeletionProtectionEnabled).toBe(false);
    const remove = () => orders.update(HOME, { ReplicaUpdates: [{ Delete: { RegionName: AWAY } }] });
    await expect(remove()).rejects.toMatchObject({ name: "ValidationException" });
    await orders.update(AWAY, { DeletionProtectionEnabled: false });
    await remove();
    const { TableNames } = await orders.in(AWAY).send(new ListTablesCommand({}));
    expect(TableNames).toEqual([]);
    expect((await orders.describe(HOME))?.Replicas).toBeUndefined();
  });
});

test("replicas agree in the end, whoever wrote when", async () => {
  await orders.add(HOME, AWAY);
  await orders.add(HOME, THIRD);
  const writes = [HOME, AWAY, THIRD].flatMap((region) =>
    Array.from({ length: 20 }, async (_, at) => {
      const id = `item-${at % 4}`;
      const db = orders.in(region);
      if (at % 5 === 4) await db.send(new DeleteItemCommand({ TableName, Key: item({ id }) }));
      else if (at % 5 === 3) {
        const UpdateExpression = "ADD n :one";
        const ExpressionAttributeValues = { ":one": { N: "1" } };
        await db.send(
          new UpdateItemCommand({
            TableName,
            Key: item({ id }),
            UpdateExpression,
            ExpressionAttributeValues,
          }),
        );
      } else await orders.put(region, { id, user: `${region} ${at}`, n: at });
    }),
  );
  await Promise.all(writes);
  await nuage.idle();
  const home = await orders.scan(HOME);
  expect(await orders.scan(AWAY)).toEqual(home);
  expect(await orders.scan(THIRD)).toEqual(home);
  expect(await orders.scan(AWAY, "byUser")).toEqual(await orders.scan(HOME, "byUser"));
});
