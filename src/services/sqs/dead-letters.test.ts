import {
  CancelMessageMoveTaskCommand,
  CreateQueueCommand,
  DeleteQueueCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  SetQueueAttributesCommand,
  StartMessageMoveTaskCommand,
  type StartMessageMoveTaskCommandInput,
} from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { useSqs } from "./sqs.fixture.ts";

const t = useSqs();

/** A queue with a dead-letter queue of its kind: `[source, dead letters]`. */
async function pair(name: string, maxReceiveCount = 1): Promise<[string, string]> {
  const suffix = name.endsWith(".fifo") ? ".fifo" : "";
  const dead = await t.create(`${name.replace(".fifo", "")}-dead${suffix}`);
  const policy = { deadLetterTargetArn: await t.arn(dead), maxReceiveCount };
  return [await t.create(name, { RedrivePolicy: JSON.stringify(policy) }), dead];
}

/** Has everything in the source received too often. */
async function exhaust(source: string, times = 1): Promise<void> {
  for (let time = 0; time <= times; time++) {
    for (let got = 10; got > 0; ) got = (await t.receive(source)).length;
    await t.nuage.advance(30_000);
  }
}

const start = async (input: StartMessageMoveTaskCommandInput) =>
  (await t.sqs.send(new StartMessageMoveTaskCommand(input))).TaskHandle ?? "";
const tasks = async (SourceArn: string) =>
  (await t.sqs.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 10 }))).Results ?? [];

test("a message received too often goes to the dead-letter queue, with its id, time and count", async () => {
  const [source, dead] = await pair("often", 2);
  const id = await t.send(source, "poison");
  const first = await t.receiveOne(source);
  await t.nuage.advance(30_000);
  await t.receiveOne(source);
  await t.nuage.advance(30_000);
  expect(await t.receive(source)).toEqual([]);
  expect(await t.counts(source)).toEqual([0, 0, 0]);
  expect(await t.counts(dead)).toEqual([1, 0, 0]);
  const moved = await t.receiveOne(dead);
  expect(moved.MessageId).toBe(id);
  expect(moved.Attributes).toMatchObject({
    ApproximateReceiveCount: "3",
    DeadLetterQueueSourceArn: await t.arn(source),
    SentTimestamp: first.Attributes.SentTimestamp,
  });
});

test("a FIFO group goes on behind what was moved away", async () => {
  const [source, dead] = await pair("often.fifo");
  for (const body of ["1", "2"]) {
    await t.send(source, body, { MessageGroupId: "g", MessageDeduplicationId: body });
  }
  await t.receiveOne(source);
  await t.nuage.advance(30_000);
  expect(await t.receive(source)).toEqual(["2"]);
  const moved = await t.receiveOne(dead);
  expect(moved.Body).toBe("1");
  expect(moved.Attributes).toMatchObject({ MessageGroupId: "g", MessageDeduplicationId: "1" });
});

test("a long poll of the dead-letter queue gets what is moved there", async () => {
  const [source, dead] = await pair("watched");
  await t.send(source, "poison");
  await t.receiveOne(source);
  await t.nuage.advance(30_000);
  const waiting = t.receive(dead, { WaitTimeSeconds: 20 });
  await t.counts(dead);
  await t.receive(source);
  expect(await waiting).toEqual(["poison"]);
});

test("a message stays where its dead-letter queue is gone", async () => {
  const [source, dead] = await pair("orphan");
  await t.send(source, "poison");
  await t.sqs.send(new DeleteQueueCommand({ QueueUrl: dead }));
  await t.receiveOne(source);
  await t.nuage.advance(30_000);
  expect(await t.receive(source)).toEqual(["poison"]);
});

test("redrive policies are checked against the queue they name", async () => {
  const dead = await t.create("strict-dead", {
    RedriveAllowPolicy: JSON.stringify({ redrivePermission: "denyAll" }),
  });
  const make = (name: string, policy: unknown) =>
    t.create(name, { RedrivePolicy: typeof policy === "string" ? policy : JSON.stringify(policy) });
  const deadLetterTargetArn = await t.arn(dead);
  await expect(make("s", { deadLetterTargetArn, maxReceiveCount: 1 })).rejects.toThrow("does not allow");
  const fifo = make("s.fifo", { deadLetterTargetArn, maxReceiveCount: 1 });
  await expect(fifo).rejects.toThrow("must be same type of queue");
  const missing = deadLetterTargetArn.replace("strict-dead", "nowhere");
  await expect(make("s", { deadLetterTargetArn: missing, maxReceiveCount: 1 })).rejects.toThrow(
    "Dead letter target does not exist.",
  );
  await expect(make("s", { deadLetterTargetArn, maxReceiveCount: 1001 })).rejects.toThrow(
    "Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both inclusive.",
  );
  await expect(make("s", "{}")).rejects.toThrow("mandatory attribute: deadLetterTargetArn");
  await expect(make("s", "[")).rejects.toThrow("RedrivePolicy is invalid");
  const allow = JSON.stringify({
    redrivePermission: "byQueue",
    sourceQueueArns: [deadLetterTargetArn.replace("strict-dead", "s")],
  });
  await t.sqs.send(
    new SetQueueAttributesCommand({ QueueUrl: dead, Attributes: { RedriveAllowPolicy: allow } }),
  );
  await make("s", { deadLetterTargetArn, maxReceiveCount: "5" });
  await expect(make("s2", { deadLetterTargetArn, maxReceiveCount: 1 })).rejects.toThrow("does not allow");
});

test("the sources of a dead-letter queue are listed as long as they name it", async () => {
  const dead = await t.create("sources-dead");
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: await t.arn(dead), maxReceiveCount: 3 });
  const a = await t.create("sources-a", { RedrivePolicy });
  const b = await t.create("sources-b", { RedrivePolicy });
  const list = async (MaxResults?: number, NextToken?: string) =>
    t.sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead, MaxResults, NextToken }));
  expect((await list()).queueUrls).toEqual([a, b]);
  const page = await list(1);
  expect(page.queueUrls).toEqual([a]);
  expect((await list(1, page.NextToken)).queueUrls).toEqual([b]);
  await t.sqs.send(new SetQueueAttributesCommand({ QueueUrl: a, Attributes: { RedrivePolicy: "" } }));
  expect((await list()).queueUrls).toEqual([b]);
  await t.sqs.send(new DeleteQueueCommand({ QueueUrl: b }));
  expect((await list()).queueUrls).toEqual([]);
});

test("a move task takes messages back where they came from, as new ones", async () => {
  const [source, dead] = await pair("back");
  const id = await t.send(source, "a");
  await t.send(source, "b");
  await exhaust(source);
  const SourceArn = await t.arn(dead);
  await start({ SourceArn });
  await t.nuage.idle();
  expect(await tasks(SourceArn)).toMatchObject([
    { Status: "COMPLETED", ApproximateNumberOfMessagesMoved: 2, ApproximateNumberOfMessagesToMove: 2 },
  ]);
  expect((await tasks(SourceArn))[0]).not.toHaveProperty("TaskHandle");
  expect(await t.counts(dead)).toEqual([0, 0, 0]);
  const again = await t.receiveOne(source);
  expect(again.MessageId).not.toBe(id);
  expect(again.Attributes.ApproximateReceiveCount).toBe("1");
});

test("a move task keeps to its rate by the clock, runs alone, and can be cancelled", async () => {
  const [source, dead] = await pair("slowly.fifo");
  for (const body of ["1", "2", "3", "4", "5"]) {
    await t.send(source, body, { MessageGroupId: body, MessageDeduplicationId: body });
  }
  await exhaust(source);
  const other = await t.create("elsewhere.fifo");
  const SourceArn = await t.arn(dead);
  const TaskHandle = await start({
    SourceArn,
    DestinationArn: await t.arn(other),
    MaxNumberOfMessagesPerSecond: 2,
  });
  await t.nuage.idle();
  expect(await tasks(SourceArn)).toMatchObject([
    { Status: "RUNNING", TaskHandle, ApproximateNumberOfMessagesMoved: 2, MaxNumberOfMessagesPerSecond: 2 },
  ]);
  await expect(start({ SourceArn })).rejects.toThrow("There is already a task running.");
  await t.nuage.advance(1_000);
  const cancel = () => t.sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
  expect((await cancel()).ApproximateNumberOfMessagesMoved).toBe(4);
  await t.nuage.advance(10_000);
  expect(await tasks(SourceArn)).toMatchObject([
    { Status: "CANCELLED", ApproximateNumberOfMessagesMoved: 4 },
  ]);
  expect(await t.counts(other)).toEqual([4, 0, 0]);
  await expect(cancel()).rejects.toMatchObject({ name: "UnsupportedOperation" });
});

test("a move task fails, and says why, where a message has nowhere to go", async () => {
  const [, dead] = await pair("lost");
  await t.send(dead, "sent here by hand");
  const SourceArn = await t.arn(dead);
  await start({ SourceArn });
  await t.nuage.idle();
  expect(await tasks(SourceArn)).toMatchObject([
    { Status: "FAILED", FailureReason: "CouldNotDetermineMessageSource" },
  ]);
  expect(await t.counts(dead)).toEqual([1, 0, 0]);
  expect((await t.receiveOne(dead)).Attributes.ApproximateReceiveCount).toBe("1");
});

test("move tasks are refused as AWS refuses them", async () => {
  const SourceArn = await t.arn(await t.create("no-dead-letters"));
  await expect(start({ SourceArn })).rejects.toThrow(
    "Source queue must be configured as a Dead Letter Queue.",
  );
  await expect(start({ SourceArn: `${SourceArn}-x` })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "The resource that you specified for the SourceArn parameter doesn't exist.",
    $metadata: { httpStatusCode: 404 },
  });
  const cancel = (handle: unknown) => {
    const TaskHandle =
      typeof handle === "string" ? handle : Buffer.from(JSON.stringify(handle)).toString("base64");
    return t.sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
  };
  await expect(cancel("nonsense")).rejects.toThrow("Value for parameter TaskHandle is invalid.");
  await expect(cancel({ taskId: "x", sourceArn: SourceArn })).rejects.toThrow("Task does not exist.");
  const queue = new CreateQueueCommand({ QueueName: "a", Attributes: { RedriveAllowPolicy: "{}" } });
  await expect(t.sqs.send(queue)).rejects.toThrow("RedriveAllowPolicy is invalid");
});
