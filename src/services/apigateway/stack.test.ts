// Everything of API Gateway that a stack may have: made, changed, and gone again.
import * as v1 from "@aws-sdk/client-api-gateway";
import * as v2 from "@aws-sdk/client-apigatewayv2";
import * as sdk from "@aws-sdk/client-cloudformation";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let nuage: Nuage;
let stacks: sdk.CloudFormationClient;
let rest: v1.APIGatewayClient;
let http: v2.ApiGatewayV2Client;

beforeAll(async () => {
  nuage = await startNuage();
  stacks = nuage.client(sdk.CloudFormationClient);
  rest = nuage.client(v1.APIGatewayClient);
  http = nuage.client(v2.ApiGatewayV2Client);
});
afterAll(() => nuage?.stop());

type Resources = Record<string, { Type: string; Properties?: object; DependsOn?: string }>;

async function settled(StackName: string): Promise<string | undefined> {
  await nuage.idle();
  const { Stacks = [] } = await stacks.send(new sdk.DescribeStacksCommand({ StackName }));
  return Stacks[0]?.StackStatus;
}

/** The resources' ids by their logical ones. */
async function deploy(StackName: string, Resources: Resources, isUpdate = false) {
  const TemplateBody = JSON.stringify({ Resources });
  const input = { StackName, TemplateBody, Tags: [{ Key: "team", Value: "a" }] };
  await stacks.send(isUpdate ? new sdk.UpdateStackCommand(input) : new sdk.CreateStackCommand(input));
  const status = await settled(StackName);
  if (!status?.endsWith(isUpdate ? "UPDATE_COMPLETE" : "CREATE_COMPLETE") || status.includes("ROLLBACK")) {
    const { StackEvents = [] } = await stacks.send(new sdk.DescribeStackEventsCommand({ StackName }));
    expect(StackEvents.map((each) => each.ResourceStatusReason).filter(Boolean)).toEqual([]);
  }
  const { StackResources = [] } = await stacks.send(new sdk.DescribeStackResourcesCommand({ StackName }));
  return Object.fromEntries(
    StackResources.map((each) => [each.LogicalResourceId, each.PhysicalResourceId ?? ""]),
  ) as Record<string, string>;
}

async function remove(StackName: string): Promise<void> {
  await stacks.send(new sdk.DeleteStackCommand({ StackName }));
  await nuage.idle();
  const { StackSummaries = [] } = await stacks.send(new sdk.ListStacksCommand({}));
  expect(StackSummaries.find((each) => each.StackName === StackName)?.StackStatus).toBe("DELETE_COMPLETE");
}

const ref = (Ref: string) => ({ Ref });
const mock = {
  Type: "MOCK",
  RequestTemplates: { "application/json": '{"statusCode": 200}' },
  IntegrationResponses: [{ StatusCode: "200" }],
};

function restStack(round: "first" | "second"): Resources {
  const isFirst = round === "first";
  const inApi = { RestApiId: ref("Api") };
  return {
    Account: {
      Type: "AWS::ApiGateway::Account",
      Properties: { CloudWatchRoleArn: `arn:aws:iam::000000000000:role/${round}` },
    },
    Certificate: { Type: "AWS::ApiGateway::ClientCertificate", Properties: { Description: round } },
    Link: {
      Type: "AWS::ApiGateway::VpcLink",
      Properties: {
        Name: round,
        TargetArns: ["arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/a/1"],
      },
    },
    Api: {
      Type: "AWS::ApiGateway::RestApi",
      Properties: {
        Name: round,
        BinaryMediaTypes: [isFirst ? "image/png" : "image/*"],
        ApiKeySourceType: isFirst ? "HEADER" : "AUTHORIZER",
        EndpointConfiguration: { Types: [isFirst ? "EDGE" : "REGIONAL"] },
        Tags: [{ Key: round, Value: "1" }],
      },
    },
    Model: {
      Type: "AWS::ApiGateway::Model",
      Properties: { ...inApi, Name: "Pet", Schema: { type: isFirst ? "object" : "array" } },
    },
    Validator: {
      Type: "AWS::ApiGateway::RequestValidator",
      Properties: { ...inApi, Name: "all", ValidateRequestBody: isFirst },
    },
    Response: {
      Type: "AWS::ApiGateway::GatewayResponse",
      Properties: { ...inApi, ResponseType: "UNAUTHORIZED", StatusCode: isFirst ? "401" : "404" },
    },
    Authorizer: {
      Type: "AWS::ApiGateway::Authorizer",
      Properties: {
        ...inApi,
        Name: round,
        Type: "COGNITO_USER_POOLS",
        IdentitySource: "method.request.header.Authorization",
        ProviderARNs: [`arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_${round}`],
      },
    },
    Method: {
      Type: "AWS::ApiGateway::Method",
      Properties: {
        ...inApi,
        ResourceId: { "Fn::GetAtt": ["Api", "RootResourceId"] },
        HttpMethod: "GET",
        AuthorizationType: "NONE",
        Integration: mock,
        MethodResponses: [{ StatusCode: "200" }],
      },
    },
    Part: {
      Type: "AWS::ApiGateway::DocumentationPart",
      Properties: { ...inApi, Location: { Type: "API" }, Properties: `{"description":"${round}"}` },
    },
    Version: {
      Type: "AWS::ApiGateway::DocumentationVersion",
      DependsOn: "Part",
      Properties: { ...inApi, DocumentationVersion: "1", Description: round },
    },
    Deployment: {
      Type: "AWS::ApiGateway::Deployment",
      DependsOn: "Method",
      Properties: {
        ...inApi,
        StageName: "described",
        StageDescription: { Description: "by its deployment", ThrottlingRateLimit: 5, Variables: { a: "1" } },
      },
    },
    Stage: {
      Type: "AWS::ApiGateway::Stage",
      Properties: {
        ...inApi,
        StageName: "prod",
        Description: round,
        DeploymentId: ref("Deployment"),
        ...(isFirst ? { CanarySetting: { PercentTraffic: 10, DeploymentId: ref("Deployment") } } : {}),
        Tags: [{ Key: round, Value: "1" }],
      },
    },
    Key: {
      Type: "AWS::ApiGateway::ApiKey",
      Properties: { Name: round, Enabled: isFirst, Value: "k".repeat(30) },
    },
    Plan: {
      Type: "AWS::ApiGateway::UsagePlan",
      Properties: {
        UsagePlanName: round,
        ApiStages: [{ ApiId: ref("Api"), Stage: ref("Stage"), Throttle: {} }],
        Quota: { Limit: isFirst ? 10 : 20, Period: "DAY" },
        ...(isFirst ? { Throttle: { RateLimit: 5, BurstLimit: 6 } } : {}),
      },
    },
    PlanKey: {
      Type: "AWS::ApiGateway::UsagePlanKey",
      Properties: { KeyId: ref("Key"), KeyType: "API_KEY", UsagePlanId: ref("Plan") },
    },
    Domain: {
      Type: "AWS::ApiGateway::DomainName",
      Properties: {
        DomainName: "rest.example.com",
        RegionalCertificateArn: `arn:aws:acm:us-east-1:000000000000:certificate/${round}`,
        EndpointConfiguration: { Types: ["REGIONAL"] },
        RoutingMode: isFirst ? "API_MAPPING_ONLY" : "ROUTING_RULE_THEN_API_MAPPING",
      },
    },
    Mapping: {
      Type: "AWS::ApiGateway::BasePathMapping",
      Properties: {
        DomainName: ref("Domain"),
        BasePath: "pets",
        ...inApi,
        Stage: isFirst ? ref("Stage") : "described",
      },
    },
  };
}

test("all of REST APIs", async () => {
  const ids = await deploy("rest", restStack("first"));
  const { Api: restApiId = "", Plan: usagePlanId = "", Domain: domainName = "" } = ids;
  expect(domainName).toBe("rest.example.com");
  expect(ids.Mapping).toBe("rest.example.com|pets");
  const stage = (stageName: string) => rest.send(new v1.GetStageCommand({ restApiId, stageName }));
  expect(await stage("described")).toMatchObject({
    description: "by its deployment",
    variables: { a: "1" },
    methodSettings: { "*/*": { throttlingRateLimit: 5 } },
  });
  expect((await stage("prod")).canarySettings).toMatchObject({ percentTraffic: 10 });
  expect(await rest.send(new v1.GetAccountCommand({}))).toMatchObject({
    cloudwatchRoleArn: "arn:aws:iam::000000000000:role/first",
  });

  const after = await deploy("rest", restStack("second"), true);
  // What can be changed is no new resource.
  expect(after).toEqual(ids);
  expect(await rest.send(new v1.GetRestApiCommand({ restApiId }))).toMatchObject({
    name: "second",
    binaryMediaTypes: ["image/*"],
    apiKeySource: "AUTHORIZER",
    endpointConfiguration: { types: ["REGIONAL"] },
    tags: { second: "1", team: "a" },
  });
  const prod = await stage("prod");
  expect(prod).toMatchObject({ description: "second", tags: { second: "1", team: "a" } });
  expect(prod.canarySettings).toBeUndefined();
  const plan = await rest.send(new v1.GetUsagePlanCommand({ usagePlanId }));
  expect(plan).toMatchObject({ name: "second", quota: { limit: 20, period: "DAY" } });
  expect(plan.throttle).toBeUndefined();
  const authorizerId = ids.Authorizer ?? "";
  expect(await rest.send(new v1.GetAuthorizerCommand({ restApiId, authorizerId }))).toMatchObject({
    name: "second",
    providerARNs: ["arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_second"],
  });
  expect(await rest.send(new v1.GetDomainNameCommand({ domainName }))).toMatchObject({
    routingMode: "ROUTING_RULE_THEN_API_MAPPING",
    regionalCertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/second",
  });
  expect(await rest.send(new v1.GetBasePathMappingCommand({ domainName, basePath: "pets" }))).toMatchObject({
    stage: "described",
  });
  const responseType = "UNAUTHORIZED";
  expect(await rest.send(new v1.GetGatewayResponseCommand({ restApiId, responseType }))).toMatchObject({
    statusCode: "404",
  });
  expect((await rest.send(new v1.GetModelCommand({ restApiId, modelName: "Pet" }))).schema).toContain(
    "array",
  );

  await remove("rest");
  await expect(rest.send(new v1.GetRestApiCommand({ restApiId }))).rejects.toThrow(/Invalid API identifier/);
  expect((await rest.send(new v1.GetDomainNamesCommand({}))).items ?? []).toEqual([]);
});

function webSocketStack(round: "first" | "second"): Resources {
  const inApi = { ApiId: ref("Api") };
  const key = round === "first" ? "$default" : "/201/";
  return {
    Api: {
      Type: "AWS::ApiGatewayV2::Api",
      Properties: {
        Name: round,
        ProtocolType: "WEBSOCKET",
        RouteSelectionExpression: "$request.body.action",
        Tags: { [round]: "1" },
      },
    },
    Model: {
      Type: "AWS::ApiGatewayV2::Model",
      Properties: { ...inApi, Name: "Message", ContentType: "application/json", Schema: { title: round } },
    },
    Integration: {
      Type: "AWS::ApiGatewayV2::Integration",
      Properties: { ...inApi, IntegrationType: "MOCK", RequestTemplates: { $default: '{"statusCode":200}' } },
    },
    IntegrationResponse: {
      Type: "AWS::ApiGatewayV2::IntegrationResponse",
      Properties: { ...inApi, IntegrationId: ref("Integration"), IntegrationResponseKey: key },
    },
    Route: {
      Type: "AWS::ApiGatewayV2::Route",
      Properties: {
        ...inApi,
        RouteKey: "ask",
        RouteResponseSelectionExpression: "$default",
        Target: { "Fn::Sub": "integrations/$" + "{Integration}" },
      },
    },
    RouteResponse: {
      Type: "AWS::ApiGatewayV2::RouteResponse",
      Properties: { ...inApi, RouteId: ref("Route"), RouteResponseKey: "$default" },
    },
    Deployment: { Type: "AWS::ApiGatewayV2::Deployment", DependsOn: "Route", Properties: inApi },
    Stage: {
      Type: "AWS::ApiGatewayV2::Stage",
      Properties: { ...inApi, StageName: "prod", DeploymentId: ref("Deployment"), Description: round },
    },
    Link: {
      Type: "AWS::ApiGatewayV2::VpcLink",
      Properties: { Name: round, SubnetIds: ["subnet-1"], Tags: { [round]: "1" } },
    },
  };
}

test("all of WebSocket APIs", async () => {
  const ids = await deploy("ws", webSocketStack("first"));
  expect(await deploy("ws", webSocketStack("second"), true)).toEqual(ids);
  const { Api: ApiId, Model: ModelId, Integration: IntegrationId, Link: VpcLinkId } = ids;
  expect(await http.send(new v2.GetApiCommand({ ApiId }))).toMatchObject({
    Name: "second",
    Tags: { second: "1", team: "a" },
  });
  expect((await http.send(new v2.GetModelCommand({ ApiId, ModelId }))).Schema).toBe('{"title":"second"}');
  const { Items = [] } = await http.send(new v2.GetIntegrationResponsesCommand({ ApiId, IntegrationId }));
  expect(Items.map((each) => each.IntegrationResponseKey)).toEqual(["/201/"]);
  expect(await http.send(new v2.GetVpcLinkCommand({ VpcLinkId }))).toMatchObject({ Name: "second" });
  await remove("ws");
  await expect(http.send(new v2.GetApiCommand({ ApiId }))).rejects.toThrow(/Invalid API identifier/);
});

test("HTTP APIs of documents, quick ones with what is changed of them, names and rules", async () => {
  const s3 = nuage.client(S3Client);
  await s3.send(new CreateBucketCommand({ Bucket: "documents" }));
  const Body = JSON.stringify({
    openapi: "3.0.1",
    info: { title: "stored", version: "1" },
    paths: { "/pets": { get: { responses: {} } } },
  });
  await s3.send(new PutObjectCommand({ Bucket: "documents", Key: "api.json", Body }));
  const stack = (priority: number, timeout: number): Resources => ({
    Stored: {
      Type: "AWS::ApiGatewayV2::Api",
      Properties: { BodyS3Location: { Bucket: "documents", Key: "api.json" } },
    },
    Quick: {
      Type: "AWS::ApiGatewayV2::Api",
      Properties: { Name: "quick", ProtocolType: "HTTP", Target: "https://example.com" },
    },
    Overrides: {
      Type: "AWS::ApiGatewayV2::ApiGatewayManagedOverrides",
      Properties: {
        ApiId: ref("Quick"),
        Integration: { TimeoutInMillis: timeout },
        Stage: { Description: "overridden" },
      },
    },
    Domain: {
      Type: "AWS::ApiGatewayV2::DomainName",
      Properties: {
        DomainName: "v2.example.com",
        DomainNameConfigurations: [{ CertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/1" }],
        RoutingMode: "ROUTING_RULE_THEN_API_MAPPING",
      },
    },
    Mapping: {
      Type: "AWS::ApiGatewayV2::ApiMapping",
      Properties: { DomainName: ref("Domain"), ApiId: ref("Quick"), Stage: "$default" },
    },
    Rest: { Type: "AWS::ApiGateway::RestApi", Properties: { Name: "ruled" } },
    Method: {
      Type: "AWS::ApiGateway::Method",
      Properties: {
        RestApiId: ref("Rest"),
        ResourceId: { "Fn::GetAtt": ["Rest", "RootResourceId"] },
        HttpMethod: "GET",
        Integration: mock,
        MethodResponses: [{ StatusCode: "200" }],
      },
    },
    Deployment: {
      Type: "AWS::ApiGateway::Deployment",
      DependsOn: "Method",
      Properties: { RestApiId: ref("Rest"), StageName: "prod" },
    },
    Rule: {
      Type: "AWS::ApiGatewayV2::RoutingRule",
      DependsOn: "Deployment",
      Properties: {
        DomainNameArn: { "Fn::GetAtt": ["Domain", "DomainNameArn"] },
        Priority: priority,
        Conditions: [{ MatchBasePaths: { AnyOf: ["pets"] } }],
        Actions: [{ InvokeApi: { ApiId: ref("Rest"), Stage: "prod", StripBasePath: true } }],
      },
    },
  });
  const ids = await deploy("v2", stack(10, 5_000));
  expect(await deploy("v2", stack(20, 6_000), true)).toEqual(ids);
  const routes = await http.send(new v2.GetRoutesCommand({ ApiId: ids.Stored }));
  expect(routes.Items?.map(({ RouteKey }) => RouteKey)).toEqual(["GET /pets"]);
  const integrations = await http.send(new v2.GetIntegrationsCommand({ ApiId: ids.Quick }));
  expect(integrations.Items?.[0]).toMatchObject({ TimeoutInMillis: 6_000 });
  const stage = await http.send(new v2.GetStageCommand({ ApiId: ids.Quick, StageName: "$default" }));
  expect(stage.Description).toBe("overridden");
  const rules = await http.send(new v2.ListRoutingRulesCommand({ DomainName: ids.Domain }));
  expect(rules.RoutingRules).toMatchObject([{ Priority: 20, RoutingRuleArn: ids.Rule }]);
  await remove("v2");
  expect((await http.send(new v2.GetDomainNamesCommand({}))).Items).toEqual([]);
});
