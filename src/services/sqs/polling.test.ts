import {
  CreateQueueCommand,
  DeleteQueueCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { startNuage } from "nuage/testing";
import { expect, test } from "vitest";
import type { Store } from "../../store/store.ts";
import { useSqs } from "./sqs.fixture.ts";

const t = useSqs();

test("a long poll gets a message as it is sent, and does not hold up the platform's rest", async () => {
  const url = await t.create("poll");
  const waiting = t.receive(url, { WaitTimeSeconds: 20 });
  await t.nuage.idle();
  await t.send(url, "a");
  expect(await waiting).toEqual(["a"]);
});

test("a long poll without a message ends when its time is over", async () => {
  const url = await t.create("in-vain", { ReceiveMessageWaitTimeSeconds: "20" });
  const waiting = t.receive(url);
  // The request is on its way: the clock is turned once it rests.
  await t.counts(url);
  await t.nuage.idle();
  await t.nuage.advance(20_000);
  expect(await waiting).toEqual([]);
});

test("a long poll sees what becomes visible by the clock", async () => {
  const url = await t.create("by-clock");
  await t.send(url, "delayed", { DelaySeconds: 5 });
  const waiting = t.receive(url, { WaitTimeSeconds: 20 });
  await t.counts(url);
  await t.nuage.idle();
  await t.nuage.advance(5_000);
  expect(await waiting).toEqual(["delayed"]);
});

test("of many long polls each message wakes one to get it", async () => {
  const url = await t.create("many");
  const polls = Array.from({ length: 8 }, () =>
    t.receive(url, { WaitTimeSeconds: 20, MaxNumberOfMessages: 1 }),
  );
  await t.counts(url);
  const sent = ["a", "b", "c", "d", "e", "f", "g", "h"];
  for (const body of sent) await t.send(url, body);
  expect((await Promise.all(polls)).flat().sort()).toEqual(sent);
});

test("a message costs little more when many wait for it", async () => {
  let transactions = 0;
  const wrapStore = (store: Store): Store => ({
    transact(body) {
      transactions++;
      return store.transact(body);
    },
    watch: (prefix, signal) => store.watch(prefix, signal),
    clear: () => store.clear(),
    close: () => store.close(),
  });
  const nuage = await startNuage({ parts: { wrapStore } });
  const sqs = nuage.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "waited-for" }));
  const receive = () => sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  transactions = 0;
  const answers = Promise.all(Array.from({ length: 40 }, receive));
  // Each looks at least once.
  while (transactions < 40) await new Promise(setImmediate);
  await nuage.idle();
  transactions = 0;
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "one" }));
  await nuage.idle();
  expect(transactions).toBeLessThan(20);
  await nuage.advance(20_000);
  expect((await answers).flatMap(({ Messages = [] }) => Messages.map(({ Body }) => Body))).toEqual(["one"]);
  await nuage.stop();
});

test("a long poll outlives a purge, and ends with its queue", async () => {
  const url = await t.create("purged-poll");
  const waiting = t.receive(url, { WaitTimeSeconds: 20 });
  await t.counts(url);
  await t.sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
  await t.send(url, "after");
  expect(await waiting).toEqual(["after"]);
  const ending = t.receive(url, { WaitTimeSeconds: 20 });
  const ended = expect(ending).rejects.toMatchObject({ name: "QueueDoesNotExist" });
  await t.counts(url);
  await t.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
  await ended;
});

test("a stopping platform answers its long polls with nothing", async () => {
  const nuage = await startNuage();
  // Not the platform's own client, which is destroyed before the platform stops.
  const sqs = new SQSClient({
    endpoint: nuage.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "q" }));
  const waiting = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  const answered = expect(waiting).resolves.toMatchObject({ $metadata: { httpStatusCode: 200 } });
  await sqs.send(new CreateQueueCommand({ QueueName: "other" }));
  await nuage.stop();
  await answered;
  sqs.destroy();
});
