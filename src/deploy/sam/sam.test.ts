// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates write references so
import { describe, expect, it } from "vitest";
import { type JsonMap, parseTemplate } from "../parse.ts";
import { transformServerless } from "./index.ts";

interface Made {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly [attribute: string]: unknown;
}

function transform(yaml: string, options: { partition?: string; parameters?: JsonMap; nowMs?: number } = {}) {
  const template = transformServerless(parseTemplate(yaml), {
    region: "us-east-1",
    partition: "aws",
    nowMs: 0,
    ...options,
  });
  return template as unknown as { readonly Resources: Readonly<Record<string, Made>> } & JsonMap;
}

/** Types by id, without what every function has. */
function types(yaml: string): Record<string, string> {
  const made = Object.entries(transform(yaml).Resources);
  const others = made.filter(([id]) => id !== "F" && id !== "FRole");
  return Object.fromEntries(others.map(([id, { Type }]) => [id, Type.replace("AWS::", "")]));
}

const FUNCTION = (more: string) => `
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      CodeUri: s3://bucket/key?versionId=7
${more.replace(/^/gm, "      ")}`;

const EVENT = (event: string) => FUNCTION(`Events: { E: ${event} }`);

describe("a function", () => {
  it("has a role, its code and a tag", () => {
    const { F, FRole } = transform(FUNCTION("Timeout: 3")).Resources;
    expect(F).toEqual({
      Type: "AWS::Lambda::Function",
      Properties: {
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Code: { S3Bucket: "bucket", S3Key: "key", S3ObjectVersion: "7" },
        Timeout: 3,
        Role: { "Fn::GetAtt": ["FRole", "Arn"] },
        Tags: [{ Key: "lambda:createdBy", Value: "SAM" }],
      },
    });
    expect(FRole?.Properties.ManagedPolicyArns).toEqual([
      "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    ]);
  });

  it("publishes a version whose id is a hash of what it runs, under an alias", () => {
    const versions = (yaml: string) =>
      Object.entries(transform(yaml).Resources).filter(([, { Type }]) => Type === "AWS::Lambda::Version");
    const [[id, version] = []] = versions(FUNCTION("AutoPublishAlias: live"));
    expect(id).toBe("FVersion82681ecb21");
    expect(version?.DeletionPolicy).toBe("Retain");
    const [[other] = []] = versions(FUNCTION("AutoPublishAlias: live\nMemorySize: 512"));
    expect(other).not.toBe(id);
    const [[same] = []] = versions(FUNCTION("AutoPublishAlias: live\nDescription: other"));
    expect(same).toBe(id);
  });

  it("may do what policy templates, statements and AWS's own policies say", () => {
    const { FRole } = transform(
      FUNCTION(`
Policies:
  - SQSSendMessagePolicy: { QueueName: !GetAtt Q.QueueName }
  - AmazonS3ReadOnlyAccess
  - Statement: [{ Effect: Allow, Action: "s3:*", Resource: "*" }]`),
      { partition: "aws-cn" },
    ).Resources;
    expect(FRole?.Properties.ManagedPolicyArns).toContain(
      "arn:aws-cn:iam::aws:policy/AmazonS3ReadOnlyAccess",
    );
    expect(FRole?.Properties.Policies).toEqual([
      {
        PolicyName: "FRolePolicy0",
        PolicyDocument: {
          Statement: [
            {
              Effect: "Allow",
              Action: ["sqs:SendMessage*"],
              Resource: {
                "Fn::Sub": [
                  "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${queueName}",
                  { queueName: { "Fn::GetAtt": ["Q", "QueueName"] } },
                ],
              },
            },
          ],
        },
      },
      {
        PolicyName: "FRolePolicy2",
        PolicyDocument: { Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] },
      },
    ]);
  });
});

describe("events", () => {
  const PERMISSION = "Lambda::Permission";
  const MAPPING = "Lambda::EventSourceMapping";
  it.each([
    ["{ Type: SQS, Properties: { Queue: arn } }", { FE: MAPPING }],
    ["{ Type: Kinesis, Properties: { Stream: arn, StartingPosition: LATEST } }", { FE: MAPPING }],
    [
      "{ Type: Schedule, Properties: { Schedule: rate(1 day) } }",
      { FE: "Events::Rule", FEPermission: PERMISSION },
    ],
    [
      "{ Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 day) } }",
      { FE: "Scheduler::Schedule", FERole: "IAM::Role" },
    ],
    [
      "{ Type: SNS, Properties: { Topic: arn, SqsSubscription: true } }",
      {
        FE: "SNS::Subscription",
        FEQueue: "SQS::Queue",
        FEQueuePolicy: "SQS::QueuePolicy",
        FEEventSourceMapping: MAPPING,
      },
    ],
    [
      "{ Type: CloudWatchLogs, Properties: { LogGroupName: g, FilterPattern: x } }",
      { FE: "Logs::SubscriptionFilter", FEPermission: PERMISSION },
    ],
    [
      "{ Type: HttpApi }",
      {
        FEPermission: PERMISSION,
        ServerlessHttpApi: "ApiGatewayV2::Api",
        ServerlessHttpApiApiGatewayDefaultStage: "ApiGatewayV2::Stage",
      },
    ],
  ])("%s", (event, made) => {
    expect(types(EVENT(event))).toEqual(made);
  });

  it("write themselves into the bucket that they are of", () => {
    const yaml = `${EVENT("{ Type: S3, Properties: { Bucket: !Ref B, Events: 's3:ObjectCreated:*' } }")}
  B: { Type: AWS::S3::Bucket }`;
    expect(transform(yaml).Resources.B).toEqual({
      Type: "AWS::S3::Bucket",
      DependsOn: ["FEPermission"],
      Properties: {
        NotificationConfiguration: {
          LambdaConfigurations: [{ Event: "s3:ObjectCreated:*", Function: { "Fn::GetAtt": ["F", "Arn"] } }],
        },
      },
    });
  });
});

describe("a REST API", () => {
  const deployments = (yaml: string, nowMs = 0) =>
    Object.keys(transform(yaml, { nowMs }).Resources).filter((id) => id.includes("Deployment"));
  const EVENT_OF_API = EVENT("{ Type: Api, Properties: { Path: /a, Method: get } }");

  it("is deployed under an id that is a hash of its definition, as AWS's own is", () => {
    expect(deployments(EVENT_OF_API)).toEqual(["ServerlessRestApiDeploymentc5de3484bb"]);
    expect(deployments(EVENT_OF_API.replace("/a", "/b"))).not.toEqual(deployments(EVENT_OF_API));
  });

  it("is deployed each time where that is asked for", () => {
    const always = `
Transform: AWS::Serverless-2016-10-31
Resources:
  A:
    Type: AWS::Serverless::Api
    Properties: { StageName: live, AlwaysDeploy: true, DefinitionBody: { swagger: "2.0", paths: {} } }`;
    expect(deployments(always, 13370)).toEqual(["ADeploymentbd307a3ec3"]);
    expect(deployments(always, 42133)).toEqual(["ADeployment92cfceb39d"]);
  });
});

it("globals, parameters and references to what is made come to what they stand for", () => {
  const { Resources, Outputs } = transform(
    `
Transform: AWS::Serverless-2016-10-31
Parameters: { Alias: { Type: String, Default: live } }
Globals:
  Function:
    Runtime: python3.13
    Environment: { Variables: { A: 1 } }
    Tags: { team: a }
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: h
      InlineCode: x
      AutoPublishAlias: !Ref Alias
      Environment: { Variables: { B: 2 } }
Outputs: { Alias: { Value: !Ref F.Alias }, Sub: { Value: !Sub "\${F.Alias}!" } }`,
    { parameters: { Alias: "green" } },
  );
  expect(Resources.F?.Properties).toMatchObject({
    Runtime: "python3.13",
    Environment: { Variables: { A: 1, B: 2 } },
    Tags: [
      { Key: "lambda:createdBy", Value: "SAM" },
      { Key: "team", Value: "a" },
    ],
  });
  expect(Outputs).toEqual({
    Alias: { Value: { Ref: "FAliasgreen" } },
    Sub: { Value: { "Fn::Sub": "${FAliasgreen}!" } },
  });
});

it("a connector becomes a policy for the function's role, and says what it joins", () => {
  const yaml = `${FUNCTION("Timeout: 3")}
    Connectors: { C: { Properties: { Destination: { Id: T }, Permissions: [Write] } } }
  T: { Type: AWS::Serverless::SimpleTable }`;
  const { FCPolicy } = transform(yaml).Resources;
  expect(FCPolicy).toMatchObject({
    Type: "AWS::IAM::ManagedPolicy",
    Properties: { Roles: [{ Ref: "FRole" }] },
    Metadata: {
      "aws:sam:connectors": {
        FC: {
          Source: { Type: "AWS::Serverless::Function" },
          Destination: { Type: "AWS::Serverless::SimpleTable" },
        },
      },
    },
  });
});

it("says all that is wrong at once, sorted by what it is about", () => {
  const yaml = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Z: { Type: AWS::Serverless::SimpleTable, Properties: { Nothing: 1 } }
  A: { Type: AWS::Serverless::Function, Properties: { InlineCode: x } }`;
  expect(() => transform(yaml)).toThrow(
    "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification " +
      "document. Number of errors found: 2. Resource with id [A] is invalid. Runtime and Handler needs " +
      "to be present when PackageType is of type `Zip` Resource with id [Z] is invalid. property " +
      "Nothing not defined for resource of type AWS::Serverless::SimpleTable",
  );
});
