import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListSubscriptionsCommand,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import { describe, expect, test } from "vitest";
import { fresh, RAW, refusal, useSns } from "./sns.fixture.ts";

const on = useSns();
const ACCOUNT = "000000000000";
const invalid = (what: string) => ({
  name: "InvalidParameterException",
  message: `Invalid parameter: ${what}`,
});
const queueArn = (name: string) => `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`;

const attributes = async (SubscriptionArn: string): Promise<Record<string, string>> =>
  (await on.sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes ?? {};
const unsubscribe = (SubscriptionArn: string) => on.sns.send(new UnsubscribeCommand({ SubscriptionArn }));
const counts = async (TopicArn: string) => {
  const { Attributes = {} } = await on.sns.send(new GetTopicAttributesCommand({ TopicArn }));
  const { SubscriptionsConfirmed, SubscriptionsPending, SubscriptionsDeleted } = Attributes;
  return [SubscriptionsConfirmed, SubscriptionsPending, SubscriptionsDeleted].map(Number);
};

describe("a subscription", () => {
  test("of a queue is confirmed at once and shows its attributes", async () => {
    const topic = await on.topic();
    const arn = await on.subscribe(topic, "sqs", queueArn("q1"), RAW);
    expect(arn).toMatch(new RegExp(`^${topic}:[0-9a-f-]{36}$`));
    expect(await attributes(arn)).toEqual({
      SubscriptionArn: arn,
      TopicArn: topic,
      Owner: ACCOUNT,
      Protocol: "sqs",
      Endpoint: queueArn("q1"),
      PendingConfirmation: "false",
      ConfirmationWasAuthenticated: "true",
      SubscriptionPrincipal: `arn:aws:iam::${ACCOUNT}:root`,
      RawMessageDelivery: "true",
    });
    expect(await counts(topic)).toEqual([1, 0, 0]);
  });

  test("can be asked for twice, but not with other attributes", async () => {
    const topic = await on.topic();
    const arn = await on.subscribe(topic, "sqs", queueArn("q2"), RAW);
    expect(await on.subscribe(topic, "sqs", queueArn("q2"))).toBe(arn);
    expect(await on.subscribe(topic, "sqs", queueArn("q2"), RAW)).toBe(arn);
    const other = on.subscribe(topic, "sqs", queueArn("q2"), { RawMessageDelivery: "false" });
    expect(await refusal(other)).toEqual(
      invalid("Attributes Reason: Subscription already exists with different attributes"),
    );
    expect(await counts(topic)).toEqual([1, 0, 0]);
  });

  test("ends with Unsubscribe, which may be said twice", async () => {
    const topic = await on.topic();
    const queue = await on.listener(topic);
    await unsubscribe(queue.subscription);
    await unsubscribe(queue.subscription);
    await on.publish(topic, "m");
    expect(await on.messages(queue)).toEqual([]);
    expect(await refusal(attributes(queue.subscription))).toEqual({
      name: "NotFoundException",
      message: "Subscription does not exist",
    });
    expect(await counts(topic)).toEqual([0, 0, 1]);
    const again = await on.subscribe(topic, "sqs", queue.arn);
    expect(again).not.toBe(queue.subscription);
  });

  test("of a queue in another account is asked in the queue whether it is wanted", async () => {
    const topic = await on.topic();
    const owner = on.client("us-east-1", "111122223333");
    const queue = await on.queue();
    // The owner of another account subscribes a queue that is not his.
    const command = new SubscribeCommand({ TopicArn: topic, Protocol: "sqs", Endpoint: queue.arn });
    expect((await owner.send(command)).SubscriptionArn).toBe("pending confirmation");
    const [asked] = await on.envelopes(queue);
    expect(asked).toMatchObject({ Type: "SubscriptionConfirmation", TopicArn: topic });
    await on.publish(topic, "unheard");
    expect(await on.messages(queue)).toEqual([]);
    expect((await fetch(asked.SubscribeURL)).status).toBe(200);
    await on.publish(topic, "heard");
    expect((await on.envelopes(queue)).map(({ Message }) => Message)).toEqual(["heard"]);
    const mine = await owner.send(new ListSubscriptionsCommand());
    expect(mine.Subscriptions).toMatchObject([{ Owner: "111122223333", Endpoint: queue.arn }]);
  });
});

test.each([
  ["carrier-pigeon", "coop", "Amazon SNS does not support this protocol string: carrier-pigeon"],
  ["http", "https://a.example/", "Endpoint must match the specified protocol"],
  ["https", "nowhere", "Endpoint must match the specified protocol"],
  ["http", "http://", "HTTP(S) Endpoint is invalid"],
  ["sqs", "http://localhost/queue", "SQS endpoint ARN"],
  ["sqs", `arn:aws:sns:us-east-1:${ACCOUNT}:t`, "SQS endpoint ARN"],
  ["lambda", queueArn("q"), "Lambda endpoint ARN"],
  ["application", queueArn("q"), "ApplicationEndpoint ARN"],
  ["email", "nobody", "Email address"],
  [
    "sqs",
    queueArn("q.fifo"),
    "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
  ],
])("a standard topic takes no %s endpoint %j", async (protocol, endpoint, what) => {
  expect(await refusal(on.subscribe(await on.topic(), protocol, endpoint))).toEqual(invalid(what));
});

test.each(["invalid-number", "+15--551234567", "+15551234567.", "/+15551234567"])(
  "a text message cannot go to %s",
  async (number) => {
    expect(await refusal(on.subscribe(await on.topic(), "sms", number))).toEqual({
      name: "InvalidParameterException",
      message: `Invalid SMS endpoint: ${number}`,
    });
  },
);

test("other endpoints that cannot be are named", async () => {
  const topic = await on.topic();
  expect(await refusal(on.subscribe(topic, "sqs", ""))).toMatchObject({ name: "NotFoundException" });
  const stream = "arn:aws:firehose:us-east-1:000000000000:deliverystream/d";
  expect(await refusal(on.subscribe(topic, "firehose", stream))).toEqual({
    name: "NotImplemented",
    message: "Amazon Data Firehose is not part of this platform: nothing can be delivered to it.",
  });
  const fifo = await on.topic("only-queues.fifo");
  expect(await refusal(on.subscribe(fifo, "email", "a@b.example"))).toMatchObject({
    message: expect.stringContaining("Protocol email is not supported for FIFO topics"),
  });
  const missing = on.subscribe(`arn:aws:sns:us-east-1:${ACCOUNT}:gone`, "sqs", queueArn("q"));
  expect(await refusal(missing)).toEqual({ name: "NotFoundException", message: "Topic does not exist" });
});

const INVALID_ATTRIBUTES = [
  ["Fake", "1", "AttributeName"],
  ["RawMessageDelivery", "test", "RawMessageDelivery: Invalid value [test]. Must be true or false."],
  [
    "FilterPolicyScope",
    "Random",
    "FilterPolicyScope: Invalid value [Random]. Please use either MessageBody or MessageAttributes",
  ],
  [
    "RedrivePolicy",
    "{invalid",
    "RedrivePolicy: failed to parse JSON. Unexpected character ('i' (code 105)): was expecting " +
      "double-quote to start field name\n at [Source: REDACTED (`StreamReadFeature." +
      "INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]",
  ],
  [
    "FilterPolicy",
    '{"a":[1',
    "FilterPolicy: failed to parse JSON. Unexpected end-of-input: expected close marker for Array (start " +
      "marker at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, " +
      "column: 6])\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); " +
      "line: 1, column: 8]",
  ],
  ["RedrivePolicy", '{"deadLetterTargetArn":"fake"}', "RedrivePolicy: deadLetterTargetArn is an invalid arn"],
  [
    "FilterPolicy",
    "{invalid",
    "FilterPolicy: failed to parse JSON. Unexpected character ('i' (code 105)): was expecting " +
      "double-quote to start field name\n at [Source: REDACTED (`StreamReadFeature." +
      "INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]",
  ],
  [
    "FilterPolicy",
    '{"key": ["a", {"suffix": 100}]}',
    "FilterPolicy: suffix match pattern must be a string\n" +
      ' at [Source: (String)"{"key":["a",{"suffix":100}]}"; line: 1, column: 26]',
  ],
  [
    "FilterPolicy",
    '{"a":{"b":["c"]}}',
    "Filter policy scope MessageAttributes does not support nested filter policy",
  ],
  [
    "FilterPolicy",
    JSON.stringify(Object.fromEntries([..."abcdef"].map((name) => [name, ["x"]]))),
    "FilterPolicy: Filter policy can not have more than 5 keys",
  ],
  [
    "FilterPolicy",
    JSON.stringify({ a: Array(13).fill("x"), b: Array(12).fill("y") }),
    "FilterPolicy: Filter policy is too complex",
  ],
  [
    "FilterPolicy",
    `${'{"$or":['.repeat(20_000)}1${"]}".repeat(20_000)}`,
    "FilterPolicy: Filter policy is too complex",
  ],
  ["DeliveryPolicy", "{}", "DeliveryPolicy: only HTTP/S subscriptions support delivery policies"],
  ["ReplayPolicy", "{}", "ReplayPolicy: this platform does not archive messages of topics."],
] as const;

test.each(INVALID_ATTRIBUTES)("%s cannot be %s", async (name, value, reason) => {
  const topic = await on.topic();
  const given = on.subscribe(topic, "sqs", queueArn(fresh("q")), { [name]: value });
  expect(await refusal(given)).toEqual(invalid(`Attributes Reason: ${reason}`));
  const arn = await on.subscribe(topic, "sqs", queueArn(fresh("q")));
  expect(await refusal(on.set(arn, name, value))).toEqual(invalid(reason));
});

test("dead-letter queues are of the subscription's kind", async () => {
  const fifo = await on.topic("dead.fifo");
  const policy = (name: string) => JSON.stringify({ deadLetterTargetArn: queueArn(name) });
  const ordered = await on.subscribe(fifo, "sqs", queueArn("o.fifo"));
  expect(await refusal(on.set(ordered, "RedrivePolicy", policy("plain")))).toEqual(
    invalid("RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."),
  );
  await on.set(ordered, "RedrivePolicy", policy("dead.fifo"));
  expect(await attributes(ordered)).toMatchObject({ RedrivePolicy: policy("dead.fifo") });
  await on.set(ordered, "RedrivePolicy", "");
  expect(await attributes(ordered)).not.toHaveProperty("RedrivePolicy");
});

test("filters show their scope; a scope must fit the filter that is there", async () => {
  const arn = await on.subscribe(await on.topic(), "sqs", queueArn(fresh("q")));
  await on.set(arn, "FilterPolicyScope", "MessageBody");
  expect(await attributes(arn)).not.toHaveProperty("FilterPolicyScope");
  await on.set(arn, "FilterPolicy", '{"a":{"b":["c"]}}');
  expect(await attributes(arn)).toMatchObject({
    FilterPolicy: '{"a":{"b":["c"]}}',
    FilterPolicyScope: "MessageBody",
  });
  expect(await refusal(on.set(arn, "FilterPolicyScope", "MessageAttributes"))).toEqual(
    invalid("Filter policy scope MessageAttributes does not support nested filter policy"),
  );
});

test("subscriptions that are not there, and names that are none", async () => {
  const topic = await on.topic();
  const missing = `${topic}:00000000-0000-4000-8000-000000000000`;
  const gone = { name: "NotFoundException", message: "Subscription does not exist" };
  expect(await refusal(attributes(missing))).toEqual(gone);
  expect(await refusal(on.set(missing, "RawMessageDelivery", "true"))).toEqual(gone);
  await unsubscribe(missing);
  expect(await refusal(unsubscribe("x"))).toEqual(
    invalid("SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"),
  );
  expect(await refusal(unsubscribe(topic))).toEqual(invalid("SubscriptionId"));
  expect(await refusal(unsubscribe(""))).toEqual(
    invalid("SubscriptionArn Reason: no value for required parameter"),
  );
});

test("lists have pages of a hundred, of one topic and of all", async () => {
  const sns = on.client("eu-central-1");
  const TopicArn = `arn:aws:sns:eu-central-1:${ACCOUNT}:many`;
  await sns.send(new CreateTopicCommand({ Name: "many" }));
  const endpoints = Array.from({ length: 103 }, (_, n) => `arn:aws:sqs:eu-central-1:${ACCOUNT}:m${n}`);
  for (const Endpoint of endpoints) {
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint }));
  }
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "email", Endpoint: "a@b.example" }));
  for (const list of [
    (NextToken?: string) => sns.send(new ListSubscriptionsByTopicCommand({ TopicArn, NextToken })),
    (NextToken?: string) => sns.send(new ListSubscriptionsCommand({ NextToken })),
  ]) {
    const first = await list();
    expect(first.Subscriptions).toHaveLength(100);
    const second = await list(first.NextToken);
    expect(second.NextToken).toBeUndefined();
    const all = [...(first.Subscriptions ?? []), ...(second.Subscriptions ?? [])];
    expect(new Set(all.map(({ Endpoint }) => Endpoint))).toEqual(new Set([...endpoints, "a@b.example"]));
    const pending = all.filter(({ SubscriptionArn }) => SubscriptionArn === "PendingConfirmation");
    expect(pending).toMatchObject([{ Protocol: "email", TopicArn }]);
  }
});

test("a FIFO topic has a hundred subscriptions at most", async () => {
  const topic = await on.topic("full.fifo");
  for (let n = 0; n < 100; n++) await on.subscribe(topic, "sqs", queueArn(`f${n}.fifo`));
  expect(await refusal(on.subscribe(topic, "sqs", queueArn("one-more.fifo")))).toMatchObject({
    name: "SubscriptionLimitExceededException",
  });
});
