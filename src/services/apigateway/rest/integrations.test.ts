// What REST APIs make of backends, over HTTP: mocks, HTTP, functions with mappings, other services.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CreateTableCommand, DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Rest, startRest } from "./rest.fixture.ts";

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
        answers: [
          {
            statusCode: "202",
            responseTemplates: {
              "application/json": "$input.json('$.SendMessageResponse.SendMessageResult.MessageId')",
            },
          },
          { statusCode: "400", selectionPattern: "400" },
        ],
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
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect([sent.status, sent.json]).toEqual([202, Messages[0]?.MessageId]);
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
