import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { under, usePublished } from "./published.fixture.ts";

const published = usePublished();
const { it } = published;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html */
const STANDARD = {
  ApproximateAgeOfOldestMessage: "Seconds",
  ApproximateNumberOfMessagesDelayed: "Count",
  ApproximateNumberOfMessagesNotVisible: "Count",
  ApproximateNumberOfMessagesVisible: "Count",
  NumberOfEmptyReceives: "Count",
  NumberOfMessagesDeleted: "Count",
  NumberOfMessagesReceived: "Count",
  NumberOfMessagesSent: "Count",
  SentMessageSize: "Bytes",
};
const FIFO = {
  ...STANDARD,
  ApproximateNumberOfGroupsWithInflightMessages: "Count",
  NumberOfDeduplicatedSentMessages: "Count",
};

test("queues publish what AWS's do", async () => {
  const sqs = it.nuage.client(SQSClient);
  const create = async (QueueName: string, Attributes = {}) =>
    (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? "";
  const receive = (QueueUrl: string) =>
    sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 600 }));

  const plain = await create("plain");
  await sqs.send(new SendMessageCommand({ QueueUrl: plain, MessageBody: "12345" }));
  const { Messages = [] } = await receive(plain);
  await sqs.send(new DeleteMessageCommand({ QueueUrl: plain, ReceiptHandle: Messages[0]?.ReceiptHandle }));
  await receive(plain);

  const fifo = await create("ordered.fifo", { FifoQueue: "true", ContentBasedDeduplication: "true" });
  const send = (MessageBody: string, MessageGroupId: string) =>
    sqs.send(new SendMessageCommand({ QueueUrl: fifo, MessageBody, MessageGroupId }));
  await send("one", "a");
  await send("one", "a");
  await send("two", "b");
  const Entries = ["one", "three"].map((MessageBody, at) => ({
    Id: `${at}`,
    MessageBody,
    MessageGroupId: "c",
  }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl: fifo, Entries }));
  await receive(fifo);
  await receive(fifo);
  await it.nextMinute();

  expect(await published.rows("AWS/SQS")).toEqual(
    [...under("QueueName=plain", STANDARD), ...under("QueueName=ordered.fifo", FIFO)].sort(),
  );
  expect(await published.values("AWS/SQS", "QueueName=plain")).toMatchObject({
    NumberOfMessagesSent: 1,
    NumberOfMessagesReceived: 1,
    NumberOfMessagesDeleted: 1,
    NumberOfEmptyReceives: 1,
    SentMessageSize: 5,
  });
  expect(await published.values("AWS/SQS", "QueueName=ordered.fifo", "Maximum")).toMatchObject({
    ApproximateNumberOfGroupsWithInflightMessages: 2,
    ApproximateNumberOfMessagesNotVisible: 2,
    NumberOfDeduplicatedSentMessages: 1,
    NumberOfMessagesDeleted: 0,
    NumberOfEmptyReceives: 0,
  });
});

test("a queue that is only asked has zeros of what does not happen; an unused one has nothing", async () => {
  const sqs = it.nuage.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "polled" }));
  await sqs.send(new CreateQueueCommand({ QueueName: "unused" }));
  await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  await it.nextMinute();
  expect(await published.values("AWS/SQS", "QueueName=polled")).toMatchObject({
    NumberOfEmptyReceives: 1,
    NumberOfMessagesSent: 0,
    NumberOfMessagesReceived: 0,
    ApproximateNumberOfMessagesVisible: 0,
  });
  expect(await published.values("AWS/SQS", "QueueName=unused")).toEqual({});
  // Zeros are no news: nobody wakes for them.
  await it.nuage.advance("3 hours");
  expect((await published.values("AWS/SQS", "QueueName=polled", "SampleCount")).NumberOfMessagesSent).toBe(1);
});
