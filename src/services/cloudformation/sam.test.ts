import * as sdk from "@aws-sdk/client-cloudformation";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { InvokeCommand, LambdaClient, ListVersionsByFunctionCommand } from "@aws-sdk/client-lambda";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stacks, startStacks } from "./stacks.fixture.ts";

let on: Stacks;
beforeAll(async () => {
  on = await startStacks();
});
afterAll(() => on?.nuage.stop());

/** A function that writes down who called it, with what else it says. */
const CODE = (says: string) => `
const { DynamoDBClient, PutItemCommand } = require("@aws-sdk/client-dynamodb");
const client = new DynamoDBClient({});
exports.handler = async (event) => {
  const who = event.requestContext?.http ? "http" : (event.Records?.[0].body ?? event.who ?? "direct");
  await client.send(new PutItemCommand({ TableName: process.env.TABLE, Item: { id: { S: who } } }));
  return { statusCode: 200, body: "${says} " + who };
};`;

const APPLICATION = (says: string) => `
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: { Runtime: nodejs22.x, Handler: index.handler, Timeout: 20 }
Resources:
  Visitors: { Type: AWS::Serverless::SimpleTable }
  Jobs: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: 60 } }
  Greeter:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: ${JSON.stringify(CODE(says))}
      AutoPublishAlias: live
      Environment: { Variables: { TABLE: !Ref Visitors } }
      Policies:
        - DynamoDBCrudPolicy: { TableName: !Ref Visitors }
      Events:
        Visit: { Type: HttpApi, Properties: { Path: "/visit/{name}", Method: get } }
        Job: { Type: SQS, Properties: { Queue: !GetAtt Jobs.Arn, BatchSize: 1 } }
        Morning:
          Type: Schedule
          Properties: { Schedule: rate(1 minute), Input: '{"who": "clock"}' }
Outputs:
  Api: { Value: !Ref ServerlessHttpApi }
  Jobs: { Value: !Ref Jobs }
  Table: { Value: !Ref Visitors }
  Function: { Value: !Ref Greeter }
  Alias: { Value: !Ref Greeter.Alias }
  Version: { Value: !Ref Greeter.Version }`;

const visitors = async (TableName: string | undefined) =>
  ((await on.nuage.client(DynamoDBClient).send(new ScanCommand({ TableName }))).Items ?? [])
    .map(({ id }) => id?.S ?? "")
    .sort();

test("an application of a function, an API, a table, a queue and a clock is deployed and works", async () => {
  const { status, outputs } = await on.create("application", APPLICATION("Hello"));
  expect(status).toBe("CREATE_COMPLETE");
  const answer = await fetch(`${on.nuage.endpoint}/_aws/execute-api/${outputs.Api}/$default/visit/me`);
  expect([answer.status, await answer.text()]).toEqual([200, "Hello http"]);
  const sqs = on.nuage.client(SQSClient);
  await sqs.send(new SendMessageCommand({ QueueUrl: outputs.Jobs, MessageBody: "queue" }));
  await on.nuage.idle();
  await on.nuage.advance("61 seconds");
  await on.nuage.idle();
  expect(await visitors(outputs.Table)).toEqual(["clock", "http", "queue"]);
});

test("new code is a new version, and the alias moves to it", async () => {
  const before = (await on.see("application")).outputs;
  const { status, outputs } = await on.update("application", APPLICATION("Welcome"));
  expect(status).toBe("UPDATE_COMPLETE");
  expect(outputs.Version).not.toBe(before.Version);
  expect(outputs.Alias).toBe(before.Alias);
  const lambda = on.nuage.client(LambdaClient);
  const { Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: outputs.Alias ?? "", Payload: Buffer.from("{}") }),
  );
  expect(JSON.parse(Buffer.from(Payload ?? []).toString())).toMatchObject({ body: "Welcome direct" });
  // The version of before is kept: its deletion policy says so.
  const { Versions = [] } = await lambda.send(
    new ListVersionsByFunctionCommand({ FunctionName: outputs.Function }),
  );
  expect(Versions.map(({ Version }) => Version)).toEqual(["$LATEST", "1", "2"]);
});

test("the template is shown as it was given and as it was deployed, with its transform", async () => {
  const read = async (TemplateStage: sdk.TemplateStage) =>
    (await on.client.send(new sdk.GetTemplateCommand({ StackName: "application", TemplateStage })))
      .TemplateBody ?? "";
  expect(await read("Original")).toBe(APPLICATION("Welcome"));
  const { Resources, Transform } = JSON.parse(await read("Processed"));
  expect(Transform).toBeUndefined();
  expect(Object.keys(Resources)).toEqual(
    expect.arrayContaining(["Greeter", "GreeterRole", "GreeterAliaslive", "ServerlessHttpApi"]),
  );
  const summary = await on.client.send(
    new sdk.GetTemplateSummaryCommand({ TemplateBody: APPLICATION("Hello") }),
  );
  expect(summary.DeclaredTransforms).toEqual(["AWS::Serverless-2016-10-31"]);
});

test("a REST API made of an event answers it, and preflights by itself", async () => {
  const { status, outputs } = await on.create(
    "rest",
    `
Transform: AWS::Serverless-2016-10-31
Resources:
  Shop:
    Type: AWS::Serverless::Api
    Properties: { StageName: live, Cors: "'*'" }
  Clerk:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      InlineCode: "exports.handler = async ({ path }) => ({ statusCode: 200, body: path })"
      Events:
        Ask: { Type: Api, Properties: { RestApiId: !Ref Shop, Path: "/goods/{id}", Method: any } }
Outputs: { Api: { Value: !Ref Shop }, Stage: { Value: !Ref Shop.Stage } }`,
  );
  expect([status, outputs.Stage]).toEqual(["CREATE_COMPLETE", "live"]);
  const url = `${on.nuage.endpoint}/_aws/execute-api/${outputs.Api}/live/goods/7`;
  expect(await (await fetch(url)).text()).toBe("/goods/7");
  const preflight = await fetch(url, { method: "OPTIONS" });
  expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
});

test("a template that is wrong says all that is wrong, and needs a capability", async () => {
  const broken = `
Transform: AWS::Serverless-2016-10-31
Resources:
  First: { Type: AWS::Serverless::Function, Properties: { Runtime: nodejs22.x } }
  Second: { Type: AWS::Serverless::SimpleTable, Properties: { PrimaryKey: { Name: id, Type: Text } } }`;
  await expect(on.create("broken", broken)).rejects.toMatchObject({
    name: "ValidationError",
    message:
      "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification " +
      "document. Number of errors found: 2. Resource with id [First] is invalid. Only one of 'InlineCode' " +
      "or 'CodeUri' can be set. Resource with id [Second] is invalid. Invalid 'Type' \"Text\".",
  });
  const unwilling = on.create("unwilling", APPLICATION("Hello"), { Capabilities: ["CAPABILITY_NAMED_IAM"] });
  await expect(unwilling).rejects.toMatchObject({
    name: "InsufficientCapabilitiesException",
    message: "Requires capabilities : [CAPABILITY_AUTO_EXPAND]",
  });
});
