// Templates and types that are looked at before there is a stack.
import * as sdk from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stacks, startStacks } from "./stacks.fixture.ts";

let on: Stacks;
beforeAll(async () => {
  on = await startStacks();
});
afterAll(() => on?.nuage.stop());

test("a template's parameters, types, transforms and capabilities are told", async () => {
  const TemplateBody = `
Transform: AWS::Serverless-2016-10-31
Description: orders
Parameters:
  Stage: { Type: String, AllowedValues: [dev, prod], Default: dev, Description: where }
  Length: { Type: Number, MinValue: 1, MaxValue: 9 }
Resources:
  Function: { Type: AWS::Serverless::Function, Properties: { Handler: a.b, Runtime: nodejs22.x } }
  Role: { Type: AWS::IAM::Role, Properties: { RoleName: mine, AssumeRolePolicyDocument: {} } }`;
  const summary = await on.client.send(new sdk.GetTemplateSummaryCommand({ TemplateBody }));
  expect(summary).toMatchObject({
    Description: "orders",
    ResourceTypes: ["AWS::Serverless::Function", "AWS::IAM::Role"],
    DeclaredTransforms: ["AWS::Serverless-2016-10-31"],
    Capabilities: ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    CapabilitiesReason: "The following resource(s) require capabilities: [AWS::IAM::Role]",
  });
  expect(summary.Parameters).toEqual([
    {
      ParameterKey: "Stage",
      ParameterType: "String",
      DefaultValue: "dev",
      NoEcho: false,
      Description: "where",
      ParameterConstraints: { AllowedValues: ["dev", "prod"] },
    },
    { ParameterKey: "Length", ParameterType: "Number", NoEcho: false, ParameterConstraints: {} },
  ]);
  const circle = "Resources: { A: { Type: AWS::SQS::Queue, DependsOn: A } }";
  await expect(on.client.send(new sdk.ValidateTemplateCommand({ TemplateBody: circle }))).rejects.toThrow(
    "Circular dependency between resources: [A]",
  );
});

test("the registry has the types that stacks may have", async () => {
  const { TypeSummaries = [] } = await on.client.send(
    new sdk.ListTypesCommand({ Visibility: "PUBLIC", Filters: { TypeNamePrefix: "AWS::SQS::" } }),
  );
  expect(TypeSummaries.map(({ TypeName }) => TypeName)).toEqual([
    "AWS::SQS::Queue",
    "AWS::SQS::QueueInlinePolicy",
    "AWS::SQS::QueuePolicy",
  ]);
  const queue = { Type: "RESOURCE", TypeName: "AWS::SQS::Queue" } as const;
  const described = await on.client.send(new sdk.DescribeTypeCommand(queue));
  expect(JSON.parse(described.Schema ?? "")).toMatchObject({
    typeName: "AWS::SQS::Queue",
    createOnlyProperties: ["/properties/FifoQueue", "/properties/QueueName"],
    readOnlyProperties: ["/properties/Arn", "/properties/QueueName", "/properties/QueueUrl"],
  });
  const { TypeVersionSummaries } = await on.client.send(new sdk.ListTypeVersionsCommand(queue));
  expect(TypeVersionSummaries).toHaveLength(1);
  const other = new sdk.DescribeTypeCommand({ Type: "RESOURCE", TypeName: "AWS::EC2::VPC" });
  await expect(on.client.send(other)).rejects.toMatchObject({ name: "TypeNotFoundException" });
});

test("loops take parameters as they are given", async () => {
  const StackName = "looped";
  const template = `
Transform: AWS::LanguageExtensions
Parameters:
  Names: { Type: CommaDelimitedList, Default: "A" }
Resources:
  Fn::ForEach::All:
    - Name
    - !Ref Names
    - Queue\${Name}: { Type: AWS::SQS::Queue }`;
  const Parameters = [{ ParameterKey: "Names", ParameterValue: "B,C" }];
  expect((await on.create(StackName, template, { Parameters })).status).toBe("CREATE_COMPLETE");
  const { StackResourceSummaries } = await on.client.send(new sdk.ListStackResourcesCommand({ StackName }));
  expect(StackResourceSummaries?.map(({ LogicalResourceId }) => LogicalResourceId)).toEqual([
    "QueueB",
    "QueueC",
  ]);
  const again = on.update(StackName, template, { Parameters });
  await expect(again).rejects.toThrow("No updates are to be performed.");
});

test("what is kept secret does not get where it may be seen", async () => {
  const template = `
Resources:
  Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: "{{resolve:ssm-secure:/name:1}}" } }`;
  await expect(on.create("open", template)).rejects.toThrow(
    "SSM Secure reference is not supported in: [AWS::SQS::Queue/Properties/QueueName]",
  );
});
