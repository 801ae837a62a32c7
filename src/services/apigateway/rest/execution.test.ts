// What REST APIs answer, over HTTP: integrations of every kind, mappings, and what an API says by itself.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as sdk from "@aws-sdk/client-api-gateway";
import { CreateTableCommand, DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MOCK, type Rest, startRest } from "./rest.fixture.ts";

let on: Rest;
let backend: Server;
let backendUrl = "";

beforeAll(async () => {
  on = await startRest();
  backend = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method, url, headers } = request;
    response.writeHead(url?.startsWith("/teapot") ? 418 : 200, {
      "content-type": "application/json",
      "x-backend": ["one", "two"],
    });
    response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(parts).toString() }));
  });
  backend.listen(0, "127.0.0.1");
  await new Promise((resolve) => backend.once("listening", resolve));
  backendUrl = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
});

afterAll(async () => {
  backend?.close();
  await on?.nuage.stop();
});

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
      headers: { "content-type": "image/png", "x-one": 1 }, multiValueHeaders: { "Set-Cookie": ["a=1", "b=2"] },
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
  ])("that %s is a bad gateway", async (_name, code) => {
    const uri = await on.fn(`export const handler = async () => { ${code} };`);
    const id = await on.api([{ path: "/", verb: "GET", integration: proxy(uri) }]);
    const answer = await on.ask(id, "/prod/");
    expect([answer.status, answer.json]).toEqual([502, { message: "Internal server error" }]);
    expect(answer.headers["x-amzn-errortype"]).toBe("InternalServerErrorException");
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

describe("mock, HTTP and service integrations", () => {
  test("a mock answers what its templates say", async () => {
    const id = await on.api([
      {
        path: "/m/{id}",
        verb: "GET",
        requestParameters: {},
        integration: {
          type: "MOCK",
          requestTemplates: {
            "application/json": "{\"statusCode\": #if($input.params('id') == '0')404#{else}200#end}",
          },
        },
        answers: [
          {
            statusCode: "200",
            responseParameters: {
              "method.response.header.X-Static": "'s'",
              "method.response.header.X-Id": "context.requestId",
            },
            responseTemplates: {
              "application/json": '{"id": "$input.params(\'id\')", "stage": "$context.stage"}',
            },
          },
          {
            statusCode: "404",
            selectionPattern: "404",
            responseTemplates: { "text/plain": "no such thing" },
          },
        ],
      },
    ]);
    const found = await on.ask(id, "/prod/m/5");
    expect([found.status, found.json]).toEqual([200, { id: "5", stage: "prod" }]);
    expect(found.headers).toMatchObject({ "x-static": "s", "x-id": found.headers["x-amzn-requestid"] });
    const none = await on.ask(id, "/prod/m/0");
    expect([none.status, none.text, none.headers["content-type"]]).toEqual([
      404,
      "no such thing",
      "text/plain",
    ]);
  });

  test("an HTTP proxy passes everything on, and the answer back", async () => {
    const id = await on.api([
      {
        path: "/{proxy+}",
        verb: "ANY",
        requestParameters: { "method.request.path.proxy": true },
        integration: {
          type: "HTTP_PROXY",
          integrationHttpMethod: "ANY",
          uri: `${backendUrl}/base/{proxy}`,
          requestParameters: {
            "integration.request.path.proxy": "method.request.path.proxy",
            "integration.request.header.X-Added": "'yes'",
          },
        },
      },
    ]);
    const answer = await on.ask(id, "/prod/a/b%20c?q=1&q=2", {
      method: "PUT",
      body: "data",
      headers: { "x-own": "1" },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers["x-backend"]).toBe("one, two");
    expect(answer.json).toMatchObject({
      method: "PUT",
      url: "/base/a/b%20c?q=1&q=2",
      body: "data",
      headers: { "x-own": "1", "x-added": "yes", host: new URL(backendUrl).host },
    });
  });

  test("an HTTP integration sends what is mapped, and maps what it gets", async () => {
    const id = await on.api([
      {
        path: "/t",
        verb: "POST",
        requestParameters: { "method.request.querystring.q": false },
        integration: {
          type: "HTTP",
          integrationHttpMethod: "POST",
          uri: `${backendUrl}/teapot`,
          requestParameters: { "integration.request.querystring.query": "method.request.querystring.q" },
          requestTemplates: { "application/json": "{\"given\": $input.json('$.a')}" },
        },
        answers: [
          { statusCode: "200" },
          {
            statusCode: "400",
            selectionPattern: "4\\d{2}",
            responseParameters: { "method.response.header.X-Url": "integration.response.body.url" },
            responseTemplates: { "application/json": "{\"was\": $input.json('$.body')}" },
          },
        ],
      },
    ]);
    const answer = await on.ask(id, "/prod/t?q=5", {
      method: "POST",
      body: '{"a":[1]}',
      headers: { "content-type": "application/json" },
    });
    expect([answer.status, answer.json]).toEqual([400, { was: '{"given": [1]}' }]);
    expect(answer.headers["x-url"]).toBe("/teapot?query=5");
  });

  test("a backend that cannot be reached is a gateway timeout", async () => {
    const integration = {
      type: "HTTP_PROXY",
      integrationHttpMethod: "GET",
      uri: "http://127.0.0.1:1/",
    } as const;
    const id = await on.api([{ path: "/", verb: "GET", integration }]);
    const answer = await on.ask(id, "/prod/");
    expect([answer.status, answer.json]).toEqual([
      504,
      { message: "Network error communicating with endpoint" },
    ]);
  });

  test("a function behind a custom integration: its event, its answer, its errors", async () => {
    const uri = await on.fn(`export const handler = async (event) => {
      if (event.fail) throw new Error("Bad luck: " + event.fail);
      return { got: event };
    };`);
    const id = await on.api([
      {
        path: "/f",
        verb: "POST",
        integration: {
          type: "AWS",
          integrationHttpMethod: "POST",
          uri,
          requestTemplates: {
            "application/json":
              '#set($root = $input.path("$")){"fail": "$!root.fail", "who": "$context.identity.sourceIp"}',
          },
        },
        answers: [
          { statusCode: "200" },
          {
            statusCode: "422",
            selectionPattern: "Bad luck.*",
            responseTemplates: { "application/json": '{"why": $input.json("$.errorMessage")}' },
          },
        ],
      },
    ]);
    const post = (body: string) =>
      on.ask(id, "/prod/f", { method: "POST", body, headers: { "content-type": "application/json" } });
    expect((await post("{}")).json).toEqual({ got: { fail: "", who: "127.0.0.1" } });
    const failed = await post('{"fail":"x"}');
    expect([failed.status, failed.json]).toEqual([422, { why: "Bad luck: x" }]);
    const refused = await on.ask(id, "/prod/f", {
      method: "POST",
      body: "a",
      headers: { "content-type": "text/csv" },
    });
    expect(refused.status).toBe(400);
    expect(refused.json).toMatchObject({
      message: expect.stringMatching(/^Could not parse request body into json/),
    });
  });

  test("other services are asked in their own protocols", async () => {
    const sqs = on.nuage.client(SQSClient);
    const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "from-api" }));
    const dynamodb = on.nuage.client(DynamoDBClient);
    await dynamodb.send(
      new CreateTableCommand({
        TableName: "pets",
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      }),
    );
    const service = {
      type: "AWS",
      integrationHttpMethod: "POST",
      credentials: "arn:aws:iam::000000000000:role/api",
    } as const;
    const id = await on.api([
      {
        path: "/queue",
        verb: "POST",
        integration: {
          ...service,
          uri: "arn:aws:apigateway:us-east-1:sqs:path/000000000000/from-api",
          requestParameters: {
            "integration.request.header.Content-Type": "'application/x-www-form-urlencoded'",
          },
          requestTemplates: {
            "application/json": "Action=SendMessage&MessageBody=$util.urlEncode($input.body)",
          },
        },
        answers: [{ statusCode: "202", responseTemplates: { "application/json": '{"sent": true}' } }],
      },
      {
        path: "/table",
        verb: "POST",
        integration: {
          ...service,
          uri: "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem",
          requestTemplates: {
            "application/json": '{"TableName": "pets", "Item": {"id": {"S": $input.json("$.id")}}}',
          },
        },
        answers: [
          { statusCode: "200" },
          {
            statusCode: "400",
            selectionPattern: "400",
            responseTemplates: { "application/json": '{"error": $input.json("$.message")}' },
          },
        ],
      },
    ]);
    const post = (path: string, body: string) =>
      on.ask(id, path, { method: "POST", body, headers: { "content-type": "application/json" } });
    const sent = await post("/prod/queue", '{"a": "b&c"}');
    expect([sent.status, sent.json]).toEqual([202, { sent: true }]);
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages.map(({ Body }) => Body)).toEqual(['{"a": "b&c"}']);
    expect((await post("/prod/table", '{"id": "rex"}')).status).toBe(200);
    const { Item } = await dynamodb.send(
      new GetItemCommand({ TableName: "pets", Key: { id: { S: "rex" } } }),
    );
    expect(Item).toEqual({ id: { S: "rex" } });
    const wrong = await post("/prod/table", '{"id": 5}');
    expect(wrong.status).toBe(400);
  });
});
