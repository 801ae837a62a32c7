// The control plane of REST APIs, through the SDK.
import * as sdk from "@aws-sdk/client-api-gateway";
import { startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let nuage: Awaited<ReturnType<typeof startNuage>>;
let client: sdk.APIGatewayClient;

beforeAll(async () => {
  nuage = await startNuage();
  client = nuage.client(sdk.APIGatewayClient);
});

afterAll(() => nuage.stop());

async function newApi(name = "shop") {
  const api = await client.send(new sdk.CreateRestApiCommand({ name }));
  return { restApiId: api.id ?? "", rootId: api.rootResourceId ?? "" };
}

async function withMethod() {
  const { restApiId, rootId } = await newApi();
  const pets = await client.send(
    new sdk.CreateResourceCommand({ restApiId, parentId: rootId, pathPart: "pets" }),
  );
  const place = { restApiId, resourceId: pets.id ?? "", httpMethod: "GET" };
  await client.send(new sdk.PutMethodCommand({ ...place, authorizationType: "NONE" }));
  return { restApiId, rootId, place };
}

const mock = { type: "MOCK", requestTemplates: { "application/json": '{"statusCode": 200}' } } as const;

test("an API has its standard models, a root and what it was given", async () => {
  const { restApiId } = await newApi("first");
  const api = await client.send(new sdk.GetRestApiCommand({ restApiId }));
  expect(api).toMatchObject({
    name: "first",
    apiKeySource: "HEADER",
    endpointConfiguration: { types: ["EDGE"] },
  });
  expect(api.createdDate).toBeInstanceOf(Date);
  const models = await client.send(new sdk.GetModelsCommand({ restApiId }));
  expect(models.items?.map(({ name }) => name).sort()).toEqual(["Empty", "Error"]);
  const updated = await client.send(
    new sdk.UpdateRestApiCommand({
      restApiId,
      patchOperations: [
        { op: "replace", path: "/name", value: "second" },
        { op: "add", path: "/binaryMediaTypes/image~1png" },
      ],
    }),
  );
  expect(updated).toMatchObject({ name: "second", binaryMediaTypes: ["image/png"] });
  await expect(
    client.send(
      new sdk.UpdateRestApiCommand({
        restApiId,
        patchOperations: [{ op: "replace", path: "/id", value: "x" }],
      }),
    ),
  ).rejects.toMatchObject({
    name: "BadRequestException",
    message: expect.stringContaining("Invalid patch path '/id'"),
  });
  await client.send(new sdk.DeleteRestApiCommand({ restApiId }));
  await expect(client.send(new sdk.GetRestApiCommand({ restApiId }))).rejects.toMatchObject({
    name: "NotFoundException",
    message: `Invalid API identifier specified 000000000000:${restApiId}`,
  });
});

test("resources make a tree", async () => {
  const { restApiId, rootId } = await newApi();
  const make = (parentId: string, pathPart: string) =>
    client.send(new sdk.CreateResourceCommand({ restApiId, parentId, pathPart }));
  const pets = await make(rootId, "pets");
  const pet = await make(pets.id ?? "", "{petId}");
  expect(pet.path).toBe("/pets/{petId}");
  await expect(make(rootId, "pets")).rejects.toMatchObject({ name: "ConflictException" });
  await expect(make(pets.id ?? "", "{other}")).rejects.toMatchObject({ name: "BadRequestException" });
  await expect(make(rootId, "a b")).rejects.toMatchObject({ name: "BadRequestException" });
  const greedy = await make(rootId, "{proxy+}");
  await expect(make(greedy.id ?? "", "below")).rejects.toMatchObject({ name: "BadRequestException" });
  const moved = await client.send(
    new sdk.UpdateResourceCommand({
      restApiId,
      resourceId: pets.id,
      patchOperations: [{ op: "replace", path: "/pathPart", value: "animals" }],
    }),
  );
  expect(moved.path).toBe("/animals");
  const { items } = await client.send(new sdk.GetResourcesCommand({ restApiId }));
  expect(items?.map(({ path }) => path)).toEqual(["/", "/animals", "/animals/{petId}", "/{proxy+}"]);
  await client.send(new sdk.DeleteResourceCommand({ restApiId, resourceId: pets.id }));
  const left = await client.send(new sdk.GetResourcesCommand({ restApiId, limit: 1 }));
  expect(left).toMatchObject({ items: [{ path: "/" }], position: expect.any(String) });
});

test("methods, integrations and their answers belong together", async () => {
  const { place } = await withMethod();
  await expect(
    client.send(new sdk.PutMethodCommand({ ...place, authorizationType: "NONE" })),
  ).rejects.toMatchObject({
    name: "ConflictException",
    message: "Method already exists for this resource",
  });
  await expect(
    client.send(new sdk.PutIntegrationCommand({ ...place, type: "AWS_PROXY", uri: "x" })),
  ).rejects.toMatchObject({ message: "Enumeration value for HttpMethod must be non-empty" });
  const integration = await client.send(new sdk.PutIntegrationCommand({ ...place, ...mock }));
  expect(integration).toMatchObject({
    type: "MOCK",
    timeoutInMillis: 29000,
    cacheNamespace: place.resourceId,
  });
  const answer = { ...place, statusCode: "200" };
  await expect(client.send(new sdk.PutIntegrationResponseCommand(answer))).rejects.toMatchObject({
    name: "NotFoundException",
  });
  await client.send(
    new sdk.PutMethodResponseCommand({
      ...answer,
      responseParameters: { "method.response.header.X-A": true },
    }),
  );
  await expect(
    client.send(
      new sdk.PutIntegrationResponseCommand({
        ...answer,
        responseParameters: { "method.response.header.X-B": "'b'" },
      }),
    ),
  ).rejects.toMatchObject({ message: expect.stringContaining("method.response.header.X-B") });
  await client.send(
    new sdk.PutIntegrationResponseCommand({
      ...answer,
      responseParameters: { "method.response.header.X-A": "'a'" },
    }),
  );
  const method = await client.send(new sdk.GetMethodCommand(place));
  expect(method).toMatchObject({
    httpMethod: "GET",
    methodResponses: { 200: { statusCode: "200" } },
    methodIntegration: {
      integrationResponses: { 200: { responseParameters: { "method.response.header.X-A": "'a'" } } },
    },
  });
});

test("a deployment needs methods that are integrated, and a stage points at it", async () => {
  const { restApiId, rootId, place } = await withMethod();
  expect(rootId).not.toBe("");
  const deploy = (stageName?: string) =>
    client.send(new sdk.CreateDeploymentCommand({ restApiId, stageName }));
  await expect(deploy()).rejects.toMatchObject({ message: "No integration defined for method" });
  await client.send(new sdk.PutIntegrationCommand({ ...place, ...mock }));
  const deployment = await deploy("prod");
  expect(deployment.apiSummary).toEqual({
    "/pets": { GET: { authorizationType: "NONE", apiKeyRequired: false } },
  });
  const stage = await client.send(
    new sdk.UpdateStageCommand({
      restApiId,
      stageName: "prod",
      patchOperations: [
        { op: "replace", path: "/variables/table", value: "pets" },
        { op: "replace", path: "/~1pets/GET/throttling/rateLimit", value: "5" },
        { op: "replace", path: "/*/*/logging/loglevel", value: "INFO" },
      ],
    }),
  );
  expect(stage).toMatchObject({
    deploymentId: deployment.id,
    variables: { table: "pets" },
    methodSettings: { "~1pets/GET": { throttlingRateLimit: 5 }, "*/*": { loggingLevel: "INFO" } },
  });
  await expect(
    client.send(new sdk.DeleteDeploymentCommand({ restApiId, deploymentId: deployment.id })),
  ).rejects.toMatchObject({ message: "Active stages pointing to this deployment must be moved or deleted" });
  await expect(
    client.send(new sdk.CreateStageCommand({ restApiId, stageName: "dev", deploymentId: "none" })),
  ).rejects.toMatchObject({ message: "Deployment id does not exist" });
});

test("keys and usage plans", async () => {
  const { restApiId, place } = await withMethod();
  await client.send(new sdk.PutIntegrationCommand({ ...place, ...mock }));
  await client.send(new sdk.CreateDeploymentCommand({ restApiId, stageName: "prod" }));
  const key = await client.send(new sdk.CreateApiKeyCommand({ name: "mine", enabled: true }));
  expect(key.value).toHaveLength(40);
  expect((await client.send(new sdk.GetApiKeyCommand({ apiKey: key.id }))).value).toBeUndefined();
  await expect(client.send(new sdk.CreateApiKeyCommand({ value: key.value }))).rejects.toMatchObject({
    name: "ConflictException",
  });
  const plan = await client.send(
    new sdk.CreateUsagePlanCommand({
      name: "gold",
      apiStages: [{ apiId: restApiId, stage: "prod" }],
      quota: { limit: 10, period: "DAY" },
    }),
  );
  const usagePlanId = plan.id ?? "";
  await client.send(new sdk.CreateUsagePlanKeyCommand({ usagePlanId, keyId: key.id, keyType: "API_KEY" }));
  expect((await client.send(new sdk.GetUsagePlanKeysCommand({ usagePlanId }))).items).toMatchObject([
    { name: "mine" },
  ]);
  expect((await client.send(new sdk.GetUsagePlansCommand({ keyId: key.id }))).items).toHaveLength(1);
  await expect(client.send(new sdk.DeleteUsagePlanCommand({ usagePlanId }))).rejects.toMatchObject({
    name: "BadRequestException",
  });
  const usage = await client.send(
    new sdk.GetUsageCommand({ usagePlanId, startDate: "2026-01-01", endDate: "2026-01-02" }),
  );
  expect(usage.items).toEqual({
    [key.id ?? ""]: [
      [0, 10],
      [0, 10],
    ],
  });
});

test("gateway responses, tags, documentation, models with references", async () => {
  const { restApiId } = await newApi();
  await client.send(
    new sdk.PutGatewayResponseCommand({
      restApiId,
      responseType: "DEFAULT_4XX",
      responseParameters: { "gatewayresponse.header.X": "'1'" },
    }),
  );
  const response = await client.send(
    new sdk.GetGatewayResponseCommand({ restApiId, responseType: "THROTTLED" }),
  );
  expect(response).toMatchObject({
    statusCode: "429",
    responseParameters: { "gatewayresponse.header.X": "'1'" },
  });
  const resourceArn = `arn:aws:apigateway:us-east-1::/restapis/${restApiId}`;
  await client.send(new sdk.TagResourceCommand({ resourceArn, tags: { team: "a" } }));
  expect((await client.send(new sdk.GetTagsCommand({ resourceArn }))).tags).toEqual({ team: "a" });
  const part = await client.send(
    new sdk.CreateDocumentationPartCommand({
      restApiId,
      location: { type: "API" },
      properties: '{"title":"Shop"}',
    }),
  );
  expect(part.id).toBeDefined();
  await client.send(new sdk.CreateDocumentationVersionCommand({ restApiId, documentationVersion: "1" }));
  const schema = {
    type: "object",
    properties: { e: { $ref: `https://apigateway.amazonaws.com/restapis/${restApiId}/models/Error` } },
  };
  await client.send(
    new sdk.CreateModelCommand({
      restApiId,
      name: "Whole",
      contentType: "application/json",
      schema: JSON.stringify(schema),
    }),
  );
  const flat = await client.send(new sdk.GetModelCommand({ restApiId, modelName: "Whole", flatten: true }));
  expect(JSON.parse(flat.schema ?? "")).toMatchObject({
    properties: { e: { $ref: "#/definitions/Error" } },
    definitions: { Error: { title: "Error Schema" } },
  });
});
