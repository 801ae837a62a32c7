// Every kind of resource that has tags, and how they are listed.
import { APIGatewayClient, GetTagsCommand as GetRestTags } from "@aws-sdk/client-api-gateway";
import { ApiGatewayV2Client, GetTagsCommand as GetHttpTags } from "@aws-sdk/client-apigatewayv2";
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
import type { Nuage } from "../../testing/index.ts";

type Listed = readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[];
export type Tags = Record<string, string | undefined>;
const mapOf = (listed: Listed | undefined = []): Tags =>
  Object.fromEntries(listed.map(({ Key = "", Value }) => [Key, Value]));
const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:000000000000:${rest}`;
const ROLE = "arn:aws:iam::000000000000:role/x";

const restTags = async (nuage: Nuage, path: string) => {
  const resourceArn = `arn:aws:apigateway:us-east-1::/${path}`;
  return (await nuage.client(APIGatewayClient).send(new GetRestTags({ resourceArn }))).tags ?? {};
};
const httpTags = async (nuage: Nuage, path: string) => {
  const ResourceArn = `arn:aws:apigateway:us-east-1::/${path}`;
  return (await nuage.client(ApiGatewayV2Client).send(new GetHttpTags({ ResourceArn }))).Tags ?? {};
};
const lambdaTags = async (nuage: Nuage, Resource: string) =>
  (await nuage.client(LambdaClient).send(new ListTagsCommand({ Resource }))).Tags ?? {};
const eventTags = async (nuage: Nuage, ResourceARN: string) =>
  mapOf((await nuage.client(EventBridgeClient).send(new ListEventTags({ ResourceARN }))).Tags);
const alarmTags = async (nuage: Nuage, ResourceARN: string) =>
  mapOf((await nuage.client(CloudWatchClient).send(new ListAlarmTags({ ResourceARN }))).Tags);
const deploymentTags = async (nuage: Nuage, ResourceArn: string) =>
  mapOf((await nuage.client(CodeDeployClient).send(new ListDeploymentTags({ ResourceArn }))).Tags);
const streamTags = async (nuage: Nuage, ResourceARN: string) =>
  mapOf((await nuage.client(KinesisClient).send(new ListStreamTags({ ResourceARN }))).Tags);
const keyTags = async (nuage: Nuage, KeyId: string) => {
  const { Tags = [] } = await nuage.client(KMSClient).send(new ListResourceTagsCommand({ KeyId }));
  return Object.fromEntries(Tags.map(({ TagKey = "", TagValue }) => [TagKey, TagValue]));
};
const iam = (nuage: Nuage) => nuage.client(IAMClient);

/** Physical ids by logical ones. */
export type Made = ReadonlyMap<string, string>;

interface Tagged {
  readonly type: string;
  readonly properties: object;
  readonly list: (nuage: Nuage, id: string, made: Made) => Promise<Tags>;
  /** AWS's own tags are on it too, as the schema of the type has it. */
  readonly isMarked?: true;
}

const METADATA = [
  '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://corp.example">',
  " ".repeat(1000),
  "</EntityDescriptor>",
].join("");
const FUNCTION = {
  Runtime: "nodejs20.x",
  Handler: "index.handler",
  Role: ROLE,
  Code: { ZipFile: "exports.handler = async () => 1;" },
};

export const TAGGED: Readonly<Record<string, Tagged>> = {
  ApiKey: {
    type: "AWS::ApiGateway::ApiKey",
    properties: { Name: "tagged" },
    list: (nuage, id) => restTags(nuage, `apikeys/${id}`),
    isMarked: true,
  },
  ClientCertificate: {
    type: "AWS::ApiGateway::ClientCertificate",
    properties: {},
    list: (nuage, id) => restTags(nuage, `clientcertificates/${id}`),
    isMarked: true,
  },
  RestDomain: {
    type: "AWS::ApiGateway::DomainName",
    properties: {
      DomainName: "rest.example.com",
      RegionalCertificateArn: arn("acm", "certificate/a"),
      EndpointConfiguration: { Types: ["REGIONAL"] },
    },
    list: (nuage, id) => restTags(nuage, `domainnames/${id}`),
    isMarked: true,
  },
  RestApi: {
    type: "AWS::ApiGateway::RestApi",
    properties: { Name: "tagged" },
    list: (nuage, id) => restTags(nuage, `restapis/${id}`),
    isMarked: true,
  },
  RestStage: {
    type: "AWS::ApiGateway::Stage",
    properties: { RestApiId: { Ref: "RestApi" }, DeploymentId: { Ref: "Deployment" }, StageName: "s" },
    list: (nuage, id, made) => restTags(nuage, `restapis/${made.get("RestApi")}/stages/${id}`),
    isMarked: true,
  },
  UsagePlan: {
    type: "AWS::ApiGateway::UsagePlan",
    properties: { UsagePlanName: "tagged" },
    list: (nuage, id) => restTags(nuage, `usageplans/${id}`),
    isMarked: true,
  },
  HttpApi: {
    type: "AWS::ApiGatewayV2::Api",
    properties: { Name: "tagged", ProtocolType: "HTTP" },
    list: (nuage, id) => httpTags(nuage, `apis/${id}`),
    isMarked: true,
  },
  HttpStage: {
    type: "AWS::ApiGatewayV2::Stage",
    properties: { ApiId: { Ref: "HttpApi" }, StageName: "s" },
    list: (nuage, id, made) => httpTags(nuage, `apis/${made.get("HttpApi")}/stages/${id}`),
    isMarked: true,
  },
  HttpDomain: {
    type: "AWS::ApiGatewayV2::DomainName",
    properties: {
      DomainName: "http.example.com",
      DomainNameConfigurations: [{ CertificateArn: arn("acm", "certificate/a"), EndpointType: "REGIONAL" }],
    },
    list: (nuage, id) => httpTags(nuage, `domainnames/${id}`),
    isMarked: true,
  },
  VpcLink: {
    type: "AWS::ApiGatewayV2::VpcLink",
    properties: { Name: "tagged", SubnetIds: ["subnet-1"] },
    list: (nuage, id) => httpTags(nuage, `vpclinks/${id}`),
    isMarked: true,
  },
  Alarm: {
    type: "AWS::CloudWatch::Alarm",
    properties: {
      ...{ AlarmName: "tagged", Namespace: "n", MetricName: "m", Period: 60, EvaluationPeriods: 1 },
      ...{ Threshold: 1, Statistic: "Sum", ComparisonOperator: "GreaterThanThreshold" },
    },
    list: (nuage) => alarmTags(nuage, arn("cloudwatch", "alarm:tagged")),
    isMarked: true,
  },
  CompositeAlarm: {
    type: "AWS::CloudWatch::CompositeAlarm",
    properties: { AlarmName: "composite", AlarmRule: "TRUE" },
    list: (nuage) => alarmTags(nuage, arn("cloudwatch", "alarm:composite")),
    isMarked: true,
  },
  Dashboard: {
    type: "AWS::CloudWatch::Dashboard",
    properties: { DashboardName: "tagged", DashboardBody: '{"widgets":[]}' },
    list: (nuage) => alarmTags(nuage, "arn:aws:cloudwatch::000000000000:dashboard/tagged"),
    isMarked: true,
  },
  Application: {
    type: "AWS::CodeDeploy::Application",
    properties: { ComputePlatform: "Lambda", ApplicationName: "tagged" },
    list: (nuage) => deploymentTags(nuage, arn("codedeploy", "application:tagged")),
  },
  Group: {
    type: "AWS::CodeDeploy::DeploymentGroup",
    properties: {
      ApplicationName: { Ref: "Application" },
      DeploymentGroupName: "tagged",
      ServiceRoleArn: ROLE,
      DeploymentStyle: { DeploymentType: "BLUE_GREEN", DeploymentOption: "WITH_TRAFFIC_CONTROL" },
    },
    list: (nuage) => deploymentTags(nuage, arn("codedeploy", "deploymentgroup:tagged/tagged")),
  },
  Table: {
    type: "AWS::DynamoDB::Table",
    properties: {
      TableName: "tagged",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    },
    list: async (nuage, id) => {
      const ResourceArn = arn("dynamodb", `table/${id}`);
      const client = nuage.client(DynamoDBClient);
      return mapOf((await client.send(new ListTagsOfResourceCommand({ ResourceArn }))).Tags);
    },
    isMarked: true,
  },
  Repository: {
    type: "AWS::ECR::Repository",
    properties: { RepositoryName: "tagged" },
    list: async (nuage, id) => {
      const resourceArn = arn("ecr", `repository/${id}`);
      return mapOf((await nuage.client(ECRClient).send(new ListRepositoryTags({ resourceArn }))).tags);
    },
    isMarked: true,
  },
  Bus: {
    type: "AWS::Events::EventBus",
    properties: { Name: "tagged" },
    list: (nuage, id) => eventTags(nuage, arn("events", `event-bus/${id}`)),
    isMarked: true,
  },
  Rule: {
    type: "AWS::Events::Rule",
    properties: { Name: "tagged", ScheduleExpression: "rate(1 day)" },
    list: (nuage) => eventTags(nuage, arn("events", "rule/tagged")),
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
    list: async (nuage, RoleName) =>
      mapOf((await iam(nuage).send(new ListRoleTagsCommand({ RoleName }))).Tags),
  },
  User: {
    type: "AWS::IAM::User",
    properties: {},
    list: async (nuage, UserName) =>
      mapOf((await iam(nuage).send(new ListUserTagsCommand({ UserName }))).Tags),
  },
  OpenIdProvider: {
    type: "AWS::IAM::OIDCProvider",
    properties: { Url: "https://id.example.com", ClientIdList: ["c"], ThumbprintList: ["a".repeat(40)] },
    list: async (nuage, OpenIDConnectProviderArn) =>
      mapOf(
        (await iam(nuage).send(new ListOpenIDConnectProviderTagsCommand({ OpenIDConnectProviderArn }))).Tags,
      ),
  },
  SamlProvider: {
    type: "AWS::IAM::SAMLProvider",
    properties: { Name: "tagged", SamlMetadataDocument: METADATA },
    list: async (nuage, SAMLProviderArn) =>
      mapOf((await iam(nuage).send(new ListSAMLProviderTagsCommand({ SAMLProviderArn }))).Tags),
  },
  Device: {
    type: "AWS::IAM::VirtualMFADevice",
    properties: { VirtualMfaDeviceName: "tagged", Users: [] },
    list: async (nuage, SerialNumber) =>
      mapOf((await iam(nuage).send(new ListMFADeviceTagsCommand({ SerialNumber }))).Tags),
  },
  Key: { type: "AWS::KMS::Key", properties: {}, list: (nuage, id) => keyTags(nuage, id) },
  Stream: {
    type: "AWS::Kinesis::Stream",
    properties: { Name: "tagged", ShardCount: 1 },
    list: (nuage) => streamTags(nuage, arn("kinesis", "stream/tagged")),
    isMarked: true,
  },
  Function: {
    type: "AWS::Lambda::Function",
    properties: { FunctionName: "tagged", ...FUNCTION },
    list: (nuage) => lambdaTags(nuage, arn("lambda", "function:tagged")),
    isMarked: true,
  },
  Mapping: {
    type: "AWS::Lambda::EventSourceMapping",
    properties: { FunctionName: { Ref: "Function" }, EventSourceArn: { "Fn::GetAtt": "Queue.Arn" } },
    list: (nuage, id) => lambdaTags(nuage, arn("lambda", `event-source-mapping:${id}`)),
    isMarked: true,
  },
  LogGroup: {
    type: "AWS::Logs::LogGroup",
    properties: { LogGroupName: "tagged" },
    list: async (nuage) => {
      const resourceArn = arn("logs", "log-group:tagged");
      return (await nuage.client(CloudWatchLogsClient).send(new ListGroupTags({ resourceArn }))).tags ?? {};
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
    list: async (nuage) => {
      const resourceArn = arn("pipes", "pipe/tagged");
      return (await nuage.client(PipesClient).send(new ListPipeTags({ resourceArn }))).tags ?? {};
    },
  },
  Bucket: {
    type: "AWS::S3::Bucket",
    properties: { BucketName: "tagged" },
    list: async (nuage, Bucket) =>
      mapOf((await nuage.client(S3Client).send(new GetBucketTaggingCommand({ Bucket }))).TagSet),
    isMarked: true,
  },
  ScheduleGroup: {
    type: "AWS::Scheduler::ScheduleGroup",
    properties: { Name: "tagged" },
    list: async (nuage) => {
      const ResourceArn = arn("scheduler", "schedule-group/tagged");
      return mapOf((await nuage.client(SchedulerClient).send(new ListScheduleTags({ ResourceArn }))).Tags);
    },
    isMarked: true,
  },
  Secret: {
    type: "AWS::SecretsManager::Secret",
    properties: { Name: "tagged", SecretString: "x" },
    list: async (nuage, SecretId) =>
      mapOf((await nuage.client(SecretsManagerClient).send(new DescribeSecretCommand({ SecretId }))).Tags),
    isMarked: true,
  },
  Topic: {
    type: "AWS::SNS::Topic",
    properties: { TopicName: "tagged" },
    list: async (nuage, ResourceArn) =>
      mapOf((await nuage.client(SNSClient).send(new ListTopicTags({ ResourceArn }))).Tags),
    isMarked: true,
  },
  Queue: {
    type: "AWS::SQS::Queue",
    properties: { QueueName: "tagged" },
    list: async (nuage, QueueUrl) =>
      (await nuage.client(SQSClient).send(new ListQueueTagsCommand({ QueueUrl }))).Tags ?? {},
    isMarked: true,
  },
  Parameter: {
    type: "AWS::SSM::Parameter",
    properties: { Name: "tagged", Type: "String", Value: "x" },
    list: async (nuage, ResourceId) =>
      mapOf(
        (await nuage.client(SSMClient).send(new ListParameterTags({ ResourceType: "Parameter", ResourceId })))
          .TagList,
      ),
    isMarked: true,
  },
};

/** What some of them need, and what has no tags itself. */
export const NEEDED = {
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
