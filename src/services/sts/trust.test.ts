import { CreateAccessKeyCommand, CreateRoleCommand, CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let nuage: Nuage;
let iam: IAMClient;
let sts: STSClient;

beforeAll(async () => {
  nuage = await startNuage({ policies: "enforce" });
  iam = nuage.client(IAMClient);
  sts = nuage.client(STSClient);
});
afterAll(() => nuage?.stop());

async function roleFor(RoleName: string, statement: object): Promise<string> {
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", ...statement }],
  });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  return Role?.Arn ?? "";
}

const assume = (RoleArn: string, more: object = {}, client = sts) =>
  client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "me", ...more }));

test("only who is trusted assumes a role", async () => {
  const RoleArn = await roleFor("service", { Principal: { Service: "lambda.amazonaws.com" } });
  await expect(assume(RoleArn)).rejects.toMatchObject({
    name: "AccessDenied",
    message:
      "User: arn:aws:iam::000000000000:root is not authorized to perform: sts:AssumeRole on resource: " +
      RoleArn,
  });
  await assume(await roleFor("account", { Principal: { AWS: "000000000000" } }));
});

test("an external id is asked for", async () => {
  const RoleArn = await roleFor("external", {
    Principal: { AWS: "*" },
    Condition: { StringEquals: { "sts:ExternalId": "agreed" } },
  });
  await expect(assume(RoleArn)).rejects.toMatchObject({ name: "AccessDenied" });
  await assume(RoleArn, { ExternalId: "agreed" });
});

test("a user and a role are meant by their ARNs", async () => {
  const { User } = await iam.send(new CreateUserCommand({ UserName: "jo" }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "jo" }));
  const signedWith = (credentials: {
    AccessKeyId?: string | undefined;
    SecretAccessKey?: string | undefined;
    SessionToken?: string | undefined;
  }) =>
    new STSClient({
      endpoint: nuage.endpoint,
      region: "eu-west-1",
      credentials: {
        accessKeyId: credentials.AccessKeyId ?? "",
        secretAccessKey: credentials.SecretAccessKey ?? "",
        ...(credentials.SessionToken ? { sessionToken: credentials.SessionToken } : {}),
      },
    });
  const first = await roleFor("first", { Principal: { AWS: User?.Arn } });
  const second = await roleFor("second", { Principal: { AWS: first } });
  const jo = signedWith(AccessKey ?? {});
  await expect(assume(first)).rejects.toMatchObject({ name: "AccessDenied" });
  await expect(assume(second, {}, jo)).rejects.toMatchObject({ name: "AccessDenied" });
  const { Credentials } = await assume(first, {}, jo);
  await assume(second, {}, signedWith(Credentials ?? {}));
});

test("a web identity is who its issuer says", async () => {
  const host = "token.actions.githubusercontent.com";
  const RoleArn = await roleFor("deploys", {
    Principal: { Federated: `arn:aws:iam::000000000000:oidc-provider/${host}` },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: { StringLike: { [`${host}:sub`]: "repo:mine/*" } },
  });
  const token = (sub: string) => {
    const exp = Math.floor(nuage.clock.now() / 1000) + 60;
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    return `${part({ alg: "none" })}.${part({ sub, aud: "sts", iss: `https://${host}`, exp })}.c2ln`;
  };
  const ask = (sub: string) =>
    sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn,
        RoleSessionName: "deploy",
        WebIdentityToken: token(sub),
      }),
    );
  await ask("repo:mine/app:ref:refs/heads/main");
  await expect(ask("repo:theirs/app")).rejects.toMatchObject({
    name: "AccessDenied",
    message: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
  });
});

test("a role that IAM does not have may be assumed", async () => {
  await assume("arn:aws:iam::111122223333:role/elsewhere");
});
