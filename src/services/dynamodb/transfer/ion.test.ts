import { gunzipSync, gzipSync } from "node:zlib";
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DescribeExportCommand,
  DescribeImportCommand,
  type DynamoDBClient,
  ExportTableToPointInTimeCommand,
  ImportTableCommand,
  type ImportTableCommandInput,
  ScanCommand,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import fc from "fast-check";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { client, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";
import { checkItem } from "../values/validate.ts";
import type { Item } from "../values/value.ts";
import { ionItems } from "./ion-read.ts";
import { ionItemLine } from "./ion-write.ts";

async function read(...lines: string[]) {
  const items: unknown[] = [];
  async function* all() {
    yield* lines;
  }
  for await (const one of ionItems(all())) items.push(one);
  return items;
}

const items: Record<string, AttributeValue>[] = [
  {
    id: { S: 'quoted "text"\n' },
    "odd 'na\"me": { S: "é" },
    null: { NULL: true },
    whole: { N: "103" },
    round: { N: "-60000" },
    part: { N: "0.5" },
    yes: { BOOL: true },
    bytes: { B: Uint8Array.of(1, 2, 255) },
    list: { L: [{ S: "a" }, { M: { deep: { L: [] } } }] },
    texts: { SS: ["a", "b"] },
    numbers: { NS: ["1", "200"] },
    binaries: { BS: [Uint8Array.of(0)] },
  },
  { id: { S: "second" }, empty: { M: {} } },
];

describe("Ion's text", () => {
  test("is as AWS's exports have it", () => {
    const book = {
      Id: { N: "103" },
      PageCount: { N: "600" },
      Title: { S: "Book" },
      InPublication: { BOOL: false },
    };
    expect(ionItemLine(book)).toBe(
      '$ion_1_0 {Item:{Id:103.,PageCount:6d2,Title:"Book",InPublication:false}}\n',
    );
    expect(ionItemLine({ Authors: { SS: ["A", "B"] }, n: { N: "0" } })).toBe(
      '$ion_1_0 {Item:{Authors:$dynamodb_SS::["A","B"],n:0.}}\n',
    );
  });

  test("is read as it was written", async () => {
    const all = await read(...items.map(ionItemLine));
    expect(all.map((one) => checkItem(one as Item))).toEqual(items);
    const value = fc.oneof(
      fc.record({ S: fc.string({ unit: "binary" }) }),
      fc.record({ BOOL: fc.boolean() }),
      fc.record({ B: fc.uint8Array({ maxLength: 8 }) }),
      fc.record({ L: fc.array(fc.record({ S: fc.string() }), { maxLength: 3 }) }),
    );
    const item = fc.dictionary(fc.string({ unit: "grapheme", minLength: 1 }), value, {
      maxKeys: 5,
      noNullPrototype: true,
    });
    await fc.assert(
      fc.asyncProperty(item, async (one) => {
        expect(await read(ionItemLine(one as Record<string, AttributeValue>))).toEqual([one]);
      }),
      { numRuns: 200 },
    );
  });

  test("may be spread over lines, with comments, long strings and other numbers", async () => {
    const lines = [
      "$ion_1_0",
      "{ // an item",
      "  Item: {",
      "    'id': \"a\", /* of several",
      "    lines */ n: 1_000, d: 1.50d-2, e: 2e3,",
      "    text: '''one ''' '''two''', none: null.string,",
      "  },",
      "}",
      '{Item:{id:"b"}} {Item:{id:"c"}}',
    ];
    expect(await read(...lines)).toEqual([
      {
        id: { S: "a" },
        n: { N: "1000" },
        d: { N: "1.50e-2" },
        e: { N: "2e3" },
        text: { S: "one two" },
        none: { NULL: true },
      },
      { id: { S: "b" } },
      { id: { S: "c" } },
    ]);
  });

  test("that is none is given up line by line, without an end", async () => {
    const wrong = [
      ")",
      "{Item:{a:2007-01-01T}}",
      "{Item:[1 2]}",
      '{Item:{a:"\\U00110000"}}',
      "{Item:{a:(x)}}",
    ];
    for (const line of wrong)
      expect(await read(line, '{Item:{id:"b"}}')).toEqual([undefined, { id: { S: "b" } }]);
    expect(await read('{Item:{id:"a"')).toEqual([undefined]);
    expect(await read(`{Item:${"[".repeat(10_000)}`)).toEqual([undefined]);
    expect(await read('{Other:{id:"a"}}')).toEqual([undefined]);
  });
});

describe("tables", () => {
  const Bucket = "moved";
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

  async function bring(more: Partial<ImportTableCommandInput>) {
    const { ImportTableDescription } = await db.send(
      new ImportTableCommand({
        S3BucketSource: { S3Bucket: Bucket },
        InputFormat: "ION",
        TableCreationParameters: {
          TableName: "copy",
          BillingMode: "PAY_PER_REQUEST",
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
          AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        },
        ...more,
      }),
    );
    await nuage.idle();
    const ImportArn = ImportTableDescription?.ImportArn;
    return (await db.send(new DescribeImportCommand({ ImportArn }))).ImportTableDescription;
  }
  const scan = async (TableName: string) => (await db.send(new ScanCommand({ TableName }))).Items;

  test("are exported to Ion, and imported from it as they were", async () => {
    await makeTable(db, "orders", ["id"]);
    await db.send(
      new UpdateContinuousBackupsCommand({
        TableName: "orders",
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      }),
    );
    const requests = items.map((Item) => ({ PutRequest: { Item } }));
    await db.send(new BatchWriteItemCommand({ RequestItems: { orders: requests } }));
    await nuage.advance(1_000);
    const TableArn = "arn:aws:dynamodb:us-east-1:000000000000:table/orders";
    const started = await db.send(
      new ExportTableToPointInTimeCommand({ TableArn, S3Bucket: Bucket, ExportFormat: "ION" }),
    );
    await nuage.idle();
    const ExportArn = started.ExportDescription?.ExportArn;
    const { ExportDescription } = await db.send(new DescribeExportCommand({ ExportArn }));
    expect(ExportDescription).toMatchObject({ ExportStatus: "COMPLETED", ExportFormat: "ION", ItemCount: 2 });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    const Key = Contents.find((one) => one.Key?.endsWith(".ion.gz"))?.Key;
    const file = await s3.send(new GetObjectCommand({ Bucket, Key }));
    const text = gunzipSync((await file.Body?.transformToByteArray()) ?? new Uint8Array()).toString();
    expect(text).toMatch(/^\$ion_1_0 \{Item:\{/);
    const S3KeyPrefix = Key?.replace(/[^/]+$/, "");
    const done = await bring({
      S3BucketSource: { S3Bucket: Bucket, S3KeyPrefix },
      InputCompressionType: "GZIP",
    });
    expect(done).toMatchObject({ ImportStatus: "COMPLETED", ImportedItemCount: 2, ErrorCount: 0 });
    expect(await scan("copy")).toEqual(await scan("orders"));
  });

  test("are imported from Zstandard", async () => {
    const packed =
      "KLUv/QRovQEAEsMJEKCrA5F9v/EMdwfvHgmq4HkHZObX0h1ycSdjZ4fc3MvYkRr7SjfGBAAIk5gDrQQnTGiqDKLzzGY=";
    const Body = Buffer.from(packed, "base64");
    await s3.send(new PutObjectCommand({ Bucket, Key: "orders.json.zst", Body }));
    const done = await bring({ InputFormat: "DYNAMODB_JSON", InputCompressionType: "ZSTD" });
    expect(done).toMatchObject({ ImportStatus: "COMPLETED", ImportedItemCount: 2, ErrorCount: 0 });
    const text = { S: "a".repeat(56) };
    expect(await scan("copy")).toEqual(
      expect.arrayContaining([
        { id: { S: "a" }, n: { N: "1" }, text },
        { id: { S: "b" }, n: { N: "1" }, text },
      ]),
    );
  });

  test.each(["GZIP", "ZSTD"] as const)("count a file that is no %s as one error", async (kind) => {
    const whole = gzipSync('{"Item":{"id":{"S":"a"}}}\n');
    await s3.send(new PutObjectCommand({ Bucket, Key: "cut", Body: whole.subarray(0, whole.length - 6) }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "other", Body: "no such thing" }));
    const done = await bring({ InputFormat: "DYNAMODB_JSON", InputCompressionType: kind });
    expect(done?.ImportStatus).toBe("COMPLETED");
    expect(done?.ErrorCount).toBeGreaterThanOrEqual(2);
  });
});
