// What is refused before anything of a stack is made.
import * as sdk from "@aws-sdk/client-cloudformation";
import { startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let nuage: Awaited<ReturnType<typeof startNuage>>;
let client: sdk.CloudFormationClient;

beforeAll(async () => {
  nuage = await startNuage();
  client = nuage.client(sdk.CloudFormationClient);
});

afterAll(() => nuage?.stop());

test("an output's condition that there is not is refused before anything is made", async () => {
  const TemplateBody = `
Resources: { Queue: { Type: AWS::SQS::Queue } }
Outputs: { Url: { Condition: Missing, Value: x } }`;
  const send = client.send(new sdk.CreateStackCommand({ StackName: "condition", TemplateBody }));
  await expect(send).rejects.toMatchObject({
    name: "ValidationError",
    message:
      "Template format error: Unresolved condition dependency Missing in the Outputs block of the template",
  });
});

test("names and addresses that are none are refused", async () => {
  const TemplateBody = "Resources: { Queue: { Type: AWS::SQS::Queue } }";
  const set = { StackName: "no name!", ChangeSetName: "x", ChangeSetType: "CREATE" as const, TemplateBody };
  await expect(client.send(new sdk.CreateChangeSetCommand(set))).rejects.toThrow("failed to satisfy");
  const TemplateURL = "https://s3.amazonaws.com/bucket/%zz";
  await expect(client.send(new sdk.CreateStackCommand({ StackName: "url", TemplateURL }))).rejects.toThrow(
    "TemplateURL must be a supported URL.",
  );
});

test("tags that are AWS's own, or told twice, are refused", async () => {
  const TemplateBody = "Resources: { Queue: { Type: AWS::SQS::Queue } }";
  const create = (...Tags: sdk.Tag[]) =>
    client.send(new sdk.CreateStackCommand({ StackName: "tagged", TemplateBody, Tags }));
  await expect(create({ Key: "aws:own", Value: "x" })).rejects.toThrow("aws: prefixed tag key names");
  await expect(create({ Key: "a", Value: "x" }, { Key: "a", Value: "y" })).rejects.toThrow("Duplicate tag");
});

const QUEUE = "  Queue: { Type: AWS::SQS::Queue }";

test.each([
  [
    `Resources:\n${QUEUE}\nOutputs:\n  Name:\n    Value: !GetAtt Queue.Colour`,
    "Template error: resource Queue does not support attribute type Colour in Fn::GetAtt (line 5, column 5)",
  ],
  [
    `Resources:\n${QUEUE}\n  Bad:\n    Type: AWS::SQS::Queue\n    Properties:\n      Colour: red`,
    "Encountered unsupported property Colour of AWS::SQS::Queue (Bad) (line 6, column 7)",
  ],
  [
    `Resources:\n${QUEUE}\n  Net:\n    Type: AWS::EC2::VPC`,
    "Template format error: Unrecognized resource types: [Net (AWS::EC2::VPC)] (line 4, column 5)",
  ],
  [
    "Resources:\n  Part:\n    Type: Mine::Own::Part::MODULE",
    "Modules are not part of this platform: [Part (Mine::Own::Part::MODULE)] (line 3, column 5)",
  ],
  [
    `Resources:\n  Bad:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: !Sub "\${Nobody}-x"`,
    "Template format error: Unresolved resource dependencies [Nobody] in the Resources block of the " +
      "template (line 5, column 7)",
  ],
  [
    `Conditions: { No: !Equals [a, b] }
Resources:
  Maybe: { Type: AWS::SQS::Queue, Condition: "No" }
  Bad: { Type: AWS::SQS::Queue, Properties: { QueueName: !Ref Maybe } }`,
    "Template format error: Unresolved resource dependencies [Maybe] in the Resources block of the " +
      "template (line 4, column 47)",
  ],
  [
    `Parameters: { Stage: { Type: String, Default: dev }, Size: { Type: String, Default: large } }
Rules:
  Small:
    RuleCondition: !Equals [!Ref Stage, dev]
    Assertions: [{ Assert: !Contains [[small], !Ref Size], AssertDescription: Development is small }]
Resources:
${QUEUE}`,
    "Rule Small does not hold: Development is small (line 3, column 3)",
  ],
])("%s", async (TemplateBody, message) => {
  const send = client.send(new sdk.CreateStackCommand({ StackName: "refused", TemplateBody }));
  await expect(send).rejects.toMatchObject({ name: "ValidationError", message });
});

test("what a condition does not choose need not be there", async () => {
  const TemplateBody = `
Conditions: { No: !Equals [a, b] }
Resources:
  Maybe: { Type: AWS::SQS::Queue, Condition: "No" }
  Queue:
    Type: AWS::SQS::Queue
    DependsOn: Maybe
    Properties: { QueueName: !If ["No", !Ref Maybe, chosen] }
Outputs: { Name: { Value: !GetAtt Queue.QueueName } }`;
  await client.send(new sdk.CreateStackCommand({ StackName: "choosing", TemplateBody }));
  await nuage.idle();
  const { Stacks: [stack] = [] } = await client.send(
    new sdk.DescribeStacksCommand({ StackName: "choosing" }),
  );
  expect(stack).toMatchObject({ StackStatus: "CREATE_COMPLETE", Outputs: [{ OutputValue: "chosen" }] });
});

test("what the platform does not have is left out where that is wanted, and told", async () => {
  await using lenient = await startNuage({ allowUnsupported: true });
  const other = lenient.client(sdk.CloudFormationClient);
  const TemplateBody = `
Resources:
  Net: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Queue: { Type: AWS::SQS::Queue, DependsOn: Net, Properties: { QueueName: !Sub "\${Net}-queue" } }`;
  await other.send(new sdk.CreateStackCommand({ StackName: "lenient", TemplateBody }));
  await lenient.idle();
  const { Stacks: [stack] = [] } = await other.send(new sdk.DescribeStacksCommand({ StackName: "lenient" }));
  expect(stack).toMatchObject({
    StackStatus: "CREATE_COMPLETE",
    StackStatusReason: "Left out, since the platform does not have such resources: Net (AWS::EC2::VPC)",
  });
  const { StackResourceSummaries } = await other.send(
    new sdk.ListStackResourcesCommand({ StackName: "lenient" }),
  );
  expect(StackResourceSummaries?.map(({ LogicalResourceId }) => LogicalResourceId)).toEqual(["Queue"]);
});
