import { spawnSync } from "node:child_process";
import * as sdk from "@aws-sdk/client-cloudformation";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stacks, startStacks } from "./stacks.fixture.ts";

let on: Stacks;
beforeAll(async () => {
  on = await startStacks();
});
afterAll(() => on?.nuage.stop());

const ROLE = `
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]`;

/** A function with its code in the template, and a resource that it makes. */
const seeded = (code: string, properties: string, runtime = "nodejs20.x") => `
Resources:${ROLE}
  Maker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: ${runtime}
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code:
        ZipFile: |
${code
  .trim()
  .split("\n")
  .map((line) => `          ${line}`)
  .join("\n")}
  Seed:
    Type: Custom::Seed
    Properties:
      ServiceToken: !GetAtt Maker.Arn
      ${properties}
Outputs:
  Id: { Value: !Ref Seed }
  Colour: { Value: !GetAtt Seed.Colour }
  Deep: { Value: !GetAtt Seed.Deep.Down }
`;

const ECHO = `
const response = require("cfn-response");
exports.handler = (event, context) => {
  console.log(JSON.stringify(event));
  const { Name = "none", Flag, Numbers, Fail } = event.ResourceProperties;
  if (Fail === event.RequestType) return response.send(event, context, response.FAILED, {});
  const data = { Colour: [typeof Flag, Flag, Numbers[1]].join(" "), Deep: { Down: event.RequestType } };
  response.send(event, context, response.SUCCESS, data, "seed-" + Name);
};
`;

test("a function makes, changes, replaces and removes it", async () => {
  const made = await on.create("seeds", seeded(ECHO, "Flag: true\n      Numbers: [1, 2]\n      Name: a"));
  expect(made).toEqual({
    status: "CREATE_COMPLETE",
    outputs: { Id: "seed-a", Colour: "string true 2", Deep: "Create" },
  });
  const changed = await on.update("seeds", seeded(ECHO, "Flag: false\n      Numbers: [1, 3]\n      Name: a"));
  expect(changed.outputs).toEqual({ Id: "seed-a", Colour: "string false 3", Deep: "Update" });
  const replaced = await on.update(
    "seeds",
    seeded(ECHO, "Flag: false\n      Numbers: [1, 3]\n      Name: b"),
  );
  expect(replaced).toMatchObject({ status: "UPDATE_COMPLETE", outputs: { Id: "seed-b", Deep: "Update" } });
  await on.remove("seeds");
  const requests = await requestsOf("seeds");
  expect(requests.map(({ RequestType, PhysicalResourceId }) => [RequestType, PhysicalResourceId])).toEqual([
    ["Create", undefined],
    ["Update", "seed-a"],
    ["Update", "seed-a"],
    ["Delete", "seed-a"],
    ["Delete", "seed-b"],
  ]);
  const [first, second] = requests;
  expect(first).toMatchObject({
    ResourceType: "Custom::Seed",
    LogicalResourceId: "Seed",
    StackId: expect.stringContaining(":stack/seeds/"),
    ResourceProperties: { Flag: "true", Numbers: ["1", "2"], Name: "a" },
  });
  expect(second?.OldResourceProperties).toMatchObject({ Flag: "true" });
  const late = await fetch(`${first?.ResponseURL}`, { method: "PUT", body: "{}" });
  expect(late.status).toBe(403);
});

/** What the function that makes the seeds of a stack was asked for. */
async function requestsOf(stack: string): Promise<Record<string, unknown>[]> {
  const { CloudWatchLogsClient, DescribeLogGroupsCommand, FilterLogEventsCommand } = await import(
    "@aws-sdk/client-cloudwatch-logs"
  );
  const logs = on.nuage.client(CloudWatchLogsClient);
  const { logGroups = [] } = await logs.send(
    new DescribeLogGroupsCommand({ logGroupNamePrefix: `/aws/lambda/${stack}-Maker` }),
  );
  const { events = [] } = await logs.send(
    new FilterLogEventsCommand({ logGroupName: logGroups[0]?.logGroupName, filterPattern: "RequestType" }),
  );
  return events.map(({ message = "" }) => JSON.parse(message.slice(message.indexOf("{"))));
}

test("what the function refuses fails the stack, with its words", async () => {
  const failed = await on.create("refused", seeded(ECHO, "Numbers: [1, 2]\n      Fail: Create"));
  expect(failed.status).toBe("ROLLBACK_COMPLETE");
  expect((await on.reasons("refused", "Seed")).join()).toMatch(
    /Received response status \[FAILED\] from custom resource\. Message returned: See the details/,
  );
});

test("a function in Python answers too", async (context) => {
  if (spawnSync("python3", ["--version"]).error) context.skip("needs Python");
  const code = `
import cfnresponse
def handler(event, context):
    cfnresponse.send(event, context, cfnresponse.SUCCESS, {"Colour": "red", "Deep": {"Down": "x"}}, "snake")
`;
  const made = await on.create("snakes", seeded(code, "Any: thing", "python3.12"));
  expect(made.outputs).toEqual({ Id: "snake", Colour: "red", Deep: "x" });
});

test("who says nothing is waited for as long as the template says", async () => {
  const silent = seeded("exports.handler = async () => {};", "ServiceTimeout: 120");
  await on.create("silent", silent, { OnFailure: "DO_NOTHING" });
  expect((await on.see("silent")).status).toBe("CREATE_IN_PROGRESS");
  await on.nuage.advance("119 seconds");
  expect((await on.see("silent")).status).toBe("CREATE_IN_PROGRESS");
  await on.nuage.advance("1 second");
  expect((await on.see("silent")).status).toBe("CREATE_FAILED");
  expect((await on.reasons("silent", "Seed")).join()).toContain(
    "CloudFormation did not receive a response from your Custom Resource.",
  );
});

test("whoever hears a topic may make it", async () => {
  const sns = on.nuage.client(SNSClient);
  const sqs = on.nuage.client(SQSClient);
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "makers" }));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "makers" }));
  const Endpoint = "arn:aws:sqs:us-east-1:000000000000:makers";
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint }));
  const template = `
Resources:
  Thing: { Type: AWS::CloudFormation::CustomResource, Properties: { ServiceToken: "${TopicArn}" } }
Outputs: { Id: { Value: !Ref Thing } }`;
  await on.create("heard", template);
  const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  const request = JSON.parse(JSON.parse(message?.Body ?? "").Message);
  expect(request.ResourceType).toBe("AWS::CloudFormation::CustomResource");
  const body = JSON.stringify({ Status: "SUCCESS", PhysicalResourceId: "by-hand" });
  expect((await fetch(request.ResponseURL, { method: "PUT", body: "nonsense" })).status).toBe(400);
  expect((await fetch(request.ResponseURL, { method: "PUT", body })).status).toBe(200);
  await on.nuage.idle();
  expect(await on.see("heard")).toEqual({ status: "CREATE_COMPLETE", outputs: { Id: "by-hand" } });
});

test("a stack waits for signals at an address", async () => {
  const template = `
Resources:
  Handle: { Type: AWS::CloudFormation::WaitConditionHandle }
  Ready:
    Type: AWS::CloudFormation::WaitCondition
    Properties: { Handle: !Ref Handle, Count: 2, Timeout: "600" }
Outputs: { Data: { Value: !GetAtt Ready.Data } }`;
  await on.create("waiting", template);
  const { StackResources = [] } = await on.client.send(
    new sdk.DescribeStackResourcesCommand({ StackName: "waiting", LogicalResourceId: "Handle" }),
  );
  const address = StackResources[0]?.PhysicalResourceId ?? "";
  for (const UniqueId of ["one", "one", "two"]) {
    expect((await on.see("waiting")).status).toBe("CREATE_IN_PROGRESS");
    const body = JSON.stringify({ Status: "SUCCESS", UniqueId, Data: `from ${UniqueId}` });
    await fetch(address, { method: "PUT", body });
    await on.nuage.idle();
  }
  expect(await on.see("waiting")).toEqual({
    status: "CREATE_COMPLETE",
    outputs: { Data: '{"one":"from one","two":"from two"}' },
  });
});

test("a handler that speaks HTTPS on its usual port is heard", async () => {
  const code = `
const { request } = require("node:https");
exports.handler = (event) => new Promise((resolve, reject) => {
  const { hostname, pathname } = new URL(event.ResponseURL);
  const Data = { Colour: "blue", Deep: { Down: "d" } };
  const body = JSON.stringify({ Status: "SUCCESS", PhysicalResourceId: "plain", Data });
  const headers = { "content-length": body.length };
  const put = { method: "PUT", hostname, port: 443, path: pathname, headers };
  request(put, (answer) => { answer.resume(); resolve(); }).on("error", reject).end(body);
});`;
  expect((await on.create("plain", seeded(code, "Any: thing"))).outputs).toEqual({
    Id: "plain",
    Colour: "blue",
    Deep: "d",
  });
});
