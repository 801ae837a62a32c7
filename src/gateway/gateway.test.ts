import { request } from "node:http";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, describe, expect, it } from "vitest";
import { lambda, openTestGateway, s3, sts, type TestGateway } from "./gateway.fixture.ts";
import type { Call, CorsRule, GatewayOptions, Handler } from "./options.ts";

let gateway: TestGateway;
let calls: { input: Record<string, unknown>; call: Call }[] = [];
afterEach(() => gateway.close());

const credentials = { accessKeyId: "123456789012", secretAccessKey: "any" };
const noting =
  (output: Record<string, unknown>): Handler =>
  async (input, call) => {
    calls.push({ input, call });
    return output;
  };

async function open(overrides: Partial<GatewayOptions> = {}): Promise<void> {
  calls = [];
  gateway = await openTestGateway(
    [
      sts({
        GetCallerIdentity: async (_input, call) => ({
          Account: call.identity.account,
          Arn: call.identity.arn,
          UserId: call.requestId,
        }),
        AssumeRoleWithWebIdentity: noting({ Audience: "me" }),
      }),
      s3({ GetObject: noting({ Body: Buffer.from("hi") }), ListBuckets: noting({}) }),
      lambda({ ListFunctions: noting({ Functions: [] }), GetFunction: noting({}) }),
    ],
    overrides,
  );
}

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Unlike fetch, sends the headers it is given: a browser's Host and Origin too. */
function send({ method = "GET", path = "/", headers = {}, body }: Sent) {
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>(
    (resolve, reject) => {
      const outgoing = request(
        { host: "127.0.0.1", port: gateway.port, method, path, headers, agent: false },
        (incoming) => {
          let text = "";
          incoming.on("data", (part) => {
            text += String(part);
          });
          incoming.on("end", () => {
            resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
          });
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    },
  );
}

const scoped = (service: string) => ({
  authorization:
    `AWS4-HMAC-SHA256 Credential=123456789012/20260101/eu-west-1/${service}/aws4_request, ` +
    "SignedHeaders=host, Signature=00",
});
const form = { "content-type": "application/x-www-form-urlencoded" };

describe("a request's way", () => {
  it("goes from the client to the handler and back, and is recorded", async () => {
    await open();
    const client = new STSClient({ endpoint: gateway.endpoint, region: "eu-west-1", credentials });
    const answer = await client.send(new GetCallerIdentityCommand({}));
    expect(answer.Account).toBe("123456789012");
    expect(answer.$metadata.requestId).toBe(answer.UserId);
    expect(gateway.spans).toMatchObject([
      {
        name: "sts.GetCallerIdentity",
        kind: "call",
        status: "ok",
        account: "123456789012",
        region: "eu-west-1",
        requestId: answer.UserId,
        attributes: { httpStatus: 200, sdkAttempt: 1, sdkInvocationId: expect.any(String) },
      },
    ]);
    expect(gateway.usage).toMatchObject([
      { unit: "sts:GetCallerIdentity", quantity: 1, cause: "arn:aws:iam::123456789012:root" },
    ]);
    expect(gateway.lifecycle.inFlight).toBe(0);
    client.destroy();
  });

  it("joins the caller's trace, below a span of its own", async () => {
    await open();
    const root = "1-5759e988-bd862e3fe1be46a994272793";
    const trace = `Root=${root};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:3`;
    await send({ path: "/bucket/a%20key", headers: { "x-amzn-trace-id": trace } });
    const [span] = gateway.spans;
    expect(span).toMatchObject({
      traceId: root,
      parentId: "53995c3f42cd8ad8",
      attributes: { bucket: "bucket", key: "a key", bytesOut: 2 },
    });
    expect(calls[0]?.call.trace).toEqual({
      root,
      parent: span?.spanId,
      sampled: true,
      lineage: [{ resource: "a87bd80c", count: 3 }],
    });
  });

  it("prints what each step changed, when asked", async () => {
    await open({ debug: true });
    await send({ method: "POST", headers: form, body: "Action=GetCallerIdentity&Version=2011-06-15" });
    const printed = gateway.lines.join("");
    expect(printed).toMatch(/info POST \/ identify: .*serviceName=sts .*operationName=GetCallerIdentity/);
    expect(printed).toMatch(/info POST \/ throttle: admitted=true\n/);
    expect(printed).toMatch(/info POST \/ record: nothing changed\n/);
  });
});

describe("finds the service", () => {
  it.each<[string, Sent, Record<string, unknown>]>([
    ["by a dated path", { path: "/2015-03-31/functions/f" }, { FunctionName: "f" }],
    ["by a dated path of another year", { path: "/2015-03-31/functions" }, {}],
    [
      "by the host of a bucket",
      { path: "/key", headers: { host: "photos.localhost" } },
      { Bucket: "photos" },
    ],
    [
      "by the host of a bucket and S3",
      { path: "/key", headers: { host: "my.photos.s3.eu-west-1.localhost.localstack.cloud:4566" } },
      { Bucket: "my.photos", Key: "key" },
    ],
    [
      "by a signature, for a bucket that is called as a service",
      { path: "/key", headers: { host: "lambda.localhost", ...scoped("s3") } },
      { Bucket: "lambda", Key: "key" },
    ],
    [
      "by a form that nobody signed",
      {
        method: "POST",
        headers: form,
        body: "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::1:role/longenough&RoleSessionName=ab&WebIdentityToken=abcdef",
      },
      { WebIdentityToken: "abcdef" },
    ],
    [
      "by a query that nobody signed",
      {
        path: "/?Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::1:role/longenough&RoleSessionName=ab&WebIdentityToken=abcdef",
      },
      { WebIdentityToken: "abcdef" },
    ],
    [
      "by a link that nobody signed, with nothing but an operation's name and input",
      {
        path: "/?Action=AssumeRoleWithWebIdentity&RoleArn=arn:aws:iam::1:role/longenough&RoleSessionName=ab&WebIdentityToken=abcdef",
      },
      { WebIdentityToken: "abcdef" },
    ],
    ["by nothing: S3", { path: "/photos/key" }, { Bucket: "photos", Key: "key" }],
  ])("%s", async (_how, sent, input) => {
    await open();
    expect(await send(sent)).toMatchObject({ status: 200 });
    expect(calls[0]?.input).toMatchObject(input);
  });

  it("by a presigned query, as tools prove their identity with one", async () => {
    await open();
    const query =
      "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" +
      "123456789012%2F20990101%2Feu-west-1%2Fsts%2Faws4_request&X-Amz-Date=20990101T000000Z" +
      "&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00";
    const early = await send({ path: `/?${query}` });
    expect(early.status).toBe(403);
    const today = new Date(performance.timeOrigin).toISOString().replace(/[-:]|\.\d+/g, "");
    const now = query.replaceAll("20990101T000000Z", today).replace("Expires=60", "Expires=3600");
    expect((await send({ path: `/?${now}` })).text).toContain("<Account>123456789012</Account>");
  });

  it("takes the region from the host where no signature tells it", async () => {
    await open();
    await send({ headers: { host: "s3.ap-south-1.localhost" } });
    expect(calls[0]?.call.scope.region).toBe("ap-south-1");
  });

  it.each<[string, Sent, RegExp]>([
    [
      "a target",
      {
        method: "POST",
        headers: { "x-amz-target": "Nothing_2020.Do", "content-type": "application/x-amz-json-1.0" },
      },
      /"message":"The service \\"Nothing_2020\\" is not implemented\."/i,
    ],
    ["a scope", { headers: scoped("route53") }, /<Message>The service "route53" is not implemented\.</],
    [
      "a REST service",
      { path: "/x", headers: scoped("apigateway") },
      /The service \\"apigateway\\" is not impl/,
    ],
    [
      "a form's scope",
      { method: "POST", headers: { ...form, ...scoped("sns") }, body: "Action=Publish&Version=2010-03-31" },
      /<Code>NotImplemented<\/Code>[\s\S]*The service "sns" is not implemented\./,
    ],
    [
      "a CBOR service",
      { method: "POST", path: "/service/X/operation/Y", headers: { "smithy-protocol": "rpc-v2-cbor" } },
      /X/,
    ],
    [
      "an operation",
      { method: "POST", headers: form, body: "Action=GetSessionToken&Version=2011-06-15" },
      /The operation sts:GetSessionToken is not implemented\./,
    ],
    ["a REST operation", { method: "DELETE", path: "/bucket" }, /The operation s3:DeleteBucket is not impl/],
  ])("answers 501 for %s it does not have, and names it", async (_what, sent, message) => {
    await open();
    const answer = await send(sent);
    expect(answer.status).toBe(501);
    expect(answer.text.replaceAll("&quot;", '"')).toMatch(message);
  });

  it("speaks to Lambda's client", async () => {
    await open();
    const client = new LambdaClient({ endpoint: gateway.endpoint, region: "us-east-1", credentials });
    expect(await client.send(new ListFunctionsCommand({}))).toMatchObject({ Functions: [] });
    await expect(client.send(new ListFunctionsCommand({ MaxItems: 0 }))).resolves.toBeDefined();
  });
});

const rules: CorsRule[] = [
  {
    allowedOrigins: ["https://photos.example"],
    allowedMethods: ["GET"],
    allowedHeaders: ["*"],
    exposeHeaders: [],
  },
];
const corsRules = async (bucket: string) => (bucket === "open" ? rules : []);

describe("web pages", () => {
  const page = { origin: "https://photos.example" };

  it.each<[string, Sent]>([
    ["another origin", { path: "/closed/key", headers: page }],
    [
      "another origin, by a form",
      { method: "POST", headers: { ...form, ...page }, body: "Action=GetCallerIdentity" },
    ],
    ["another origin, on the platform's pages", { path: "/_nuage/health", headers: page }],
    ["no origin at all", { path: "/open/key", headers: { origin: "null" } }],
    ["another site, in an image", { path: "/open/key", headers: { "sec-fetch-site": "cross-site" } }],
    [
      "another site, in a link to an action",
      { path: "/?Action=X", headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" } },
    ],
    ["a rebound name", { path: "/open/key", headers: { host: "evil.example" } }],
    [
      "a rebound name, on the platform's pages",
      { path: "/_nuage/health", headers: { host: "evil.example:4566" } },
    ],
    ["a method the bucket does not allow", { method: "PUT", path: "/open/key", headers: page }],
  ])("of %s are refused", async (_what, sent) => {
    await open({ corsRules, admin: async () => ({ status: 200, json: {} }) });
    const answer = await send(sent);
    expect(answer.status).toBe(403);
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
    expect(calls).toEqual([]);
  });

  it("of an origin that the bucket allows read its objects", async () => {
    await open({ corsRules });
    const answer = await send({ path: "/open/key", headers: page });
    expect(answer).toMatchObject({ status: 200, text: "hi" });
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": "https://photos.example",
      vary: expect.stringContaining("Origin"),
    });
  });

  it("ask before, and are told as S3 tells", async () => {
    await open({ corsRules });
    const asked = {
      ...page,
      "access-control-request-method": "GET",
      "access-control-request-headers": "X-A",
    };
    const good = await send({ method: "OPTIONS", path: "/open/key", headers: asked });
    expect(good).toMatchObject({
      status: 200,
      text: "",
      headers: { "access-control-allow-methods": "GET", "access-control-allow-headers": "x-a" },
    });
    const other = { ...asked, "access-control-request-method": "DELETE" };
    const bad = await send({ method: "OPTIONS", path: "/open/key", headers: other });
    expect(bad.status).toBe(403);
    expect(bad.text).toMatch(/<Code>AccessForbidden<.*CORSResponse: This CORS request is not allowed\./);
    expect(bad.text).toContain("<Method>DELETE</Method><ResourceType>OBJECT</ResourceType>");
    const closed = await send({ method: "OPTIONS", path: "/closed", headers: asked });
    expect(closed.text).toContain("CORSResponse: CORS is not enabled for this bucket.");
  });

  it("of this machine use every service", async () => {
    await open();
    const origin = "http://localhost:3000";
    const asked = {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "x-amz-target",
    };
    const before = await send({ method: "OPTIONS", headers: asked });
    expect(before.status).toBe(200);
    expect(before.headers["access-control-allow-headers"]).toBe("x-amz-target");
    const body = "Action=GetCallerIdentity&Version=2011-06-15";
    const answer = await send({ method: "POST", headers: { ...form, origin }, body });
    expect(answer.status).toBe(200);
    expect(answer.headers["access-control-allow-origin"]).toBe(origin);
  });

  it("may link to an object", async () => {
    await open();
    const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    expect(await send({ path: "/bucket/key", headers })).toMatchObject({ status: 200 });
  });
});

describe("the platform's own pages", () => {
  it("answer JSON, with what was asked", async () => {
    await open({
      admin: async ({ method, path, query, body }) => ({
        status: 201,
        json: { method, path, size: query.get("size"), body: Buffer.from(body).toString() },
      }),
    });
    const answer = await send({ method: "POST", path: "/_nuage/reset?size=1", body: "{}" });
    expect(answer).toMatchObject({ status: 201, headers: { "content-type": "application/json" } });
    expect(JSON.parse(answer.text)).toEqual({ method: "POST", path: "/_nuage/reset", size: "1", body: "{}" });
    expect(gateway.spans).toEqual([]);
  });

  it("are not all there", async () => {
    await open();
    expect(await send({ path: "/_localstack/nothing" })).toMatchObject({ status: 404 });
  });

  it("stream lines until the client goes, and nobody waits for them", async () => {
    let ended = () => {};
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    async function* lines(signal: AbortSignal) {
      yield { n: 1 };
      yield { n: 2 };
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      ended();
    }
    await open({ admin: async ({ signal }) => ({ status: 200, lines: lines(signal) }) });
    const leave = new AbortController();
    const answer = await fetch(`${gateway.endpoint}/_nuage/logs`, { signal: leave.signal });
    expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
    let text = "";
    const reader = answer.body?.getReader();
    while (!text.includes('{"n":2}\n')) text += Buffer.from((await reader?.read())?.value ?? []).toString();
    await gateway.lifecycle.settled();
    leave.abort();
    await end;
  });

  it("hide a mistake", async () => {
    await open({ admin: async () => Promise.reject(new TypeError("inside")) });
    const answer = await send({ path: "/_nuage/health" });
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain("inside");
  });
});

it("says in a sentence that the port is taken", async () => {
  await open();
  await expect(openTestGateway([], { port: gateway.port })).rejects.toThrow(
    `Port ${gateway.port} is taken by another program.`,
  );
});
