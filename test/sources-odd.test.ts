// Functions as they are not meant to be: they leave, they hang, they answer what nobody asked for.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteEventSourceMappingCommand, GetEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import { CreateQueueCommand, DeleteQueueCommand } from "@aws-sdk/client-sqs";
import { strToU8, zipSync } from "fflate";
import { afterAll, describe, expect, it } from "vitest";
import { type Source, useSources } from "./sources.fixture.ts";

const test = useSources();
const HORIZON = { StartingPosition: "TRIM_HORIZON" } as const;
const folder = mkdtempSync(join(tmpdir(), "nuage-odd-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A probe's own code, with something odd done to its records' texts first. */
function odd(does: string) {
  const code = `
const { appendFileSync, existsSync } = require("node:fs");
const textOf = (record) => record.body ?? Buffer.from(record.kinesis?.data ?? "", "base64").toString() +
  (record.dynamodb?.NewImage?.text?.S ?? "");
exports.handler = async (event, context) => {
  const texts = event.Records.map(textOf);
  appendFileSync(process.env.SEEN, JSON.stringify({ request: context.awsRequestId, event, texts }) + "\\n");
  ${does}
};`;
  return { Code: { ZipFile: zipSync({ "index.js": strToU8(code) }) } };
}

const KINDS = [
  ["kinesis", () => test.stream() as Promise<Source>],
  ["dynamodb", () => test.table() as Promise<Source>],
] as const;

describe.each(KINDS)("with a stream of %s", (_kind, create) => {
  it("a function that exits fails like any other: what it cannot do is alone in the end", async () => {
    const probe = await test.probe(odd('if (texts.includes("bad")) process.exit(0);'));
    const source = await create();
    const failures = await test.queue();
    for (const text of ["1", "bad", "3"]) await source.put("a", text);
    const uuid = await test.map(probe, source.arn, {
      ...HORIZON,
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: failures.arn } },
    });
    await test.turn(5_000);
    expect(probe.texts()).toEqual([["1", "bad", "3"], ["1", "bad"], ["1"], ["bad"], ["3"]]);
    const told = (await test.drain(failures.url)).map((text) => JSON.parse(text));
    expect(told.map(({ responseContext }) => responseContext.functionError)).toEqual(["Unhandled"]);
    await test.unmap(uuid);
  });

  it("a window goes on from the state before a function that hung or left", async () => {
    const hangs = join(folder, `hangs-${_kind}`);
    const leaves = join(folder, `leaves-${_kind}`);
    const probe = await test.probe({
      ...odd(`
        if (existsSync(${JSON.stringify(hangs)})) await new Promise(() => setInterval(() => {}, 1000));
        if (existsSync(${JSON.stringify(leaves)})) process.exit(1);
        return { state: { count: (event.state.count ?? 0) + texts.length } };`),
      Timeout: 1,
    });
    const source = await create();
    const uuid = await test.map(probe, source.arn, { ...HORIZON, TumblingWindowInSeconds: 900 });
    await source.put("a", "1");
    await test.nuage.idle();
    for (const [file, text] of [
      [hangs, "2"],
      [leaves, "3"],
    ] as const) {
      writeFileSync(file, "");
      await source.put("a", text);
      await test.nuage.idle();
      rmSync(file);
      expect(existsSync(file)).toBe(false);
      await test.turn(2_000);
    }
    expect(probe.texts()).toEqual([["1"], ["2"], ["2"], ["3"], ["3"]]);
    expect(probe.seen().map(({ event }) => event.state)).toEqual([
      {},
      { count: 1 },
      { count: 1 },
      { count: 2 },
      { count: 2 },
    ]);
    await test.turn(900_000);
    const last = probe.seen().at(-1)?.event;
    expect(last).toMatchObject({ Records: [], isFinalInvokeForWindow: true, state: { count: 3 } });
    await test.unmap(uuid);
  });
});

describe("a mapping that is deleted while its function runs", () => {
  it("of a queue ends when the function has, and its message is done", async () => {
    const probe = await test.probe();
    probe.plan({ waitMs: 300 });
    const { arn, url } = await test.queue();
    const UUID = await test.map(probe, arn, { BatchSize: 1 });
    await test.send(url, "1");
    await expect.poll(() => probe.texts().length, { interval: 2 }).toBe(1);
    const { State } = await test.lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
    expect(State).toBe("Deleting");
    await test.send(url, "2");
    await test.turn(60_000);
    await expect(test.lambda.send(new GetEventSourceMappingCommand({ UUID }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    expect(probe.texts()).toEqual([["1"]]);
    expect(await test.drain(url)).toEqual(["2"]);
    // Another mapping takes what is left.
    await test.send(url, "3");
    const next = await test.map(probe, arn);
    expect(probe.texts().slice(1)).toEqual([["3"]]);
    await test.unmap(next);
  });

  it.each(KINDS)("of %s begins anew from its beginning when it is made again", async (_kind, create) => {
    const probe = await test.probe();
    probe.plan({ waitMs: 300 });
    const source = await create();
    const UUID = await test.map(probe, source.arn, { StartingPosition: "LATEST", BatchSize: 1 });
    await source.put("a", "1");
    await expect.poll(() => probe.texts().length, { interval: 2 }).toBe(1);
    await test.lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
    await test.nuage.idle();
    probe.plan({});
    const next = await test.map(probe, source.arn, HORIZON);
    expect(probe.texts()).toEqual([["1"], ["1"]]);
    await test.unmap(next);
  });
});

it("goes on with a queue that was deleted while a batch was under way, and made again", async () => {
  const probe = await test.probe();
  probe.plan({ waitMs: 300 });
  const { arn, url } = await test.queue();
  const uuid = await test.map(probe, arn);
  await test.send(url, "1");
  await expect.poll(() => probe.texts().length, { interval: 2 }).toBe(1);
  await test.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
  await test.turn(70_000);
  expect((await test.mapping(uuid)).State).toBe("Enabled");
  probe.plan({});
  await test.sqs.send(new CreateQueueCommand({ QueueName: arn.split(":").at(-1) }));
  await test.send(url, "2");
  await test.turn(70_000);
  expect(probe.texts()).toEqual([["1"], ["2"]]);
  await test.unmap(uuid);
});

describe("an answer to a batch", () => {
  const items = (...ids: unknown[]) => ({
    batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
  });
  it.each([
    ["a text", "all done", true],
    ["a number", 42, true],
    ["a list", [], true],
    ["an HTTP response", { statusCode: 500 }, true],
    ["failures that are no list", { batchItemFailures: "1" }, false],
    ["a failure that is nothing", { batchItemFailures: [null] }, false],
    ["a failure that is a number", items(5), false],
    ["a record that it was not given", items("d7b5d3e4-0000-4000-8000-000000000000"), false],
  ])("that is %s", async (_what, answer, isDone) => {
    const probe = await test.probe();
    probe.plan({ answer });
    const { arn, url } = await test.queue({ VisibilityTimeout: "20" });
    const uuid = await test.map(probe, arn, { FunctionResponseTypes: ["ReportBatchItemFailures"] });
    await test.send(url, "1");
    await test.turn(1_000);
    expect(await test.counts(url)).toEqual(isDone ? [0, 0] : [0, 1]);
    probe.plan({});
    await test.turn(30_000);
    expect(await test.counts(url)).toEqual([0, 0]);
    await test.unmap(uuid);
  });
});
