// What is refused before anything of a stack is made.
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

test("an output's condition that there is not is refused before anything is made", async () => {
  const TemplateBody = `
Resources: { Queue: { Type: AWS::SQS::Queue } }
Outputs: { Url: { Condition: Missing, Value: x } }`;
  const send = client.send(new sdk.CreateStackCommand({ StackName: "condition", TemplateBody }));
  await expect(send).rejects.toMatchObject({
    name: "ValidationError",
    message:
      "Template format error: Unresolved condition dependency Missing in the Outputs block of the template",
  });
});

test("names and addresses that are none are refused", async () => {
  const TemplateBody = "Resources: { Queue: { Type: AWS::SQS::Queue } }";
  const set = { StackName: "no name!", ChangeSetName: "x", ChangeSetType: "CREATE" as const, TemplateBody };
  await expect(client.send(new sdk.CreateChangeSetCommand(set))).rejects.toThrow("failed to satisfy");
  const TemplateURL = "https://s3.amazonaws.com/bucket/%zz";
  await expect(client.send(new sdk.CreateStackCommand({ StackName: "url", TemplateURL }))).rejects.toThrow(
    "TemplateURL must be a supported URL.",
  );
});
