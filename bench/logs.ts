// What CloudWatch Logs costs through the whole platform, kept in a folder. Puts and gets stand beside a bare
// Node HTTP server that reads the same JSON and gives the same answer:
//
//   npm run build && tsx bench/logs.ts [only the figures whose names have this]
//
// prints one JSON line a figure: events a second, and what a request takes of a processor (`Us`). Searches
// and queries over 100,000 events are told in milliseconds of a processor, beside what parsing their JSON
// takes alone.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Running, startFloor } from "./floor.ts";
import { load } from "./load.ts";
import { middle, print, processorMs, signedFor, startPlatform } from "./platform.ts";

const EVENTS_A_PUT = 100;
const STORED = 100_000;
const ROUNDS = 3;
const SECONDS = 2;
const WARM_UP_SECONDS = 1;

const headersOf = (operation: string) => ({
  ...signedFor("logs"),
  "content-type": "application/x-amz-json-1.1",
  "x-amz-target": `Logs_20140328.${operation}`,
});

async function call(server: Running, operation: string, input: object): Promise<Record<string, unknown>> {
  const init = { method: "POST", headers: headersOf(operation), body: JSON.stringify(input) };
  const answer = await fetch(server.url, init);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${text}`);
  return text === "" ? {} : JSON.parse(text);
}

const messageOf = (at: number): string =>
  JSON.stringify({
    level: at % 50 === 0 ? "ERROR" : "INFO",
    path: `/orders/${at % 20}`,
    ms: (at * 7919) % 1000,
    user: { id: at % 1000 },
    text: "an order was taken and its payment is on the way",
  });

const put = (group: string, from: number, count: number, timestamp: number) => ({
  logGroupName: group,
  logStreamName: "s",
  logEvents: Array.from({ length: count }, (_, at) => ({ timestamp, message: messageOf(from + at) })),
});

async function make(server: Running, ...groups: string[]): Promise<void> {
  for (const logGroupName of groups) {
    await call(server, "CreateLogGroup", { logGroupName });
    await call(server, "CreateLogStream", { logGroupName, logStreamName: "s" });
  }
}

async function fill(server: Running): Promise<void> {
  const now = Date.now();
  for (let at = 0; at < STORED; at += 1_000) {
    await call(server, "PutLogEvents", put("stored", at, 1_000, now - STORED + at));
  }
}

/** Requests, events and a processor's time of one operation, beside a floor with the same answer. */
async function measure(
  server: Running,
  folder: string,
  name: string,
  operation: string,
  input: object,
  events: number,
) {
  const bodyFile = join(folder, "answer.json");
  await writeFile(bodyFile, JSON.stringify(await call(server, operation, input)));
  const floor = await startFloor({
    headers: { "content-type": "application/x-amz-json-1.1" },
    bodyFile,
    parse: "json",
  });
  const rates = {
    ours: [] as number[],
    floor: [] as number[],
    oursUs: [] as number[],
    floorUs: [] as number[],
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const who of ["floor", "ours"] as const) {
      const { url, pid } = who === "ours" ? server : floor;
      const beforeMs = processorMs(pid);
      const { rps, errors } = await load({
        url: `${url}/`,
        headers: headersOf(operation),
        body: JSON.stringify(input),
        connections: 4,
        seconds: SECONDS,
        warmUpSeconds: WARM_UP_SECONDS,
      });
      if (errors > 0) throw new Error(`${errors} requests failed`);
      rates[who].push(rps);
      rates[`${who}Us`].push(((processorMs(pid) - beforeMs) * 1000) / (rps * (SECONDS + WARM_UP_SECONDS)));
    }
  }
  await floor.stop();
  const round = (value: number) => Math.round(value);
  const figures = {
    ours: round(middle(rates.ours) * events),
    floor: round(middle(rates.floor) * events),
    oursUs: round(Math.min(...rates.oursUs)),
    floorUs: round(Math.min(...rates.floorUs)),
  };
  console.log(JSON.stringify({ name: `logs ${name}`, unit: "events/s", ...figures }));
}

/** What work takes of a processor, in milliseconds: the middle of some runs. */
async function timed(pid: number, work: () => Promise<void> | void): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const beforeMs = processorMs(pid);
    await work();
    times.push(processorMs(pid) - beforeMs);
  }
  return middle(times);
}

async function query(server: Running, queryString: string): Promise<void> {
  const range = { startTime: 0, endTime: Math.ceil(Date.now() / 1000) };
  const { queryId } = await call(server, "StartQuery", { logGroupName: "stored", ...range, queryString });
  while ((await call(server, "GetQueryResults", { queryId })).status === "Running") {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function search(server: Running, filterPattern: string): Promise<void> {
  let nextToken: unknown;
  do {
    const more = nextToken === undefined ? {} : { nextToken };
    const page = await call(server, "FilterLogEvents", { logGroupName: "stored", filterPattern, ...more });
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

const QUERIES = [
  "filter level = 'ERROR' | fields @timestamp, ms | sort ms desc | limit 20",
  "stats count(*), avg(ms), pct(ms, 95) by path",
  "stats count(*) by bin(5s)",
  "filter @message like /payment/ | stats count(*)",
  'parse @message \'"path":"*"\' as where | stats count(*) by where',
  "pattern @message",
];
const SEARCHES = ["ERROR", "{ $.level = ERROR && $.ms > 500 }", '%"ms":9[0-9]{2}%'];

const folder = await mkdtemp(join(tmpdir(), "nuage-bench-logs-"));
const server = await startPlatform(["--data", join(folder, "data")]);
const [only = ""] = process.argv.slice(2);
try {
  await make(server, "put", "stored", "read");
  const now = Date.now();
  await call(server, "PutLogEvents", put("read", 0, EVENTS_A_PUT, now));
  const get = { logGroupName: "read", logStreamName: "s", startFromHead: true };
  const figures = [
    ["PutLogEvents of 100", "PutLogEvents", put("put", 0, EVENTS_A_PUT, now), EVENTS_A_PUT],
    ["PutLogEvents of 1", "PutLogEvents", put("put", 0, 1, now), 1],
    ["GetLogEvents of 100", "GetLogEvents", get, EVENTS_A_PUT],
  ] as const;
  for (const [name, operation, input, events] of figures) {
    if (name.includes(only)) await measure(server, folder, name, operation, input, events);
  }
  await fill(server);
  const messages = Array.from({ length: STORED }, (_, at) => messageOf(at));
  const floorMs = await timed(process.pid, () => {
    for (const message of messages) JSON.parse(message);
  });
  for (const text of QUERIES) {
    const name = `logs query over 100,000 events: ${text}`;
    if (name.includes(only)) print(name, "ms", await timed(server.pid, () => query(server, text)), floorMs);
  }
  for (const text of SEARCHES) {
    const name = `logs search of 100,000 events: ${text}`;
    if (name.includes(only)) print(name, "ms", await timed(server.pid, () => search(server, text)), floorMs);
  }
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
