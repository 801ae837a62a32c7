// Custom domain names: one resource in both APIs, and requests that come by them.
import {
  APIGatewayClient,
  CreateBasePathMappingCommand,
  CreateDomainNameCommand as CreateDomainNameV1,
  GetBasePathMappingsCommand,
  GetDomainNameCommand as GetDomainNameV1,
  GetTagsCommand as GetTagsV1,
  UpdateBasePathMappingCommand,
} from "@aws-sdk/client-api-gateway";
import {
  CreateApiMappingCommand,
  CreateDomainNameCommand,
  DeleteApiCommand,
  DeleteApiMappingCommand,
  DeleteDomainNameCommand,
  DeleteStageCommand,
  GetApiMappingsCommand,
  GetDomainNamesCommand,
  TagResourceCommand,
  UpdateApiMappingCommand,
} from "@aws-sdk/client-apigatewayv2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Apis, refusal, startApis } from "../apigateway.fixture.ts";

let it: Apis;
let v1: APIGatewayClient;
beforeAll(async () => {
  it = await startApis();
  v1 = it.nuage.client(APIGatewayClient);
  await it.makeFunction("echo");
});
afterAll(() => it.stop());

const CertificateArn = "arn:aws:acm:us-east-1:000000000000:certificate/1";
const echo = "arn:aws:lambda:us-east-1:000000000000:function:echo";

async function makeDomain(DomainName: string) {
  await it.api.send(
    new CreateDomainNameCommand({ DomainName, DomainNameConfigurations: [{ CertificateArn }] }),
  );
  return {
    get: (path: string, host = DomainName) => it.ask(`${host}:${it.nuage.port}`, path),
    map: (ApiId: string, Stage: string, ApiMappingKey?: string) =>
      it.api.send(
        new CreateApiMappingCommand({ DomainName, ApiId, Stage, ...(ApiMappingKey && { ApiMappingKey }) }),
      ),
  };
}

async function makeEcho(stage = "$default") {
  const api = await it.makeApi();
  await api.route("ANY /{proxy+}", await api.integration({ IntegrationUri: echo }));
  await api.route("ANY /", await api.integration({ IntegrationUri: echo }));
  await api.stage(stage);
  return api;
}

test("requests by a name reach the API that is mapped to the longest part of their path", async () => {
  const [root, orders, v2] = [await makeEcho(), await makeEcho("prod"), await makeEcho()];
  const domain = await makeDomain("api.example.com");
  expect((await domain.get("/x")).status).toBe(403);
  await domain.map(root.id, "$default");
  await domain.map(orders.id, "prod", "orders");
  await domain.map(v2.id, "$default", "orders/v2");
  const reached = async (path: string) => {
    const event = (await domain.get(path)).json();
    return [event.requestContext.apiId, event.rawPath];
  };
  expect(await reached("/a/b")).toEqual([root.id, "/a/b"]);
  expect(await reached("/orders/1")).toEqual([orders.id, "/prod/1"]);
  expect(await reached("/orders")).toEqual([orders.id, "/prod/"]);
  expect(await reached("/orders/v2/1")).toEqual([v2.id, "/1"]);
  expect(await reached("/ordersmore")).toEqual([root.id, "/ordersmore"]);
  const event = (await domain.get("/")).json();
  expect(event).toMatchObject({
    requestContext: { domainName: `api.example.com:${it.nuage.port}`, domainPrefix: "api" },
  });
});

test("a name with a star stands for one label", async () => {
  const api = await makeEcho();
  const domain = await makeDomain("*.star.example.com");
  await domain.map(api.id, "$default");
  expect((await domain.get("/x", "any.star.example.com")).status).toBe(200);
  expect((await domain.get("/x", "a.b.star.example.com")).status).toBe(403);
});

test("both APIs show the same names and mappings", async () => {
  const api = await makeEcho();
  await v1.send(
    new CreateDomainNameV1({
      domainName: "both.example.com",
      regionalCertificateArn: CertificateArn,
      endpointConfiguration: { types: ["REGIONAL"] },
    }),
  );
  const { Items = [] } = await it.api.send(new GetDomainNamesCommand({ MaxResults: "500" }));
  const shown = Items.find(({ DomainName }) => DomainName === "both.example.com");
  expect(shown?.DomainNameConfigurations?.[0]).toMatchObject({ CertificateArn, EndpointType: "REGIONAL" });
  const DomainName = "both.example.com";
  const mapping = await it.api.send(
    new CreateApiMappingCommand({ DomainName, ApiId: api.id, Stage: "$default", ApiMappingKey: "a" }),
  );
  const { items } = await v1.send(new GetBasePathMappingsCommand({ domainName: DomainName }));
  expect(items).toEqual([{ basePath: "a", restApiId: api.id, stage: "$default" }]);
  const patchOperations = [{ op: "replace" as const, path: "/basePath", value: "b" }];
  await v1.send(new UpdateBasePathMappingCommand({ domainName: DomainName, basePath: "a", patchOperations }));
  const after = await it.api.send(new GetApiMappingsCommand({ DomainName }));
  expect(after.Items).toEqual([
    { ApiId: api.id, ApiMappingId: mapping.ApiMappingId, ApiMappingKey: "b", Stage: "$default" },
  ]);
  const ResourceArn = shown?.DomainNameArn ?? "";
  await it.api.send(new TagResourceCommand({ ResourceArn, Tags: { team: "a" } }));
  expect((await v1.send(new GetTagsV1({ resourceArn: ResourceArn }))).tags).toEqual({ team: "a" });
  expect((await v1.send(new GetDomainNameV1({ domainName: DomainName }))).tags).toEqual({ team: "a" });
});

test("names and mappings are refused as AWS does", async () => {
  const api = await makeEcho();
  const domain = await makeDomain("errors.example.com");
  const DomainName = "errors.example.com";
  await domain.map(api.id, "$default", "a");
  const create = new CreateDomainNameCommand({ DomainName });
  expect(await refusal(it.api.send(create))).toMatchObject({ name: "ConflictException", status: 409 });
  expect(await refusal(domain.map(api.id, "$default", "a"))).toMatchObject({ name: "ConflictException" });
  expect(await refusal(domain.map(api.id, "$default", "/b"))).toMatchObject({ name: "BadRequestException" });
  expect(await refusal(domain.map(api.id, "none", "c"))).toMatchObject({
    name: "BadRequestException",
    message: "Invalid stage identifier specified",
  });
  expect(await refusal(domain.map("nothere", "none", "c"))).toMatchObject({
    name: "NotFoundException",
    status: 404,
  });
  const twice = new CreateBasePathMappingCommand({
    domainName: DomainName,
    restApiId: api.id,
    basePath: "a/b",
  });
  expect(await refusal(v1.send(twice))).toMatchObject({ name: "BadRequestException" });
  expect(await refusal(it.api.send(new DeleteApiCommand({ ApiId: api.id })))).toMatchObject({
    name: "BadRequestException",
    message: expect.stringContaining("API mappings"),
  });
  const stage = new DeleteStageCommand({ ApiId: api.id, StageName: "$default" });
  expect(await refusal(it.api.send(stage))).toMatchObject({ name: "BadRequestException" });
  const { Items = [] } = await it.api.send(new GetApiMappingsCommand({ DomainName }));
  const ApiMappingId = Items[0]?.ApiMappingId;
  await it.api.send(
    new UpdateApiMappingCommand({ DomainName, ApiMappingId, ApiId: api.id, ApiMappingKey: "z" }),
  );
  expect((await domain.get("/z/1")).status).toBe(200);
  await it.api.send(new DeleteApiMappingCommand({ DomainName, ApiMappingId }));
  expect((await domain.get("/z/1")).status).toBe(403);
  await it.api.send(new DeleteDomainNameCommand({ DomainName }));
  expect((await domain.get("/z/1")).status).toBe(403);
});

test("a domain that asks for certificates of clients says that nobody is asked for one", async () => {
  const DomainName = "mutual.example.com";
  const TruststoreUri = "s3://bucket/trust.pem";
  const made = await it.api.send(
    new CreateDomainNameCommand({
      DomainName,
      DomainNameConfigurations: [{ CertificateArn }],
      MutualTlsAuthentication: { TruststoreUri },
    }),
  );
  const warned = expect.stringContaining("without a certificate");
  expect(made.MutualTlsAuthentication).toEqual({ TruststoreUri, TruststoreWarnings: [warned] });
  const seen = await v1.send(new GetDomainNameV1({ domainName: DomainName }));
  expect(seen.mutualTlsAuthentication?.truststoreWarnings).toEqual([warned]);
});
