import {
  CreateStreamCommand,
  EnableEnhancedMonitoringCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordCommand,
  PutRecordsCommand,
  RegisterStreamConsumerCommand,
  SubscribeToShardCommand,
} from "@aws-sdk/client-kinesis";
import { expect, test } from "vitest";
import { under, usePublished } from "./published.fixture.ts";

const published = usePublished();
const { it } = published;

// https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html

const STREAM = {
  "GetRecords.Bytes": "Bytes",
  "GetRecords.IteratorAgeMilliseconds": "Milliseconds",
  "GetRecords.Latency": "Milliseconds",
  "GetRecords.Records": "Count",
  "GetRecords.Success": "Count",
  IncomingBytes: "Bytes",
  IncomingRecords: "Count",
  "PutRecord.Bytes": "Bytes",
  "PutRecord.Latency": "Milliseconds",
  "PutRecord.Success": "Count",
  "PutRecords.Bytes": "Bytes",
  "PutRecords.FailedRecords": "Count",
  "PutRecords.Latency": "Milliseconds",
  "PutRecords.Success": "Count",
  "PutRecords.SuccessfulRecords": "Count",
  "PutRecords.ThrottledRecords": "Count",
  "PutRecords.TotalRecords": "Count",
  ReadProvisionedThroughputExceeded: "Count",
  WriteProvisionedThroughputExceeded: "Count",
};
const SHARD = {
  IncomingBytes: "Bytes",
  IncomingRecords: "Count",
  IteratorAgeMilliseconds: "Milliseconds",
  OutgoingBytes: "Bytes",
  OutgoingRecords: "Count",
  ReadProvisionedThroughputExceeded: "Count",
  WriteProvisionedThroughputExceeded: "Count",
};
const CONSUMER = {
  "SubscribeToShard.RateExceeded": "Count",
  "SubscribeToShard.Success": "Count",
  "SubscribeToShardEvent.Bytes": "Bytes",
  "SubscribeToShardEvent.MillisBehindLatest": "Milliseconds",
  "SubscribeToShardEvent.Records": "Count",
  "SubscribeToShardEvent.Success": "Count",
};

test("streams, shards that are monitored and consumers publish what AWS's do", async () => {
  const kinesis = it.nuage.client(KinesisClient);
  const StreamName = "clicks";
  const ShardId = "shardId-000000000000";
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  await it.nuage.idle();
  await kinesis.send(new EnableEnhancedMonitoringCommand({ StreamName, ShardLevelMetrics: ["ALL"] }));
  await it.nuage.idle();
  const Data = Buffer.from("12345");
  await kinesis.send(new PutRecordCommand({ StreamName, Data, PartitionKey: "k" }));
  await kinesis.send(new PutRecordsCommand({ StreamName, Records: [{ Data, PartitionKey: "k" }] }));
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
  );
  await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  const StreamARN = `arn:aws:kinesis:us-east-1:${it.nuage.account}:stream/${StreamName}`;
  const { Consumer } = await kinesis.send(
    new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: "fan" }),
  );
  await it.nuage.idle();
  const subscribe = () =>
    kinesis.send(
      new SubscribeToShardCommand({
        ConsumerARN: Consumer?.ConsumerARN,
        ShardId,
        StartingPosition: { Type: "TRIM_HORIZON" },
      }),
    );
  const { EventStream } = await subscribe();
  await expect(subscribe()).rejects.toMatchObject({ name: "ResourceInUseException" });
  for await (const _ of EventStream ?? []) break;

  expect(await published.rows("AWS/Kinesis")).toEqual(
    [
      ...under("StreamName=clicks", STREAM),
      ...under(`StreamName=clicks,ShardId=${ShardId}`, SHARD),
      ...under("StreamName=clicks,ConsumerName=fan", CONSUMER),
    ].sort(),
  );
  expect(await published.values("AWS/Kinesis", "StreamName=clicks")).toMatchObject({
    IncomingRecords: 2,
    IncomingBytes: 12,
    WriteProvisionedThroughputExceeded: 0,
    "PutRecords.ThrottledRecords": 0,
    "GetRecords.Records": 2,
  });
  expect(await published.values("AWS/Kinesis", `StreamName=clicks,ShardId=${ShardId}`)).toMatchObject({
    IncomingRecords: 2,
    OutgoingRecords: 4,
  });
  expect(await published.values("AWS/Kinesis", "StreamName=clicks,ConsumerName=fan")).toMatchObject({
    "SubscribeToShard.Success": 1,
    "SubscribeToShard.RateExceeded": 1,
    "SubscribeToShardEvent.Records": 2,
  });
});
