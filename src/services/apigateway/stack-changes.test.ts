// What stacks say of APIs in other ways than plainly, and what they no longer say.
import * as v1 from "@aws-sdk/client-api-gateway";
import * as v2 from "@aws-sdk/client-apigatewayv2";
import * as sdk from "@aws-sdk/client-cloudformation";
import { GetFunctionUrlConfigCommand, LambdaClient } from "@aws-sdk/client-lambda";
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

/** The resources' ids by their logical ones. */
async function deploy(StackName: string, TemplateBody: string, isUpdate = false) {
  const Capabilities: sdk.Capability[] = ["CAPABILITY_AUTO_EXPAND", "CAPABILITY_IAM"];
  const input = { StackName, TemplateBody, Capabilities };
  await stacks.send(isUpdate ? new sdk.UpdateStackCommand(input) : new sdk.CreateStackCommand(input));
  await nuage.idle();
  const { StackEvents = [] } = await stacks.send(new sdk.DescribeStackEventsCommand({ StackName }));
  const failures = StackEvents.filter((each) => each.ResourceStatus?.endsWith("FAILED"));
  expect(failures.map((each) => each.ResourceStatusReason)).toEqual([]);
  const { StackResources = [] } = await stacks.send(new sdk.DescribeStackResourcesCommand({ StackName }));
  return Object.fromEntries(
    StackResources.map((each) => [each.LogicalResourceId, each.PhysicalResourceId ?? ""]),
  ) as Record<string, string>;
}

const AUTHORIZER_URI =
  "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations";

const httpApi = (more: { api?: string; integration?: string; route?: string; stage?: string }) => `
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: n, ProtocolType: HTTP, ${more.api ?? ""}}}
  Authorizer:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties:
      {ApiId: !Ref Api, Name: a, AuthorizerType: REQUEST, AuthorizerPayloadFormatVersion: 2.0,
       EnableSimpleResponses: true, IdentitySource: ['$request.header.a'], AuthorizerUri: '${AUTHORIZER_URI}'}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      {ApiId: !Ref Api, IntegrationType: AWS_PROXY, PayloadFormatVersion: 2.0,
       IntegrationUri: 'arn:aws:lambda:us-east-1:000000000000:function:f', ${more.integration ?? ""}}
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      {ApiId: !Ref Api, RouteKey: GET /x, Target: !Sub 'integrations/\${Integration}', ${more.route ?? ""}}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    DependsOn: Route
    Properties: {ApiId: !Ref Api, StageName: prod, AutoDeploy: true, ${more.stage ?? ""}}
`;

test("numbers that a template writes without quotes are the texts that they stand for", async () => {
  const {
    Api: ApiId,
    Integration: IntegrationId,
    Authorizer: AuthorizerId,
  } = await deploy("numbers", httpApi({ stage: "StageVariables: {n: 7, b: true}" }));
  const integration = await http.send(new v2.GetIntegrationCommand({ ApiId, IntegrationId }));
  expect(integration.PayloadFormatVersion).toBe("2.0");
  const authorizer = await http.send(new v2.GetAuthorizerCommand({ ApiId, AuthorizerId }));
  expect(authorizer).toMatchObject({ AuthorizerPayloadFormatVersion: "2.0", EnableSimpleResponses: true });
  const stage = await http.send(new v2.GetStageCommand({ ApiId, StageName: "prod" }));
  expect(stage.StageVariables).toEqual({ n: "7", b: "true" });
});

test("what a template no longer says of an HTTP API holds no longer", async () => {
  const log = "arn:aws:logs:us-east-1:000000000000:log-group:g";
  const before = httpApi({
    api: "CorsConfiguration: {AllowOrigins: ['*']}, Description: d",
    integration: "RequestParameters: {'append:header.a': '1', 'append:header.b': '2'}, Description: d",
    route: "AuthorizationType: CUSTOM, AuthorizerId: !Ref Authorizer, OperationName: o",
    stage: `StageVariables: {a: '1', b: '2'}, RouteSettings: {GET /x: {ThrottlingRateLimit: 1}},
      AccessLogSettings: {DestinationArn: '${log}', Format: '$context.requestId'}`,
  });
  const { Api: ApiId, Route: RouteId, Integration: IntegrationId } = await deploy("lessened", before);
  expect((await http.send(new v2.GetRouteCommand({ ApiId, RouteId }))).AuthorizationType).toBe("CUSTOM");
  await deploy(
    "lessened",
    httpApi({
      integration: "RequestParameters: {'append:header.b': '3'}",
      stage: "StageVariables: {b: '3'}",
    }),
    true,
  );
  const api = await http.send(new v2.GetApiCommand({ ApiId }));
  expect([api.CorsConfiguration, api.Description ?? ""]).toEqual([undefined, ""]);
  const route = await http.send(new v2.GetRouteCommand({ ApiId, RouteId }));
  expect([route.AuthorizationType, route.AuthorizerId, route.OperationName ?? ""]).toEqual([
    "NONE",
    undefined,
    "",
  ]);
  const integration = await http.send(new v2.GetIntegrationCommand({ ApiId, IntegrationId }));
  expect(integration.RequestParameters).toEqual({ "append:header.b": "3" });
  const stage = await http.send(new v2.GetStageCommand({ ApiId, StageName: "prod" }));
  expect(stage.StageVariables).toEqual({ b: "3" });
  expect(stage.RouteSettings).toEqual({});
  expect(stage.AccessLogSettings).toBeUndefined();
});

const restApi = (stage: string) => `
Resources:
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: n}}
  Method:
    Type: AWS::ApiGateway::Method
    Properties:
      {RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: GET, AuthorizationType: NONE,
       Integration: {Type: MOCK, RequestTemplates: {application/json: '{"statusCode":200}'}}}
  Deployment: {Type: AWS::ApiGateway::Deployment, DependsOn: Method, Properties: {RestApiId: !Ref Api}}
  Stage:
    Type: AWS::ApiGateway::Stage
    Properties: {RestApiId: !Ref Api, StageName: prod, DeploymentId: !Ref Deployment, ${stage}}
`;

test("what a template no longer says of a stage of a REST API holds no longer", async () => {
  const log = "arn:aws:logs:us-east-1:000000000000:log-group:g";
  const { Api: restApiId } = await deploy(
    "rest",
    restApi(`TracingEnabled: true,
      AccessLogSetting: {DestinationArn: '${log}', Format: '$context.requestId'},
      MethodSettings: [{ResourcePath: '/*', HttpMethod: '*', LoggingLevel: INFO, ThrottlingRateLimit: 3},
        {ResourcePath: /, HttpMethod: GET, MetricsEnabled: true}]`),
  );
  const stage = () => rest.send(new v1.GetStageCommand({ restApiId, stageName: "prod" }));
  expect((await stage()).methodSettings).toMatchObject({ "*/*": { loggingLevel: "INFO" } });
  await deploy(
    "rest",
    restApi("MethodSettings: [{ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: 4}]"),
    true,
  );
  const { methodSettings = {}, accessLogSettings, tracingEnabled } = await stage();
  expect(Object.keys(methodSettings)).toEqual(["*/*"]);
  expect(methodSettings["*/*"]).toMatchObject({ loggingLevel: "OFF", throttlingRateLimit: 4 });
  expect([accessLogSettings, tracingEnabled ?? false]).toEqual([undefined, false]);
  await deploy("rest", restApi("Description: d"), true);
  expect((await stage()).methodSettings ?? {}).toEqual({});
});

test("SAM's default route lies beside others, and answers keep bodies where headers are said", async () => {
  const template = `
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      InlineCode: 'exports.handler = async (e) => ({ statusCode: 200, body: e.version + e.routeKey })'
      Events:
        One: {Type: HttpApi, Properties: {Path: /one, Method: get}}
        All: {Type: HttpApi}
  Rest:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      GatewayResponses: {DEFAULT_4XX: {ResponseParameters: {Headers: {x-mine: "'1'"}}}}
      DefinitionBody:
        swagger: '2.0'
        info: {title: t, version: '1'}
        paths: {/a: {get: {x-amazon-apigateway-integration: {type: mock}}}}
`;
  const { ServerlessHttpApi: http = "", Rest: restId = "" } = await deploy("sam", template);
  const ask = (path: string) => fetch(`${nuage.endpoint}/_aws/execute-api/${path}`);
  expect(await (await ask(`${http}/one`)).text()).toBe("2.0GET /one");
  expect(await (await ask(`${http}/other`)).text()).toBe("2.0$default");
  const missing = await ask(`${restId}/prod/none`);
  expect([missing.status, missing.headers.get("x-mine"), await missing.text()]).toEqual([
    403,
    "1",
    '{"message":"Missing Authentication Token"}',
  ]);
});

test("a function's URL goes back to what it is by itself", async () => {
  const template = (more: string) => `
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      Role: arn:aws:iam::000000000000:role/r
      Code: {ZipFile: 'exports.handler = async () => 1'}
  Url: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !GetAtt F.Arn, AuthType: NONE, ${more}}}
`;
  const cors = "Cors: {AllowOrigins: ['*']}, InvokeMode: RESPONSE_STREAM";
  const { F: FunctionName } = await deploy("url", template(cors));
  const lambda = nuage.client(LambdaClient);
  const url = () => lambda.send(new GetFunctionUrlConfigCommand({ FunctionName }));
  expect(await url()).toMatchObject({ Cors: { AllowOrigins: ["*"] }, InvokeMode: "RESPONSE_STREAM" });
  await deploy("url", template(""), true);
  expect(await url()).toMatchObject({ InvokeMode: "BUFFERED" });
  expect((await url()).Cors ?? {}).toEqual({});
});
