// One platform for a test file, and short words for what tests of pipes do over and over.
import { CreateStreamCommand, KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreatePipeCommand,
  type CreatePipeCommandInput,
  DescribePipeCommand,
  type DescribePipeCommandOutput,
  PipesClient,
} from "@aws-sdk/client-pipes";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { strToU8, zipSync } from "fflate";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll } from "vitest";
import type { Store } from "../../store/store.ts";

let wrapStore: ((store: Store) => Store) | undefined;

/** Has every platform that is started from here on stand on a store wrapped like this. */
export function onStores(wrap: (store: Store) => Store): void {
  wrapStore = wrap;
}

export interface Queue {
  readonly url: string;
  readonly arn: string;
}

export interface TestPipes {
  nuage: Nuage;
  pipes: PipesClient;
  sqs: SQSClient;
  kinesis: KinesisClient;
  queue(attributes?: Record<string, string>): Promise<Queue>;
  stream(shards?: number): Promise<string>;
  /** Puts records whose partition key is their first letter. */
  put(streamArn: string, ...data: string[]): Promise<void>;
  /** A function in JavaScript whose handler has this body; gives its ARN. */
  function(body: string): Promise<string>;
  /** Makes a pipe, waits until it runs, and gives its name. */
  pipe(source: string, target: string, more?: Partial<CreatePipeCommandInput>): Promise<string>;
  describe(name: string): Promise<DescribePipeCommandOutput>;
  send(queue: Queue, ...bodies: string[]): Promise<void>;
  /** Everything in a queue once the platform has come to rest, taken out of it. */
  messages(queue: Queue): Promise<Message[]>;
  bodies(queue: Queue): Promise<string[]>;
  advance(durationMs: number): Promise<void>;
}

export const ROLE = "arn:aws:iam::000000000000:role/pipe";

let counter = 0;
export const fresh = (word: string) => `${word}-${++counter}`;

export function usePipes(): TestPipes {
  const test = {} as TestPipes;
  beforeAll(async () => {
    test.nuage = await startNuage(wrapStore ? { parts: { wrapStore } } : {});
    test.pipes = test.nuage.client(PipesClient);
    test.sqs = test.nuage.client(SQSClient);
    test.kinesis = test.nuage.client(KinesisClient);
  });
  afterAll(() => test.nuage.stop());
  useSources(test);
  test.function = async (body) => {
    const FunctionName = fresh("function");
    const code = `exports.handler = async (event) => { ${body} };`;
    const { FunctionArn = "" } = await test.nuage.client(LambdaClient).send(
      new CreateFunctionCommand({
        FunctionName,
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Role: ROLE,
        Code: { ZipFile: zipSync({ "index.js": strToU8(code) }) },
      }),
    );
    return FunctionArn;
  };
  test.pipe = async (Source, Target, more = {}) => {
    const Name = more.Name ?? fresh("pipe");
    await test.pipes.send(new CreatePipeCommand({ Name, Source, Target, RoleArn: ROLE, ...more }));
    await test.nuage.idle();
    return Name;
  };
  test.describe = (Name) => test.pipes.send(new DescribePipeCommand({ Name }));
  test.bodies = async (queue) => (await test.messages(queue)).map(({ Body = "" }) => Body);
  test.advance = async (durationMs) => {
    await test.nuage.idle();
    await test.nuage.advance(durationMs);
  };
  return test;
}

function useSources(test: TestPipes): void {
  test.queue = async (Attributes = {}) => {
    const name = fresh("queue") + (Attributes.FifoQueue ? ".fifo" : "");
    const { QueueUrl: url = "" } = await test.sqs.send(
      new CreateQueueCommand({ QueueName: name, Attributes }),
    );
    return { url, arn: `arn:aws:sqs:us-east-1:000000000000:${name}` };
  };
  test.stream = async (ShardCount = 1) => {
    const StreamName = fresh("stream");
    await test.kinesis.send(new CreateStreamCommand({ StreamName, ShardCount }));
    await test.nuage.idle();
    await test.nuage.advance(60_000);
    return `arn:aws:kinesis:us-east-1:000000000000:stream/${StreamName}`;
  };
  test.put = async (StreamARN, ...data) => {
    const Records = data.map((text) => ({ Data: Buffer.from(text), PartitionKey: text.slice(0, 1) }));
    await test.kinesis.send(new PutRecordsCommand({ StreamARN, Records }));
  };
  test.send = async ({ url, arn }, ...bodies) => {
    const fifo = arn.endsWith(".fifo");
    for (let at = 0; at < bodies.length; at += 10) {
      const Entries = bodies.slice(at, at + 10).map((MessageBody, index) => ({
        Id: `${index}`,
        MessageBody,
        ...(fifo ? { MessageGroupId: "g", MessageDeduplicationId: `${at + index}-${MessageBody}` } : {}),
      }));
      await test.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    }
  };
  test.messages = async ({ url: QueueUrl }) => {
    await test.nuage.idle();
    const all: Message[] = [];
    for (;;) {
      const command = new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ["All"],
      });
      const { Messages = [] } = await test.sqs.send(command);
      if (Messages.length === 0) return all;
      for (const { ReceiptHandle } of Messages) {
        await test.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
      all.push(...Messages);
    }
  };
}
