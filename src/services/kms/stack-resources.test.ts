import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import * as sdk from "@aws-sdk/client-kms";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Nuage, startNuage } from "../../testing/index.ts";

let nuage: Nuage;
let kms: sdk.KMSClient;
let stacks: CloudFormationClient;

beforeAll(async () => {
  nuage = await startNuage();
  kms = nuage.client(sdk.KMSClient);
  stacks = nuage.client(CloudFormationClient);
});
afterAll(() => nuage.stop());

const template = (key: string) => `
Resources:
  Key: { Type: AWS::KMS::Key, Properties: ${key} }
  Alias: { Type: AWS::KMS::Alias, Properties: { AliasName: alias/stacked, TargetKeyId: !Ref Key } }
Outputs: { Id: { Value: !Ref Key }, Arn: { Value: !GetAtt Key.Arn }, Alias: { Value: !Ref Alias } }`;

async function look(StackName: string) {
  await nuage.idle();
  const { Stacks: [stack] = [] } = await stacks.send(new DescribeStacksCommand({ StackName }));
  const outputs = stack?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]) ?? [];
  return { status: stack?.StackStatus, outputs: Object.fromEntries(outputs) };
}

test("a stack has a key and its alias, changes them, and has them gone", async () => {
  const before = "{ Description: one, EnableKeyRotation: true, PendingWindowInDays: 7 }";
  await stacks.send(new CreateStackCommand({ StackName: "keys", TemplateBody: template(before) }));
  const made = await look("keys");
  expect(made.status).toBe("CREATE_COMPLETE");
  expect(made.outputs.Alias).toBe("alias/stacked");
  const describe = async () =>
    (await kms.send(new sdk.DescribeKeyCommand({ KeyId: made.outputs.Id }))).KeyMetadata;
  expect(await describe()).toMatchObject({ Arn: made.outputs.Arn, Description: "one" });
  const KeyId = "alias/stacked";
  const { KeyMetadata } = await kms.send(new sdk.DescribeKeyCommand({ KeyId }));
  expect(KeyMetadata?.KeyId).toBe(made.outputs.Id);
  const rotation = () => kms.send(new sdk.GetKeyRotationStatusCommand({ KeyId: made.outputs.Id }));
  expect((await rotation()).KeyRotationEnabled).toBe(true);

  const after = "{ Description: two, Enabled: false, PendingWindowInDays: 7, Tags: [{ Key: a, Value: b }] }";
  await stacks.send(new UpdateStackCommand({ StackName: "keys", TemplateBody: template(after) }));
  expect(await look("keys")).toEqual({ status: "UPDATE_COMPLETE", outputs: made.outputs });
  expect(await describe()).toMatchObject({ Description: "two", KeyState: "Disabled" });
  expect((await rotation()).KeyRotationEnabled).toBe(false);
  const { Tags } = await kms.send(new sdk.ListResourceTagsCommand({ KeyId: made.outputs.Id }));
  expect(Tags).toContainEqual({ TagKey: "a", TagValue: "b" });

  await stacks.send(new DeleteStackCommand({ StackName: "keys" }));
  await nuage.idle();
  expect((await describe())?.KeyState).toBe("PendingDeletion");
  await expect(kms.send(new sdk.DescribeKeyCommand({ KeyId }))).rejects.toThrow("is not found");
});

test("a stack has a replica of a key of another Region", async () => {
  class West extends sdk.KMSClient {
    constructor(config: ConstructorParameters<typeof sdk.KMSClient>[0]) {
      super({ ...config, region: "eu-west-1" });
    }
  }
  const made = await nuage.client(West).send(new sdk.CreateKeyCommand({ MultiRegion: true }));
  const policy = JSON.stringify({
    Statement: [{ Effect: "Allow", Principal: "*", Action: "kms:*", Resource: "*" }],
  });
  const TemplateBody = `
Resources:
  Key:
    Type: AWS::KMS::ReplicaKey
    Properties: { PrimaryKeyArn: "${made.KeyMetadata?.Arn}", KeyPolicy: ${policy} }
Outputs: { Id: { Value: !Ref Key }, Arn: { Value: !GetAtt Key.Arn } }`;
  await stacks.send(new CreateStackCommand({ StackName: "replica", TemplateBody }));
  const { status, outputs } = await look("replica");
  expect([status, outputs.Id]).toEqual(["CREATE_COMPLETE", made.KeyMetadata?.KeyId]);
  const { KeyMetadata } = await kms.send(new sdk.DescribeKeyCommand({ KeyId: outputs.Arn }));
  expect(KeyMetadata?.MultiRegionConfiguration?.MultiRegionKeyType).toBe("REPLICA");
});
