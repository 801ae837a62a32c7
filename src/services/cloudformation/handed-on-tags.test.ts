// Every kind of resource that has tags: a stack hands its own on to it, changes them and takes them away.
import { APIGatewayClient, GetTagsCommand as GetRestTags } from "@aws-sdk/client-api-gateway";
import { ApiGatewayV2Client, GetTagsCommand as GetHttpTags } from "@aws-sdk/client-apigatewayv2";
import { CloudFormationClient, DescribeStackResourcesCommand } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient, ListTagsForResourceCommand as ListAlarmTags } from "@aws-sdk/client-cloudwatch";
import {
  CloudWatchLogsClient,
  ListTagsForResourceCommand as ListGroupTags,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CodeDeployClient,
  ListTagsForResourceCommand as ListDeploymentTags,
} from "@aws-sdk/client-codedeploy";
import { DynamoDBClient, ListTagsOfResourceCommand } from "@aws-sdk/client-dynamodb";
import { ECRClient, ListTagsForResourceCommand as ListRepositoryTags } from "@aws-sdk/client-ecr";
import { EventBridgeClient, ListTagsForResourceCommand as ListEventTags } from "@aws-sdk/client-eventbridge";
import {
  IAMClient,
  ListMFADeviceTagsCommand,
  ListOpenIDConnectProviderTagsCommand,
  ListRoleTagsCommand,
  ListSAMLProviderTagsCommand,
  ListUserTagsCommand,
} from "@aws-sdk/client-iam";
import { KinesisClient, ListTagsForResourceCommand as ListStreamTags } from "@aws-sdk/client-kinesis";
import { KMSClient, ListResourceTagsCommand } from "@aws-sdk/client-kms";
import { LambdaClient, ListTagsCommand } from "@aws-sdk/client-lambda";
import { ListTagsForResourceCommand as ListPipeTags, PipesClient } from "@aws-sdk/client-pipes";
import { GetBucketTaggingCommand, S3Client } from "@aws-sdk/client-s3";
import { ListTagsForResourceCommand as ListScheduleTags, SchedulerClient } from "@aws-sdk/client-scheduler";
import { DescribeSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ListTagsForResourceCommand as ListTopicTags, SNSClient } from "@aws-sdk/client-sns";
import { ListQueueTagsCommand, SQSClient } from "@aws-sdk/client-sqs";
import { ListTagsForResourceCommand as ListParameterTags, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stacks, startStacks } from "./stacks.fixture.ts";

type Listed = readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[];
type Tags = Record<string, string | undefined>;
const mapOf = (listed: Listed | undefined = []): Tags =>
  Object.fromEntries(listed.map(({ Key = "", Value }) => [Key, Value]));
const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:000000000000:${rest}`;
const ROLE = "arn:aws:iam::000000000000:role/x";

let on: Stacks;
let made: ReadonlyMap<string, string>;

const restTags = async (path: string) => {
  const resourceArn = `arn:aws:apigateway:us-east-1::/${path}`;
  return (await on.nuage.client(APIGatewayClient).send(new GetRestTags({ resourceArn }))).tags ?? {};
};
const httpTags = async (path: string) => {
  const ResourceArn = `arn:aws:apigateway:us-east-1::/${path}`;
  return (await on.nuage.client(ApiGatewayV2Client).send(new GetHttpTags({ ResourceArn }))).Tags ?? {};
};
const lambdaTags = async (Resource: string) =>
  (await on.nuage.client(LambdaClient).send(new ListTagsCommand({ Resource }))).Tags ?? {};
const eventTags = async (ResourceARN: string) =>
  mapOf((await on.nuage.client(EventBridgeClient).send(new ListEventTags({ ResourceARN }))).Tags);
const alarmTags = async (ResourceARN: string) =>
  mapOf((await on.nuage.client(CloudWatchClient).send(new ListAlarmTags({ ResourceARN }))).Tags);
const deploymentTags = async (ResourceArn: string) =>
  mapOf((await on.nuage.client(CodeDeployClient).send(new ListDeploymentTags({ ResourceArn }))).Tags);
const streamTags = async (ResourceARN: string) =>
  mapOf((await on.nuage.client(KinesisClient).send(new ListStreamTags({ ResourceARN }))).Tags);
const keyTags = async (KeyId: string) => {
  const { Tags = [] } = await on.nuage.client(KMSClient).send(new ListResourceTagsCommand({ KeyId }));
  return Object.fromEntries(Tags.map(({ TagKey = "", TagValue }) => [TagKey, TagValue]));
};
const iam = () => on.nuage.client(IAMClient);

interface Tagged {
  readonly type: string;
  readonly properties: object;
  readonly list: (id: string) => Promise<Tags>;
  /** AWS's own tags are on it too, as the schema of the type has it. */
  readonly isMarked?: true;
}

const METADATA = `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://corp.example">${" ".repeat(1000)}</EntityDescriptor>`;
const FUNCTION = {
  Runtime: "nodejs20.x",
  Handler: "index.handler",
  Role: ROLE,
  Code: { ZipFile: "exports.handler = async () => 1;" },
};

const ALL: Readonly<Record<string, Tagged>> = {
  ApiKey: {
    type: "AWS::ApiGateway::ApiKey",
    properties: { Name: "tagged" },
    list: (id) => restTags(`apikeys/${id}`),
    isMarked: true,
  },
  ClientCertificate: {
    type: "AWS::ApiGateway::ClientCertificate",
    properties: {},
    list: (id) => restTags(`clientcertificates/${id}`),
    isMarked: true,
  },
  RestDomain: {
    type: "AWS::ApiGateway::DomainName",
    properties: {
      DomainName: "rest.example.com",
      RegionalCertificateArn: arn("acm", "certificate/a"),
      EndpointConfiguration: { Types: ["REGIONAL"] },
    },
    list: (id) => restTags(`domainnames/${id}`),
    isMarked: true,
  },
  RestApi: {
    type: "AWS::ApiGateway::RestApi",
    properties: { Name: "tagged" },
    list: (id) => restTags(`restapis/${id}`),
    isMarked: true,
  },
  RestStage: {
    type: "AWS::ApiGateway::Stage",
    properties: { RestApiId: { Ref: "RestApi" }, DeploymentId: { Ref: "Deployment" }, StageName: "s" },
    list: (id) => restTags(`restapis/${made.get("RestApi")}/stages/${id}`),
    isMarked: true,
  },
  UsagePlan: {
    type: "AWS::ApiGateway::UsagePlan",
    properties: { UsagePlanName: "tagged" },
    list: (id) => restTags(`usageplans/${id}`),
    isMarked: true,
  },
  HttpApi: {
    type: "AWS::ApiGatewayV2::Api",
    properties: { Name: "tagged", ProtocolType: "HTTP" },
    list: (id) => httpTags(`apis/${id}`),
    isMarked: true,
  },
  HttpStage: {
    type: "AWS::ApiGatewayV2::Stage",
    properties: { ApiId: { Ref: "HttpApi" }, StageName: "s" },
    list: (id) => httpTags(`apis/${made.get("HttpApi")}/stages/${id}`),
    isMarked: true,
  },
  HttpDomain: {
    type: "AWS::ApiGatewayV2::DomainName",
    properties: {
      DomainName: "http.example.com",
      DomainNameConfigurations: [{ CertificateArn: arn("acm", "certificate/a"), EndpointType: "REGIONAL" }],
    },
    list: (id) => httpTags(`domainnames/${id}`),
    isMarked: true,
  },
  VpcLink: {
    type: "AWS::ApiGatewayV2::VpcLink",
    properties: { Name: "tagged", SubnetIds: ["subnet-1"] },
    list: (id) => httpTags(`vpclinks/${id}`),
    isMarked: true,
  },
  Alarm: {
    type: "AWS::CloudWatch::Alarm",
    properties: {
      ...{ AlarmName: "tagged", Namespace: "n", MetricName: "m", Period: 60, EvaluationPeriods: 1 },
      ...{ Threshold: 1, Statistic: "Sum", ComparisonOperator: "GreaterThanThreshold" },
    },
    list: () => alarmTags(arn("cloudwatch", "alarm:tagged")),
    isMarked: true,
  },
  CompositeAlarm: {
    type: "AWS::CloudWatch::CompositeAlarm",
    properties: { AlarmName: "composite", AlarmRule: "TRUE" },
    list: () => alarmTags(arn("cloudwatch", "alarm:composite")),
    isMarked: true,
  },
  Dashboard: {
    type: "AWS::CloudWatch::Dashboard",
    properties: { DashboardName: "tagged", DashboardBody: '{"widgets":[]}' },
    list: () => alarmTags("arn:aws:cloudwatch::000000000000:dashboard/tagged"),
    isMarked: true,
  },
  Application: {
    type: "AWS::CodeDeploy::Application",
    properties: { ComputePlatform: "Lambda", ApplicationName: "tagged" },
    list: () => deploymentTags(arn("codedeploy", "application:tagged")),
  },
  Group: {
    type: "AWS::CodeDeploy::DeploymentGroup",
    properties: {
      ApplicationName: { Ref: "Application" },
      DeploymentGroupName: "tagged",
      ServiceRoleArn: ROLE,
      DeploymentStyle: { DeploymentType: "BLUE_GREEN", DeploymentOption: "WITH_TRAFFIC_CONTROL" },
    },
    list: () => deploymentTags(arn("codedeploy", "deploymentgroup:tagged/tagged")),
  },
  Table: {
    type: "AWS::DynamoDB::Table",
    properties: {
      TableName: "tagged",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    },
    list: async (id) => {
      const ResourceArn = arn("dynamodb", `table/${id}`);
      const client = on.nuage.client(DynamoDBClient);
      return mapOf((await client.send(new ListTagsOfResourceCommand({ ResourceArn }))).Tags);
    },
    isMarked: true,
  },
  Repository: {
    type: "AWS::ECR::Repository",
    properties: { RepositoryName: "tagged" },
    list: async (id) => {
      const resourceArn = arn("ecr", `repository/${id}`);
      return mapOf((await on.nuage.client(ECRClient).send(new ListRepositoryTags({ resourceArn }))).tags);
    },
    isMarked: true,
  },
  Bus: {
    type: "AWS::Events::EventBus",
    properties: { Name: "tagged" },
    list: (id) => eventTags(arn("events", `event-bus/${id}`)),
    isMarked: true,
  },
  Rule: {
    type: "AWS::Events::Rule",
    properties: { Name: "tagged", ScheduleExpression: "rate(1 day)" },
    list: () => eventTags(arn("events", "rule/tagged")),
    isMarked: true,
  },
  Role: {
    type: "AWS::IAM::Role",
    properties: {
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
        ],
      },
    },
    list: async (RoleName) => mapOf((await iam().send(new ListRoleTagsCommand({ RoleName }))).Tags),
  },
  User: {
    type: "AWS::IAM::User",
    properties: {},
    list: async (UserName) => mapOf((await iam().send(new ListUserTagsCommand({ UserName }))).Tags),
  },
  OpenIdProvider: {
    type: "AWS::IAM::OIDCProvider",
    properties: { Url: "https://id.example.com", ClientIdList: ["c"], ThumbprintList: ["a".repeat(40)] },
    list: async (OpenIDConnectProviderArn) =>
      mapOf((await iam().send(new ListOpenIDConnectProviderTagsCommand({ OpenIDConnectProviderArn }))).Tags),
  },
  SamlProvider: {
    type: "AWS::IAM::SAMLProvider",
    properties: { Name: "tagged", SamlMetadataDocument: METADATA },
    list: async (SAMLProviderArn) =>
      mapOf((await iam().send(new ListSAMLProviderTagsCommand({ SAMLProviderArn }))).Tags),
  },
  Device: {
    type: "AWS::IAM::VirtualMFADevice",
    properties: { VirtualMfaDeviceName: "tagged", Users: [] },
    list: async (SerialNumber) =>
      mapOf((await iam().send(new ListMFADeviceTagsCommand({ SerialNumber }))).Tags),
  },
  Key: { type: "AWS::KMS::Key", properties: {}, list: keyTags },
  Stream: {
    type: "AWS::Kinesis::Stream",
    properties: { Name: "tagged", ShardCount: 1 },
    list: () => streamTags(arn("kinesis", "stream/tagged")),
    isMarked: true,
  },
  Function: {
    type: "AWS::Lambda::Function",
    properties: { FunctionName: "tagged", ...FUNCTION },
    list: () => lambdaTags(arn("lambda", "function:tagged")),
    isMarked: true,
  },
  Mapping: {
    type: "AWS::Lambda::EventSourceMapping",
    properties: { FunctionName: { Ref: "Function" }, EventSourceArn: { "Fn::GetAtt": "Queue.Arn" } },
    list: (id) => lambdaTags(arn("lambda", `event-source-mapping:${id}`)),
    isMarked: true,
  },
  LogGroup: {
    type: "AWS::Logs::LogGroup",
    properties: { LogGroupName: "tagged" },
    list: async () => {
      const resourceArn = arn("logs", "log-group:tagged");
      return (
        (await on.nuage.client(CloudWatchLogsClient).send(new ListGroupTags({ resourceArn }))).tags ?? {}
      );
    },
    isMarked: true,
  },
  Pipe: {
    type: "AWS::Pipes::Pipe",
    properties: {
      Name: "tagged",
      RoleArn: ROLE,
      DesiredState: "STOPPED",
      Source: { "Fn::GetAtt": "Queue.Arn" },
      Target: { "Fn::GetAtt": "Function.Arn" },
    },
    list: async () => {
      const resourceArn = arn("pipes", "pipe/tagged");
      return (await on.nuage.client(PipesClient).send(new ListPipeTags({ resourceArn }))).tags ?? {};
    },
  },
  Bucket: {
    type: "AWS::S3::Bucket",
    properties: { BucketName: "tagged" },
    list: async (Bucket) =>
      mapOf((await on.nuage.client(S3Client).send(new GetBucketTaggingCommand({ Bucket }))).TagSet),
    isMarked: true,
  },
  ScheduleGroup: {
    type: "AWS::Scheduler::ScheduleGroup",
    properties: { Name: "tagged" },
    list: async () => {
      const ResourceArn = arn("scheduler", "schedule-group/tagged");
      return mapOf((await on.nuage.client(SchedulerClient).send(new ListScheduleTags({ ResourceArn }))).Tags);
    },
    isMarked: true,
  },
  Secret: {
    type: "AWS::SecretsManager::Secret",
    properties: { Name: "tagged", SecretString: "x" },
    list: async (SecretId) =>
      mapOf((await on.nuage.client(SecretsManagerClient).send(new DescribeSecretCommand({ SecretId }))).Tags),
    isMarked: true,
  },
  Topic: {
    type: "AWS::SNS::Topic",
    properties: { TopicName: "tagged" },
    list: async (ResourceArn) =>
      mapOf((await on.nuage.client(SNSClient).send(new ListTopicTags({ ResourceArn }))).Tags),
    isMarked: true,
  },
  Queue: {
    type: "AWS::SQS::Queue",
    properties: { QueueName: "tagged" },
    list: async (QueueUrl) =>
      (await on.nuage.client(SQSClient).send(new ListQueueTagsCommand({ QueueUrl }))).Tags ?? {},
    isMarked: true,
  },
  Parameter: {
    type: "AWS::SSM::Parameter",
    properties: { Name: "tagged", Type: "String", Value: "x" },
    list: async (ResourceId) =>
      mapOf(
        (
          await on.nuage
            .client(SSMClient)
            .send(new ListParameterTags({ ResourceType: "Parameter", ResourceId }))
        ).TagList,
      ),
    isMarked: true,
  },
};

/** What some of them need, and what has no tags itself. */
const NEEDED = {
  Method: {
    Type: "AWS::ApiGateway::Method",
    Properties: {
      RestApiId: { Ref: "RestApi" },
      ResourceId: { "Fn::GetAtt": "RestApi.RootResourceId" },
      HttpMethod: "GET",
      AuthorizationType: "NONE",
      Integration: { Type: "MOCK" },
    },
  },
  Deployment: {
    Type: "AWS::ApiGateway::Deployment",
    DependsOn: "Method",
    Properties: { RestApiId: { Ref: "RestApi" } },
  },
};

/** Some kinds write their tags as a map. */
const MAPS = /ApiGatewayV2|Pipes|SSM/;

function templateOf(own: Readonly<Record<string, string>>): string {
  const list = Object.entries(own).map(([Key, Value]) => ({ Key, Value }));
  const resources = Object.entries(ALL).map(([name, { type, properties }]) => [
    name,
    { Type: type, Properties: { ...properties, Tags: MAPS.test(type) ? own : list } },
  ]);
  return JSON.stringify({ Resources: { ...Object.fromEntries(resources), ...NEEDED } });
}

const NAMES = Object.keys(ALL);
const listed = new Map<string, Tags[]>();

beforeAll(async () => {
  on = await startStacks();
  const steps = [
    { own: { mine: "1", gone: "1" }, tags: { team: "a", left: "1" } },
    { own: { mine: "2" }, tags: { team: "b", more: "1" } },
    { own: { mine: "2" }, tags: { team: "c" } },
  ];
  for (const [index, { own, tags }] of steps.entries()) {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const put = index === 0 ? on.create : on.update;
    const { status } = await put("maker", templateOf(own), { Tags });
    expect(status).toBe(index === 0 ? "CREATE_COMPLETE" : "UPDATE_COMPLETE");
    const { StackResources = [] } = await on.nuage
      .client(CloudFormationClient)
      .send(new DescribeStackResourcesCommand({ StackName: "maker" }));
    made = new Map(
      StackResources.map(({ LogicalResourceId: name = "", PhysicalResourceId: id = "" }) => [name, id]),
    );
    for (const name of NAMES) {
      const seen = await ALL[name]?.list(made.get(name) ?? "");
      listed.set(name, [...(listed.get(name) ?? []), seen ?? {}]);
    }
  }
}, 60_000);
afterAll(() => on?.nuage.stop());

const isOwn = ([key]: readonly [string, unknown]) => !key.startsWith("aws:");
const own = (tags: Tags | undefined) => Object.fromEntries(Object.entries(tags ?? {}).filter(isOwn));

test.each(NAMES)("%s", (name) => {
  const [first, second, third] = listed.get(name) ?? [];
  expect(own(first)).toEqual({ mine: "1", gone: "1", team: "a", left: "1" });
  expect(own(second)).toEqual({ mine: "2", team: "b", more: "1" });
  expect(own(third)).toEqual({ mine: "2", team: "c" });
  const marked = third?.["aws:cloudformation:logical-id"];
  expect(marked).toBe(ALL[name]?.isMarked ? name : undefined);
});
