// What an HTTP API and a REST API cost in front of a function that does nothing: beside a bare Node HTTP
// server, and beside a warm Invoke of the same function. And how long it takes to tell 2,000 WebSocket
// connections something, beside a bare server that holds as many and is told by the same requests:
//
//   npm run build && tsx bench/apigateway.ts
//
// prints one JSON line a figure.
import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { APIGatewayClient, CreateDeploymentCommand, ImportRestApiCommand } from "@aws-sdk/client-api-gateway";
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateIntegrationResponseCommand,
  CreateRouteCommand,
  CreateRouteResponseCommand,
  CreateStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import { AddPermissionCommand, CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { WebSocket, WebSocketServer } from "ws";
import { type Running, startFloor, startServer } from "./floor.ts";
import { type LoadOptions, type LoadResult, load } from "./load.ts";
import { middle, print, processorMs, signedFor, startPlatform } from "./platform.ts";

const ROUNDS = 3;
const CALLERS = 32;
const CONNECTIONS = 2_000;
/** An account opens no more than 500 connections a second. */
const CONNECTIONS_AT_ONCE = 400;
const SENDERS = 32;

if (process.argv[2] === "floor") await serveFloor();
else await measure();

async function measure(): Promise<void> {
  const platform = await startPlatform();
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const config = { endpoint: platform.url, region: "us-east-1", credentials };
  const lambda = new LambdaClient(config);
  const apis = new ApiGatewayV2Client(config);
  const rests = new APIGatewayClient(config);
  await measureRequests(platform, lambda, apis, rests);
  await measureBroadcast(platform, apis);
  lambda.destroy();
  apis.destroy();
  rests.destroy();
  await platform.stop();
}

async function measureRequests(
  platform: Running,
  lambda: LambdaClient,
  apis: ApiGatewayV2Client,
  rests: APIGatewayClient,
): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "empty",
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: "arn:aws:iam::000000000000:role/bench",
      Code: {
        ZipFile: zipSync({
          "index.mjs": strToU8('export const handler = async () => ({ statusCode: 200, body: "{}" });'),
        }),
      },
    }),
  );
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: "empty",
      StatementId: "api",
      Action: "lambda:InvokeFunction",
      Principal: "apigateway.amazonaws.com",
    }),
  );
  const Target = "arn:aws:lambda:us-east-1:000000000000:function:empty";
  const { ApiId } = await apis.send(new CreateApiCommand({ Name: "bench", ProtocolType: "HTTP", Target }));
  const invoked = {
    url: `${platform.url}/2015-03-31/functions/empty/invocations`,
    method: "POST",
    headers: { ...signedFor("lambda"), "content-type": "application/octet-stream" },
    body: "{}",
  };
  const bare = await startFloor({ body: "{}" });
  const loads = {
    "an HTTP API": { url: `${platform.url}/_aws/execute-api/${ApiId}/pets/1?a=1` },
    "a REST API": {
      url: `${platform.url}/_aws/execute-api/${await makeRestApi(rests, Target)}/prod/pets/1?a=1`,
    },
    invoked,
    bare: { url: bare.url },
  };
  for (const connections of [1, CALLERS]) await measureLoads(platform, loads, connections);
  await bare.stop();
}

/** Every method of every path is the function's. */
async function makeRestApi(rests: APIGatewayClient, target: string): Promise<string> {
  const integration = {
    type: "aws_proxy",
    httpMethod: "POST",
    uri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${target}/invocations`,
  };
  const method = { responses: {}, "x-amazon-apigateway-integration": integration };
  const body = {
    openapi: "3.0.1",
    info: { title: "bench", version: "1" },
    paths: { "/{proxy+}": { "x-amazon-apigateway-any-method": method } },
  };
  const { id = "" } = await rests.send(new ImportRestApiCommand({ body: strToU8(JSON.stringify(body)) }));
  await rests.send(new CreateDeploymentCommand({ restApiId: id, stageName: "prod" }));
  return id;
}

async function measureLoads(platform: Running, loads: Loads, connections: number): Promise<void> {
  const callers = connections === 1 ? "one caller" : `${connections} callers`;
  const figures = await alternate(loads, { connections, seconds: 2, warmUpSeconds: 1 });
  const p50 = (name: string) => middle(figures[name]?.map((result) => result.p50Ms) ?? []);
  const rps = (name: string) => middle(figures[name]?.map((result) => result.rps) ?? []);
  const costs = await processorCosts(platform, loads, { connections, seconds: 2 });
  for (const api of ["an HTTP API", "a REST API"]) {
    const median = `GET through ${api}, ${callers}, median, beside`;
    print(`${median} a warm invoke`, "ms", p50(api), p50("invoked"));
    print(`${median} bare HTTP`, "ms", p50(api), p50("bare"));
    print(`GETs through ${api}, ${callers}, beside warm invokes`, "1/s", rps(api), rps("invoked"));
    print(`GETs through ${api}, ${callers}, beside bare HTTP`, "1/s", rps(api), rps("bare"));
    const cost = `processor time of a GET through ${api}, ${callers}, beside a warm invoke`;
    print(cost, "ms", middle(costs[api] ?? []), middle(costs.invoked ?? []));
  }
}

type Loads = Readonly<Record<string, LoadOptions>>;
type Manner = Pick<LoadOptions, "connections" | "seconds" | "warmUpSeconds">;

/** Runs all loads in turns, so that the machine's moods meet them alike. */
async function alternate(loads: Loads, manner: Manner): Promise<Record<string, LoadResult[]>> {
  const results: Record<string, LoadResult[]> = {};
  for (const each of Object.values(loads)) await load({ ...each, ...manner, seconds: 4 });
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, each] of Object.entries(loads)) {
      const result = await load({ ...each, ...manner });
      if (result.errors > 0) throw new Error(`${result.errors} requests of ${name} failed`);
      results[name] = [...(results[name] ?? []), result];
    }
  }
  return results;
}

/** Time of the processors that the platform's own process takes for a request: steady while others work. */
async function processorCosts(
  platform: Running,
  loads: Loads,
  manner: Manner,
): Promise<Record<string, number[]>> {
  const costs: Record<string, number[]> = {};
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, each] of Object.entries(loads)) {
      const before = processorMs(platform.pid);
      const { requests } = await load({ ...each, ...manner });
      costs[name] = [...(costs[name] ?? []), (processorMs(platform.pid) - before) / requests];
    }
  }
  return costs;
}

async function measureBroadcast(platform: Running, apis: ApiGatewayV2Client): Promise<void> {
  const ours = await openRoom(
    `${platform.url.replace("http", "ws")}/_aws/execute-api/${await makeChat(apis)}/prod`,
  );
  const server = await startServer(["--import", "tsx", fileURLToPath(import.meta.url), "floor"]);
  const floor = await openRoom(server.url.replace("http", "ws"));
  const times: { ours: number[]; floor: number[] } = { ours: [], floor: [] };
  for (let round = 0; round <= ROUNDS; round++) {
    const base = (id: string) => `${platform.url}/@connections/${encodeURIComponent(id)}`;
    const first = await broadcast(floor, (id) => `${server.url}/${encodeURIComponent(id)}`, {});
    const second = await broadcast(ours, base, signedFor("execute-api"));
    if (round === 0) continue;
    times.floor.push(first);
    times.ours.push(second);
  }
  print(`a broadcast to ${CONNECTIONS} WebSocket connections`, "ms", middle(times.ours), middle(times.floor));
  for (const { socket } of [...ours, ...floor]) socket.terminate();
  await server.stop();
}

/** An API that tells each client who asks the id of its connection. */
async function makeChat(apis: ApiGatewayV2Client): Promise<string> {
  const { ApiId = "" } = await apis.send(new CreateApiCommand({ Name: "chat", ProtocolType: "WEBSOCKET" }));
  const { IntegrationId } = await apis.send(
    new CreateIntegrationCommand({
      ApiId,
      IntegrationType: "MOCK",
      RequestTemplates: { $default: '{"statusCode":200}' },
    }),
  );
  await apis.send(
    new CreateIntegrationResponseCommand({
      ApiId,
      IntegrationId,
      IntegrationResponseKey: "$default",
      ResponseTemplates: { $default: "$context.connectionId" },
    }),
  );
  const { RouteId } = await apis.send(
    new CreateRouteCommand({
      ApiId,
      RouteKey: "$default",
      Target: `integrations/${IntegrationId}`,
      RouteResponseSelectionExpression: "$default",
    }),
  );
  await apis.send(new CreateRouteResponseCommand({ ApiId, RouteId, RouteResponseKey: "$default" }));
  await apis.send(new CreateStageCommand({ ApiId, StageName: "prod", AutoDeploy: true }));
  return ApiId;
}

interface Member {
  readonly socket: WebSocket;
  readonly id: string;
}

async function openRoom(url: string): Promise<Member[]> {
  const members: Member[] = [];
  while (members.length < CONNECTIONS) {
    const pause = new Promise((resolve) => setTimeout(resolve, 1_000));
    const count = Math.min(CONNECTIONS_AT_ONCE, CONNECTIONS - members.length);
    members.push(...(await Promise.all(Array.from({ length: count }, () => openMember(url)))));
    await pause;
  }
  return members;
}

async function openMember(url: string): Promise<Member> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, "open");
  socket.send("who");
  const [data] = (await once(socket, "message")) as [Buffer];
  return { socket, id: data.toString() };
}

/** How long it takes until every member has heard one message. */
async function broadcast(
  members: readonly Member[],
  urlOf: (id: string) => string,
  headers: Record<string, string>,
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: SENDERS });
  const heard = Promise.all(members.map(({ socket }) => once(socket, "message")));
  const waiting = [...members];
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: SENDERS }, async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) {
        const call = request(urlOf(next.id), { method: "POST", agent, headers });
        call.end("x".repeat(256));
        const [response] = await once(call, "response");
        response.resume();
        await once(response, "end");
      }
    }),
  );
  await heard;
  agent.destroy();
  return performance.now() - startedMs;
}

/** A server that holds connections and sends what it is told to them, and does nothing else. */
async function serveFloor(): Promise<void> {
  const sockets = new Map<string, WebSocket>();
  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on("data", (part) => parts.push(part));
    incoming.on("end", () => {
      sockets.get(decodeURIComponent(incoming.url?.slice(1) ?? ""))?.send(Buffer.concat(parts).toString());
      outgoing.end();
    });
  });
  const shaker = new WebSocketServer({ server });
  shaker.on("connection", (socket) => {
    const id = String(sockets.size);
    sockets.set(id, socket);
    socket.once("message", () => socket.send(id));
  });
  server.listen(0, "127.0.0.1", () => console.log(`:${(server.address() as AddressInfo).port} `));
}
