// What REST APIs answer, over HTTP: of functions, and what an API says by itself.
import { gunzipSync, gzipSync, inflateSync } from "node:zlib";
import * as sdk from "@aws-sdk/client-api-gateway";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MOCK, type Rest, startRest } from "./rest.fixture.ts";

let on: Rest;

beforeAll(async () => {
  on = await startRest();
});

afterAll(() => on?.nuage.stop());

const ECHO = "export const handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });";
const proxy = (uri: string) => ({ type: "AWS_PROXY", integrationHttpMethod: "POST", uri }) as const;

describe("a function behind a proxy integration", () => {
  test("is given the request as AWS gives it", async () => {
    const uri = await on.fn(ECHO);
    const id = await on.api([{ path: "/pets/{id}", verb: "ANY", integration: proxy(uri) }]);
    await on.client.send(
      new sdk.UpdateStageCommand({
        restApiId: id,
        stageName: "prod",
        patchOperations: [{ op: "replace", path: "/variables/colour", value: "blue" }],
      }),
    );
    const answer = await on.ask(id, "/prod/pets/a%20b?x=1&x=2&y=", {
      method: "POST",
      headers: { "X-Mine": ["a", "b"], "content-type": "application/json" },
      body: '{"n":1}',
    });
    expect(answer.status).toBe(200);
    const event = answer.json as Record<string, unknown>;
    expect(event).toMatchObject({
      resource: "/pets/{id}",
      path: "/pets/a%20b",
      httpMethod: "POST",
      headers: { "X-Mine": "b", "content-type": "application/json", "X-Forwarded-Proto": "http" },
      multiValueHeaders: { "X-Mine": ["a", "b"] },
      queryStringParameters: { x: "2", y: "" },
      multiValueQueryStringParameters: { x: ["1", "2"], y: [""] },
      pathParameters: { id: "a b" },
      stageVariables: { colour: "blue" },
      body: '{"n":1}',
      isBase64Encoded: false,
      requestContext: {
        resourcePath: "/pets/{id}",
        httpMethod: "POST",
        path: "/prod/pets/a%20b",
        stage: "prod",
        apiId: id,
        accountId: "000000000000",
        identity: { sourceIp: "127.0.0.1" },
        requestId: answer.headers["x-amzn-requestid"],
      },
    });
    const bare = (await on.ask(id, "/prod/pets/1")).json;
    expect(bare).toMatchObject({
      queryStringParameters: null,
      body: null,
      multiValueQueryStringParameters: null,
    });
  });

  test("answers with status, headers, cookies and bytes", async () => {
    const uri = await on.fn(`export const handler = async () => ({
      statusCode: 201, isBase64Encoded: true, body: Buffer.from([0, 255, 1]).toString("base64"),
      headers: { "content-type": "image/png", "x-one": 1 },
      multiValueHeaders: { "Set-Cookie": ["a=1", "b=2"] },
    });`);
    const id = await on.api([{ path: "/", verb: "GET", integration: proxy(uri) }], {
      binaryMediaTypes: ["image/*"],
    });
    const answer = await on.ask(id, "/prod", { headers: { accept: "image/png, */*" } });
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({
      "content-type": "image/png",
      "x-one": "1",
      "set-cookie": ["a=1", "b=2"],
    });
    expect([...answer.bytes]).toEqual([0, 255, 1]);
    expect((await on.ask(id, "/prod", { headers: { accept: "text/html" } })).text).toBe("AP8B");
  });

  test.each([
    ["throws", "throw new Error('no')"],
    ["answers text", "return 'hello'"],
    ["answers an unknown member", "return { statusCode: 200, answer: 1 }"],
    ["answers a body that is no text", "return { statusCode: 200, body: { a: 1 } }"],
    ["answers no status", "return { body: 'x' }"],
    ["answers a status that is none", "return { statusCode: 101 }"],
    ["answers headers that are a text", "return { statusCode: 200, headers: 'x' }"],
    ["answers a name that no header may have", "return { statusCode: 200, headers: { 'a b': 'x' } }"],
    ["answers a header of two lines", "return { statusCode: 200, headers: { a: 'x\\ny' } }"],
  ])("that %s is a bad gateway", async (_name, code) => {
    const uri = await on.fn(`export const handler = async () => { ${code} };`);
    const id = await on.api([{ path: "/", verb: "GET", integration: proxy(uri) }]);
    const answer = await on.ask(id, "/prod/");
    expect([answer.status, answer.json]).toEqual([502, { message: "Internal server error" }]);
    expect(answer.headers["x-amzn-errortype"]).toBe("InternalServerErrorException");
  });

  test("is not told of the connection, and says nothing of its own under the API's names", async () => {
    const uri = await on.fn(`export const handler = async ({ headers }) => ({
      statusCode: 200, body: JSON.stringify(Object.keys(headers).map((name) => name.toLowerCase())),
      headers: { Server: "me", date: "then", "WWW-Authenticate": "Basic", Connection: "close",
        "Content-Length": "2", Host: "h", "X-Amzn-Trace-Id": "mine", "x-own": "1" } });`);
    const id = await on.api([{ path: "/", verb: "POST", integration: proxy(uri) }]);
    const answer = await on.ask(id, "/prod/", { method: "POST", body: "text", headers: { te: "trailers" } });
    const names = answer.json as string[];
    expect(names).toContain("x-forwarded-for");
    for (const name of ["connection", "content-length", "te"]) expect(names).not.toContain(name);
    expect(answer.headers).toMatchObject({
      "x-amzn-remapped-server": "me",
      "x-amzn-remapped-date": "then",
      "x-amzn-remapped-www-authenticate": "Basic",
      "x-amzn-remapped-connection": "close",
      "x-amzn-remapped-content-length": "2",
      "x-amzn-trace-id": expect.stringMatching(/^Root=1-/),
      "x-own": "1",
    });
    for (const name of ["host", "www-authenticate"]) expect(answer.headers[name]).toBeUndefined();
  });

  test("that does not let the API in, or does not exist, is an error of the configuration", async () => {
    const missing =
      "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:none/invocations";
    const id = await on.api([{ path: "/", verb: "GET", integration: proxy(missing) }]);
    const answer = await on.ask(id, "/prod/");
    expect([answer.status, answer.json]).toEqual([500, { message: "Internal server error" }]);
  });

  test("that takes too long times out by the clock", async () => {
    const uri = await on.fn("export const handler = () => new Promise(() => setInterval(() => {}, 1000));");
    const id = await on.api([
      { path: "/", verb: "GET", integration: { ...proxy(uri), timeoutInMillis: 5000 } },
    ]);
    const answer = on.ask(id, "/prod/");
    const turn = async () => {
      for (let round = 0; round < 500; round++) {
        await on.nuage.clock.advance("1 second");
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const [{ status, json }] = await Promise.all([answer, turn()]);
    expect([status, json]).toEqual([504, { message: "Endpoint request timed out" }]);
  });
});

describe("an API that packs what it sends", () => {
  const settings = { minimumCompressionSize: 100 };
  const ask = (id: string, encoding: string, body: string | Uint8Array, more = {}) =>
    on.ask(id, "/prod/", { method: "POST", headers: { "accept-encoding": encoding, ...more }, body });

  test("packs answers that are large enough, as the client takes them", async () => {
    const uri = await on.fn(
      "export const handler = async ({ body }) => ({ statusCode: 200, body: 'x'.repeat(Number(body)) });",
    );
    const id = await on.api([{ path: "/", verb: "POST", integration: proxy(uri) }], settings);
    const zipped = await ask(id, "br, gzip;q=0.5", "500");
    expect(zipped.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(zipped.bytes).toString()).toBe("x".repeat(500));
    const deflated = await ask(id, "gzip;q=0, deflate", "500");
    expect(inflateSync(deflated.bytes)).toHaveLength(500);
    const small = await ask(id, "gzip", "50");
    expect([small.headers["content-encoding"], small.text]).toEqual([undefined, "x".repeat(50)]);
    expect((await ask(id, "br", "500")).headers["content-encoding"]).toBeUndefined();
  });

  test("unpacks what clients send", async () => {
    const id = await on.api([{ path: "/", verb: "POST", integration: proxy(await on.fn(ECHO)) }], settings);
    const packed = await ask(id, "identity", gzipSync("hello"), { "content-encoding": "gzip" });
    expect((packed.json as { body: string }).body).toBe("hello");
    expect((await ask(id, "identity", "hello", { "content-encoding": "gzip" })).status).toBe(415);
    expect((await ask(id, "identity", "hello", { "content-encoding": "br" })).status).toBe(415);
  });
});

describe("what an API says by itself", () => {
  test("of stages, paths and methods that it does not have", async () => {
    const id = await on.api([
      { path: "/a", verb: "GET", integration: MOCK, answers: [{ statusCode: "200" }] },
    ]);
    const tell = async (path: string, method = "GET") => {
      const { status, json } = await on.ask(id, path, { method });
      return [status, (json as { message: string }).message];
    };
    expect(await tell("/dev/a")).toEqual([403, "Forbidden"]);
    expect(await tell("/prod/b")).toEqual([403, "Missing Authentication Token"]);
    expect(await tell("/prod/a", "POST")).toEqual([403, "Missing Authentication Token"]);
    expect((await on.ask(id, "/prod/a")).status).toBe(200);
    expect((await on.ask("none", "/prod/a")).status).toBe(403);
  });

  test("as its owner has it said", async () => {
    const id = await on.api([{ path: "/a", verb: "GET", integration: MOCK }], {}, (restApiId) =>
      on.client.send(
        new sdk.PutGatewayResponseCommand({
          restApiId,
          responseType: "MISSING_AUTHENTICATION_TOKEN",
          statusCode: "404",
          responseParameters: {
            "gatewayresponse.header.X-Why": "'none'",
            "gatewayresponse.header.X-Q": "method.request.querystring.q",
          },
          responseTemplates: {
            "application/json": '{"error": $context.error.messageString, "stage": "$context.stage"}',
          },
        }),
      ),
    );
    const answer = await on.ask(id, "/prod/none?q=7");
    expect(answer.status).toBe(404);
    expect(answer.json).toEqual({ error: "Missing Authentication Token", stage: "prod" });
    expect(answer.headers).toMatchObject({ "x-why": "none", "x-q": "7" });
  });

  test("of requests that do not fit parameters and models", async () => {
    const validated = async (restApiId: string) => {
      const { id } = await on.client.send(
        new sdk.CreateRequestValidatorCommand({
          restApiId,
          name: "all",
          validateRequestBody: true,
          validateRequestParameters: true,
        }),
      );
      const schema = { type: "object", required: ["name"], properties: { name: { type: "string" } } };
      await on.client.send(
        new sdk.CreateModelCommand({
          restApiId,
          name: "Pet",
          contentType: "application/json",
          schema: JSON.stringify(schema),
        }),
      );
      await on.addMethod(restApiId, {
        path: "/pets",
        verb: "POST",
        requestValidatorId: id,
        requestModels: { "application/json": "Pet" },
        requestParameters: { "method.request.querystring.kind": true },
        integration: MOCK,
        answers: [{ statusCode: "200" }],
      });
    };
    const id = await on.api([], {}, validated);
    const post = (path: string, body: string) =>
      on.ask(id, path, { method: "POST", body, headers: { "content-type": "application/json" } });
    expect((await post("/prod/pets", "{}")).json).toEqual({
      message: "Missing required request parameters: [kind]",
    });
    const wrong = await post("/prod/pets?kind=dog", '{"name":1}');
    expect([wrong.status, wrong.json]).toEqual([400, { message: "Invalid request body" }]);
    expect((await post("/prod/pets?kind=dog", "{")).status).toBe(400);
    expect((await post("/prod/pets?kind=dog", '{"name":"Rex"}')).status).toBe(200);
  });
});
