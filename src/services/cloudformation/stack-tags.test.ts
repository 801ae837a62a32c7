// The tags that tell which stack has made something are CloudFormation's alone.
import { ApiGatewayV2Client, GetTagsCommand } from "@aws-sdk/client-apigatewayv2";
import { GetFunctionCommand, LambdaClient, TagResourceCommand } from "@aws-sdk/client-lambda";
import { GetBucketTaggingCommand, PutBucketTaggingCommand, S3Client } from "@aws-sdk/client-s3";
import { ListQueueTagsCommand, SQSClient, TagQueueCommand } from "@aws-sdk/client-sqs";
import { AddTagsToResourceCommand, SSMClient } from "@aws-sdk/client-ssm";
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
  Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: tagged } }
  Bucket: { Type: AWS::S3::Bucket, Properties: { BucketName: tagged } }
  Parameter: { Type: AWS::SSM::Parameter, Properties: { Name: tagged, Type: String, Value: x } }
`;

let on: Stacks;
beforeAll(async () => {
  on = await startStacks();
  expect((await on.create("maker", TEMPLATE)).status).toBe("CREATE_COMPLETE");
});
afterAll(() => on?.nuage.stop());

test("a function shows them with itself", async () => {
  const { Tags } = await on.nuage
    .client(LambdaClient)
    .send(new GetFunctionCommand({ FunctionName: "tagged" }));
  expect(Tags).toMatchObject({
    own: "1",
    "aws:cloudformation:stack-name": "maker",
    "aws:cloudformation:logical-id": "Function",
    "aws:cloudformation:stack-id": expect.stringContaining(":stack/maker/"),
  });
});

test("nobody else sets or removes them", async () => {
  const { nuage } = on;
  const Tags = { "aws:cloudformation:stack-name": "other" };
  const TagSet = [{ Key: "aws:cloudformation:stack-name", Value: "other" }];
  const Resource = "arn:aws:lambda:us-east-1:000000000000:function:tagged";
  await expect(nuage.client(LambdaClient).send(new TagResourceCommand({ Resource, Tags }))).rejects.toThrow();
  const QueueUrl = `${nuage.endpoint}/000000000000/tagged`;
  await expect(nuage.client(SQSClient).send(new TagQueueCommand({ QueueUrl, Tags }))).rejects.toThrow("aws:");
  const named = { ResourceType: "Parameter", ResourceId: "tagged" } as const;
  await expect(
    nuage.client(SSMClient).send(new AddTagsToResourceCommand({ ...named, Tags: TagSet })),
  ).rejects.toThrow("aws: prefixed tag key names are not allowed for external use.");
  const s3 = nuage.client(S3Client);
  const Tagging = { TagSet: [{ Key: "k", Value: "v" }] };
  await s3.send(new PutBucketTaggingCommand({ Bucket: "tagged", Tagging }));
  const { TagSet: now } = await s3.send(new GetBucketTaggingCommand({ Bucket: "tagged" }));
  expect(now).toContainEqual({ Key: "k", Value: "v" });
  expect(now).toContainEqual({ Key: "aws:cloudformation:stack-name", Value: "maker" });
});

test("stages of one name are told apart by their APIs", async () => {
  const api = `
  Api: { Type: AWS::ApiGatewayV2::Api, Properties: { Name: a, ProtocolType: HTTP } }
  Stage: { Type: AWS::ApiGatewayV2::Stage, Properties: { ApiId: !Ref Api, StageName: live } }`;
  const template = `Resources:${api}\nOutputs: { Id: { Value: !Ref Api } }`;
  const { outputs } = await on.create("first", template);
  await on.create("second", template);
  const ResourceArn = `arn:aws:apigateway:us-east-1::/apis/${outputs.Id}/stages/live`;
  const { Tags } = await on.nuage.client(ApiGatewayV2Client).send(new GetTagsCommand({ ResourceArn }));
  expect(Tags?.["aws:cloudformation:stack-name"]).toBe("first");
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
