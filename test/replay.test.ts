import {
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  InvokeCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterEach, expect, test } from "vitest";
import { replay } from "../src/cli/replay.ts";
import type { ReplayEnd, Replayed } from "../src/delivery/replay.ts";
import { type Deliveries, startDeliveries } from "./deliveries.fixture.ts";
import { zip } from "./zip.ts";

let world: Deliveries;
afterEach(() => world.nuage.stop());

/** Sends kept events again and gives the documents that say so. */
async function sendAgain(query: string): Promise<{ events: Replayed[]; end: ReplayEnd | undefined }> {
  const response = await fetch(`${world.nuage.endpoint}/_nuage/replay?${query}`, { method: "POST" });
  const lines = (await response.text()).split("\n").filter((line) => line !== "");
  const documents = lines.map((line) => JSON.parse(line) as Replayed | ReplayEnd);
  return {
    events: documents.filter((each) => each.kind === "event"),
    end: documents.find((each) => each.kind === "end"),
  };
}

const FAILS = `
import { ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
const s3 = new S3Client({ forcePathStyle: true });
export const handler = async ({ order }) => {
  await s3.send(new ListObjectsV2Command({ Bucket: "orders" }));
  if (order % 2) throw new TypeError("odd order " + order);
  return { order, total: 10 };
};`;
const MENDED = FAILS.replace(
  /if \(order.*\n/,
  'await s3.send(new PutObjectCommand({ Bucket: "orders", Key: String(order), Body: "" }));\n',
).replace("total: 10", "total: 12");

async function deployOrders(): Promise<void> {
  await world.nuage.client(S3Client).send(new CreateBucketCommand({ Bucket: "orders" }));
  await world.deploy("orders", FAILS);
  for (const order of [1, 2, 3]) await world.start("orders", { order });
  await world.nuage.advance("10 minutes");
}

test("events that failed are sent to mended code, and what is different is told", async () => {
  world = await startDeliveries();
  await deployOrders();
  await world.lambda.send(
    new UpdateFunctionCodeCommand({
      FunctionName: "orders",
      ZipFile: zip({ "index.mjs": MENDED }),
      Publish: true,
    }),
  );
  await world.lambda.send(
    new CreateAliasCommand({ FunctionName: "orders", Name: "next", FunctionVersion: "1" }),
  );

  const dry = await sendAgain("function=orders&failed=1&dry=1");
  expect(dry.events.map(({ before, after, attempt }) => [before.errorType, after, attempt])).toEqual([
    ["TypeError", undefined, 3],
    ["TypeError", undefined, 3],
  ]);
  expect(dry.end).toEqual({ kind: "end", found: 2, sent: 0, more: false, evicted: 0 });

  const { events, end } = await sendAgain("function=orders&failed=1&since=1h&to=next");
  expect(end).toMatchObject({ found: 2, sent: 2 });
  expect(events.map(({ after }) => JSON.parse(after?.result ?? ""))).toEqual([
    { order: 1, total: 12 },
    { order: 3, total: 12 },
  ]);
  expect(events[0]).toMatchObject({
    functionName: "orders",
    source: "lambda",
    before: { failed: true, errorType: "TypeError", version: "$LATEST" },
    after: { failed: false, version: "1" },
    difference: {
      sameResult: false,
      calls: [{ call: "s3.PutObject orders/1", before: 0, after: 1, failedBefore: 0, failedAfter: 0 }],
    },
  });
  expect(events[0]?.difference?.changes).toContainEqual({ path: "$.total", after: "12" });
  expect(events[0]?.after?.requestId).not.toBe(events[0]?.before.requestId);

  // The replays are events as well, and succeeded: the two that failed have failed for good.
  expect((await sendAgain("function=orders&failed=1&dry=1")).events).toHaveLength(2);
  expect((await sendAgain("function=orders&dry=1")).events).toHaveLength(5);
});

test("one event is sent again by the beginning of its request id; the same comes out", async () => {
  world = await startDeliveries();
  await deployOrders();
  const { events } = await sendAgain("function=orders&dry=1");
  const second = events.find(({ before }) => !before.failed);
  const { status, out } = await world.run(replay, second?.before.requestId.slice(0, 13) ?? "");
  expect(status).toBe(0);
  expect(out).toContain("same result");
  expect(out).toContain("same calls");
  expect(out).toContain("1 of 1 event sent.");
  const again = await world.run(replay, "--function", "orders", "--failed", "--limit", "1");
  expect(again.status).toBe(1);
  expect(again.out).toMatch(/before {2}TypeError .* 1 call {2}version \$LATEST/);
  expect(again.out).toContain("More events match");
});

test("synchronous invocations and batches of sources are kept too, and go where they went", async () => {
  world = await startDeliveries();
  await world.deploy(
    "counts",
    `export const handler = async ({ Records, n }, { invokedFunctionArn }) =>
       ({ n: Records?.length ?? n, invokedFunctionArn });`,
  );
  await world.lambda.send(new PublishVersionCommand({ FunctionName: "counts" }));
  await world.lambda.send(
    new InvokeCommand({ FunctionName: "counts", Qualifier: "1", Payload: JSON.stringify({ n: 7 }) }),
  );
  const jobs = await world.queue("jobs");
  await world.connect("counts", jobs.arn);
  await world.sqs.send(new SendMessageCommand({ QueueUrl: jobs.url, MessageBody: "job" }));
  await world.nuage.idle();
  const { events } = await sendAgain("function=counts");
  expect(
    events.map(({ after, difference }) => [JSON.parse(after?.result ?? ""), difference?.sameResult]),
  ).toEqual([
    [{ n: 7, invokedFunctionArn: expect.stringMatching(/:counts:1$/) }, true],
    [{ n: 1, invokedFunctionArn: expect.stringMatching(/:counts$/) }, true],
  ]);
});

const FAILS_SOME = `
export const handler = async ({ Records }) => ({
  batchItemFailures: Records.filter(({ body }) => body.startsWith("bad"))
    .map(({ messageId }) => ({ itemIdentifier: messageId })),
});`;

test("a message is one event, however often it was received, and with whatever others", async () => {
  world = await startDeliveries();
  await world.deploy("batches", FAILS_SOME);
  const jobs = await world.queue("jobs", { VisibilityTimeout: "30" });
  const ids = new Map<string, string>();
  for (const MessageBody of ["good 1", "bad 1", "bad 2", "good 2"]) {
    const { MessageId = "" } = await world.sqs.send(
      new SendMessageCommand({ QueueUrl: jobs.url, MessageBody }),
    );
    ids.set(MessageBody, MessageId);
  }
  await world.lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: "batches",
      EventSourceArn: jobs.arn,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    }),
  );
  await world.nuage.idle();
  await world.nuage.advance("100 s");
  const idsOf = (...bodies: string[]) => bodies.map((body) => ids.get(body) ?? "").sort();
  const meant = ({ events }: Awaited<ReturnType<typeof sendAgain>>) =>
    events.flatMap(({ records = [] }) => records).sort();

  // Four messages: two of them failed at each of their receives, and count once.
  const all = await sendAgain("function=batches&dry=1");
  expect(meant(all)).toEqual(idsOf("good 1", "good 2", "bad 1", "bad 2"));
  const failed = await sendAgain("function=batches&failed=1&dry=1");
  expect(meant(failed)).toEqual(idsOf("bad 1", "bad 2"));
  expect(failed.events.every(({ attempt }) => attempt >= 3)).toBe(true);

  // One message by its id, at its last receive; it alone is sent, to code that can do it.
  const [id = ""] = idsOf("bad 2");
  await world.lambda.send(
    new UpdateFunctionCodeCommand({
      FunctionName: "batches",
      ZipFile: zip({
        "index.mjs": "export const handler = async ({ Records }) => Records.map((r) => r.body);",
      }),
    }),
  );
  const { events, end } = await sendAgain(`event=${id}`);
  expect(end).toMatchObject({ found: 1, sent: 1 });
  expect(events[0]).toMatchObject({ records: [id], source: "sqs" });
  expect(JSON.parse(events[0]?.after?.result ?? "")).toEqual(["bad 2"]);
  const { out } = await world.run(replay, "--function", "batches", "--failed", "--dry");
  expect(out).toMatch(/from sqs at .*, \d records?, attempt \d/);
});

test("secrets are masked before an event is kept", async () => {
  world = await startDeliveries({ redact: ["^password$", "token"] });
  await world.deploy("says", "export const handler = async (event) => event;");
  const body = JSON.stringify({ accessToken: "hidden", note: "seen" });
  const data = Buffer.from(JSON.stringify({ password: "hidden" })).toString("base64");
  await world.start("says", { user: "u", password: "hidden", Records: [{ body }, { kinesis: { data } }] });
  const { events } = await sendAgain("function=says");
  const sent = JSON.parse(events[0]?.after?.result ?? "");
  expect(sent).toMatchObject({ user: "u", password: "***" });
  expect(JSON.parse(sent.Records[0].body)).toEqual({ accessToken: "***", note: "seen" });
  expect(Buffer.from(sent.Records[1].kinesis.data, "base64").toString()).toBe('{"password":"***"}');
  expect(JSON.stringify(events)).not.toContain("hidden");
});

test("what cannot be sent says why", async () => {
  world = await startDeliveries();
  await world.deploy("f", "export const handler = async () => 'x'.repeat(10);");
  await world.start("f", { n: 1 });
  const reason = async (query: string) => (await sendAgain(query)).events[0]?.reason;
  expect(await reason("function=f&to=nope")).toMatch(
    /^There is no function, version or alias arn:.*:f:nope\.$/,
  );
  await world.lambda.send(
    new PutFunctionConcurrencyCommand({ FunctionName: "f", ReservedConcurrentExecutions: 0 }),
  );
  expect(await reason("function=f")).toBe("TooManyRequestsException: Rate Exceeded.");
  const large = await world.deploy("large", "export const handler = async () => null;");
  await world.lambda.send(
    new InvokeCommand({ FunctionName: large, Payload: JSON.stringify("x".repeat(2_000_000)) }),
  );
  expect(await reason("function=large")).toBe("The event was too large to be kept (2000002 bytes).");
  for (const [query, status] of [
    ["event=ffffffff", 404],
    ["", 400],
    ["function=f&sinse=1h", 400],
    ["function=f&since=tomorrow", 400],
  ] as const) {
    const answer = await fetch(`${world.nuage.endpoint}/_nuage/replay?${query}`, { method: "POST" });
    expect([query, answer.status]).toEqual([query, status]);
  }
});
