import { DeleteQueueCommand } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { RAW, useSns } from "./sns.fixture.ts";

const on = useSns();

test("a queue gets a message in AWS's envelope", async () => {
  const topic = await on.topic();
  const queue = await on.listener(topic);
  const MessageId = await on.publish(topic, 'a "quoted"\nmessage', {
    Subject: "news",
    MessageAttributes: {
      colour: { DataType: "String", StringValue: "red" },
      bytes: { DataType: "Binary", BinaryValue: Uint8Array.of(2, 3, 4) },
    },
  });
  const [body = ""] = await on.bodies(queue);
  expect(Object.keys(JSON.parse(body))).toEqual([
    ...["Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp"],
    ...["SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL", "MessageAttributes"],
  ]);
  expect(JSON.parse(body)).toMatchObject({
    Type: "Notification",
    MessageId,
    TopicArn: topic,
    Subject: "news",
    Message: 'a "quoted"\nmessage',
    Timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    SignatureVersion: "1",
    SigningCertURL: expect.stringMatching(/\/SimpleNotificationService-[0-9a-f]{32}\.pem$/),
    UnsubscribeURL: `${on.nuage.endpoint}/?Action=Unsubscribe&SubscriptionArn=${queue.subscription}`,
    MessageAttributes: {
      colour: { Type: "String", Value: "red" },
      bytes: { Type: "Binary", Value: "AgME" },
    },
  });
  expect(body).toContain('{\n  "Type" : "Notification",\n  "MessageId" : "');
  expect(body).toContain('  "MessageAttributes" : {\n    "colour" : {"Type":"String","Value":"red"},\n');
});

test("a raw subscription gets the body and the attributes alone", async () => {
  const topic = await on.topic();
  const queue = await on.listener(topic, RAW);
  await on.publish(topic, "plain", {
    MessageAttributes: { n: { DataType: "Number", StringValue: "1.50" } },
  });
  const [message] = await on.messages(queue);
  expect(message).toMatchObject({
    Body: "plain",
    MessageAttributes: { n: { DataType: "Number", StringValue: "1.50" } },
  });
});

test("what cannot be delivered goes to the subscription's dead-letter queue, or nowhere", async () => {
  const topic = await on.topic();
  const dead = await on.queue();
  const gone = await on.listener(topic, { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn }) });
  const lost = await on.listener(topic);
  const fine = await on.listener(topic);
  for (const { url } of [gone, lost]) await on.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
  await on.publish(topic, "late");
  expect((await on.envelopes(dead)).map(({ Message }) => Message)).toEqual(["late"]);
  expect(await on.envelopes(fine)).toHaveLength(1);
});

test("a queue that is throttled is tried again until it is not", async () => {
  const topic = await on.topic();
  const queue = await on.listener(topic, RAW);
  const chaos = on.nuage.chaos({ kind: "throttle", target: "sqs.SendMessage" });
  await on.publish(topic, "patient");
  await on.nuage.idle();
  await on.nuage.advance("1 hours");
  expect(chaos.strikes()).toBeGreaterThan(180);
  expect(await on.bodies(queue)).toEqual([]);
  chaos.stop();
  await on.nuage.advance("20s");
  expect(await on.bodies(queue)).toEqual(["patient"]);
});

test("the others of a topic do not wait for one that is tried again", async () => {
  const topic = await on.topic();
  const held = await on.listener(topic, RAW);
  const free = await on.listener(topic, RAW);
  const resource = held.arn.split(":").at(-1) ?? "";
  const chaos = on.nuage.chaos({ kind: "throttle", target: "sqs.SendMessage", resource });
  for (const message of ["1", "2"]) await on.publish(topic, message);
  expect((await on.bodies(free)).sort()).toEqual(["1", "2"]);
  expect(await on.bodies(held)).toEqual([]);
  chaos.stop();
  await on.nuage.advance("1m");
  expect((await on.bodies(held)).sort()).toEqual(["1", "2"]);
});
