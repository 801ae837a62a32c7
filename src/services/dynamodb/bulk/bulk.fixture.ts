import { gunzipSync } from "node:zlib";
import {
  DescribeBulkOperationCommand,
  type DynamoDBClient,
  StartBulkPutItemsCommand,
  type StartBulkPutItemsCommandInput,
} from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";

export const IN = "incoming";
export const OUT = "outgoing";
export const TableName = "orders";

/** Begins to put what lies under `orders/` into the table, with reports of both kinds. */
export async function start(db: DynamoDBClient, more: Partial<StartBulkPutItemsCommandInput> = {}) {
  const { BulkOperationDescription } = await db.send(
    new StartBulkPutItemsCommand({
      TableName,
      InputS3Configuration: { S3Bucket: IN, S3KeyPrefix: "orders/", InputFormat: "DYNAMODB_JSON" },
      OutputS3Configuration: { S3Bucket: OUT, OutputType: ["ERROR", "CONDITION_CHECK_FAILURE"] },
      ...more,
    }),
  );
  return BulkOperationDescription ?? {};
}

export async function describeOperation(db: DynamoDBClient, BulkOperationArn: string | undefined) {
  const command = new DescribeBulkOperationCommand({ BulkOperationArn });
  return (await db.send(command)).BulkOperationDescription ?? {};
}

/** What a file in the bucket of the output holds, line by line. */
export async function read(s3: S3Client, Key: string): Promise<unknown[]> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: OUT, Key }));
  const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array(0);
  const text = Buffer.from(Key.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
  return text
    .split("\n")
    .filter((one) => one !== "")
    .map((one) => JSON.parse(one));
}

/** What the reports say, by the folder below the operation's. */
export async function reports(s3: S3Client): Promise<Record<string, unknown[]>> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: OUT }));
  const found: Record<string, unknown[]> = {};
  for (const { Key = "" } of Contents) {
    const folder = Key.split("/").at(-2) ?? "";
    if (Key.endsWith(".gz")) found[folder] = [...(found[folder] ?? []), ...(await read(s3, Key))];
  }
  return found;
}
