import {
  AddPermissionCommand,
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  type QueueAttributeName,
  RemovePermissionCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  TagQueueCommand,
  UntagQueueCommand,
} from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { useSqs } from "./sqs.fixture.ts";

const t = useSqs();

test("a queue is made, found, listed by prefix and page, and described with AWS's defaults", async () => {
  const url = await t.create("orders");
  expect(url).toBe(`${t.nuage.endpoint}/000000000000/orders`);
  expect((await t.sqs.send(new GetQueueUrlCommand({ QueueName: "orders" }))).QueueUrl).toBe(url);
  const { Attributes } = await t.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] }),
  );
  expect(Attributes).toEqual({
    ApproximateNumberOfMessages: "0",
    ApproximateNumberOfMessagesDelayed: "0",
    ApproximateNumberOfMessagesNotVisible: "0",
    CreatedTimestamp: expect.stringMatching(/^\d{10}$/),
    DelaySeconds: "0",
    LastModifiedTimestamp: expect.stringMatching(/^\d{10}$/),
    MaximumMessageSize: "1048576",
    MessageRetentionPeriod: "345600",
    QueueArn: "arn:aws:sqs:us-east-1:000000000000:orders",
    ReceiveMessageWaitTimeSeconds: "0",
    SqsManagedSseEnabled: "true",
    VisibilityTimeout: "30",
  });
  for (const name of ["page-a", "page-b", "page-c"]) await t.create(name);
  const first = await t.sqs.send(new ListQueuesCommand({ QueueNamePrefix: "page-", MaxResults: 2 }));
  expect(first.QueueUrls?.map((one) => one.slice(-6))).toEqual(["page-a", "page-b"]);
  const second = await t.sqs.send(
    new ListQueuesCommand({ QueueNamePrefix: "page-", MaxResults: 2, NextToken: first.NextToken }),
  );
  expect(second.QueueUrls?.map((one) => one.slice(-6))).toEqual(["page-c"]);
  expect(second.NextToken).toBeUndefined();
});

test("making a queue again is the same, unless an attribute differs", async () => {
  const url = await t.create("again", { DelaySeconds: "1" });
  expect(await t.create("again", { DelaySeconds: "1" })).toBe(url);
  expect(await t.create("again")).toBe(url);
  await expect(t.create("again", { DelaySeconds: "2" })).rejects.toMatchObject({
    name: "QueueNameExists",
    message: "A queue already exists with the same name and a different value for attribute DelaySeconds",
  });
});

test("a deleted queue's name is free after a minute, and its messages are gone", async () => {
  const url = await t.create("gone");
  await t.send(url, "x");
  await t.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
  await expect(t.send(url, "y")).rejects.toMatchObject({
    name: "QueueDoesNotExist",
    message: "The specified queue does not exist.",
  });
  await expect(t.create("gone")).rejects.toMatchObject({
    name: "QueueDeletedRecently",
    message:
      "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
  });
  await t.nuage.advance(60_000);
  expect(await t.receive(await t.create("gone"))).toEqual([]);
});

test.each([
  ["bad name", {}, "InvalidParameterValueException", /^Can only include alphanumeric characters/],
  ["orders.fifo", {}, "InvalidParameterValueException", /^Can only include alphanumeric characters/],
  ["orders", { FifoQueue: "true" }, "InvalidParameterValueException", /must end with .fifo suffix/],
  ["a", { FifoQueue: "false" }, "InvalidAttributeName", /^Unknown Attribute FifoQueue.$/],
  ["a", { Colour: "red" }, "InvalidAttributeName", /^Unknown Attribute Colour.$/],
  [
    "a",
    { DeduplicationScope: "queue" },
    "InvalidAttributeName",
    /^You can specify the DeduplicationScope only when FifoQueue is set to true.$/,
  ],
  ["a", { VisibilityTimeout: "43201" }, "InvalidAttributeValue", /parameter VisibilityTimeout.$/],
  ["a", { DelaySeconds: "1.5" }, "InvalidAttributeValue", /parameter DelaySeconds.$/],
  ["a", { MaximumMessageSize: "1023" }, "InvalidAttributeValue", /parameter MaximumMessageSize.$/],
  ["a", { Policy: "{" }, "InvalidAttributeValue", /parameter Policy.$/],
  ["a", { Policy: '{"Statement":[null]}' }, "InvalidAttributeValue", /parameter Policy.$/],
  [
    "a",
    { RedrivePolicy: '{"deadLetterTargetArn": "dummy", "maxReceiveCount": 42}' },
    "InvalidParameterValueException",
    /^Value \{"deadLetterTargetArn": "dummy", .* is invalid. Reason: Invalid value for deadLetterTargetArn.$/,
  ],
] as [string, Record<string, string>, string, RegExp][])(
  "refuses to make %s with %j",
  async (name, attributes, code, message) => {
    const command = new CreateQueueCommand({ QueueName: name, Attributes: attributes });
    const refused = await t.sqs.send(command).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({ message: expect.stringMatching(message) });
    expect([code, code.replace("Exception", "")]).toContain((refused as { name: string }).name);
  },
);

test("attributes change, encryption is of one kind, a queue's kind stays", async () => {
  const url = await t.create("changing");
  const set = (Attributes: Record<string, string>) =>
    t.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
  const get = async (...AttributeNames: QueueAttributeName[]) =>
    (await t.sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames }))).Attributes;
  await set({ KmsMasterKeyId: "key", DelaySeconds: "3" });
  expect(await get("KmsMasterKeyId", "SqsManagedSseEnabled", "DelaySeconds")).toEqual({
    KmsMasterKeyId: "key",
    SqsManagedSseEnabled: "false",
    DelaySeconds: "3",
  });
  expect(await get("KmsDataKeyReusePeriodSeconds")).toEqual({ KmsDataKeyReusePeriodSeconds: "300" });
  await expect(set({ KmsMasterKeyId: "key", SqsManagedSseEnabled: "true" })).rejects.toMatchObject({
    name: "InvalidAttributeName",
  });
  await set({ SqsManagedSseEnabled: "true" });
  expect(await get("KmsMasterKeyId", "SqsManagedSseEnabled", "KmsDataKeyReusePeriodSeconds")).toEqual({
    SqsManagedSseEnabled: "true",
  });
  await expect(set({ FifoQueue: "true" })).rejects.toMatchObject({ message: "Unknown Attribute FifoQueue." });
  const fifo = await t.create("changing.fifo");
  const change = new SetQueueAttributesCommand({ QueueUrl: fifo, Attributes: { FifoQueue: "false" } });
  await expect(t.sqs.send(change)).rejects.toMatchObject({
    name: "InvalidAttributeValue",
    message: "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
  });
});

test("a purge empties the queue, once a minute", async () => {
  const url = await t.create("purged");
  await t.send(url, "waiting");
  await t.send(url, "delayed", { DelaySeconds: 5 });
  const got = await t.receiveOne(url);
  await t.sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
  expect(await t.counts(url)).toEqual([0, 0, 0]);
  await expect(t.sqs.send(new PurgeQueueCommand({ QueueUrl: url }))).rejects.toMatchObject({
    name: "PurgeQueueInProgress",
    message: "Only one PurgeQueue operation on purged is allowed every 60 seconds.",
    $metadata: { httpStatusCode: 403 },
  });
  await t.send(url, "after");
  expect(await t.receive(url)).toEqual(["after"]);
  expect(got.Body).toBe("waiting");
  await t.nuage.advance(60_000);
  await t.sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
});

test("tags are set, listed and taken away", async () => {
  const url = await t.create("tagged");
  await t.sqs.send(new TagQueueCommand({ QueueUrl: url, Tags: { tag1: "value1", tag2: "" } }));
  await t.sqs.send(new TagQueueCommand({ QueueUrl: url, Tags: { tag2: "value2" } }));
  const list = async () => (await t.sqs.send(new ListQueueTagsCommand({ QueueUrl: url }))).Tags;
  expect(await list()).toEqual({ tag1: "value1", tag2: "value2" });
  await t.sqs.send(new UntagQueueCommand({ QueueUrl: url, TagKeys: ["tag1", "tag2"] }));
  expect(await list()).toBeUndefined();
});

test("permissions become statements of the policy, by label", async () => {
  const url = await t.create("permitted");
  const add = (Label: string, AWSAccountIds: string[], Actions: string[]) =>
    t.sqs.send(new AddPermissionCommand({ QueueUrl: url, Label, AWSAccountIds, Actions }));
  const remove = (Label: string) => t.sqs.send(new RemovePermissionCommand({ QueueUrl: url, Label }));
  const policy = async () => {
    const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["Policy"] });
    return (await t.sqs.send(command)).Attributes?.Policy;
  };
  await add("other", ["111111111111"], ["ReceiveMessage"]);
  expect(JSON.parse((await policy()) ?? "")).toEqual({
    Version: "2008-10-17",
    Id: "arn:aws:sqs:us-east-1:000000000000:permitted/SQSDefaultPolicy",
    Statement: [
      {
        Sid: "other",
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::111111111111:root" },
        Action: "SQS:ReceiveMessage",
        Resource: "arn:aws:sqs:us-east-1:000000000000:permitted",
      },
    ],
  });
  await expect(add("other", ["222222222222"], ["*"])).rejects.toThrow(
    "Value other for parameter Label is invalid. Reason: Already exists.",
  );
  await expect(remove("nobody")).rejects.toThrow(
    "Value nobody for parameter Label is invalid. Reason: can't find label.",
  );
  await expect(add("more", ["111111111111"], ["Fly"])).rejects.toThrow(
    "Value SQS:Fly for parameter ActionName is invalid.",
  );
  await remove("other");
  expect(await policy()).toBeUndefined();
  const Statement = { Sid: "alone", Effect: "Allow", Principal: "*", Action: "sqs:*" };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await t.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy } }));
  await add("second", ["111111111111"], ["*"]);
  expect(JSON.parse((await policy()) ?? "").Statement).toMatchObject([Statement, { Sid: "second" }]);
});

test.each([
  (at: string, path: string) => `${at}/000000000000/${path}`,
  (_: string, path: string) => `http://sqs.us-east-1.localhost.localstack.cloud:4566/000000000000/${path}`,
  (_: string, path: string) => `https://sqs.us-east-1.amazonaws.com/000000000000/${path}`,
  (_: string, path: string) => `https://us-east-1.queue.amazonaws.com/000000000000/${path}`,
  (at: string, path: string) => `${at}/queue/us-east-1/000000000000/${path}`,
])("a queue is found by its URL of shape %#", async (shape) => {
  await t.create("shapes");
  const client = new SQSClient({
    endpoint: t.nuage.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    useQueueUrlAsEndpoint: false,
  });
  const QueueUrl = shape(t.nuage.endpoint, "shapes");
  expect((await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "a" }))).MessageId).toBeDefined();
  client.destroy();
});

test("queues of other accounts and regions are others", async () => {
  await t.create("scoped");
  const elsewhere = new SQSClient({
    endpoint: t.nuage.endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "222222222222", secretAccessKey: "test" },
  });
  const get = elsewhere.send(new GetQueueUrlCommand({ QueueName: "scoped" }));
  await expect(get).rejects.toMatchObject({ name: "QueueDoesNotExist" });
  elsewhere.destroy();
  const wrong = t.sqs.send(new SendMessageCommand({ QueueUrl: "nonsense", MessageBody: "a" }));
  await expect(wrong).rejects.toMatchObject({ name: "InvalidAddress" });
});
