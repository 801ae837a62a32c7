import { CreateKeyCommand, DisableKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import * as sdk from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Nuage, startNuage } from "../../testing/index.ts";

let nuage: Nuage;
let client: sdk.SecretsManagerClient;

beforeAll(async () => {
  nuage = await startNuage();
  client = nuage.client(sdk.SecretsManagerClient);
});
afterAll(() => nuage.stop());

const create = (Name: string, more: Partial<sdk.CreateSecretCommandInput> = {}) =>
  client.send(new sdk.CreateSecretCommand({ Name, SecretString: "first", ...more }));
const get = (SecretId: string, more: Partial<sdk.GetSecretValueCommandInput> = {}) =>
  client.send(new sdk.GetSecretValueCommand({ SecretId, ...more }));
const put = (SecretId: string, SecretString: string, more: Partial<sdk.PutSecretValueCommandInput> = {}) =>
  client.send(new sdk.PutSecretValueCommand({ SecretId, SecretString, ...more }));
const describe = (SecretId: string) => client.send(new sdk.DescribeSecretCommand({ SecretId }));
const token = (letter: string) => letter.repeat(32);

test("a secret is found by its name, its ARN and the ARN without its last characters", async () => {
  const { ARN = "", VersionId } = await create("team/login");
  expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:team\/login-[A-Za-z0-9]{6}$/);
  for (const id of ["team/login", ARN, ARN.slice(0, -7)]) {
    expect(await get(id)).toMatchObject({
      ARN,
      Name: "team/login",
      SecretString: "first",
      VersionId,
      VersionStages: ["AWSCURRENT"],
    });
  }
  await expect(get("team")).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Secrets Manager can't find the specified secret.",
  });
});

test("bytes come back as bytes", async () => {
  const SecretBinary = Buffer.from([0, 255, 7]);
  await create("bytes", { SecretString: undefined, SecretBinary });
  const found = await get("bytes");
  expect(Buffer.from(found.SecretBinary ?? []).equals(SecretBinary)).toBe(true);
  expect(found.SecretString).toBeUndefined();
});

test("what cannot be created says why", async () => {
  await create("taken");
  await expect(create("taken")).rejects.toMatchObject({
    name: "ResourceExistsException",
    message: "The operation failed because the secret taken already exists.",
  });
  await expect(create("no spaces")).rejects.toMatchObject({ name: "ValidationException" });
  await expect(create("both", { SecretBinary: Buffer.from("x") })).rejects.toThrow(
    "You can't specify both a binary secret value and a string secret value in the same secret.",
  );
  await expect(create("big", { SecretString: "x".repeat(65_537) })).rejects.toThrow("65536");
  await expect(create("token", { ClientRequestToken: "short" })).rejects.toThrow(
    "ClientRequestToken must be 32-64 characters long.",
  );
  await create("empty", { SecretString: undefined });
  await expect(get("empty")).rejects.toThrow(
    "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
  );
});

test("a new value leaves the one before as AWSPREVIOUS", async () => {
  const { VersionId: first = "" } = await create("turned");
  const { VersionId: second = "", VersionStages } = await put("turned", "second");
  expect(VersionStages).toEqual(["AWSCURRENT"]);
  expect((await get("turned")).SecretString).toBe("second");
  expect((await get("turned", { VersionStage: "AWSPREVIOUS" })).SecretString).toBe("first");
  expect((await get("turned", { VersionId: first })).SecretString).toBe("first");
  await put("turned", "third");
  const { VersionIdsToStages = {} } = await describe("turned");
  expect(VersionIdsToStages[second]).toEqual(["AWSPREVIOUS"]);
  expect(VersionIdsToStages[first]).toBeUndefined();
  const listed = (IncludeDeprecated?: boolean) =>
    client.send(new sdk.ListSecretVersionIdsCommand({ SecretId: "turned", IncludeDeprecated }));
  expect((await listed()).Versions).toHaveLength(2);
  expect((await listed(true)).Versions).toHaveLength(3);
  await expect(get("turned", { VersionId: second, VersionStage: "AWSCURRENT" })).rejects.toThrow(
    "You provided a VersionStage that is not associated to the provided VersionId.",
  );
});

test("a token that is used again with another value is refused", async () => {
  const ClientRequestToken = token("a");
  const made = await create("idempotent", { ClientRequestToken });
  expect(await create("idempotent", { ClientRequestToken })).toMatchObject({ ARN: made.ARN });
  expect((await put("idempotent", "first", { ClientRequestToken })).VersionId).toBe(ClientRequestToken);
  await expect(put("idempotent", "other", { ClientRequestToken })).rejects.toMatchObject({
    name: "ResourceExistsException",
    message:
      `You can't use ClientRequestToken ${ClientRequestToken} because that value is already in use for a ` +
      `version of secret ${made.ARN}.`,
  });
});

test("labels are moved by hand, and AWSCURRENT is never lost", async () => {
  const { VersionId: first } = await create("labels");
  const { VersionId: second } = await put("labels", "second", { VersionStages: ["next"] });
  expect((await get("labels")).SecretString).toBe("first");
  const move = (VersionStage: string, MoveToVersionId?: string, RemoveFromVersionId?: string) =>
    client.send(
      new sdk.UpdateSecretVersionStageCommand({
        SecretId: "labels",
        VersionStage,
        MoveToVersionId,
        RemoveFromVersionId,
      }),
    );
  await expect(move("AWSCURRENT", second)).rejects.toThrow(
    `Staging label AWSCURRENT is currently attached to version ${first}`,
  );
  await expect(move("AWSCURRENT", undefined, first)).rejects.toMatchObject({
    name: "InvalidParameterException",
  });
  await move("AWSCURRENT", second, first);
  await move("next", undefined, second);
  expect((await describe("labels")).VersionIdsToStages).toEqual({
    [first ?? ""]: ["AWSPREVIOUS"],
    [second ?? ""]: ["AWSCURRENT"],
  });
});

test("what is known about a secret is changed without a new version", async () => {
  const { VersionId } = await create("known", { Description: "old", Tags: [{ Key: "a", Value: "1" }] });
  await client.send(new sdk.UpdateSecretCommand({ SecretId: "known", Description: "new" }));
  await client.send(new sdk.TagResourceCommand({ SecretId: "known", Tags: [{ Key: "b", Value: "2" }] }));
  await client.send(new sdk.UntagResourceCommand({ SecretId: "known", TagKeys: ["a"] }));
  expect(await describe("known")).toMatchObject({
    Description: "new",
    Tags: [{ Key: "b", Value: "2" }],
    VersionIdsToStages: { [VersionId ?? ""]: ["AWSCURRENT"] },
  });
  const { VersionId: next } = await client.send(
    new sdk.UpdateSecretCommand({ SecretId: "known", SecretString: "second" }),
  );
  expect(await get("known")).toMatchObject({ SecretString: "second", VersionId: next });
});

test("a secret is as readable as its KMS key", async () => {
  const kms = nuage.client(KMSClient);
  const [first, second] = [
    await kms.send(new CreateKeyCommand({})),
    await kms.send(new CreateKeyCommand({})),
  ];
  await create("sealed", { KmsKeyId: first.KeyMetadata?.Arn });
  await kms.send(new DisableKeyCommand({ KeyId: first.KeyMetadata?.KeyId }));
  await expect(get("sealed")).rejects.toMatchObject({ name: "DecryptionFailure" });
  await create("moved", { KmsKeyId: second.KeyMetadata?.Arn });
  await client.send(new sdk.UpdateSecretCommand({ SecretId: "moved", KmsKeyId: "alias/aws/secretsmanager" }));
  await kms.send(new DisableKeyCommand({ KeyId: second.KeyMetadata?.KeyId }));
  expect((await get("moved")).SecretString).toBe("first");
  await expect(create("none", { KmsKeyId: "alias/none" })).rejects.toMatchObject({
    name: "EncryptionFailure",
  });
});

test("a secret goes away when its days are over, and can be had back until then", async () => {
  await create("leaving");
  const remove = (more: Partial<sdk.DeleteSecretCommandInput> = {}) =>
    client.send(new sdk.DeleteSecretCommand({ SecretId: "leaving", ...more }));
  await expect(remove({ RecoveryWindowInDays: 6 })).rejects.toThrow(
    "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
  );
  await expect(remove({ RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true })).rejects.toThrow(
    "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
  );
  await remove({ RecoveryWindowInDays: 7 });
  await expect(get("leaving")).rejects.toMatchObject({
    name: "InvalidRequestException",
    message: "You can't perform this operation on the secret because it was marked for deletion.",
  });
  await expect(create("leaving")).rejects.toThrow("already scheduled for deletion");
  await client.send(new sdk.RestoreSecretCommand({ SecretId: "leaving" }));
  await nuage.advance("8 days");
  expect((await get("leaving")).SecretString).toBe("first");
  await remove({ RecoveryWindowInDays: 7 });
  await nuage.advance("8 days");
  await expect(get("leaving")).rejects.toThrow("can't find the specified secret.");
  await create("leaving");
  await remove({ ForceDeleteWithoutRecovery: true });
  await expect(describe("leaving")).rejects.toThrow("can't find the specified secret.");
  expect((await remove({ ForceDeleteWithoutRecovery: true })).Name).toBe("leaving");
});

test("a resource policy is kept, and can be looked at before", async () => {
  await create("shared");
  const policy = (Principal: unknown) =>
    JSON.stringify({
      Statement: [{ Effect: "Allow", Principal, Action: "secretsmanager:GetSecretValue", Resource: "*" }],
    });
  const mine = policy({ AWS: "arn:aws:iam::000000000000:root" });
  const set = (ResourcePolicy: string, BlockPublicPolicy?: boolean) =>
    client.send(new sdk.PutResourcePolicyCommand({ SecretId: "shared", ResourcePolicy, BlockPublicPolicy }));
  await expect(set("{")).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
  await expect(set(policy("*"), true)).rejects.toMatchObject({ name: "PublicPolicyException" });
  await set(mine);
  const read = () => client.send(new sdk.GetResourcePolicyCommand({ SecretId: "shared" }));
  expect((await read()).ResourcePolicy).toBe(mine);
  await client.send(new sdk.DeleteResourcePolicyCommand({ SecretId: "shared" }));
  expect((await read()).ResourcePolicy).toBeUndefined();
  const validate = (ResourcePolicy: string) =>
    client.send(new sdk.ValidateResourcePolicyCommand({ ResourcePolicy }));
  expect((await validate(mine)).PolicyValidationPassed).toBe(true);
  expect((await validate(policy("*"))).PolicyValidationPassed).toBe(false);
});
