// What stacks have of buses, rules and connections, through templates that change.
import * as sdk from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stacks, startStacks } from "../cloudformation/stacks.fixture.ts";

let on: Stacks;
let client: sdk.EventBridgeClient;
beforeAll(async () => {
  on = await startStacks();
  client = on.nuage.client(sdk.EventBridgeClient);
});
afterAll(() => on?.nuage.stop());

test("numbers of a target that a template writes as text are numbers", async () => {
  const policy = 'RetryPolicy: { MaximumRetryAttempts: !Ref Retries, MaximumEventAgeInSeconds: "60" }';
  await on.create(
    "numbers",
    `
Parameters: { Retries: { Type: Number, Default: 3 } }
Resources:
  Queue: { Type: AWS::SQS::Queue }
  Rule:
    Type: AWS::Events::Rule
    Properties:
      Name: numbers
      EventPattern: { source: [a] }
      Targets: [{ Id: one, Arn: !GetAtt Queue.Arn, ${policy} }]`,
  );
  const { Targets } = await client.send(new sdk.ListTargetsByRuleCommand({ Rule: "numbers" }));
  expect(Targets?.[0]?.RetryPolicy).toEqual({ MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 60 });
});

test("a rule with a target that is refused is not left behind", async () => {
  const target = 'Targets: [{ Id: one, Arn: "arn:aws:kinesis:us-east-1:000000000000:stream/s" }]';
  const rule = `{ Name: refused, EventPattern: { source: [a] }, ${target} }`;
  await on.create("refused", `Resources: { Rule: { Type: AWS::Events::Rule, Properties: ${rule} } }`);
  expect((await on.reasons("refused", "Rule")).join()).toContain("RoleArn is required for target");
  await expect(client.send(new sdk.DescribeRuleCommand({ Name: "refused" }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
});

test("a bus has its dead-letter queue, and the statements of its policies", async () => {
  const bus = (more: string) => `
Resources:
  Queue: { Type: AWS::SQS::Queue }
  Bus:
    Type: AWS::Events::EventBus
    Properties: { Name: orders${more} }`;
  const policies = `
  One:
    Type: AWS::Events::EventBusPolicy
    Properties:
      { EventBusName: !Ref Bus, StatementId: one, Action: "events:PutEvents", Principal: "111111111111" }
  Two:
    Type: AWS::Events::EventBusPolicy
    Properties:
      EventBusName: !Ref Bus
      StatementId: two
      Statement:
        { Effect: Allow, Principal: "*", Action: "events:PutEvents", Resource: !GetAtt Bus.Arn }`;
  const seen = () => client.send(new sdk.DescribeEventBusCommand({ Name: "orders" }));
  const sids = async () => {
    const { Statement = [] } = JSON.parse((await seen()).Policy ?? "{}");
    return Statement.map(({ Sid }: { Sid: string }) => Sid).sort();
  };
  await on.create("bus", bus("") + policies);
  expect(await sids()).toEqual(["one", "two"]);
  const dead = ", Description: all, DeadLetterConfig: { Arn: !GetAtt Queue.Arn }";
  expect((await on.update("bus", bus(dead))).status).toBe("UPDATE_COMPLETE");
  expect(await seen()).toMatchObject({
    Description: "all",
    DeadLetterConfig: { Arn: expect.stringContaining(":bus-Queue-") },
  });
  expect(await sids()).toEqual([]);
});

test("an archive keeps events for ever again when its template names no days", async () => {
  const archive = (more: string) => `
Resources:
  Bus: { Type: AWS::Events::EventBus, Properties: { Name: archived } }
  Archive: { Type: AWS::Events::Archive, Properties: { ArchiveName: a, SourceArn: !GetAtt Bus.Arn${more} } }`;
  const seen = () => client.send(new sdk.DescribeArchiveCommand({ ArchiveName: "a" }));
  await on.create("archive", archive(', RetentionDays: "3", Description: short'));
  expect(await seen()).toMatchObject({ RetentionDays: 3, Description: "short" });
  expect((await on.update("archive", archive(""))).status).toBe("UPDATE_COMPLETE");
  expect((await seen()).RetentionDays).toBe(0);
});

test("a connection and its destination are made, changed and taken away", async () => {
  const template = (value: string, rate: string) => `
Resources:
  Connection:
    Type: AWS::Events::Connection
    Properties:
      Name: shop
      AuthorizationType: API_KEY
      AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: ${value}, ApiKeyValue: secret } }
  Destination:
    Type: AWS::Events::ApiDestination
    Properties:
      Name: orders
      ConnectionArn: !GetAtt Connection.Arn
      HttpMethod: POST
      InvocationEndpoint: http://localhost/orders
      ${rate}
Outputs:
  Arn: { Value: !GetAtt Destination.Arn }
  ForPolicy: { Value: !GetAtt Destination.ArnForPolicy }
  Secret: { Value: !GetAtt Connection.SecretArn }`;
  const rate = 'InvocationRateLimitPerSecond: "7"';
  const { status, outputs } = await on.create("api", template("x-one", rate));
  expect(status).toBe("CREATE_COMPLETE");
  expect(outputs.Arn).toMatch(/:api-destination\/orders\/[-0-9a-f]{36}$/);
  expect(outputs.ForPolicy).toMatch(/:api-destination\/orders$/);
  expect(outputs.Secret).toContain(":secret:events!connection/shop/");
  const destination = () => client.send(new sdk.DescribeApiDestinationCommand({ Name: "orders" }));
  const connection = () => client.send(new sdk.DescribeConnectionCommand({ Name: "shop" }));
  expect(await destination()).toMatchObject({ InvocationRateLimitPerSecond: 7, HttpMethod: "POST" });
  expect((await on.update("api", template("x-two", ""))).status).toBe("UPDATE_COMPLETE");
  expect((await destination()).InvocationRateLimitPerSecond).toBe(300);
  expect((await connection()).AuthParameters?.ApiKeyAuthParameters).toEqual({ ApiKeyName: "x-two" });
  await on.remove("api");
  await expect(destination()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await expect(connection()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});
