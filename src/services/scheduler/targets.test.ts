import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
} from "@aws-sdk/client-kinesis";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { strToU8, zipSync } from "fflate";
import { expect, test } from "vitest";
import { useScheduler } from "./scheduler.fixture.ts";

const it = useScheduler();
const ACCOUNT = "us-east-1:000000000000";

/** A function that sends what it is given to a queue. */
const ECHO = `
exports.handler = async (event) => {
  const { QUEUE } = process.env;
  const body = new URLSearchParams({ Action: "SendMessage", MessageBody: JSON.stringify(event) });
  await fetch(QUEUE, { method: "POST", body });
};`;

async function echo(queueUrl: string): Promise<string> {
  const { FunctionArn = "" } = await it.nuage.client(LambdaClient).send(
    new CreateFunctionCommand({
      FunctionName: "echo",
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: "arn:aws:iam::000000000000:role/f",
      Environment: { Variables: { QUEUE: queueUrl } },
      Code: { ZipFile: zipSync({ "index.js": strToU8(ECHO) }) },
    }),
  );
  return FunctionArn;
}

test("a function is invoked, without a permission but the role's", async () => {
  const queue = await it.queue();
  await it.schedule({ Arn: await echo(queue.url), Input: '{"hello":"<aws.scheduler.attempt-number>"}' });
  expect(await it.bodies(queue)).toEqual(['{"hello":"1"}']);
});

test("a topic is published to", async () => {
  const sns = it.nuage.client(SNSClient);
  const queue = await it.queue();
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "scheduled" }));
  await sns.send(
    new SubscribeCommand({
      TopicArn,
      Protocol: "sqs",
      Endpoint: queue.arn,
      Attributes: { RawMessageDelivery: "true" },
    }),
  );
  await it.schedule({ Arn: TopicArn, Input: "to all" });
  expect(await it.bodies(queue)).toEqual(["to all"]);
});

test("a stream gets a record under the partition key of the target", async () => {
  const kinesis = it.nuage.client(KinesisClient);
  await kinesis.send(new CreateStreamCommand({ StreamName: "scheduled", ShardCount: 1 }));
  await it.advance(60_000);
  const StreamARN = `arn:aws:kinesis:${ACCOUNT}:stream/scheduled`;
  await it.schedule({ Arn: StreamARN, Input: "data", KinesisParameters: { PartitionKey: "k" } });
  await it.nuage.idle();
  const shard = { ShardId: "shardId-000000000000", ShardIteratorType: "TRIM_HORIZON" as const };
  const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand({ StreamARN, ...shard }));
  const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  expect(Records.map(({ PartitionKey, Data }) => [PartitionKey, Buffer.from(Data ?? []).toString()])).toEqual(
    [["k", "data"]],
  );
});

test("an event bus gets an event with the source and the kind of the target", async () => {
  const events = it.nuage.client(EventBridgeClient);
  const queue = await it.queue();
  await events.send(new PutRuleCommand({ Name: "scheduled", EventPattern: '{"source":["my.schedule"]}' }));
  await events.send(new PutTargetsCommand({ Rule: "scheduled", Targets: [{ Id: "q", Arn: queue.arn }] }));
  const name = await it.schedule({
    Arn: `arn:aws:events:${ACCOUNT}:event-bus/default`,
    Input: '{"n":1}',
    EventBridgeParameters: { Source: "my.schedule", DetailType: "Tick" },
  });
  const [body = ""] = await it.bodies(queue);
  expect(JSON.parse(body)).toMatchObject({
    source: "my.schedule",
    "detail-type": "Tick",
    detail: { n: 1 },
    resources: [`arn:aws:scheduler:${ACCOUNT}:schedule/default/${name}`],
  });
});
