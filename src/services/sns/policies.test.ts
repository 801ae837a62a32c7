// With `policies: enforce`, what a queue's or a topic's policy does not let in is refused, as on AWS.
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  CreateTopicCommand,
  PublishCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

const queueArn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
const TopicArn = "arn:aws:sns:us-east-1:000000000000:guarded";
const ruleArn = "arn:aws:events:us-east-1:000000000000:rule/all";

let nuage: Nuage;
let sns: SNSClient;
let sqs: SQSClient;
let urls: { target: string; dead: string };

beforeAll(async () => {
  nuage = await startNuage({ policies: "enforce", logLevel: "silent" });
  sns = nuage.client(SNSClient);
  sqs = nuage.client(SQSClient);
  const create = async (QueueName: string) =>
    (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? "";
  urls = { target: await create("target"), dead: await create("dead") };
  await sns.send(new CreateTopicCommand({ Name: "guarded" }));
  await sns.send(
    new SubscribeCommand({
      TopicArn,
      Protocol: "sqs",
      Endpoint: queueArn("target"),
      Attributes: {
        RawMessageDelivery: "true",
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn("dead") }),
      },
    }),
  );
});
afterAll(() => nuage?.stop());

const allowing = (service: string, Action: string, Resource: string, source: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: service },
        Action,
        Resource,
        Condition: { ArnEquals: { "aws:SourceArn": source } },
      },
    ],
  });
const letIn = (name: "target" | "dead", source: string) =>
  sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl: urls[name],
      Attributes: { Policy: allowing("sns.amazonaws.com", "sqs:SendMessage", queueArn(name), source) },
    }),
  );
const bodies = async (name: "target" | "dead") => {
  await nuage.idle();
  const command = new ReceiveMessageCommand({ QueueUrl: urls[name], MaxNumberOfMessages: 10 });
  return ((await sqs.send(command)).Messages ?? []).map(({ Body }) => Body);
};

test("a topic's messages go where the queue lets them in, else to the dead letters that do", async () => {
  const publish = (Message: string) => sns.send(new PublishCommand({ TopicArn, Message }));
  await publish("lost");
  expect(await bodies("dead")).toEqual([]);
  await letIn("dead", TopicArn);
  await letIn("target", `${TopicArn}-another`);
  await publish("dead");
  expect(await bodies("dead")).toEqual(["dead"]);
  expect(await bodies("target")).toEqual([]);
  await letIn("target", TopicArn);
  await publish("heard");
  expect(await bodies("target")).toEqual(["heard"]);
});

test("a rule publishes where the topic's policy lets it in; the owner always may", async () => {
  await letIn("target", TopicArn);
  const events = nuage.client(EventBridgeClient);
  await events.send(new PutRuleCommand({ Name: "all", EventPattern: '{"source":["shop"]}' }));
  const target = { Id: "t", Arn: TopicArn, InputPath: "$.detail" };
  await events.send(new PutTargetsCommand({ Rule: "all", Targets: [target] }));
  const put = (Detail: string) =>
    events.send(new PutEventsCommand({ Entries: [{ Source: "shop", DetailType: "order", Detail }] }));
  await put('{"n":1}');
  expect(await bodies("target")).toEqual([]);
  const AttributeValue = allowing("events.amazonaws.com", "sns:Publish", TopicArn, ruleArn);
  await sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: "Policy", AttributeValue }));
  await put('{"n":2}');
  expect(await bodies("target")).toEqual(['{"n":2}']);
  await sns.send(new PublishCommand({ TopicArn, Message: "owner" }));
  expect(await bodies("target")).toEqual(["owner"]);
});
