import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import {
  CreateAliasCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  UpdateFunctionUrlConfigCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lambda, STORES, startLambda } from "../lambda.fixture.ts";
import { ECHO_EVENT, open, serve, urlOf } from "./urls.fixture.ts";

describe.each(STORES)("at function URLs on a %s store", (_kind, options) => {
  let world: Lambda;
  beforeAll(async () => {
    world = await startLambda(options);
  });
  afterAll(() => world.nuage.stop());

  it("requests reach functions as events", async () => {
    const url = await serve(world, "echo", ECHO_EVENT);
    const response = await fetch(`${url}/my/pa%20th?a=1&a=2`, {
      method: "POST",
      headers: { "content-type": "text/plain", cookie: "one=1; two=2", "x-own": "mine" },
      body: "héllo",
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    const event = (await response.json()) as Record<string, Record<string, unknown>>;
    expect(event).toMatchObject({
      version: "2.0",
      routeKey: "$default",
      rawPath: "/my/pa%20th",
      rawQueryString: "a=1&a=2",
      cookies: ["one=1", "two=2"],
      queryStringParameters: { a: "1,2" },
      headers: { "x-own": "mine", "x-forwarded-proto": "http", "content-length": "6" },
      requestContext: {
        accountId: "anonymous",
        stage: "$default",
        http: { method: "POST", path: "/my/pa%20th", protocol: "HTTP/1.1", sourceIp: "127.0.0.1" },
      },
      body: "héllo",
      isBase64Encoded: false,
    });
    expect(event.headers).not.toHaveProperty("connection");
    expect(event.requestContext?.requestId).toBe(response.headers.get("x-amzn-requestid"));
    expect(response.headers.get("x-amzn-trace-id")).toMatch(/^Root=1-/);
    expect(await (await fetch(url)).json()).toMatchObject({ rawPath: "/" });
  });

  it("functions say nothing for the connection or to browsers' own windows", async () => {
    const url = await serve(
      world,
      "remapped",
      `export const handler = async () => ({
        statusCode: 401, headers: { "WWW-Authenticate": "Bearer", date: "then", "x-own": "1" } });`,
    );
    const { status, headers } = await fetch(url);
    expect([status, headers.get("x-amzn-remapped-www-authenticate"), headers.get("x-own")]).toEqual([
      401,
      "Bearer",
      "1",
    ]);
    expect([headers.get("www-authenticate"), headers.get("x-amzn-remapped-date")]).toEqual([null, "then"]);
  });

  it("are found by their hosts", async () => {
    await world.create("host", "export const handler = async (e) => e.requestContext.domainName;");
    await open(world, "host");
    await urlOf(world, "host");
    const { FunctionUrl = "" } = await world.lambda.send(
      new GetFunctionUrlConfigCommand({ FunctionName: "host" }),
    );
    const { host, hostname } = new URL(FunctionUrl);
    const ask = async (name: string) => {
      const call = httpRequest({ host: "127.0.0.1", port: world.nuage.port, headers: { host: name } });
      call.end();
      const [answer] = (await once(call, "response")) as [IncomingMessage];
      let body = "";
      for await (const part of answer) body += String(part);
      return { status: answer.statusCode, body };
    };
    expect(await ask(host)).toEqual({ status: 200, body: `"${hostname}"` });
    expect(await ask(host.replace("us-east-1", "eu-west-1"))).toEqual({
      status: 403,
      body: '{"Message":null}',
    });
  });

  it("answers have the status, headers, cookies and bytes that functions give", async () => {
    const url = await serve(
      world,
      "custom",
      `export const handler = async ({ rawPath }) => ({
        "/custom": { statusCode: 201, headers: { "X-Own": "yes", "Content-Type": "text/html" },
          cookies: ["a=1; Path=/", "b=2"], body: "<p>" },
        "/bytes": { statusCode: 200, headers: { "content-type": "image/png" }, body: "iVBORw==",
          isBase64Encoded: true },
        "/text": "plain", "/wrong": { statusCode: "no" }, "/empty": { statusCode: 204 } })[rawPath]`,
    );
    const custom = await fetch(`${url}/custom`);
    expect(custom.status).toBe(201);
    expect(custom.headers.get("x-own")).toBe("yes");
    expect(custom.headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2"]);
    expect(await custom.text()).toBe("<p>");
    const bytes = await fetch(`${url}/bytes`);
    expect(Buffer.from(await bytes.arrayBuffer()).toString("hex")).toBe("89504e47");
    expect(await (await fetch(`${url}/text`)).text()).toBe('"plain"');
    expect((await fetch(`${url}/empty`)).status).toBe(204);
    expect(await (await fetch(`${url}/nothing`)).text()).toBe("null");
    const wrong = await fetch(`${url}/wrong`);
    expect([wrong.status, await wrong.text()]).toEqual([502, "Internal Server Error"]);
  });

  it("what fails or is throttled is told without a reason", async () => {
    const url = await serve(
      world,
      "fails",
      "export const handler = async () => { throw new Error('mine') };",
    );
    const failed = await fetch(url);
    expect([failed.status, await failed.text()]).toEqual([502, "Internal Server Error"]);
    await world.lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName: "fails", ReservedConcurrentExecutions: 0 }),
    );
    const throttled = await fetch(url);
    expect(throttled.status).toBe(429);
    expect(throttled.headers.get("x-amzn-errortype")).toBe("TooManyRequestsException");
    expect(await throttled.json()).toEqual({
      Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
      Type: "User",
      message: "Rate Exceeded.",
    });
    await world.lambda.send(new DeleteFunctionUrlConfigCommand({ FunctionName: "fails" }));
    const gone = await fetch(url);
    expect([gone.status, await gone.json()]).toEqual([403, { Message: null }]);
  });

  it("requests that are too large are refused, in bytes and as an event", async () => {
    const url = await serve(world, "large", "export const handler = async (e) => e.body.length;");
    const post = (sizeBytes: number, type: string) =>
      fetch(url, { method: "POST", headers: { "content-type": type }, body: "x".repeat(sizeBytes) });
    expect((await post(6_291_457, "text/plain")).status).toBe(413);
    const encoded = await post(5_000_000, "application/octet-stream");
    expect(encoded.status).toBe(413);
    expect(await encoded.json()).toEqual({
      message: "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
    });
    expect(await (await post(5_000_000, "text/plain")).json()).toBe(5_000_000);
  });
  it("an alias has its own URL, which runs its version", async () => {
    await world.create("aliased", "export const handler = async (e, context) => context.invokedFunctionArn;");
    await world.lambda.send(new PublishVersionCommand({ FunctionName: "aliased" }));
    await world.lambda.send(
      new CreateAliasCommand({ FunctionName: "aliased", Name: "live", FunctionVersion: "1" }),
    );
    await open(world, "aliased", "live");
    const url = await urlOf(world, "aliased", { Qualifier: "live" });
    expect(await (await fetch(url)).json()).toMatch(/:function:aliased:live$/);
  });

  it("pages of other origins are told what they may do", async () => {
    const Cors = {
      AllowOrigins: ["https://good.example"],
      AllowMethods: ["GET", "PUT"],
      AllowHeaders: ["x-own"],
      ExposeHeaders: ["x-seen"],
      AllowCredentials: true,
      MaxAge: 60,
    };
    const code = `const headers = {
        "access-control-allow-origin": "https://own.example", "access-control-max-age": "9" };
      export const handler = async ({ requestContext: { http } }) =>
        ({ statusCode: 200, headers, body: http.method });`;
    const url = await serve(world, "cors", code, { Cors });
    const asked = (origin: string) =>
      fetch(url, { method: "OPTIONS", headers: { origin, "access-control-request-method": "PUT" } });
    const good = await asked("https://good.example");
    expect([good.status, await good.text()]).toEqual([200, ""]);
    expect(Object.fromEntries(good.headers)).toMatchObject({
      "access-control-allow-origin": "https://good.example",
      "access-control-allow-methods": "GET,PUT",
      "access-control-allow-headers": "x-own",
      "access-control-allow-credentials": "true",
      "access-control-max-age": "60",
      vary: "Origin",
    });
    const bad = await asked("https://bad.example");
    expect(bad.headers.has("access-control-allow-origin")).toBe(false);
    const got = await fetch(url, { headers: { origin: "https://good.example" } });
    expect(await got.text()).toBe("GET");
    expect(got.headers.get("access-control-allow-origin")).toBe("https://good.example");
    expect(got.headers.get("access-control-expose-headers")).toBe("x-seen");
    expect(got.headers.get("access-control-max-age")).toBe("9");
    await world.lambda.send(
      new UpdateFunctionUrlConfigCommand({ FunctionName: "cors", Cors: { AllowOrigins: ["*"] } }),
    );
    const any = await fetch(url, { headers: { origin: "https://any.example" } });
    expect(any.headers.get("access-control-allow-origin")).toBe("*");
    const own = await serve(world, "own-cors", code);
    const preflight = await fetch(own, {
      method: "OPTIONS",
      headers: { origin: "https://good.example", "access-control-request-method": "PUT" },
    });
    expect(await preflight.text()).toBe("OPTIONS");
    expect(preflight.headers.get("access-control-allow-origin")).toBe("https://own.example");
  });
});
