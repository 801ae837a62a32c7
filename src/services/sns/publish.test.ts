import { PublishBatchCommand, type PublishBatchRequestEntry, PublishCommand } from "@aws-sdk/client-sns";
import { describe, expect, test } from "vitest";
import { RAW, refusal, useSns } from "./sns.fixture.ts";

const on = useSns();
const invalid = (what: string) => ({
  name: "InvalidParameterException",
  message: `Invalid parameter: ${what}`,
});
const text = (StringValue: string, DataType = "String") => ({ DataType, StringValue });

describe("a message", () => {
  test.each([
    [{ Message: "" }, "Empty message"],
    [{ Subject: "" }, "Subject"],
    [{ Subject: "two\nlines" }, "Subject"],
    [{ Subject: "x".repeat(101) }, "Subject"],
    [{ Message: "x".repeat(262_145) }, "Message too long"],
    [{ Message: "x".repeat(262_140), MessageAttributes: { a: text("b") } }, "Message too long"],
    [{ MessageStructure: "xml" }, "MessageStructure"],
    [{ MessageStructure: "json", Message: "{" }, "Message Structure - JSON message body failed to parse"],
    [
      { MessageStructure: "json", Message: '{"sqs":"a"}' },
      "Message Structure - No default entry in JSON message body",
    ],
    [
      { MessageStructure: "json", Message: '{"default":1}' },
      "Message Structure - No default entry in JSON message body",
    ],
    [
      { MessageDeduplicationId: "d" },
      "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not " +
        "valid for this topic type",
    ],
  ])("is refused: %j", async (given, what) => {
    const topic = await on.topic();
    const queue = await on.listener(topic);
    expect(await refusal(on.publish(topic, "m", given))).toEqual(invalid(what));
    expect(await on.messages(queue)).toEqual([]);
  });

  test.each([
    ["a", text("x", "Text"), "The message attribute 'a' has an invalid message attribute type"],
    [
      "a",
      text(""),
      "The message attribute 'a' must contain non-empty message attribute value for message attribute " +
        "type 'String'.",
    ],
    [
      "a",
      { DataType: "String", BinaryValue: Uint8Array.of(1) },
      "The message attribute 'a' with type 'String' must use field 'String'.",
    ],
    ["a", text("x", "Binary"), "The message attribute 'a' with type 'Binary' must use field 'Binary'."],
    ["a", text("x", "Number"), "Could not cast message attribute 'a' value to number."],
    ["x".repeat(257), text("x"), "Length of message attribute name must be less than 256 bytes."],
    [
      "a^b",
      text("x"),
      "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. " +
        "Can only include alphanumeric characters, hyphens, underscores, or dots.",
    ],
    [".a", text("x"), "Invalid message attribute name starting with character '.' was found."],
    ["a.", text("x"), "Invalid message attribute name ending with character '.' was found."],
    ["a..b", text("x"), "Message attribute name can not have successive '.' character."],
  ])("cannot have an attribute %j %j", async (name, value, message) => {
    const topic = await on.topic();
    const MessageAttributes = { [name]: value as ReturnType<typeof text> };
    const found = await refusal(on.publish(topic, "m", { MessageAttributes }));
    expect(found.name).toBe("InvalidParameterValueException");
    expect(found.message).toContain(message);
  });

  test("cannot have an attribute without a type", async () => {
    const MessageAttributes = { attr1: { StringValue: "x" } as ReturnType<typeof text> };
    expect(await refusal(on.publish(await on.topic(), "m", { MessageAttributes }))).toEqual({
      name: "ValidationError",
      message:
        "1 validation error detected: Value null at 'messageAttributes.attr1.member.dataType' failed to " +
        "satisfy constraint: Member must not be null",
    });
  });

  test("may be as long as AWS allows, to the byte", async () => {
    const topic = await on.topic();
    const queue = await on.listener(topic, RAW);
    const message = "ü".repeat(131_072);
    await on.publish(topic, message);
    expect(await on.bodies(queue)).toEqual([message]);
  });

  test("says different things to different protocols", async () => {
    const topic = await on.topic();
    const queue = await on.listener(topic, RAW);
    const structured = { default: "for all", sqs: "for queues", http: "for others", ignored: 1 };
    await on.publish(topic, JSON.stringify(structured), { MessageStructure: "json" });
    await on.publish(topic, JSON.stringify({ default: "for all" }), { MessageStructure: "json" });
    expect((await on.bodies(queue)).sort()).toEqual(["for all", "for queues"]);
  });

  test("goes to a topic that TargetArn names, and to one place only", async () => {
    const topic = await on.topic();
    const queue = await on.listener(topic, RAW);
    await on.sns.send(new PublishCommand({ TargetArn: topic, Message: "m" }));
    expect(await on.bodies(queue)).toEqual(["m"]);
    const both = new PublishCommand({ TargetArn: topic, TopicArn: topic, Message: "m" });
    expect(await refusal(on.sns.send(both))).toMatchObject({ name: "InvalidParameterException" });
    expect(await refusal(on.sns.send(new PublishCommand({ Message: "m" })))).toEqual(
      invalid("TopicArn or TargetArn Reason: no value for required parameter"),
    );
  });

  test("goes to those who had subscribed by then", async () => {
    const topic = await on.topic();
    const early = await on.listener(topic, RAW);
    await on.publish(topic, "first");
    const late = await on.listener(topic, RAW);
    await on.publish(topic, "second");
    expect((await on.bodies(early)).sort()).toEqual(["first", "second"]);
    expect(await on.bodies(late)).toEqual(["second"]);
  });

  test("tells a fair queue whose it is", async () => {
    const topic = await on.topic();
    const queue = await on.listener(topic);
    await on.publish(topic, "m", { MessageGroupId: "tenant" });
    const [message] = await on.messages(queue);
    expect(message?.Attributes).toMatchObject({ MessageGroupId: "tenant" });
  });

  test("with more than ten attributes fits no queue that wants it raw", async () => {
    const topic = await on.topic();
    const dead = await on.queue();
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn });
    const raw = await on.listener(topic, { ...RAW, RedrivePolicy });
    const wrapped = await on.listener(topic);
    const MessageAttributes = Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`a${n}`, text("x")]));
    await on.publish(topic, "m", { MessageAttributes });
    expect(await on.messages(raw)).toEqual([]);
    const [envelope] = await on.envelopes(wrapped);
    expect(Object.keys(envelope.MessageAttributes)).toHaveLength(11);
  });
});

describe("a filter", () => {
  const hears = async (filter: object, scope: string, ...publishes: [string, object?][]) => {
    const topic = await on.topic();
    const queue = await on.listener(topic, {
      ...RAW,
      FilterPolicy: JSON.stringify(filter),
      FilterPolicyScope: scope,
    });
    for (const [message, MessageAttributes = {}] of publishes) {
      await on.publish(topic, message, { MessageAttributes: { ...MessageAttributes } });
    }
    return (await on.bodies(queue)).sort();
  };

  test("on attributes reads texts, numbers and arrays", async () => {
    const heard = await hears(
      { kind: ["order", { prefix: "re" }], price: [{ numeric: [">=", 10] }], colours: ["red", null] },
      "MessageAttributes",
      [
        "all",
        { kind: text("order"), price: text("10", "Number"), colours: text('["blue","red"]', "String.Array") },
      ],
      ["prefix", { kind: text("return"), price: text("1e2", "Number"), colours: text("red") }],
      ["null", { kind: text("order"), price: text("11", "Number"), colours: text("[null]", "String.Array") }],
      ["cheap", { kind: text("order"), price: text("9.99", "Number"), colours: text("red") }],
      ["text, no number", { kind: text("order"), price: text("10"), colours: text("red") }],
      [
        "blue",
        { kind: text("order"), price: text("10", "Number"), colours: text('["blue"]', "String.Array") },
      ],
      ["without"],
    );
    expect(heard).toEqual(["all", "null", "prefix"]);
  });

  test("on bodies reads JSON of any depth, and nothing else", async () => {
    const heard = await hears(
      {
        order: { lines: { sku: [{ "anything-but": ["x"] }] } },
        $or: [{ a: [1] }, { b: [{ exists: true }] }],
      },
      "MessageBody",
      ['{"order":{"lines":[{"sku":"x"},{"sku":"y"}]},"a":1}'],
      ['{"order":{"lines":{"sku":"z"}},"b":0}'],
      ['{"order":{"lines":{"sku":"x"}},"a":1}'],
      ['{"order":{"lines":{"sku":"y"}},"a":2}'],
      ["no JSON"],
      ["[1]"],
    );
    expect(heard).toEqual([
      '{"order":{"lines":[{"sku":"x"},{"sku":"y"}]},"a":1}',
      '{"order":{"lines":{"sku":"z"}},"b":0}',
    ]);
  });

  test("holds from when it is set, for what is published then", async () => {
    const topic = await on.topic();
    const queue = await on.listener(topic, RAW);
    const message = (colour: string) => ({ MessageAttributes: { colour: text(colour) } });
    await on.publish(topic, "before", message("blue"));
    await on.set(queue.subscription, "FilterPolicy", '{"colour":["red"]}');
    await on.publish(topic, "blue", message("blue"));
    await on.publish(topic, "red", message("red"));
    await on.set(queue.subscription, "FilterPolicy", "{}");
    await on.publish(topic, "after", message("blue"));
    expect((await on.bodies(queue)).sort()).toEqual(["after", "before", "red"]);
  });
});

describe("a batch", () => {
  const send = (topic: string, ...PublishBatchRequestEntries: PublishBatchRequestEntry[]) =>
    on.sns.send(new PublishBatchCommand({ TopicArn: topic, PublishBatchRequestEntries }));

  test("publishes what is right, and says what was wrong with the rest", async () => {
    const topic = await on.topic();
    const queue = await on.listener(topic, RAW);
    const answer = await send(
      topic,
      { Id: "a", Message: "one", MessageAttributes: { n: text("1", "Number") } },
      { Id: "b", Message: "" },
      { Id: "c", Message: "three", Subject: "a\nb" },
      { Id: "d", Message: "four" },
    );
    expect(answer.Successful?.map(({ Id, MessageId }) => [Id, MessageId?.length])).toEqual([
      ["a", 36],
      ["d", 36],
    ]);
    expect(answer.Failed).toEqual([
      { Id: "b", Code: "InvalidParameter", Message: "Invalid parameter: Empty message", SenderFault: true },
      { Id: "c", Code: "InvalidParameter", Message: "Invalid parameter: Subject", SenderFault: true },
    ]);
    expect((await on.bodies(queue)).sort()).toEqual(["four", "one"]);
  });

  test.each([
    [[], "EmptyBatchRequestException", "The batch request doesn't contain any entries."],
    [
      Array.from({ length: 11 }, (_, n) => ({ Id: `${n}`, Message: "m" })),
      "TooManyEntriesInBatchRequestException",
      "The batch request contains more entries than permissible.",
    ],
    [
      [
        { Id: "a", Message: "m" },
        { Id: "a", Message: "n" },
      ],
      "BatchEntryIdsNotDistinctException",
      "Two or more batch entries in the request have the same Id.",
    ],
    [
      [{ Id: "message.id", Message: "m" }],
      "InvalidBatchEntryIdException",
      "The Id of a batch entry in the batch request contains an impermissible character: message.id",
    ],
    [
      [{ Id: "x".repeat(81), Message: "m" }],
      "InvalidBatchEntryIdException",
      `The Id of a batch entry in the batch request is too long: ${"x".repeat(81)}`,
    ],
    [
      [
        { Id: "a", Message: "x".repeat(131_072) },
        { Id: "b", Message: "x".repeat(131_073) },
      ],
      "BatchRequestTooLongException",
      "The length of all the messages put together is more than the limit.",
    ],
    [
      [{ Id: "a", Message: '{"sqs":"m"}', MessageStructure: "json" }],
      "InvalidParameterException",
      "Invalid parameter: Message Structure - No default entry in JSON message body",
    ],
    [
      [{ Id: "a", Message: "m", MessageAttributes: { a: text("") } }],
      "InvalidParameterValueException",
      "The message attribute 'a' must contain non-empty message attribute value for message attribute " +
        "type 'String'.",
    ],
  ])("is refused as a whole: %#", async (entries, name, message) => {
    expect(await refusal(send(await on.topic(), ...entries))).toEqual({ name, message });
  });

  test("needs its topic", async () => {
    const nowhere = "arn:aws:sns:us-east-1:000000000000:nowhere";
    expect(await refusal(send(nowhere, { Id: "a", Message: "m" }))).toMatchObject({
      name: "NotFoundException",
    });
  });
});
