import { gzipSync } from "node:zlib";
import {
  CancelBulkOperationCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  type StartBulkPutItemsCommandInput,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { client, item, keySchema, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";
import { index, vector } from "../vectors/vectors.fixture.ts";
import { describeOperation, IN, OUT, read, reports, start, TableName } from "./bulk.fixture.ts";

let nuage: Nuage;
let db: DynamoDBClient;
let s3: S3Client;
beforeAll(async () => {
  nuage = await startPlatform();
  db = client(nuage);
  s3 = nuage.client(S3Client);
});
afterAll(() => nuage.stop());
beforeEach(async () => {
  await nuage.reset();
  for (const Bucket of [IN, OUT]) await s3.send(new CreateBucketCommand({ Bucket }));
});

const make = (more = {}) => makeTable(db, TableName, ["id"], more);
const upload = (Key: string, Body: string | Uint8Array) =>
  s3.send(new PutObjectCommand({ Bucket: IN, Key, Body }));
const put = (plain: Record<string, string | number>) =>
  db.send(new PutItemCommand({ TableName, Item: item(plain) }));
const line = (plain: Record<string, string | number>, more = {}) =>
  JSON.stringify({ Item: item(plain), ...more });
const ifNew = { ConditionExpression: "attribute_not_exists(id)" };

async function contents() {
  const { Items = [] } = await db.send(new ScanCommand({ TableName }));
  return Items.sort((one, other) => ((one.id?.S ?? "") < (other.id?.S ?? "") ? -1 : 1));
}

/** How many changes a table's stream tells of. */
async function changesIn(StreamArn: string | undefined): Promise<number> {
  const streams = nuage.client(DynamoDBStreamsClient);
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  let count = 0;
  for (const { ShardId } of StreamDescription?.Shards ?? []) {
    const from = { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" as const };
    const { ShardIterator } = await streams.send(new GetShardIteratorCommand(from));
    count += (await streams.send(new GetRecordsCommand({ ShardIterator }))).Records?.length ?? 0;
  }
  return count;
}

async function run(more: Partial<StartBulkPutItemsCommandInput> = {}) {
  const begun = await start(db, more);
  expect(begun.BulkOperationStatus).toBe("IN_PROGRESS");
  await nuage.idle();
  return describeOperation(db, begun.BulkOperationArn);
}

test("items are put, each on its own condition, and what was not put is reported", async () => {
  await make();
  await put({ id: "b", version: 3 });
  await put({ id: "c", version: 1 });
  const newer = {
    ConditionExpression: "#v < :v",
    ExpressionAttributeNames: { "#v": "version" },
    ExpressionAttributeValues: { ":v": { N: "2" } },
  };
  await upload("orders/1.json", [line({ id: "a" }, ifNew), line({ id: "b", version: 2 }, newer)].join("\n"));
  const wrong = line({ id: "d" }, { ConditionExpression: "id = :missing" });
  const lines = [line({ id: "c", version: 2 }, newer), "nonsense", line({ other: "x" }), wrong];
  await upload("orders/2.json", lines.join("\n"));
  await upload("elsewhere/3.json", line({ id: "z" }));
  const done = await run();
  expect(done).toMatchObject({
    BulkOperationStatus: "COMPLETED_WITH_ERRORS",
    ProcessedItemCount: 6,
    FailedItemCount: 3,
    PerformanceTier: "STANDARD",
    TableDetails: [{ TableName }],
  });
  expect(done.ProcessedInputBytes).toBe(done.TotalInputBytes);
  expect(done.EndTime?.getTime()).toBeGreaterThanOrEqual(done.StartTime?.getTime() ?? 0);
  expect(await contents()).toEqual([
    item({ id: "a" }),
    item({ id: "b", version: 3 }),
    item({ id: "c", version: 2 }),
  ]);
  const found = await reports(s3);
  expect(found["condition-check-failure"]).toEqual([
    { Item: item({ id: "b", version: 2 }), ExistingItem: item({ id: "b", version: 3 }) },
  ]);
  expect(found.error).toMatchObject([
    { S3Key: "orders/2.json", RecordNumber: 2, ErrorMessage: "The record is not valid DynamoDB JSON" },
    {
      RecordNumber: 3,
      ErrorCode: "ValidationException",
      ErrorMessage: "One or more parameter values were invalid: Missing the key id in the item",
      Item: item({ other: "x" }),
    },
    { RecordNumber: 4, Item: item({ id: "d" }) },
  ]);
});

test("the manifest tells of the operation and lists the files of its report", async () => {
  await make();
  await put({ id: "a" });
  await upload("orders/1.json", line({ id: "a" }, ifNew));
  const done = await run({
    OutputS3Configuration: {
      S3Bucket: OUT,
      S3KeyPrefix: "reports/",
      OutputType: ["CONDITION_CHECK_FAILURE"],
      S3SseAlgorithm: "AES256",
    },
  });
  expect(done).toMatchObject({ BulkOperationStatus: "COMPLETED", FailedItemCount: 0 });
  const id = done.BulkOperationArn?.split("/").at(-1);
  const folder = `reports/AWSDynamoDB/${id}`;
  const [summary] = await read(s3, `${folder}/manifest-summary.json`);
  expect(summary).toMatchObject({
    bulkOperationArn: done.BulkOperationArn,
    status: "COMPLETED",
    processedItemCount: 1,
    conditionCheckFailureCount: 1,
    manifestFilesS3Key: `${folder}/manifest-files.json`,
  });
  const [file] = (await read(s3, `${folder}/manifest-files.json`)) as { dataFileS3Key: string }[];
  expect(file).toMatchObject({ itemCount: 1 });
  expect(await read(s3, file?.dataFileS3Key ?? "")).toEqual([
    { Item: item({ id: "a" }), ExistingItem: item({ id: "a" }) },
  ]);
});

test("reports hold only what was asked for", async () => {
  await make();
  await put({ id: "a" });
  await upload("orders/1.json", ["nonsense", line({ id: "a" }, ifNew)].join("\n"));
  const done = await run({ OutputS3Configuration: { S3Bucket: OUT, OutputType: ["ERROR"] } });
  expect(done).toMatchObject({ BulkOperationStatus: "COMPLETED_WITH_ERRORS", ProcessedItemCount: 2 });
  expect(Object.keys(await reports(s3))).toEqual(["error"]);
});

test("a long report is several files", async () => {
  await make();
  const filler = "x".repeat(390 * 1024);
  const lines = Array.from({ length: 30 }, (_, n) => line({ id: `i${n}`, filler }, ifNew));
  await upload("orders/1.json", lines.join("\n"));
  await upload("orders/2.json", lines.join("\n"));
  const done = await run();
  expect(done).toMatchObject({ BulkOperationStatus: "COMPLETED", ProcessedItemCount: 60 });
  const folder = `AWSDynamoDB/${done.BulkOperationArn?.split("/").at(-1)}`;
  const files = await read(s3, `${folder}/manifest-files.json`);
  expect(files).toMatchObject([{ itemCount: 25 }, { itemCount: 5 }]);
  expect((await reports(s3))["condition-check-failure"]).toHaveLength(30);
});

test("Ion is read too, with its conditions; the rest of a broken object is one error", async () => {
  await make();
  await put({ id: "b", n: 5 });
  const struct = (id: string, n: number) =>
    `{Item:{id:"${id}",n:${n}},ConditionExpression:"attribute_not_exists(#i) OR n < :n",` +
    `ExpressionAttributeNames:{'#i':"id"},ExpressionAttributeValues:{':n':${n}}}`;
  await upload("orders/1.ion.gz", gzipSync(["$ion_1_0", struct("a", 1), struct("b", 4)].join("\n")));
  await upload("orders/2.ion.gz", gzipSync(struct("c", 1)).subarray(0, 20));
  const done = await run({
    InputS3Configuration: {
      S3Bucket: IN,
      S3KeyPrefix: "orders/",
      InputFormat: "ION",
      InputCompressionType: "GZIP",
    },
  });
  expect(done).toMatchObject({ ProcessedItemCount: 3, FailedItemCount: 1 });
  expect(await contents()).toEqual([item({ id: "a", n: 1 }), item({ id: "b", n: 5 })]);
  const found = await reports(s3);
  expect(found["condition-check-failure"]).toHaveLength(1);
  expect(found.error).toMatchObject([{ S3Key: "orders/2.ion.gz", RecordNumber: 1 }]);
});

test("indexes and streams see what was put, and usage says how many bytes went where", async () => {
  await make({
    AttributeDefinitions: [{ AttributeName: "kind", AttributeType: "S" }],
    GlobalSecondaryIndexes: [
      { IndexName: "byKind", KeySchema: keySchema(["kind"]), Projection: { ProjectionType: "KEYS_ONLY" } },
    ],
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
  });
  const filler = "x".repeat(1000);
  const lines = Array.from({ length: 60 }, (_, n) => line({ id: `i${n}`, kind: "k", filler }));
  await upload("orders/1.json", lines.join("\n"));
  const done = await run();
  expect(done).toMatchObject({ BulkOperationStatus: "COMPLETED", ProcessedItemCount: 60 });
  const [usage] = done.BulkOperationUsage ?? [];
  const table = usage?.Table?.BulkPutBytes ?? 0;
  const index = usage?.GlobalSecondaryIndexes?.byKind?.BulkPutBytes ?? 0;
  expect(table).toBeGreaterThan(60 * 1000);
  expect(index).toBeLessThan(60 * 100);
  expect(usage).toMatchObject({ TableName, BulkPutBytes: table + index });
  const { Count } = await db.send(
    new QueryCommand({
      TableName,
      IndexName: "byKind",
      KeyConditionExpression: "kind = :k",
      ExpressionAttributeValues: { ":k": { S: "k" } },
    }),
  );
  expect(Count).toBe(60);
  const { Table } = await db.send(new DescribeTableCommand({ TableName }));
  expect(await changesIn(Table?.LatestStreamArn)).toBe(60);
});

test("bytes of vectors are counted apart", async () => {
  await make({ VectorIndexes: [index()] });
  const embedding = { L: vector(1, 2) };
  await upload("orders/1.json", JSON.stringify({ Item: { ...item({ id: "a" }), embedding } }));
  const [usage] = (await run()).BulkOperationUsage ?? [];
  expect(usage?.BulkPutBytes).toBe(usage?.Table?.BulkPutBytes);
  expect(usage?.VectorIndexes?.near?.BulkPutVectorBytes).toBeGreaterThan(0);
});

describe("what an operation may write in a second is kept to, and meanwhile it", () => {
  const filler = "x".repeat(390 * 1024);
  const large = (n: number) => line({ id: `i${n}`, filler });
  beforeEach(async () => {
    await make();
    const lines = Array.from({ length: 60 }, (_, n) => large(n));
    await upload("orders/1.json", lines.join("\n"));
  });

  test("goes on when there is room again", async () => {
    const { BulkOperationArn } = await start(db, { MaxWriteRequestUnits: 1024 });
    await nuage.idle();
    const early = await describeOperation(db, BulkOperationArn);
    expect(early).toMatchObject({
      BulkOperationStatus: "IN_PROGRESS",
      ProcessedItemCount: 25,
      MaxWriteRequestUnits: 1024,
    });
    expect(early.EndTime).toBeUndefined();
    await nuage.advance("1 minute");
    expect(await describeOperation(db, BulkOperationArn)).toMatchObject({
      BulkOperationStatus: "COMPLETED",
      ProcessedItemCount: 60,
    });
  });

  test("can be cancelled; what was written stays", async () => {
    const { BulkOperationArn } = await start(db, { MaxWriteRequestUnits: 1024 });
    await nuage.idle();
    const cancel = () => db.send(new CancelBulkOperationCommand({ BulkOperationArn }));
    expect(await cancel()).toMatchObject({ BulkOperationArn, BulkOperationStatus: "CANCELLING" });
    await nuage.idle();
    expect(await describeOperation(db, BulkOperationArn)).toMatchObject({
      BulkOperationStatus: "CANCELLED",
      ProcessedItemCount: 25,
      FailureCode: "Cancelled",
    });
    await nuage.advance("1 minute");
    const { Count } = await db.send(new ScanCommand({ TableName, Select: "COUNT" }));
    expect(Count).toBeGreaterThan(0);
    await expect(cancel()).rejects.toMatchObject({ name: "ValidationException" });
  });

  test("fails when its table is deleted, though another has its name", async () => {
    const { BulkOperationArn } = await start(db, { MaxWriteRequestUnits: 1024 });
    await nuage.idle();
    await db.send(new DeleteTableCommand({ TableName }));
    await make();
    await nuage.advance("1 minute");
    expect(await describeOperation(db, BulkOperationArn)).toMatchObject({
      BulkOperationStatus: "FAILED",
      FailureCode: "TableNotFound",
    });
    expect(await contents()).toEqual([]);
  });

  test("its table cannot be given a replica", async () => {
    const { BulkOperationArn } = await start(db, { MaxWriteRequestUnits: 1024 });
    await nuage.idle();
    const ReplicaUpdates = [{ Create: { RegionName: "eu-west-1" } }];
    const replicate = () => db.send(new UpdateTableCommand({ TableName, ReplicaUpdates }));
    await expect(replicate()).rejects.toMatchObject({ name: "ResourceInUseException" });
    await nuage.advance("1 minute");
    expect(await describeOperation(db, BulkOperationArn)).toMatchObject({
      BulkOperationStatus: "COMPLETED",
    });
    await replicate();
    await nuage.idle();
    await expect(start(db)).rejects.toMatchObject({
      name: "ValidationException",
      message: `Bulk put items is not supported for global tables: ${TableName}`,
    });
  });
});

test("a bucket that is not there fails the operation before anything is put", async () => {
  await make();
  await upload("orders/1.json", line({ id: "a" }));
  const OutputType = ["ERROR" as const];
  const noOutput = await run({ OutputS3Configuration: { S3Bucket: "nowhere", OutputType } });
  expect(noOutput).toMatchObject({ BulkOperationStatus: "FAILED", FailureCode: "S3NoSuchBucket" });
  expect(await contents()).toEqual([]);
  const InputFormat = "DYNAMODB_JSON";
  const noInput = await run({ InputS3Configuration: { S3Bucket: "nowhere", InputFormat } });
  expect(noInput).toMatchObject({ BulkOperationStatus: "FAILED", FailureCode: "S3NoSuchBucket" });
});
