import {
  CreatePlatformApplicationCommand,
  CreatePlatformEndpointCommand,
  CreateTopicCommand,
  PublishBatchCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { under, usePublished } from "./published.fixture.ts";

const published = usePublished();
const { it } = published;

/** https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html */
const TOPIC = {
  NumberOfMessagesPublished: "Count",
  NumberOfNotificationsDelivered: "Count",
  NumberOfNotificationsFailed: "Count",
  NumberOfNotificationsFailedToRedriveToDlq: "Count",
  NumberOfNotificationsFilteredOut: "Count",
  "NumberOfNotificationsFilteredOut-InvalidAttributes": "Count",
  "NumberOfNotificationsFilteredOut-InvalidMessageBody": "Count",
  "NumberOfNotificationsFilteredOut-MessageAttributes": "Count",
  "NumberOfNotificationsFilteredOut-MessageBody": "Count",
  "NumberOfNotificationsFilteredOut-NoMessageAttributes": "Count",
  NumberOfNotificationsRedrivenToDlq: "Count",
  PublishSize: "Bytes",
};
const DIRECT = {
  NumberOfMessagesPublished: "Count",
  NumberOfNotificationsDelivered: "Count",
  PublishSize: "Bytes",
};

test("topics, telephones and apps publish what AWS's do", async () => {
  const [sns, sqs] = [it.nuage.client(SNSClient), it.nuage.client(SQSClient)];
  const arnOf = (queue: string) => `arn:aws:sqs:us-east-1:${it.nuage.account}:${queue}`;
  for (const QueueName of ["all", "dead"]) await sqs.send(new CreateQueueCommand({ QueueName }));
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "news" }));
  const subscribe = (Endpoint: string, Attributes: Record<string, string> = {}) =>
    sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint, Attributes }));
  const dead = (queue: string) => ({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf(queue) }) });
  const FilterPolicy = '{"kind":["x"]}';
  await subscribe(arnOf("all"));
  await subscribe(arnOf("gone"), dead("dead"));
  await subscribe(arnOf("gone-too"), dead("nowhere"));
  await subscribe(arnOf("by-attributes"), { FilterPolicy });
  await subscribe(arnOf("by-body"), { FilterPolicy, FilterPolicyScope: "MessageBody" });
  const publish = (Message: string, MessageAttributes = {}) =>
    sns.send(new PublishCommand({ TopicArn, Message, MessageAttributes }));
  await publish("12345");
  await publish('{"kind":"y"}', { kind: { DataType: "String", StringValue: "y" } });
  await publish('{"kind":"z"}', { kind: { DataType: "String.Array", StringValue: "[oops" } });
  const batch = [{ Id: "1", Message: "[]" }];
  await sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: batch }));
  await sns.send(new PublishCommand({ PhoneNumber: "+12065550100", Message: "1234" }));
  const { PlatformApplicationArn } = await sns.send(
    new CreatePlatformApplicationCommand({
      Name: "app",
      Platform: "GCM",
      Attributes: { PlatformCredential: "key" },
    }),
  );
  const { EndpointArn } = await sns.send(
    new CreatePlatformEndpointCommand({ PlatformApplicationArn, Token: "token" }),
  );
  await sns.send(new PublishCommand({ TargetArn: EndpointArn, Message: "1234" }));
  await it.nuage.advance("1 day");

  expect(await published.rows("AWS/SNS")).toEqual(
    [
      ...under("TopicName=news", TOPIC),
      ...under("PhoneNumber=PhoneNumberDirect", DIRECT),
      ...under("Application=app,Platform=GCM", DIRECT),
    ].sort(),
  );
  expect(await published.values("AWS/SNS", "TopicName=news")).toEqual({
    NumberOfMessagesPublished: 4,
    NumberOfNotificationsDelivered: 4,
    NumberOfNotificationsFailed: 8,
    NumberOfNotificationsFailedToRedriveToDlq: 4,
    NumberOfNotificationsFilteredOut: 8,
    "NumberOfNotificationsFilteredOut-InvalidAttributes": 1,
    "NumberOfNotificationsFilteredOut-InvalidMessageBody": 2,
    "NumberOfNotificationsFilteredOut-MessageAttributes": 1,
    "NumberOfNotificationsFilteredOut-MessageBody": 2,
    "NumberOfNotificationsFilteredOut-NoMessageAttributes": 2,
    NumberOfNotificationsRedrivenToDlq: 4,
    PublishSize: 31,
  });
});
