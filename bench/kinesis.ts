// What Kinesis costs through the whole platform, kept in a folder, each figure beside a bare Node HTTP server
// that reads the same JSON and gives the same answer, and beside kinesalite on the same requests:
//
//   npm run build && tsx bench/kinesis.ts [only the figures whose names have this]
//
// prints one JSON line a figure.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Running, startFloor, startServer } from "./floor.ts";
import { load } from "./load.ts";
import { signedFor, startPlatform } from "./platform.ts";

const RECORD_BYTES = 1024;
const MOST_RECORDS = 500;
const FILLED = 5_000;
const ROUNDS = 2;
const STREAMS = [
  { StreamName: "one", ShardCount: 1 },
  { StreamName: "hundred", ShardCount: 100 },
  { StreamName: "read", ShardCount: 1 },
  { StreamName: "single", ShardCount: 4 },
];

interface Figure {
  readonly name: string;
  readonly operation: string;
  readonly input: object;
  /** Records of one request. */
  readonly records: number;
  readonly connections: number;
}

const headersOf = (operation: string) => ({
  ...signedFor("kinesis"),
  "content-type": "application/x-amz-json-1.1",
  "x-amz-target": `Kinesis_20131202.${operation}`,
});

const DATA = Buffer.alloc(RECORD_BYTES, "x").toString("base64");
const records = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ Data: DATA, PartitionKey: `{n}-${at}` }));

async function call(server: Running, operation: string, input: object): Promise<Record<string, unknown>> {
  const answer = await fetch(server.url, {
    method: "POST",
    headers: headersOf(operation),
    body: JSON.stringify(input),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${text}`);
  return text === "" ? {} : JSON.parse(text);
}

async function fill(server: Running): Promise<void> {
  for (const stream of STREAMS) {
    await call(server, "CreateStream", stream);
    const { StreamName } = stream;
    while (!JSON.stringify(await call(server, "DescribeStream", { StreamName })).includes('"ACTIVE"'));
  }
  for (let at = 0; at < FILLED; at += MOST_RECORDS) {
    await call(server, "PutRecords", { StreamName: "read", Records: records(MOST_RECORDS) });
  }
}

/** kinesalite in a process of its own. */
function serveKinesalite(): void {
  const kinesalite = createRequire(import.meta.url)("kinesalite");
  const server = kinesalite({ createStreamMs: 0, shardLimit: 1000 });
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
}

async function rate(server: Running, { operation, input, connections }: Figure): Promise<number> {
  const result = await load({
    url: `${server.url}/`,
    headers: headersOf(operation),
    body: JSON.stringify(input),
    connections,
    seconds: 2,
    warmUpSeconds: 1,
  });
  if (result.errors > 0) console.error(`${operation}: ${result.errors} errors`);
  return result.rps;
}

async function iteratorOf(server: Running): Promise<object> {
  const where = { ShardId: "shardId-000000000000", ShardIteratorType: "TRIM_HORIZON" };
  const { ShardIterator } = await call(server, "GetShardIterator", { StreamName: "read", ...where });
  return { ShardIterator };
}

async function measure(figure: Figure, platform: Running, other: Running, folder: string): Promise<void> {
  const isRead = figure.operation === "GetRecords";
  const inputFor = async (server: Running) => ({
    ...figure,
    input: isRead ? { ...figure.input, ...(await iteratorOf(server)) } : figure.input,
  });
  const [ours, others] = [await inputFor(platform), await inputFor(other)];
  const once = JSON.parse(JSON.stringify(ours.input).replaceAll("{n}", "0".repeat(12)));
  const bodyFile = join(folder, "answer.json");
  await writeFile(bodyFile, JSON.stringify(await call(platform, figure.operation, once)));
  const headers = { "content-type": "application/x-amz-json-1.1" };
  const floor = await startFloor({ headers, bodyFile, parse: "json" });
  const rates = { floor: 0, ours: 0, kinesalite: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    rates.floor = Math.max(rates.floor, await rate(floor, ours));
    rates.ours = Math.max(rates.ours, await rate(platform, ours));
    rates.kinesalite = Math.max(rates.kinesalite, await rate(other, others));
  }
  const perSecond = (requests: number) => Math.round(requests * figure.records);
  const line = {
    name: `kinesis ${figure.name}`,
    unit: "records/s",
    value: perSecond(rates.ours),
    floor: perSecond(rates.floor),
    share: Math.round((rates.ours / rates.floor) * 100) / 100,
    kinesalite: perSecond(rates.kinesalite),
  };
  console.log(JSON.stringify(line));
  await floor.stop();
}

const put = (StreamName: string, count: number) => ({ StreamName, Records: records(count) });
const FIGURES: readonly Figure[] = [
  {
    name: "PutRecords of 500",
    operation: "PutRecords",
    input: put("one", 500),
    records: 500,
    connections: 4,
  },
  {
    name: "PutRecords of 500 into 100 shards",
    operation: "PutRecords",
    input: put("hundred", 500),
    records: 500,
    connections: 4,
  },
  {
    name: "PutRecord",
    operation: "PutRecord",
    input: { StreamName: "single", Data: DATA, PartitionKey: "{n}" },
    records: 1,
    connections: 16,
  },
  { name: "GetRecords of 500", operation: "GetRecords", input: { Limit: 500 }, records: 500, connections: 4 },
  { name: "GetRecords of 10", operation: "GetRecords", input: { Limit: 10 }, records: 10, connections: 16 },
];

async function run(wanted: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "nuage-bench-kinesis-"));
  const platform = await startPlatform(["--data", folder, "--capacity", "off"]);
  const other = await startServer(["--import", "tsx", fileURLToPath(import.meta.url), "kinesalite"]);
  await fill(platform);
  await fill(other);
  for (const figure of FIGURES)
    if (figure.name.includes(wanted)) await measure(figure, platform, other, folder);
  await platform.stop();
  await other.stop();
  await rm(folder, { recursive: true });
}

const [argument = ""] = process.argv.slice(2);
if (argument === "kinesalite") serveKinesalite();
else await run(argument);
