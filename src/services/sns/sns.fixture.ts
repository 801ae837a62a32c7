// One platform for a test file, and short words for what tests of topics do over and over.
import {
  CreateTopicCommand,
  PublishCommand,
  type PublishCommandInput,
  SetSubscriptionAttributesCommand,
  SNSClient,
  SubscribeCommand,
  type SubscribeCommandInput,
} from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect } from "vitest";
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

export interface TestSns {
  nuage: Nuage;
  sns: SNSClient;
  sqs: SQSClient;
  /** A client of another region, or of the account that its key names. */
  client(region: string, accessKeyId?: string): SNSClient;
  /** Makes a topic and gives its ARN; attributes of a FIFO topic where the name ends so. */
  topic(name?: string, attributes?: Record<string, string>): Promise<string>;
  queue(name?: string): Promise<Queue>;
  /** Gives the subscription's ARN. */
  subscribe(topic: string, protocol: string, endpoint: string, more?: Attributes): Promise<string>;
  /** A queue that hears a topic. */
  listener(topic: string, attributes?: Attributes): Promise<Queue & { readonly subscription: string }>;
  /** Gives the message's id. */
  publish(topic: string, message: string, more?: Partial<PublishCommandInput>): Promise<string>;
  set(subscription: string, name: string, value: string): Promise<unknown>;
  /** Everything in a queue once the platform has come to rest. */
  messages(queue: Queue): Promise<Message[]>;
  /** The bodies of the same. */
  bodies(queue: Queue): Promise<string[]>;
  /** The same bodies, as JSON. */
  envelopes(queue: Queue): Promise<Envelope[]>;
}

type Attributes = NonNullable<SubscribeCommandInput["Attributes"]>;

// biome-ignore lint/suspicious/noExplicitAny: what a test expects of an envelope it says itself
type Envelope = any;

let counter = 0;
export const fresh = (word: string) => `${word}-${++counter}`;
export const RAW = { RawMessageDelivery: "true" };

export function useSns(): TestSns {
  const test = {} as TestSns;
  beforeAll(async () => {
    test.nuage = await startNuage(wrapStore ? { parts: { wrapStore } } : {});
    test.sns = test.nuage.client(SNSClient);
    test.sqs = test.nuage.client(SQSClient);
  });
  afterAll(() => test.nuage?.stop());
  test.client = (region, accessKeyId = "test") =>
    new SNSClient({
      endpoint: test.nuage.endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey: "secret" },
    });
  test.topic = async (Name = fresh("topic"), attributes = {}) => {
    const fifo: Record<string, string> = Name.endsWith(".fifo") ? { FifoTopic: "true" } : {};
    const command = new CreateTopicCommand({ Name, Attributes: { ...fifo, ...attributes } });
    return (await test.sns.send(command)).TopicArn ?? "";
  };
  test.queue = async (QueueName = fresh("queue")) => {
    const Attributes: Record<string, string> = QueueName.endsWith(".fifo") ? { FifoQueue: "true" } : {};
    const { QueueUrl = "" } = await test.sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    return { url: QueueUrl, arn: `arn:aws:sqs:us-east-1:000000000000:${QueueName}` };
  };
  test.subscribe = async (TopicArn, Protocol, Endpoint, Attributes = {}) => {
    const command = new SubscribeCommand({
      TopicArn,
      Protocol,
      Endpoint,
      Attributes,
      ReturnSubscriptionArn: true,
    });
    return (await test.sns.send(command)).SubscriptionArn ?? "";
  };
  test.listener = async (topic, attributes = {}) => {
    const queue = await test.queue(topic.endsWith(".fifo") ? `${fresh("queue")}.fifo` : undefined);
    return { ...queue, subscription: await test.subscribe(topic, "sqs", queue.arn, attributes) };
  };
  test.publish = async (TopicArn, Message, more = {}) => {
    const { MessageId = "" } = await test.sns.send(new PublishCommand({ TopicArn, Message, ...more }));
    return MessageId;
  };
  test.set = (SubscriptionArn, AttributeName, AttributeValue) =>
    test.sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue }));
  test.messages = async (queue) => {
    await test.nuage.idle();
    const all: Message[] = [];
    for (;;) {
      const command = new ReceiveMessageCommand({
        QueueUrl: queue.url,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ["All"],
        MessageSystemAttributeNames: ["All"],
      });
      const { Messages = [] } = await test.sqs.send(command);
      if (Messages.length === 0) return all;
      all.push(...Messages);
      const Entries = Messages.map(({ ReceiptHandle }, n) => ({ Id: `${n}`, ReceiptHandle }));
      await test.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries }));
    }
  };
  test.bodies = async (queue) => (await test.messages(queue)).map(({ Body = "" }) => Body);
  test.envelopes = async (queue) => (await test.bodies(queue)).map((body) => JSON.parse(body));
  return test;
}

interface Letter {
  readonly id: string;
  readonly protocol: string;
  readonly subject?: string;
  readonly sender?: string;
  readonly body: string;
  readonly confirms?: true;
}

/** What a recipient would have got, the latest first. */
export async function lettersTo(nuage: Nuage, to: string): Promise<Letter[]> {
  await nuage.idle();
  const response = await fetch(`${nuage.endpoint}/_nuage/outbox?to=${encodeURIComponent(to)}`);
  return ((await response.json()) as { letters: Letter[] }).letters;
}

/** The fault an SDK call is answered with. */
export async function refusal(call: Promise<unknown>): Promise<{ name: string; message: string }> {
  const error = await call.then(
    () => expect.unreachable("the call succeeded"),
    (error: unknown) => error as Error,
  );
  return { name: error.name, message: error.message };
}
