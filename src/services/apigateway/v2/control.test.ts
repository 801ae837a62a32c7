// The control plane of HTTP and WebSocket APIs through the SDK.
import * as sdk from "@aws-sdk/client-apigatewayv2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Apis, functionArn, refusal, STORES, startApis } from "../apigateway.fixture.ts";

const echo = functionArn("echo");

describe.each(STORES)("on a %s store", (_, options) => {
  let it: Apis;
  beforeAll(async () => {
    it = await startApis(options);
  });
  afterAll(() => it.stop());

  test("an API is made, changed, listed and deleted", async () => {
    const { id, made } = await it.makeApi({ Tags: { a: "1" }, Description: "mine" });
    expect(made).toMatchObject({
      ApiEndpoint: `http://${id}.execute-api.us-east-1.localhost:${it.nuage.port}`,
      ApiKeySelectionExpression: "$request.header.x-api-key",
      DisableExecuteApiEndpoint: false,
      Name: "api",
      ProtocolType: "HTTP",
      RouteSelectionExpression: "$request.method $request.path",
      Tags: { a: "1" },
    });
    expect(id).toMatch(/^[a-z0-9]{10}$/);
    const changed = await it.api.send(
      new sdk.UpdateApiCommand({ ApiId: id, Name: "other", CorsConfiguration: { AllowOrigins: ["*"] } }),
    );
    expect(changed).toMatchObject({
      Name: "other",
      Description: "mine",
      CorsConfiguration: { AllowOrigins: ["*"] },
    });
    await it.api.send(new sdk.DeleteCorsConfigurationCommand({ ApiId: id }));
    const got = await it.api.send(new sdk.GetApiCommand({ ApiId: id }));
    expect(got.CorsConfiguration).toBeUndefined();
    await it.makeApi();
    const first = await it.api.send(new sdk.GetApisCommand({ MaxResults: "1" }));
    expect(first.Items).toHaveLength(1);
    const rest = await it.api.send(new sdk.GetApisCommand({ NextToken: first.NextToken }));
    expect(rest.Items?.map(({ ApiId }) => ApiId)).not.toContain(first.Items?.[0]?.ApiId);
    await it.api.send(new sdk.DeleteApiCommand({ ApiId: id }));
    expect(await refusal(it.api.send(new sdk.GetApiCommand({ ApiId: id })))).toEqual({
      name: "NotFoundException",
      message: `Invalid API identifier specified 000000000000:${id}`,
      status: 404,
    });
  });

  test("one call makes an API that answers", async () => {
    const { id } = await it.makeApi({ Target: echo, RouteKey: "GET /hello" });
    const routes = await it.api.send(new sdk.GetRoutesCommand({ ApiId: id }));
    expect(routes.Items).toMatchObject([
      { RouteKey: "GET /hello", ApiGatewayManaged: true, AuthorizationType: "NONE" },
    ]);
    const integrations = await it.api.send(new sdk.GetIntegrationsCommand({ ApiId: id }));
    expect(integrations.Items).toMatchObject([
      {
        IntegrationType: "AWS_PROXY",
        IntegrationUri: echo,
        PayloadFormatVersion: "2.0",
        TimeoutInMillis: 30_000,
      },
    ]);
    const stage = await it.api.send(new sdk.GetStageCommand({ ApiId: id, StageName: "$default" }));
    expect(stage).toMatchObject({
      AutoDeploy: true,
      ApiGatewayManaged: true,
      LastDeploymentStatusMessage: `Successfully deployed stage with deployment ID '${stage.DeploymentId}'`,
    });
    await it.api.send(
      new sdk.UpdateApiCommand({ ApiId: id, Target: "https://example.com", RouteKey: "$default" }),
    );
    const after = await it.api.send(new sdk.GetIntegrationsCommand({ ApiId: id }));
    expect(after.Items).toMatchObject([
      { IntegrationType: "HTTP_PROXY", IntegrationUri: "https://example.com" },
    ]);
  });

  test("maps are merged, and an empty value takes a name out", async () => {
    const api = await it.makeApi();
    const IntegrationId = await api.integration({
      IntegrationUri: echo,
      RequestParameters: { "append:header.a": "1", "append:header.b": "2" },
    });
    const changed = await it.api.send(
      new sdk.UpdateIntegrationCommand({
        ApiId: api.id,
        IntegrationId,
        RequestParameters: { "append:header.a": "", "append:header.c": "3" },
      }),
    );
    expect(changed.RequestParameters).toEqual({ "append:header.b": "2", "append:header.c": "3" });
    await api.stage("dev", { StageVariables: { a: "1", b: "2" } });
    const stage = await it.api.send(
      new sdk.UpdateStageCommand({ ApiId: api.id, StageName: "dev", StageVariables: { a: "", c: "3" } }),
    );
    expect(stage.StageVariables).toEqual({ b: "2", c: "3" });
    expect(stage.LastDeploymentStatusMessage).toBe(
      "Deployment attempt failed: Unable to deploy API because no routes exist in this API",
    );
  });

  test("what is wrong is refused with AWS's words", async () => {
    const api = await it.makeApi();
    const target = await api.integration({ IntegrationUri: echo });
    await api.route("GET /pets/{id}", target);
    const badKey =
      "The provided route key is not formatted properly for HTTP protocol. " +
      'Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"';
    const cases: [Promise<unknown>, string, string | RegExp][] = [
      [api.route("GET pets", target), "BadRequestException", badKey],
      [api.route("GET /{a+}/b", target), "BadRequestException", badKey],
      [api.route("GET /pets/{other}", target), "ConflictException", /already exists/],
      [api.route("GET /x", "nothere"), "BadRequestException", /Invalid target/],
      [
        it.api.send(new sdk.DeleteIntegrationCommand({ ApiId: api.id, IntegrationId: target })),
        "ConflictException",
        `Cannot delete Integration '${target}'. One or more Routes are referencing it.`,
      ],
      [
        it.api.send(new sdk.GetRouteCommand({ ApiId: api.id, RouteId: "x" })),
        "NotFoundException",
        "Invalid Route identifier specified",
      ],
      [
        it.api.send(new sdk.GetStageCommand({ ApiId: api.id, StageName: "x" })),
        "NotFoundException",
        "Invalid stage identifier specified",
      ],
      [api.stage("no space"), "BadRequestException", /a-zA-Z0-9_-/],
      [
        api.integration({ IntegrationUri: "ftp://x", IntegrationType: "HTTP_PROXY" }),
        "BadRequestException",
        /Invalid HTTP endpoint/,
      ],
      [api.integration({ IntegrationUri: echo, TimeoutInMillis: 30_001 }), "BadRequestException", /Timeout/],
      [api.integration({ IntegrationType: "MOCK" }), "BadRequestException", /MOCK/],
      [
        it.makeApi({ ProtocolType: "FTP" as never }),
        "BadRequestException",
        "Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]",
      ],
      [
        it.makeApi({ CorsConfiguration: { AllowOrigins: ["*"], AllowCredentials: true } }),
        "BadRequestException",
        /Allow-credentials/i,
      ],
      [it.api.send(new sdk.GetApisCommand({ NextToken: "rubbish" })), "BadRequestException", /nextToken/],
    ];
    const refusals = await Promise.all(cases.map(([call]) => refusal(call)));
    for (const [index, [, name, message]] of cases.entries()) {
      const expected = message instanceof RegExp ? expect.stringMatching(message) : message;
      expect(refusals[index]).toMatchObject({ name, message: expected });
    }
    await api.stage();
    expect(await refusal(api.stage())).toMatchObject({
      name: "ConflictException",
      message: "Stage already exists",
    });
    const empty = await it.makeApi();
    expect(await refusal(it.api.send(new sdk.CreateDeploymentCommand({ ApiId: empty.id })))).toMatchObject({
      name: "BadRequestException",
      message: "Unable to deploy API because no routes exist in this API",
    });
  });

  test("deployments are kept while a stage shows them", async () => {
    const api = await it.makeApi();
    const target = await api.integration({ IntegrationUri: echo });
    await api.route("GET /a", target);
    const { DeploymentId } = await it.api.send(
      new sdk.CreateDeploymentCommand({ ApiId: api.id, Description: "one" }),
    );
    await it.api.send(new sdk.CreateStageCommand({ ApiId: api.id, StageName: "prod", DeploymentId }));
    const remove = new sdk.DeleteDeploymentCommand({ ApiId: api.id, DeploymentId });
    expect(await refusal(it.api.send(remove))).toMatchObject({
      message: "Active stages pointing to this deployment must be moved or deleted",
    });
    await it.api.send(new sdk.DeleteStageCommand({ ApiId: api.id, StageName: "prod" }));
    await it.api.send(remove);
    const left = await it.api.send(new sdk.GetDeploymentsCommand({ ApiId: api.id }));
    expect(left.Items).toEqual([]);
  });

  test("a WebSocket API has models, responses and route responses", async () => {
    const api = await it.makeApi({ ProtocolType: "WEBSOCKET" });
    const ApiId = api.id;
    const IntegrationId = await api.integration({ IntegrationType: "MOCK" });
    const { RouteId } = await api.route("join", IntegrationId, {
      RouteResponseSelectionExpression: "$default",
    });
    const response = await it.api.send(
      new sdk.CreateIntegrationResponseCommand({ ApiId, IntegrationId, IntegrationResponseKey: "$default" }),
    );
    const twice = new sdk.CreateIntegrationResponseCommand({
      ApiId,
      IntegrationId,
      IntegrationResponseKey: "$default",
    });
    expect(await refusal(it.api.send(twice))).toMatchObject({ name: "ConflictException" });
    const { RouteResponseId } = await it.api.send(
      new sdk.CreateRouteResponseCommand({ ApiId, RouteId, RouteResponseKey: "$default" }),
    );
    await it.api.send(new sdk.GetRouteResponseCommand({ ApiId, RouteId, RouteResponseId }));
    await it.api.send(
      new sdk.DeleteIntegrationResponseCommand({
        ApiId,
        IntegrationId,
        IntegrationResponseId: response.IntegrationResponseId,
      }),
    );
    const schema = { type: "object", properties: { name: { type: "string" }, age: { type: "integer" } } };
    const { ModelId } = await it.api.send(
      new sdk.CreateModelCommand({ ApiId, Name: "Pet", Schema: JSON.stringify(schema) }),
    );
    const template = await it.api.send(new sdk.GetModelTemplateCommand({ ApiId, ModelId }));
    expect(template.Value).toContain('"name" : "$inputRoot.name"');
    const http = await it.makeApi();
    const model = new sdk.CreateModelCommand({ ApiId: http.id, Name: "Pet", Schema: "{}" });
    expect(await refusal(it.api.send(model))).toMatchObject({ name: "BadRequestException" });
  });

  test("tags are changed by ARN", async () => {
    const api = await it.makeApi({ Tags: { a: "1" } });
    const ResourceArn = `arn:aws:apigateway:us-east-1::/apis/${api.id}`;
    await it.api.send(new sdk.TagResourceCommand({ ResourceArn, Tags: { b: "2" } }));
    await it.api.send(new sdk.UntagResourceCommand({ ResourceArn, TagKeys: ["a"] }));
    expect((await it.api.send(new sdk.GetTagsCommand({ ResourceArn }))).Tags).toEqual({ b: "2" });
    await api.stage("dev");
    const stageArn = `${ResourceArn}/stages/dev`;
    await it.api.send(new sdk.TagResourceCommand({ ResourceArn: stageArn, Tags: { c: "3" } }));
    const stage = await it.api.send(new sdk.GetStageCommand({ ApiId: api.id, StageName: "dev" }));
    expect(stage.Tags).toEqual({ c: "3" });
  });

  test("a VPC link is accepted", async () => {
    const made = await it.api.send(new sdk.CreateVpcLinkCommand({ Name: "link", SubnetIds: ["subnet-1"] }));
    expect(made).toMatchObject({ VpcLinkStatus: "AVAILABLE", VpcLinkVersion: "V2", SubnetIds: ["subnet-1"] });
    await it.api.send(new sdk.DeleteVpcLinkCommand({ VpcLinkId: made.VpcLinkId }));
    const gone = it.api.send(new sdk.GetVpcLinkCommand({ VpcLinkId: made.VpcLinkId }));
    expect(await refusal(gone)).toMatchObject({ name: "NotFoundException" });
  });
});

const DOCUMENT = `
openapi: 3.0.1
info: { title: pets, version: "1.2" }
servers: [{ url: "https://example.com/v1/sub" }]
tags: [{ name: team, x-amazon-apigateway-tag-value: a }]
security: [{ token: [read] }]
paths:
  /pets/{id}:
    get:
      operationId: getPet
      x-amazon-apigateway-integration: { $ref: "#/components/x-amazon-apigateway-integrations/echo" }
    x-amazon-apigateway-any-method:
      security: []
      x-amazon-apigateway-integration: { $ref: "#/components/x-amazon-apigateway-integrations/echo" }
  /$default:
    x-amazon-apigateway-any-method:
      security: []
      x-amazon-apigateway-integration:
        { type: http_proxy, httpMethod: ANY, uri: "https://example.com", payloadFormatVersion: "1.0" }
components:
  x-amazon-apigateway-integrations:
    echo: { type: aws_proxy, httpMethod: POST, payloadFormatVersion: "2.0", uri: "${echo}" }
  securitySchemes:
    token:
      type: oauth2
      x-amazon-apigateway-authorizer:
        type: jwt
        identitySource: $request.header.Authorization
        jwtConfiguration: { issuer: "https://issuer.example", audience: [app] }
x-amazon-apigateway-cors: { allowOrigins: ["*"], maxAge: 5 }
`;

describe("OpenAPI", () => {
  let it: Apis;
  beforeAll(async () => {
    it = await startApis();
    await it.makeFunction("echo");
  });
  afterAll(() => it.stop());

  test("a document becomes an API, and the API the document again", async () => {
    const made = await it.api.send(new sdk.ImportApiCommand({ Body: DOCUMENT }));
    expect(made).toMatchObject({
      Name: "pets",
      Version: "1.2",
      CorsConfiguration: { AllowOrigins: ["*"], MaxAge: 5 },
      Tags: { team: "a" },
    });
    const ApiId = made.ApiId ?? "";
    const keysOf = async () => {
      const { Items = [] } = await it.api.send(new sdk.GetRoutesCommand({ ApiId }));
      return Items.map(({ RouteKey, AuthorizationType, AuthorizationScopes, OperationName }) =>
        [RouteKey, AuthorizationType, AuthorizationScopes?.join(), OperationName].join(" "),
      ).sort();
    };
    const wanted = ["$default NONE  ", "ANY /pets/{id} NONE  ", "GET /pets/{id} JWT read getPet"];
    expect(await keysOf()).toEqual(wanted);
    const { Items = [] } = await it.api.send(new sdk.GetIntegrationsCommand({ ApiId }));
    expect(Items).toHaveLength(2);
    await it.api.send(new sdk.CreateStageCommand({ ApiId, StageName: "$default", AutoDeploy: true }));
    const host = `${ApiId}.execute-api.us-east-1.localhost:${it.nuage.port}`;
    expect((await it.ask(host, "/pets/1", { method: "POST" })).json()).toMatchObject({
      routeKey: "ANY /pets/{id}",
    });
    expect((await it.ask(host, "/pets/1")).status).toBe(401);
    const exported = await it.api.send(
      new sdk.ExportApiCommand({ ApiId, Specification: "OAS30", OutputType: "YAML", StageName: "$default" }),
    );
    const text = Buffer.from(exported.body ?? []).toString();
    expect(parse(text)).toMatchObject({
      openapi: "3.0.1",
      info: { title: "pets", version: "1.2" },
      "x-amazon-apigateway-importexport-version": "1.0",
    });
    await it.api.send(new sdk.ReimportApiCommand({ ApiId, Body: text }));
    expect(await keysOf()).toEqual(wanted);
    const plain = await it.api.send(
      new sdk.ExportApiCommand({
        ApiId,
        Specification: "OAS30",
        OutputType: "JSON",
        IncludeExtensions: false,
      }),
    );
    expect(Buffer.from(plain.body ?? []).toString()).not.toContain("x-amazon");
  });

  test("base paths are ignored, prepended or split", async () => {
    for (const [Basepath, key] of [
      ["ignore", "GET /a"],
      ["prepend", "GET /v1/sub/a"],
      ["split", "GET /sub/a"],
    ] as const) {
      const Body = JSON.stringify({
        openapi: "3.0.1",
        info: { title: "x" },
        servers: [{ url: "https://example.com/{stage}/sub", variables: { stage: { default: "v1" } } }],
        paths: {
          "/a": {
            get: {
              "x-amazon-apigateway-integration": {
                type: "HTTP_PROXY",
                uri: "https://a.example",
                httpMethod: "GET",
              },
            },
          },
        },
      });
      const { ApiId } = await it.api.send(new sdk.ImportApiCommand({ Body, Basepath }));
      const { Items = [] } = await it.api.send(new sdk.GetRoutesCommand({ ApiId }));
      expect(Items.map(({ RouteKey }) => RouteKey)).toEqual([key]);
    }
  });

  test("what is no such document is refused, and warnings are told", async () => {
    for (const Body of ["rubbish: [", "{}", '{"swagger":"2.0","info":{},"paths":{}}']) {
      expect(await refusal(it.api.send(new sdk.ImportApiCommand({ Body })))).toMatchObject({
        name: "BadRequestException",
      });
    }
    const Body = '{"openapi":"3.0.1","info":{"title":"x"},"paths":{"/a":{"get":{}}}}';
    expect((await it.api.send(new sdk.ImportApiCommand({ Body }))).Warnings).toHaveLength(1);
    const strict = it.api.send(new sdk.ImportApiCommand({ Body, FailOnWarnings: true }));
    expect(await refusal(strict)).toMatchObject({
      message: expect.stringContaining("Warnings found during import"),
    });
  });
});
