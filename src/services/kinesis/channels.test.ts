// Channels: what comes into on-demand streams is delivered to buckets.
import { gunzipSync } from "node:zlib";
import {
  CreateChannelCommand,
  type CreateChannelCommandInput,
  DeleteChannelCommand,
  DeleteStreamCommand,
  DescribeChannelCommand,
  DescribeLimitsCommand,
  DescribeStreamSummaryCommand,
  ListChannelsCommand,
  PutRecordsCommand,
  type S3StorageConfiguration,
  UpdateAccountSettingsCommand,
  UpdateChannelCommand,
  UpdateStreamModeCommand,
  UpdateStreamWarmThroughputCommand,
} from "@aws-sdk/client-kinesis";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_TEMPLATE, keyOf, templateProblem } from "./channel-keys.ts";
import { useKinesis } from "./kinesis.fixture.ts";

const OWNER = "000000000000";
const ROLE = `arn:aws:iam::${OWNER}:role/r`;
const t = useKinesis();
let s3: S3Client;
let counter = 0;

beforeAll(() => {
  s3 = t.nuage.client(S3Client);
});

/** A stream and a bucket of one name. */
async function pair() {
  const name = `pair-${++counter}`;
  await t.create(name, { StreamModeDetails: { StreamMode: "ON_DEMAND" } });
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  return name;
}

const arnOf = (stream: string) => `arn:aws:kinesis:us-east-1:${OWNER}:stream/${stream}`;

async function create(
  name: string,
  storage: Partial<S3StorageConfiguration> = {},
  more: Partial<CreateChannelCommandInput> = {},
  format: "JSON" | "STRING" | "BYTE_ARRAY" | "GSR_JSON" = "JSON",
) {
  const { ChannelDescription } = await t.kinesis.send(
    new CreateChannelCommand({
      ChannelName: `channel-${name}`,
      ServiceExecutionRoleARN: ROLE,
      StreamConfigurationList: [
        { StreamARN: arnOf(name), RecordConfiguration: { RecordFormatType: format } },
      ],
      S3DestinationConfiguration: {
        StorageConfiguration: {
          BucketARN: `arn:aws:s3:::${name}`,
          ExpectedBucketOwner: OWNER,
          CompressionType: "NONE",
          ...storage,
        },
      },
      ...more,
    }),
  );
  return ChannelDescription ?? ({} as NonNullable<typeof ChannelDescription>);
}

async function put(StreamName: string, ...texts: string[]): Promise<void> {
  const Records = texts.map((text) => ({ Data: Buffer.from(text, "latin1"), PartitionKey: text }));
  await t.kinesis.send(new PutRecordsCommand({ StreamName, Records }));
  await t.nuage.idle();
}

/** The objects of a bucket, by their keys. */
async function objects(Bucket: string): Promise<[string, Buffer][]> {
  await t.nuage.idle();
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  return Promise.all(
    Contents.map(async ({ Key = "" }): Promise<[string, Buffer]> => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return [Key, Buffer.from((await Body?.transformToByteArray()) ?? [])];
    }),
  );
}

test("what came after the channel is delivered when its time has come", async () => {
  const name = await pair();
  await put(name, '"before"');
  const { ChannelId = "", ChannelStatus, ...made } = await create(name);
  expect(ChannelStatus).toBe("CREATING");
  expect(made.S3DestinationConfiguration?.DataFreshnessInSeconds).toBe(300);
  const texts = Array.from({ length: 40 }, (_, n) => `{"n":${n}}`);
  await put(name, ...texts);
  await t.nuage.advance("299 seconds");
  expect(await objects(name)).toEqual([]);
  await t.nuage.advance("2 seconds");
  const [[key, body] = ["", Buffer.from("")], ...others] = await objects(name);
  expect(others).toEqual([]);
  expect(body.toString().split("\n").sort()).toEqual(["", ...texts].sort());
  const [hour, file] = [/^kinesis-channel\/([^/]+)\/([^/]+)\/\d{4}(\/\d\d){3}$/, /^[^/]+$/];
  expect(key.slice(0, key.lastIndexOf("/"))).toMatch(hour);
  expect(key.slice(key.lastIndexOf("/") + 1)).toMatch(file);
  expect(key).toContain(`/channel-${name}/${ChannelId}/`);
  await put(name, '"later"');
  await t.nuage.advance("5 minutes");
  expect((await objects(name)).map(([, each]) => each.toString())).toContain('"later"\n');
});

test("objects are compressed and named as the channel says; what is no JSON is told of", async () => {
  const name = await pair();
  const dead = `${name}-dead`;
  await s3.send(new CreateBucketCommand({ Bucket: dead }));
  const storage = {
    BucketARN: `arn:aws:s3:::${name}`,
    ExpectedBucketOwner: OWNER,
    CompressionType: "GZIP" as const,
    StorageClass: "GLACIER_IR" as const,
    OutputKeyTemplate: "data/stream=!{stream-name}/!{yyyy}!{extension}",
  };
  await create(
    name,
    {},
    {
      S3DestinationConfiguration: {
        StorageConfiguration: storage,
        DataFreshnessInSeconds: 600,
        DeadLetterQueueS3Configuration: {
          BucketARN: `arn:aws:s3:::${dead}`,
          ExpectedBucketOwner: OWNER,
          ErrorOutputPrefix: "bad/",
        },
      },
    },
  );
  await put(name, '{"a":1}', "{nonsense");
  await t.nuage.advance("10 minutes");
  const [[key, body] = ["", Buffer.from("")]] = await objects(name);
  expect(key).toMatch(/^data\/stream=pair-\d+\/\d{4}-[\da-f-]{36}\.gz$/);
  expect(gunzipSync(body).toString()).toBe('{"a":1}\n');
  const [[failure, told] = ["", Buffer.from("")]] = await objects(dead);
  expect(failure).toMatch(/^bad\/kinesis-channel\/.*\.json$/);
  expect(JSON.parse(told.toString())).toMatchObject({
    streamArn: arnOf(name),
    shardId: expect.stringMatching(/^shardId-\d{12}$/),
    sequenceNumber: expect.stringMatching(/^\d{56}$/),
    errorCode: "InvalidJson",
  });
});

test("bytes are delivered as they are, texts must be UTF-8", async () => {
  const [bytes, texts] = [await pair(), await pair()];
  await create(bytes, {}, {}, "BYTE_ARRAY");
  await create(texts, {}, {}, "STRING");
  await put(bytes, "\xff\xfe");
  await put(texts, "plain", "\xff\xfe");
  await t.nuage.advance("5 minutes");
  expect((await objects(bytes)).map(([, body]) => body.toString("hex"))).toEqual(["fffe"]);
  const found = await objects(texts);
  expect(found.map(([key]) => key.startsWith("error/"))).toEqual([true, false]);
  expect(found[1]?.[1].toString()).toBe("plain\n");
});

test("it goes on whatever becomes of the shards", async () => {
  const name = await pair();
  await create(name);
  const texts = Array.from({ length: 60 }, (_, n) => String(n));
  await put(name, ...texts.slice(0, 30));
  const MinimumThroughputBillingCommitment = { Status: "ENABLED" as const };
  await t.kinesis.send(new UpdateAccountSettingsCommand({ MinimumThroughputBillingCommitment }));
  await t.kinesis.send(new UpdateStreamWarmThroughputCommand({ StreamName: name, WarmThroughputMiBps: 10 }));
  await put(name, ...texts.slice(30, 40));
  await t.nuage.advance("5 minutes");
  await put(name, ...texts.slice(40));
  await t.nuage.advance("5 minutes");
  const bodies = (await objects(name)).map(([, body]) => body.toString());
  expect(bodies).toHaveLength(2);
  expect(bodies.join("").trim().split("\n").sort()).toEqual([...texts].sort());
});

test("much of it comes in several objects, with nothing missing and nothing twice", async () => {
  const name = await pair();
  await create(name, {}, {}, "BYTE_ARRAY");
  for (let n = 0; n < 40; n++) {
    await t.put(name, "", { Data: Buffer.alloc(1_000_000, n), PartitionKey: `${n}` });
  }
  await t.nuage.advance("5 minutes");
  const bodies = (await objects(name)).map(([, body]) => body);
  expect(bodies.length).toBeGreaterThan(1);
  const whole = Buffer.concat(bodies);
  expect(whole.length).toBe(40_000_000);
  const seen = Array.from({ length: 40 }, (_, n) => whole[n * 1_000_000] ?? -1);
  expect(seen.sort((one, other) => one - other)).toEqual(Array.from({ length: 40 }, (_, n) => n));
});

test("a bucket that is gone for a while gets everything when it is back", async () => {
  const name = await pair();
  await create(name);
  await s3.send(new DeleteBucketCommand({ Bucket: name }));
  await put(name, "1", "2");
  await t.nuage.advance("6 minutes");
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  await t.nuage.advance("2 minutes");
  expect((await objects(name)).map(([, body]) => body.toString().split("\n").sort())).toEqual([
    ["", "1", "2"],
  ]);
});

test("a channel is described, listed, updated and deleted", async () => {
  const [name, other] = [await pair(), await pair()];
  const { ChannelARN = "" } = await create(
    name,
    {},
    { LoggingConfiguration: { CloudWatchLogs: { Enabled: true } } },
  );
  await create(other);
  const describe = async () =>
    (await t.kinesis.send(new DescribeChannelCommand({ ChannelARN }))).ChannelDescription;
  expect(await describe()).toMatchObject({
    ChannelName: `channel-${name}`,
    ChannelStatus: "ACTIVE",
    ServiceExecutionRoleARN: ROLE,
    StreamConfigurationList: [{ StreamARN: arnOf(name), RecordConfiguration: { RecordFormatType: "JSON" } }],
    LoggingConfiguration: { CloudWatchLogs: { Enabled: true, LogStreamName: "DestinationDelivery" } },
  });
  const S3DestinationConfiguration = { DataFreshnessInSeconds: 900 };
  const updated = await t.kinesis.send(new UpdateChannelCommand({ ChannelARN, S3DestinationConfiguration }));
  expect(updated.ChannelDescription?.ChannelStatus).toBe("UPDATING");
  expect((await describe())?.S3DestinationConfiguration?.DataFreshnessInSeconds).toBe(900);
  const StreamFilter = [{ StreamARN: arnOf(name) }];
  const listed = await t.kinesis.send(new ListChannelsCommand({ StreamFilter }));
  expect(listed.ChannelSummaries).toMatchObject([
    { ChannelARN, ChannelDestinationType: "S3", Streams: [{ StreamARN: arnOf(name) }] },
  ]);
  const names: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await t.kinesis.send(new ListChannelsCommand({ MaxResults: 1, NextToken }));
    names.push(...(page.ChannelSummaries ?? []).map(({ ChannelName = "" }) => ChannelName));
    NextToken = page.NextToken;
  } while (NextToken);
  expect(names).toEqual(expect.arrayContaining([`channel-${name}`, `channel-${other}`]));
  expect((await t.kinesis.send(new DescribeLimitsCommand({}))).ChannelCount).toBe(names.length);
  const summary = await t.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: name }));
  expect(summary.StreamDescriptionSummary?.ChannelCount).toBe(1);
  await t.kinesis.send(new DeleteChannelCommand({ ChannelARN }));
  await expect(describe()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await put(name, "1");
  await t.nuage.advance("15 minutes");
  expect(await objects(name)).toEqual([]);
});

test("a channel fails for good without its bucket, and when its stream goes", async () => {
  const [name, other] = [await pair(), await pair()];
  const missing = await create(name, { BucketARN: "arn:aws:s3:::is-not-there" });
  const { ChannelARN = "" } = await create(other);
  await put(other, "1");
  await t.kinesis.send(new DeleteStreamCommand({ StreamName: other }));
  await t.nuage.advance("5 minutes");
  expect(await objects(other)).toEqual([]);
  for (const [arn, reason] of [
    [missing.ChannelARN, "cannot be used"],
    [ChannelARN, "source stream was deleted"],
  ]) {
    const { ChannelDescription } = await t.kinesis.send(new DescribeChannelCommand({ ChannelARN: arn }));
    expect(ChannelDescription?.ChannelStatus).toBe("FAILED");
    expect(ChannelDescription?.ChannelStatusReason).toContain(reason);
  }
});

test("what is wrong with a new channel is said", async () => {
  const name = await pair();
  const expectRefusal = async (sent: Promise<unknown>, code: string, message: string) => {
    const error = await sent.then(
      () => undefined,
      (problem: Error) => problem,
    );
    expect(`${error?.name}: ${error?.message}`).toContain(`${code}: `);
    expect(error?.message).toContain(message);
  };
  await expectRefusal(
    create(name, {}, { S3DestinationConfiguration: undefined }),
    "InvalidArgumentException",
    "but not both",
  );
  await expectRefusal(create(name, {}, {}, "GSR_JSON"), "InvalidArgumentException", "GSR_JSON");
  await expectRefusal(
    create(name, { OutputKeyTemplate: "a//b" }),
    "InvalidArgumentException",
    "OutputKeyTemplate is invalid",
  );
  const S3TablesDestinationConfiguration = {
    DeadLetterQueueS3Configuration: { BucketARN: `arn:aws:s3:::${name}`, ExpectedBucketOwner: OWNER },
    S3TablesConfigurationList: [],
  };
  const tables = { S3DestinationConfiguration: undefined, S3TablesDestinationConfiguration };
  await expectRefusal(create(name, {}, tables), "NotImplemented", "S3 Tables is not part of this platform");
  await create(name);
  await expectRefusal(create(name), "ResourceInUseException", "already exists");
  const again = { ChannelName: "second" };
  await expectRefusal(create(name, {}, again), "LimitExceededException", "has a channel");
  const provisioned = await pair();
  const StreamModeDetails = { StreamMode: "PROVISIONED" as const };
  await t.kinesis.send(new UpdateStreamModeCommand({ StreamARN: arnOf(provisioned), StreamModeDetails }));
  await expectRefusal(create(provisioned), "ValidationException", "is in Provisioned mode");
});

describe("a key template", () => {
  test.each([
    ["!{channel-name}/!{yyyy}/!{MM}/!{dd}/!{HH}/records!{extension}", true],
    ["data/stream=!{stream-name}/!{yyyy}-!{MM}-!{dd}/!{HH}!{mm}!{extension:.json}", true],
    [DEFAULT_TEMPLATE, true],
    ["/data/!{channel-name}!{extension}", false],
    ["data/../!{channel-name}!{extension}", false],
    ["data//!{channel-name}!{extension}", false],
    ["!{channel-name}!{extension}/!{yyyy}", false],
    ["data/!{partition-id}!{extension}", false],
    ["data/!{channel-name}", false],
    ["data/!{channel-name}/!{yyyy", false],
    ["data/ü!{extension}", false],
    ["!{extension}!{extension}", false],
  ])("%s", (template, isValid) => {
    expect(templateProblem(template, "GZIP") === undefined).toBe(isValid);
  });

  test("fills in the time, and an extension of its own", () => {
    const facts = { channel: "c", id: "i", stream: "s", timeMs: Date.UTC(2026, 6, 20, 14, 5) };
    const template = "!{channel-id}/!{yy}-!{MM}-!{dd}T!{HH}!{mm}!{extension:.json.gz}";
    expect(keyOf(template, { ...facts, compression: "GZIP" }, "x")).toBe("i/26-07-20T1405-x.json.gz");
    expect(templateProblem("!{channel-name}/!{channel-id}", "NONE")).toBeUndefined();
  });
});
