// Each kind of warning, from what really ran: what goes wrong, what costs too much, and nothing else.
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
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { warnings } from "../src/cli/warnings.ts";
import { type Deliveries, SENDS, startDeliveries } from "./deliveries.fixture.ts";
import { zip } from "./zip.ts";

let world: Deliveries;
beforeAll(async () => {
  world = await startDeliveries();
});
afterAll(() => world.nuage.stop());

const invoke = (FunctionName: string, payload: object = {}, Qualifier = "$LATEST") =>
  world.lambda.send(
    new InvokeCommand({ FunctionName, Qualifier, Payload: Buffer.from(JSON.stringify(payload)) }),
  );

const warningsOf = async (name: string) =>
  (await world.nuage.warnings()).filter(
    ({ functionName, subject }) => functionName === name || subject === name,
  );

const kindsOf = async (name: string) => (await warningsOf(name)).map(({ kind }) => kind);

const WAITS = "export const handler = ({ ms = 0 }) => new Promise((done) => setTimeout(done, ms));";
const ANSWERS = "export const handler = async () => 'fine';";

test("what runs well is not warned of, however much of it runs", async () => {
  await world.deploy("calm", ANSWERS);
  for (let run = 0; run < 110; run++) await invoke("calm");
  expect(await kindsOf("calm")).toEqual([]);
});

test("a rate of errors, where enough has run or failed to tell one", async () => {
  await world.deploy("fails", "export const handler = () => { throw new Error('no'); };");
  await invoke("fails");
  await invoke("fails");
  expect(await kindsOf("fails")).toEqual([]);
  await invoke("fails");
  expect(await warningsOf("fails")).toMatchObject([{ kind: "errors", severity: "critical", value: 1 }]);
  await world.deploy(
    "seldom",
    "export const handler = ({ isBad }) => { if (isBad) throw new Error('no'); };",
  );
  await invoke("seldom", { isBad: true });
  for (let run = 1; run < 9; run++) await invoke("seldom");
  expect(await kindsOf("seldom")).toEqual([]);
  await invoke("seldom");
  expect(await warningsOf("seldom")).toMatchObject([{ kind: "errors", severity: "warning", value: 0.1 }]);
});

test("cold starts, where there are many runs", async () => {
  await world.deploy("cold", WAITS);
  await Promise.all([1, 2, 3, 4].map(() => invoke("cold", { ms: 1_500 })));
  expect(await kindsOf("cold")).toEqual([]);
  for (let run = 4; run < 100; run++) await invoke("cold");
  expect(await warningsOf("cold")).toMatchObject([
    { kind: "cold starts", severity: "warning", value: 0.04, threshold: 0.01 },
  ]);
});

test("memory and time near what there is, and far too much of it", async () => {
  await world.deploy(
    "full",
    `const kept = [];
     export const handler = async ({ upToMb }) => {
       while (process.memoryUsage.rss() < upToMb * 1024 * 1024) kept.push(Buffer.alloc(1024 * 1024, 1));
     };`,
    { MemorySize: 256 },
  );
  await invoke("full", { upToMb: 247 });
  expect(await warningsOf("full")).toMatchObject([{ kind: "memory", threshold: 0.95 }]);
  await world.deploy("slow", "export const handler = () => new Promise((done) => setTimeout(done, 2_900));", {
    Timeout: 3,
  });
  await invoke("slow");
  const [slow, ...others] = await warningsOf("slow");
  expect(others).toEqual([]);
  expect(slow).toMatchObject({ kind: "duration", severity: "warning" });
  expect(slow?.value).toBeGreaterThan(0.96);
  await world.deploy("roomy", ANSWERS, { MemorySize: 4_096 });
  for (let run = 0; run < 9; run++) await invoke("roomy");
  expect(await kindsOf("roomy")).toEqual([]);
  await invoke("roomy");
  expect(await warningsOf("roomy")).toMatchObject([{ kind: "too much memory", severity: "advice" }]);
});

test("a run under another timeout says nothing of the one that was set later", async () => {
  await world.deploy("changed", WAITS, { Timeout: 10 });
  await invoke("changed", { ms: 1_100 });
  await world.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: "changed", Timeout: 1 }));
  await invoke("changed");
  expect(await kindsOf("changed")).toEqual([]);
});

test("throttles, and provisioned environments that stand idle", async () => {
  await world.deploy("shut", ANSWERS);
  await world.lambda.send(
    new PutFunctionConcurrencyCommand({ FunctionName: "shut", ReservedConcurrentExecutions: 0 }),
  );
  await expect(invoke("shut")).rejects.toThrow("Rate Exceeded.");
  expect(await warningsOf("shut")).toMatchObject([{ kind: "throttles", severity: "critical", value: 1 }]);
  await world.deploy("ready", ANSWERS);
  const { Version = "" } = await world.lambda.send(new PublishVersionCommand({ FunctionName: "ready" }));
  await world.lambda.send(
    new PutProvisionedConcurrencyConfigCommand({
      FunctionName: "ready",
      Qualifier: Version,
      ProvisionedConcurrentExecutions: 3,
    }),
  );
  await world.nuage.advance("5 minutes");
  await invoke("ready", {}, Version);
  expect(await warningsOf("ready")).toMatchObject([{ kind: "idle provisioned concurrency", value: 1 / 3 }]);
});

test("a shard that is blocked, and what waits behind", async () => {
  const kinesis = world.nuage.client(KinesisClient);
  const StreamName = "clicks";
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  await world.nuage.advance("1 minute");
  const { StreamDescription } = await kinesis.send(new DescribeStreamCommand({ StreamName }));
  await world.deploy("reader", "export const handler = () => { throw new Error('poison'); };");
  await world.lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: "reader",
      EventSourceArn: StreamDescription?.StreamARN,
      StartingPosition: "TRIM_HORIZON",
    }),
  );
  await kinesis.send(new PutRecordCommand({ StreamName, PartitionKey: "a", Data: Buffer.from("{}") }));
  await world.nuage.advance("3 hours");
  const found = await warningsOf("reader");
  expect(found).toContainEqual(
    expect.objectContaining({ kind: "blocked shard", severity: "critical", subject: "stream/clicks" }),
  );
  const old = found.find(({ kind }) => kind === "iterator age");
  expect(old?.value).toBeGreaterThan(2.5 * 3_600_000);
  expect(found.map(({ kind }) => kind)).toContain("errors");
});

test("a loop, work that is left, and calls that could be made at once", async () => {
  const jobs = await world.queue("jobs");
  await world.deploy("again", SENDS(jobs.url));
  await world.connect("again", jobs.arn);
  await world.start("again");
  await world.nuage.advance("5 minutes");
  expect(await kindsOf("again")).toContain("loop");
  await world.deploy("leaves", "export const handler = async () => void setTimeout(() => {}, 60_000);");
  await invoke("leaves");
  await expect.poll(() => kindsOf("leaves"), { timeout: 10_000 }).toEqual(["work left"]);
  await world.deploy(
    "counts",
    `import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
     const sqs = new SQSClient({});
     const count = () => sqs.send(new GetQueueAttributesCommand({ QueueUrl: "${jobs.url}" }));
     export const handler = async ({ atOnce }) => {
       if (atOnce) return void await Promise.all([1, 2, 3].map(count));
       for (let call = 0; call < 3; call++) await count();
     };`,
  );
  const slow = world.nuage.chaos({ kind: "delay", target: "sqs.GetQueueAttributes", delayMs: 30 });
  await invoke("counts", { atOnce: true });
  expect(await kindsOf("counts")).toEqual([]);
  await invoke("counts");
  slow.stop();
  const [inRow, ...others] = await warningsOf("counts");
  expect(others).toEqual([]);
  expect(inRow).toMatchObject({ kind: "calls in a row", severity: "advice" });
  expect(inRow?.what).toContain("3 calls of sqs.GetQueueAttributes jobs one after the other");
  expect((await world.nuage.trace(inRow?.traceId))?.summary.functions).toEqual(["counts"]);
});

test("threads that Python leaves at work, but not those that wait for more", async () => {
  const runtime = { Runtime: "python3.13", Handler: "index.handler" } as const;
  const deploy = (name: string, code: string) =>
    world.deploy(name, "", { ...runtime, Code: { ZipFile: zip({ "index.py": code }) } });
  await deploy(
    "threads",
    `import threading, time
def handler(event, context):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()`,
  );
  await deploy(
    "timer",
    `import threading
def handler(event, context):
    threading.Timer(60, print).start()`,
  );
  await deploy(
    "pool",
    `from concurrent.futures import ThreadPoolExecutor
import queue, threading, time
pool, jobs = ThreadPoolExecutor(), queue.Queue()
def work():
    while True:
        jobs.get()
        jobs.task_done()
def handler(event, context):
    threading.Thread(target=work, daemon=True).start()
    jobs.put(1)
    jobs.join()
    list(pool.map(time.sleep, [0.01, 0.01]))
    time.sleep(0.1)`,
  );
  for (const name of ["threads", "timer", "pool"]) await invoke(name);
  for (const name of ["threads", "timer"])
    await expect.poll(() => kindsOf(name), { timeout: 10_000 }).toEqual(["work left"]);
  expect(await kindsOf("pool")).toEqual([]);
});

test("a runtime that AWS no longer keeps, and a key that takes more than its share", async () => {
  await world.deploy("old", ANSWERS, { Runtime: "nodejs18.x" });
  const [old] = await warningsOf("old");
  expect(old).toMatchObject({ kind: "deprecated runtime", sinceMs: Date.parse("2025-09-01") });
  expect(old?.help).toContain("nodejs24.x");
  const db = world.nuage.client(DynamoDBClient);
  await db.send(
    new CreateTableCommand({
      TableName: "visits",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "page", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "page", KeyType: "HASH" }],
    }),
  );
  const visit = { page: { S: "home" }, seen: { B: new Uint8Array(390_000) } };
  const visits = Array.from({ length: 100 }, () => new PutItemCommand({ TableName: "visits", Item: visit }));
  // All of them within one minute.
  await world.nuage.advance(60_000 - (world.nuage.clock.now() % 60_000));
  await Promise.all(visits.map((put) => db.send(put)));
  await world.nuage.advance("2 minutes");
  const [hot] = await warningsOf("table visits");
  expect(hot).toMatchObject({ kind: "hot key", severity: "warning" });
  expect(hot?.what).toMatch(/^the key "home" took 6\d\d write units a second for a minute$/);
});

test("the command tells the worst first, and how each number came about", async () => {
  const { status, out } = await world.run(warnings, "--explain");
  expect(status).toBe(0);
  const kinds = [...out.matchAll(/^(critical|warning|advice): /gm)].map(([, severity]) => severity);
  expect(kinds).toEqual([...kinds].sort((one, other) => ORDER.indexOf(one) - ORDER.indexOf(other)));
  expect(out).toContain("Of 3 provisioned environments 1 at most");
  const one = await world.run(warnings, "--function", "calm");
  expect(one.out).toBe("Nothing to warn of.\n");
});

const ORDER: readonly (string | undefined)[] = ["critical", "warning", "advice"];
