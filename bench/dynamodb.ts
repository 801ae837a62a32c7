// What DynamoDB costs through the whole platform, each figure beside a bare server that reads and answers
// the same bytes, and beside dynalite on the same requests, on disk as the platform is and in memory, all in
// one run:
//
//   node scripts/build.mjs && tsx bench/dynamodb.ts [GetItem PutItem …] [million]
//
// prints one JSON line a figure: requests a second with 1 and with 32 callers, and the processor's time that
// the server spends on one, which other work on the machine changes less. `million` loads a million items,
// and compares with a thousand: time, disk, memory, latency, and how long a start takes.
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Running, startFloor, startServer } from "./floor.ts";
import { load } from "./load.ts";

/** Items there are to read and to overwrite. */
const ITEMS = 1000;
const ROUNDS = 2;
const CALLERS = [1, 32];

interface Request {
  readonly operation: string;
  readonly input: object;
}

const HEADERS = {
  "content-type": "application/x-amz-json-1.0",
  "x-amz-date": "20261123T000000Z",
  authorization:
    "AWS4-HMAC-SHA256 Credential=000000000000/20261123/us-east-1/dynamodb/aws4_request, " +
    `SignedHeaders=host;x-amz-date;x-amz-target, Signature=${"0".repeat(64)}`,
};

const headersOf = (operation: string) => ({ ...HEADERS, "x-amz-target": `DynamoDB_20120810.${operation}` });

const item = (key: object, n: string) => ({
  ...key,
  name: { S: `Somebody ${n}` },
  address: { M: { street: { S: "12 Long Road" }, city: { S: "Somewhere" }, code: { N: "12345" } } },
  tags: { SS: ["one", "three", "two"] },
  visits: { N: "17" },
});

const TABLES = [
  {
    TableName: "people",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
  },
  {
    TableName: "events",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: "id", AttributeType: "S" },
      { AttributeName: "at", AttributeType: "N" },
    ],
    KeySchema: [
      { AttributeName: "id", KeyType: "HASH" },
      { AttributeName: "at", KeyType: "RANGE" },
    ],
  },
];

const person = (n: string) => item({ id: { S: n } }, n);
const numbers = (count: number) => Array.from({ length: count }, (_, at) => String(at).padStart(2, "0"));

const REQUESTS: readonly Request[] = [
  { operation: "GetItem", input: { TableName: "people", Key: { id: { S: "{n}" } } } },
  { operation: "PutItem", input: { TableName: "people", Item: person("{n}") } },
  {
    operation: "UpdateItem",
    input: {
      TableName: "people",
      Key: { id: { S: "{n}" } },
      UpdateExpression: "SET visits = visits + :one",
      ConditionExpression: "attribute_exists(id) AND visits >= :one",
      ExpressionAttributeValues: { ":one": { N: "1" } },
    },
  },
  {
    operation: "Query",
    input: {
      TableName: "events",
      KeyConditionExpression: "id = :id",
      ExpressionAttributeValues: { ":id": { S: "all" } },
    },
  },
  {
    operation: "BatchWriteItem",
    input: {
      RequestItems: { people: numbers(25).map((at) => ({ PutRequest: { Item: person(`{n}-${at}`) } })) },
    },
  },
  {
    operation: "TransactWriteItems",
    input: {
      TransactItems: numbers(10).map((at) => ({ Put: { TableName: "people", Item: person(`{n}-${at}`) } })),
    },
  },
];

async function call(server: Running, operation: string, input: object): Promise<string> {
  const answer = await fetch(server.url, {
    method: "POST",
    headers: headersOf(operation),
    body: JSON.stringify(input),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${text}`);
  return text;
}

async function fill(server: Running): Promise<void> {
  for (const table of TABLES) await call(server, "CreateTable", table);
  for (const { TableName } of TABLES) {
    while (!(await call(server, "DescribeTable", { TableName })).includes('"TableStatus":"ACTIVE"'));
  }
  for (let from = 0; from < ITEMS; from += 25) {
    const keys = Array.from({ length: 25 }, (_, at) => String(from + at).padStart(12, "0"));
    const people = keys.map((key) => ({ PutRequest: { Item: person(key) } }));
    await call(server, "BatchWriteItem", { RequestItems: { people } });
  }
  for (let at = 0; at < 100; at++) {
    const Item = item({ id: { S: "all" }, at: { N: String(at) } }, String(at));
    await call(server, "PutItem", { TableName: "events", Item });
  }
}

/** dynalite in a process of its own, in memory without a folder; transactions it has none of. */
function serveDynalite(path: string | undefined): void {
  const dynalite = createRequire(import.meta.url)("dynalite");
  const server = dynalite({ createTableMs: 0, path });
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
}

interface Rate {
  readonly rps: number;
  readonly cpuUs: number;
}

async function rate(server: Running, { operation, input }: Request, connections: number): Promise<Rate> {
  const options = (seconds: number) => ({
    url: `${server.url}/`,
    headers: headersOf(operation),
    body: JSON.stringify(input),
    numbers: ITEMS,
    connections,
    seconds,
    warmUpSeconds: 0,
  });
  await load(options(0.7));
  const beforeMs = await cpuMs(server.pid);
  const { rps, requests, errors } = await load(options(1.5));
  if (errors > 0) console.error(`${operation}: ${errors} errors`);
  return { rps, cpuUs: Math.round((((await cpuMs(server.pid)) - beforeMs) * 1000) / requests) };
}

/** What the process has spent, of its own and in the system. */
async function cpuMs(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The rounds go by turns, so that what else the machine does meets all servers alike. */
async function measure(request: Request, servers: Readonly<Record<string, Running>>): Promise<void> {
  const { operation, input } = request;
  const once = JSON.parse(JSON.stringify(input).replaceAll("{n}", "0".repeat(12)));
  const body = await call(servers.ours as Running, operation, once);
  const headers = { "content-type": "application/x-amz-json-1.0" };
  const floor = await startFloor({ headers, body, parse: "json" });
  const all = Object.entries({ floor, ...servers }).filter(
    ([name]) => !(operation.startsWith("Transact") && name.startsWith("dynalite")),
  );
  for (const callers of CALLERS) {
    const best = new Map<string, Rate>();
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, server] of all) {
        const { rps, cpuUs } = await rate(server, request, callers);
        const known = best.get(name) ?? { rps: 0, cpuUs: Number.POSITIVE_INFINITY };
        best.set(name, { rps: Math.max(known.rps, rps), cpuUs: Math.min(known.cpuUs, cpuUs) });
      }
    }
    const ours = best.get("ours")?.rps ?? 0;
    const figure = {
      name: `dynamodb ${operation}, ${callers} callers`,
      unit: "requests/s",
      value: ours,
      share: Math.round((ours / (best.get("floor")?.rps ?? 1)) * 100) / 100,
      ...Object.fromEntries(
        [...best].filter(([name]) => name !== "ours").map(([name, { rps }]) => [name, rps]),
      ),
      cpuUs: Object.fromEntries([...best].map(([name, { cpuUs }]) => [name, cpuUs])),
    };
    console.log(JSON.stringify(figure));
  }
  await floor.stop();
}

/** So many batches are under way at once while a million items are loaded. */
const LOADERS = 8;
const MILLION = 1_000_000;
const STARTS = 5;

async function loadMillion(platform: Running): Promise<number> {
  const startedMs = performance.now();
  let next = 0;
  const work = async () => {
    while (next < MILLION) {
      const from = next;
      next += 25;
      const people = Array.from({ length: 25 }, (_, at) => ({
        PutRequest: { Item: person(String(from + at).padStart(12, "0")) },
      }));
      await call(platform, "BatchWriteItem", { RequestItems: { people } });
    }
  };
  await Promise.all(Array.from({ length: LOADERS }, work));
  return performance.now() - startedMs;
}

async function latency(platform: Running, items: number): Promise<object> {
  const input = { TableName: "people", Key: { id: { S: "{n}" } } };
  const result = await load({
    url: `${platform.url}/`,
    headers: headersOf("GetItem"),
    body: JSON.stringify(input),
    numbers: items,
    seconds: 2,
    warmUpSeconds: 1,
  });
  return { p50Ms: result.p50Ms, p99Ms: result.p99Ms, errors: result.errors };
}

/**
 * What the process holds for itself, and how much of the store's file lies in the system's page cache under
 * its name: that part is free for whoever needs it.
 */
async function memoryOf(pid: number): Promise<{ ownMib: number; fileCacheMib: number }> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const mib = (name: string) =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024);
  return { ownMib: mib("RssAnon"), fileCacheMib: mib("RssFile") };
}

/** How long a platform takes from its start to its first answer. */
async function startMs(cli: string, folder: string): Promise<number> {
  const startedMs = performance.now();
  const platform = await startServer([cli, "start", "--port", "0", "--data", folder]);
  await call(platform, "ListTables", {});
  const tookMs = performance.now() - startedMs;
  await platform.stop();
  return Math.round(tookMs);
}

async function measureMillion(cli: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "nuage-bench-dynamodb-"));
  const print = (name: string, figures: object) =>
    console.log(JSON.stringify({ name: `dynamodb ${name}`, ...figures }));
  const empty = await mkdtemp(join(tmpdir(), "nuage-bench-dynamodb-"));
  try {
    const platform = await startServer([cli, "start", "--port", "0", "--data", folder]);
    await fill(platform);
    print("GetItem among 1,000 items", await latency(platform, ITEMS));
    const before = await memoryOf(platform.pid);
    const tookMs = await loadMillion(platform);
    const { size } = await stat(join(folder, "store", "data.mdb"));
    print("1,000,000 items loaded", {
      seconds: Math.round(tookMs / 100) / 10,
      itemsPerSecond: Math.round(MILLION / (tookMs / 1000)),
      diskMib: Math.round(size / 1024 / 1024),
      ...(await memoryOf(platform.pid)),
      ownBeforeMib: before.ownMib,
    });
    print("GetItem among 1,000,000 items", await latency(platform, MILLION));
    await platform.stop();
    const emptyMs: number[] = [];
    const millionMs: number[] = [];
    for (let round = 0; round < STARTS; round++) {
      emptyMs.push(await startMs(cli, empty));
      millionMs.push(await startMs(cli, folder));
    }
    print("start", { emptyMs: Math.min(...emptyMs), millionMs: Math.min(...millionMs) });
  } finally {
    await rm(empty, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

async function main(wanted: readonly string[]): Promise<void> {
  const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
  if (wanted.includes("million")) await measureMillion(cli);
  if (wanted.length > 0 && !REQUESTS.some(({ operation }) => wanted.includes(operation))) return;
  const folder = await mkdtemp(join(tmpdir(), "nuage-bench-dynamodb-"));
  const dynalite = ["--import", "tsx", fileURLToPath(import.meta.url), "--dynalite"];
  const servers = {
    ours: await startServer([cli, "start", "--port", "0", "--data", join(folder, "ours")]),
    dynalite: await startServer([...dynalite, join(folder, "dynalite")]),
    dynaliteInMemory: await startServer(dynalite),
  };
  try {
    for (const server of Object.values(servers)) await fill(server);
    for (const request of REQUESTS) {
      if (wanted.length === 0 || wanted.includes(request.operation)) await measure(request, servers);
    }
  } finally {
    for (const server of Object.values(servers)) await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[2] === "--dynalite") serveDynalite(process.argv[3]);
else await main(process.argv.slice(2));
