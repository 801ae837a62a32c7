// What fails outside of handlers is an error too: calls, loops, streams, letters. Stacks are told by sources.
import { CreateStreamCommand, KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import {
  CreateEventSourceMappingCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { transform } from "esbuild";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { IssueDetailView } from "../src/console/errors.ts";
import { nuage as command } from "./cli.ts";
import { createFunction, invoke as run } from "./functions.fixture.ts";
import { zip } from "./zip.ts";

let nuage: Nuage;
let lambda: LambdaClient;
beforeAll(async () => {
  nuage = await startNuage();
  lambda = nuage.client(LambdaClient);
});
afterAll(() => nuage.stop());

const create = (name: string, files: Record<string, string> | string, more: object = {}) =>
  createFunction(lambda, name, files, more);

const invoke = (name: string, payload: unknown = {}, type: "Event" | "RequestResponse" = "Event") =>
  run(lambda, name, payload, type);

const errorsOf = async (name: string) =>
  (await nuage.errors()).filter(({ functionName }) => functionName === name);

async function explain(id: string | undefined): Promise<IssueDetailView> {
  return (await (await fetch(`${nuage.endpoint}/_nuage/errors/${id}`)).json()) as IssueDetailView;
}

const SOURCE = `interface Order { lines?: string[] }

function countOf(order: Order): number {
  return order.lines!.length;
}

export const handler = async (order: Order) => countOf(order);
`;

/** As a build leaves it: minified, with a map beside it or within. */
async function built(source: string, inline: boolean): Promise<Record<string, string>> {
  const { code, map } = await transform(source, {
    loader: "ts",
    format: "esm",
    minify: true,
    keepNames: false,
    sourcemap: inline ? "inline" : "external",
    sourcefile: "../src/orders.ts",
  });
  return inline
    ? { "index.mjs": code }
    : { "index.mjs": `${code}//# sourceMappingURL=index.mjs.map\n`, "index.mjs.map": map };
}

test.each([true, false])(
  "stacks of what was built are told by its sources (map within: %s)",
  async (inline) => {
    const name = `built-${inline}`;
    await create(name, await built(SOURCE, inline));
    await invoke(name);
    await nuage.advance("10 minutes");
    const [error] = await errorsOf(name);
    const { frames, grouped } = await explain(error?.id);
    expect(frames[0]).toMatchObject({
      file: "src/orders.ts",
      line: 4,
      own: true,
      context: { first: 2, lines: expect.arrayContaining(["  return order.lines!.length;"]) },
    });
    expect(frames[0]?.generated).toMatch(/^index\.mjs:1:\d+$/);
    expect(grouped.slice(0, 4)).toEqual(["v2", "handler", name, "TypeError"]);
    expect(grouped[4]).toBe("src/orders.ts return order.lines!.length;");
    const shown = await command(["error", error?.id ?? "", "--endpoint", nuage.endpoint]);
    expect(shown.out).toMatch(/> {4}4 {4}return order\.lines!\.length;/);
  },
);

test.each(["orders.ts", "index.mjs"])("stacks that Node itself tells by the source %s", async (source) => {
  const { code, map } = await transform(SOURCE, {
    ...{ loader: "ts", format: "esm", minify: true, sourcemap: "external", sourcefile: source },
  });
  const name = `mapped-${source.replace(".", "-")}`;
  const files = { "index.mjs": `${code}//# sourceMappingURL=index.mjs.map\n`, "index.mjs.map": map };
  await create(name, files, { Environment: { Variables: { NODE_OPTIONS: "--enable-source-maps" } } });
  await invoke(name, {}, "RequestResponse");
  const [error] = await errorsOf(name);
  const { frames } = await explain(error?.id);
  expect(frames[0]).toMatchObject({
    file: source,
    line: 4,
    context: { first: 2, lines: expect.arrayContaining(["  return order.lines!.length;"]) },
  });
});

test("errors that a function logs and goes on from, but not those it throws after it", async () => {
  await create(
    "logging",
    `export const handler = async ({ how }) => {
       const error = new RangeError("page " + Math.floor(performance.now() * 1e3) + " is missing");
       console.error("could not", error);
       if (how === "throw") throw error;
     };`,
  );
  await invoke("logging", {}, "RequestResponse");
  await invoke("logging", {}, "RequestResponse");
  await invoke("logging", { how: "throw" }, "RequestResponse");
  const errors = (await errorsOf("logging")).map(({ class: kind, events, title }) => [kind, events, title]);
  expect(errors.sort()).toEqual([
    ["handler", 1, expect.stringMatching(/^RangeError: page \d+ is missing$/)],
    ["logged", 2, expect.stringMatching(/^RangeError: page \d+ is missing$/)],
  ]);
});

test("what goes wrong before the handler is there", async () => {
  await create("early", "throw new Error('no settings'); export const handler = async () => {};");
  await invoke("early", {}, "RequestResponse");
  expect(await errorsOf("early")).toMatchObject([{ class: "init", events: 1, failedForGood: 1 }]);
});

test("what is missing is the same error in code that was deployed anew", async () => {
  const files = (comment: string) => ({ "index.mjs": `// ${comment}\nimport "./none.mjs";` });
  await create("missing", files("one"));
  await invoke("missing", {}, "RequestResponse");
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: "missing", ZipFile: zip(files("two")) }));
  await invoke("missing", {}, "RequestResponse");
  const [error, ...others] = await errorsOf("missing");
  expect(others).toEqual([]);
  expect(error).toMatchObject({ class: "import", events: 2 });
  expect(error?.title).toContain("'/var/task/none.mjs' imported from /var/task/index.mjs");
});

test("calls that a function may not make, and those that the SDK tried again", async () => {
  await create(
    "caller",
    `import { SQSClient, ListQueuesCommand } from "@aws-sdk/client-sqs";
     export const handler = async () => {
       await new SQSClient({}).send(new ListQueuesCommand({})).catch(() => {});
     };`,
  );
  const message = "User: r is not authorized to perform: sqs:ListQueues";
  const denied = {
    kind: "error",
    target: "sqs.ListQueues",
    code: "AccessDenied",
    status: 403,
    message,
  } as const;
  const refusing = nuage.chaos(denied);
  await invoke("caller", {}, "RequestResponse");
  refusing.stop();
  const throttling = nuage.chaos({ kind: "throttle", target: "sqs.ListQueues", times: 2 });
  await invoke("caller", {}, "RequestResponse");
  throttling.stop();
  expect((await errorsOf("caller")).sort((one, other) => (one.class < other.class ? -1 : 1))).toMatchObject([
    {
      class: "permission",
      events: 1,
      failedForGood: 1,
      title: expect.stringContaining("sqs.ListQueues"),
    },
    { class: "throttle", events: 1, attempts: 2, recovered: 1, failedForGood: 0 },
  ]);
});

test("loops, and events that had to wait", async () => {
  await create(
    "looping",
    `import { LambdaClient, InvokeCommand } from "@aws-sdk/client-lambda";
     export const handler = async () => {
       const again = new InvokeCommand({ FunctionName: "looping", InvocationType: "Event" });
       await new LambdaClient({}).send(again);
     };`,
  );
  await invoke("looping");
  await nuage.advance("1 minute");
  expect(await errorsOf("looping")).toMatchObject([
    {
      class: "recursion",
      events: 1,
      failedForGood: 1,
      title: "Recursive loop through lambda stopped after 16 rounds",
    },
  ]);
  await create("narrow", "export const handler = () => new Promise((done) => setTimeout(done, 300));");
  await lambda.send(
    new PutFunctionConcurrencyCommand({ FunctionName: "narrow", ReservedConcurrentExecutions: 1 }),
  );
  await Promise.all([invoke("narrow"), invoke("narrow"), invoke("narrow")]);
  await nuage.advance("10 minutes");
  const [throttle, ...others] = await errorsOf("narrow");
  expect(others).toEqual([]);
  expect(throttle).toMatchObject({ class: "throttle", failedForGood: 0 });
  expect(throttle?.recovered).toBe(throttle?.events);
});

test("messages that end as dead letters, and records that block their shard", async () => {
  await create("picky", "export const handler = async () => { throw new Error('never'); };");
  const sqs = nuage.client(SQSClient);
  await sqs.send(new CreateQueueCommand({ QueueName: "dead" }));
  const queue = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: queue("dead"), maxReceiveCount: 2 });
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: "work", Attributes: { RedrivePolicy, VisibilityTimeout: "60" } }),
  );
  await lambda.send(
    new CreateEventSourceMappingCommand({ FunctionName: "picky", EventSourceArn: queue("work") }),
  );
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "{}" }));
  await nuage.advance("10 minutes");
  expect(await errorsOf("picky")).toMatchObject([{ events: 1, attempts: 2, recovered: 0, failedForGood: 1 }]);

  const kinesis = nuage.client(KinesisClient);
  await kinesis.send(new CreateStreamCommand({ StreamName: "steps", ShardCount: 1 }));
  await create("stuck", "export const handler = async () => { throw new Error('poison'); };");
  await nuage.advance("1 minute");
  await lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: "stuck",
      EventSourceArn: "arn:aws:kinesis:us-east-1:000000000000:stream/steps",
      StartingPosition: "TRIM_HORIZON",
    }),
  );
  await kinesis.send(
    new PutRecordCommand({ StreamName: "steps", PartitionKey: "a", Data: Buffer.from("{}") }),
  );
  await nuage.advance("2 minutes");
  expect((await errorsOf("stuck")).map(({ class: kind }) => kind).sort()).toEqual([
    "handler",
    "stream blocked",
  ]);
});

test("errors are followed as they come", async () => {
  await create("followed", "export const handler = async () => { throw new Error('seen'); };");
  const abort = new AbortController();
  const { signal } = abort;
  const following = fetch(`${nuage.endpoint}/_nuage/errors?follow=1&function=followed`, { signal });
  const seen: number[] = [];
  const decoder = new TextDecoder();
  await invoke("followed", {}, "RequestResponse");
  try {
    const answer = await following;
    for await (const chunk of answer.body ?? []) {
      for (const line of decoder.decode(chunk).trim().split("\n")) seen.push(JSON.parse(line).attempts);
      if (seen.length === 1) await invoke("followed", {}, "RequestResponse");
      if (seen.at(-1) === 2) abort.abort();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  expect(seen).toEqual([1, 2]);
});
