// What change sets tell of what they would do.
import * as sdk from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stacks, startStacks } from "./stacks.fixture.ts";

let on: Stacks;
beforeAll(async () => {
  on = await startStacks();
});
afterAll(() => on?.nuage.stop());

async function changesOf(
  StackName: string,
  TemplateBody: string,
  more: Partial<sdk.CreateChangeSetInput> = {},
) {
  const ChangeSetName = "looked-at";
  await on.client.send(new sdk.CreateChangeSetCommand({ StackName, ChangeSetName, TemplateBody, ...more }));
  const named = { StackName, ChangeSetName };
  const told = await on.client.send(
    new sdk.DescribeChangeSetCommand({ ...named, IncludePropertyValues: true }),
  );
  const plain = await on.client.send(new sdk.DescribeChangeSetCommand(named));
  await on.client.send(new sdk.DeleteChangeSetCommand(named));
  expect(JSON.stringify(plain.Changes)).not.toContain("AfterValue");
  return (told.Changes ?? []).map(({ ResourceChange }) => ResourceChange ?? {});
}

test("values before and after are told to who asks for them", async () => {
  const queue = (seconds: number) =>
    `Resources: { Queue: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: ${seconds} } } }`;
  await on.create("values", queue(10));
  expect(await changesOf("values", queue(20))).toMatchObject([
    {
      Action: "Modify",
      Replacement: "False",
      Details: [
        {
          Evaluation: "Static",
          Target: {
            Name: "VisibilityTimeout",
            Path: "/Properties/VisibilityTimeout",
            BeforeValue: "10",
            AfterValue: "20",
            AttributeChangeType: "Modify",
          },
        },
      ],
    },
  ]);
});

test("who names what is replaced changes with it", async () => {
  const template = (name: string) => `
Resources:
  Reader:
    Type: AWS::SNS::Subscription
    Properties: { Protocol: sqs, TopicArn: !Ref Topic, Endpoint: !GetAtt Queue.Arn }
  Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: ${name} } }
  Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: !GetAtt Queue.QueueName } }`;
  await on.create("chain", template("one"));
  const [reader, queue, topic] = await changesOf("chain", template("two"));
  expect(queue).toMatchObject({ Replacement: "True", PolicyAction: "ReplaceAndDelete" });
  expect(topic).toMatchObject({
    Replacement: "False",
    Details: [{ Evaluation: "Dynamic", ChangeSource: "ResourceReference" }],
  });
  expect(reader).toMatchObject({
    Replacement: "Conditional",
    Details: [{ Target: { Name: "Endpoint", AfterValue: "{{changeSet:KNOWN_AFTER_APPLY}}" } }],
  });
});

test("policies say what becomes of what goes", async () => {
  const template = (name: string, more: string) => `
Resources:
  Named: { Type: AWS::SQS::Queue, UpdateReplacePolicy: Retain, Properties: { QueueName: ${name} } }
${more}`;
  const two = `
  Kept: { Type: AWS::SQS::Queue, DeletionPolicy: Retain }
  Gone: { Type: AWS::SQS::Queue }`;
  await on.create("policies", template("first", two));
  const changes = await changesOf("policies", template("second", ""));
  expect(changes.map(({ LogicalResourceId, PolicyAction }) => [LogicalResourceId, PolicyAction])).toEqual([
    ["Named", "ReplaceAndRetain"],
    ["Gone", "Delete"],
    ["Kept", "Retain"],
  ]);
});

test("tags of the stack change what can be tagged, and secrets are not shown", async () => {
  const template = `
Parameters: { Word: { Type: String, NoEcho: true } }
Resources:
  Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: !Sub "say \${Word}" } }`;
  const given = (word: string) => ({ Parameters: [{ ParameterKey: "Word", ParameterValue: word }] });
  await on.create("tagged", template, given("friend"));
  const [topic] = await changesOf("tagged", template, {
    ...given("mellon"),
    Tags: [{ Key: "team", Value: "a" }],
  });
  expect(topic).toMatchObject({
    Scope: ["Properties", "Tags"],
    Details: [
      { Target: { BeforeValue: "say ****", AfterValue: "say ****" } },
      { Target: { Attribute: "Tags" } },
    ],
  });
});

test("who would rather have some resources left out says so, and is told which", async () => {
  const TemplateBody = `
Resources:
  Net: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Queue: { Type: AWS::SQS::Queue, DependsOn: Net }`;
  const StackName = "in-part";
  const set = { StackName, ChangeSetName: "part", ChangeSetType: "CREATE" as const, TemplateBody };
  await expect(on.client.send(new sdk.CreateChangeSetCommand(set))).rejects.toThrow(
    "Template format error: Unrecognized resource types: [Net (AWS::EC2::VPC)]",
  );
  const Capabilities = ["NUAGE_ALLOW_UNSUPPORTED" as sdk.Capability];
  await on.client.send(new sdk.CreateChangeSetCommand({ ...set, Capabilities }));
  const named = { StackName, ChangeSetName: "part" };
  const told = await on.client.send(new sdk.DescribeChangeSetCommand(named));
  const StatusReason = "Left out, since the platform does not have such resources: Net (AWS::EC2::VPC)";
  expect(told).toMatchObject({ Status: "CREATE_COMPLETE", StatusReason });
  await on.client.send(new sdk.ExecuteChangeSetCommand(named));
  await on.nuage.idle();
  expect((await on.see(StackName)).status).toBe("CREATE_COMPLETE");
  // The next one says it again, or is refused.
  await expect(on.update(StackName, TemplateBody.replace("Queue:", "Other:"))).rejects.toThrow(
    "[Net (AWS::EC2::VPC)]",
  );
});

test("which properties have no effect is told by the change set and by the stack", async () => {
  const template = (more: string) => `
Resources:
  Net: { Type: AWS::EC2::VPC }
  Files: { Type: AWS::S3::Bucket, Properties: { VersioningConfiguration: { Status: Enabled } } }
  Others: { Type: AWS::S3::Bucket, Properties: { LifecycleConfiguration: { Rules: [] }, Tags: [] } }
  Stream: { Type: AWS::Kinesis::Stream, Properties: { ShardCount: 1, ${more} } }`;
  const StackName = "idle";
  const Capabilities = ["NUAGE_ALLOW_UNSUPPORTED" as sdk.Capability];
  const named = { StackName, ChangeSetName: "one" };
  const TemplateBody = template("StreamEncryption: { EncryptionType: KMS, KeyId: alias/aws/kinesis }");
  const set = { ...named, ChangeSetType: "CREATE" as const, TemplateBody, Capabilities };
  await on.client.send(new sdk.CreateChangeSetCommand(set));
  const told = await on.client.send(new sdk.DescribeChangeSetCommand(named));
  const bucket = "AWS::S3::Bucket (LifecycleConfiguration, VersioningConfiguration)";
  expect(told.StatusReason?.split("\n")).toEqual([
    "Left out, since the platform does not have such resources: Net (AWS::EC2::VPC)",
    `Accepted, without effect: AWS::Kinesis::Stream (StreamEncryption), ${bucket}`,
  ]);
  await on.client.send(new sdk.ExecuteChangeSetCommand(named));
  await on.nuage.idle();
  expect((await on.reasons(StackName, StackName))[0]).toBe(told.StatusReason);
  await on.update(StackName, template("Tags: []"), { Capabilities });
  expect((await on.reasons(StackName, StackName))[0]).toContain(`Accepted, without effect: ${bucket}`);
  await on.remove(StackName);
});
