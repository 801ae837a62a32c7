// A platform with functions that write down what they are given, and do what the test tells them to.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { CreateStreamCommand, KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { strToU8, zipSync } from "fflate";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll } from "vitest";
import type { Store } from "../src/store/store.ts";

/** What a probe does with a batch, by texts that its records' contents hold. */
export interface Plan {
  /** The invocation fails when a record holds one of these. */
  readonly poison?: readonly string[];
  /** Records that hold one of these are told as failed. */
  readonly partial?: readonly string[];
  /** Only the first record that holds one of `partial` is told, and what follows it is not looked at. */
  readonly answer?: unknown;
  /** Tumbling windows: the state counts records. */
  readonly counts?: boolean;
  readonly waitMs?: number;
}

/** One invocation as the probe saw it. */
export interface Seen {
  readonly request: string;
  readonly event: SeenEvent;
  readonly texts: readonly string[];
  readonly failed: boolean;
}

export interface SeenEvent {
  readonly Records: readonly Record<string, unknown>[];
  readonly window?: { readonly start: string; readonly end: string };
  readonly state?: unknown;
  readonly shardId?: string;
  readonly isFinalInvokeForWindow?: boolean;
  readonly isWindowTerminatedEarly?: boolean;
}

/** A source whose records have a key and a text. */
export interface Source {
  readonly arn: string;
  put(key: string, text: string): Promise<void>;
}

export interface Table extends Source {
  readonly name: string;
}

export interface Stream extends Source {
  readonly name: string;
  /** All in one request. */
  putAll(entries: readonly (readonly [key: string, text: string])[]): Promise<void>;
}

/** CommonJS: a module of the function's own that needs no SDK, so that it starts at once. */
const PROBE = `
const { appendFileSync, readFileSync } = require("node:fs");
const textOf = (record) =>
  record.body ?? (record.kinesis
    ? Buffer.from(record.kinesis.data, "base64").toString()
    : (record.dynamodb?.NewImage?.text?.S ?? JSON.stringify(record.dynamodb?.Keys ?? record)));
const idOf = (record) => record.messageId ?? (record.kinesis ?? record.dynamodb).sequenceNumber ??
  record.dynamodb.SequenceNumber;
exports.handler = async (event, context) => {
  let plan = {};
  try { plan = JSON.parse(readFileSync(process.env.PLAN, "utf8")); } catch {}
  const texts = event.Records.map(textOf);
  const holds = (list) => texts.map((text) => (list ?? []).some((part) => text.includes(part)));
  const failed = holds(plan.poison).includes(true);
  const seen = { request: context.awsRequestId, event, texts, failed };
  appendFileSync(process.env.SEEN, JSON.stringify(seen) + "\\n");
  if (plan.waitMs) await new Promise((resolve) => setTimeout(resolve, plan.waitMs));
  if (failed) throw new TypeError("poisoned by " + texts.join(" "));
  if (plan.answer !== undefined) return plan.answer;
  const count = (event.state?.count ?? 0) + event.Records.length;
  const state = { count, pad: plan.pad ? "x".repeat(plan.pad) : "" };
  const told = event.Records.filter((_, n) => holds(plan.partial)[n]);
  const items = told.map((record) => ({ itemIdentifier: idOf(record) }));
  return { batchItemFailures: items, ...(plan.counts ? { state } : {}) };
};`;

export interface Probe {
  readonly name: string;
  readonly arn: string;
  plan(plan: Plan & { readonly pad?: number }): void;
  /** All invocations so far, the oldest first. */
  seen(): Seen[];
  /** The texts of each invocation. */
  texts(): (readonly string[])[];
}

export interface TestSources {
  nuage: Nuage;
  lambda: LambdaClient;
  sqs: SQSClient;
  dynamodb: DynamoDBClient;
  kinesis: KinesisClient;
  probe(more?: Partial<CreateFunctionCommandInput>): Promise<Probe>;
  /** Makes a mapping and waits until it runs; gives its UUID. */
  map(probe: Probe, sourceArn: string, more?: Partial<CreateEventSourceMappingCommandInput>): Promise<string>;
  /** Deletes a mapping, and waits until it is gone. */
  unmap(uuid: string): Promise<void>;
  mapping(uuid: string): Promise<Record<string, unknown>>;
  /** A table with the key `id` and a stream of new images. */
  table(): Promise<Table>;
  stream(shards?: number): Promise<Stream>;
  queue(attributes?: Record<string, string>, fifo?: boolean): Promise<{ url: string; arn: string }>;
  send(url: string, body: string, more?: Partial<SendMessageCommandInput>): Promise<string>;
  /** What lies visible in a queue, taken out of it. */
  drain(url: string): Promise<string[]>;
  /** Lets what is under way come to rest, and turns the clock then. */
  turn(durationMs: number): Promise<void>;
  /** [visible, in flight] */
  counts(url: string): Promise<[number, number]>;
}

export const ROLE = "arn:aws:iam::000000000000:role/lambda";

/** The same chances every time: a linear congruence, as good as any here. */
export function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

let wrapStore: ((store: Store) => Store) | undefined;

/** Has every platform that is started from here on stand on a store wrapped like this. */
export function onStores(wrap: (store: Store) => Store): void {
  wrapStore = wrap;
}

let atPace = false;

/** Has every platform that is started from here on keep to AWS's pace. */
export function fidelity(): void {
  atPace = true;
}

let serial = 0;

export function useSources(): TestSources {
  const test = {} as TestSources;
  const folder = mkdtempSync(join(tmpdir(), "nuage-sources-"));
  beforeAll(async () => {
    test.nuage = await startNuage({
      ...(wrapStore ? { parts: { wrapStore } } : {}),
      ...(atPace ? { fidelity: true, seed: 1 } : {}),
    });
    fill(test, folder);
  });
  afterAll(async () => {
    await test.nuage.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return test;
}

/** The words of a test that runs on a platform. */
export function fill(test: TestSources, folder: string): void {
  const { nuage } = test;
  test.lambda = nuage.client(LambdaClient);
  test.sqs = nuage.client(SQSClient);
  test.dynamodb = nuage.client(DynamoDBClient);
  test.kinesis = nuage.client(KinesisClient);
  const { lambda, sqs } = test;
  test.probe = async (more = {}) => {
    const name = more.FunctionName ?? `probe-${++serial}`;
    const files = { plan: join(folder, `${name}.plan`), seen: join(folder, `${name}.seen`) };
    appendFileSync(files.seen, "");
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Role: ROLE,
        Code: { ZipFile: zipSync({ "index.js": strToU8(PROBE) }) },
        Environment: { Variables: { PLAN: files.plan, SEEN: files.seen } },
        ...more,
      }),
    );
    const seen = (): Seen[] =>
      readFileSync(files.seen, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Seen);
    return {
      name,
      arn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
      plan: (plan) => writeFileSync(files.plan, JSON.stringify(plan)),
      seen,
      texts: () => seen().map(({ texts }) => texts),
    };
  };
  test.turn = async (durationMs) => {
    await nuage.idle();
    await nuage.advance(durationMs);
  };
  test.map = async (probe, EventSourceArn, more = {}) => {
    const command = new CreateEventSourceMappingCommand({
      FunctionName: probe.name,
      EventSourceArn,
      ...more,
    });
    const { UUID = "" } = await lambda.send(command);
    await nuage.idle();
    return UUID;
  };
  test.unmap = async (UUID) => {
    await lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
    await nuage.idle();
  };
  test.mapping = async (UUID) =>
    (await lambda.send(new GetEventSourceMappingCommand({ UUID }))) as unknown as Record<string, unknown>;
  test.table = async () => {
    const TableName = `table-${++serial}`;
    const { TableDescription } = await test.dynamodb.send(
      new CreateTableCommand({
        TableName,
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
        StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
      }),
    );
    return {
      name: TableName,
      arn: TableDescription?.LatestStreamArn ?? "",
      async put(key, text) {
        const Item = { id: { S: key }, text: { S: text } };
        await test.dynamodb.send(new PutItemCommand({ TableName, Item }));
      },
    };
  };
  test.stream = async (ShardCount = 1) => {
    const StreamName = `stream-${++serial}`;
    await test.kinesis.send(new CreateStreamCommand({ StreamName, ShardCount }));
    await nuage.idle();
    const putAll = async (entries: readonly (readonly [string, string])[]) => {
      const Records = entries.map(([PartitionKey, text]) => ({ PartitionKey, Data: strToU8(text) }));
      await test.kinesis.send(new PutRecordsCommand({ StreamName, Records }));
    };
    return {
      name: StreamName,
      arn: `arn:aws:kinesis:us-east-1:000000000000:stream/${StreamName}`,
      putAll,
      put: (key, text) => putAll([[key, text]]),
    };
  };
  test.queue = async (attributes = {}, fifo = false) => {
    const QueueName = `queue-${++serial}${fifo ? ".fifo" : ""}`;
    const Attributes = { ...(fifo ? { FifoQueue: "true" } : {}), ...attributes };
    const { QueueUrl: url = "" } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    return { url, arn: `arn:aws:sqs:us-east-1:000000000000:${QueueName}` };
  };
  test.send = async (QueueUrl, MessageBody, more = {}) =>
    (await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }))).MessageId ?? "";
  test.drain = async (QueueUrl) => {
    const bodies: string[] = [];
    for (;;) {
      const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 });
      const { Messages = [] } = await sqs.send(command);
      if (Messages.length === 0) return bodies;
      bodies.push(...Messages.map(({ Body = "" }) => Body));
      const Entries = Messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
  };
  test.counts = async (QueueUrl) => {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
    );
    const { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: hidden } =
      Attributes;
    return [Number(visible), Number(hidden)];
  };
}

/** How a call was refused: "none" when it was not. */
export async function refusal(call: Promise<unknown>) {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, message, status: $metadata?.httpStatusCode };
  }
  return { name: "none", message: "the call succeeded", status: 200 };
}
