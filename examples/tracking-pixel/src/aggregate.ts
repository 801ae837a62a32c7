// Keeps every visit in the bucket, and counts them by page and minute. Lambda hands the counts from one batch
// of a window to the next; they are written once, when the window is over.
// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Visit } from "./visit.ts";

const dynamodb = new DynamoDBClient();
const s3 = new S3Client();

interface WindowEvent {
  readonly Records: readonly {
    readonly kinesis: { readonly data: string; readonly sequenceNumber: string };
  }[];
  readonly window: { readonly start: string };
  readonly state: Readonly<Record<string, number>>;
  readonly shardId: string;
  readonly isFinalInvokeForWindow: boolean;
}

export async function handler(event: WindowEvent): Promise<{ state: Record<string, number> }> {
  const { Records, shardId, window, isFinalInvokeForWindow } = event;
  const visits = Records.map(({ kinesis }) => Buffer.from(kinesis.data, "base64").toString());
  const counts = { ...event.state };
  for (const text of visits) {
    const { page } = JSON.parse(text) as Visit;
    counts[page] = (counts[page] ?? 0) + 1;
  }
  const first = Records[0]?.kinesis.sequenceNumber;
  if (first !== undefined) await archive(`${window.start.slice(0, 10)}/${first}.ndjson`, visits);
  if (!isFinalInvokeForWindow) return { state: counts };
  // Named by its window and shard: written twice it is the same.
  const minute = `${window.start} ${shardId}`;
  for (const [page, visited] of Object.entries(counts)) {
    const Item = { page: { S: page }, minute: { S: minute }, visited: { N: String(visited) } };
    await dynamodb.send(new PutItemCommand({ TableName: process.env.COUNTS, Item }));
  }
  console.log(`${minute}:`, counts);
  return { state: {} };
}

async function archive(key: string, visits: readonly string[]): Promise<void> {
  const Body = `${visits.join("\n")}\n`;
  await s3.send(
    new PutObjectCommand({
      Bucket: process.env.ARCHIVE,
      Key: key,
      Body,
      ContentType: "application/x-ndjson",
    }),
  );
}
