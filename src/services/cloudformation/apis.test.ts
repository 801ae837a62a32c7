// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates write references so
// APIs deployed by a stack, called over HTTP.
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import * as sdk from "@aws-sdk/client-cloudformation";
import { startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let nuage: Awaited<ReturnType<typeof startNuage>>;
let client: sdk.CloudFormationClient;

beforeAll(async () => {
  nuage = await startNuage();
  client = nuage.client(sdk.CloudFormationClient);
});

afterAll(() => nuage?.stop());

const FUNCTION = `
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      Role: arn:aws:iam::000000000000:role/r
      Code:
        ZipFile: |
          exports.handler = async ({ pathParameters }) => (
            { statusCode: 200, body: JSON.stringify(pathParameters) });
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Function
      Principal: apigateway.amazonaws.com`;

async function deploy(StackName: string, TemplateBody: string): Promise<string> {
  await client.send(new sdk.CreateStackCommand({ StackName, TemplateBody }));
  await nuage.idle();
  const { Stacks = [] } = await client.send(new sdk.DescribeStacksCommand({ StackName }));
  expect(Stacks[0]?.StackStatus).toBe("CREATE_COMPLETE");
  return Stacks[0]?.Outputs?.[0]?.OutputValue ?? "";
}

async function get(api: string, path: string) {
  const { port } = new URL(nuage.endpoint);
  const headers = { host: `${api}.execute-api.us-east-1.localhost:${port}` };
  const call = request({ port, host: "127.0.0.1", path, headers });
  call.end();
  const [response] = (await once(call, "response")) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return [response.statusCode, Buffer.concat(parts).toString()];
}

test("an HTTP API", async () => {
  const api = await deploy(
    "http",
    `
Resources:${FUNCTION}
  Api: { Type: AWS::ApiGatewayV2::Api, Properties: { Name: pets, ProtocolType: HTTP } }
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !GetAtt Function.Arn
      PayloadFormatVersion: "2.0"
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: { ApiId: !Ref Api, RouteKey: "GET /pets/{id}", Target: !Sub "integrations/\${Integration}" }
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: { ApiId: !Ref Api, StageName: $default, AutoDeploy: true }
Outputs: { Api: { Value: !Ref Api } }`,
  );
  expect(await get(api, "/pets/5")).toEqual([200, '{"id":"5"}']);
});

test("a REST API, and one of an OpenAPI document", async () => {
  const uri =
    "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function.Arn}/invocations";
  const api = await deploy(
    "rest",
    `
Resources:${FUNCTION}
  Api: { Type: AWS::ApiGateway::RestApi, Properties: { Name: pets } }
  Pets:
    Type: AWS::ApiGateway::Resource
    Properties: { RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: pets }
  Pet:
    Type: AWS::ApiGateway::Resource
    Properties: { RestApiId: !Ref Api, ParentId: !Ref Pets, PathPart: "{id}" }
  Get:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Pet
      HttpMethod: GET
      AuthorizationType: NONE
      Integration: { Type: AWS_PROXY, IntegrationHttpMethod: POST, Uri: !Sub "${uri}" }
  Deployment: { Type: AWS::ApiGateway::Deployment, DependsOn: Get, Properties: { RestApiId: !Ref Api } }
  Stage:
    Type: AWS::ApiGateway::Stage
    Properties:
      RestApiId: !Ref Api
      DeploymentId: !Ref Deployment
      StageName: prod
      MethodSettings: [{ ResourcePath: "/*", HttpMethod: "*", LoggingLevel: INFO }]
Outputs: { Api: { Value: !Ref Api } }`,
  );
  expect(await get(api, "/prod/pets/5")).toEqual([200, '{"id":"5"}']);
  const described = await deploy(
    "described",
    `
Resources:${FUNCTION}
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        swagger: "2.0"
        info: { title: described, version: "1" }
        paths:
          /things/{id}:
            get:
              responses: {}
              x-amazon-apigateway-integration: { type: aws_proxy, httpMethod: POST, uri: !Sub "${uri}" }
  Deployment: { Type: AWS::ApiGateway::Deployment, Properties: { RestApiId: !Ref Api, StageName: live } }
Outputs: { Api: { Value: !Ref Api } }`,
  );
  expect(await get(described, "/live/things/7")).toEqual([200, '{"id":"7"}']);
});
