// What streams and consumers go through before they are as they were asked to be: at AWS's pace only.
import {
  AddTagsToStreamCommand,
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  GetShardIteratorCommand,
  IncreaseStreamRetentionPeriodCommand,
  KinesisClient,
  ListShardsCommand,
  ListStreamsCommand,
  PutRecordCommand,
  PutResourcePolicyCommand,
  RegisterStreamConsumerCommand,
  SplitShardCommand,
  SubscribeToShardCommand,
  UpdateShardCountCommand,
  UpdateStreamModeCommand,
} from "@aws-sdk/client-kinesis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Nuage, startNuage } from "../../testing/index.ts";

const StreamName = "s";
const StreamARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
const ShardId = "shardId-000000000000";
const record = { StreamName, Data: Buffer.from("x"), PartitionKey: "k" };
let nuage: Nuage;
let kinesis: KinesisClient;

beforeAll(async () => {
  nuage = await startNuage({ fidelity: true });
  kinesis = nuage.client(KinesisClient);
});
afterAll(() => nuage.stop());

const status = async () =>
  (await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary
    ?.StreamStatus;

const inUse = (message: string) => ({ name: "ResourceInUseException", message });
const instead = (wanted: string, state: string) =>
  inUse(`Stream s under account 000000000000 not ${wanted}, instead in state ${state}.`);

test("a new stream is CREATING, and takes nothing until it is ACTIVE", async () => {
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  expect(await status()).toBe("CREATING");
  const iterator = new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: "LATEST" });
  const creating = instead("ACTIVE or UPDATING", "CREATING");
  await expect(kinesis.send(new ListShardsCommand({ StreamName }))).rejects.toMatchObject(creating);
  await expect(kinesis.send(iterator)).rejects.toMatchObject(creating);
  await expect(kinesis.send(new PutRecordCommand(record))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
  const tags = new AddTagsToStreamCommand({ StreamName, Tags: { a: "b" } });
  await expect(kinesis.send(tags)).rejects.toMatchObject(instead("ACTIVE", "CREATING"));
  await nuage.advance("10 seconds");
  expect(await status()).toBe("ACTIVE");
  await kinesis.send(new PutRecordCommand(record));
});

test("while it is UPDATING it is read and written, and changed by nobody else", async () => {
  const twice = new UpdateShardCountCommand({
    StreamName,
    TargetShardCount: 2,
    ScalingType: "UNIFORM_SCALING",
  });
  await kinesis.send(twice);
  expect(await status()).toBe("UPDATING");
  await kinesis.send(new PutRecordCommand(record));
  const NewStartingHashKey = "10";
  const updating = instead("ACTIVE", "UPDATING");
  const split = new SplitShardCommand({
    StreamName,
    ShardToSplit: "shardId-000000000001",
    NewStartingHashKey,
  });
  const keep = new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 48 });
  const mode = new UpdateStreamModeCommand({ StreamARN, StreamModeDetails: { StreamMode: "ON_DEMAND" } });
  const register = new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: "c" });
  await expect(kinesis.send(split)).rejects.toMatchObject(updating);
  await expect(kinesis.send(keep)).rejects.toMatchObject(updating);
  await expect(kinesis.send(mode)).rejects.toMatchObject(updating);
  await expect(kinesis.send(register)).rejects.toMatchObject(updating);
  await nuage.advance("30 seconds");
  expect(await status()).toBe("ACTIVE");
  await kinesis.send(keep);
  expect(await status()).toBe("UPDATING");
  await nuage.advance("10 seconds");
});

test("a consumer cannot subscribe before it is ACTIVE", async () => {
  const register = new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: "c" });
  const { Consumer } = await kinesis.send(register);
  const ConsumerARN = Consumer?.ConsumerARN ?? "";
  const state = async () =>
    (await kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN }))).ConsumerDescription
      ?.ConsumerStatus;
  expect([Consumer?.ConsumerStatus, await state()]).toEqual(["CREATING", "CREATING"]);
  const seconds = ConsumerARN.split(":").at(-1);
  const notYet = inUse(
    `Consumer c with creation timestamp ${seconds} under stream s and account 000000000000 ` +
      "is not in ACTIVE status.",
  );
  const subscribe = new SubscribeToShardCommand({
    ConsumerARN,
    ShardId: "shardId-000000000001",
    StartingPosition: { Type: "TRIM_HORIZON" },
  });
  await expect(kinesis.send(subscribe)).rejects.toMatchObject(notYet);
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: "*", Action: "kinesis:SubscribeToShard", Resource: ConsumerARN },
    ],
  });
  const policy = new PutResourcePolicyCommand({ ResourceARN: ConsumerARN, Policy });
  await expect(kinesis.send(policy)).rejects.toMatchObject(notYet);
  await nuage.advance("10 seconds");
  expect(await state()).toBe("ACTIVE");
  await kinesis.send(policy);
});

test("a stream that is DELETING keeps its name until it is gone", async () => {
  const gone = new DeleteStreamCommand({ StreamName, EnforceConsumerDeletion: true });
  await kinesis.send(gone);
  await kinesis.send(gone);
  expect(await status()).toBe("DELETING");
  const create = new CreateStreamCommand({ StreamName, ShardCount: 1 });
  await expect(kinesis.send(create)).rejects.toMatchObject({ name: "ResourceInUseException" });
  await nuage.advance("10 seconds");
  await expect(status()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  expect((await kinesis.send(new ListStreamsCommand({}))).StreamNames).toEqual([]);
  await kinesis.send(create);
  expect(await status()).toBe("CREATING");
});
