// What is made by a stack tells by its tags which.
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient, ListTagsForResourceCommand as ListAlarmTags } from "@aws-sdk/client-cloudwatch";
import {
  CloudWatchLogsClient,
  ListTagsForResourceCommand as ListGroupTags,
} from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient, ListTagsOfResourceCommand } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, ListTagsForResourceCommand as ListRuleTags } from "@aws-sdk/client-eventbridge";
import { KinesisClient, ListTagsForStreamCommand } from "@aws-sdk/client-kinesis";
import {
  GetFunctionCommand,
  LambdaClient,
  ListTagsCommand,
  TagResourceCommand,
} from "@aws-sdk/client-lambda";
import { GetBucketTaggingCommand, PutBucketTaggingCommand, S3Client } from "@aws-sdk/client-s3";
import { DescribeSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ListTagsForResourceCommand as ListTopicTags, SNSClient } from "@aws-sdk/client-sns";
import { ListQueueTagsCommand, SQSClient, TagQueueCommand } from "@aws-sdk/client-sqs";
import {
  AddTagsToResourceCommand,
  ListTagsForResourceCommand as ListParameterTags,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stacks, startStacks } from "./stacks.fixture.ts";

const TEMPLATE = `
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: tagged
      Runtime: nodejs20.x
      Handler: index.handler
      Role: arn:aws:iam::000000000000:role/x
      Code: { ZipFile: "exports.handler = async () => 1;" }
      Tags: [{ Key: own, Value: "1" }]
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: tagged
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
  Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: tagged } }
  Topic: { Type: AWS::SNS::Topic, Properties: { TopicName: tagged } }
  Bucket: { Type: AWS::S3::Bucket, Properties: { BucketName: tagged } }
  Group: { Type: AWS::Logs::LogGroup, Properties: { LogGroupName: tagged } }
  Secret: { Type: AWS::SecretsManager::Secret, Properties: { Name: tagged, SecretString: x } }
  Parameter: { Type: AWS::SSM::Parameter, Properties: { Name: tagged, Type: String, Value: x } }
  Stream: { Type: AWS::Kinesis::Stream, Properties: { Name: tagged, ShardCount: 1 } }
  Rule: { Type: AWS::Events::Rule, Properties: { Name: tagged, ScheduleExpression: rate(1 day) } }
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      { AlarmName: tagged, Namespace: n, MetricName: m, Period: 60, EvaluationPeriods: 1, Threshold: 1,
        Statistic: Sum, ComparisonOperator: GreaterThanThreshold }
`;

let on: Stacks;
beforeAll(async () => {
  on = await startStacks();
  expect((await on.create("maker", TEMPLATE, { Tags: [{ Key: "team", Value: "a" }] })).status).toBe(
    "CREATE_COMPLETE",
  );
});
afterAll(() => on?.nuage.stop());

type Listed = readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[];
const mapOf = (listed: Listed = []) => Object.fromEntries(listed.map(({ Key = "", Value }) => [Key, Value]));
const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:000000000000:${rest}`;
const queue = () => `${on.nuage.endpoint}/000000000000/tagged`;

const LISTS: Readonly<Record<string, () => Promise<Record<string, string | undefined> | undefined>>> = {
  Function: async () =>
    (
      await on.nuage
        .client(LambdaClient)
        .send(new ListTagsCommand({ Resource: arn("lambda", "function:tagged") }))
    ).Tags,
  Table: async () =>
    mapOf(
      (
        await on.nuage
          .client(DynamoDBClient)
          .send(new ListTagsOfResourceCommand({ ResourceArn: arn("dynamodb", "table/tagged") }))
      ).Tags,
    ),
  Queue: async () =>
    (await on.nuage.client(SQSClient).send(new ListQueueTagsCommand({ QueueUrl: queue() }))).Tags,
  Topic: async () =>
    mapOf(
      (await on.nuage.client(SNSClient).send(new ListTopicTags({ ResourceArn: arn("sns", "tagged") }))).Tags,
    ),
  Bucket: async () =>
    mapOf((await on.nuage.client(S3Client).send(new GetBucketTaggingCommand({ Bucket: "tagged" }))).TagSet),
  Group: async () =>
    (
      await on.nuage
        .client(CloudWatchLogsClient)
        .send(new ListGroupTags({ resourceArn: arn("logs", "log-group:tagged") }))
    ).tags,
  Secret: async () =>
    mapOf(
      (await on.nuage.client(SecretsManagerClient).send(new DescribeSecretCommand({ SecretId: "tagged" })))
        .Tags,
    ),
  Parameter: async () =>
    mapOf(
      (
        await on.nuage
          .client(SSMClient)
          .send(new ListParameterTags({ ResourceType: "Parameter", ResourceId: "tagged" }))
      ).TagList,
    ),
  Stream: async () =>
    mapOf(
      (await on.nuage.client(KinesisClient).send(new ListTagsForStreamCommand({ StreamName: "tagged" })))
        .Tags,
    ),
  Rule: async () =>
    mapOf(
      (
        await on.nuage
          .client(EventBridgeClient)
          .send(new ListRuleTags({ ResourceARN: arn("events", "rule/tagged") }))
      ).Tags,
    ),
  Alarm: async () =>
    mapOf(
      (
        await on.nuage
          .client(CloudWatchClient)
          .send(new ListAlarmTags({ ResourceARN: arn("cloudwatch", "alarm:tagged") }))
      ).Tags,
    ),
};

test.each(Object.keys(LISTS))("%s", async (logicalId) => {
  const { Stacks: [stack] = [] } = await on.nuage
    .client(CloudFormationClient)
    .send(new DescribeStacksCommand({ StackName: "maker" }));
  expect(await LISTS[logicalId]?.()).toMatchObject({
    "aws:cloudformation:stack-name": "maker",
    "aws:cloudformation:logical-id": logicalId,
    "aws:cloudformation:stack-id": stack?.StackId,
    team: "a",
  });
});

test("a function shows them with itself", async () => {
  const { Tags } = await on.nuage
    .client(LambdaClient)
    .send(new GetFunctionCommand({ FunctionName: "tagged" }));
  expect(Tags).toMatchObject({ own: "1", "aws:cloudformation:logical-id": "Function" });
});

test("nobody else sets or removes them", async () => {
  const Tags = { "aws:cloudformation:stack-name": "other" };
  const TagSet = [{ Key: "aws:cloudformation:stack-name", Value: "other" }];
  const { nuage } = on;
  const Resource = arn("lambda", "function:tagged");
  await expect(nuage.client(LambdaClient).send(new TagResourceCommand({ Resource, Tags }))).rejects.toThrow();
  await expect(
    nuage.client(SQSClient).send(new TagQueueCommand({ QueueUrl: queue(), Tags })),
  ).rejects.toThrow("aws:");
  const named = { ResourceType: "Parameter", ResourceId: "tagged" } as const;
  await expect(
    nuage.client(SSMClient).send(new AddTagsToResourceCommand({ ...named, Tags: TagSet })),
  ).rejects.toThrow("aws: prefixed tag key names are not allowed for external use.");
  const s3 = nuage.client(S3Client);
  await s3.send(
    new PutBucketTaggingCommand({ Bucket: "tagged", Tagging: { TagSet: [{ Key: "k", Value: "v" }] } }),
  );
  expect(await LISTS.Bucket?.()).toMatchObject({ k: "v", "aws:cloudformation:stack-name": "maker" });
});

test("what a stack no longer has tells nothing of it", async () => {
  await on.create(
    "leaver",
    "Resources: { Kept: { Type: AWS::SQS::Queue, DeletionPolicy: Retain, Properties: { QueueName: kept } } }",
  );
  const tags = async () => {
    const QueueUrl = `${on.nuage.endpoint}/000000000000/kept`;
    return (await on.nuage.client(SQSClient).send(new ListQueueTagsCommand({ QueueUrl }))).Tags;
  };
  expect(await tags()).toMatchObject({ "aws:cloudformation:stack-name": "leaver" });
  await on.remove("leaver");
  expect(await tags()).toBeUndefined();
});
