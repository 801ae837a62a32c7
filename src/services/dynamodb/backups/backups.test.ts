import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateBackupCommand,
  DeleteBackupCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeBackupCommand,
  DescribeContinuousBackupsCommand,
  DescribeExportCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ExportTableToPointInTimeCommand,
  ListBackupsCommand,
  ListExportsCommand,
  PutItemCommand,
  QueryCommand,
  RestoreTableFromBackupCommand,
  RestoreTableToPointInTimeCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { client, item, keySchema, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

let nuage: Nuage;
let db: DynamoDBClient;
beforeAll(async () => {
  nuage = await startPlatform();
  db = client(nuage);
});
afterAll(() => nuage.stop());
beforeEach(async () => {
  await nuage.reset();
  await makeTable(db, "orders", ["id"], {
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
    AttributeDefinitions: [{ AttributeName: "buyer", AttributeType: "S" }],
    GlobalSecondaryIndexes: [
      { IndexName: "byBuyer", KeySchema: keySchema(["buyer"]), Projection: { ProjectionType: "ALL" } },
    ],
    Tags: [{ Key: "team", Value: "shop" }],
  });
});

const put = (values: Record<string, string | number>, TableName = "orders") =>
  db.send(new PutItemCommand({ TableName, Item: item(values) }));
const remove = (id: string) => db.send(new DeleteItemCommand({ TableName: "orders", Key: item({ id }) }));

async function contents(TableName: string): Promise<Record<string, number>> {
  const { Items = [] } = await db.send(new ScanCommand({ TableName }));
  const pairs = Items.map(({ id, n }) => [id?.S ?? "", Number(n?.N)] as const);
  return Object.fromEntries(pairs.sort(([one], [other]) => (one < other ? -1 : 1)));
}

async function backup(BackupName = "nightly"): Promise<string> {
  const { BackupDetails } = await db.send(new CreateBackupCommand({ TableName: "orders", BackupName }));
  expect(BackupDetails?.BackupStatus).toBe("CREATING");
  await nuage.idle();
  return BackupDetails?.BackupArn ?? "";
}

const recover = (PointInTimeRecoveryEnabled: boolean, RecoveryPeriodInDays?: number) =>
  db.send(
    new UpdateContinuousBackupsCommand({
      TableName: "orders",
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled, RecoveryPeriodInDays },
    }),
  );

async function restoreTo(atMs: number, TargetTableName: string): Promise<Record<string, number>> {
  await db.send(
    new RestoreTableToPointInTimeCommand({
      SourceTableName: "orders",
      TargetTableName,
      RestoreDateTime: new Date(Math.floor(atMs / 1000) * 1000),
    }),
  );
  await nuage.idle();
  return contents(TargetTableName);
}

describe("a backup", () => {
  test("brings a table back as it was, with its indexes, and without what AWS leaves out", async () => {
    for (let n = 0; n < 30; n++) await put({ id: `k${n}`, n, buyer: n % 2 ? "odd" : "even" });
    const binary: AttributeValue = { B: new Uint8Array(randomBytes(300)) };
    const rich = { id: { S: "rich" }, binary, deep: { L: [{ M: { set: { NS: ["1", "2.5"] } } }] } };
    await db.send(new PutItemCommand({ TableName: "orders", Item: rich }));
    await db.send(
      new UpdateTimeToLiveCommand({
        TableName: "orders",
        TimeToLiveSpecification: { Enabled: true, AttributeName: "expires" },
      }),
    );
    const BackupArn = await backup();
    expect(BackupArn).toMatch(
      /^arn:aws:dynamodb:us-east-1:000000000000:table\/orders\/backup\/\d{14}-[0-9a-f]{8}$/,
    );
    await put({ id: "k0", n: 999 });
    await db.send(new DeleteTableCommand({ TableName: "orders" }));

    const { TableDescription } = await db.send(
      new RestoreTableFromBackupCommand({ TargetTableName: "again", BackupArn }),
    );
    expect(TableDescription).toMatchObject({
      TableStatus: "CREATING",
      RestoreSummary: { SourceBackupArn: BackupArn, RestoreInProgress: true },
    });
    await nuage.idle();
    const { Table } = await db.send(new DescribeTableCommand({ TableName: "again" }));
    expect(Table).toMatchObject({ TableStatus: "ACTIVE", ItemCount: 31 });
    expect(Table?.RestoreSummary?.RestoreInProgress).toBe(false);
    expect(Table).not.toHaveProperty("LatestStreamArn");
    const found = await db.send(
      new QueryCommand({
        TableName: "again",
        IndexName: "byBuyer",
        KeyConditionExpression: "buyer = :b",
        ExpressionAttributeValues: { ":b": { S: "odd" } },
      }),
    );
    expect(found.Count).toBe(15);
    const { Items = [] } = await db.send(new ScanCommand({ TableName: "again" }));
    expect(Items.find(({ id }) => id?.S === "rich")).toEqual(rich);
    expect((await contents("again")).k0).toBe(0);
  });

  test("is of the moment it was asked for, whatever is written while it is taken", async () => {
    for (let n = 0; n < 700; n += 25) {
      const orders = Array.from({ length: 25 }, (_, at) => ({
        PutRequest: { Item: item({ id: `k${n + at}`, n: n + at }) },
      }));
      await db.send(new BatchWriteItemCommand({ RequestItems: { orders } }));
    }
    const asked = db.send(new CreateBackupCommand({ TableName: "orders", BackupName: "busy" }));
    const BackupArn = (await asked).BackupDetails?.BackupArn;
    await Promise.all([
      ...Array.from({ length: 100 }, (_, n) => put({ id: `k${n * 7}`, n: -1 })),
      ...Array.from({ length: 50 }, (_, n) => remove(`k${n * 7 + 1}`)),
      ...Array.from({ length: 50 }, (_, n) => put({ id: `new${n}`, n: -2 })),
    ]);
    await nuage.idle();
    await db.send(new RestoreTableFromBackupCommand({ TargetTableName: "again", BackupArn }));
    await nuage.idle();
    const restored = await contents("again");
    expect(Object.keys(restored)).toHaveLength(700);
    for (let n = 0; n < 700; n++) expect(restored[`k${n}`]).toBe(n);
  });

  test("is described, listed and deleted", async () => {
    await put({ id: "a", n: 1 });
    const first = await backup("first");
    await nuage.advance(MINUTE_MS);
    const second = await backup("second");
    const { BackupDescription } = await db.send(new DescribeBackupCommand({ BackupArn: first }));
    expect(BackupDescription).toMatchObject({
      BackupDetails: { BackupName: "first", BackupStatus: "AVAILABLE", BackupType: "USER" },
      SourceTableDetails: { TableName: "orders", ItemCount: 1, BillingMode: "PAY_PER_REQUEST" },
      SourceTableFeatureDetails: {
        GlobalSecondaryIndexes: [{ IndexName: "byBuyer" }],
        StreamDescription: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
      },
    });
    const page = await db.send(new ListBackupsCommand({ TableName: "orders", Limit: 1 }));
    expect(page.BackupSummaries?.map(({ BackupArn }) => BackupArn)).toEqual([first]);
    const rest = await db.send(
      new ListBackupsCommand({ ExclusiveStartBackupArn: page.LastEvaluatedBackupArn }),
    );
    expect(rest.BackupSummaries?.map(({ BackupArn }) => BackupArn)).toEqual([second]);
    const deleted = await db.send(new DeleteBackupCommand({ BackupArn: first }));
    expect(deleted.BackupDescription?.BackupDetails?.BackupStatus).toBe("DELETED");
    await expect(db.send(new DescribeBackupCommand({ BackupArn: first }))).rejects.toMatchObject({
      name: "BackupNotFoundException",
      message: `Backup not found: ${first}`,
    });
  });

  test("needs a table, and a name that is free to restore to", async () => {
    await expect(
      db.send(new CreateBackupCommand({ TableName: "nothing", BackupName: "abc" })),
    ).rejects.toMatchObject({ name: "TableNotFoundException", message: "Table not found: nothing" });
    const BackupArn = await backup();
    await expect(
      db.send(new RestoreTableFromBackupCommand({ TargetTableName: "orders", BackupArn })),
    ).rejects.toMatchObject({ name: "TableAlreadyExistsException" });
  });
});

describe("point-in-time recovery", () => {
  test("restores to any second of its window", async () => {
    await put({ id: "a", n: 1 });
    await put({ id: "b", n: 1 });
    await recover(true);
    await nuage.advance(HOUR_MS);
    const before = nuage.clock.now();
    await nuage.advance(MINUTE_MS);
    await put({ id: "a", n: 2 });
    await put({ id: "c", n: 2 });
    await nuage.advance(DAY_MS);
    const between = nuage.clock.now();
    await nuage.advance(MINUTE_MS);
    await remove("b");
    await put({ id: "a", n: 3 });
    await nuage.advance(3 * DAY_MS);
    await put({ id: "a", n: 4 });
    await nuage.advance(HOUR_MS);
    expect(await restoreTo(before, "before")).toEqual({ a: 1, b: 1 });
    expect(await restoreTo(between, "between")).toEqual({ a: 2, b: 1, c: 2 });
    expect(await contents("orders")).toEqual({ a: 4, c: 2 });
    await db.send(
      new RestoreTableToPointInTimeCommand({
        SourceTableName: "orders",
        TargetTableName: "latest",
        UseLatestRestorableTime: true,
      }),
    );
    await nuage.idle();
    expect(await contents("latest")).toEqual({ a: 4, c: 2 });
  });

  test("tells its window, and forgets what lies before it", async () => {
    const described = async () =>
      (await db.send(new DescribeContinuousBackupsCommand({ TableName: "orders" })))
        .ContinuousBackupsDescription;
    expect(await described()).toEqual({
      ContinuousBackupsStatus: "ENABLED",
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: "DISABLED" },
    });
    await recover(true, 2);
    await put({ id: "a", n: 1 });
    await nuage.advance(5 * DAY_MS);
    const window = (await described())?.PointInTimeRecoveryDescription;
    expect(window).toMatchObject({ PointInTimeRecoveryStatus: "ENABLED", RecoveryPeriodInDays: 2 });
    const nowMs = nuage.clock.now();
    const earliestMs = window?.EarliestRestorableDateTime?.getTime() ?? 0;
    expect(Math.abs(nowMs - 2 * DAY_MS - earliestMs)).toBeLessThan(5_000);
    await expect(restoreTo(nowMs - 3 * DAY_MS, "early")).rejects.toMatchObject({
      name: "InvalidRestoreTimeException",
    });
    expect(await restoreTo(nowMs - DAY_MS, "late")).toEqual({ a: 1 });
  });

  test("is refused where it is off, and its options where they make no sense", async () => {
    await expect(restoreTo(nuage.clock.now(), "again")).rejects.toMatchObject({
      name: "PointInTimeRecoveryUnavailableException",
      message: "Point in time recovery is not enabled for table 'orders'",
    });
    await expect(recover(false, 7)).rejects.toMatchObject({
      message: "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.",
    });
    await expect(recover(true, 36)).rejects.toMatchObject({ name: "ValidationException" });
  });
});

describe("an export", () => {
  const Bucket = "exports";
  const s3 = () => nuage.client(S3Client);

  async function text(Key: string): Promise<string> {
    const { Body } = await s3().send(new GetObjectCommand({ Bucket, Key }));
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array(0);
    return (Key.endsWith(".gz") ? gunzipSync(bytes) : Buffer.from(bytes)).toString();
  }

  const tableArn = "arn:aws:dynamodb:us-east-1:000000000000:table/orders";

  test("writes the table of a moment to a bucket, with its manifests", async () => {
    await s3().send(new CreateBucketCommand({ Bucket }));
    await recover(true);
    await put({ id: "a", n: 1 });
    await put({ id: "b", n: 2 });
    await nuage.advance(10 * MINUTE_MS);
    const ExportTime = new Date(nuage.clock.now());
    await nuage.advance(MINUTE_MS);
    await put({ id: "a", n: 9 });
    const { ExportDescription } = await db.send(
      new ExportTableToPointInTimeCommand({
        TableArn: tableArn,
        S3Bucket: Bucket,
        S3Prefix: "daily",
        ExportTime,
      }),
    );
    expect(ExportDescription?.ExportStatus).toBe("IN_PROGRESS");
    await nuage.idle();
    const ExportArn = ExportDescription?.ExportArn;
    const done = (await db.send(new DescribeExportCommand({ ExportArn }))).ExportDescription;
    const id = ExportArn?.split("/").at(-1);
    expect(done).toMatchObject({
      ExportStatus: "COMPLETED",
      ItemCount: 2,
      ExportManifest: `daily/AWSDynamoDB/${id}/manifest-summary.json`,
    });
    const summary = JSON.parse(await text(done?.ExportManifest ?? ""));
    expect(summary).toMatchObject({ itemCount: 2, outputFormat: "DYNAMODB_JSON", exportArn: ExportArn });
    const files = (await text(summary.manifestFilesS3Key)).trim().split("\n");
    const lines = (await text(JSON.parse(files[0] ?? "").dataFileS3Key)).trim().split("\n");
    expect(lines.sort()).toEqual([
      '{"Item":{"id":{"S":"a"},"n":{"N":"1"}}}',
      '{"Item":{"id":{"S":"b"},"n":{"N":"2"}}}',
    ]);
    const { Contents } = await s3().send(new ListObjectsV2Command({ Bucket }));
    const names = Contents?.map(({ Key }) => Key?.replace(/^daily\/AWSDynamoDB\/[^/]+\//, ""));
    expect(names).toEqual(
      expect.arrayContaining([
        "_started",
        "manifest-files.json",
        "manifest-files.md5",
        "manifest-summary.md5",
      ]),
    );
    const list = await db.send(new ListExportsCommand({ TableArn: tableArn }));
    expect(list.ExportSummaries).toEqual([
      { ExportArn, ExportStatus: "COMPLETED", ExportType: "FULL_EXPORT" },
    ]);
  });

  test("of an increment tells what each item was and became", async () => {
    await s3().send(new CreateBucketCommand({ Bucket }));
    await recover(true);
    await put({ id: "a", n: 1 });
    await put({ id: "gone", n: 1 });
    await nuage.advance(HOUR_MS);
    const ExportFromTime = new Date(nuage.clock.now());
    await nuage.advance(MINUTE_MS);
    await put({ id: "a", n: 2 });
    await put({ id: "a", n: 3 });
    await remove("gone");
    await put({ id: "new", n: 1 });
    await nuage.advance(HOUR_MS);
    const ExportToTime = new Date(nuage.clock.now());
    await nuage.advance(MINUTE_MS);
    await put({ id: "a", n: 4 });
    const { ExportDescription } = await db.send(
      new ExportTableToPointInTimeCommand({
        TableArn: tableArn,
        S3Bucket: Bucket,
        ExportType: "INCREMENTAL_EXPORT",
        IncrementalExportSpecification: { ExportFromTime, ExportToTime },
      }),
    );
    await nuage.idle();
    const { Contents = [] } = await s3().send(
      new ListObjectsV2Command({ Bucket, Prefix: "AWSDynamoDB/data/" }),
    );
    expect(Contents).toHaveLength(1);
    const lines = (await text(Contents[0]?.Key ?? "")).trim().split("\n");
    const changes = lines.map((line) => JSON.parse(line));
    const of = (id: string) => changes.find(({ Keys }) => Keys.id.S === id);
    expect(changes).toHaveLength(3);
    expect(of("a")).toMatchObject({ OldImage: { n: { N: "1" } }, NewImage: { n: { N: "3" } } });
    expect(of("gone")).toMatchObject({ OldImage: { n: { N: "1" } } });
    expect(of("gone")).not.toHaveProperty("NewImage");
    expect(of("new")).not.toHaveProperty("OldImage");
    expect(ExportDescription?.ExportType).toBe("INCREMENTAL_EXPORT");
  });

  test("fails where there is no bucket, and is refused without point-in-time recovery", async () => {
    const command = new ExportTableToPointInTimeCommand({ TableArn: tableArn, S3Bucket: "nowhere" });
    await expect(db.send(command)).rejects.toMatchObject({ name: "PointInTimeRecoveryUnavailableException" });
    await recover(true);
    const { ExportDescription } = await db.send(command);
    await nuage.idle();
    const failed = await db.send(new DescribeExportCommand({ ExportArn: ExportDescription?.ExportArn }));
    expect(failed.ExportDescription).toMatchObject({ ExportStatus: "FAILED", FailureCode: "S3NoSuchBucket" });
  });
});
