// Answers of REST APIs that reach the client as they come.
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import * as sdk from "@aws-sdk/client-api-gateway";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MOCK, type Rest, startRest } from "./rest.fixture.ts";

let on: Rest;
let gate: Server;
/** What waits at the gate until it is opened, by path. */
const waiting = new Map<string, ServerResponse>();
let arrived: (() => void) | undefined;

/** A backend: `/open` waits to be let through; everything else is a stream of two parts with that between. */
beforeAll(async () => {
  on = await startRest();
  gate = createServer((_request, response) => {
    waiting.set(_request.url ?? "", response);
    arrived?.();
    if (!_request.url?.startsWith("/stream")) return;
    response.writeHead(206, { "content-type": "text/event-stream", "x-own": "yes" });
    response.write("first ");
  });
  gate.listen(0, "127.0.0.1");
  await once(gate, "listening");
});

afterAll(async () => {
  gate?.closeAllConnections();
  gate?.close();
  await on?.nuage.stop();
});

const backend = (path: string) => `http://127.0.0.1:${(gate.address() as AddressInfo).port}${path}`;

/** Lets what waits at a path through, once it is there. */
async function letThrough(path: string, text = ""): Promise<void> {
  while (!waiting.has(path)) {
    await new Promise<void>((resolve) => {
      arrived = resolve;
    });
  }
  waiting.get(path)?.end(text);
  waiting.delete(path);
}

const streams = (uri: string, timeoutInMillis = 900_000) =>
  ({
    type: "AWS_PROXY",
    integrationHttpMethod: "POST",
    uri: uri.replace("2015-03-31", "2021-11-15").replace("/invocations", "/response-streaming-invocations"),
    responseTransferMode: "STREAM",
    timeoutInMillis,
  }) as const;

const streaming = (code: string) =>
  `export const handler = awslambda.streamifyResponse(async (event, stream) => { ${code} });`;

const HEAD = `stream = awslambda.HttpResponseStream.from(stream, {
  statusCode: 203, headers: { "Content-Type": "text/plain", "x-own": "yes" }, cookies: ["a=1", "b=2"] });`;

async function open(id: string, path: string): Promise<IncomingMessage> {
  const { port } = new URL(on.nuage.endpoint);
  const host = `${id}.execute-api.us-east-1.localhost:${port}`;
  const call = request({ port, host: "127.0.0.1", path, headers: { host } });
  call.end();
  const [response] = (await once(call, "response")) as [IncomingMessage];
  return response;
}

/** The text; `seen` is called with what there is of it, part by part. */
async function read(response: IncomingMessage, seen: (text: string) => Promise<unknown>): Promise<string> {
  let text = "";
  for await (const part of response) {
    text += String(part);
    await seen(text);
  }
  return text;
}

describe("a function whose answer is streamed", () => {
  test("reaches the client while the function still runs", async () => {
    const uri = await on.fn(
      streaming(
        `${HEAD} stream.write("first "); await fetch("${backend("/open-1")}"); stream.end("second");`,
      ),
    );
    const id = await on.api([{ path: "/", verb: "GET", integration: streams(uri) }]);
    const response = await open(id, "/prod");
    expect(response.statusCode).toBe(203);
    expect(response.headers).toMatchObject({
      "content-type": "text/plain",
      "x-own": "yes",
      "set-cookie": ["a=1", "b=2"],
    });
    expect(response.headers["x-amzn-requestid"]).toBeDefined();
    const text = await read(response, async (soFar) => {
      if (soFar === "first ") await letThrough("/open-1");
    });
    expect(text).toBe("first second");
  });

  test("may be larger than an answer that is kept, and of any type", async () => {
    const uri = await on.fn(
      streaming(`stream = awslambda.HttpResponseStream.from(stream, { statusCode: 200 });
        for (let i = 0; i < 12; i++) stream.write(Buffer.alloc(1024 * 1024, i)); stream.end();`),
    );
    const id = await on.api([{ path: "/", verb: "GET", integration: streams(uri) }]);
    const { bytes, headers } = await on.ask(id, "/prod");
    expect([bytes.length, bytes.at(0), bytes.at(-1)]).toEqual([12 * 1024 * 1024, 0, 11]);
    expect(headers["content-type"]).toBe("application/json");
  });

  test.each([
    ["says nothing of a status", `stream.end("hello");`],
    ["begins with what is no JSON", `stream.write("{no"); stream.write(Buffer.alloc(8)); stream.end("x");`],
    [
      "has an impossible status",
      `stream.write('{"statusCode":1000}\\0\\0\\0\\0\\0\\0\\0\\0'); stream.end("x");`,
    ],
    [
      "begins its body too late",
      `stream.write("{}" + " ".repeat(17000)); stream.end("\\0\\0\\0\\0\\0\\0\\0\\0x");`,
    ],
    ["fails before it says anything", `throw new Error("no");`],
  ])("that %s is a bad gateway", async (_name, code) => {
    const id = await on.api([{ path: "/", verb: "GET", integration: streams(await on.fn(streaming(code))) }]);
    const answer = await on.ask(id, "/prod");
    expect([answer.status, answer.json]).toEqual([502, { message: "Internal server error" }]);
  });

  test("that does not stream is a bad gateway, too: it has nothing before its body", async () => {
    const uri = await on.fn("export const handler = async () => ({ statusCode: 200, body: 'x' });");
    const id = await on.api([{ path: "/", verb: "GET", integration: streams(uri) }]);
    expect((await on.ask(id, "/prod")).status).toBe(502);
  });

  test("that fails in the middle breaks off", async () => {
    const uri = await on.fn(
      streaming(
        `${HEAD} stream.write("first "); await fetch("${backend("/open-2")}"); throw new Error("no");`,
      ),
    );
    const id = await on.api([{ path: "/", verb: "GET", integration: streams(uri) }]);
    const response = await open(id, "/prod");
    await expect(read(response, () => letThrough("/open-2"))).rejects.toThrow(/aborted/);
  });

  test("breaks off when its time is over, and times out before it has begun", async () => {
    const slow = streaming(`${HEAD} stream.write("first "); await fetch("${backend("/never-1")}");`);
    const silent = streaming(`await fetch("${backend("/never-2")}");`);
    const id = await on.api([
      { path: "/slow", verb: "GET", integration: streams(await on.fn(slow), 2_000) },
      { path: "/silent", verb: "GET", integration: streams(await on.fn(silent), 500) },
    ]);
    const response = await open(id, "/prod/slow");
    await expect(read(response, async () => undefined)).rejects.toThrow(/aborted/);
    const late = await on.ask(id, "/prod/silent");
    expect([late.status, late.json]).toEqual([504, { message: "Endpoint request timed out" }]);
    await Promise.all([letThrough("/never-1"), letThrough("/never-2")]);
  });

  test("is told of in access logs once it is whole", async () => {
    const logs = on.nuage.client(CloudWatchLogsClient);
    const logGroupName = "streams";
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    const uri = await on.fn(streaming(`${HEAD} stream.write("12345"); stream.end("678");`));
    const id = await on.api([{ path: "/", verb: "GET", integration: streams(uri) }]);
    const replace = (path: string, value: string) => ({ op: "replace" as const, path, value });
    const format = [
      "$context.integration.responseTransferMode $context.responseLength",
      "$context.integration.timeToAllHeaders $context.integration.timeToFirstContent",
      "$context.integration.latency",
    ].join(" ");
    await on.client.send(
      new sdk.UpdateStageCommand({
        restApiId: id,
        stageName: "prod",
        patchOperations: [
          replace(
            "/accessLogSettings/destinationArn",
            `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`,
          ),
          replace("/accessLogSettings/format", format),
        ],
      }),
    );
    await on.ask(id, "/prod");
    await on.nuage.idle();
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
    expect(events.map(({ message }) => message)).toEqual([expect.stringMatching(/^STREAMED 8 \d+ \d+ \d+$/)]);
  });
});

describe("a backend over HTTP whose answer is streamed", () => {
  const passes = (path: string) =>
    ({
      type: "HTTP_PROXY",
      integrationHttpMethod: "GET",
      uri: backend(path),
      responseTransferMode: "STREAM",
      timeoutInMillis: 600_000,
    }) as const;

  test("reaches the client with its status and headers before it is whole", async () => {
    const id = await on.api([{ path: "/", verb: "GET", integration: passes("/stream-1") }]);
    const response = await open(id, "/prod");
    expect([response.statusCode, response.headers["content-type"], response.headers["x-own"]]).toEqual([
      206,
      "text/event-stream",
      "yes",
    ]);
    const text = await read(response, async (soFar) => {
      if (soFar === "first ") await letThrough("/stream-1", "second");
    });
    expect(text).toBe("first second");
  });

  test("breaks off where the backend does, or says nothing for too long", async () => {
    const id = await on.api(
      [
        { path: "/broken", verb: "GET", integration: passes("/stream-2") },
        { path: "/quiet", verb: "GET", integration: passes("/stream-3") },
      ],
      { endpointConfiguration: { types: ["REGIONAL"] } },
    );
    const broken = await open(id, "/prod/broken");
    const cut = async () => waiting.get("/stream-2")?.destroy();
    await expect(read(broken, cut)).rejects.toThrow(/aborted/);
    const quiet = await open(id, "/prod/quiet");
    await expect(read(quiet, () => on.nuage.advance("6 minutes"))).rejects.toThrow(/aborted/);
  });
});

describe("streaming", () => {
  test("is for proxies, by the address that streams, and for a quarter of an hour", async () => {
    const uri = await on.fn(streaming(""));
    const id = await on.api([{ path: "/", verb: "GET", integration: MOCK }]);
    const resourceId = await on.resourceAt(id, "/");
    const put = (integration: Partial<sdk.PutIntegrationRequest>) =>
      on.client.send(
        new sdk.PutIntegrationCommand({
          ...streams(uri),
          ...integration,
          restApiId: id,
          resourceId,
          httpMethod: "GET",
        }),
      );
    await expect(put({ type: "AWS" })).rejects.toThrow(/only supported for AWS_PROXY and HTTP_PROXY/);
    await expect(put({ uri })).rejects.toThrow(/response-streaming-invocations/);
    await expect(put({ responseTransferMode: "BUFFERED" })).rejects.toThrow(
      /requires response transfer mode/,
    );
    await expect(put({ timeoutInMillis: 900_001 })).rejects.toThrow(
      "Timeout should be between 50 ms and 900000 ms",
    );
    expect(await put({})).toMatchObject({ responseTransferMode: "STREAM", timeoutInMillis: 900_000 });
  });

  test("can be tried: what there is by then is answered as one", async () => {
    const whole = await on.fn(streaming(`${HEAD} stream.write("first "); stream.end("second");`));
    const large = await on.fn(
      streaming(`${HEAD} for (let i = 0; i < 30; i++) stream.write("x".repeat(100_000)); stream.end();`),
    );
    const id = await on.api([
      { path: "/whole", verb: "GET", integration: streams(whole) },
      { path: "/large", verb: "GET", integration: streams(large) },
    ]);
    const attempt = async (path: string) =>
      on.client.send(
        new sdk.TestInvokeMethodCommand({
          restApiId: id,
          resourceId: await on.resourceAt(id, path),
          httpMethod: "GET",
        }),
      );
    expect(await attempt("/whole")).toMatchObject({ status: 203, body: "first second" });
    const { status, body = "" } = await attempt("/large");
    expect(status).toBe(203);
    expect(body.length).toBeGreaterThan(1024 * 1024);
    expect(body.length).toBeLessThan(2 * 1024 * 1024);
  });
});
