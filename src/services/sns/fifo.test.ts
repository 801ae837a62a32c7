import {
  PublishBatchCommand,
  PublishCommand,
  type PublishCommandInput,
  type PublishCommandOutput,
  SetTopicAttributesCommand,
} from "@aws-sdk/client-sns";
import { DeleteQueueCommand } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { fresh, RAW, refusal, useSns } from "./sns.fixture.ts";

const on = useSns();
const invalid = (what: string) => ({
  name: "InvalidParameterException",
  message: `Invalid parameter: ${what}`,
});
const MINUTE_MS = 60_000;

const send = (
  TopicArn: string,
  Message: string,
  group: string,
  id?: string,
  more: Partial<PublishCommandInput> = {},
): Promise<PublishCommandOutput> =>
  on.sns.send(
    new PublishCommand({
      TopicArn,
      Message,
      MessageGroupId: group,
      ...(id === undefined ? {} : { MessageDeduplicationId: id }),
      ...more,
    }),
  );
const topicOf = (attributes: Record<string, string> = {}) => on.topic(`${fresh("ordered")}.fifo`, attributes);

test("groups keep their order in queues, with rising sequence numbers", async () => {
  const topic = await topicOf();
  const queue = await on.listener(topic, RAW);
  const numbers: string[] = [];
  for (let n = 0; n < 12; n++) {
    const { SequenceNumber = "" } = await send(topic, `${n}`, `g${n % 3}`, `d${n}`);
    numbers.push(SequenceNumber);
  }
  expect(numbers.every((number) => /^\d{20}$/.test(number))).toBe(true);
  expect([...numbers].sort()).toEqual(numbers);
  expect(new Set(numbers).size).toBe(12);
  const messages = await on.messages(queue);
  for (const group of ["g0", "g1", "g2"]) {
    const own = messages.filter(({ Attributes }) => Attributes?.MessageGroupId === group);
    const places = own.map(({ Body }) => Number(Body));
    expect(places).toHaveLength(4);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
  }
});

test("an envelope has its number and no signature", async () => {
  const topic = await topicOf({ ContentBasedDeduplication: "true" });
  const queue = await on.listener(topic);
  const { SequenceNumber, MessageId } = await send(topic, "Test", "g");
  const [message] = await on.messages(queue);
  expect(JSON.parse(message?.Body ?? "")).toEqual({
    Type: "Notification",
    MessageId,
    SequenceNumber,
    TopicArn: topic,
    Message: "Test",
    Timestamp: expect.any(String),
    UnsubscribeURL: expect.stringContaining(queue.subscription),
  });
  expect(message?.Attributes).toMatchObject({
    MessageGroupId: "g",
    MessageDeduplicationId: "532eaabd9574880dbf76b9b8cc00832c20a6ec113d682299550d7a6e0f345e25",
  });
});

test("what was sent within five minutes is not sent again, and answered as the first was", async () => {
  const topic = await topicOf();
  const queue = await on.listener(topic, RAW);
  const first = await send(topic, "first", "g", "id");
  const second = await send(topic, "second", "h", "id");
  expect(second).toMatchObject({ MessageId: first.MessageId, SequenceNumber: first.SequenceNumber });
  expect(await on.bodies(queue)).toEqual(["first"]);
  await on.nuage.advance(5 * MINUTE_MS + 1000);
  const third = await send(topic, "third", "g", "id");
  expect(third.MessageId).not.toBe(first.MessageId);
  expect(await on.bodies(queue)).toEqual(["third"]);
});

test("ids belong to groups where the topic says so", async () => {
  const topic = await topicOf({ FifoThroughputScope: "MessageGroup" });
  // The queue looks across its groups by itself.
  const queue = await on.queue();
  await on.subscribe(topic, "sqs", queue.arn, RAW);
  await send(topic, "one", "g", "id");
  await send(topic, "again", "g", "id");
  await send(topic, "other", "h", "id");
  expect((await on.bodies(queue)).sort()).toEqual(["one", "other"]);
});

test("content tells messages apart where the topic says so, and an id goes before it", async () => {
  const topic = await topicOf({ ContentBasedDeduplication: "true" });
  const queue = await on.listener(topic, RAW);
  await send(topic, "same", "g");
  await send(topic, "same", "g");
  await send(topic, "same", "g", "another");
  expect(await on.bodies(queue)).toEqual(["same", "same"]);
});

test("a batch keeps its order, and drops doubles within itself", async () => {
  const topic = await topicOf();
  const queue = await on.listener(topic, RAW);
  const entries = ["a", "b", "a", "c"].map((id, n) => ({
    Id: `${n}`,
    Message: `${n}`,
    MessageGroupId: "g",
    MessageDeduplicationId: id,
  }));
  const { Successful = [] } = await on.sns.send(
    new PublishBatchCommand({ TopicArn: topic, PublishBatchRequestEntries: entries }),
  );
  expect(Successful).toHaveLength(4);
  expect(Successful[2]?.MessageId).toBe(Successful[0]?.MessageId);
  expect(await on.bodies(queue)).toEqual(["0", "1", "3"]);
});

test("a standard queue may listen, too", async () => {
  const topic = await topicOf();
  const queue = await on.queue();
  await on.subscribe(topic, "sqs", queue.arn, RAW);
  await send(topic, "m", "g", "id");
  const [message] = await on.messages(queue);
  expect(message?.Body).toBe("m");
  expect(message?.Attributes).not.toHaveProperty("MessageDeduplicationId");
});

test("what cannot be delivered goes to a FIFO dead-letter queue, in order", async () => {
  const topic = await topicOf();
  const dead = await on.queue(`${fresh("dead")}.fifo`);
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn });
  const queue = await on.listener(topic, { ...RAW, RedrivePolicy });
  await on.sqs.send(new DeleteQueueCommand({ QueueUrl: queue.url }));
  for (const n of ["1", "2", "3"]) await send(topic, n, "g", n);
  expect(await on.bodies(dead)).toEqual(["1", "2", "3"]);
});

test("what a FIFO topic needs is named", async () => {
  const topic = await topicOf();
  expect(await refusal(on.publish(topic, "m"))).toEqual(
    invalid("The MessageGroupId parameter is required for FIFO topics"),
  );
  expect(await refusal(send(topic, "m", "g"))).toEqual(
    invalid(
      "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided " +
        "explicitly",
    ),
  );
  for (const wrong of ["", "a b", "x".repeat(129), "ü"]) {
    expect((await refusal(send(topic, "m", wrong, "d"))).message).toContain("MessageGroupId");
    expect((await refusal(send(topic, "m", "g", wrong))).message).toContain("MessageDeduplicationId");
  }
  const set = (AttributeName: string, AttributeValue: string) =>
    on.sns.send(new SetTopicAttributesCommand({ TopicArn: topic, AttributeName, AttributeValue }));
  expect(await refusal(set("FifoTopic", "false"))).toEqual(invalid("AttributeName"));
  expect(await refusal(set("FifoThroughputScope", "Queue"))).toMatchObject({
    message: expect.stringContaining("Must be Topic or MessageGroup"),
  });
});
