// Faults on purpose, as a user of the test library meets them.
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
} from "@aws-sdk/client-kinesis";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { type Nuage, startNuage } from "nuage/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { TraceDetail } from "../src/observe/model.ts";
import { createFunction, invoke } from "./functions.fixture.ts";

let nuage: Nuage;
beforeEach(async () => {
  nuage = await startNuage();
});
afterEach(() => nuage.stop());

const TableName = "orders";
const put = (id: string) => new PutItemCommand({ TableName, Item: { id: { S: id } } });

async function makeTable(): Promise<DynamoDBClient> {
  const dynamodb = nuage.client(DynamoDBClient);
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    }),
  );
  return dynamodb;
}

const isThere = async (dynamodb: DynamoDBClient, id: string) =>
  (await dynamodb.send(new GetItemCommand({ TableName, Key: { id: { S: id } } }))).Item !== undefined;

test("a throttle strikes what it names, as often as it says, in the service's words", async () => {
  const dynamodb = await makeTable();
  const once = new DynamoDBClient({ ...(await configOf(dynamodb)), maxAttempts: 1 });
  const chaos = nuage.chaos({ kind: "throttle", target: "dynamodb.Put*", resource: TableName, times: 2 });
  await expect(once.send(put("a"))).rejects.toMatchObject({
    name: "ProvisionedThroughputExceededException",
    $metadata: { httpStatusCode: 400 },
  });
  expect(await isThere(dynamodb, "a")).toBe(false);
  // The SDK tries again, and meets the second.
  const { $metadata } = await dynamodb.send(put("a"));
  expect($metadata.attempts).toBe(2);
  expect(chaos.strikes()).toBe(2);
  once.destroy();
});

test("an error after its effect loses the answer, not the write, and says so in the trace", async () => {
  const dynamodb = await makeTable();
  const once = new DynamoDBClient({ ...(await configOf(dynamodb)), maxAttempts: 1 });
  const chaos = nuage.chaos({ kind: "error", target: "dynamodb.PutItem", afterEffect: true });
  await expect(once.send(put("b"))).rejects.toMatchObject({
    name: "InternalServerError",
    $metadata: { httpStatusCode: 500 },
  });
  chaos.stop();
  expect(await isThere(dynamodb, "b")).toBe(true);
  once.destroy();
  const failed = await (await fetch(`${nuage.endpoint}/_nuage/traces?failed=1`)).json();
  const { traceId } = (failed as { traces: { traceId: string }[] }).traces[0] ?? { traceId: "" };
  const trace = (await (await fetch(`${nuage.endpoint}/_nuage/traces/${traceId}`)).json()) as TraceDetail;
  expect(trace.spans.map(({ kind, status }) => [kind, status]).sort()).toEqual([
    ["call", "fault"],
    ["chaos", "ok"],
  ]);
});

test("a fault has the code and wording that the rule gives, over XML too", async () => {
  const s3 = nuage.client(S3Client);
  await s3.send(new CreateBucketCommand({ Bucket: "photos" }));
  nuage.chaos({ kind: "error", target: "s3.PutObject", code: "Weird", message: "On purpose.", status: 418 });
  await expect(
    s3.send(new PutObjectCommand({ Bucket: "photos", Key: "k", Body: "x" })),
  ).rejects.toMatchObject({
    name: "Weird",
    message: "On purpose.",
    $metadata: { httpStatusCode: 418 },
  });
});

test("a delay passes on the platform's clock", async () => {
  const dynamodb = await makeTable();
  nuage.chaos({ kind: "delay", target: "dynamodb.PutItem", delayMs: 3_600_000, times: 1 });
  let done = false;
  const sent = dynamodb.send(put("c")).then(() => {
    done = true;
  });
  while (nuage.clock.nextDue() === undefined || !(await waits())) await nuage.idle();
  expect(done).toBe(false);
  await nuage.advance("1 hour");
  await sent;
  expect(await isThere(dynamodb, "c")).toBe(true);

  async function waits() {
    const answer = await fetch(`${nuage.endpoint}/_nuage/chaos`);
    return ((await answer.json()) as { rules: unknown[] }).rules.length === 0;
  }
});

test("a message that was deleted comes again, and one comes late", async () => {
  const sqs = nuage.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "work" }));
  const receive = async () => (await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages ?? [];
  nuage.chaos({ kind: "duplicate", target: "work", times: 2 });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "twice" }));
  for (let round = 0; round < 3; round++) {
    const [message] = await receive();
    expect(message?.Body).toBe("twice");
    const ReceiptHandle = message?.ReceiptHandle;
    if (round) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    else await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: [{ Id: "1", ReceiptHandle }] }));
  }
  expect(await receive()).toEqual([]);
  nuage.chaos({ kind: "late", target: "work", delayMs: 60_000 });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "late" }));
  await nuage.advance(59_000);
  expect(await receive()).toEqual([]);
  await nuage.advance(1_000);
  expect((await receive()).map(({ Body }) => Body)).toEqual(["late"]);
});

test("a function crashes while it runs, an event comes twice, and another late", async () => {
  const lambda = nuage.client(LambdaClient);
  const code = "export const handler = async ({ n }) => { console.log('ran', n); return 1; };";
  await createFunction(lambda, "worker", code);
  const crash = nuage.chaos({ kind: "crash", target: "worker", times: 1 });
  const crashed = await invoke(lambda, "worker", { n: 0 });
  expect(crashed.FunctionError).toBe("Unhandled");
  expect(JSON.parse(String(crashed.Payload?.transformToString()))).toMatchObject({
    errorType: "Runtime.ExitError",
    errorMessage: expect.stringContaining("signal: killed"),
  });
  expect(crash.strikes()).toBe(1);

  const send = (n: number) => invoke(lambda, "worker", { n }, "Event");
  nuage.chaos({ kind: "duplicate", target: "worker", times: 1 });
  await send(1);
  await nuage.idle();
  expect(await ran(1)).toBe(2);
  nuage.chaos({ kind: "late", target: "worker", delayMs: 60_000, times: 1 });
  await send(2);
  await nuage.idle();
  expect(await ran(2)).toBe(0);
  await nuage.advance("1 minute");
  expect(await ran(2)).toBe(1);

  async function ran(n: number) {
    const page = await (
      await fetch(`${nuage.endpoint}/_nuage/logs?function=worker&filter=ran%20${n}`)
    ).json();
    return (page as { lines: unknown[] }).lines.length;
  }
});

test("a shard cannot be read, and can again", async () => {
  const kinesis = new KinesisClient({ ...(await configOf(nuage.client(KinesisClient))), maxAttempts: 1 });
  const StreamName = "clicks";
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }));
  await nuage.advance("10 s");
  const read = async (ShardId: string) => {
    const asked = { StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" } as const;
    const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(asked));
    return kinesis.send(new GetRecordsCommand({ ShardIterator }));
  };
  nuage.chaos({ kind: "unavailable", target: StreamName, resource: "shardId-000000000001", forMs: 60_000 });
  await read("shardId-000000000000");
  await expect(read("shardId-000000000001")).rejects.toMatchObject({
    name: "InternalFailure",
    $metadata: { httpStatusCode: 500 },
  });
  await nuage.advance("1 minute");
  await read("shardId-000000000001");
  kinesis.destroy();
});

test("rules are listed and ended, and one that makes no sense is refused", async () => {
  const address = `${nuage.endpoint}/_nuage/chaos`;
  const add = (rule: unknown) => fetch(address, { method: "POST", body: JSON.stringify(rule) });
  const list = async () => ((await (await fetch(address)).json()) as { rules: object[] }).rules;
  const made = (await (await add({ kind: "delay", target: "sqs", forMs: 60_000 })).json()) as { id: string };
  expect(await list()).toMatchObject([{ id: made.id, kind: "delay", target: "sqs", strikes: 0 }]);
  await nuage.advance(60_001);
  expect(await list()).toEqual([]);
  for (const wrong of [
    null,
    {},
    { kind: "flood" },
    { kind: "delay", rate: 0 },
    { kind: "delay", speed: 1 },
  ]) {
    const answer = await add(wrong);
    expect([answer.status, await answer.json()]).toEqual([400, { message: expect.any(String) }]);
  }
  await add({ kind: "error" });
  expect((await fetch(`${address}?id=nobody`, { method: "DELETE" })).status).toBe(404);
  expect(await (await fetch(address, { method: "DELETE" })).json()).toEqual({ removed: 1 });
});

test("rules of the start hold again after a reset", async () => {
  const strict = await startNuage({ chaos: ["throttle sqs.CreateQueue"] });
  const sqs = new SQSClient({ ...(await configOf(strict.client(SQSClient))), maxAttempts: 1 });
  const create = () => sqs.send(new CreateQueueCommand({ QueueName: "q" }));
  await expect(create()).rejects.toMatchObject({ name: "RequestThrottled" });
  await fetch(`${strict.endpoint}/_nuage/chaos`, { method: "DELETE" });
  await create();
  await strict.reset();
  await expect(create()).rejects.toMatchObject({ name: "RequestThrottled" });
  sqs.destroy();
  await strict.stop();
});

/** What a client was made with, to make another. */
async function configOf(client: { config: object }) {
  const { endpoint, region, credentials } = client.config as never as {
    endpoint: () => Promise<{ protocol: string; hostname: string; port: number }>;
    region: () => Promise<string>;
    credentials: () => Promise<{ accessKeyId: string; secretAccessKey: string }>;
  };
  const { protocol, hostname, port } = await endpoint();
  return {
    endpoint: `${protocol}//${hostname}:${port}`,
    region: await region(),
    credentials: await credentials(),
  };
}
