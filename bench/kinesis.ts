// What Kinesis costs through the whole platform, kept in a folder, each figure beside a bare Node HTTP server
// that reads the same JSON and gives the same answer, and beside kinesalite on the same requests: as it is
// started by default, which keeps everything in memory, and with a folder, which is the like of ours:
//
//   npm run build && tsx bench/kinesis.ts [only the figures whose names have this]
//
// prints one JSON line a figure: records a second, and what a request takes of a processor (`Us`), which does
// not depend on what else the machine does.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Running, startFloor, startServer } from "./floor.ts";
import { load } from "./load.ts";
import { processorMs, signedFor, startPlatform } from "./platform.ts";

const RECORD_BYTES = 1024;
const MOST_RECORDS = 500;
const FILLED = 5_000;
const ROUNDS = 3;
const SECONDS = 2;
const WARM_UP_SECONDS = 1;
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

/** kinesalite in a process of its own; without a folder it keeps everything in memory. */
function startKinesalite(...folder: string[]): Promise<Running> {
  return startServer(["--import", "tsx", fileURLToPath(import.meta.url), "kinesalite", ...folder]);
}

function serveKinesalite(path: string | undefined): void {
  const kinesalite = createRequire(import.meta.url)("kinesalite");
  const server = kinesalite({ createStreamMs: 0, shardLimit: 1000, path });
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
}

interface Rate {
  readonly rps: number;
  /** Of a processor, for one request. */
  readonly us: number;
}

async function rate(server: Running, { operation, input, connections }: Figure): Promise<Rate> {
  const options = {
    url: `${server.url}/`,
    headers: headersOf(operation),
    body: JSON.stringify(input),
    connections,
    warmUpSeconds: 0,
  };
  await load({ ...options, seconds: WARM_UP_SECONDS });
  const beforeMs = processorMs(server.pid);
  const { rps, requests, errors } = await load({ ...options, seconds: SECONDS });
  if (errors > 0) console.error(`${operation}: ${errors} errors`);
  return { rps, us: Math.round(((processorMs(server.pid) - beforeMs) * 1000) / requests) };
}

/** The best of several, in which the machine was disturbed the least. */
function best(rates: readonly Rate[]): Rate {
  return { rps: Math.max(...rates.map(({ rps }) => rps)), us: Math.min(...rates.map(({ us }) => us)) };
}

async function iteratorOf(server: Running): Promise<object> {
  const where = { ShardId: "shardId-000000000000", ShardIteratorType: "TRIM_HORIZON" };
  const { ShardIterator } = await call(server, "GetShardIterator", { StreamName: "read", ...where });
  return { ShardIterator };
}

/** Who takes part, by the names that figures have for them. */
interface Servers {
  readonly ours: Running;
  readonly kinesalite: Running;
  readonly kinesaliteInFolder: Running;
}

async function measure(figure: Figure, servers: Servers, folder: string): Promise<void> {
  const isRead = figure.operation === "GetRecords";
  const figureFor = async (server: Running): Promise<Figure> => ({
    ...figure,
    input: isRead ? { ...figure.input, ...(await iteratorOf(server)) } : figure.input,
  });
  const ours = await figureFor(servers.ours);
  const once = JSON.parse(JSON.stringify(ours.input).replaceAll("{n}", "0".repeat(12)));
  const bodyFile = join(folder, "answer.json");
  await writeFile(bodyFile, JSON.stringify(await call(servers.ours, figure.operation, once)));
  const headers = { "content-type": "application/x-amz-json-1.1" };
  const floor = await startFloor({ headers, bodyFile, parse: "json" });
  const rates = new Map<string, Rate[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, server] of Object.entries({ floor, ...servers })) {
      const each = server === floor ? ours : await figureFor(server);
      rates.set(name, [...(rates.get(name) ?? []), await rate(server, each)]);
    }
  }
  const values = [...rates].flatMap(([name, each]) => {
    const { rps, us } = best(each);
    return [
      [name, Math.round(rps * figure.records)],
      [`${name}Us`, us],
    ];
  });
  console.log(
    JSON.stringify({ name: `kinesis ${figure.name}`, unit: "records/s", ...Object.fromEntries(values) }),
  );
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
  const servers = {
    ours: await startPlatform(["--data", join(folder, "ours"), "--capacity", "off"]),
    kinesalite: await startKinesalite(),
    kinesaliteInFolder: await startKinesalite(join(folder, "kinesalite")),
  };
  for (const server of Object.values(servers)) await fill(server);
  for (const figure of FIGURES) if (figure.name.includes(wanted)) await measure(figure, servers, folder);
  for (const server of Object.values(servers)) await server.stop();
  await rm(folder, { recursive: true });
}

const [argument = "", path] = process.argv.slice(2);
if (argument === "kinesalite") serveKinesalite(path);
else await run(argument);
