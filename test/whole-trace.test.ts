// API → function → table → stream → function → queue → function: one request is one trace.
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { AddPermissionCommand, CreateEventSourceMappingCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Span } from "../src/kernel/telemetry.ts";
import type { TraceList, TraceView } from "../src/observe/model.ts";
import { nuage as command } from "./cli.ts";
import { createFunction } from "./functions.fixture.ts";

let nuage: Nuage;
let lambda: LambdaClient;
const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:000000000000:${rest}`;

beforeAll(async () => {
  nuage = await startNuage();
  lambda = nuage.client(LambdaClient);
});
afterAll(() => nuage.stop());

const create = (name: string, code: string) => createFunction(lambda, name, code);

const read = (FunctionName: string, EventSourceArn: string, more: object = {}) =>
  lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn, ...more }));

async function build(): Promise<string> {
  const { TableDescription } = await nuage.client(DynamoDBClient).send(
    new CreateTableCommand({
      TableName: "orders",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
    }),
  );
  const { QueueUrl } = await nuage.client(SQSClient).send(new CreateQueueCommand({ QueueName: "bills" }));
  await create(
    "take",
    `import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
     const db = new DynamoDBClient({});
     export const handler = async ({ body }) => {
       await db.send(new PutItemCommand({ TableName: "orders", Item: { id: { S: body } } }));
       return { statusCode: 202 };
     };`,
  );
  await create(
    "watch",
    `import { SQSClient, SendMessageCommand } from "@aws-sdk/client-sqs";
     const sqs = new SQSClient({});
     export const handler = async ({ Records }) => {
       await sqs.send(new SendMessageCommand({ QueueUrl: "${QueueUrl}", MessageBody: Records[0].eventID }));
     };`,
  );
  await create(
    "bill",
    `let tries = 0;
     export const handler = async () => { if (++tries === 1) throw new Error("not yet"); };`,
  );
  await read("watch", TableDescription?.LatestStreamArn ?? "", { StartingPosition: "TRIM_HORIZON" });
  await read("bill", arn("sqs", "bills"));
  return createApi("take");
}

async function createApi(name: string): Promise<string> {
  const api = nuage.client(ApiGatewayV2Client);
  const { ApiId } = await api.send(new CreateApiCommand({ Name: "shop", ProtocolType: "HTTP" }));
  const { IntegrationId } = await api.send(
    new CreateIntegrationCommand({
      ApiId,
      IntegrationType: "AWS_PROXY",
      IntegrationUri: arn("lambda", `function:${name}`),
      PayloadFormatVersion: "2.0",
    }),
  );
  await api.send(
    new CreateRouteCommand({ ApiId, RouteKey: "POST /orders", Target: `integrations/${IntegrationId}` }),
  );
  await api.send(new CreateStageCommand({ ApiId, StageName: "$default", AutoDeploy: true }));
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: name,
      StatementId: "api",
      Action: "lambda:InvokeFunction",
      Principal: "apigateway.amazonaws.com",
    }),
  );
  return `${nuage.endpoint}/_aws/execute-api/${ApiId}/orders`;
}

test("every hop is in it, with its wait and its tries", async () => {
  const url = await build();
  const answer = await fetch(url, { method: "POST", body: "o-1" });
  expect(answer.status).toBe(202);
  await nuage.advance("2 minutes");
  const list = (await (await fetch(`${nuage.endpoint}/_nuage/traces?function=bill`)).json()) as TraceList;
  expect(list.traces).toMatchObject([{ functions: ["take", "watch", "bill"], coldStarts: 3, errorCount: 1 }]);
  const id = list.traces[0]?.traceId ?? "";
  const trace = (await (await fetch(`${nuage.endpoint}/_nuage/traces/${id}`)).json()) as TraceView;
  const byId = new Map(trace.spans.map((span) => [span.spanId, span]));
  const parentOf = ({ parentId = "" }: Span) => byId.get(parentId);
  const chain: string[] = [];
  const last = trace.spans.findLast(({ kind }) => kind === "invoke");
  for (let span = last; span; span = parentOf(span)) chain.unshift(`${span.kind} ${span.name}`);
  expect(chain).toEqual([
    "call execute-api POST /orders",
    "call lambda.Invoke",
    "invoke take",
    "call dynamodb.PutItem",
    "queue watch",
    "invoke watch",
    "call sqs.SendMessage",
    "queue bill",
    "invoke bill",
  ]);
  expect(trace.spans.find(({ name }) => name === "dynamodb.PutItem")?.attributes).toMatchObject({
    writeUnits: 1,
    caller: "take",
  });
  const tries = trace.spans.filter(({ kind, name }) => kind === "invoke" && name === "bill");
  expect(tries.map(({ status, attributes }) => [status, attributes.attempt])).toEqual([
    ["fault", 1],
    ["ok", 2],
  ]);
  expect(new Set(tries.map(({ requestId }) => requestId)).size).toBeLessThanOrEqual(2);
  const { response, completion } = trace.criticalPaths;
  const named = (sections: typeof response.sections) =>
    new Set(sections.map(({ spanId }) => `${byId.get(spanId)?.kind} ${byId.get(spanId)?.name}`));
  expect(named(response.sections)).toEqual(
    new Set([...chain.slice(0, 4), "init take"].filter((name) => named(response.sections).has(name))),
  );
  expect(named(response.sections)).toContain("invoke take");
  expect(named(completion.sections)).toContain("queue bill");
  expect(completion.durationMs).toBeCloseTo(trace.summary.durationMs, -1);
  const { out } = await command(["trace", id, "--endpoint", nuage.endpoint]);
  expect(out).toMatch(/◆ critical path: [\d.]+ m?s = .*take/);
  expect(out).toMatch(/◇ to the end: 3\d\.\d s = waiting for bill \d\d(\.\d)? s/);
  const { out: drawn } = await command(["map", "--endpoint", nuage.endpoint]);
  expect(drawn.split("\n").slice(0, 6)).toEqual([
    expect.stringMatching(/^api \w+ +1 × POST \/orders · p95/),
    expect.stringMatching(/^└─ function take +1 × Invoke · 1 run p95/),
    expect.stringMatching(/^ {3}└─ table orders +1 × PutItem · p95/),
    expect.stringMatching(/^ {6}└╌ function watch +1 × deliveries · waited p95 .* · 1 run p95/),
    expect.stringMatching(/^ {9}└─ queue bills +1 × SendMessage · p95/),
    expect.stringMatching(
      /^ {12}└╌ function bill +2 × deliveries · waited p95 3\d\.\d s · 2 runs p95 .* · 50 % errors$/,
    ),
  ]);
  // One run that failed and went through when it was tried again is no rate of errors.
  const { out: warned } = await command(["warnings", "--function", "bill", "--endpoint", nuage.endpoint]);
  expect(warned).toBe("Nothing to warn of.\n");
  expect(out).toMatch(/⇢ queue for bill +░+ +◇ +(29|30)\.\d s attempt 2/);
});
