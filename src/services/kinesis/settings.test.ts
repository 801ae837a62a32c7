import {
  AddTagsToStreamCommand,
  DecreaseStreamRetentionPeriodCommand,
  DeleteResourcePolicyCommand,
  DescribeAccountSettingsCommand,
  DescribeStreamSummaryCommand,
  DisableEnhancedMonitoringCommand,
  EnableEnhancedMonitoringCommand,
  GetResourcePolicyCommand,
  IncreaseStreamRetentionPeriodCommand,
  ListTagsForResourceCommand,
  ListTagsForStreamCommand,
  PutRecordCommand,
  PutResourcePolicyCommand,
  RegisterStreamConsumerCommand,
  RemoveTagsFromStreamCommand,
  StartStreamEncryptionCommand,
  StopStreamEncryptionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAccountSettingsCommand,
  UpdateStreamModeCommand,
  UpdateStreamRecordDistributionStrategyCommand,
  UpdateStreamWarmThroughputCommand,
} from "@aws-sdk/client-kinesis";
import { expect, test } from "vitest";
import { useKinesis } from "./kinesis.fixture.ts";

const t = useKinesis();
const arnOf = (stream: string) => `arn:aws:kinesis:us-east-1:000000000000:stream/${stream}`;
const HOUR_MS = 3_600_000;
const summarize = async (StreamName: string) =>
  (await t.kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary;
const ON_DEMAND = { StreamModeDetails: { StreamMode: "ON_DEMAND" as const } };
const PROVISIONED = { StreamModeDetails: { StreamMode: "PROVISIONED" as const } };
const invalid = (message: string) => ({ name: "InvalidArgumentException", message });

test("records go after a day, or after as many hours as the stream keeps them", async () => {
  await t.create("short");
  await t.create("long");
  const retain = (hours: number) =>
    t.kinesis.send(
      new IncreaseStreamRetentionPeriodCommand({ StreamName: "long", RetentionPeriodHours: hours }),
    );
  await retain(48);
  for (const stream of ["short", "long"]) await t.put(stream, "old");
  await t.nuage.advance(23 * HOUR_MS);
  for (const stream of ["short", "long"]) {
    await t.put(stream, "new");
    expect(await t.texts(stream)).toEqual(["old", "new"]);
  }
  await t.nuage.advance(2 * HOUR_MS);
  expect(await t.texts("short")).toEqual(["new"]);
  expect(await t.texts("long")).toEqual(["old", "new"]);
  const decrease = { StreamName: "long", RetentionPeriodHours: 24 };
  await t.kinesis.send(new DecreaseStreamRetentionPeriodCommand(decrease));
  expect(await t.texts("long")).toEqual(["new"]);
  await t.nuage.advance(25 * HOUR_MS);
  expect(await t.texts("short")).toEqual([]);
  await t.put("short", "later");
  expect(await t.texts("short")).toEqual(["later"]);
});

test("a retention period has its limits and its direction", async () => {
  await t.create("retained");
  const change = (direction: "up" | "down", RetentionPeriodHours: number) => {
    const input = { StreamName: "retained", RetentionPeriodHours };
    return direction === "up"
      ? t.kinesis.send(new IncreaseStreamRetentionPeriodCommand(input))
      : t.kinesis.send(new DecreaseStreamRetentionPeriodCommand(input));
  };
  await change("up", 8760);
  expect((await summarize("retained"))?.RetentionPeriodHours).toBe(8760);
  await expect(change("up", 8761)).rejects.toMatchObject(
    invalid(
      "Maximum allowed retention period is 8760 hours. " +
        "Requested retention period (8761 hours) is too long.",
    ),
  );
  await expect(change("down", 23)).rejects.toMatchObject(
    invalid(
      "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short.",
    ),
  );
  await change("down", 30);
  await expect(change("down", 31)).rejects.toMatchObject(
    invalid(
      "Requested retention period (31 hours) for stream retained can not be longer than existing retention " +
        "period (30 hours). Use IncreaseRetentionPeriod API.",
    ),
  );
  await expect(change("up", 29)).rejects.toMatchObject(
    invalid(
      "Requested retention period (29 hours) for stream retained can not be shorter than " +
        "existing retention period (30 hours). Use DecreaseRetentionPeriod API.",
    ),
  );
});

test("encryption is accepted, and told of with the records", async () => {
  await t.create("encrypted");
  const key = { StreamName: "encrypted", EncryptionType: "KMS" as const, KeyId: "alias/aws/kinesis" };
  await t.put("encrypted", "plain");
  await t.kinesis.send(new StartStreamEncryptionCommand(key));
  expect(await summarize("encrypted")).toMatchObject({ EncryptionType: "KMS", KeyId: "alias/aws/kinesis" });
  expect((await t.put("encrypted", "secret")).EncryptionType).toBe("KMS");
  const { Records } = await t.read(await t.iterator("encrypted"));
  expect(Records?.map(({ EncryptionType }) => EncryptionType)).toEqual([undefined, "KMS"]);
  await t.kinesis.send(new StopStreamEncryptionCommand(key));
  expect((await summarize("encrypted"))?.EncryptionType).toBe("NONE");
  expect((await t.put("encrypted", "plain")).EncryptionType).toBeUndefined();
  await expect(
    t.kinesis.send(new StartStreamEncryptionCommand({ ...key, EncryptionType: "NONE" })),
  ).rejects.toMatchObject({ name: "InvalidArgumentException" });
});

test("enhanced monitoring is switched on and off by metric", async () => {
  await t.create("monitored");
  const enable = (ShardLevelMetrics: never[]) =>
    t.kinesis.send(new EnableEnhancedMonitoringCommand({ StreamName: "monitored", ShardLevelMetrics }));
  const disable = (ShardLevelMetrics: never[]) =>
    t.kinesis.send(new DisableEnhancedMonitoringCommand({ StreamName: "monitored", ShardLevelMetrics }));
  expect(await enable(["OutgoingBytes", "IncomingBytes"] as never[])).toMatchObject({
    StreamName: "monitored",
    StreamARN: arnOf("monitored"),
    CurrentShardLevelMetrics: [],
    DesiredShardLevelMetrics: ["IncomingBytes", "OutgoingBytes"],
  });
  const all = await enable(["ALL"] as never[]);
  expect(all.CurrentShardLevelMetrics).toEqual(["IncomingBytes", "OutgoingBytes"]);
  expect(all.DesiredShardLevelMetrics?.length).toBe(7);
  const fewer = await disable(["IncomingRecords"] as never[]);
  expect(fewer.DesiredShardLevelMetrics?.length).toBe(6);
  expect((await disable(["ALL"] as never[])).DesiredShardLevelMetrics).toEqual([]);
  await expect(enable(["Nothing"] as never[])).rejects.toMatchObject({ name: "ValidationException" });
});

test("a stream changes its mode twice a day", async () => {
  await t.create("switched");
  const change = (mode: object) =>
    t.kinesis.send(new UpdateStreamModeCommand({ StreamARN: arnOf("switched"), ...mode } as never));
  await change(ON_DEMAND);
  expect(await summarize("switched")).toMatchObject({ ...ON_DEMAND, OpenShardCount: 1 });
  await change(PROVISIONED);
  await expect(change(ON_DEMAND)).rejects.toMatchObject({ name: "LimitExceededException" });
  await change(PROVISIONED);
  await t.nuage.advance(24 * HOUR_MS);
  await change(ON_DEMAND);
});

test("an on-demand stream may place records by itself, with or without their keys", async () => {
  await t.create("auto", ON_DEMAND);
  const strategy = (RecordDistributionStrategy: "AUTO" | "USER_PARTITION_KEY", stream = "auto") =>
    t.kinesis.send(
      new UpdateStreamRecordDistributionStrategyCommand({
        StreamARN: arnOf(stream),
        RecordDistributionStrategy,
      }),
    );
  await strategy("AUTO");
  const shards = new Set<string | undefined>();
  for (let at = 0; at < 40; at++) shards.add((await t.put("auto", "x")).ShardId);
  expect(shards.size).toBeGreaterThan(1);
  const keyless = { StreamName: "auto", Data: Buffer.from("keyless") };
  const { ShardId = "" } = await t.kinesis.send(new PutRecordCommand(keyless));
  const { Records } = await t.read(await t.iterator("auto", { ShardId }));
  expect(Records?.at(-1)).not.toHaveProperty("PartitionKey");
  expect(Records?.[0]?.PartitionKey).toBe("key");
  await strategy("USER_PARTITION_KEY");
  await expect(t.kinesis.send(new PutRecordCommand(keyless))).rejects.toMatchObject({
    name: "ValidationException",
  });
  await t.create("not-auto");
  await expect(strategy("AUTO", "not-auto")).rejects.toMatchObject({ name: "ValidationException" });
});

test("warm throughput needs a commitment, which lasts a day", async () => {
  await t.create("warm", ON_DEMAND);
  const warm = (WarmThroughputMiBps: number, StreamName = "warm") =>
    t.kinesis.send(new UpdateStreamWarmThroughputCommand({ StreamName, WarmThroughputMiBps }));
  const commit = (Status: "ENABLED" | "DISABLED") =>
    t.kinesis.send(new UpdateAccountSettingsCommand({ MinimumThroughputBillingCommitment: { Status } }));
  const settings = async () =>
    (await t.kinesis.send(new DescribeAccountSettingsCommand({}))).MinimumThroughputBillingCommitment;
  expect(await settings()).toEqual({ Status: "DISABLED" });
  await expect(warm(10)).rejects.toMatchObject({ name: "ValidationException" });
  await commit("ENABLED");
  expect(await settings()).toMatchObject({
    Status: "ENABLED",
    StartedAt: expect.any(Date),
    EarliestAllowedEndAt: expect.any(Date),
  });
  expect((await warm(10)).WarmThroughput).toEqual({ TargetMiBps: 10, CurrentMiBps: 0 });
  expect((await summarize("warm"))?.WarmThroughput).toEqual({ TargetMiBps: 10, CurrentMiBps: 10 });
  await expect(warm(10_241)).rejects.toMatchObject({ name: "ValidationException" });
  await t.create("cold");
  await expect(warm(10, "cold")).rejects.toMatchObject({ name: "ValidationException" });
  await expect(commit("DISABLED")).rejects.toMatchObject({ name: "ValidationException" });
  await t.nuage.advance(24 * HOUR_MS);
  await commit("DISABLED");
  expect(await settings()).toMatchObject({ Status: "DISABLED", EndedAt: expect.any(Date) });
});

test("tags are kept by both their APIs, for streams and consumers", async () => {
  await t.create("tagged", { Tags: { first: "1" } });
  const StreamName = "tagged";
  const ResourceARN = arnOf("tagged");
  await t.kinesis.send(new AddTagsToStreamCommand({ StreamName, Tags: { second: "2" } }));
  await t.kinesis.send(new TagResourceCommand({ ResourceARN, Tags: { third: "3", first: "one" } }));
  const list = (more: object = {}) => t.kinesis.send(new ListTagsForStreamCommand({ StreamName, ...more }));
  expect(await list()).toMatchObject({
    Tags: [
      { Key: "first", Value: "one" },
      { Key: "second", Value: "2" },
      { Key: "third", Value: "3" },
    ],
    HasMoreTags: false,
  });
  const page = await list({ Limit: 1, ExclusiveStartTagKey: "first" });
  expect(page).toMatchObject({ Tags: [{ Key: "second" }], HasMoreTags: true });
  await t.kinesis.send(new RemoveTagsFromStreamCommand({ StreamName, TagKeys: ["first"] }));
  await t.kinesis.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["third", "none"] }));
  const ofResource = async (arn: string) =>
    (await t.kinesis.send(new ListTagsForResourceCommand({ ResourceARN: arn }))).Tags;
  expect(await ofResource(ResourceARN)).toEqual([{ Key: "second", Value: "2" }]);
  const register = { StreamARN: ResourceARN, ConsumerName: "c", Tags: { of: "consumer" } };
  const { Consumer } = await t.kinesis.send(new RegisterStreamConsumerCommand(register));
  const consumer = Consumer?.ConsumerARN ?? "";
  await t.kinesis.send(new TagResourceCommand({ ResourceARN: consumer, Tags: { more: "" } }));
  expect(await ofResource(consumer)).toEqual([
    { Key: "more", Value: "" },
    { Key: "of", Value: "consumer" },
  ]);
  expect(await ofResource(ResourceARN)).toHaveLength(1);
});

test("tags have their limits", async () => {
  await t.create("strict-tags");
  const add = (Tags: Record<string, string>) =>
    t.kinesis.send(new AddTagsToStreamCommand({ StreamName: "strict-tags", Tags }));
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, "v"]));
  await expect(add(many(51))).rejects.toMatchObject({ name: "InvalidArgumentException" });
  await add(many(50));
  await expect(add({ one: "more" })).rejects.toMatchObject({ name: "InvalidArgumentException" });
  await expect(add({ k1: "a;b" })).rejects.toMatchObject({
    message: expect.stringContaining("Some tags contain invalid characters."),
  });
  await expect(add({ k1: "v".repeat(257) })).rejects.toMatchObject({ name: "ValidationException" });
  await expect(add({ ["k".repeat(129)]: "v" })).rejects.toMatchObject({ name: "ValidationException" });
  await expect(add({ "aws:k": "v" })).rejects.toMatchObject({ name: "InvalidArgumentException" });
});

test("policies of streams and consumers are kept and given back", async () => {
  await t.create("shared-stream");
  const ResourceARN = arnOf("shared-stream");
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow" }] });
  const put = (policy: string) =>
    t.kinesis.send(new PutResourcePolicyCommand({ ResourceARN, Policy: policy }));
  const get = async () => (await t.kinesis.send(new GetResourcePolicyCommand({ ResourceARN }))).Policy;
  const remove = () => t.kinesis.send(new DeleteResourcePolicyCommand({ ResourceARN }));
  expect(await get()).toBe("");
  await put(Policy);
  expect(await get()).toBe(Policy);
  await expect(put("{")).rejects.toMatchObject({ name: "InvalidArgumentException" });
  await expect(put('{"Statement":[null]}')).rejects.toMatchObject({ name: "InvalidArgumentException" });
  await expect(put("{}")).rejects.toMatchObject({ name: "InvalidArgumentException" });
  await remove();
  expect(await get()).toBe("");
  await expect(remove()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  const nothing = new GetResourcePolicyCommand({ ResourceARN: arnOf("nothing") });
  await expect(t.kinesis.send(nothing)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});
