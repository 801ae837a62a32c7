// What fails is one error however often it is tried, counted by events.
import {
  CreateEventSourceMappingCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { CreateQueueCommand, SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
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

const create = (name: string, code: string, more: object = {}) => createFunction(lambda, name, code, more);

const invoke = (name: string, payload: unknown, type: "Event" | "RequestResponse") =>
  run(lambda, name, payload, type);

const errorsOf = async (name: string) =>
  (await nuage.errors()).filter(({ functionName }) => functionName === name);

test("three tries at an event are one error, which recovers or does not", async () => {
  await create(
    "retried",
    `let tries = 0;
     export async function handler({ order, fails }) {
       if (++tries <= fails || fails === "always") parse(order);
       return "fine";
     }
     function parse(order) { throw new TypeError("order " + order + " has no lines"); }`,
  );
  await invoke("retried", { order: 1, fails: 2 }, "Event");
  await nuage.advance("10 minutes");
  await invoke("retried", { order: 77, fails: "always" }, "Event");
  await nuage.advance("10 minutes");
  await invoke("retried", { order: 5, fails: "always" }, "RequestResponse");
  const [error, ...others] = await errorsOf("retried");
  expect(others).toEqual([]);
  expect(error).toMatchObject({
    class: "handler",
    title: "TypeError: order 5 has no lines",
    state: "new",
    events: 3,
    attempts: 6,
    recovered: 1,
    failedForGood: 2,
    versions: ["$LATEST"],
  });
});

test("each class is told, and different places are different errors", async () => {
  await create(
    "various",
    `export async function handler({ how }) {
       if (how === "slow") await new Promise((done) => setTimeout(done, 60_000));
       if (how === "exit") process.exit(3);
       if (how === "large") return "x".repeat(7_000_000);
       if (how === "denied") throw Object.assign(new Error("no"), { name: "AccessDeniedException" });
       if (how === "throttled") throw Object.assign(new Error("slow"), { name: "ThrottlingException" });
       return one(how);
     }
     const one = (how) => (how === "here" ? here() : there());
     const here = () => { throw new Error("same words"); };
     const there = () => { throw new Error("same words"); };`,
    { Timeout: 1 },
  );
  for (const how of ["slow", "exit", "large", "denied", "throttled", "here", "there", "here"])
    await invoke("various", { how }, "RequestResponse");
  await create("broken", "import './none.mjs'; export const handler = async () => {};");
  await invoke("broken", {}, "RequestResponse");
  const counts = (await errorsOf("various")).map((error) => [error.class, error.events]).sort();
  expect(counts).toEqual([
    ["exit", 1],
    ["handler", 1],
    ["handler", 2],
    ["payload", 1],
    ["permission", 1],
    ["throttle", 1],
    ["timeout", 1],
  ]);
  expect(await errorsOf("broken")).toMatchObject([{ class: "import", events: 1, failedForGood: 1 }]);
});

test("what one function throws in two places are two errors, wherever their lines have moved", async () => {
  const code = (above: string) => `${above}
    export const handler = async ({ how }) => {
      if (how === "lost") throw new Error("no order " + Math.floor(performance.now() * 1e3));
      throw new Error("declined");
    };`;
  await create("places", code(""));
  for (const how of ["lost", "lost", "paid"]) await invoke("places", { how }, "RequestResponse");
  const ZipFile = zip({ "index.mjs": code("// more\n\n") });
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: "places", ZipFile }));
  await invoke("places", { how: "lost" }, "RequestResponse");
  const errors = (await errorsOf("places")).map(({ title, events }) => [events, title]);
  expect(errors.sort()).toEqual([
    [1, "Error: declined"],
    [3, expect.stringMatching(/^Error: no order \d+$/)],
  ]);
});

test("records of a batch are events of their own", async () => {
  const sqs = nuage.client(SQSClient);
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: "orders", Attributes: { VisibilityTimeout: "30" } }),
  );
  await create(
    "batches",
    `const seen = new Set();
     export const handler = async ({ Records }) => ({
       batchItemFailures: Records.filter(({ body, messageId }) =>
         body === "bad" || (body === "shy" && !seen.has(messageId) && seen.add(messageId)),
       ).map(({ messageId }) => ({ itemIdentifier: messageId })),
     });`,
    { Timeout: 5 },
  );
  await lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: "batches",
      EventSourceArn: "arn:aws:sqs:us-east-1:000000000000:orders",
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    }),
  );
  const Entries = ["good", "bad", "shy"].map((MessageBody, at) => ({ Id: `m${at}`, MessageBody }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  await nuage.advance("40 seconds");
  expect(await errorsOf("batches")).toMatchObject([
    { class: "partial batch", events: 2, recovered: 1, attempts: 2 },
  ]);
});

test("what is resolved regresses when it is seen again", async () => {
  const code = "export const handler = async () => { throw new Error('again'); };";
  await create("again", code);
  await invoke("again", {}, "RequestResponse");
  const [{ id = "" } = {}] = await errorsOf("again");
  const decide = (decision: string) =>
    fetch(`${nuage.endpoint}/_nuage/errors/${id}?decision=${decision}`, { method: "POST" });
  expect(await (await decide("resolve")).json()).toMatchObject({ state: "resolved" });
  await nuage.advance("1 minute");
  expect(await errorsOf("again")).toMatchObject([{ state: "resolved" }]);
  const ZipFile = zip({ "index.mjs": `// moved down\n\n${code}` });
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: "again", ZipFile }));
  await invoke("again", {}, "RequestResponse");
  expect(await errorsOf("again")).toMatchObject([{ id, state: "regressed", events: 2 }]);
  expect((await decide("ignore")).status).toBe(200);
  expect((await errorsOf("again"))[0]?.state).toBe("ignored");
  expect((await decide("reopen")).status).toBe(200);
  expect((await errorsOf("again"))[0]?.state).toBe("new");
  expect((await decide("forget")).status).toBe(400);
});

test("the command lists errors, and explains one", async () => {
  await create(
    "explained",
    "export const handler = async () => deep(); const deep = () => { throw new Error('x'); };",
  );
  await invoke("explained", { order: 9 }, "Event");
  await nuage.advance("10 minutes");
  const list = await command(["errors", "--endpoint", nuage.endpoint, "--function", "explained"]);
  expect(list.out).toMatch(/new +handler +explained +1 +3 +0 +1 +Error: x/);
  const [id = ""] = /^[0-9a-f]{12}/m.exec(list.out) ?? [];
  const one = await command(["errors", id.slice(0, 6), "--endpoint", nuage.endpoint]);
  expect(one.out).toContain("1 event struck, in 3 tries: 0 went well later, 1 failed for good");
  expect(one.out).toMatch(/deep {2}index\.mjs:1\n +Runtime\.handler {2}index\.mjs:1|deep {2}index\.mjs:1/);
  expect(one.out).toContain('{"order":9}');
  expect(one.out.match(/\+1 min 0 s|\+2 min 0 s/g)).toHaveLength(2);
  const resolved = await command(["errors", id, "--resolve", "--endpoint", nuage.endpoint]);
  expect(resolved.out).toBe(`${id} is resolved.\n`);
  const none = await command(["errors", "ffffff", "--endpoint", nuage.endpoint]);
  expect([none.code, none.err]).toEqual([1, "nuage: There is no error ffffff.\n"]);
});
