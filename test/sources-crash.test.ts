// Killed at any point, the platform loses no record: each is done, or in one failure record at least.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { CreateStreamCommand, KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { UpdateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import { startNuage } from "nuage/testing";
import { expect, it } from "vitest";
import { fill, type TestSources } from "./sources.fixture.ts";

const KILLS = 3;

interface Child {
  readonly endpoint: string;
  kill(): Promise<void>;
}

async function startChild(data: string): Promise<Child> {
  const program = fileURLToPath(new URL("./sources-crash.fixture.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", program, data], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, endpoint = ""] = line.split(" ");
    if (word !== "ready") continue;
    return {
      endpoint,
      async kill() {
        child.kill("SIGKILL");
        await ended;
      },
    };
  }
  throw new TypeError("the platform did not start");
}

/** The words of the fixture, spoken to a platform in another process. */
function wordsFor(endpoint: string, folder: string): TestSources {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const nuage = {
    endpoint,
    client: (type: new (config: object) => object) =>
      new type({ endpoint, region: "us-east-1", credentials }),
    idle: async () => {},
    advance: async () => {},
  };
  const test = { nuage } as unknown as TestSources;
  fill(test, folder);
  return test;
}

it("loses no record of a queue or a stream when it is killed, over and over", async () => {
  const data = await mkdtemp(join(tmpdir(), "nuage-sources-data-"));
  const folder = await mkdtemp(join(tmpdir(), "nuage-sources-seen-"));
  const sent = { queue: [] as string[], stream: [] as string[] };
  try {
    let child = await startChild(data);
    let words = wordsFor(child.endpoint, folder);
    const ofQueue = await words.probe({ FunctionName: "of-queue" });
    const ofStream = await words.probe({ FunctionName: "of-stream" });
    for (const probe of [ofQueue, ofStream]) probe.plan({ waitMs: 5, poison: ["bad"] });
    const queue = await words.queue({ VisibilityTimeout: "30" });
    const failures = await words.queue();
    const kinesis = () => words.nuage.client(KinesisClient);
    await kinesis().send(new CreateStreamCommand({ StreamName: "s", ShardCount: 2 }));
    const arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
    await expect
      .poll(
        () =>
          words
            .map(ofStream, arn, {
              StartingPosition: "TRIM_HORIZON",
              BatchSize: 4,
              BisectBatchOnFunctionError: true,
              MaximumRetryAttempts: 0,
              DestinationConfig: { OnFailure: { Destination: failures.arn } },
            })
            .then(
              () => true,
              () => false,
            ),
        { timeout: 10_000 },
      )
      .toBe(true);
    await words.map(ofQueue, queue.arn, { BatchSize: 3 });
    for (let run = 0; run < KILLS; run++) {
      const before = ofStream.seen().length;
      for (let n = 0; n < 12; n++) {
        const text = `${run}-${n}${n % 5 === 3 ? "-bad" : ""}`;
        const Records = [{ PartitionKey: `k${n % 4}`, Data: Buffer.from(text) }];
        await kinesis().send(new PutRecordsCommand({ StreamName: "s", Records }));
        sent.stream.push(text);
        const body = `q${run}-${n}`;
        await words.send(queue.url, body);
        sent.queue.push(body);
      }
      // In the middle of it, at a place of its own each time.
      await expect.poll(() => ofStream.seen().length, { timeout: 10_000 }).toBeGreaterThan(before + run * 2);
      await child.kill();
      if (run === KILLS - 1) break;
      child = await startChild(data);
      words = wordsFor(child.endpoint, folder);
    }
    const nuage = await startNuage({ data });
    const last = { nuage } as TestSources;
    fill(last, folder);
    await nuage.idle();
    // What was in flight when the process was killed shows itself again.
    await nuage.advance(120_000);
    const done = (seen: typeof ofStream) =>
      new Set(seen.seen().flatMap(({ texts, failed }) => (failed ? [] : texts)));
    expect(sent.queue.filter((text) => !done(ofQueue).has(text))).toEqual([]);
    const good = sent.stream.filter((text) => !text.endsWith("bad"));
    expect(good.filter((text) => !done(ofStream).has(text))).toEqual([]);
    const told = (await last.drain(failures.url.replace(/^http:\/\/[^/]+/, nuage.endpoint))).map((text) =>
      JSON.parse(text),
    );
    const given = new Set(told.map(({ KinesisBatchInfo: info }) => info.startSequenceNumber));
    expect(given.size).toBe(sent.stream.length - good.length);
    expect(await last.counts(queue.url.replace(/^http:\/\/[^/]+/, nuage.endpoint))).toEqual([0, 0]);
    await nuage.stop();
  } finally {
    await rm(data, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);

it("keeps the order of each key when it is killed while mappings change", async () => {
  const data = await mkdtemp(join(tmpdir(), "nuage-sources-data-"));
  const folder = await mkdtemp(join(tmpdir(), "nuage-sources-seen-"));
  const changes = [
    { ParallelizationFactor: 4, BatchSize: 1 },
    { ParallelizationFactor: 2, BatchSize: 3 },
    { ParallelizationFactor: 3, Enabled: true },
  ];
  const sent: string[] = [];
  try {
    let child = await startChild(data);
    let words = wordsFor(child.endpoint, folder);
    const probe = await words.probe({ FunctionName: "f" });
    probe.plan({ waitMs: 20 });
    const { arn, put } = await words.table();
    const uuid = await words.map(probe, arn, { StartingPosition: "TRIM_HORIZON", BatchSize: 2 });
    let write = put;
    for (const [run, change] of changes.entries()) {
      for (let n = 0; n < 12; n++) {
        const text = `key${n % 4}/${String(sent.length).padStart(3, "0")}`;
        sent.push(text);
        await write(`key${n % 4}/`, text);
      }
      const before = probe.seen().length;
      await expect.poll(() => probe.seen().length, { interval: 1, timeout: 10_000 }).toBeGreaterThan(before);
      // It may still be on its way to what the change before it asked for.
      const update = new UpdateEventSourceMappingCommand({ UUID: uuid, ...change });
      await expect
        .poll(() => words.lambda.send(update).then(() => "done", String), { timeout: 10_000 })
        .toBe("done");
      await child.kill();
      if (run === changes.length - 1) break;
      child = await startChild(data);
      words = wordsFor(child.endpoint, folder);
      const { dynamodb } = words;
      write = async (key, text) => {
        const Item = { id: { S: key }, text: { S: text } };
        const TableName = arn.split("/")[1];
        await dynamodb.send(new PutItemCommand({ TableName, Item }));
      };
    }
    const nuage = await startNuage({ data });
    await nuage.idle();
    await nuage.advance(60_000);
    await nuage.stop();
    const done = [...new Set(probe.texts().flat())];
    expect([...done].sort()).toEqual([...sent].sort());
    for (let key = 0; key < 4; key++) {
      const own = done.filter((text) => text.startsWith(`key${key}/`));
      expect(own).toEqual([...own].sort());
    }
  } finally {
    await rm(data, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);
