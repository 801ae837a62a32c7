import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
} from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { useSqs } from "./sqs.fixture.ts";

const t = useSqs();
const change = (QueueUrl: string, ReceiptHandle: string, VisibilityTimeout: number) =>
  t.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
const remove = (QueueUrl: string, ReceiptHandle: string) =>
  t.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));

test("checksums, attributes and their filters are AWS's", async () => {
  const url = await t.create("filters");
  // Sums that AWS itself answered for these messages.
  const sent = await t.sqs.send(
    new SendMessageCommand({
      QueueUrl: url,
      MessageBody: "msg",
      MessageAttributes: {
        "Help.Me": { DataType: "String", StringValue: "Me" },
        Hello: { DataType: "String", StringValue: "There" },
        General: { DataType: "String", StringValue: "Kenobi" },
      },
    }),
  );
  expect(sent).toMatchObject({
    MD5OfMessageAttributes: "4c360f3fdafd970e05fae2f149d997f5",
    MD5OfMessageBody: "6e2baaf3b97dbeef01c0043275f9a0e7",
  });
  const look = async (MessageAttributeNames: string[]) => {
    const command = new ReceiveMessageCommand({ QueueUrl: url, MessageAttributeNames, VisibilityTimeout: 0 });
    const [message] = (await t.sqs.send(command)).Messages ?? [];
    return [Object.keys(message?.MessageAttributes ?? {}).sort(), message?.MD5OfMessageAttributes];
  };
  const everything = [["General", "Hello", "Help.Me"], "4c360f3fdafd970e05fae2f149d997f5"];
  expect(await look(["All"])).toEqual(everything);
  expect(await look([".*"])).toEqual(everything);
  expect(await look(["*"])).toEqual(everything);
  expect(await look([])).toEqual([[], undefined]);
  expect(await look(["nobody"])).toEqual([[], undefined]);
  expect(await look(["General", "Hello"])).toEqual([
    ["General", "Hello"],
    "fca026605781cb4126a1e9044df24232",
  ]);
  expect(await look(["Hello", "nobody"])).toEqual([["Hello"], "a311262e065454b75da111d535b8dacd"]);
  expect(await look(["Hel.*"])).toEqual([["Hello", "Help.Me"], "83fee93c1bcd8b9a5a923ffacdc636c7"]);
});

test("binary attributes, custom types and the trace header go through", async () => {
  const url = await t.create("binary");
  const bytes = Buffer.from("traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01");
  const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
  const sent = await t.sqs.send(
    new SendMessageCommand({
      QueueUrl: url,
      MessageBody: "test",
      MessageAttributes: {
        attr1: { DataType: "Binary", BinaryValue: bytes },
        n: { DataType: "Number.int", StringValue: "12" },
      },
      MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: trace } },
    }),
  );
  expect(sent.MD5OfMessageSystemAttributes).toMatch(/^[0-9a-f]{32}$/);
  const { Messages } = await t.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MessageAttributeNames: ["attr1"],
      MessageSystemAttributeNames: ["All"],
    }),
  );
  expect(Messages?.[0]).toMatchObject({
    Attributes: {
      ApproximateReceiveCount: "1",
      AWSTraceHeader: trace,
      SenderId: "000000000000",
      SentTimestamp: expect.stringMatching(/^\d{13}$/),
      ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
    },
    MD5OfMessageAttributes: "8cbe4db156db8a94db8b801b7addb984",
  });
  expect(Buffer.from(Messages?.[0]?.MessageAttributes?.attr1?.BinaryValue ?? [])).toEqual(bytes);
});

const string = (StringValue: string, DataType = "String") => ({ DataType, StringValue });
test.each([
  [{ MessageBody: "" }, "The request must contain the parameter MessageBody."],
  [{ MessageBody: "\u0000" }, /^Invalid characters found/],
  [{ MessageBody: "\ud800" }, /^Invalid characters found/],
  [
    { MessageBody: "x".repeat(1025) },
    "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.",
  ],
  [
    { MessageAttributes: { e: string("") } },
    "Message (user) attribute 'e' must contain a non-empty value of type 'String'.",
  ],
  [{ MessageAttributes: { "aws.x": string("a") } }, /^You can't use message attribute names beginning/],
  [{ MessageAttributes: { "a b": string("a") } }, /^Message \(user\) attributes name can only contain/],
  [
    { MessageAttributes: { a: string("a", "Date") } },
    /^The type of message \(user\) attribute 'a' is invalid/,
  ],
  [
    { MessageAttributes: { a: string("one", "Number") } },
    "Can't cast the value of message (user) attribute 'a' to a number.",
  ],
  [
    { MessageAttributes: Object.fromEntries([..."abcdefghijk"].map((name) => [name, string("a")])) },
    "Number of message attributes [11] exceeds the allowed maximum [10].",
  ],
  [{ DelaySeconds: 901 }, /^Value 901 for parameter DelaySeconds is invalid. Reason: /],
  [{ MessageDeduplicationId: "a" }, /^Value a for parameter MessageDeduplicationId is invalid./],
  [
    { MessageGroupId: "group 123" },
    "Value group 123 for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include " +
      "alphanumeric and punctuation characters. 1 to 128 in length.",
  ],
] as [Partial<SendMessageCommandInput>, string | RegExp][])("refuses to send %j", async (given, message) => {
  const url = await t.create("strict", { MaximumMessageSize: "1024" });
  const sending = t.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "a", ...given }));
  await expect(sending).rejects.toThrow(message);
  expect(await t.counts(url)).toEqual([0, 0, 0]);
});

test("a batch tells each entry's fate, and refuses as a whole what is wrong as a whole", async () => {
  const url = await t.create("batches", { MaximumMessageSize: "1024" });
  const sendAll = (...Entries: { Id: string; MessageBody: string }[]) =>
    t.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
  const mixed = await sendAll(
    { Id: "good", MessageBody: "a" },
    { Id: "large", MessageBody: "x".repeat(1025) },
  );
  expect(mixed.Successful).toMatchObject([
    { Id: "good", MD5OfMessageBody: "0cc175b9c0f1b6a831c399e269772661" },
  ]);
  expect(mixed.Failed).toEqual([
    {
      Id: "large",
      SenderFault: true,
      Code: "InvalidParameterValue",
      Message: "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.",
    },
  ]);
  const many = (count: number, size = 1) =>
    Array.from({ length: count }, (_, n) => ({ Id: `${n}`, MessageBody: "x".repeat(size) }));
  await expect(sendAll(...many(20))).rejects.toMatchObject({
    name: "TooManyEntriesInBatchRequest",
    message: "Maximum number of entries per request are 10. You have sent 20.",
  });
  await expect(sendAll({ Id: "a:b", MessageBody: "a" })).rejects.toMatchObject({
    name: "InvalidBatchEntryId",
  });
  await expect(sendAll(...many(2).map((one) => ({ ...one, Id: "a" })))).rejects.toMatchObject({
    name: "BatchEntryIdsNotDistinct",
    message: "Id a repeated.",
  });
  await expect(sendAll(...many(2, 524_289))).rejects.toMatchObject({
    name: "BatchRequestTooLong",
    message: "Batch requests cannot be longer than 1048576 bytes. You have sent 1048578 bytes.",
  });
  await expect(sendAll()).rejects.toMatchObject({ name: "EmptyBatchRequest" });
});

test("a message is hidden while in flight, comes back, and is gone once deleted", async () => {
  const url = await t.create("visible");
  await t.send(url, "a");
  const first = await t.receiveOne(url);
  expect(first.Attributes.ApproximateReceiveCount).toBe("1");
  expect(await t.receive(url)).toEqual([]);
  expect(await t.counts(url)).toEqual([0, 1, 0]);
  await t.nuage.advance(30_000);
  expect(await t.counts(url)).toEqual([1, 0, 0]);
  const second = await t.receiveOne(url);
  expect(second.Attributes.ApproximateReceiveCount).toBe("2");
  // The handle of the earlier receive is stale: the call succeeds and deletes nothing.
  await remove(url, first.ReceiptHandle);
  expect(await t.counts(url)).toEqual([0, 1, 0]);
  await remove(url, second.ReceiptHandle);
  await remove(url, second.ReceiptHandle);
  await t.nuage.advance(60_000);
  expect(await t.counts(url)).toEqual([0, 0, 0]);
});

test("a handle that is late but not stale still deletes from a standard queue", async () => {
  const url = await t.create("late");
  await t.send(url, "a");
  const { ReceiptHandle } = await t.receiveOne(url);
  await t.nuage.advance(31_000);
  await change(url, ReceiptHandle, 10);
  expect(await t.counts(url)).toEqual([1, 0, 0]);
  await remove(url, ReceiptHandle);
  expect(await t.counts(url)).toEqual([0, 0, 0]);
});

test("visibility is changed by heartbeats, ended, and limited to 12 hours in all", async () => {
  const url = await t.create("heartbeat");
  await t.send(url, "a");
  const { ReceiptHandle } = await t.receiveOne(url);
  await t.nuage.advance(20_000);
  await change(url, ReceiptHandle, 30);
  await t.nuage.advance(20_000);
  expect(await t.receive(url)).toEqual([]);
  await expect(change(url, ReceiptHandle, 43_200)).rejects.toThrow(
    "Value 43200 for parameter VisibilityTimeout is invalid. " +
      "Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds].",
  );
  await expect(change(url, ReceiptHandle, 43_201)).rejects.toThrow("Value 43201 for parameter");
  await change(url, ReceiptHandle, 0);
  expect(await t.counts(url)).toEqual([1, 0, 0]);
  const again = await t.receiveOne(url);
  await remove(url, again.ReceiptHandle);
  await expect(change(url, again.ReceiptHandle, 1)).rejects.toThrow(
    "Message does not exist or is not available for visibility timeout change.",
  );
  await expect(remove(url, "nonsense")).rejects.toMatchObject({
    name: "ReceiptHandleIsInvalid",
    message: 'The input receipt handle "nonsense" is not a valid receipt handle.',
  });
});

test("batches delete and change, entry by entry", async () => {
  const url = await t.create("pairs");
  await t.send(url, "a");
  await t.send(url, "b");
  const { Messages = [] } = await t.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }),
  );
  const entries = Messages.map(({ ReceiptHandle }, n) => ({ Id: `${n}`, ReceiptHandle }));
  const changed = await t.sqs.send(
    new ChangeMessageVisibilityBatchCommand({
      QueueUrl: url,
      Entries: entries.map((entry) => ({ ...entry, VisibilityTimeout: 100 })),
    }),
  );
  expect(changed.Successful).toEqual([{ Id: "0" }, { Id: "1" }]);
  await t.nuage.advance(50_000);
  expect(await t.counts(url)).toEqual([0, 2, 0]);
  const deleted = await t.sqs.send(
    new DeleteMessageBatchCommand({
      QueueUrl: url,
      Entries: [...entries, { Id: "bad", ReceiptHandle: "nonsense" }],
    }),
  );
  expect(deleted.Successful).toEqual([{ Id: "0" }, { Id: "1" }]);
  expect(deleted.Failed).toMatchObject([{ Id: "bad", Code: "ReceiptHandleIsInvalid", SenderFault: true }]);
  expect(await t.counts(url)).toEqual([0, 0, 0]);
});

test("delays, of the queue and of a message, hold until their time", async () => {
  const url = await t.create("delays", { DelaySeconds: "60" });
  await t.send(url, "as the queue");
  await t.send(url, "at once", { DelaySeconds: 0 });
  await t.send(url, "later", { DelaySeconds: 900 });
  expect(await t.counts(url)).toEqual([1, 0, 2]);
  expect(await t.receive(url)).toEqual(["at once"]);
  await t.nuage.advance(60_000);
  expect(await t.receive(url, { VisibilityTimeout: 900 })).toContain("as the queue");
  await t.nuage.advance(840_000);
  expect(await t.receive(url)).toContain("later");
});

test("retention is by the clock, from the send", async () => {
  const url = await t.create("old", { MessageRetentionPeriod: "60" });
  await t.send(url, "a");
  await t.send(url, "in flight");
  await t.nuage.advance(50_000);
  await t.send(url, "young");
  await t.nuage.advance(10_000);
  expect(await t.counts(url)).toEqual([1, 0, 0]);
  expect(await t.receive(url)).toEqual(["young"]);
});

test("messages of up to 1 MiB, attributes included, arrive as they were", async () => {
  const url = await t.create("large");
  const body = "é".repeat(524_288);
  await t.send(url, body);
  expect(await t.receive(url, { VisibilityTimeout: 0 })).toEqual([body]);
  expect(await t.receive(url)).toEqual([body]);
  await expect(t.send(url, `${body}a`)).rejects.toThrow("Message must be shorter than 1048576 bytes.");
});

test.each([
  [
    { MaxNumberOfMessages: 11 },
    "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
  ],
  [
    { WaitTimeSeconds: 21 },
    "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.",
  ],
  [{ VisibilityTimeout: -1 }, "Value -1 for parameter VisibilityTimeout is invalid."],
  [{ MessageSystemAttributeNames: ["Colour" as never] }, "Unknown Attribute Colour."],
  [{ ReceiveRequestAttemptId: "a" }, "Value a for parameter ReceiveRequestAttemptId is invalid."],
])("refuses to receive with %j", async (given, message) => {
  const url = await t.create("strict-receive");
  await expect(t.receive(url, given)).rejects.toThrow(message);
});
