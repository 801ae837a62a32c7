// HTTP APIs as their clients and their functions see them.
import { AddPermissionCommand, CreateFunctionCommand, RemovePermissionCommand } from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Apis, ROLE, startApis } from "../apigateway.fixture.ts";

let it: Apis;
beforeAll(async () => {
  it = await startApis();
  await it.makeFunction("echo");
});
afterAll(() => it.stop());

const echo = "arn:aws:lambda:us-east-1:000000000000:function:echo";

describe("the event of format 2.0", () => {
  test("is what the client sent, and where it came from", async () => {
    const api = await it.makeApi({ Target: echo });
    const answer = await api.get("/my/path?a=1&a=2&b=%20x+y", {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "X-Header": ["one", "two"],
        Cookie: "c1=1; c2=2",
        "User-Agent": "agent",
      },
      body: '{"hello":"wörld"}',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers["apigw-requestid"]).toMatch(/^[\w]{15}=$/);
    const event = answer.json() as Record<string, unknown>;
    const { headers, requestContext, ...rest } = event as { headers: never; requestContext: never };
    expect(rest).toEqual({
      version: "2.0",
      routeKey: "$default",
      rawPath: "/my/path",
      rawQueryString: "a=1&a=2&b=%20x+y",
      cookies: ["c1=1", "c2=2"],
      queryStringParameters: { a: "1,2", b: " x y" },
      body: '{"hello":"wörld"}',
      isBase64Encoded: false,
    });
    expect(headers).toMatchObject({
      "content-length": "18",
      "content-type": "application/json",
      host: api.host,
      "user-agent": "agent",
      "x-amzn-trace-id": expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}/),
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-port": String(it.nuage.port),
      "x-forwarded-proto": "http",
      "x-header": "one,two",
    });
    expect(headers).not.toHaveProperty("connection");
    expect(requestContext).toEqual({
      accountId: "000000000000",
      apiId: api.id,
      domainName: api.host,
      domainPrefix: api.id,
      http: {
        method: "POST",
        path: "/my/path",
        protocol: "HTTP/1.1",
        sourceIp: "127.0.0.1",
        userAgent: "agent",
      },
      requestId: answer.headers["apigw-requestid"],
      routeKey: "$default",
      stage: "$default",
      time: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      timeEpoch: expect.any(Number),
    });
  });

  test("has paths decoded, and what is no text in base64", async () => {
    const api = await it.makeApi({ Target: echo });
    const answer = await api.get("/a%20b%2Fc/%C3%A9", { method: "PUT", body: Buffer.from([0, 255]) });
    expect(answer.json()).toMatchObject({
      rawPath: "/a b/c/é",
      rawQueryString: "",
      body: "AP8=",
      isBase64Encoded: true,
    });
    expect(answer.json()).not.toHaveProperty("queryStringParameters");
    const form = await api.get("/", {
      method: "POST",
      body: "a=1",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(form.json()).toMatchObject({ body: Buffer.from("a=1").toString("base64"), isBase64Encoded: true });
    expect((await api.get("/%zz")).status).toBe(400);
    expect((await api.get("/x%3Fy=1")).json()).toMatchObject({ rawPath: "/x" });
  });
});

describe("routes", () => {
  test("are chosen by their path, then by a greedy variable, then by default", async () => {
    const api = await it.makeApi();
    const target = await api.integration({ IntegrationUri: echo });
    for (const key of [
      "GET /pets/dog/1",
      "GET /pets/dog/{id}",
      "GET /pets/{proxy+}",
      "ANY /{proxy+}",
      "ANY /any",
      "$default",
    ]) {
      await api.route(key, target);
    }
    await api.stage();
    const chosen = async (method: string, path: string) => {
      const { routeKey, pathParameters } = (await api.get(path, { method })).json();
      return [routeKey, pathParameters];
    };
    expect(await chosen("GET", "/pets/dog/1")).toEqual(["GET /pets/dog/1", undefined]);
    expect(await chosen("GET", "/pets/dog/2")).toEqual(["GET /pets/dog/{id}", { id: "2" }]);
    expect(await chosen("GET", "/pets/cat/1")).toEqual(["GET /pets/{proxy+}", { proxy: "cat/1" }]);
    expect(await chosen("POST", "/pets/dog/1")).toEqual(["ANY /{proxy+}", { proxy: "pets/dog/1" }]);
    expect(await chosen("PATCH", "/any")).toEqual(["ANY /any", undefined]);
    expect(await chosen("GET", "/")).toEqual(["$default", undefined]);
    expect(await chosen("GET", "/pets/dog/")).toEqual(["GET /pets/{proxy+}", { proxy: "dog/" }]);
  });

  test("that are not there are answered as AWS does", async () => {
    const api = await it.makeApi();
    await api.route("GET /here", await api.integration({ IntegrationUri: echo }));
    expect((await api.get("/here")).status).toBe(404);
    await api.stage();
    expect((await api.get("/here")).status).toBe(200);
    const answer = await api.get("/there");
    expect([answer.status, answer.body]).toEqual([404, '{"message":"Not Found"}']);
    expect(answer.headers["content-type"]).toBe("application/json");
    const nobody = await it.ask(`nothere.execute-api.us-east-1.localhost:${it.nuage.port}`, "/");
    expect([nobody.status, nobody.body]).toEqual([403, '{"message":"Forbidden"}']);
  });

  test("are reached by a stage's name, and by paths on the platform's own host", async () => {
    const api = await it.makeApi();
    await api.route("GET /pets/{id}", await api.integration({ IntegrationUri: echo }));
    await api.stage("dev", { StageVariables: { who: "me" } });
    const own = (await api.get("/dev/pets/7")).json();
    expect(own).toMatchObject({
      rawPath: "/dev/pets/7",
      pathParameters: { id: "7" },
      stageVariables: { who: "me" },
      requestContext: { stage: "dev", http: { path: "/dev/pets/7" } },
    });
    const host = `localhost:${it.nuage.port}`;
    for (const path of [
      `/_aws/execute-api/${api.id}/dev/pets/7`,
      `/restapis/${api.id}/dev/_user_request_/pets/7`,
    ]) {
      expect((await it.ask(host, path)).json()).toMatchObject({
        rawPath: "/dev/pets/7",
        requestContext: { domainName: api.host, domainPrefix: api.id },
      });
    }
    expect((await api.get("/pets/7")).status).toBe(404);
  });
});

describe("a function's answer", () => {
  const answering = (name: string, answer: string) =>
    it.makeFunction(name, `export const handler = async () => { ${answer} };`);

  async function heard(name: string, answer: string, format = "2.0") {
    const api = await it.makeApi();
    const uri = await answering(name, answer);
    await api.route("$default", await api.integration({ IntegrationUri: uri, PayloadFormatVersion: format }));
    await api.stage();
    return api.get("/");
  }

  test("without a status is the body of a success", async () => {
    const answer = await heard("plain", "return { hello: 1 };");
    expect([answer.status, answer.body]).toEqual([200, '{"hello":1}']);
    expect(answer.headers["content-type"]).toBe("application/json");
  });

  test("has headers, cookies and bytes", async () => {
    const answer = await heard(
      "rich",
      `return { statusCode: 201, headers: { "X-One": 1, "Content-Type": "image/png" },
        cookies: ["a=1; Path=/", "b=2"], body: "AP8=", isBase64Encoded: true };`,
    );
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({
      "x-one": "1",
      "content-type": "image/png",
      "set-cookie": ["a=1; Path=/", "b=2"],
    });
    expect([...answer.bytes]).toEqual([0, 255]);
  });

  test("is a 500 when it is none, fails or may not be had", async () => {
    for (const [name, code] of [
      ["badstatus", 'return { statusCode: "abc", body: "x" };'],
      ["badheaders", 'return { statusCode: 200, headers: "x" };'],
      ["badbody", "return { statusCode: 200, body: { a: 1 } };"],
      ["switches", "return { statusCode: 101 };"],
      ["throws", 'throw new Error("boom");'],
    ] as const) {
      const answer = await heard(name, code);
      expect([name, answer.status, answer.body]).toEqual([name, 500, '{"message":"Internal Server Error"}']);
    }
    await it.lambda.send(
      new CreateFunctionCommand({
        FunctionName: "closed",
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Role: ROLE,
        Code: { ZipFile: zipSync({ "index.mjs": strToU8("export const handler = async () => 1;") }) },
      }),
    );
    const api = await it.makeApi({ Target: "arn:aws:lambda:us-east-1:000000000000:function:closed" });
    expect((await api.get("/")).status).toBe(500);
    const permission = {
      FunctionName: "closed",
      StatementId: "s",
      Action: "lambda:InvokeFunction",
      Principal: "apigateway.amazonaws.com",
    };
    const open = {
      ...permission,
      SourceArn: `arn:aws:execute-api:us-east-1:000000000000:${api.id}/*/$default`,
    };
    await it.lambda.send(new AddPermissionCommand(open));
    expect((await api.get("/")).status).toBe(200);
    await it.lambda.send(new RemovePermissionCommand({ FunctionName: "closed", StatementId: "s" }));
    await it.lambda.send(
      new AddPermissionCommand({ ...open, SourceArn: open.SourceArn.replace(api.id, "another") }),
    );
    expect((await api.get("/")).status).toBe(500);
  });

  test("in format 1.0 has lists of headers, and must have a status", async () => {
    const answer = await heard(
      "v1",
      `return { statusCode: 200, multiValueHeaders: { "Set-Cookie": ["a=1", "b=2"] }, body: "x" };`,
      "1.0",
    );
    expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
    expect((await heard("v1bad", "return { hello: 1 };", "1.0")).status).toBe(500);
  });

  test("that takes too long is a 503, and the function goes on", async () => {
    const api = await it.makeApi();
    const uri = await it.makeFunction(
      "slow",
      "export const handler = () => new Promise((resolve) => setTimeout(resolve, 500, 1));",
    );
    await api.route("$default", await api.integration({ IntegrationUri: uri, TimeoutInMillis: 50 }));
    await api.stage();
    const answer = await api.get("/");
    expect([answer.status, answer.body]).toEqual([503, '{"message":"Service Unavailable"}']);
    await it.nuage.idle();
  });
});

test("the event of format 1.0 has lists of headers and queries", async () => {
  const api = await it.makeApi();
  const target = await api.integration({ IntegrationUri: echo, PayloadFormatVersion: "1.0" });
  await api.route("GET /pets/{id}", target);
  await api.stage();
  const event = (await api.get("/pets/1?a=1&a=2", { headers: { "X-One": ["a", "b"] } })).json();
  expect(event).toMatchObject({
    version: "1.0",
    resource: "/pets/{id}",
    path: "/pets/1",
    httpMethod: "GET",
    multiValueHeaders: { "x-one": ["a", "b"], Host: [api.host] },
    headers: { "x-one": "b", "X-Forwarded-For": "127.0.0.1" },
    queryStringParameters: { a: "2" },
    multiValueQueryStringParameters: { a: ["1", "2"] },
    pathParameters: { id: "1" },
    stageVariables: null,
    body: null,
    isBase64Encoded: false,
    requestContext: {
      resourcePath: "/pets/{id}",
      stage: "$default",
      httpMethod: "GET",
      identity: { sourceIp: "127.0.0.1", accessKey: null },
    },
  });
});

test("what is too large is refused", async () => {
  const api = await it.makeApi({ Target: echo });
  const large = await api.get("/", { method: "POST", body: Buffer.alloc(10 * 1024 * 1024 + 1) });
  expect([large.status, large.body]).toEqual([413, '{"message":"Request Entity Too Large"}']);
  const headers = await api.get("/", { headers: { "x-large": "x".repeat(10_300) } });
  expect([headers.status, headers.body]).toEqual([431, '{"message":"Request Header Fields Too Large"}']);
});

test("HEAD has the head of GET alone", async () => {
  const api = await it.makeApi({ Target: echo });
  const answer = await api.get("/", { method: "HEAD" });
  expect([answer.status, answer.body]).toEqual([200, ""]);
});
