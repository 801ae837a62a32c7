// One platform for a test file, and short words for what tests of queues do over and over.
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
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

export interface TestSqs {
  nuage: Nuage;
  sqs: SQSClient;
  /** Makes a queue and gives its URL; attributes of a FIFO queue where the name ends so. */
  create(name: string, attributes?: Record<string, string>): Promise<string>;
  send(url: string, body: string, more?: Partial<SendMessageCommandInput>): Promise<string>;
  /** Bodies of what is received, and the messages themselves. */
  receive(url: string, more?: Partial<ReceiveMessageCommandInput>): Promise<string[]>;
  receiveOne(url: string, more?: Partial<ReceiveMessageCommandInput>): Promise<Got>;
  /** [visible, in flight, delayed] */
  counts(url: string): Promise<[number, number, number]>;
  arn(url: string): Promise<string>;
}

export interface Got {
  readonly MessageId: string;
  readonly Body: string;
  readonly ReceiptHandle: string;
  readonly Attributes: Record<string, string>;
}

export function useSqs(): TestSqs {
  const test = {} as TestSqs;
  beforeAll(async () => {
    test.nuage = await startNuage(wrapStore ? { parts: { wrapStore } } : {});
    test.sqs = test.nuage.client(SQSClient);
  });
  afterAll(() => test.nuage.stop());
  const messagesOf = async (url: string, more: Partial<ReceiveMessageCommandInput>) => {
    const command = new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, ...more });
    return (await test.sqs.send(command)).Messages ?? [];
  };
  const attribute = async (url: string) => {
    const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] });
    return (await test.sqs.send(command)).Attributes ?? {};
  };
  test.create = async (name, attributes = {}) => {
    const fifo: Record<string, string> = name.endsWith(".fifo") ? { FifoQueue: "true" } : {};
    const command = new CreateQueueCommand({ QueueName: name, Attributes: { ...fifo, ...attributes } });
    return (await test.sqs.send(command)).QueueUrl ?? "";
  };
  test.send = async (url, body, more = {}) => {
    const command = new SendMessageCommand({ QueueUrl: url, MessageBody: body, ...more });
    return (await test.sqs.send(command)).MessageId ?? "";
  };
  test.receive = async (url, more = {}) => (await messagesOf(url, more)).map(({ Body }) => Body ?? "");
  test.receiveOne = async (url, more = {}) => {
    const [message] = await messagesOf(url, { MaxNumberOfMessages: 1, AttributeNames: ["All"], ...more });
    expect(message).toBeDefined();
    return message as unknown as Got;
  };
  test.counts = async (url) => {
    const all = await attribute(url);
    return [
      Number(all.ApproximateNumberOfMessages),
      Number(all.ApproximateNumberOfMessagesNotVisible),
      Number(all.ApproximateNumberOfMessagesDelayed),
    ];
  };
  test.arn = async (url) => (await attribute(url)).QueueArn ?? "";
  return test;
}
