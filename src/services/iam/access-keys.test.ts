import {
  AddUserToGroupCommand,
  ChangePasswordCommand,
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  GetAccessKeyLastUsedCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  UpdateAccessKeyCommand,
  UpdateUserCommand,
} from "@aws-sdk/client-iam";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import {
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { once, signedWith, startIam } from "./iam.fixture.ts";

let nuage: Nuage;
let iam: IAMClient;

beforeAll(async () => {
  nuage = await startIam({ auth: "verify" });

  iam = new IAMClient(once(nuage));
});
afterAll(() => nuage?.stop());

interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

async function keyOf(UserName: string): Promise<Keys> {
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
}

const settings = (credentials: Keys) => signedWith(nuage, credentials);
const whoIs = (credentials: Keys) =>
  new STSClient(settings(credentials)).send(new GetCallerIdentityCommand({}));

test("what is signed with a user's key is the user's, and verified", async () => {
  const { User } = await iam.send(new CreateUserCommand({ UserName: "jo", Path: "/staff/" }));
  const key = await keyOf("jo");
  expect(key.accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
  expect(key.secretAccessKey).toHaveLength(40);
  expect(await whoIs(key)).toMatchObject({
    Account: "000000000000",
    Arn: "arn:aws:iam::000000000000:user/staff/jo",
    UserId: User?.UserId,
  });
  await expect(whoIs({ ...key, secretAccessKey: "x".repeat(40) })).rejects.toMatchObject({
    name: "SignatureDoesNotMatch",
  });
  const own = await new IAMClient(settings(key)).send(new GetUserCommand({}));
  expect(own.User?.UserName).toBe("jo");
});

test("a key works in other services, and it is told when and for what", async () => {
  await iam.send(new CreateUserCommand({ UserName: "worker" }));
  const key = await keyOf("worker");
  const lastUse = () => iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: key.accessKeyId }));
  expect(await lastUse()).toMatchObject({
    UserName: "worker",
    AccessKeyLastUsed: { ServiceName: "N/A", Region: "N/A" },
  });
  await new SQSClient(settings(key)).send(new ListQueuesCommand({}));
  expect((await lastUse()).AccessKeyLastUsed).toEqual({
    ServiceName: "sqs",
    Region: "eu-west-1",
    LastUsedDate: expect.any(Date),
  });
});

test("a key that was refused was not used", async () => {
  await iam.send(new CreateUserCommand({ UserName: "unused" }));
  const key = await keyOf("unused");
  await expect(whoIs({ ...key, secretAccessKey: "wrong" })).rejects.toThrow();
  const { AccessKeyLastUsed } = await iam.send(
    new GetAccessKeyLastUsedCommand({ AccessKeyId: key.accessKeyId }),
  );
  expect(AccessKeyLastUsed?.LastUsedDate).toBeUndefined();
});

test("an inactive key opens nothing until it is active again", async () => {
  await iam.send(new CreateUserCommand({ UserName: "paused" }));
  const key = await keyOf("paused");
  const set = (Status: "Active" | "Inactive") =>
    iam.send(new UpdateAccessKeyCommand({ UserName: "paused", AccessKeyId: key.accessKeyId, Status }));
  await set("Inactive");
  await expect(whoIs(key)).rejects.toMatchObject({ name: "InvalidClientTokenId" });
  await set("Active");
  expect((await whoIs(key)).Arn).toContain(":user/paused");
});

test("a deleted key opens nothing", async () => {
  await iam.send(new CreateUserCommand({ UserName: "gone" }));
  const key = await keyOf("gone");
  await expect(iam.send(new DeleteUserCommand({ UserName: "gone" }))).rejects.toMatchObject({
    message: "Cannot delete entity, must delete access keys first.",
  });
  await iam.send(new DeleteAccessKeyCommand({ UserName: "gone", AccessKeyId: key.accessKeyId }));
  await expect(whoIs(key)).rejects.toMatchObject({ name: "InvalidClientTokenId" });
  await expect(
    iam.send(new DeleteAccessKeyCommand({ UserName: "gone", AccessKeyId: key.accessKeyId })),
  ).rejects.toMatchObject({
    name: "NoSuchEntityException",
    message: `The Access Key with id ${key.accessKeyId} cannot be found.`,
  });
  await iam.send(new DeleteUserCommand({ UserName: "gone" }));
});

test("a user has two keys at most, and keeps them under another name", async () => {
  await iam.send(new CreateUserCommand({ UserName: "two" }));
  const keys = [await keyOf("two"), await keyOf("two")];
  await expect(keyOf("two")).rejects.toMatchObject({
    name: "LimitExceededException",
    message: "Cannot exceed quota for AccessKeysPerUser: 2",
  });
  await iam.send(new UpdateUserCommand({ UserName: "two", NewUserName: "both" }));
  const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName: "both" }));
  expect(AccessKeyMetadata?.map(({ AccessKeyId }) => AccessKeyId).sort()).toEqual(
    keys.map(({ accessKeyId }) => accessKeyId).sort(),
  );
  expect((await whoIs(keys[0] as Keys)).Arn).toBe("arn:aws:iam::000000000000:user/both");
});

test("a user's session is the user", async () => {
  await iam.send(new CreateUserCommand({ UserName: "session" }));
  const sts = new STSClient(settings(await keyOf("session")));
  const { Credentials } = await sts.send(new GetSessionTokenCommand({}));
  const who = await whoIs({
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  });
  expect(who.Arn).toBe("arn:aws:iam::000000000000:user/session");
});

test("the key of another account's user leads to that account", async () => {
  const open = await startIam();
  try {
    const other = {
      ...settings({ accessKeyId: "111122223333", secretAccessKey: "x" }),
      endpoint: open.endpoint,
    };
    const foreign = new IAMClient(other);
    await foreign.send(new CreateUserCommand({ UserName: "al" }));
    const { AccessKey } = await foreign.send(new CreateAccessKeyCommand({ UserName: "al" }));
    const credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    };
    const sts = new STSClient({ ...other, credentials });
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: "111122223333",
      Arn: "arn:aws:iam::111122223333:user/al",
    });
    const info = await sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: credentials.accessKeyId }));
    expect(info.Account).toBe("111122223333");
  } finally {
    await open.stop();
  }
});

test("a user changes his own password", async () => {
  await iam.send(new CreateUserCommand({ UserName: "changes" }));
  await iam.send(new CreateLoginProfileCommand({ UserName: "changes", Password: "first-password" }));
  const own = new IAMClient(settings(await keyOf("changes")));
  const change = (OldPassword: string, NewPassword: string) =>
    own.send(new ChangePasswordCommand({ OldPassword, NewPassword }));
  await expect(change("not-this-one", "second-password")).rejects.toMatchObject({ name: "AccessDenied" });
  await change("first-password", "second-password");
  await change("second-password", "third-password");
});

test("who is no user must say which one is meant", async () => {
  await expect(iam.send(new CreateAccessKeyCommand({}))).rejects.toMatchObject({
    name: "ValidationError",
    message: "Must specify userName when calling with non-User credentials",
  });
  expect((await iam.send(new ListAccessKeysCommand({}))).AccessKeyMetadata).toEqual([]);
  await expect(
    iam.send(new AddUserToGroupCommand({ UserName: "nobody", GroupName: "none" })),
  ).rejects.toMatchObject({ message: "The user with name nobody cannot be found." });
});
