import * as sdk from "@aws-sdk/client-cloudformation";
import { GetFunctionCommand, LambdaClient, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { GetBucketEncryptionCommand, GetPublicAccessBlockCommand, S3Client } from "@aws-sdk/client-s3";
import { DeleteTopicCommand, ListTagsForResourceCommand, SNSClient } from "@aws-sdk/client-sns";
import {
  ListQueueTagsCommand,
  SetQueueAttributesCommand,
  SQSClient,
  TagQueueCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stacks, startStacks } from "./stacks.fixture.ts";

let on: Stacks;
beforeAll(async () => {
  on = await startStacks();
});
afterAll(() => on?.nuage.stop());

const TEMPLATE = `
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: 5
      VisibilityTimeout: "40"
      Tags: [{ Key: team, Value: a }]
  Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: news } }
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      StreamSpecification: { StreamViewType: NEW_IMAGE }
      TimeToLiveSpecification: { AttributeName: ttl, Enabled: true }
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      Tags: [{ Key: team, Value: a }]
      PublicAccessBlockConfiguration: { BlockPublicAcls: true }
      OwnershipControls: { Rules: [{ ObjectOwnership: BucketOwnerEnforced }] }
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: { SSEAlgorithm: AES256 }
  Group: { Type: AWS::Logs::LogGroup, Properties: { RetentionInDays: 7 } }
  Stream: { Type: AWS::Kinesis::Stream, Properties: { ShardCount: 2 } }
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: { source: [shop] }
      Targets: [{ Id: one, Arn: !GetAtt Queue.Arn }]
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      MemorySize: 256
      Role: arn:aws:iam::000000000000:role/r
      Environment: { Variables: { MODE: "1" } }
      Code: { ZipFile: "exports.handler = async () => 1" }
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Queue]
      PolicyDocument: { Statement: [{ Effect: Allow, Principal: "*", Action: "sqs:*", Resource: "*" }] }
`;

async function detect(StackName: string) {
  const { StackDriftDetectionId } = await on.client.send(new sdk.DetectStackDriftCommand({ StackName }));
  const status = await on.client.send(
    new sdk.DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId }),
  );
  const { StackResourceDrifts = [] } = await on.client.send(
    new sdk.DescribeStackResourceDriftsCommand({ StackName }),
  );
  return { status, drifts: StackResourceDrifts };
}

test("what was changed past the stack is told", async () => {
  const StackName = "drifting";
  const { status } = await on.create(StackName, TEMPLATE);
  expect(status).toBe("CREATE_COMPLETE");
  const steady = await detect(StackName);
  expect(
    steady.drifts.filter(({ StackResourceDriftStatus }) => StackResourceDriftStatus !== "IN_SYNC"),
  ).toEqual([]);
  expect(steady.drifts).toHaveLength(8);
  expect(steady.status).toMatchObject({ StackDriftStatus: "IN_SYNC", DriftedStackResourceCount: 0 });

  const { StackResources = [] } = await on.client.send(new sdk.DescribeStackResourcesCommand({ StackName }));
  const ids = Object.fromEntries(
    StackResources.map((each) => [each.LogicalResourceId, each.PhysicalResourceId]),
  );
  const s3 = on.nuage.client(S3Client);
  const { PublicAccessBlockConfiguration: block } = await s3.send(
    new GetPublicAccessBlockCommand({ Bucket: ids.Bucket }),
  );
  expect(block).toMatchObject({ BlockPublicAcls: true });
  const encrypted = await s3.send(new GetBucketEncryptionCommand({ Bucket: ids.Bucket }));
  expect(JSON.stringify(encrypted.ServerSideEncryptionConfiguration)).toContain("AES256");
  const sqs = on.nuage.client(SQSClient);
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl: ids.Queue, Attributes: { DelaySeconds: "9" } }));
  await sqs.send(new TagQueueCommand({ QueueUrl: ids.Queue, Tags: { team: "b", more: "c" } }));
  await on.nuage.client(SNSClient).send(new DeleteTopicCommand({ TopicArn: ids.Topic }));
  const lambda = on.nuage.client(LambdaClient);
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: ids.Function, Environment: { Variables: {} } }),
  );
  const { drifts, status: found } = await detect(StackName);
  expect(found).toMatchObject({ StackDriftStatus: "DRIFTED", DriftedStackResourceCount: 3 });
  const of = (name: string) => drifts.find(({ LogicalResourceId }) => LogicalResourceId === name);
  expect(of("Queue")).toMatchObject({
    StackResourceDriftStatus: "MODIFIED",
    PropertyDifferences: [
      { PropertyPath: "/DelaySeconds", ExpectedValue: "5", ActualValue: "9", DifferenceType: "NOT_EQUAL" },
      { PropertyPath: "/Tags/0/Value", ExpectedValue: "a", ActualValue: "b", DifferenceType: "NOT_EQUAL" },
      { PropertyPath: "/Tags/1", DifferenceType: "ADD" },
    ],
  });
  expect(of("Topic")?.StackResourceDriftStatus).toBe("DELETED");
  expect(of("Function")?.PropertyDifferences).toEqual([
    {
      PropertyPath: "/Environment/Variables/MODE",
      ExpectedValue: "1",
      ActualValue: "null",
      DifferenceType: "REMOVE",
    },
  ]);
  const { Stacks: [stack] = [] } = await on.client.send(new sdk.DescribeStacksCommand({ StackName }));
  expect(stack?.DriftInformation?.StackDriftStatus).toBe("DRIFTED");
  const one = new sdk.DetectStackResourceDriftCommand({ StackName, LogicalResourceId: "Table" });
  expect((await on.client.send(one)).StackResourceDrift?.StackResourceDriftStatus).toBe("IN_SYNC");
});

test("tags of a stack are handed on, also when they alone change, and taken off", async () => {
  const StackName = "tagged";
  await on.create(StackName, TEMPLATE, { Tags: [{ Key: "stage", Value: "dev" }] });
  const { StackResources = [] } = await on.client.send(new sdk.DescribeStackResourcesCommand({ StackName }));
  const ids = Object.fromEntries(
    StackResources.map((each) => [each.LogicalResourceId, each.PhysicalResourceId]),
  );
  const tags = async () => {
    const queue = await on.nuage.client(SQSClient).send(new ListQueueTagsCommand({ QueueUrl: ids.Queue }));
    const topic = await on.nuage
      .client(SNSClient)
      .send(new ListTagsForResourceCommand({ ResourceArn: ids.Topic }));
    const made = await on.nuage
      .client(LambdaClient)
      .send(new GetFunctionCommand({ FunctionName: ids.Function }));
    const told = (topic.Tags ?? []).map(({ Key = "", Value }) => [Key, Value]);
    const all = [queue.Tags, Object.fromEntries(told), made.Tags];
    // Without CloudFormation's own.
    return all.map((each = {}) =>
      Object.fromEntries(Object.entries(each).filter(([key]) => !key.startsWith("aws:"))),
    );
  };
  expect(await tags()).toEqual([{ team: "a", stage: "dev" }, { stage: "dev" }, { stage: "dev" }]);
  expect((await detect(StackName)).status.StackDriftStatus).toBe("IN_SYNC");
  const changed = await on.update(StackName, TEMPLATE, { Tags: [{ Key: "owner", Value: "x" }] });
  expect(changed.status).toBe("UPDATE_COMPLETE");
  expect(await tags()).toEqual([{ team: "a", owner: "x" }, { owner: "x" }, { owner: "x" }]);
  expect((await detect(StackName)).status.StackDriftStatus).toBe("IN_SYNC");
});
