import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionUrlConfigCommand,
  type CreateFunctionUrlConfigCommandInput,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  UpdateFunctionUrlConfigCommand,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lambda, STORES, startLambda } from "./lambda.fixture.ts";

const HELP =
  "Forbidden. For troubleshooting Function URL authorization issues, see: " +
  "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";

/** Lets everybody in, as the console does for AuthType NONE. */
async function open({ lambda }: Lambda, FunctionName: string, Qualifier?: string) {
  const statement = { FunctionName, Principal: "*", ...(Qualifier ? { Qualifier } : {}) };
  await lambda.send(
    new AddPermissionCommand({
      ...statement,
      StatementId: "url",
      Action: "lambda:InvokeFunctionUrl",
      FunctionUrlAuthType: "NONE",
    }),
  );
  await lambda.send(
    new AddPermissionCommand({
      ...statement,
      StatementId: "invoke",
      Action: "lambda:InvokeFunction",
      InvokedViaFunctionUrl: true,
    }),
  );
}

/** A function with an open URL; gives the URL in the form that needs no names to be looked up. */
async function serve(
  world: Lambda,
  name: string,
  code: string,
  more: Partial<CreateFunctionUrlConfigCommandInput> = {},
): Promise<string> {
  await world.create(name, code, { Timeout: 20 });
  await open(world, name);
  return urlOf(world, name, more);
}

async function urlOf(
  { lambda, nuage }: Lambda,
  FunctionName: string,
  more: Partial<CreateFunctionUrlConfigCommandInput> = {},
): Promise<string> {
  const { FunctionUrl = "" } = await lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE", ...more }),
  );
  return `${nuage.endpoint}/_aws/lambda-url/${new URL(FunctionUrl).hostname.split(".")[0]}`;
}

const ECHO_EVENT = "export const handler = async (event) => event;";

describe.each(STORES)("at function URLs on a %s store", (_kind, options) => {
  let world: Lambda;
  let s3: S3Client;
  beforeAll(async () => {
    world = await startLambda(options);
    s3 = world.nuage.client(S3Client);
    await s3.send(new CreateBucketCommand({ Bucket: "signs" }));
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
      headers: { "x-own": "mine", "x-forwarded-proto": "http" },
      requestContext: {
        accountId: "anonymous",
        stage: "$default",
        http: { method: "POST", path: "/my/pa%20th", protocol: "HTTP/1.1", sourceIp: "127.0.0.1" },
      },
      body: "héllo",
      isBase64Encoded: false,
    });
    expect(event.requestContext?.requestId).toBe(response.headers.get("x-amzn-requestid"));
    expect(response.headers.get("x-amzn-trace-id")).toMatch(/^Root=1-/);
    expect(await (await fetch(url)).json()).toMatchObject({ rawPath: "/" });
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

  it("nobody comes in whom no statement lets in", async () => {
    await world.create("shut");
    const url = await urlOf(world, "shut");
    const shut = await fetch(url);
    expect([shut.status, await shut.json()]).toEqual([403, { Message: HELP }]);
    expect(shut.headers.get("x-amzn-errortype")).toBe("AccessDeniedException");
    await world.lambda.send(
      new AddPermissionCommand({
        FunctionName: "shut",
        StatementId: "url",
        Action: "lambda:InvokeFunctionUrl",
        Principal: "*",
        FunctionUrlAuthType: "NONE",
      }),
    );
    // Since October 2025 one is not enough.
    expect((await fetch(url)).status).toBe(403);
    await world.lambda.send(
      new AddPermissionCommand({
        FunctionName: "shut",
        StatementId: "invoke",
        Action: "lambda:InvokeFunction",
        Principal: "*",
      }),
    );
    expect((await fetch(url)).status).toBe(200);
    await world.lambda.send(
      new UpdateFunctionUrlConfigCommand({ FunctionName: "shut", AuthType: "AWS_IAM" }),
    );
    const unsigned = await fetch(url);
    expect([unsigned.status, await unsigned.json()]).toEqual([403, { Message: "Forbidden" }]);
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
    const code = `export const handler = async ({ requestContext: { http } }) => ({ statusCode: 200, body: http.method,
      headers: { "access-control-allow-origin": "https://own.example", "access-control-max-age": "9" } });`;
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

  /** Writes a part, waits for an object to appear, and goes on. */
  const parts = (first: string, then: string) => `
import { HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
const s3 = new S3Client({ forcePathStyle: true });
const exists = (Key) => s3.send(new HeadObjectCommand({ Bucket: "signs", Key })).then(() => true, () => false);
export const handler = awslambda.streamifyResponse(async (event, stream) => {
  const sign = event.rawPath.slice(1);
  ${first}
  while (!(await exists(sign))) await new Promise((resolve) => setTimeout(resolve, 5));
  ${then}
});`;
  const sign = (Key: string) => s3.send(new PutObjectCommand({ Bucket: "signs", Key, Body: "" }));
  const STREAM = { InvokeMode: "RESPONSE_STREAM" } as const;

  /** The body's text; `seen` is called after each part of it. */
  async function read(response: Response, seen: (text: string) => Promise<unknown>): Promise<string> {
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString();
      await seen(text);
    }
    return text;
  }

  it("answers that are streamed arrive while the function still runs", async () => {
    const first = `stream = awslambda.HttpResponseStream.from(stream,
      { statusCode: 203, headers: { "Content-Type": "text/event-stream", "x-own": "yes" }, cookies: ["a=1"] });
      stream.write("first ");`;
    const url = await serve(world, "streams", parts(first, `stream.end("second");`), STREAM);
    const response = await fetch(`${url}/stream-1`);
    expect(response.status).toBe(203);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("x-own")).toBe("yes");
    expect(response.headers.getSetCookie()).toEqual(["a=1"]);
    const text = await read(response, async (soFar) => {
      if (soFar === "first ") await sign("stream-1");
    });
    expect(text).toBe("first second");
  });

  it("answers that are streamed as they are have the type that was set", async () => {
    const code = parts(`stream.setContentType("text/csv"); stream.write("a,");`, `stream.end("b");`);
    const url = await serve(world, "typed", code, STREAM);
    await sign("typed-1");
    const response = await fetch(`${url}/typed-1`);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/csv"]);
    expect(await response.text()).toBe("a,b");
  });

  it("an answer that fails in the middle breaks off, one that fails before is a 502", async () => {
    const code = parts(`if (sign !== "now") stream.write("part");`, `throw new Error("no");`);
    const url = await serve(world, "breaks", code, STREAM);
    const response = await fetch(`${url}/break-1`);
    await expect(read(response, () => sign("break-1"))).rejects.toThrow();
    await sign("now");
    const failed = await fetch(`${url}/now`);
    expect([failed.status, await failed.text()]).toEqual([502, "Internal Server Error"]);
    await sign("broken-head");
    const odd = await serve(
      world,
      "odd",
      `export const handler = awslambda.streamifyResponse(async (event, stream) => {
        awslambda.HttpResponseStream.from(stream, { statusCode: 1000 }); stream.end("x"); });`,
      STREAM,
    );
    expect((await fetch(odd)).status).toBe(502);
  });

  it("who leaves an answer holds nobody up, and HEAD has no body", async () => {
    const code = parts(
      `for (let i = 0; i < 40; i++) stream.write(Buffer.alloc(100_000));`,
      `stream.end("x");`,
    );
    const url = await serve(world, "leaves", code, STREAM);
    const leaving = new AbortController();
    const response = await fetch(`${url}/leave-1`, { signal: leaving.signal });
    await response.body?.getReader().read();
    leaving.abort();
    await sign("leave-1");
    await world.nuage.idle();
    const head = await fetch(`${url}/leave-1`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    await world.nuage.idle();
  });

  it("a function that does not stream has its answer given as it is in RESPONSE_STREAM mode", async () => {
    const code = "export const handler = async () => ({ statusCode: 201, body: 'x' });";
    const url = await serve(world, "unstreamed", code, STREAM);
    const response = await fetch(url);
    expect([response.status, await response.json()]).toEqual([200, { statusCode: 201, body: "x" }]);
  });
});

/** As the SDK wants hashes: by themselves, or keyed. */
class Sha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return new Uint8Array(data);
}

async function signed(url: string, change: { service?: string; accessKeyId?: string; body?: string } = {}) {
  const { hostname, port, pathname } = new URL(url);
  const signer = new SignatureV4({
    service: change.service ?? "lambda",
    region: "us-east-1",
    credentials: { accessKeyId: change.accessKeyId ?? "test", secretAccessKey: "test" },
    sha256: Sha256,
  });
  const request = await signer.sign({
    method: "POST",
    protocol: "http:",
    hostname,
    port: Number(port),
    path: pathname,
    headers: { host: `${hostname}:${port}`, "content-type": "text/plain" },
    body: "signed",
  });
  const { host: _host, ...headers } = request.headers;
  return fetch(url, { method: "POST", headers, body: change.body ?? "signed" });
}

describe("function URLs that ask for a signature", () => {
  let world: Lambda;
  beforeAll(async () => {
    world = await startLambda({ auth: "verify" });
  });
  afterAll(() => world.nuage.stop());

  it("let in who has signed, and tell the function who it is", async () => {
    await world.create("mine", ECHO_EVENT);
    const url = await urlOf(world, "mine", { AuthType: "AWS_IAM" });
    const answer = await signed(`${url}/`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      body: "signed",
      requestContext: {
        accountId: "000000000000",
        authorizer: { iam: { accessKey: "test", accountId: "000000000000", cognitoIdentity: null } },
      },
    });
  });

  it("refuse signatures that do not fit", async () => {
    await world.create("strict", ECHO_EVENT);
    const url = await urlOf(world, "strict", { AuthType: "AWS_IAM" });
    const other = await signed(`${url}/`, { body: "changed" });
    expect(other.status).toBe(403);
    expect(((await other.json()) as { message: string }).message).toMatch(/signature/i);
    expect((await signed(`${url}/`, { service: "execute-api" })).status).toBe(403);
  });
});

describe("function URLs where signatures are believed", () => {
  let world: Lambda;
  beforeAll(async () => {
    world = await startLambda();
  });
  afterAll(() => world.nuage.stop());

  it("let in another account only where a statement does", async () => {
    await world.create("theirs", ECHO_EVENT);
    const url = await urlOf(world, "theirs", { AuthType: "AWS_IAM" });
    const accessKeyId = "111122223333";
    const shut = await signed(`${url}/`, { accessKeyId });
    expect([shut.status, await shut.json()]).toEqual([403, { Message: HELP }]);
    for (const Action of ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]) {
      await world.lambda.send(
        new AddPermissionCommand({
          FunctionName: "theirs",
          StatementId: Action.slice(7),
          Action,
          Principal: accessKeyId,
          ...(Action.endsWith("Url") ? { FunctionUrlAuthType: "AWS_IAM" } : { InvokedViaFunctionUrl: true }),
        }),
      );
    }
    expect((await signed(`${url}/`, { accessKeyId })).status).toBe(200);
  });
});
