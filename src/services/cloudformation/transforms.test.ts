import * as sdk from "@aws-sdk/client-cloudformation";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stacks, startStacks } from "./stacks.fixture.ts";

let on: Stacks;
beforeAll(async () => {
  on = await startStacks();
  const s3 = on.nuage.client(S3Client);
  await s3.send(new CreateBucketCommand({ Bucket: "parts" }));
  const Body = "VisibilityTimeout: 77\nTags: [{ Key: from, Value: elsewhere }]";
  await s3.send(new PutObjectCommand({ Bucket: "parts", Key: "queue.yaml", Body }));
});
afterAll(() => on?.nuage.stop());

const timeout = async (QueueUrl: string | undefined) =>
  (
    await on.nuage
      .client(SQSClient)
      .send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["VisibilityTimeout"] }))
  ).Attributes?.VisibilityTimeout;

const MACRO = (code: string) => `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
  Writer:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs20.x
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: { ZipFile: ${JSON.stringify(code)} }
  Macro: { Type: AWS::CloudFormation::Macro, Properties: { Name: Patient, FunctionName: !GetAtt Writer.Arn } }
`;

test("a macro writes a template, and parts of it from the inside out", async () => {
  const code = `exports.handler = async (event) => {
    const { fragment, params, requestId, templateParameterValues, transformId } = event;
    if (fragment.Refused) return { requestId, status: "failure", errorMessage: "not with me" };
    const part = { ...fragment, DelaySeconds: Number(params.Delay) };
    if (!fragment.Resources) return { requestId, status: "success", fragment: part };
    fragment.Resources.Queue.Properties.VisibilityTimeout = Number(templateParameterValues.Wait);
    fragment.Outputs = { Who: { Value: transformId } };
    return { requestId, status: "success", fragment };
  };`;
  expect((await on.create("macros", MACRO(code))).status).toBe("CREATE_COMPLETE");
  const template = `
Transform: Patient
Parameters: { Wait: { Type: Number, Default: 33 } }
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      Fn::Transform: { Name: Patient, Parameters: { Delay: !Ref Wait } }
      MessageRetentionPeriod: 120`;
  const made = await on.create("written", template);
  expect(made).toEqual({ status: "CREATE_COMPLETE", outputs: { Who: "000000000000::Patient" } });
  const read = async (TemplateStage: sdk.TemplateStage) =>
    (await on.client.send(new sdk.GetTemplateCommand({ StackName: "written", TemplateStage }))).TemplateBody;
  expect(await read("Original")).toBe(template);
  expect(JSON.parse((await read("Processed")) ?? "")).toMatchObject({
    Resources: {
      Queue: { Properties: { VisibilityTimeout: 33, DelaySeconds: 33, MessageRetentionPeriod: 120 } },
    },
  });
  const changed = await on.update("written", template, {
    Parameters: [{ ParameterKey: "Wait", ParameterValue: "44" }],
  });
  expect(changed.status).toBe("UPDATE_COMPLETE");
  const refused = on.create("unwritten", template.replace("Parameters:", "Refused: yes\nParameters:"));
  await expect(refused).rejects.toMatchObject({
    message: "Transform 000000000000::Patient failed with: not with me",
  });
});

test("change sets of templates that cannot be written fail with the reason", async () => {
  const TemplateBody = "Transform: Nobody\nResources: { Queue: { Type: AWS::SQS::Queue } }";
  await on.client.send(
    new sdk.CreateChangeSetCommand({
      StackName: "nobody",
      ChangeSetName: "first",
      ChangeSetType: "CREATE",
      TemplateBody,
    }),
  );
  const set = await on.client.send(
    new sdk.DescribeChangeSetCommand({ StackName: "nobody", ChangeSetName: "first" }),
  );
  expect(set).toMatchObject({
    Status: "FAILED",
    ExecutionStatus: "UNAVAILABLE",
    StatusReason: "No transform named 000000000000::Nobody found.",
  });
});

test("parts of a template lie in a bucket", async () => {
  const template = `
Parameters: { Bucket: { Type: String, Default: parts } }
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      Fn::Transform: { Name: AWS::Include, Parameters: { Location: !Sub "s3://\${Bucket}/queue.yaml" } }
Outputs: { Url: { Value: !Ref Queue } }`;
  const { outputs } = await on.create("included", template);
  expect(await timeout(outputs.Url)).toBe("77");
  const missing = on.create("missing", template.replace("queue.yaml", "none.yaml"));
  await expect(missing).rejects.toMatchObject({
    message: expect.stringMatching(/^Transform AWS::Include failed with: /),
  });
});

test("values come of the Parameter Store", async () => {
  const ssm = on.nuage.client(SSMClient);
  await ssm.send(new PutParameterCommand({ Name: "/wait", Value: "55", Type: "String" }));
  const template = `
Parameters: { Wait: { Type: "AWS::SSM::Parameter::Value<String>", Default: /wait } }
Resources:
  Queue: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: !Ref Wait } }
  Other: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: "{{resolve:ssm:/wait:1}}" } }
  Kept:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Name: kept, Value: "in {{resolve:ssm:/wait}} s" }
Outputs: { Url: { Value: !Ref Queue }, Other: { Value: !Ref Other } }`;
  const { status, outputs } = await on.create("stored", template);
  expect(status).toBe("CREATE_COMPLETE");
  expect([await timeout(outputs.Url), await timeout(outputs.Other)]).toEqual(["55", "55"]);
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: "kept" }));
  expect(Parameter?.Value).toBe("in 55 s");
  const { Stacks: [stack] = [] } = await on.client.send(
    new sdk.DescribeStacksCommand({ StackName: "stored" }),
  );
  expect(stack?.Parameters).toEqual([{ ParameterKey: "Wait", ParameterValue: "/wait", ResolvedValue: "55" }]);
  await ssm.send(new PutParameterCommand({ Name: "/wait", Value: "66", Overwrite: true }));
  const changed = await on.update("stored", template);
  expect(await timeout(changed.outputs.Url)).toBe("66");
});

test("values come of secrets, and are not shown", async () => {
  const secrets = on.nuage.client(SecretsManagerClient);
  const SecretString = JSON.stringify({ user: "me", word: "s3cret" });
  const { ARN } = await secrets.send(new CreateSecretCommand({ Name: "login", SecretString }));
  const { status } = await on.create(
    "secret",
    `
Resources:
  Word:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Name: word, Value: "{{resolve:secretsmanager:login:SecretString:word}}" }
  User:
    Type: AWS::SSM::Parameter
    Properties: { Type: String, Name: user, Value: "{{resolve:secretsmanager:${ARN}:SecretString:user}}" }`,
  );
  expect(status).toBe("CREATE_COMPLETE");
  const ssm = on.nuage.client(SSMClient);
  const stored = async (Name: string) => (await ssm.send(new GetParameterCommand({ Name }))).Parameter?.Value;
  expect([await stored("word"), await stored("user")]).toEqual(["s3cret", "me"]);
  const { StackEvents } = await on.client.send(new sdk.DescribeStackEventsCommand({ StackName: "secret" }));
  expect(JSON.stringify(StackEvents)).not.toContain("s3cret");
});

test("an alias goes to its new version as its update policy says", async () => {
  const template = (version: string, hook: string) => `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
  Work:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs20.x
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: { ZipFile: "exports.handler = async () => '${version}';" }
  Check:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs20.x
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code:
        ZipFile: |
          const { CodeDeploy } = require("@aws-sdk/client-codedeploy");
          exports.handler = async ({ DeploymentId, LifecycleEventHookExecutionId }) => {
            await new CodeDeploy().putLifecycleEventHookExecutionStatus({
              deploymentId: DeploymentId,
              lifecycleEventHookExecutionId: LifecycleEventHookExecutionId,
              status: "${hook}",
            });
          };
  Version${version}: { Type: AWS::Lambda::Version, Properties: { FunctionName: !Ref Work } }
  Application: { Type: AWS::CodeDeploy::Application, Properties: { ComputePlatform: Lambda } }
  Group:
    Type: AWS::CodeDeploy::DeploymentGroup
    Properties:
      ApplicationName: !Ref Application
      DeploymentConfigName: CodeDeployDefault.LambdaCanary10Percent5Minutes
      ServiceRoleArn: !GetAtt Role.Arn
      DeploymentStyle: { DeploymentType: BLUE_GREEN, DeploymentOption: WITH_TRAFFIC_CONTROL }
  Live:
    Type: AWS::Lambda::Alias
    Properties: { Name: live, FunctionName: !Ref Work, FunctionVersion: !GetAtt Version${version}.Version }
    UpdatePolicy:
      CodeDeployLambdaAliasUpdate:
        ApplicationName: !Ref Application
        DeploymentGroupName: !Ref Group
        BeforeAllowTrafficHook: !Ref Check
Outputs: { Version: { Value: !GetAtt Version${version}.Version } }`;
  expect(await on.create("gradual", template("one", "Succeeded"))).toMatchObject({
    status: "CREATE_COMPLETE",
    outputs: { Version: "1" },
  });
  await on.update("gradual", template("two", "Succeeded"));
  expect((await on.see("gradual")).status).toBe("UPDATE_IN_PROGRESS");
  await on.nuage.advance("6 minutes");
  expect(await on.see("gradual")).toMatchObject({ status: "UPDATE_COMPLETE", outputs: { Version: "2" } });
  await on.update("gradual", template("three", "Failed"));
  await on.nuage.advance("1 minute");
  expect(await on.see("gradual")).toMatchObject({
    status: "UPDATE_ROLLBACK_COMPLETE",
    outputs: { Version: "2" },
  });
});
