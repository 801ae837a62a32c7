// With --json each thing that can be counted is a line of its own.
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateStreamCommand,
  DescribeStreamCommand,
  KinesisClient,
  PutRecordCommand,
} from "@aws-sdk/client-kinesis";
import {
  CreateEventSourceMappingCommand,
  InvokeCommand,
  PutFunctionConcurrencyCommand,
} from "@aws-sdk/client-lambda";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chaos } from "../src/cli/chaos.ts";
import type { Command } from "../src/cli/command.ts";
import { loops } from "../src/cli/loops.ts";
import { outbox } from "../src/cli/outbox.ts";
import { streams } from "../src/cli/streams.ts";
import { table } from "../src/cli/table.ts";
import { throttles } from "../src/cli/throttles.ts";
import { documentsOf } from "./cli.ts";
import { type Deliveries, SENDS, startDeliveries } from "./deliveries.fixture.ts";

let world: Deliveries;
beforeAll(async () => {
  world = await startDeliveries();
});
afterAll(() => world.nuage.stop());

const ANSWERS = "export const handler = async () => 'fine';";

async function documents(command: Command, ...args: string[]) {
  const { status, out } = await world.run(command, ...args, "--json");
  expect(status).toBe(0);
  return documentsOf(out);
}

test("where there is nothing, there is no line", async () => {
  for (const command of [loops, throttles, streams, outbox, chaos])
    expect(await documents(command)).toEqual([]);
});

test("loops: each that was stopped", async () => {
  for (const name of ["one", "other"]) {
    const { url, arn } = await world.queue(name);
    await world.deploy(name, SENDS(url));
    await world.connect(name, arn);
    await world.start(name);
  }
  await world.nuage.advance("5 minutes");
  const found = await documents(loops);
  expect(found.map(({ functionName, rounds }) => [functionName, rounds]).sort()).toEqual([
    ["one", 16],
    ["other", 16],
  ]);
});

test("throttles: each function, limit and source", async () => {
  for (const FunctionName of ["shut", "closed"]) {
    await world.deploy(FunctionName, ANSWERS);
    await world.lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }),
    );
    await expect(world.lambda.send(new InvokeCommand({ FunctionName }))).rejects.toThrow("Rate Exceeded.");
  }
  const found = await documents(throttles);
  expect(found.map(({ functionName }) => functionName).sort()).toEqual(["closed", "shut"]);
  const { count } = await world.ask<{ count: number }>("/_nuage/throttles");
  expect(found.reduce((sum, each) => sum + each.count, 0)).toBe(count);
});

test("streams: each lane of each shard, each queue, each record that was set aside", async () => {
  const kinesis = world.nuage.client(KinesisClient);
  const StreamName = "clicks";
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }));
  await world.nuage.advance("1 minute");
  const { StreamDescription } = await kinesis.send(new DescribeStreamCommand({ StreamName }));
  const EventSourceArn = StreamDescription?.StreamARN;
  await world.deploy("reader", "export const handler = () => { throw new Error('poison'); };");
  const { UUID = "" } = await world.lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: "reader",
      EventSourceArn,
      StartingPosition: "TRIM_HORIZON",
      ParallelizationFactor: 2,
    }),
  );
  const record = { StreamName, PartitionKey: "a", Data: Buffer.from("{}") };
  await kinesis.send(new PutRecordCommand(record));
  await world.nuage.advance("1 minute");
  const mapping = { id: UUID, name: "reader", sourceArn: EventSourceArn, isActive: true, quarantined: 0 };
  const lanes = await documents(streams, "reader");
  expect(new Set(lanes.map(({ shardId }) => shardId)).size).toBe(2);
  expect(lanes.filter(({ blocked }) => blocked)).toEqual([
    expect.objectContaining({ ...mapping, behind: 1, blocked: expect.objectContaining({ count: 1 }) }),
  ]);
  expect((await documents(streams)).filter(({ queue }) => queue)).toHaveLength(2);
  expect(await documents(streams, "quarantine", "reader")).toEqual([{ decided: 1 }]);
  await world.nuage.advance("1 minute");
  expect(await documents(streams, "quarantined")).toMatchObject([{ name: "reader", mapping: UUID }]);
  expect(await documents(streams, "replay", "reader")).toMatchObject([{ mapping: UUID, isDone: false }]);
});

test("table: itself, its indexes, keys, minutes and what is advised, told apart by kind", async () => {
  const db = world.nuage.client(DynamoDBClient);
  await db.send(
    new CreateTableCommand({
      TableName: "visits",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "page", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "page", KeyType: "HASH" }],
    }),
  );
  const put = (page: string) =>
    db.send(new PutItemCommand({ TableName: "visits", Item: { page: { S: page } } }));
  for (let visit = 0; visit < 25; visit++) await put("home");
  await world.nuage.advance("1 minute");
  await put("other");
  await world.nuage.advance("1 minute");
  const found = await documents(table, "visits");
  const of = (kind: string) => found.filter((each) => each.kind === kind);
  expect(of("table")).toMatchObject([{ name: "visits", region: "us-east-1", mode: "PAY_PER_REQUEST" }]);
  expect(of("place")).toMatchObject([{ table: "visits", consumed: { write: 26 }, scans: { scans: 0 } }]);
  expect(of("key")).toMatchObject([
    { table: "visits", use: "write", key: "home", units: 25, error: 0, share: 25 / 26 },
    { table: "visits", use: "write", key: "other", units: 1 },
  ]);
  expect(of("minute").reduce((sum, { write }) => sum + write, 0)).toBe(26);
  expect(found.length).toBe(
    ["table", "place", "key", "minute", "advice"].reduce((sum, kind) => sum + of(kind).length, 0),
  );
  const report = await world.ask<{ findings: unknown[] }>("/_nuage/tables/visits");
  expect(of("advice")).toHaveLength(report.findings.length);
  const latest = await documents(table, "visits", "--minutes", "1");
  expect(latest.filter(({ kind }) => kind === "minute")).toHaveLength(1);
});

test("outbox: each message; chaos: each rule", async () => {
  const sns = world.nuage.client(SNSClient);
  for (const Message of ["one", "two"])
    await sns.send(new PublishCommand({ PhoneNumber: "+15551234567", Message }));
  await world.nuage.idle();
  const letters = await documents(outbox);
  expect(letters.map(({ body }) => body)).toEqual(["two", "one"]);
  expect(await documents(outbox, letters[0].id)).toEqual([letters[0]]);
  expect(await documents(outbox, "stop", "+15551234567")).toMatchObject([{ number: "+15551234567" }]);
  const [rule] = await documents(chaos, "throttle", "dynamodb.PutItem", "--rate", "0.5");
  await documents(chaos, "error", "sqs");
  expect(await documents(chaos)).toMatchObject([
    { id: rule.id, kind: "throttle", rate: 0.5, strikes: 0 },
    { kind: "error", target: "sqs" },
  ]);
  expect(await documents(chaos, "stop")).toEqual([{ removed: 2 }]);
});
