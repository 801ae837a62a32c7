// HTTP endpoints: confirmation, signatures, headers, retries, dead letters, and the end of a subscription.
import {
  ConfirmSubscriptionCommand,
  GetSubscriptionAttributesCommand,
  ListSubscriptionsByTopicCommand,
  SetTopicAttributesCommand,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RAW, refusal, useSns } from "./sns.fixture.ts";
import { type Message, Subscriber, verifies } from "./subscriber.fixture.ts";

const on = useSns();
let subscriber: Subscriber;
beforeEach(async () => {
  subscriber = new Subscriber();
  await subscriber.listen();
});
afterEach(() => subscriber.stop());

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** Takes what was heard of a type; there must be one. */
function one(type: string): Message {
  const [message, ...more] = subscriber.take(type);
  expect(more).toEqual([]);
  return message ?? expect.unreachable(`no ${type} came`);
}

/** Subscribes and confirms as an endpoint does: by following the link. */
async function join(topic: string, attributes: Record<string, string> = {}): Promise<string> {
  const arn = await on.subscribe(topic, "http", subscriber.url, attributes);
  await on.nuage.idle();
  const { SubscribeURL = "" } = one("SubscriptionConfirmation");
  expect((await fetch(SubscribeURL)).status).toBe(200);
  return arn;
}

describe("confirmation", () => {
  test("an endpoint is asked, and hears nothing before it has answered", async () => {
    const topic = await on.topic();
    const answer = await on.sns.send(
      new SubscribeCommand({ TopicArn: topic, Protocol: "http", Endpoint: subscriber.url }),
    );
    expect(answer.SubscriptionArn).toBe("pending confirmation");
    await on.publish(topic, "too early");
    await on.nuage.idle();
    expect(subscriber.take("Notification")).toEqual([]);
    const [asked] = subscriber.heard;
    expect(asked).toMatchObject({
      url: "/inbox",
      headers: {
        "x-amz-sns-message-type": "SubscriptionConfirmation",
        "x-amz-sns-topic-arn": topic,
        "content-type": "text/plain; charset=UTF-8",
        "user-agent": "Amazon Simple Notification Service Agent",
        "accept-encoding": expect.stringMatching(/^gzip, ?deflate$/),
      },
    });
    expect(asked?.headers).not.toHaveProperty("x-amz-sns-subscription-arn");
    const message = one("SubscriptionConfirmation");
    expect(message).toMatchObject({
      Type: "SubscriptionConfirmation",
      MessageId: asked?.headers["x-amz-sns-message-id"],
      TopicArn: topic,
      Message:
        `You have chosen to subscribe to the topic ${topic}.\n` +
        "To confirm the subscription, visit the SubscribeURL included in this message.",
      SubscribeURL: `${on.nuage.endpoint}/?Action=ConfirmSubscription&TopicArn=${topic}&Token=${message.Token}`,
    });
    expect(await verifies(message, on.nuage.endpoint)).toBe(true);
    const { Subscriptions } = await on.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topic }));
    expect(Subscriptions).toMatchObject([{ SubscriptionArn: "PendingConfirmation", Protocol: "http" }]);
    const confirmed = await (await fetch(message.SubscribeURL ?? "")).text();
    expect(confirmed).toMatch(new RegExp(`<SubscriptionArn>${topic}:[0-9a-f-]{36}</SubscriptionArn>`));
    await on.publish(topic, "in time");
    await on.nuage.idle();
    expect(subscriber.take("Notification")).toMatchObject([{ Message: "in time" }]);
  });

  test("whoever confirms by an unsigned link, or signed in, is told apart", async () => {
    const topic = await on.topic();
    const arn = await join(topic);
    const shown = async (SubscriptionArn: string) =>
      (await on.sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes;
    expect(await shown(arn)).toMatchObject({
      PendingConfirmation: "false",
      ConfirmationWasAuthenticated: "false",
    });
    const other = await on.subscribe(topic, "http", `${subscriber.url}/other`);
    expect(await shown(other)).toMatchObject({ PendingConfirmation: "true" });
    await on.nuage.idle();
    const { Token } = one("SubscriptionConfirmation");
    const confirm = new ConfirmSubscriptionCommand({ TopicArn: topic, Token });
    expect(await on.sns.send(confirm)).toMatchObject({ SubscriptionArn: other });
    // Once more changes nothing.
    expect(await on.sns.send(confirm)).toMatchObject({ SubscriptionArn: other });
    expect(await shown(other)).toMatchObject({
      PendingConfirmation: "false",
      ConfirmationWasAuthenticated: "true",
    });
  });

  test("links that were tampered with answer in XML with AWS's words", async () => {
    const topic = await on.topic();
    await on.subscribe(topic, "http", subscriber.url);
    await on.nuage.idle();
    const { SubscribeURL = "", Token = "" } = one("SubscriptionConfirmation");
    const ask = async (url: string) => {
      const response = await fetch(url);
      return { status: response.status, text: await response.text() };
    };
    expect(await ask(SubscribeURL.replace(Token, `${Token.slice(0, -4)}0000`))).toMatchObject({
      status: 400,
      text: expect.stringContaining(
        "<Code>InvalidParameter</Code><Message>Invalid parameter: Token</Message>",
      ),
    });
    const elsewhere = topic.replace("us-east-1", "eu-west-1");
    expect(await ask(SubscribeURL.replace(topic, elsewhere))).toMatchObject({
      status: 400,
      text: expect.stringContaining("<Message>Invalid parameter: Topic</Message>"),
    });
    expect(await ask(SubscribeURL.replace(topic, "nothing"))).toMatchObject({
      status: 400,
      text: expect.stringContaining("<Message>Invalid parameter: Topic</Message>"),
    });
  });

  test("a token is good for two days, and what was not confirmed by then is gone", async () => {
    const topic = await on.topic();
    await on.subscribe(topic, "http", subscriber.url);
    await on.nuage.idle();
    const { SubscribeURL = "" } = one("SubscriptionConfirmation");
    await on.nuage.advance("47 hours");
    const list = async () =>
      (await on.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topic }))).Subscriptions;
    expect(await list()).toHaveLength(1);
    await on.nuage.advance("2 hours");
    expect(await list()).toEqual([]);
    expect((await fetch(SubscribeURL)).status).toBe(400);
  });

  test("who asks again before confirming is sent the question again", async () => {
    const topic = await on.topic();
    await on.subscribe(topic, "http", subscriber.url);
    await on.nuage.idle();
    expect(subscriber.take("SubscriptionConfirmation")).toHaveLength(1);
    await on.subscribe(topic, "http", subscriber.url);
    await on.nuage.idle();
    expect(subscriber.take("SubscriptionConfirmation")).toHaveLength(1);
  });
});

describe("a notification", () => {
  test("verifies in both versions of signatures, and no longer when anything in it was changed", async () => {
    const topic = await on.topic();
    const arn = await join(topic);
    for (const version of ["1", "2"]) {
      const set = { TopicArn: topic, AttributeName: "SignatureVersion", AttributeValue: version };
      await on.sns.send(new SetTopicAttributesCommand(set));
      const MessageId = await on.publish(topic, 'ünï "code"\nsecond line', { Subject: "a subject" });
      await on.publish(topic, "no subject");
      await on.nuage.idle();
      // Standard topics promise no order.
      const heard = subscriber.take("Notification");
      const full = heard.find(({ Subject }) => Subject !== undefined) ?? {};
      const short = heard.find(({ Subject }) => Subject === undefined) ?? {};
      expect(full).toMatchObject({
        SignatureVersion: version,
        MessageId,
        Subject: "a subject",
        UnsubscribeURL: `${on.nuage.endpoint}/?Action=Unsubscribe&SubscriptionArn=${arn}`,
      });
      expect(await verifies(full, on.nuage.endpoint)).toBe(true);
      expect(await verifies(short, on.nuage.endpoint)).toBe(true);
      for (const name of ["Message", "MessageId", "Subject", "Timestamp", "TopicArn"]) {
        expect(await verifies({ ...full, [name]: `${full[name]}!` }, on.nuage.endpoint)).toBe(false);
      }
    }
  });

  test("comes with the headers that AWS sends, enveloped or raw", async () => {
    const topic = await on.topic();
    const arn = await join(topic);
    const MessageId = await on.publish(topic, "enveloped");
    await on.nuage.idle();
    expect(subscriber.heard[0]?.headers).toMatchObject({
      "x-amz-sns-message-type": "Notification",
      "x-amz-sns-message-id": expect.stringMatching(UUID),
      "x-amz-sns-topic-arn": topic,
      "x-amz-sns-subscription-arn": arn,
      "content-type": "text/plain; charset=UTF-8",
    });
    expect(subscriber.heard[0]?.headers).not.toHaveProperty("x-amz-sns-rawdelivery");
    expect(one("Notification")).toMatchObject({ MessageId, Message: "enveloped" });
    await on.set(arn, "RawMessageDelivery", "true");
    const policy = { requestPolicy: { headerContentType: "text/csv" } };
    await on.set(arn, "DeliveryPolicy", JSON.stringify(policy));
    await on.publish(topic, "a,b\n1,2");
    await on.nuage.idle();
    expect(subscriber.heard).toMatchObject([
      { text: "a,b\n1,2", headers: { "x-amz-sns-rawdelivery": "true", "content-type": "text/csv" } },
    ]);
  });

  test("reaches an endpoint with a name and a password in its address", async () => {
    const topic = await on.topic();
    // The second one's is no proper escape, and stands for itself.
    for (const user of ["me:s%40cret", "me:100%"]) {
      await on.subscribe(topic, "http", subscriber.url.replace("//", `//${user}@`));
      await on.nuage.idle();
    }
    const basic = (user: string) => `Basic ${Buffer.from(user).toString("base64")}`;
    expect(subscriber.heard.map(({ headers }) => headers.authorization)).toEqual([
      basic("me:s@cret"),
      basic("me:100%"),
    ]);
  });
});

describe("an endpoint that fails", () => {
  const deadLetters = async () => {
    const dead = await on.queue();
    return { dead, policy: { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn }) } };
  };

  test("is tried three more times, 20 seconds apart, and then there is the dead-letter queue", async () => {
    const topic = await on.topic();
    const { dead, policy } = await deadLetters();
    await join(topic, policy);
    subscriber.answers.push(500, 503, 429, 302);
    await on.publish(topic, "unwelcome");
    await on.nuage.idle();
    expect(subscriber.heard).toHaveLength(1);
    await on.nuage.advance(19_000);
    expect(subscriber.heard).toHaveLength(1);
    await on.nuage.advance(2_000);
    expect(subscriber.heard).toHaveLength(2);
    await on.nuage.advance(20_000);
    expect(subscriber.heard).toHaveLength(3);
    expect(await on.bodies(dead)).toEqual([]);
    await on.nuage.advance(20_000);
    expect(subscriber.heard).toHaveLength(4);
    const [last] = subscriber.heard;
    expect(new Set(subscriber.heard.map(({ text }) => text))).toEqual(new Set([last?.text]));
    expect(await on.bodies(dead)).toEqual([last?.text]);
    await on.nuage.advance("1 hour");
    expect(subscriber.heard).toHaveLength(4);
  });

  test("recovers within its own delivery policy", async () => {
    const topic = await on.topic();
    const healthyRetryPolicy = {
      ...{ minDelayTarget: 2, maxDelayTarget: 8, numRetries: 6, backoffFunction: "linear" },
      ...{ numNoDelayRetries: 1, numMinDelayRetries: 1, numMaxDelayRetries: 1 },
    };
    await join(topic, { ...RAW, DeliveryPolicy: JSON.stringify({ healthyRetryPolicy }) });
    subscriber.answers.push(500, 500, 500, 500, 500, 500);
    await on.publish(topic, "again");
    await on.nuage.idle();
    // At once, and once more without delay; then after 2, 2, 5, 8 and 8 seconds.
    const count = async (seconds: number) => {
      await on.nuage.advance(seconds * 1000);
      return subscriber.heard.length;
    };
    expect(subscriber.heard).toHaveLength(2);
    expect(await count(1.8)).toBe(2);
    expect(await count(0.4)).toBe(3);
    expect(await count(2)).toBe(4);
    expect(await count(4.6)).toBe(4);
    expect(await count(0.6)).toBe(5);
    expect(await count(8)).toBe(6);
    expect(await count(8)).toBe(7);
    expect(await count(3600)).toBe(7);
  });

  test.each([400, 403, 404, 410])("is not asked again once it answered %i", async (status) => {
    const topic = await on.topic();
    const { dead, policy } = await deadLetters();
    await join(topic, { ...RAW, ...policy });
    subscriber.answers.push(status);
    await on.publish(topic, `refused ${status}`);
    await on.nuage.advance("1 hour");
    expect(subscriber.heard).toHaveLength(1);
    expect(await on.bodies(dead)).toEqual([`refused ${status}`]);
  });

  test("holds up no queue of the same topic, and nobody else", async () => {
    const topic = await on.topic();
    await join(topic);
    const queue = await on.listener(topic, RAW);
    subscriber.answers.push(...Array.from({ length: 70 }, () => "hang" as const));
    for (let n = 0; n < 70; n++) await on.publish(topic, `m${n}`);
    const deadlineMs = performance.now() + 10_000;
    const arrived = new Set<string>();
    while (arrived.size < 70 && performance.now() < deadlineMs) {
      // Not through `idle`, which would wait for what hangs.
      const receive = { QueueUrl: queue.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 };
      const { Messages = [] } = await on.sqs.send(new ReceiveMessageCommand(receive));
      for (const { Body = "" } of Messages) arrived.add(Body);
    }
    expect(arrived.size).toBe(70);
    await subscriber.stop();
    await subscriber.listen();
  });

  test("that is not there is tried again like one that fails", async () => {
    const topic = await on.topic();
    const { dead, policy } = await deadLetters();
    await join(topic, { ...RAW, ...policy });
    await subscriber.stop();
    await on.publish(topic, "nobody home");
    await on.nuage.idle();
    await on.nuage.advance(50_000);
    expect(await on.bodies(dead)).toEqual([]);
    await on.nuage.advance(20_000);
    expect(await on.bodies(dead)).toEqual(["nobody home"]);
    await subscriber.listen();
  });

  test("gets no more messages a second than its policy allows", async () => {
    const topic = await on.topic();
    const policy = { throttlePolicy: { maxReceivesPerSecond: 2 } };
    await join(topic, { ...RAW, DeliveryPolicy: JSON.stringify(policy) });
    const startMs = on.nuage.clock.now();
    const most = () => 2 + (2 * (on.nuage.clock.now() - startMs)) / 1000;
    for (let n = 0; n < 6; n++) await on.publish(topic, `${n}`);
    await on.nuage.idle();
    expect(subscriber.heard.length).toBeLessThanOrEqual(most());
    await on.nuage.advance(1_000);
    expect(subscriber.heard.length).toBeLessThanOrEqual(most());
    await on.nuage.advance(2_000);
    expect(subscriber.heard.map(({ text }) => text).sort()).toEqual(["0", "1", "2", "3", "4", "5"]);
  });
});

describe("the end of a subscription", () => {
  test("by its link, which can be taken back by another", async () => {
    const topic = await on.topic();
    const arn = await join(topic);
    await on.publish(topic, "goodbye");
    await on.nuage.idle();
    const { UnsubscribeURL = "" } = one("Notification");
    expect((await fetch(UnsubscribeURL)).status).toBe(200);
    await on.publish(topic, "unheard");
    await on.nuage.idle();
    expect(subscriber.take("Notification")).toEqual([]);
    expect(subscriber.heard[0]?.headers).toMatchObject({ "x-amz-sns-subscription-arn": arn });
    const message = one("UnsubscribeConfirmation");
    expect(message.Message).toBe(
      `You have chosen to deactivate subscription ${arn}.\n` +
        "To cancel this operation and restore the subscription, visit the SubscribeURL included in this " +
        "message.",
    );
    expect(await verifies(message, on.nuage.endpoint)).toBe(true);
    expect((await fetch(message.SubscribeURL ?? "")).status).toBe(200);
    await on.publish(topic, "back again");
    await on.nuage.idle();
    expect(subscriber.take("Notification")).toMatchObject([{ Message: "back again" }]);
  });

  test("is its owner's alone when its confirmation said so", async () => {
    const topic = await on.topic();
    const arn = await on.subscribe(topic, "http", subscriber.url);
    await on.nuage.idle();
    const { Token, SubscribeURL = "" } = one("SubscriptionConfirmation");
    // Only somebody known may ask for it.
    expect((await fetch(`${SubscribeURL}&AuthenticateOnUnsubscribe=true`)).status).toBe(403);
    const known = { TopicArn: topic, Token, AuthenticateOnUnsubscribe: "true" };
    await on.sns.send(new ConfirmSubscriptionCommand(known));
    const link = `${on.nuage.endpoint}/?Action=Unsubscribe&SubscriptionArn=${arn}`;
    const refused = await fetch(link);
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain("<Code>AuthorizationError</Code>");
    await on.sns.send(new UnsubscribeCommand({ SubscriptionArn: arn }));
    const gone = on.sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }));
    expect(await refusal(gone)).toEqual({
      name: "NotFoundException",
      message: "Subscription does not exist",
    });
    await on.nuage.idle();
    // Its owner knows without being told.
    expect(subscriber.take("UnsubscribeConfirmation")).toEqual([]);
  });
});
