import * as sdk from "@aws-sdk/client-kms";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Nuage, startNuage } from "../../testing/index.ts";

let nuage: Nuage;
let kms: sdk.KMSClient;

beforeAll(async () => {
  nuage = await startNuage();
  kms = nuage.client(sdk.KMSClient);
});
afterAll(() => nuage.stop());

const ARN = "arn:aws:kms:us-east-1:000000000000";
const NONE = "12345678-1234-1234-1234-123456789012";

async function makeKey(input: sdk.CreateKeyCommandInput = {}) {
  const { KeyMetadata } = await kms.send(new sdk.CreateKeyCommand(input));
  return { id: KeyMetadata?.KeyId ?? "", arn: KeyMetadata?.Arn ?? "" };
}
const describe = async (KeyId: string) => (await kms.send(new sdk.DescribeKeyCommand({ KeyId }))).KeyMetadata;
const encrypt = (KeyId: string, text = "secret") =>
  kms.send(new sdk.EncryptCommand({ KeyId, Plaintext: Buffer.from(text) }));

test("a key is described as AWS describes it", async () => {
  const key = await makeKey({ Description: "mine" });
  expect(await describe(key.id)).toMatchObject({
    AWSAccountId: "000000000000",
    Arn: `${ARN}:key/${key.id}`,
    Enabled: true,
    Description: "mine",
    KeyUsage: "ENCRYPT_DECRYPT",
    KeyState: "Enabled",
    Origin: "AWS_KMS",
    KeyManager: "CUSTOMER",
    CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
    KeySpec: "SYMMETRIC_DEFAULT",
    EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
    MultiRegion: false,
  });
  await kms.send(new sdk.UpdateKeyDescriptionCommand({ KeyId: key.id, Description: "ours" }));
  expect((await describe(key.arn))?.Description).toBe("ours");
});

test("keys of other specs need a usage that fits", async () => {
  const make = (input: sdk.CreateKeyCommandInput) => kms.send(new sdk.CreateKeyCommand(input));
  await expect(make({ KeySpec: "RSA_2048" })).rejects.toThrow("You must specify a KeyUsage value");
  await expect(make({ KeySpec: "ECC_NIST_P256", KeyUsage: "ENCRYPT_DECRYPT" })).rejects.toThrow(
    "KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec ECC_NIST_P256",
  );
  await expect(make({ KeySpec: "DES" as never })).rejects.toThrow("Value 'DES' at 'keySpec'");
  await expect(make({ Origin: "AWS_CLOUDHSM" })).rejects.toThrow(sdk.UnsupportedOperationException);
});

test("what is not there is told in AWS's words", async () => {
  const refusals = [
    [NONE, "NotFoundException", `Key '${ARN}:key/${NONE}' does not exist`],
    ["alias/none", "NotFoundException", `Alias ${ARN}:alias/none is not found.`],
    ["what", "NotFoundException", "Invalid keyId 'what'"],
    [`arn:aws:kms:eu-west-1:000000000000:key/${NONE}`, "NotFoundException", "Invalid arn eu-west-1"],
    ["arn:aws:sqs:us-east-1:000000000000:q", "InvalidArnException", "Invalid arn arn:aws:sqs"],
  ] as const;
  for (const [id, name, message] of refusals) {
    await expect(describe(id)).rejects.toMatchObject({
      name,
      message: expect.stringContaining(message),
    });
  }
});

test("clients of other languages hear the same names of errors", async () => {
  const answer = await fetch(nuage.endpoint, {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "TrentService.DescribeKey" },
    body: JSON.stringify({ KeyId: NONE }),
  });
  expect(((await answer.json()) as { __type: string }).__type).toBe("NotFoundException");
  // Where there is one, it is the name that clients take.
  expect(answer.headers.get("x-amzn-query-error")).toBeNull();
});

test("a key that is disabled does nothing until it is enabled", async () => {
  const { id, arn } = await makeKey();
  await kms.send(new sdk.DisableKeyCommand({ KeyId: id }));
  await expect(encrypt(id)).rejects.toMatchObject({
    name: "DisabledException",
    message: `${arn} is disabled.`,
  });
  await kms.send(new sdk.EnableKeyCommand({ KeyId: id }));
  expect((await encrypt(id)).KeyId).toBe(arn);
});

test("a key goes away when its days are over, with its aliases", async () => {
  const { id, arn } = await makeKey();
  await kms.send(new sdk.CreateAliasCommand({ AliasName: "alias/leaving", TargetKeyId: id }));
  const schedule = (PendingWindowInDays?: number) =>
    kms.send(new sdk.ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays }));
  await expect(schedule(6)).rejects.toMatchObject({ name: "ValidationException" });
  const answer = await schedule(7);
  expect(answer).toMatchObject({ KeyId: arn, KeyState: "PendingDeletion", PendingWindowInDays: 7 });
  await expect(schedule(7)).rejects.toMatchObject({
    name: "KMSInvalidStateException",
    message: `${arn} is pending deletion.`,
  });
  await expect(encrypt(id)).rejects.toThrow(`${arn} is pending deletion.`);
  await nuage.advance("6 days");
  expect((await describe(id))?.DeletionDate).toEqual(answer.DeletionDate);
  await nuage.advance("25 hours");
  await expect(describe(id)).rejects.toThrow("does not exist");
  await expect(describe("alias/leaving")).rejects.toThrow("is not found");
});

test("a deletion that is cancelled leaves the key disabled", async () => {
  const { id, arn } = await makeKey();
  const cancel = () => kms.send(new sdk.CancelKeyDeletionCommand({ KeyId: id }));
  await expect(cancel()).rejects.toThrow(`${arn} is not pending deletion.`);
  await kms.send(new sdk.ScheduleKeyDeletionCommand({ KeyId: id }));
  expect((await cancel()).KeyId).toBe(arn);
  expect(await describe(id)).toMatchObject({ KeyState: "Disabled", Enabled: false });
  await nuage.advance("31 days");
  expect((await describe(id))?.KeyState).toBe("Disabled");
});

test("aliases name keys, and can be turned to others", async () => {
  const [first, second] = [await makeKey(), await makeKey()];
  const create = (AliasName: string) =>
    kms.send(new sdk.CreateAliasCommand({ AliasName, TargetKeyId: first.id }));
  await create("alias/app");
  expect((await describe("alias/app"))?.Arn).toBe(first.arn);
  expect((await describe(`${ARN}:alias/app`))?.Arn).toBe(first.arn);
  await expect(create("alias/app")).rejects.toMatchObject({
    name: "AlreadyExistsException",
    message: `An alias with the name ${ARN}:alias/app already exists`,
  });
  await expect(create("app")).rejects.toThrow(sdk.InvalidAliasNameException);
  await expect(create("alias/aws/mine")).rejects.toMatchObject({ name: "NotAuthorizedException" });
  await kms.send(new sdk.UpdateAliasCommand({ AliasName: "alias/app", TargetKeyId: second.arn }));
  expect((await describe("alias/app"))?.Arn).toBe(second.arn);
  const { Aliases } = await kms.send(new sdk.ListAliasesCommand({ KeyId: second.id }));
  expect(Aliases).toMatchObject([
    { AliasName: "alias/app", AliasArn: `${ARN}:alias/app`, TargetKeyId: second.id },
  ]);
  await kms.send(new sdk.DeleteAliasCommand({ AliasName: "alias/app" }));
  await expect(describe("alias/app")).rejects.toThrow("is not found");
  await expect(kms.send(new sdk.DisableKeyCommand({ KeyId: "alias/app" }))).rejects.toThrow("Invalid keyId");
});

test("AWS's own keys are there when they are first used, and are not the user's to change", async () => {
  const key = await describe("alias/aws/secretsmanager");
  expect(key).toMatchObject({ KeyManager: "AWS", KeyState: "Enabled" });
  const { KeyId } = await encrypt("alias/aws/secretsmanager");
  expect(KeyId).toBe(key?.Arn);
  await expect(kms.send(new sdk.ScheduleKeyDeletionCommand({ KeyId: key?.KeyId }))).rejects.toMatchObject({
    name: "AccessDeniedException",
  });
  await expect(describe("alias/aws/nonsense")).rejects.toThrow("is not found");
});

test("lists come in pages", async () => {
  const keys = nuage.client(sdk.KMSClient);
  for (let count = 0; count < 3; count++) await makeKey();
  const all = (await keys.send(new sdk.ListKeysCommand({}))).Keys ?? [];
  const found: sdk.KeyListEntry[] = [];
  for (let Marker: string | undefined, more = true; more; ) {
    const page = await keys.send(new sdk.ListKeysCommand({ Limit: 2, Marker }));
    expect(page.Truncated).toBe(page.NextMarker !== undefined);
    found.push(...(page.Keys ?? []));
    Marker = page.NextMarker;
    more = page.Truncated ?? false;
  }
  expect(found).toEqual(all);
  await expect(keys.send(new sdk.ListKeysCommand({ Marker: "x" }))).rejects.toThrow(
    sdk.InvalidMarkerException,
  );
});

test("a key has one policy, which must let somebody change it", async () => {
  const { id } = await makeKey();
  const { Policy = "" } = await kms.send(new sdk.GetKeyPolicyCommand({ KeyId: id }));
  expect(JSON.parse(Policy).Statement[0].Action).toBe("kms:*");
  const put = (statement: object, BypassPolicyLockoutSafetyCheck?: boolean) =>
    kms.send(
      new sdk.PutKeyPolicyCommand({
        KeyId: id,
        Policy: JSON.stringify({ Version: "2012-10-17", Statement: statement }),
        BypassPolicyLockoutSafetyCheck,
      }),
    );
  const decrypts = { Effect: "Allow", Principal: "*", Action: "kms:Decrypt", Resource: "*" };
  await expect(put(decrypts)).rejects.toMatchObject({
    name: "MalformedPolicyDocumentException",
    message: "The new key policy will not allow you to update the key policy in the future.",
  });
  await put(decrypts, true);
  await expect(put({ Effect: "Allow" })).rejects.toThrow(sdk.MalformedPolicyDocumentException);
  const { PolicyNames } = await kms.send(new sdk.ListKeyPoliciesCommand({ KeyId: id }));
  expect(PolicyNames).toEqual(["default"]);
  await expect(kms.send(new sdk.GetKeyPolicyCommand({ KeyId: id, PolicyName: "other" }))).rejects.toThrow(
    "No such policy exists",
  );
});

test("keys have tags", async () => {
  const { id } = await makeKey({ Tags: [{ TagKey: "team", TagValue: "a" }] });
  await kms.send(new sdk.TagResourceCommand({ KeyId: id, Tags: [{ TagKey: "env", TagValue: "dev" }] }));
  await kms.send(new sdk.UntagResourceCommand({ KeyId: id, TagKeys: ["team"] }));
  const { Tags } = await kms.send(new sdk.ListResourceTagsCommand({ KeyId: id }));
  expect(Tags).toEqual([{ TagKey: "env", TagValue: "dev" }]);
  await expect(
    kms.send(new sdk.TagResourceCommand({ KeyId: id, Tags: [{ TagKey: "aws:x", TagValue: "" }] })),
  ).rejects.toThrow(sdk.TagException);
});

test("grants are kept, listed, retired and revoked", async () => {
  const { id, arn } = await makeKey();
  const worker = "arn:aws:iam::000000000000:role/worker";
  const asked = {
    KeyId: id,
    GranteePrincipal: worker,
    RetiringPrincipal: worker,
    Operations: ["Decrypt" as const],
    Name: "once",
  };
  const create = (more: Partial<sdk.CreateGrantCommandInput> = {}) =>
    kms.send(new sdk.CreateGrantCommand({ ...asked, ...more }));
  const first = await create();
  expect((await create()).GrantId).toBe(first.GrantId);
  const second = await create({ Name: "other" });
  await expect(create({ Operations: ["Sign"] })).rejects.toMatchObject({ name: "ValidationException" });
  const list = async () => (await kms.send(new sdk.ListGrantsCommand({ KeyId: id }))).Grants ?? [];
  expect(await list()).toHaveLength(2);
  expect((await list()).find(({ GrantId }) => GrantId === first.GrantId)).toMatchObject({
    KeyId: arn,
    Name: "once",
    GranteePrincipal: worker,
    Operations: ["Decrypt"],
  });
  const retirable = await kms.send(new sdk.ListRetirableGrantsCommand({ RetiringPrincipal: worker }));
  expect(retirable.Grants).toHaveLength(2);
  await kms.send(new sdk.RetireGrantCommand({ GrantToken: first.GrantToken }));
  await kms.send(new sdk.RevokeGrantCommand({ KeyId: id, GrantId: second.GrantId }));
  expect(await list()).toEqual([]);
  await expect(kms.send(new sdk.RevokeGrantCommand({ KeyId: id, GrantId: second.GrantId }))).rejects.toThrow(
    `Grant ID ${second.GrantId} not found`,
  );
});
