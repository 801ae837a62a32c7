// What Kinesis and DynamoDB have of their own.
import { DynamoDBClient, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import { MergeShardsCommand, SplitShardCommand } from "@aws-sdk/client-kinesis";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { type Source, type Stream, useSources } from "./sources.fixture.ts";

const test = useSources();

const HORIZON = { StartingPosition: "TRIM_HORIZON" } as const;
const _KINDS = [
  ["kinesis", () => test.stream() as Promise<Source>],
  ["dynamodb", () => test.table() as Promise<Source>],
] as const;

const _numbers = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `n${from + n}.`);

async function _fill(url: string, bodies: readonly string[], own: (n: number) => object = () => ({})) {
  for (let at = 0; at < bodies.length; at += 10) {
    const Entries = bodies
      .slice(at, at + 10)
      .map((MessageBody, n) => ({ Id: `e${n}`, MessageBody, ...own(at + n) }));
    await test.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
  }
}

describe("Kinesis", () => {
  it("begins at a time", async () => {
    const probe = await test.probe();
    const source = await test.stream();
    await source.put("a", "before");
    await test.turn(5_000);
    const StartingPositionTimestamp = new Date(test.nuage.clock.now() - 1_000);
    await source.put("a", "after");
    await test.map(probe, source.arn, { StartingPosition: "AT_TIMESTAMP", StartingPositionTimestamp });
    expect(probe.texts()).toEqual([["after"]]);
  });

  it("reads the parents of shards that were split and merged before them", async () => {
    const probe = await test.probe();
    const source = await test.stream();
    const put = async (from: number) => {
      for (let n = 0; n < 4; n++) await source.put(`key${n}`, `key${n}/${from}`);
    };
    await put(1);
    const { name: StreamName } = source;
    const middle = (2n ** 127n).toString();
    await test.kinesis.send(
      new SplitShardCommand({ StreamName, ShardToSplit: "shardId-000000000000", NewStartingHashKey: middle }),
    );
    await test.turn(30_000);
    await put(2);
    await test.kinesis.send(
      new MergeShardsCommand({
        StreamName,
        ShardToMerge: "shardId-000000000001",
        AdjacentShardToMerge: "shardId-000000000002",
      }),
    );
    await test.turn(30_000);
    await put(3);
    await test.map(probe, source.arn, { ...HORIZON, BatchSize: 2 });
    await put(4);
    await test.nuage.idle();
    const texts = probe.texts().flat();
    for (let n = 0; n < 4; n++) {
      expect(texts.filter((text) => text.startsWith(`key${n}/`))).toEqual(
        [1, 2, 3, 4].map((round) => `key${n}/${round}`),
      );
    }
  });

  it("tells a topic, and a bucket with the event itself", async () => {
    const s3 = test.nuage.client(S3Client);
    const sns = test.nuage.client(SNSClient);
    await s3.send(new CreateBucketCommand({ Bucket: "failures" }));
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "failures" }));
    const heard = await test.queue();
    const Attributes = { RawMessageDelivery: "true" };
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: heard.arn, Attributes }));
    const source = (await test.stream()) as Stream;
    const probes = [await test.probe(), await test.probe()];
    const uuids: string[] = [];
    for (const [n, Destination] of [TopicArn, "arn:aws:s3:::failures"].entries()) {
      const probe = probes[n];
      if (!probe) continue;
      probe.plan({ poison: ["bad"] });
      const DestinationConfig = { OnFailure: { Destination } };
      uuids.push(
        await test.map(probe, source.arn, { ...HORIZON, MaximumRetryAttempts: 0, DestinationConfig }),
      );
    }
    await source.put("a", "bad");
    await test.nuage.idle();
    const [text] = await test.drain(heard.url);
    expect(JSON.parse(text ?? "{}").KinesisBatchInfo).toEqual({
      shardId: "shardId-000000000000",
      startSequenceNumber: expect.stringMatching(/^\d{56}$/),
      endSequenceNumber: expect.stringMatching(/^\d{56}$/),
      approximateArrivalOfFirstRecord: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      approximateArrivalOfLastRecord: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      batchSize: 1,
      streamArn: source.arn,
    });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "failures" }));
    const key = Contents[0]?.Key ?? "";
    expect(key).toMatch(
      new RegExp(
        `^aws/lambda/${uuids[1]}/shardId-000000000000/\\d{4}/\\d\\d/\\d\\d/` +
          "\\d{4}-\\d\\d-\\d\\dT\\d\\d\\.\\d\\d\\.\\d\\d-[0-9a-f-]{36}$",
      ),
    );
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: "failures", Key: key }));
    const { payload } = JSON.parse((await Body?.transformToString()) ?? "{}");
    expect(JSON.parse(payload)).toEqual(probes[1]?.seen()[0]?.event);
  });
});

describe("DynamoDB", () => {
  it("ends with its stream, and tells the keys and images of each change", async () => {
    const probe = await test.probe();
    const table = await test.table();
    await test.map(probe, table.arn, HORIZON);
    await table.put("a", "1");
    await table.put("a", "2");
    await test.nuage.idle();
    await test.nuage
      .client(DynamoDBClient)
      .send(new UpdateTableCommand({ TableName: table.name, StreamSpecification: { StreamEnabled: false } }));
    await table.put("a", "unseen");
    await test.turn(60_000);
    const records = probe.seen().flatMap(({ event }) => event.Records);
    expect(records.map(({ eventName }) => eventName)).toEqual(["INSERT", "MODIFY"]);
    expect(records[1]).toMatchObject({
      dynamodb: { OldImage: { text: { S: "1" } }, NewImage: { text: { S: "2" } }, Keys: { id: { S: "a" } } },
      eventSourceARN: table.arn,
    });
  });
});
