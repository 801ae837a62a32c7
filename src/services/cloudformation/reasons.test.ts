// What a stack says of why something did not go well.
import * as sdk from "@aws-sdk/client-cloudformation";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stacks, startStacks } from "./stacks.fixture.ts";

let on: Stacks;
beforeAll(async () => {
  on = await startStacks();
});
afterAll(() => on?.nuage.stop());

test("a signal of failure is named as the one that it is", async () => {
  const template = `
Resources:
  Wait:
    Type: AWS::CloudFormation::WaitCondition
    CreationPolicy: { ResourceSignal: { Count: 1, Timeout: PT1H } }`;
  await on.create("signalled", template);
  const signal = { LogicalResourceId: "Wait", UniqueId: "host-1", Status: "FAILURE" as const };
  await on.client.send(new sdk.SignalResourceCommand({ StackName: "signalled", ...signal }));
  await on.nuage.idle();
  expect(await on.reasons("signalled", "Wait")).toEqual(["Received FAILURE signal with UniqueId host-1"]);
});

test("a reference to a parameter that is not there says which", async () => {
  const template = `
Resources:
  Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: "{{resolve:ssm:/none:2}}" } }`;
  await on.create("referring", template);
  expect(await on.reasons("referring", "Topic")).toEqual(["Parameters: [ssm:/none:2] cannot be found."]);
});

test("a secret of the Parameter Store is no value of a parameter", async () => {
  const secret = { Name: "/secret", Type: "SecureString" as const, Value: "hush" };
  await on.nuage.client(SSMClient).send(new PutParameterCommand(secret));
  const template = `
Parameters: { Name: { Type: AWS::SSM::Parameter::Value<String>, Default: /secret } }
Resources: { Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: !Ref Name } } }`;
  await expect(on.create("secretive", template)).rejects.toThrow(
    "Parameters [/secret] referenced by template have types not supported by CloudFormation.",
  );
});

test("an update says what it could not create and what it could not change", async () => {
  const template = (delay: number, more = "") => `
Resources:
  Old: { Type: AWS::SQS::Queue, Properties: { DelaySeconds: ${delay} } }${more}`;
  const bad = "\n  New: { Type: AWS::SQS::Queue, Properties: { DelaySeconds: 9999 } }";
  await on.create("growing", template(1));
  await on.update("growing", template(1, bad));
  expect(await on.reasons("growing", "growing")).toContain(
    "The following resource(s) failed to create: [New]. ",
  );
  await on.update("growing", template(9999));
  expect(await on.reasons("growing", "growing")).toContain(
    "The following resource(s) failed to update: [Old]. ",
  );
});

test("an update that is asked for again is the one that it was", async () => {
  const TemplateBody = "Resources: { A: { Type: AWS::SQS::Queue }, B: { Type: AWS::SNS::Topic } }";
  await on.create("repeated", "Resources: { A: { Type: AWS::SQS::Queue } }");
  const again = { StackName: "repeated", TemplateBody, ClientRequestToken: "once" };
  const { StackId } = await on.client.send(new sdk.UpdateStackCommand(again));
  expect((await on.client.send(new sdk.UpdateStackCommand(again))).StackId).toBe(StackId);
  await on.nuage.idle();
  expect((await on.client.send(new sdk.UpdateStackCommand(again))).StackId).toBe(StackId);
  expect((await on.see("repeated")).status).toBe("UPDATE_COMPLETE");
  const other = { ...again, ClientRequestToken: "twice" };
  await expect(on.client.send(new sdk.UpdateStackCommand(other))).rejects.toThrow("No updates");
});
