// What the platform sees, sent to a collector of OpenTelemetry when it is asked to.

import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { CreateEventSourceMappingCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateQueueCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { type Nuage, type OtlpGiven, startNuage } from "nuage/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLog } from "../src/kernel/log.ts";
import { readOtlpTarget } from "../src/kernel/otlp-target.ts";
import { Lane } from "../src/observe/export/lane.ts";
import { nuage as command, startPlatform } from "./cli.ts";
import { type Collector, hex, openCollector, pairs, recordsOf } from "./collector.fixture.ts";
import { createFunction } from "./functions.fixture.ts";

let collector: Collector;
beforeEach(async () => {
  collector = await openCollector();
});
afterEach(() => collector.close());

const QUEUE_ARN = "arn:aws:sqs:us-east-1:000000000000:bills";

/** A function that sends to a queue, and one that reads it and fails once. */
async function build(nuage: Nuage) {
  const lambda = nuage.client(LambdaClient);
  const sqs = nuage.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "bills" }));
  const create = (name: string, code: string) => createFunction(lambda, name, code, { MemorySize: 256 });
  await create(
    "order",
    `import { SQSClient, SendMessageCommand } from "@aws-sdk/client-sqs";
     const sqs = new SQSClient({});
     export const handler = async (event) => {
       console.warn("sending a bill");
       await sqs.send(new SendMessageCommand({ QueueUrl: "${QueueUrl}", MessageBody: "bill" }));
     };`,
  );
  await create(
    "bill",
    `export const handler = async ({ Records }) => {
       if (Records[0].body === "bad") throw new TypeError("no price");
     };`,
  );
  await lambda.send(new CreateEventSourceMappingCommand({ FunctionName: "bill", EventSourceArn: QUEUE_ARN }));
  return { lambda, sqs, QueueUrl };
}

async function run(otlp: string | OtlpGiven): Promise<void> {
  const nuage = await startNuage({ otlp });
  const { lambda, sqs, QueueUrl } = await build(nuage);
  await lambda.send(new InvokeCommand({ FunctionName: "order" }));
  await nuage.idle();
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "bad" }));
  await nuage.idle();
  await nuage.client(CloudWatchClient).send(
    new PutMetricDataCommand({
      Namespace: "Shop",
      MetricData: [{ MetricName: "Price", Value: 12.5, Dimensions: [{ Name: "Kind", Value: "book" }] }],
    }),
  );
  await nuage.advance("2 minutes");
  await nuage.stop();
}

test("traces, logs and metrics of an application reach the collector", async () => {
  await run({ url: `${collector.url}/`, headers: { "x-key": "secret" } });
  for (const { headers } of collector.taken) {
    expect(headers).toMatchObject({
      "content-type": "application/x-protobuf",
      "content-encoding": "gzip",
      "x-key": "secret",
    });
  }
  const spans = recordsOf(collector.taken, "traces");
  const named = (name: string) => spans.filter(({ message }) => message.text(5) === name);
  const [order] = named("order");
  const root = hex(order?.message.bytes(1));
  expect(order?.resource).toMatchObject({
    "service.name": "order",
    "cloud.provider": "aws",
    "cloud.platform": "aws_lambda",
    "cloud.account.id": "000000000000",
    "cloud.region": "us-east-1",
    "faas.name": "order",
    "faas.version": "$LATEST",
    "faas.max_memory": 256 * 1024 ** 2,
  });
  expect(order?.attributes).toMatchObject({ "faas.coldstart": true, "faas.trigger": "other" });
  const ofTrace = spans.filter(({ message }) => hex(message.bytes(1)) === root);
  const parentOf = (name: string) => {
    const span = ofTrace.find(({ message }) => message.text(5) === name);
    const parent = hex(span?.message.bytes(4));
    return ofTrace.find(({ message }) => hex(message.bytes(2)) === parent)?.message.text(5);
  };
  // From the call to the second function all is one trace.
  expect(parentOf("order")).toBe("lambda.Invoke");
  expect(parentOf("sqs.SendMessage")).toBe("order");
  expect(parentOf("wait bill")).toBe("sqs.SendMessage");
  expect(parentOf("bill")).toBe("wait bill");
  const kinds = Object.fromEntries(ofTrace.map(({ message }) => [message.text(5), message.whole(6)]));
  expect(kinds).toMatchObject({
    "lambda.Invoke": 2n,
    order: 2n,
    "sqs.SendMessage": 3n,
    "wait bill": 5n,
    bill: 5n,
    "init order": 1n,
  });
  const send = ofTrace.find(({ message }) => message.text(5) === "sqs.SendMessage");
  expect(send?.resource["service.name"]).toBe("order");
  expect(send?.attributes).toMatchObject({
    "rpc.system": "aws-api",
    "rpc.method": "SendMessage",
    "messaging.destination.name": "bills",
    "http.response.status_code": 200,
  });
  for (const { message } of spans) {
    const [start = 0n, end = 0n] = [message.fixed64(7), message.fixed64(8)];
    expect(end >= start && start > 1_700_000_000_000_000_000n).toBe(true);
  }
  const failed = named("bill").find(({ message }) => message.messages(15)[0]?.whole(3) === 2n);
  expect(failed?.attributes["error.type"]).toBe("TypeError");
  const [exception] = failed?.message.messages(11) ?? [];
  expect(exception?.text(2)).toBe("exception");
  expect(pairs(exception?.messages(3) ?? [])).toMatchObject({
    "exception.type": "TypeError",
    "exception.message": "no price",
  });

  const lines = recordsOf(collector.taken, "logs");
  const said = lines.find(({ message }) => message.messages(5)[0]?.text(1)?.includes("sending a bill"));
  expect(said?.message.whole(2)).toBe(13n);
  expect(said?.message.text(3)).toBe("WARN");
  expect(hex(said?.message.bytes(9))).toBe(root);
  expect(hex(said?.message.bytes(10))).toBe(hex(order?.message.bytes(2)));
  expect(said?.resource["service.name"]).toBe("order");

  const metrics = recordsOf(collector.taken, "metrics").map(({ message }) => {
    const points = message.messages(11).flatMap((summary) => summary.messages(1));
    return {
      name: message.text(1),
      unit: message.text(3),
      count: points[0]?.fixed64(4),
      sum: points[0]?.double(5),
      labels: pairs(points[0]?.messages(7) ?? []),
    };
  });
  expect(metrics).toContainEqual({
    name: "amazonaws.com/AWS/Lambda/Invocations",
    unit: "{Count}",
    count: 1n,
    sum: 1,
    labels: { Namespace: "AWS/Lambda", MetricName: "Invocations", FunctionName: "order" },
  });
  expect(metrics).toContainEqual({
    name: "amazonaws.com/Shop/Price",
    unit: "1",
    count: 1n,
    sum: 12.5,
    labels: { Namespace: "Shop", MetricName: "Price", Kind: "book" },
  });
  expect(metrics.find(({ name }) => name === "amazonaws.com/AWS/Lambda/Duration")?.unit).toBe("ms");
});

test("the same as JSON, of the signals that are wanted", async () => {
  await run({ url: collector.url, protocol: "http/json", compression: "none", signals: ["traces"] });
  expect(new Set(collector.taken.map(({ signal }) => signal))).toEqual(new Set(["traces"]));
  expect(collector.taken[0]?.headers["content-type"]).toBe("application/json");
  const spans = collector.taken
    .map(({ body }) => JSON.parse(body.toString()))
    .flatMap(({ resourceSpans }) => resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans);
  expect(spans.find(({ name }) => name === "bill")).toMatchObject({
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
    parentSpanId: expect.stringMatching(/^[0-9a-f]{16}$/),
    kind: 5,
    startTimeUnixNano: expect.stringMatching(/^\d{19}$/),
    attributes: expect.arrayContaining([{ key: "faas.trigger", value: { stringValue: "pubsub" } }]),
  });
});

test("messages of several traces in one batch are linked", async () => {
  const nuage = await startNuage({ otlp: { url: collector.url, signals: ["traces"] } });
  const lambda = nuage.client(LambdaClient);
  const { sqs, QueueUrl } = await build(nuage);
  await sqs.send(new CreateQueueCommand({ QueueName: "slow" }));
  await lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: "order",
      EventSourceArn: QUEUE_ARN.replace("bills", "slow"),
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: 20,
    }),
  );
  const url = QueueUrl?.replace("bills", "slow");
  await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "1" }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: [{ Id: "a", MessageBody: "2" }] }));
  await nuage.advance("1 minute");
  await nuage.stop();
  const spans = recordsOf(collector.taken, "traces");
  const wait = spans.find(({ message }) => message.text(5) === "wait order");
  const other = spans.find(({ message }) => message.text(5) === "sqs.SendMessageBatch");
  const [link] = wait?.message.messages(13) ?? [];
  expect(hex(link?.bytes(1))).toBe(hex(other?.message.bytes(1)));
  expect(hex(link?.bytes(2))).toBe(hex(other?.message.bytes(2)));
});

test("what is refused for now is sent again, and what is lost is counted", async () => {
  const platform = await startPlatform(["--ephemeral", "--otlp", collector.url, "--otlp-signals", "traces"]);
  const list = () => command(["aws", "s3", "ls", "--endpoint", platform.endpoint]);
  collector.answers.push({ status: 503, headers: { "retry-after": "0" }, body: "busy" });
  await list();
  await collector.requests(2);
  const [first, again] = collector.taken;
  expect(again?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
  const status = async () => (await command(["status", "--endpoint", platform.endpoint])).out;
  while (!/traces +[1-9]\d* sent\n/.test(await status()));
  expect(await status()).not.toContain("last problem");
  collector.answers.push({ status: 400, body: "no such tenant" });
  await list();
  await collector.requests(3);
  while (!(await status()).includes("dropped"));
  expect(await status()).toMatch(/OTLP +http.*, http\/protobuf\n +traces +\d+ sent.*, 1 dropped\n/);
  expect(await status()).toContain("last problem: 400 no such tenant");
  expect(await platform.end("SIGTERM")).toBe(0);
  expect(platform.output()).toContain(
    "traces were not sent to the OTLP collector problem=400 no such tenant",
  );
});

test("stopping does not wait for a collector that is gone, and tells what was lost", async () => {
  const gone = await openCollector();
  await gone.close();
  const platform = await startPlatform(["--ephemeral", "--otlp", gone.url]);
  await command(["aws", "s3", "ls", "--endpoint", platform.endpoint]);
  expect(await platform.end("SIGTERM")).toBe(0);
  expect(platform.output()).toMatch(
    /traces were not sent to the OTLP collector problem=.*ECONNREFUSED.* dropped=\d/,
  );
});

test("the standard variables are for the applications, unless the platform is told to use them", async () => {
  const variables = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: "api-key=a%20b",
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
  };
  for (const args of [["--ephemeral"], ["--ephemeral", "--otlp", "env"]]) {
    const platform = await startPlatform(args, variables);
    await command(["aws", "s3", "ls", "--endpoint", platform.endpoint]);
    await platform.end("SIGTERM");
    expect(collector.taken.length > 0).toBe(args.length === 3);
  }
  expect(collector.taken[0]?.headers).toMatchObject({ "api-key": "a b", "content-type": "application/json" });
  const refusal = await command(["start", "--otlp", "env"], { OTEL_EXPORTER_OTLP_ENDPOINT: "" });
  expect([refusal.code, refusal.err]).toEqual([1, expect.stringContaining("OTEL_EXPORTER_OTLP_ENDPOINT")]);
  const grpc = await command(["start", "--otlp", collector.url, "--otlp-protocol", "grpc"]);
  expect(grpc.err).toContain("Collectors take HTTP on port 4318.");
  const alone = await command(["start", "--otlp-header", "a=b"]);
  expect(alone.err).toContain("say where to with --otlp");
});

test("of records of which no request can be made, the others are sent, and it is told", async () => {
  const lane = new Lane<string>({
    target: readOtlpTarget({ url: collector.url, protocol: "http/json", compression: "none" }, {}),
    signal: "logs",
    log: createLog("silent", () => {}),
    ids: { fraction: () => 0 },
    weigh: () => 1,
    toRequest(records) {
      if (records.includes("bad")) throw new TypeError("not this one");
      return { records };
    },
  });
  for (const record of ["a", "b", "bad", "c", "d"]) lane.push(record);
  await lane.flush();
  const sent = collector.taken.flatMap(({ body }) => JSON.parse(body.toString()).records);
  expect(sent).toEqual(["a", "b", "c", "d"]);
  expect(lane.figures).toEqual({ sent: 4, dropped: 1, waiting: 0 });
  expect(lane.lastProblem).toContain("not this one");
});
