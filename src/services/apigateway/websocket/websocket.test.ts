// WebSocket APIs as their clients and backends see them.
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import {
  CreateAuthorizerCommand,
  CreateIntegrationResponseCommand,
  CreateModelCommand,
  CreateRouteResponseCommand,
  UpdateRouteCommand,
} from "@aws-sdk/client-apigatewayv2";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { type Apis, startApis } from "../apigateway.fixture.ts";

let it: Apis;
const sockets: WebSocket[] = [];
beforeAll(async () => {
  it = await startApis();
  await it.makeFunction(
    "wsecho",
    "export const handler = async (e) => ({ statusCode: 200, body: JSON.stringify(e) });",
  );
});
afterAll(async () => {
  for (const socket of sockets) socket.terminate();
  await it.stop();
});

const wsecho = "arn:aws:lambda:us-east-1:000000000000:function:wsecho";

async function makeChat() {
  const api = await it.makeApi({ ProtocolType: "WEBSOCKET" });
  const integration = (uri: string) => api.integration({ IntegrationUri: uri, PayloadFormatVersion: "1.0" });
  const target = await integration(wsecho);
  return {
    ...api,
    integration,
    target,
    plain: (settings: Parameters<typeof api.integration>[0]) =>
      api.integration({ PayloadFormatVersion: "1.0", ...settings }),
    /** A route whose answers reach the client. */
    async twoWay(key: string, to = target) {
      const { RouteId } = await api.route(key, to, { RouteResponseSelectionExpression: "$default" });
      await it.api.send(
        new CreateRouteResponseCommand({ ApiId: api.id, RouteId, RouteResponseKey: "$default" }),
      );
    },
    open: (path = "/prod", options: { headers?: Record<string, string>; protocols?: string[] } = {}) => {
      const socket = new WebSocket(`ws://127.0.0.1:${it.nuage.port}${path}`, options.protocols ?? [], {
        headers: { host: api.host, ...options.headers },
      });
      socket.on("error", () => {});
      sockets.push(socket);
      return socket;
    },
  };
}

async function ask(socket: WebSocket, message: unknown) {
  socket.send(typeof message === "string" ? message : JSON.stringify(message));
  const [data] = (await once(socket, "message")) as [Buffer];
  return JSON.parse(data.toString());
}

async function refused(
  socket: WebSocket,
): Promise<{ status: number | undefined; body: Record<string, string> }> {
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return { status: response.statusCode, body: JSON.parse(Buffer.concat(parts).toString()) };
}

test("messages take the route that their content selects", async () => {
  const chat = await makeChat();
  await chat.twoWay("$default");
  await chat.twoWay("join");
  await chat.stage("prod", { StageVariables: { color: "red" } });
  const socket = chat.open();
  await once(socket, "open");
  const joined = await ask(socket, { action: "join", room: 1 });
  expect(joined).toMatchObject({
    body: '{"action":"join","room":1}',
    isBase64Encoded: false,
    stageVariables: { color: "red" },
    requestContext: {
      routeKey: "join",
      eventType: "MESSAGE",
      messageDirection: "IN",
      stage: "prod",
      apiId: chat.id,
      domainName: chat.host,
      identity: { sourceIp: "127.0.0.1" },
      messageId: expect.stringMatching(/=$/),
      connectionId: expect.stringMatching(/=$/),
    },
  });
  expect((await ask(socket, { action: "else" })).requestContext.routeKey).toBe("$default");
  expect((await ask(socket, "no JSON")).requestContext.routeKey).toBe("$default");
  expect((await ask(socket, { action: "$connect" })).requestContext.routeKey).toBe("$default");
});

test("without a route a message is forbidden, and a failing function is an internal error", async () => {
  const chat = await makeChat();
  const failing = await it.makeFunction(
    "wsfails",
    "export const handler = async () => { throw new Error('no') };",
  );
  await chat.twoWay("fail", await chat.integration(failing));
  await chat.stage("prod");
  const socket = chat.open();
  await once(socket, "open");
  expect(await ask(socket, { action: "nothing" })).toEqual({
    message: "Forbidden",
    connectionId: expect.any(String),
    requestId: expect.any(String),
  });
  expect(await ask(socket, { action: "fail" })).toMatchObject({ message: "Internal server error" });
});

test("connecting and leaving are events, and the connecting function may refuse", async () => {
  const chat = await makeChat();
  await it.makeFunction(
    "wslife",
    `export const handler = async (event) => {
      console.log("LIFE " + JSON.stringify(event));
      const { no } = event.queryStringParameters ?? {};
      return no ? { statusCode: 401, body: '{"why":"no"}' } :
        { statusCode: 200, headers: { "Sec-WebSocket-Protocol": "two" } };
    };`,
  );
  const life = await chat.integration("arn:aws:lambda:us-east-1:000000000000:function:wslife");
  await chat.route("$connect", life);
  await chat.route("$disconnect", life);
  await chat.stage("prod");
  expect(await refused(chat.open("/prod?no=1"))).toEqual({ status: 401, body: { why: "no" } });
  expect((await refused(chat.open("/other"))).status).toBe(403);
  const socket = chat.open("/prod?a=1&a=2", { headers: { "X-Mine": "yes" }, protocols: ["one", "two"] });
  await once(socket, "open");
  expect(socket.protocol).toBe("two");
  socket.close(4001, "bye");
  await once(socket, "close");
  // The platform hears of the end a moment after the client.
  const logged = await vi.waitFor(async () => {
    const events = await eventsOf("wslife");
    expect(events).toHaveLength(3);
    return events.reverse();
  }, 20_000);
  expect(logged.at(-2)).toMatchObject({
    headers: { "X-Mine": "yes", Host: chat.host, "X-Forwarded-For": "127.0.0.1" },
    queryStringParameters: { a: "2" },
    multiValueQueryStringParameters: { a: ["1", "2"] },
    requestContext: { routeKey: "$connect", eventType: "CONNECT", stage: "prod" },
  });
  expect(logged.at(-1)).toMatchObject({
    requestContext: {
      routeKey: "$disconnect",
      eventType: "DISCONNECT",
      disconnectStatusCode: 4001,
      disconnectReason: "bye",
    },
  });
});

/** The events that a function has printed, the latest first. */
async function eventsOf(name: string): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${it.nuage.endpoint}/_nuage/logs?group=/aws/lambda/${name}`);
  const text = JSON.stringify(await response.json());
  const found = [...text.matchAll(/LIFE ((?:[^"\\]|\\.)*)/g)].map(([, json]) => JSON.parse(`"${json}"`));
  return found.map((json: string) => JSON.parse(json.replace(/\n$/, "")));
}

test("backends send to connections, look at them and end them", async () => {
  const chat = await makeChat();
  await chat.twoWay("$default");
  await chat.stage("prod");
  const socket = chat.open();
  await once(socket, "open");
  const { connectionId: ConnectionId } = (await ask(socket, "who")).requestContext;
  for (const path of ["", `/_aws/execute-api/${chat.id}/prod`]) {
    const client = new ApiGatewayManagementApiClient({
      endpoint: `${it.nuage.endpoint}${path}`,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const heard = once(socket, "message");
    await client.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.from("hëllo") }));
    expect(String((await heard)[0])).toBe("hëllo");
    const { ConnectedAt, LastActiveAt, Identity } = await client.send(
      new GetConnectionCommand({ ConnectionId }),
    );
    expect(Identity?.SourceIp).toBe("127.0.0.1");
    expect(LastActiveAt?.getTime()).toBeGreaterThanOrEqual(ConnectedAt?.getTime() ?? Number.NaN);
    const large = client.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.alloc(131_073) }));
    await expect(large).rejects.toMatchObject({
      name: "PayloadTooLargeException",
      $metadata: { httpStatusCode: 413 },
    });
    const gone = client.send(
      new PostToConnectionCommand({ ConnectionId: "bm90aGVyZQ==", Data: Buffer.from("x") }),
    );
    await expect(gone).rejects.toMatchObject({ name: "GoneException", $metadata: { httpStatusCode: 410 } });
    if (path === "") continue;
    await client.send(new DeleteConnectionCommand({ ConnectionId }));
    expect((await once(socket, "close"))[0]).toBe(1000);
    await expect(client.send(new GetConnectionCommand({ ConnectionId }))).rejects.toMatchObject({
      name: "GoneException",
    });
    client.destroy();
  }
  const unsigned = await it.ask(chat.host, `/prod/@connections/${encodeURIComponent(ConnectionId)}`);
  expect([unsigned.status, unsigned.body]).toEqual([403, '{"message":"Missing Authentication Token"}']);
});

test("connections end when nothing is said, and after two hours", async () => {
  const chat = await makeChat();
  await chat.twoWay("$default");
  await chat.stage("prod");
  const idle = chat.open();
  const busy = chat.open();
  await Promise.all([once(idle, "open"), once(busy, "open")]);
  await it.nuage.advance("9 minutes");
  await ask(busy, "still here");
  const closed = once(idle, "close");
  await it.nuage.advance("2 minutes");
  expect((await closed)[0]).toBe(1001);
  for (let minutes = 11; minutes < 118; minutes += 9) {
    await ask(busy, "still here");
    await it.nuage.advance("9 minutes");
  }
  const ended = once(busy, "close");
  await it.nuage.advance("10 minutes");
  expect((await ended)[0]).toBe(1001);
});

test("what is binary, or too large as a message or a frame, ends the connection", async () => {
  const chat = await makeChat();
  await chat.twoWay("$default");
  await chat.stage("prod");
  const framed = chat.open();
  await once(framed, "open");
  for (const fin of [false, false, false, true]) framed.send("x".repeat(32 * 1024), { fin });
  expect(JSON.parse(String((await once(framed, "message"))[0]))).toBeDefined();
  framed.send("x".repeat(32 * 1024 + 1));
  expect((await once(framed, "close"))[0]).toBe(1009);
  const large = chat.open();
  await once(large, "open");
  large.send("x".repeat(128 * 1024 + 1));
  expect((await once(large, "close"))[0]).toBe(1009);
  const binary = chat.open();
  await once(binary, "open");
  binary.send(Buffer.from([1, 2, 3]));
  expect((await once(binary, "close"))[0]).toBe(1003);
});

test("an authorizer decides who connects, and what it says is in every event", async () => {
  const chat = await makeChat();
  const uri = await it.makeFunction(
    "wsauth",
    `export const handler = async (event) => {
      const { user } = event.queryStringParameters;
      if (user === "nobody") throw new Error("Unauthorized");
      return { principalId: user, context: { level: 3 }, policyDocument: { Version: "2012-10-17", Statement: [
        { Action: "execute-api:Invoke", Resource: event.methodArn, Effect: user === "me" ? "Allow" : "Deny" }
      ] } };
    };`,
  );
  const { AuthorizerId } = await it.api.send(
    new CreateAuthorizerCommand({
      ApiId: chat.id,
      Name: "who",
      AuthorizerType: "REQUEST",
      AuthorizerUri: uri,
      IdentitySource: ["route.request.querystring.user"],
    }),
  );
  await chat.route("$connect", chat.target, { AuthorizationType: "CUSTOM", AuthorizerId });
  await chat.twoWay("$default");
  await chat.stage("prod");
  expect(await refused(chat.open("/prod"))).toMatchObject({ status: 401, body: { message: "Unauthorized" } });
  expect((await refused(chat.open("/prod?user=nobody"))).status).toBe(401);
  expect(await refused(chat.open("/prod?user=you"))).toMatchObject({
    status: 403,
    body: { message: "Forbidden" },
  });
  const socket = chat.open("/prod?user=me");
  await once(socket, "open");
  expect((await ask(socket, "x")).requestContext.authorizer).toEqual({ principalId: "me", level: 3 });
});

test("what a route's models and parameters do not allow is refused", async () => {
  const chat = await makeChat();
  const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
  await it.api.send(
    new CreateModelCommand({ ApiId: chat.id, Name: "Number", Schema: JSON.stringify(schema) }),
  );
  const { RouteId } = await chat.route("add", chat.target, {
    RouteResponseSelectionExpression: "$default",
    RequestModels: { $default: "Number" },
  });
  await it.api.send(
    new CreateRouteResponseCommand({ ApiId: chat.id, RouteId, RouteResponseKey: "$default" }),
  );
  await chat.route("$connect", chat.target, {
    RequestParameters: { "route.request.querystring.token": { Required: true } },
  });
  await chat.stage("prod");
  expect(await refused(chat.open())).toMatchObject({
    status: 400,
    body: { message: "Missing required request parameters: [token]" },
  });
  const socket = chat.open("/prod?token=1");
  await once(socket, "open");
  expect((await ask(socket, { action: "add", n: 1 })).requestContext.routeKey).toBe("add");
  expect(await ask(socket, { action: "add", n: "one" })).toMatchObject({ message: "Invalid request body" });
});

test("mock and HTTP integrations have templates before and behind them", async () => {
  const chat = await makeChat();
  const mock = await chat.plain({
    IntegrationType: "MOCK",
    RequestTemplates: { $default: '{"statusCode":200}' },
    TemplateSelectionExpression: "\\$default",
  });
  await it.api.send(
    new CreateIntegrationResponseCommand({
      ApiId: chat.id,
      IntegrationId: mock,
      IntegrationResponseKey: "/2\\d\\d/",
      ResponseTemplates: { $default: '{"pong":"$context.connectionId"}' },
      TemplateSelectionExpression: "\\$default",
    }),
  );
  await chat.twoWay("ping", mock);
  const heard: string[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      heard.push(`${request.method} ${request.url} ${request.headers["x-id"]} ${Buffer.concat(parts)}`);
      response.end('{"answer":42}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const outside = await chat.plain({
    IntegrationType: "HTTP",
    IntegrationMethod: "POST",
    IntegrationUri: `http://127.0.0.1:${port}/in`,
    RequestTemplates: { $default: '{"text":$input.json("$.text")}' },
    TemplateSelectionExpression: "\\$default",
    RequestParameters: { "integration.request.header.x-id": "context.connectionId" },
  });
  await chat.twoWay("ask", outside);
  await chat.stage("prod");
  const socket = chat.open();
  await once(socket, "open");
  const { pong } = await ask(socket, { action: "ping" });
  expect(pong).toMatch(/=$/);
  expect(await ask(socket, { action: "ask", text: "hi" })).toEqual({ answer: 42 });
  expect(heard).toEqual([`POST /in ${pong} {"text":"hi"}`]);
  server.close();
});

test("authorization is for connecting alone, and an unsigned client is refused by IAM", async () => {
  const chat = await makeChat();
  await expect(chat.route("join", chat.target, { AuthorizationType: "AWS_IAM" })).rejects.toMatchObject({
    name: "BadRequestException",
  });
  const { RouteId } = await chat.route("$connect", chat.target);
  await it.api.send(new UpdateRouteCommand({ ApiId: chat.id, RouteId, AuthorizationType: "AWS_IAM" }));
  await chat.stage("prod");
  expect((await refused(chat.open())).status).toBe(403);
});
