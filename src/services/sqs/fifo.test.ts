import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SetQueueAttributesCommand,
} from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { useSqs } from "./sqs.fixture.ts";

const t = useSqs();
const put = (url: string, body: string, group: string, id = `${group}-${body}`) =>
  t.send(url, body, { MessageGroupId: group, MessageDeduplicationId: id });
const remove = (QueueUrl: string, ReceiptHandle: string) =>
  t.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));

test("groups are in order each, and blocked while their first message is in flight", async () => {
  const url = await t.create("order.fifo");
  for (const body of ["1", "2", "3"]) {
    await put(url, body, "a");
    await put(url, body, "b");
  }
  const first = await t.receiveOne(url);
  expect(first.Body).toBe("1");
  expect(first.Attributes).toMatchObject({ MessageGroupId: "a", MessageDeduplicationId: "a-1" });
  expect(first.Attributes.SequenceNumber).toMatch(/^\d{20}$/);
  expect(await t.receive(url)).toEqual(["1", "2", "3"]);
  expect(await t.receive(url)).toEqual([]);
  await remove(url, first.ReceiptHandle);
  expect(await t.receive(url)).toEqual(["2", "3"]);
  await t.nuage.advance(30_000);
  expect((await t.receive(url)).sort()).toEqual(["1", "2", "2", "3", "3"]);
});

test("sequence numbers grow, and duplicates get those of the first", async () => {
  const url = await t.create("numbers.fifo");
  const sent = async (body: string, id: string) => {
    const more = { MessageGroupId: "g", MessageDeduplicationId: id };
    const answer = await t.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body, ...more }));
    return { id: answer.MessageId, number: answer.SequenceNumber ?? "" };
  };
  const one = await sent("1", "x");
  const two = await sent("2", "y");
  expect(one.number < two.number).toBe(true);
  expect(await sent("other", "x")).toEqual(one);
  expect(await t.receive(url)).toEqual(["1", "2"]);
});

test("deduplication lasts five minutes, whatever became of the message", async () => {
  const url = await t.create("once.fifo", { ContentBasedDeduplication: "true" });
  await t.send(url, "same", { MessageGroupId: "g" });
  const { ReceiptHandle } = await t.receiveOne(url);
  await remove(url, ReceiptHandle);
  await t.nuage.advance(299_000);
  await t.send(url, "same", { MessageGroupId: "other" });
  expect(await t.receive(url)).toEqual([]);
  await t.nuage.advance(1_000);
  await t.send(url, "same", { MessageGroupId: "g" });
  expect(await t.receive(url)).toEqual(["same"]);
});

test("the scope of deduplication is the queue or the group, from when it is set", async () => {
  const url = await t.create("scope.fifo");
  await put(url, "1", "a", "x");
  await put(url, "2", "b", "x");
  const high = { DeduplicationScope: "messageGroup", FifoThroughputLimit: "perMessageGroupId" };
  await t.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: high }));
  // What the queue has seen counts on.
  await put(url, "3", "b", "x");
  await put(url, "4", "a", "y");
  await put(url, "5", "b", "y");
  await put(url, "6", "b", "y");
  expect((await t.receive(url)).sort()).toEqual(["1", "4", "5"]);
});

test.each([
  [{}, "The request must contain the parameter MessageGroupId."],
  [
    { MessageGroupId: "g" },
    "The queue should either have ContentBasedDeduplication enabled or " +
      "MessageDeduplicationId provided explicitly",
  ],
  [
    { MessageGroupId: "g", MessageDeduplicationId: "d d" },
    /^Value d d for parameter MessageDeduplicationId is invalid. Reason: MessageDeduplicationId can only/,
  ],
  [
    { MessageGroupId: "g", MessageDeduplicationId: "d", DelaySeconds: 2 },
    "Value 2 for parameter DelaySeconds is invalid. " +
      "Reason: The request include parameter that is not valid for this queue type.",
  ],
] as [Partial<SendMessageCommandInput>, string | RegExp][])(
  "refuses to send with %j",
  async (given, message) => {
    const url = await t.create("strict.fifo");
    await expect(t.send(url, "a", given)).rejects.toThrow(message);
  },
);

test("a late handle neither deletes nor prolongs", async () => {
  const url = await t.create("late.fifo");
  await put(url, "1", "a");
  const { ReceiptHandle } = await t.receiveOne(url);
  await t.nuage.advance(30_000);
  await expect(remove(url, ReceiptHandle)).rejects.toThrow(
    `Value ${ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
  );
  const again = await t.receiveOne(url);
  const change = new ChangeMessageVisibilityCommand({
    QueueUrl: url,
    ReceiptHandle: again.ReceiptHandle,
    VisibilityTimeout: 100,
  });
  await t.sqs.send(change);
  await t.nuage.advance(50_000);
  await remove(url, again.ReceiptHandle);
  await remove(url, again.ReceiptHandle);
  expect(await t.counts(url)).toEqual([0, 0, 0]);
});

test.each([
  // What AWS answers to these, recorded.
  [[0, 0, 0], []],
  [[1, 0, 0], ["foo"]],
  [[1, 0, 1], ["foo"]],
  [
    [1, 1, 0],
    ["foo", "bar"],
  ],
  [[0, 1, 1], []],
])("of a group whose messages were made visible as %j, %j come again", async (visible, expected) => {
  const url = await t.create(`prefix-${visible.join("")}.fifo`);
  for (const body of ["foo", "bar", "baz"]) await put(url, body, "g");
  const { Messages = [] } = await t.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }),
  );
  for (const [index, { ReceiptHandle }] of Messages.entries()) {
    const VisibilityTimeout = visible[index] ? 0 : 30;
    await t.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout }));
  }
  expect(await t.receive(url)).toEqual(expected);
});

test("a receive that is tried again gets the same messages under the same handles", async () => {
  const url = await t.create("attempt.fifo");
  for (const body of ["1", "2", "3"]) await put(url, body, "g");
  const attempt = async (id: string) => {
    const command = new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: 2,
      ReceiveRequestAttemptId: id,
    });
    const { Messages = [] } = await t.sqs.send(command);
    return Messages.map(({ Body, ReceiptHandle }) => ({ Body, ReceiptHandle: ReceiptHandle ?? "" }));
  };
  const first = await attempt("one");
  expect(first.map(({ Body }) => Body)).toEqual(["1", "2"]);
  await t.nuage.advance(20_000);
  expect(await attempt("one")).toEqual(first);
  expect(await attempt("two")).toEqual([]);
  // Hidden anew by the second try.
  await t.nuage.advance(20_000);
  expect(await attempt("two")).toEqual([]);
  await remove(url, first[0]?.ReceiptHandle ?? "");
  expect(await attempt("one")).toEqual([]);
});

test("a batch with an entry that has no group is refused as a whole", async () => {
  const url = await t.create("groupless.fifo", { ContentBasedDeduplication: "true" });
  const Entries = [
    { Id: "one", MessageBody: "1", MessageGroupId: "g" },
    { Id: "two", MessageBody: "2" },
  ];
  await expect(t.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }))).rejects.toMatchObject({
    name: "InvalidParameterValue",
    message: "The request must contain the parameter MessageGroupId.",
  });
  expect(await t.receive(url)).toEqual([]);
});

test("a batch keeps its order, and a queue's delay holds for all", async () => {
  const url = await t.create("batch.fifo", { DelaySeconds: "10" });
  const Entries = ["1", "2", "3"].map((body) => ({
    Id: body,
    MessageBody: body,
    MessageGroupId: "g",
    MessageDeduplicationId: body,
    DelaySeconds: 0,
  }));
  const { Successful = [] } = await t.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
  const numbers = Successful.map(({ SequenceNumber = "" }) => SequenceNumber);
  expect(numbers).toEqual([...numbers].sort());
  expect(await t.counts(url)).toEqual([0, 0, 3]);
  await t.nuage.advance(10_000);
  expect(await t.counts(url)).toEqual([3, 0, 0]);
  expect(await t.receive(url)).toEqual(["1", "2", "3"]);
  expect(await t.counts(url)).toEqual([0, 3, 0]);
});

test("a long poll gets the next of a group when the one before is deleted", async () => {
  const url = await t.create("unblocked.fifo");
  await put(url, "1", "g");
  await put(url, "2", "g");
  const first = await t.receiveOne(url);
  const waiting = t.receive(url, { WaitTimeSeconds: 20 });
  await t.counts(url);
  await remove(url, first.ReceiptHandle);
  expect(await waiting).toEqual(["2"]);
});

test("a FIFO queue shows its own attributes", async () => {
  const url = await t.create("shown.fifo");
  const { Attributes } = await t.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] }),
  );
  expect(Attributes).toMatchObject({
    ContentBasedDeduplication: "false",
    DeduplicationScope: "queue",
    FifoQueue: "true",
    FifoThroughputLimit: "perQueue",
  });
});

test("the throughput limit is a group's only where deduplication is", async () => {
  const limit = { FifoThroughputLimit: "perMessageGroupId" };
  const refusal = {
    name: "InvalidAttributeValue",
    message:
      "Invalid value for the parameter FifoThroughputLimit. Reason: To set FifoThroughputLimit to " +
      "perMessageGroupId, the DeduplicationScope must be messageGroup.",
  };
  await expect(t.create("unpaired.fifo", limit)).rejects.toMatchObject(refusal);
  const url = await t.create("paired.fifo", { ...limit, DeduplicationScope: "messageGroup" });
  const set = (Attributes: Record<string, string>) =>
    t.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
  await expect(set({ DeduplicationScope: "queue" })).rejects.toMatchObject(refusal);
  await set({ DeduplicationScope: "queue", FifoThroughputLimit: "perQueue" });
  await expect(set(limit)).rejects.toMatchObject(refusal);
});
