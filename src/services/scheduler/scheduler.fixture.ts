// One platform for a test file, and short words for what tests of schedules do over and over.
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  GetScheduleCommand,
  SchedulerClient,
  type Target,
} from "@aws-sdk/client-scheduler";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
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

export interface TestScheduler {
  nuage: Nuage;
  scheduler: SchedulerClient;
  sqs: SQSClient;
  queue(attributes?: Record<string, string>): Promise<Queue>;
  /** Makes a schedule for a target and gives its name. */
  schedule(target: Partial<Target>, more?: Partial<CreateScheduleCommandInput>): Promise<string>;
  /** Everything in a queue once the platform has come to rest, in the order in which it came. */
  messages(queue: Queue): Promise<Message[]>;
  bodies(queue: Queue): Promise<string[]>;
  /** Turns the clock once all that was asked for is known to it. */
  advance(durationMs: number): Promise<void>;
  exists(name: string): Promise<boolean>;
  /** `2026-01-31T12:00:00`: the platform's time and so many milliseconds. */
  wall(plusMs?: number): string;
}

export const ROLE = "arn:aws:iam::000000000000:role/scheduler";
export const OFF = { Mode: "OFF" } as const;

let counter = 0;
export const fresh = (word: string) => `${word}-${++counter}`;

export function useScheduler(): TestScheduler {
  const test = {} as TestScheduler;
  beforeAll(async () => {
    test.nuage = await startNuage(wrapStore ? { parts: { wrapStore } } : {});
    test.scheduler = test.nuage.client(SchedulerClient);
    test.sqs = test.nuage.client(SQSClient);
  });
  afterAll(() => test.nuage.stop());
  test.queue = async (Attributes = {}) => {
    const name = fresh("queue") + (Attributes.FifoQueue ? ".fifo" : "");
    const { QueueUrl: url = "" } = await test.sqs.send(
      new CreateQueueCommand({ QueueName: name, Attributes }),
    );
    return { url, arn: `arn:aws:sqs:us-east-1:000000000000:${name}` };
  };
  test.schedule = async (target, more = {}) => {
    const Name = more.Name ?? fresh("schedule");
    await test.scheduler.send(
      new CreateScheduleCommand({
        Name,
        ScheduleExpression: "rate(1 hour)",
        FlexibleTimeWindow: OFF,
        Target: { Arn: "", RoleArn: ROLE, ...target },
        ...more,
      }),
    );
    return Name;
  };
  test.messages = async ({ url }) => {
    await test.nuage.idle();
    const all: Message[] = [];
    for (;;) {
      const { Messages = [] } = await test.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ["All"],
          MessageSystemAttributeNames: ["All"],
        }),
      );
      if (Messages.length === 0) return all;
      for (const { ReceiptHandle } of Messages) {
        await test.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
      }
      all.push(...Messages);
    }
  };
  test.bodies = async (queue) => (await test.messages(queue)).map(({ Body = "" }) => Body);
  test.advance = async (durationMs) => {
    await test.nuage.idle();
    await test.nuage.advance(durationMs);
  };
  test.exists = (Name) =>
    test.scheduler.send(new GetScheduleCommand({ Name })).then(
      () => true,
      (error: Error) => {
        if (error.name === "ResourceNotFoundException") return false;
        throw error;
      },
    );
  test.wall = (plusMs = 0) => new Date(test.nuage.clock.now() + plusMs).toISOString().slice(0, 19);
  return test;
}
