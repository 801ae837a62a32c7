// Settings that come and go with a template.

import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { ListTagsForResourceCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stacks, startStacks } from "./stacks.fixture.ts";

let on: Stacks;
beforeAll(async () => {
  on = await startStacks();
});
afterAll(() => on?.nuage.stop());

test("a topic's attributes and subscriptions", async () => {
  const sns = on.nuage.client(SNSClient);
  const TopicArn = "arn:aws:sns:us-east-1:000000000000:settled";
  const queue = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
  const template = (more: string) => `
Resources:
  One: { Type: AWS::SQS::Queue, Properties: { QueueName: one } }
  Two: { Type: AWS::SQS::Queue, Properties: { QueueName: two } }
  Topic:
    Type: AWS::SNS::Topic
    DependsOn: [One, Two]
    Properties: { TopicName: settled, ${more} }`;
  const subscriptions = async () => {
    const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    return Subscriptions?.map(({ Endpoint }) => Endpoint).sort();
  };
  const subscribe = `Subscription: [{ Protocol: sqs, Endpoint: "${queue("one")}" }]`;
  await on.create("topic", template(`DisplayName: Desk, SignatureVersion: "2", ${subscribe}`));
  // Somebody else's stays.
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: queue("two") }));
  expect(await subscriptions()).toEqual([queue("one"), queue("two")]);
  expect((await on.update("topic", template("Tags: []"))).status).toBe("UPDATE_COMPLETE");
  expect(await subscriptions()).toEqual([queue("two")]);
  const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
  expect(Attributes?.DisplayName ?? "").toBe("");
  expect(Attributes?.SignatureVersion ?? "1").toBe("1");
});

test("a log group's key", async () => {
  const { KeyMetadata } = await on.nuage.client(KMSClient).send(new CreateKeyCommand({}));
  const key = KeyMetadata?.Arn ?? "";
  const template = (more: string) =>
    `Resources: { Group: { Type: AWS::Logs::LogGroup, Properties: { LogGroupName: keyed${more} } } }`;
  const found = async () => {
    const logs = on.nuage.client(CloudWatchLogsClient);
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "keyed" }));
    return logGroups?.[0]?.kmsKeyId;
  };
  await on.create("group", template(`, KmsKeyId: "${key}"`));
  expect(await found()).toBe(key);
  await on.update("group", template(""));
  expect(await found()).toBeUndefined();
  await on.update("group", template(`, KmsKeyId: "${key}"`));
  expect(await found()).toBe(key);
});

test("a parameter's tags, and no secrets in templates", async () => {
  const template = (more: string, type = "String") =>
    "Resources: { P: { Type: AWS::SSM::Parameter, Properties: " +
    `{ Name: p, Type: ${type}, Value: x${more} } } }`;
  const tags = async () => {
    const named = { ResourceType: "Parameter", ResourceId: "p" } as const;
    const { TagList = [] } = await on.nuage.client(SSMClient).send(new ListTagsForResourceCommand(named));
    return TagList.map(({ Key = "" }) => Key).filter((key) => !key.startsWith("aws:"));
  };
  await on.create("parameter", template(", Tags: { one: '1', two: '2' }"));
  expect(await tags()).toEqual(["one", "two"]);
  await on.update("parameter", template(", Tags: { two: '2' }"));
  expect(await tags()).toEqual(["two"]);
  expect((await on.create("secret", template("", "SecureString"))).status).toBe("ROLLBACK_COMPLETE");
  expect((await on.reasons("secret", "P")).join()).toContain(
    "does not support creating a SecureString parameter type",
  );
});
