// What stacks have of streams, through templates that change.
import {
  DescribeStreamSummaryCommand,
  GetResourcePolicyCommand,
  KinesisClient,
} from "@aws-sdk/client-kinesis";
import { expect, test } from "vitest";
import type { NuageOptions } from "../../testing/index.ts";
import { type Stacks, startStacks } from "../cloudformation/stacks.fixture.ts";

async function withStacks(work: (on: Stacks) => Promise<void>, options: NuageOptions = {}): Promise<void> {
  const on = await startStacks(options);
  await work(on).finally(() => on.nuage.stop());
}

async function seen(on: Stacks, StreamName: string) {
  const command = new DescribeStreamSummaryCommand({ StreamName });
  return (await on.nuage.client(KinesisClient).send(command)).StreamDescriptionSummary;
}

const stream = (more: string) => `
Resources:
  Stream: { Type: AWS::Kinesis::Stream, Properties: { Name: s, ${more} } }`;

test("a stream goes from on demand to shards of its own, and back", () =>
  withStacks(async (on) => {
    await on.create("stream", stream("StreamModeDetails: { StreamMode: ON_DEMAND }"));
    const provisioned = "ShardCount: '6', RetentionPeriodHours: 48, MaxRecordSizeInKiB: 2048";
    expect((await on.update("stream", stream(provisioned))).status).toBe("UPDATE_COMPLETE");
    expect(await seen(on, "s")).toMatchObject({
      StreamModeDetails: { StreamMode: "PROVISIONED" },
      OpenShardCount: 6,
      RetentionPeriodHours: 48,
      MaxRecordSizeInKiB: 2048,
    });
    const key = "StreamEncryption: { EncryptionType: KMS, KeyId: alias/aws/kinesis }";
    const back = `StreamModeDetails: { StreamMode: ON_DEMAND }, ${key}`;
    expect((await on.update("stream", stream(back))).status).toBe("UPDATE_COMPLETE");
    expect(await seen(on, "s")).toMatchObject({
      StreamModeDetails: { StreamMode: "ON_DEMAND" },
      OpenShardCount: 6,
      RetentionPeriodHours: 24,
      MaxRecordSizeInKiB: 1024,
      EncryptionType: "KMS",
    });
    // A mode may change twice a day.
    await on.nuage.advance("1 day");
    expect((await on.update("stream", stream("ShardCount: 6"))).status).toBe("UPDATE_COMPLETE");
    expect(await seen(on, "s")).toMatchObject({ EncryptionType: "NONE", OpenShardCount: 6 });
  }));

test("a stack waits for streams that take their time", () =>
  withStacks(
    async (on) => {
      await on.create("slow", stream("ShardCount: 2, RetentionPeriodHours: 48"));
      expect((await on.see("slow")).status).toBe("CREATE_IN_PROGRESS");
      await on.nuage.advance("1 minute");
      expect((await on.see("slow")).status).toBe("CREATE_COMPLETE");
      expect(await seen(on, "s")).toMatchObject({ RetentionPeriodHours: 48, OpenShardCount: 2 });
    },
    { fidelity: true },
  ));

test("a stream that cannot be as it is to be is removed again, and a policy is kept", () =>
  withStacks(async (on) => {
    const broken = await on.create("broken", stream("ShardCount: 1, RetentionPeriodHours: 9000"));
    expect(broken.status).toBe("ROLLBACK_COMPLETE");
    await expect(seen(on, "s")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    const policy = `
  Policy:
    Type: AWS::Kinesis::ResourcePolicy
    Properties:
      ResourceArn: !GetAtt Stream.Arn
      ResourcePolicy:
        Version: "2012-10-17"
        Statement:
          - { Effect: Allow, Principal: "*", Action: kinesis:PutRecord, Resource: !GetAtt Stream.Arn }`;
    await on.create("kept", stream("ShardCount: 1") + policy);
    const ResourceARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
    const found = await on.nuage.client(KinesisClient).send(new GetResourcePolicyCommand({ ResourceARN }));
    expect(found.Policy).toContain("kinesis:PutRecord");
  }));
