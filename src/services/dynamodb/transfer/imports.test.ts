import { gzipSync } from "node:zlib";
import {
  DescribeImportCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ImportTableCommand,
  type ImportTableCommandInput,
  ListImportsCommand,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { client, item } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";

const Bucket = "incoming";

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
  await s3.send(new CreateBucketCommand({ Bucket }));
});

const upload = (Key: string, Body: string | Uint8Array) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body }));

/** Imports into the table `orders`, and gives what became of it. */
async function bring(input: Partial<ImportTableCommandInput>) {
  const { ImportTableDescription } = await db.send(
    new ImportTableCommand({
      S3BucketSource: { S3Bucket: Bucket, S3KeyPrefix: "orders/" },
      InputFormat: "DYNAMODB_JSON",
      TableCreationParameters: {
        TableName: "orders",
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: [
          { AttributeName: "id", KeyType: "HASH" },
          { AttributeName: "n", KeyType: "RANGE" },
        ],
        AttributeDefinitions: [
          { AttributeName: "id", AttributeType: "S" },
          { AttributeName: "n", AttributeType: "N" },
        ],
      },
      ...input,
    }),
  );
  expect(ImportTableDescription?.ImportStatus).toBe("IN_PROGRESS");
  await nuage.idle();
  const ImportArn = ImportTableDescription?.ImportArn;
  return (await db.send(new DescribeImportCommand({ ImportArn }))).ImportTableDescription;
}

async function contents() {
  const { Items = [] } = await db.send(new ScanCommand({ TableName: "orders" }));
  return Items.sort((one, other) => ((one.id?.S ?? "") < (other.id?.S ?? "") ? -1 : 1));
}

test("lines of DynamoDB JSON become items; those that cannot be are counted", async () => {
  const lines = [
    '{"Item":{"id":{"S":"a"},"n":{"N":"1"},"bin":{"B":"AQI="}}}',
    '{"Item":{"id":{"S":"b"},"n":{"N":"2.50"},"tags":{"SS":["x","y"]}}}',
    '{"Item":{"id":{"S":"c"}}}',
    "nonsense",
  ];
  await upload("orders/one.json.gz", gzipSync(lines.join("\n")));
  await upload("other/two.json.gz", gzipSync(lines.join("\n")));
  const done = await bring({ InputCompressionType: "GZIP" });
  expect(done).toMatchObject({
    ImportStatus: "COMPLETED",
    ProcessedItemCount: 4,
    ImportedItemCount: 2,
    ErrorCount: 2,
  });
  expect(await contents()).toEqual([
    { id: { S: "a" }, n: { N: "1" }, bin: { B: new Uint8Array([1, 2]) } },
    { id: { S: "b" }, n: { N: "2.5" }, tags: { SS: ["x", "y"] } },
  ]);
  const { Table } = await db.send(new DescribeTableCommand({ TableName: "orders" }));
  expect(Table).toMatchObject({ TableStatus: "ACTIVE", ItemCount: 2 });
  await db.send(new PutItemCommand({ TableName: "orders", Item: item({ id: "z", n: 1 }) }));
  const { ImportSummaryList } = await db.send(new ListImportsCommand({}));
  expect(ImportSummaryList).toMatchObject([{ ImportArn: done?.ImportArn, ImportStatus: "COMPLETED" }]);
});

test("rows of CSV become items, their keys of the types defined, all else strings", async () => {
  await upload(
    "orders/rows.csv",
    'id;n;note\na;1;"semi;colon ""quoted"""\nb;2;"two\nlines"\nc;x;bad\nd;4;\n',
  );
  const done = await bring({ InputFormat: "CSV", InputFormatOptions: { Csv: { Delimiter: ";" } } });
  expect(done).toMatchObject({ ImportStatus: "COMPLETED", ImportedItemCount: 3, ErrorCount: 1 });
  expect(await contents()).toEqual([
    { id: { S: "a" }, n: { N: "1" }, note: { S: 'semi;colon "quoted"' } },
    { id: { S: "b" }, n: { N: "2" }, note: { S: "two\nlines" } },
    { id: { S: "d" }, n: { N: "4" } },
  ]);
});

test("without its bucket an import fails, and says so", async () => {
  const done = await bring({ S3BucketSource: { S3Bucket: "nowhere" } });
  expect(done).toMatchObject({ ImportStatus: "FAILED", FailureCode: "S3NoSuchBucket" });
});
