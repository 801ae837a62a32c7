// One platform for a test file, and short words for what tests of event buses do over and over.
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  type PutRuleCommandInput,
  PutTargetsCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import { CreateQueueCommand, type Message, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type Nuage, type NuageOptions, startNuage } from "nuage/testing";
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

export interface TestEvents {
  nuage: Nuage;
  events: EventBridgeClient;
  sqs: SQSClient;
  queue(name?: string, attributes?: Record<string, string>): Promise<Queue>;
  bus(name?: string): Promise<string>;
  /** A rule with its targets; gives its ARN. */
  rule(rule: PutRuleCommandInput, ...targets: Target[]): Promise<string>;
  put(...entries: PutEventsRequestEntry[]): Promise<string[]>;
  /** Everything in a queue once the platform has come to rest. */
  messages(queue: Queue): Promise<Message[]>;
  /** The same, as JSON. */
  bodies(queue: Queue): Promise<Body[]>;
}

// biome-ignore lint/suspicious/noExplicitAny: what a test expects of a body it says itself
type Body = any;

export const ANY_SOURCE = JSON.stringify({ source: [{ prefix: "" }] });

let counter = 0;
export const fresh = (word: string) => `${word}-${++counter}`;

export function entry(more: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry {
  return { Source: "shop.orders", DetailType: "Order Placed", Detail: '{"order":1}', ...more };
}

export function useEvents(options: NuageOptions = {}): TestEvents {
  const test = {} as TestEvents;
  beforeAll(async () => {
    test.nuage = await startNuage({ ...options, ...(wrapStore ? { parts: { wrapStore } } : {}) });
    test.events = test.nuage.client(EventBridgeClient);
    test.sqs = test.nuage.client(SQSClient);
  });
  afterAll(() => test.nuage.stop());
  test.queue = async (name = fresh("queue"), Attributes = {}) => {
    const fifo: Record<string, string> = name.endsWith(".fifo") ? { FifoQueue: "true" } : {};
    const command = new CreateQueueCommand({ QueueName: name, Attributes: { ...fifo, ...Attributes } });
    const { QueueUrl: url = "" } = await test.sqs.send(command);
    return { url, arn: `arn:aws:sqs:us-east-1:000000000000:${name}` };
  };
  test.bus = async (Name = fresh("bus")) => {
    await test.events.send(new CreateEventBusCommand({ Name }));
    return Name;
  };
  test.rule = async (rule, ...Targets) => {
    const { RuleArn = "" } = await test.events.send(new PutRuleCommand(rule));
    if (Targets.length > 0) {
      const { EventBusName } = rule;
      await test.events.send(new PutTargetsCommand({ Rule: rule.Name, EventBusName, Targets }));
    }
    return RuleArn;
  };
  test.put = async (...Entries) => {
    const answer = await test.events.send(new PutEventsCommand({ Entries }));
    expect(answer.FailedEntryCount).toBe(0);
    return (answer.Entries ?? []).map(({ EventId = "" }) => EventId);
  };
  test.messages = async ({ url }) => {
    await test.nuage.idle();
    const all: Message[] = [];
    for (;;) {
      const { Messages = [] } = await test.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: 43_200,
          MessageAttributeNames: ["All"],
          MessageSystemAttributeNames: ["All"],
        }),
      );
      if (Messages.length === 0) return all;
      all.push(...Messages);
    }
  };
  test.bodies = async (queue) => (await test.messages(queue)).map(({ Body = "" }) => JSON.parse(Body));
  return test;
}
