// What functions trace themselves, by X-Ray's SDK, Powertools and OpenTelemetry, joins the platform's trace.

import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { LambdaClient } from "@aws-sdk/client-lambda";
import {
  BatchGetTracesCommand,
  CreateGroupCommand,
  GetSamplingRulesCommand,
  GetSamplingTargetsCommand,
  GetServiceGraphCommand,
  GetTraceSummariesCommand,
  PutTraceSegmentsCommand,
  XRayClient,
} from "@aws-sdk/client-xray";
import { build } from "esbuild";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TraceDetail } from "../src/observe/model.ts";
import { createFunction, invoke } from "./functions.fixture.ts";

let nuage: Nuage;
let xray: XRayClient;
let lambda: LambdaClient;
beforeAll(async () => {
  nuage = await startNuage();
  xray = nuage.client(XRayClient);
  lambda = nuage.client(LambdaClient);
  await nuage.client(DynamoDBClient).send(
    new CreateTableCommand({
      TableName: "orders",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    }),
  );
});
afterAll(() => nuage.stop());

/** A function of a program and the libraries that it imports. */
async function create(FunctionName: string, program: string) {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: import.meta.dirname },
    bundle: true,
    platform: "node",
    format: "cjs",
    external: ["@aws-sdk/*"],
    write: false,
    logLevel: "silent",
  });
  const files = { "index.js": outputFiles[0]?.text ?? "" };
  await createFunction(lambda, FunctionName, files, { TracingConfig: { Mode: "Active" } });
}

async function run(FunctionName: string, payload: object = {}): Promise<TraceDetail> {
  const answer = await invoke(lambda, FunctionName, payload);
  expect(Buffer.from(answer.Payload ?? []).toString()).not.toContain("errorType");
  await nuage.idle();
  const found = await fetch(`${nuage.endpoint}/_nuage/traces?function=${FunctionName}`);
  const { traces } = (await found.json()) as { traces: { traceId: string }[] };
  const detail = await fetch(`${nuage.endpoint}/_nuage/traces/${traces[0]?.traceId}`);
  return (await detail.json()) as TraceDetail;
}

const range = () => ({
  StartTime: new Date(nuage.clock.now() - 3_600_000),
  EndTime: new Date(nuage.clock.now() + 60_000),
});

const summaries = async (FilterExpression?: string) =>
  (await xray.send(new GetTraceSummariesCommand({ ...range(), FilterExpression }))).TraceSummaries ?? [];

const PROGRAM = `
import AWSXRay from "aws-xray-sdk-core";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
const db = AWSXRay.captureAWSv3Client(new DynamoDBClient({}));
export const handler = async ({ order }) => {
  const parent = AWSXRay.getSegment();
  const part = parent.addNewSubsegment("price");
  part.addAnnotation("order", order);
  part.close();
  await db.send(new PutItemCommand({ TableName: "orders", Item: { id: { S: order } } }));
};`;

test("X-Ray's SDK", async () => {
  await create("priced", PROGRAM);
  const { spans, summary } = await run("priced", { order: "o-7" });
  const invoke = spans.find(({ kind }) => kind === "invoke");
  const own = spans.filter(({ kind }) => kind === "custom");
  expect(own.map(({ name, parentId }) => [name, parentId === invoke?.spanId])).toEqual(
    expect.arrayContaining([
      ["price", true],
      ["DynamoDB", true],
    ]),
  );
  expect(own.find(({ name }) => name === "price")?.attributes["annotation.order"]).toBe("o-7");
  const { Traces: [trace] = [] } = await xray.send(
    new BatchGetTracesCommand({ TraceIds: [summary.traceId] }),
  );
  const segments = (trace?.Segments ?? []).map(({ Document = "" }) => JSON.parse(Document));
  expect(segments).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: "priced", origin: "AWS::Lambda" }),
      expect.objectContaining({
        name: "priced",
        origin: "AWS::Lambda::Function",
        // What the function sent by itself lies within, as Powertools' own tests expect it.
        subsegments: expect.arrayContaining([
          expect.objectContaining({ name: "price", annotations: { order: "o-7" } }),
          expect.objectContaining({ name: "DynamoDB", namespace: "aws" }),
        ]),
      }),
      expect.objectContaining({ name: "DynamoDB", origin: "AWS::DynamoDB::Table", inferred: true }),
    ]),
  );
});

test("Powertools", async () => {
  await create(
    "powered",
    `import { Tracer } from "@aws-lambda-powertools/tracer";
     const tracer = new Tracer({ serviceName: "shop" });
     export const handler = async () => {
       const segment = tracer.getSegment();
       const part = segment.addNewSubsegment("### work");
       tracer.setSegment(part);
       tracer.putAnnotation("kind", "test");
       part.close();
       tracer.setSegment(segment);
     };`,
  );
  const { spans } = await run("powered");
  const own = spans.filter(({ kind }) => kind === "custom");
  expect(own.map(({ name }) => name)).toContain("### work");
  expect(own[0]?.attributes["annotation.kind"]).toBe("test");
});

test("OpenTelemetry", async () => {
  await create(
    "opened",
    `import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
     import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
     import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
     const processor = new SimpleSpanProcessor(new OTLPTraceExporter());
     const provider = new BasicTracerProvider({ spanProcessors: [processor] });
     export const handler = async () => {
       const [, root, parent] = /Root=1-([^;]+);Parent=([^;]+)/.exec(process.env._X_AMZN_TRACE_ID);
       const context = trace.setSpanContext(ROOT_CONTEXT, {
         traceId: root.replace("-", ""), spanId: parent, traceFlags: 1, isRemote: true,
       });
       const span = provider.getTracer("t").startSpan("look up", { attributes: { rows: 3 } }, context);
       span.recordException(new TypeError("no rows"));
       span.setStatus({ code: 2 });
       span.end();
       await provider.forceFlush();
     };`,
  );
  const { spans } = await run("opened");
  const invoke = spans.find(({ kind }) => kind === "invoke");
  expect(spans.find(({ kind }) => kind === "custom")).toMatchObject({
    name: "look up",
    parentId: invoke?.spanId,
    status: "fault",
    errorType: "TypeError",
    errorMessage: "no rows",
    attributes: { "annotation.rows": 3 },
  });
});

test("OpenTelemetry in JSON, and what is neither", async () => {
  const send = (body: string | Uint8Array<ArrayBuffer>, kind = "traces") =>
    fetch(`${nuage.endpoint}/_nuage/otlp/v1/${kind}`, { method: "POST", body });
  const span = {
    traceId: "6b09dcb6109d80669961f3a369a0cb71",
    spanId: "109d80669961f3a3",
    name: "by hand",
    startTimeUnixNano: String(BigInt(Math.floor(nuage.clock.now())) * 1_000_000n),
    endTimeUnixNano: String(BigInt(Math.floor(nuage.clock.now()) + 5) * 1_000_000n),
  };
  const request = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
  expect((await send(JSON.stringify(request))).status).toBe(200);
  const { Traces = [] } = await xray.send(
    new BatchGetTracesCommand({ TraceIds: ["1-6b09dcb6-109d80669961f3a369a0cb71"] }),
  );
  expect(Traces).toHaveLength(1);
  for (const body of ["{", "nonsense", new Uint8Array([10, 255, 255]), new Uint8Array([31, 139, 8])])
    expect((await send(body)).status).toBe(400);
  expect((await send("{}", "metrics")).status).toBe(501);
});

test("summaries are filtered by expressions", async () => {
  const names = async (expression: string) =>
    new Set(
      (await summaries(expression)).flatMap(({ ServiceIds = [] }) => ServiceIds.map(({ Name }) => Name)),
    );
  expect(await names('annotation.order = "o-7"')).toContain("priced");
  expect(await names('annotation[order] BEGINSWITH "o-" AND ok')).toContain("priced");
  expect(await names('annotation.order = "o-8"')).toEqual(new Set());
  expect(await names('service("powered") AND !fault')).toContain("powered");
  expect(
    await names('service(id(name: "priced", type: "AWS::Lambda::Function")) { responsetime >= 0 }'),
  ).toContain("priced");
  // It was dealt with: only the way to it tells of it.
  expect(await names("fault")).not.toContain("opened");
  expect(await names('rootcause.fault.entity { last and name = "look up" }')).toContain("opened");
  expect(await names("responsetime > 1000 OR throttle")).toEqual(new Set());
  for (const wrong of ["service(", "nonsense = 1", 'annotation.a ~ "b"', "ok OR"])
    await expect(summaries(wrong)).rejects.toMatchObject({ name: "InvalidRequestException" });
});

test("the service graph has functions and what they call", async () => {
  await xray.send(new CreateGroupCommand({ GroupName: "prices", FilterExpression: 'service("priced")' }));
  const { Services = [] } = await xray.send(new GetServiceGraphCommand({ ...range(), GroupName: "prices" }));
  const byId = new Map(Services.map((service) => [service.ReferenceId, service]));
  const edges = Services.flatMap(({ Name, Type, Edges = [] }) =>
    Edges.map(({ ReferenceId }) => `${Type} ${Name} -> ${byId.get(ReferenceId)?.Type}`),
  );
  expect(edges).toContain("AWS::Lambda priced -> AWS::Lambda::Function");
  expect(edges).toContain("AWS::Lambda::Function priced -> AWS::DynamoDB::Table");
  const own = Services.find(({ Type }) => Type === "AWS::Lambda::Function");
  expect(own?.SummaryStatistics).toMatchObject({ TotalCount: 1, OkCount: 1 });
});

test("segments are put, and refused where they are none", async () => {
  const nowS = nuage.clock.now() / 1000;
  const good = {
    trace_id: "1-6b09dcb7-109d80669961f3a369a0cb72",
    id: "109d80669961f3a4",
    name: "by hand",
    start_time: nowS,
    end_time: nowS + 1,
    http: { request: { method: "GET", url: "http://x/" }, response: { status: 500 } },
    fault: true,
    subsegments: [{ id: "109d80669961f3a5", name: "within", start_time: nowS, end_time: nowS + 0.5 }],
  };
  const { id: _, ...nameless } = good;
  const { UnprocessedTraceSegments } = await xray.send(
    new PutTraceSegmentsCommand({
      TraceSegmentDocuments: [JSON.stringify(good), "{", JSON.stringify(nameless)],
    }),
  );
  expect(UnprocessedTraceSegments?.map(({ ErrorCode }) => ErrorCode)).toEqual(["ParseError", "MissingId"]);
  const [found] = await summaries("http.status = 500");
  expect(found).toMatchObject({
    Id: good.trace_id,
    HasFault: true,
    Duration: 1,
    Http: { HttpStatus: 500, HttpURL: "http://x/", HttpMethod: "GET" },
  });
});

test("clients learn what to sample", async () => {
  const { SamplingRuleRecords = [] } = await xray.send(new GetSamplingRulesCommand({}));
  expect(SamplingRuleRecords.map(({ SamplingRule }) => SamplingRule?.RuleName)).toEqual(["Default"]);
  const { SamplingTargetDocuments } = await xray.send(
    new GetSamplingTargetsCommand({
      SamplingStatisticsDocuments: [
        {
          RuleName: "Default",
          ClientID: "1".repeat(24),
          Timestamp: new Date(),
          RequestCount: 1,
          SampledCount: 1,
        },
      ],
    }),
  );
  expect(SamplingTargetDocuments).toMatchObject([{ RuleName: "Default", FixedRate: 0.05, Interval: 10 }]);
});
