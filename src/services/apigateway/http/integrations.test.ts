// What HTTP APIs pass on: to addresses outside, to other services, changed on the way; how fast, and what is
// written down.
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateDeploymentCommand,
  CreateStageCommand,
  UpdateApiCommand,
  UpdateStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
} from "@aws-sdk/client-kinesis";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Apis, ROLE, startApis } from "../apigateway.fixture.ts";

let it: Apis;
let outside: Server;
let base: string;
const heard: { request: IncomingMessage; body: string }[] = [];
beforeAll(async () => {
  it = await startApis();
  await it.makeFunction("echo");
  outside = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      heard.push({ request, body: Buffer.concat(parts).toString() });
      if (request.url === "/hang") return;
      response.writeHead(request.url === "/missing" ? 404 : 200, [
        ["X-Back", "1"],
        ["Set-Cookie", "a=1"],
        ["Set-Cookie", "b=2"],
        ["Content-Type", "application/json"],
      ] as never);
      response.end('{"pets":[{"name":"rex"}]}');
    });
  });
  await new Promise<void>((resolve) => outside.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(outside.address() as AddressInfo).port}`;
});
afterAll(async () => {
  outside.closeAllConnections();
  outside.close();
  await it.stop();
});

const echo = "arn:aws:lambda:us-east-1:000000000000:function:echo";
const proxy = {
  IntegrationType: "HTTP_PROXY" as const,
  IntegrationMethod: "ANY",
  PayloadFormatVersion: "1.0",
};
const last = () => heard.at(-1) as (typeof heard)[number];

describe("an HTTP proxy", () => {
  test("passes the request on as it is, and the answer back", async () => {
    const api = await it.makeApi();
    await api.route(
      "ANY /out/{proxy+}",
      await api.integration({ ...proxy, IntegrationUri: `${base}/in/{proxy}` }),
    );
    await api.stage();
    const answer = await api.get("/out/a/b%20c?x=1&x=%2F", {
      method: "PUT",
      headers: { "X-Own": ["1", "2"], "content-type": "text/plain" },
      body: "hello",
    });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ "x-back": "1", "set-cookie": ["a=1", "b=2"] });
    const { request, body } = last();
    expect([request.method, request.url, body]).toEqual(["PUT", "/in/a/b%20c?x=1&x=%2F", "hello"]);
    expect(request.headers).toMatchObject({
      host: base.slice("http://".length),
      "x-own": "1, 2",
      forwarded: `by=127.0.0.1;for=127.0.0.1;host=${api.host};proto=http`,
      via: "HTTP/1.1 AmazonAPIGateway",
      "x-amzn-trace-id": expect.stringContaining("Root=1-"),
    });
  });

  test("that cannot be reached, or takes too long, is a 503", async () => {
    const api = await it.makeApi();
    await api.route("GET /gone", await api.integration({ ...proxy, IntegrationUri: "http://127.0.0.1:1/" }));
    const slow = { ...proxy, IntegrationUri: `${base}/hang`, TimeoutInMillis: 60 };
    await api.route("GET /slow", await api.integration(slow));
    await api.stage();
    for (const path of ["/gone", "/slow"]) {
      const answer = await api.get(path);
      expect([answer.status, answer.body]).toEqual([503, '{"message":"Service Unavailable"}']);
    }
  });

  test("has the request and the answer changed by mappings", async () => {
    const api = await it.makeApi();
    const integration = await api.integration({
      ...proxy,
      IntegrationUri: `${base}/ignored`,
      RequestParameters: {
        "append:header.x-id": "$request.path.id",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: as mappings are written
        "overwrite:header.x-own": "v-${stageVariables.version}",
        "remove:header.x-secret": "''",
        "overwrite:path": "/mapped/$x",
        "append:querystring.stage": "$context.stage",
        "remove:querystring.gone": "''",
        "append:header.x-body": "$request.body.a.b",
        "append:header.x-large": "$request.body.a.id",
      },
      ResponseParameters: {
        "200": {
          "overwrite:statuscode": "203",
          "append:header.x-first": "$response.body.pets[0].name",
          "overwrite:header.x-back": "$response.header.x-back-none",
          "remove:header.set-cookie": "''",
        },
      },
    });
    await api.route("POST /pets/{id}", integration);
    await api.stage("dev", { StageVariables: { version: "7" } });
    const answer = await api.get("/dev/pets/12?gone=1&kept=2", {
      method: "POST",
      headers: { "x-own": "old", "x-secret": "s", "content-type": "application/json" },
      body: '{"a":{"b":5,"id":12345678901234567890}}',
    });
    expect(answer.status).toBe(203);
    expect(answer.headers["x-first"]).toBe("rex");
    expect(answer.headers).not.toHaveProperty("set-cookie");
    const { request } = last();
    expect(request.url).toBe("/mapped/$x?kept=2&stage=dev");
    expect(request.headers).toMatchObject({
      "x-id": "12",
      "x-own": "v-7",
      "x-body": "5",
      "x-large": "12345678901234567890",
    });
    expect(request.headers).not.toHaveProperty("x-secret");
  });
});

test("a function sees what a mapping makes of the request", async () => {
  const arn = await it.makeFunction("mapped");
  const api = await it.makeApi();
  const RequestParameters = {
    "overwrite:header.x-own": "$request.querystring.q",
    "remove:querystring.q": "''",
    "append:querystring.Q": "new",
    "overwrite:path": "/elsewhere",
  };
  for (const PayloadFormatVersion of ["1.0", "2.0"]) {
    const settings = { IntegrationUri: arn, PayloadFormatVersion, RequestParameters };
    await api.route(`GET /${PayloadFormatVersion}`, await api.integration(settings));
  }
  const only = { IntegrationUri: arn, RequestParameters: { "remove:querystring.q": "''" } };
  await api.route("GET /only", await api.integration(only));
  await api.stage();
  expect((await api.get("/2.0?q=1&Q=2", { headers: { "x-own": "old" } })).json()).toMatchObject({
    rawPath: "/elsewhere",
    rawQueryString: "Q=2&Q=new",
    queryStringParameters: { Q: "2,new" },
    headers: { "x-own": "1" },
  });
  expect((await api.get("/1.0?q=1&Q=2", { headers: { "x-own": "old" } })).json()).toMatchObject({
    path: "/elsewhere",
    multiValueQueryStringParameters: { Q: ["2", "new"] },
    multiValueHeaders: { "x-own": ["1"] },
  });
  expect((await api.get("/only?q=1")).json()).not.toHaveProperty("queryStringParameters");
});

test("a first-class integration sends to a queue, and answers what the queue does", async () => {
  const sqs = it.nuage.client(SQSClient);
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "orders" }));
  const api = await it.makeApi();
  const send = (parameters: Record<string, string>) =>
    api.integration({
      IntegrationSubtype: "SQS-SendMessage",
      PayloadFormatVersion: "1.0",
      CredentialsArn: ROLE,
      RequestParameters: parameters,
    });
  await api.route("POST /orders", await send({ QueueUrl, MessageBody: "$request.body", DelaySeconds: "0" }));
  await api.route("POST /bad", await send({ QueueUrl: `${QueueUrl}x`, MessageBody: "$request.body" }));
  await api.stage();
  const answer = await api.get("/orders", { method: "POST", body: '{"id":1}' });
  expect(answer.status).toBe(200);
  expect(answer.body).toMatch(/<SendMessageResult>.*<MessageId>[0-9a-f-]{36}<\/MessageId>/);
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  expect(Messages?.[0]?.Body).toBe('{"id":1}');
  const bad = await api.get("/bad", { method: "POST", body: "x" });
  expect([bad.status, bad.body]).toEqual([400, expect.stringContaining("NonExistentQueue")]);
});

test("a first-class integration puts bytes into a stream, and refuses what is no base64", async () => {
  const kinesis = it.nuage.client(KinesisClient);
  const StreamName = "bytes";
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  const api = await it.makeApi();
  const integration = await api.integration({
    IntegrationSubtype: "Kinesis-PutRecord",
    PayloadFormatVersion: "1.0",
    CredentialsArn: ROLE,
    RequestParameters: { StreamName, Data: "$request.body.data", PartitionKey: "1" },
  });
  await api.route("POST /records", integration);
  await api.stage();
  const put = (data: string) => api.get("/records", { method: "POST", body: JSON.stringify({ data }) });
  expect((await put(Buffer.from([255, 0, 1]).toString("base64"))).status).toBe(200);
  const refused = await put("plain text");
  expect([refused.status, refused.json().__type]).toEqual([400, "SerializationException"]);
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({
      StreamName,
      ShardId: "shardId-000000000000",
      ShardIteratorType: "TRIM_HORIZON",
    }),
  );
  const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  expect(Records.map(({ Data }) => [...(Data ?? [])])).toEqual([[255, 0, 1]]);
});

test("routes are throttled by their stage's rate, and let through again in time", async () => {
  const api = await it.makeApi();
  await api.route("GET /a", await api.integration({ IntegrationUri: echo }));
  await api.route("GET /b", await api.integration({ IntegrationUri: echo }));
  await api.stage("$default", {
    DefaultRouteSettings: { ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 1000 },
    RouteSettings: { "GET /a": { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2 } },
  });
  const statuses = async (path: string) =>
    (await Promise.all([1, 2, 3, 4].map(() => api.get(path)))).map((a) => a.status);
  expect((await statuses("/a")).sort()).toEqual([200, 200, 429, 429]);
  expect(await statuses("/b")).toEqual([200, 200, 200, 200]);
  expect((await api.get("/a")).body).toBe('{"message":"Too Many Requests"}');
  await it.nuage.advance("2s");
  expect((await api.get("/a")).status).toBe(200);
});

test("access logs are written in the stage's format", async () => {
  const logs = it.nuage.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName: "/api" }));
  const api = await it.makeApi();
  await api.route("GET /pets/{id}", await api.integration({ IntegrationUri: echo }));
  const throwing = await it.makeFunction(
    "boom",
    "export const handler = async () => { throw new Error('x'); };",
  );
  await api.route("GET /boom", await api.integration({ IntegrationUri: throwing }));
  const format =
    '{"id":"$context.requestId","ip":"$context.identity.sourceIp","route":"$context.routeKey",' +
    '"status":"$context.status","agent":"$context.identity.userAgent","error":"$context.integrationErrorMessage",' +
    '"length":"$context.responseLength","none":"$context.nothing"}';
  await api.stage("$default", {
    AccessLogSettings: {
      DestinationArn: "arn:aws:logs:us-east-1:000000000000:log-group:/api",
      Format: format,
    },
  });
  const answer = await api.get("/pets/1", { headers: { "user-agent": 'a "quoted" one' } });
  await api.get("/boom");
  await it.nuage.idle();
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: "/api" }));
  expect(events.map(({ message = "" }) => JSON.parse(message))).toEqual([
    {
      id: answer.headers["apigw-requestid"],
      ip: "127.0.0.1",
      route: "GET /pets/{id}",
      status: "200",
      agent: 'a "quoted" one',
      error: "-",
      length: String(answer.bytes.length),
      none: "-",
    },
    expect.objectContaining({
      route: "GET /boom",
      status: "500",
      error: expect.stringContaining("error: x"),
    }),
  ]);
});

test("a stage shows the API as it was deployed", async () => {
  const api = await it.makeApi();
  const target = await api.integration({ IntegrationUri: echo });
  await api.route("GET /old", target);
  const { DeploymentId } = await it.api.send(new CreateDeploymentCommand({ ApiId: api.id }));
  await it.api.send(new CreateStageCommand({ ApiId: api.id, StageName: "prod", DeploymentId }));
  await api.route("GET /new", target);
  expect((await api.get("/prod/old")).status).toBe(200);
  expect((await api.get("/prod/new")).status).toBe(404);
  const next = await it.api.send(new CreateDeploymentCommand({ ApiId: api.id, StageName: "prod" }));
  expect((await api.get("/prod/new")).status).toBe(200);
  await it.api.send(new UpdateStageCommand({ ApiId: api.id, StageName: "prod", DeploymentId }));
  expect((await api.get("/prod/new")).status).toBe(404);
  await it.api.send(
    new UpdateStageCommand({ ApiId: api.id, StageName: "prod", DeploymentId: next.DeploymentId }),
  );
  await it.api.send(new UpdateApiCommand({ ApiId: api.id, DisableExecuteApiEndpoint: true }));
  expect((await api.get("/prod/new")).status).toBe(200);
  await it.api.send(new CreateDeploymentCommand({ ApiId: api.id, StageName: "prod" }));
  expect((await api.get("/prod/new")).status).toBe(404);
});
