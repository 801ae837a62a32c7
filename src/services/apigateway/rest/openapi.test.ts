// APIs from OpenAPI documents and back, and methods tried before they are deployed.
import * as sdk from "@aws-sdk/client-api-gateway";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MOCK, type Rest, startRest } from "./rest.fixture.ts";

let on: Rest;

beforeAll(async () => {
  on = await startRest();
});

afterAll(() => on?.nuage.stop());

const SWAGGER = (uri: string) => ({
  swagger: "2.0",
  info: { title: "Pets", version: "7", description: "All of them" },
  basePath: "/v1",
  securityDefinitions: {
    key: { type: "apiKey", name: "x-api-key", in: "header" },
    mine: {
      type: "apiKey",
      name: "Token",
      in: "header",
      "x-amazon-apigateway-authtype": "custom",
      "x-amazon-apigateway-authorizer": {
        type: "token",
        authorizerUri: uri,
        authorizerResultTtlInSeconds: 0,
      },
    },
  },
  "x-amazon-apigateway-request-validators": {
    all: { validateRequestBody: true, validateRequestParameters: true },
  },
  "x-amazon-apigateway-gateway-responses": { UNAUTHORIZED: { statusCode: 418 } },
  "x-amazon-apigateway-binary-media-types": ["image/png"],
  paths: {
    "/pets/{id}": {
      get: {
        operationId: "getPet",
        parameters: [{ name: "id", in: "path", required: true, type: "string" }],
        responses: {
          200: {
            description: "a pet",
            headers: { "X-Pet": { type: "string" } },
            schema: { $ref: "#/definitions/Pet" },
          },
        },
        "x-amazon-apigateway-integration": {
          type: "mock",
          requestTemplates: { "application/json": '{"statusCode": 200}' },
          responses: {
            default: {
              statusCode: "200",
              responseParameters: { "method.response.header.X-Pet": "'yes'" },
              responseTemplates: { "application/json": '{"id": "$input.params(\'id\')"}' },
            },
          },
        },
      },
      "x-amazon-apigateway-any-method": {
        security: [{ mine: [] }],
        responses: {},
        "x-amazon-apigateway-integration": { type: "aws_proxy", httpMethod: "POST", uri },
      },
    },
    "/pets": {
      post: {
        "x-amazon-apigateway-request-validator": "all",
        security: [{ key: [] }],
        parameters: [{ name: "Pet", in: "body", schema: { $ref: "#/definitions/Pet" } }],
        responses: {},
        "x-amazon-apigateway-integration": {
          type: "http_proxy",
          httpMethod: "POST",
          uri: "http://127.0.0.1:1/",
        },
      },
    },
  },
  definitions: {
    Pet: {
      type: "object",
      required: ["name"],
      properties: { name: { type: "string" }, owner: { $ref: "#/definitions/Owner" } },
    },
    Owner: { type: "object" },
  },
});

const bytes = (document: unknown) => Buffer.from(JSON.stringify(document));

test("an API is made of a Swagger document, and answers as it says", async () => {
  const uri = await on.fn("export const handler = async () => { throw new Error('Unauthorized'); };");
  const api = await on.client.send(new sdk.ImportRestApiCommand({ body: bytes(SWAGGER(uri)) }));
  expect(api).toMatchObject({ name: "Pets", version: "7", binaryMediaTypes: ["image/png"] });
  const restApiId = api.id ?? "";
  const { items } = await on.client.send(new sdk.GetResourcesCommand({ restApiId, embed: ["methods"] }));
  expect(items?.map(({ path }) => path)).toEqual(["/", "/pets", "/pets/{id}"]);
  expect(items?.[1]?.resourceMethods?.POST).toMatchObject({
    apiKeyRequired: true,
    requestModels: { "application/json": "Pet" },
    requestValidatorId: expect.any(String),
    methodIntegration: { type: "HTTP_PROXY", passthroughBehavior: "WHEN_NO_MATCH", timeoutInMillis: 29000 },
  });
  expect(items?.[2]?.resourceMethods?.ANY).toMatchObject({ authorizationType: "CUSTOM" });
  await on.deploy(restApiId);
  const answer = await on.ask(restApiId, "/prod/pets/5");
  expect([answer.status, answer.json, answer.headers["x-pet"]]).toEqual([200, { id: "5" }, "yes"]);
  expect((await on.ask(restApiId, "/prod/pets/5", { method: "PUT", headers: { token: "x" } })).status).toBe(
    418,
  );
});

test("OpenAPI 3 in YAML, merged into an API and over it", async () => {
  const restApiId = await on.api([
    { path: "/old", verb: "GET", integration: MOCK, answers: [{ statusCode: "200" }] },
  ]);
  const document = `
openapi: 3.0.1
info: { title: Three, version: "1" }
paths:
  /new:
    parameters: [{ name: q, in: query, required: true, schema: { type: string } }]
    post:
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } } }
      responses:
        '200':
          description: ok
          content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } }
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: { application/json: '{"statusCode": 200}' }
        responses: { default: { statusCode: 200 } }
components: { schemas: { Thing: { type: object } } }
`;
  const put = (mode: sdk.PutMode) =>
    on.client.send(new sdk.PutRestApiCommand({ restApiId, mode, body: Buffer.from(document) }));
  const paths = async () =>
    (await on.client.send(new sdk.GetResourcesCommand({ restApiId }))).items?.map(({ path }) => path);
  await put("merge");
  expect(await paths()).toEqual(["/", "/new", "/old"]);
  await put("overwrite");
  expect(await paths()).toEqual(["/", "/new"]);
  const { items = [] } = await on.client.send(new sdk.GetResourcesCommand({ restApiId, embed: ["methods"] }));
  expect(items[1]?.resourceMethods?.POST).toMatchObject({
    requestParameters: { "method.request.querystring.q": true },
    requestModels: { "application/json": "Thing" },
    methodResponses: { 200: { responseModels: { "application/json": "Thing" } } },
  });
  await expect(
    on.client.send(
      new sdk.PutRestApiCommand({ restApiId, mode: "merge", body: Buffer.from("no: [document") }),
    ),
  ).rejects.toMatchObject({ name: "BadRequestException" });
});

test.each(["swagger", "oas30"])("what is exported as %s can be imported again", async (exportType) => {
  const uri = await on.fn("export const handler = async () => ({ statusCode: 200 });");
  const settings = {
    "x-amazon-apigateway-api-key-source": "AUTHORIZER",
    "x-amazon-apigateway-minimum-compression-size": 1024,
    "x-amazon-apigateway-endpoint-configuration": { disableExecuteApiEndpoint: true },
  };
  const body = bytes({ ...SWAGGER(uri), ...settings });
  const api = await on.client.send(new sdk.ImportRestApiCommand({ body }));
  await on.deploy(api.id ?? "");
  const exported = async (restApiId: string | undefined) => {
    const { body, contentType } = await on.client.send(
      new sdk.GetExportCommand({
        restApiId,
        stageName: "prod",
        exportType,
        parameters: { extensions: "apigateway" },
      }),
    );
    expect(contentType).toBe("application/json");
    return JSON.parse(
      Buffer.from(body ?? [])
        .toString()
        .replaceAll(restApiId ?? "", "ID"),
    );
  };
  const first = await exported(api.id);
  expect(first).toMatchObject(settings);
  const again = await on.client.send(new sdk.ImportRestApiCommand({ body: bytes(first) }));
  await on.deploy(again.id ?? "");
  expect(await exported(again.id)).toEqual(first);
});

test("a method is tried as it is, with its log", async () => {
  const restApiId = await on.api([
    {
      path: "/m/{id}",
      verb: "GET",
      integration: MOCK,
      answers: [
        {
          statusCode: "200",
          responseTemplates: { "application/json": "\"$input.params('id') $input.params('q')\"" },
        },
      ],
    },
  ]);
  const resourceId = await on.resourceAt(restApiId, "/m/{id}");
  const tried = await on.client.send(
    new sdk.TestInvokeMethodCommand({
      restApiId,
      resourceId,
      httpMethod: "GET",
      pathWithQueryString: "/m/5?q=1",
    }),
  );
  expect(tried).toMatchObject({ status: 200, body: '"5 1"', latency: expect.any(Number) });
  expect(tried.log).toContain("Successfully completed execution");
  expect(tried.log).toMatch(/^\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4} : Method request path: \{id=5\}$/m);
});

test.each([
  ["nest without end", "- ".repeat(20_000)],
  [
    "hold aliases that stand for themselves",
    "swagger: '2.0'\ninfo: {title: x, version: '1'}\npaths: {}\ndefinitions: &d\n  A: *d\n",
  ],
])("documents that %s are refused", async (_name, text) => {
  const send = on.client.send(new sdk.ImportRestApiCommand({ body: Buffer.from(text) }));
  await expect(send).rejects.toMatchObject({
    name: "BadRequestException",
    message: "Unable to parse API definition because of a malformed definition at /openapi or /swagger",
  });
});
