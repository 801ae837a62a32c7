import {
  DeleteResourcePolicyCommand,
  GetEncryptionConfigCommand,
  ListResourcePoliciesCommand,
  PutEncryptionConfigCommand,
  PutResourcePolicyCommand,
  XRayClient,
} from "@aws-sdk/client-xray";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Nuage, startNuage } from "../../testing/index.ts";

let nuage: Nuage;
let xray: XRayClient;
beforeAll(async () => {
  nuage = await startNuage();
  xray = nuage.client(XRayClient);
});
afterAll(() => nuage.stop());

test("the key that traces are encrypted with", async () => {
  const config = async () => (await xray.send(new GetEncryptionConfigCommand({}))).EncryptionConfig;
  expect(await config()).toEqual({ Status: "ACTIVE", Type: "NONE" });
  await expect(xray.send(new PutEncryptionConfigCommand({ Type: "KMS" }))).rejects.toMatchObject({
    name: "InvalidRequestException",
  });
  await xray.send(new PutEncryptionConfigCommand({ Type: "KMS", KeyId: "alias/aws/xray" }));
  expect(await config()).toEqual({ KeyId: "alias/aws/xray", Status: "ACTIVE", Type: "KMS" });
  await xray.send(new PutEncryptionConfigCommand({ Type: "NONE" }));
  expect(await config()).toEqual({ Status: "ACTIVE", Type: "NONE" });
});

test("resource policies, with their revisions", async () => {
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [] });
  const put = (PolicyRevisionId?: string, document = PolicyDocument) =>
    xray.send(
      new PutResourcePolicyCommand({ PolicyName: "topics", PolicyDocument: document, PolicyRevisionId }),
    );
  expect((await put("0")).ResourcePolicy).toMatchObject({ PolicyName: "topics", PolicyRevisionId: "1" });
  await expect(put("0")).rejects.toMatchObject({ name: "InvalidPolicyRevisionIdException" });
  await expect(put(undefined, "{")).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
  await put("1");
  const { ResourcePolicies = [] } = await xray.send(new ListResourcePoliciesCommand({}));
  expect(ResourcePolicies).toMatchObject([{ PolicyName: "topics", PolicyRevisionId: "2", PolicyDocument }]);
  await xray.send(new DeleteResourcePolicyCommand({ PolicyName: "topics" }));
  expect((await xray.send(new ListResourcePoliciesCommand({}))).ResourcePolicies).toEqual([]);
});
