import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateBackupCommand,
  DescribeTableCommand,
  PutItemCommand,
  RestoreTableFromBackupCommand,
  ScanCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";
import { type Nuage, startNuage } from "nuage/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { client, item, makeTable } from "../dynamodb.fixture.ts";

let data: string;
let nuage: Nuage;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "nuage-time-"));
  nuage = await startNuage({ data });
});
afterEach(async () => {
  await nuage.stop();
  await rm(data, { recursive: true, force: true });
});

async function restart(): Promise<void> {
  await nuage.stop();
  nuage = await startNuage({ data });
}

test("what a restart finds goes on: expiry, the stream, a backup", async () => {
  const TableName = "sessions";
  await makeTable(client(nuage), TableName, ["id"], {
    BillingMode: "PROVISIONED",
    ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
    StreamSpecification: { StreamEnabled: true, StreamViewType: "KEYS_ONLY" },
  });
  await client(nuage).send(
    new UpdateTimeToLiveCommand({
      TableName,
      TimeToLiveSpecification: { Enabled: true, AttributeName: "expires" },
    }),
  );
  const put = (id: string, expires: number) =>
    client(nuage).send(new PutItemCommand({ TableName, Item: item({ id, expires }) }));
  const inAnHour = Math.floor(nuage.clock.now() / 1000) + 3_600;
  await put("short", inAnHour);
  await put("long", inAnHour + 86_400);
  const { BackupDetails } = await client(nuage).send(
    new CreateBackupCommand({ TableName, BackupName: "before" }),
  );
  await restart();

  const db = client(nuage);
  await put("later", inAnHour + 86_400);
  await nuage.advance(2 * 3_600_000);
  const ids = async (name: string) =>
    ((await db.send(new ScanCommand({ TableName: name }))).Items ?? []).map(({ id }) => id?.S).sort();
  expect(await ids(TableName)).toEqual(["later", "long"]);

  const { Table } = await db.send(new DescribeTableCommand({ TableName }));
  const streams = nuage.client(DynamoDBStreamsClient);
  const StreamArn = Table?.LatestStreamArn;
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
  const { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
  );
  const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator }));
  expect(Records.map(({ eventName, dynamodb }) => `${eventName} ${dynamodb?.Keys?.id?.S}`)).toEqual([
    "INSERT short",
    "INSERT long",
    "INSERT later",
    "REMOVE short",
  ]);

  await db.send(
    new RestoreTableFromBackupCommand({ TargetTableName: "again", BackupArn: BackupDetails?.BackupArn }),
  );
  await nuage.idle();
  expect(await ids("again")).toEqual(["long", "short"]);
});
