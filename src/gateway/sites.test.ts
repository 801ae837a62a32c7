// Addresses that are users' own: how a request finds one, what it is told, and what reaches the client.
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { request as secureRequest } from "node:https";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createSigner } from "../kernel/certificate.ts";
import type { HttpRequest, HttpResponse, WebSocketLink, WebSocketOffer } from "../kernel/http.ts";
import { openTestGateway, type TestGateway } from "./gateway.fixture.ts";
import type { GatewayOptions, GatewaySite } from "./options.ts";

let gateway: TestGateway | undefined;

afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});

type Serve = (request: HttpRequest) => Promise<HttpResponse>;

async function open(serve: Serve, more: Partial<GatewaySite> = {}, options: Partial<GatewayOptions> = {}) {
  const site: GatewaySite = { id: "execute-api", serve, ...more };
  gateway = await openTestGateway([], {
    sites: {
      labels: new Map([["execute-api", "execute-api"]]),
      byId: (id) => (id === "execute-api" ? site : undefined),
      byPath: (path) => (path.startsWith("/_aws/execute-api/") ? site : undefined),
      byName: async (name) => (name === "api.example.com" ? site : undefined),
    },
    ...options,
  });
  return gateway;
}

interface Asked {
  readonly host?: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string;
}

async function ask(to: TestGateway, asked: Asked) {
  const { host = "a1b2c3.execute-api.us-east-1.localhost", path = "/", method = "GET" } = asked;
  const call = request({
    port: to.port,
    host: "127.0.0.1",
    path,
    method,
    headers: { ...asked.headers, host: `${host}:${to.port}` },
  });
  call.end(asked.body);
  const [response] = (await once(call, "response")) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(parts).toString() };
}

const echo: Serve = async (request) => {
  const { method, scheme, host, base, label, region, path, query, headers, sourceIp } = request;
  const body = Buffer.from(await request.body.collect(100)).toString();
  const heard = { method, scheme, host, base, label, region, path, query, sourceIp, body };
  return {
    status: 201,
    headers: [
      ["Content-Type", "application/json"],
      ["Set-Cookie", "one=1"],
      ["set-cookie", "two=2"],
    ],
    body: JSON.stringify({ ...heard, headers: headers.filter(([name]) => name.startsWith("X-")) }),
    seen: { account: "111122223333", region: "eu-west-1", name: "GET /", resource: "arn:api" },
  };
};

test("what no head may hold fails its own request alone", async () => {
  async function* parts() {
    yield Buffer.from("x");
  }
  const to = await open(async ({ path }) => ({
    status: 200,
    headers: path === "/good" ? [] : [path === "/name" ? ["bad name", "x"] : ["x", "two\nlines"]],
    body: path === "/stream" ? parts() : "x",
  }));
  const paths = ["/name", "/value", "/stream", "/good"];
  const answers = await Promise.all(paths.map((path) => ask(to, { path })));
  expect(answers.map(({ status }) => status)).toEqual([500, 500, 500, 200]);
  expect(answers[2]?.body).toBe('{"message":"Internal Server Error"}');
});

test("what a site says for the connection is not for it to say", async () => {
  const own = { upgrade: "x", te: "trailers", connection: "close", "proxy-connection": "x", "x-own": "1" };
  const to = await open(async () => ({ status: 200, headers: Object.entries(own), body: "x" }));
  const { status, headers } = await ask(to, {});
  expect([status, headers["x-own"]]).toEqual([200, "1"]);
  for (const name of ["upgrade", "te", "proxy-connection"]) expect(headers[name]).toBeUndefined();
});

test("a site is told what came, as it came", async () => {
  const to = await open(echo);
  const answer = await ask(to, {
    path: "/Pets/%20a//b?q=1&q=%2F",
    method: "POST",
    headers: { "X-One": ["a", "b"], origin: "https://stranger.example" },
    body: "hello",
  });
  expect(answer.status).toBe(201);
  expect(answer.headers["set-cookie"]).toEqual(["one=1", "two=2"]);
  expect(JSON.parse(answer.body)).toEqual({
    method: "POST",
    scheme: "http",
    host: `a1b2c3.execute-api.us-east-1.localhost:${to.port}`,
    base: `localhost:${to.port}`,
    label: "a1b2c3",
    region: "us-east-1",
    path: "/Pets/%20a//b",
    query: "q=1&q=%2F",
    sourceIp: "127.0.0.1",
    body: "hello",
    headers: [
      ["X-One", "a"],
      ["X-One", "b"],
    ],
  });
  expect(to.spans).toMatchObject([
    { name: "execute-api GET /", resource: "arn:api", account: "111122223333", region: "eu-west-1" },
  ]);
});

test("a site is found by its path, by a name of its own, and not otherwise", async () => {
  const to = await open(echo);
  expect((await ask(to, { host: "localhost", path: "/_aws/execute-api/a/b" })).status).toBe(201);
  expect((await ask(to, { host: "api.example.com" })).status).toBe(201);
  expect((await ask(to, { host: "www.example.com" })).status).toBe(403);
  expect((await ask(to, { host: "photos.localhost" })).status).toBe(501);
});

test("a body that is too large is the site's to refuse, a site that breaks is a 500", async () => {
  const to = await open(echo);
  const large = await ask(to, { method: "POST", body: "x".repeat(101) });
  expect([large.status, JSON.parse(large.body)]).toEqual([413, { message: "Request Entity Too Large" }]);
  await gateway?.close();
  const broken = await open(async () => {
    throw new TypeError("boom");
  });
  const answer = await ask(broken, {});
  expect([answer.status, JSON.parse(answer.body)]).toEqual([500, { message: "Internal Server Error" }]);
  expect(broken.lines.join("")).toContain("boom");
});

test("a stream reaches the client as it comes", async () => {
  let goOn = () => {};
  const heard = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const to = await open(async () => ({
    status: 200,
    headers: [],
    body: (async function* () {
      yield Buffer.from("first");
      await heard;
      yield Buffer.from("second");
    })(),
  }));
  const call = request({ port: to.port, host: "127.0.0.1", headers: { host: "x.execute-api.localhost" } });
  call.end();
  const [response] = (await once(call, "response")) as [IncomingMessage];
  const parts: string[] = [];
  for await (const part of response) {
    parts.push(String(part));
    goOn();
  }
  expect(parts).toEqual(["first", "second"]);
});

test("whose signature a request bears is told where the site asks", async () => {
  const signer: Serve = async (request) => ({
    status: 200,
    headers: [],
    body: JSON.stringify(await request.signer("execute-api")),
  });
  const to = await open(signer, {}, { auth: "verify" });
  expect(JSON.parse((await ask(to, {})).body)).toEqual({ kind: "unsigned" });
  const authorization =
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/us-east-1/execute-api/aws4_request, " +
    `SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`;
  const headers = { authorization, "x-amz-date": "20261123T000000Z" };
  expect(JSON.parse((await ask(to, { headers })).body)).toMatchObject({ kind: "refused" });
});

/** Accepts, says what it hears back, and keeps how the connection ended. */
function chat() {
  let tell: (end: [number, string]) => void = () => {};
  const end = new Promise<[number, string]>((resolve) => {
    tell = resolve;
  });
  let link: WebSocketLink | undefined;
  const connect = async (offer: WebSocketOffer) => {
    if (offer.request.path === "/no") return offer.refuse({ status: 401, headers: [], body: "no" });
    link = await offer.accept({
      ...(offer.protocols[0] === undefined ? {} : { protocol: offer.protocols[0] }),
      maxPayloadBytes: 10,
      maxFrameBytes: 10,
      events: {
        message: (data) => void link?.send(Buffer.from(data).toString()),
        ping: () => {},
        closed: (code, reason) => tell([code, reason]),
      },
    });
  };
  return { connect, end, link: () => link };
}

test("a WebSocket connection is accepted, talks, and closes", async () => {
  const { connect, end, link } = chat();
  const to = await open(echo, { connect });
  const host = `a1b2c3.execute-api.localhost:${to.port}`;
  const socket = new WebSocket(`ws://127.0.0.1:${to.port}/prod`, ["one", "two"], { headers: { host } });
  await once(socket, "open");
  expect(socket.protocol).toBe("one");
  socket.send("hello");
  const [heard] = (await once(socket, "message")) as [Buffer];
  expect(heard.toString()).toBe("hello");
  await to.lifecycle.settled();
  link()?.close(4000, "enough");
  expect((await once(socket, "close"))[0]).toBe(4000);
  expect(await end).toEqual([4000, "enough"]);
  expect(await link()?.send("late")).toBe(false);
});

test("a WebSocket connection is refused, and a message that is too large ends it", async () => {
  const { connect, end } = chat();
  const to = await open(echo, { connect });
  const headers = { host: `a1b2c3.execute-api.localhost:${to.port}` };
  const refused = new WebSocket(`ws://127.0.0.1:${to.port}/no`, { headers });
  const [, response] = (await once(refused, "unexpected-response")) as [unknown, IncomingMessage];
  expect(response.statusCode).toBe(401);
  const none = new WebSocket(`ws://localhost:${to.port}/`);
  const [, nobody] = (await once(none, "unexpected-response")) as [unknown, IncomingMessage];
  expect(nobody.statusCode).toBe(400);
  const socket = new WebSocket(`ws://127.0.0.1:${to.port}/`, { headers });
  await once(socket, "open");
  socket.send("x".repeat(11));
  expect((await once(socket, "close"))[0]).toBe(1009);
  expect((await end)[0]).toBe(1009);
});

test("with a certificate the same port answers HTTPS", async () => {
  const signer = await createSigner("Nuage", Date.parse("2026-11-23"), ["localhost", "127.0.0.1"]);
  const tls = { key: signer.privateKey, cert: signer.certificate };
  const { connect } = chat();
  const to = await open(echo, { connect }, { tls });
  const call = secureRequest({
    port: to.port,
    host: "127.0.0.1",
    ca: signer.certificate,
    checkServerIdentity: () => undefined,
    headers: { host: "x.execute-api.localhost" },
  });
  call.end();
  const [response] = (await once(call, "response")) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  expect(JSON.parse(Buffer.concat(parts).toString())).toMatchObject({ scheme: "https", label: "x" });
  expect((await ask(to, {})).status).toBe(201);
  const socket = new WebSocket(`wss://localhost:${to.port}/`, [], {
    ca: signer.certificate,
    headers: { host: "x.execute-api.localhost" },
  });
  await once(socket, "open");
  socket.send("safe");
  expect(String((await once(socket, "message"))[0])).toBe("safe");
  socket.close();
  await once(socket, "close");
});
