import {
  AssumeRoleCommand,
  AssumeRoleWithSAMLCommand,
  AssumeRoleWithWebIdentityCommand,
  AssumeRootCommand,
  DecodeAuthorizationMessageCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetDelegatedAccessTokenCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  GetWebIdentityTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROLE = "arn:aws:iam::123456789012:role/team/worker";
const HOUR_MS = 3_600_000;

let nuage: Nuage;
let sts: STSClient;

beforeAll(async () => {
  nuage = await startNuage({ auth: "verify" });
  sts = nuage.client(STSClient);
});
afterAll(() => nuage.stop());

interface Keys {
  AccessKeyId?: string | undefined;
  SecretAccessKey?: string | undefined;
  SessionToken?: string | undefined;
}

function signedWith({ AccessKeyId = "", SecretAccessKey = "", SessionToken = "" }: Keys = {}): STSClient {
  return new STSClient({
    endpoint: nuage.endpoint,
    region: "eu-west-1",
    credentials: {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      ...(SessionToken ? { sessionToken: SessionToken } : {}),
    },
  });
}

const whoIs = (keys?: Keys) => signedWith(keys).send(new GetCallerIdentityCommand({}));

function webToken(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part(claims)}.c2ln`;
}

test("a key without more is the account's root user", async () => {
  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    UserId: "000000000000",
    Account: "000000000000",
    Arn: "arn:aws:iam::000000000000:root",
  });
});

test("an assumed role's credentials are the session, also to verify, until they expire", async () => {
  const { Credentials, AssumedRoleUser, PackedPolicySize, SourceIdentity } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: ROLE,
      RoleSessionName: "build-7",
      DurationSeconds: 900,
      Policy: JSON.stringify({ Version: "2012-10-17", Statement: [] }),
      SourceIdentity: "jo",
    }),
  );
  expect(Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
  expect(AssumedRoleUser?.Arn).toBe("arn:aws:sts::123456789012:assumed-role/worker/build-7");
  expect(AssumedRoleUser?.AssumedRoleId).toMatch(/^AROA[A-Z2-7]{17}:build-7$/);
  expect(PackedPolicySize).toBe(1);
  expect(SourceIdentity).toBe("jo");
  expect(await whoIs(Credentials)).toMatchObject({
    Account: "123456789012",
    Arn: AssumedRoleUser?.Arn,
    UserId: AssumedRoleUser?.AssumedRoleId,
  });
  await expect(whoIs({ ...Credentials, SecretAccessKey: "wrong" })).rejects.toMatchObject({
    name: "SignatureDoesNotMatch",
  });

  await nuage.advance(900_000);
  await expect(whoIs(Credentials)).rejects.toMatchObject({ name: "ExpiredToken" });
});

test("a role that assumes a role gets an hour at most", async () => {
  const first = await sts.send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: "first" }));
  const chained = signedWith(first.Credentials);
  const asked = { RoleArn: ROLE, RoleSessionName: "second", DurationSeconds: 7200 };
  await expect(chained.send(new AssumeRoleCommand(asked))).rejects.toMatchObject({
    name: "ValidationError",
    message: expect.stringContaining("role chaining"),
  });
});

test("a web identity is told back; an expired or unreadable token is refused", async () => {
  const now = Math.floor(nuage.clock.now() / 1000);
  const claims = { sub: "user-1", aud: "client-1", iss: "https://issuer.example", exp: now + 60 };
  const ask = (WebIdentityToken: string) =>
    sts.send(
      new AssumeRoleWithWebIdentityCommand({ RoleArn: ROLE, RoleSessionName: "web", WebIdentityToken }),
    );
  expect(await ask(webToken(claims))).toMatchObject({
    SubjectFromWebIdentityToken: "user-1",
    Audience: "client-1",
    Provider: "https://issuer.example",
    AssumedRoleUser: { Arn: "arn:aws:sts::123456789012:assumed-role/worker/web" },
  });
  await expect(ask(webToken({ ...claims, exp: now - 1 }))).rejects.toMatchObject({
    name: "ExpiredTokenException",
  });
  await expect(ask("no token")).rejects.toMatchObject({ name: "InvalidIdentityTokenException" });
});

test("a SAML assertion names the session", async () => {
  const provider = "arn:aws:iam::123456789012:saml-provider/corp";
  const assertion = `<saml2p:Response xmlns:saml2p="p" xmlns:saml2="a">
    <saml2:Issuer>https://idp</saml2:Issuer>
    <saml2:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">jo</saml2:NameID>
    <saml2:Attribute Name="https://aws.amazon.com/SAML/Attributes/Role">
      <saml2:AttributeValue>${ROLE},${provider}</saml2:AttributeValue></saml2:Attribute>
    <saml2:Attribute Name="https://aws.amazon.com/SAML/Attributes/RoleSessionName">
      <saml2:AttributeValue>jo@corp</saml2:AttributeValue></saml2:Attribute></saml2p:Response>`;
  const ask = (text: string) =>
    sts.send(
      new AssumeRoleWithSAMLCommand({
        RoleArn: ROLE,
        PrincipalArn: provider,
        SAMLAssertion: Buffer.from(text).toString("base64"),
      }),
    );
  expect(await ask(assertion)).toMatchObject({
    Subject: "jo",
    SubjectType: "persistent",
    Issuer: "https://idp",
    AssumedRoleUser: { Arn: "arn:aws:sts::123456789012:assumed-role/worker/jo@corp" },
  });
  await expect(ask("<nothing/>")).rejects.toMatchObject({ name: "InvalidIdentityTokenException" });
  await expect(ask(assertion.replace(ROLE, "another"))).rejects.toMatchObject({
    name: "InvalidIdentityTokenException",
  });
});

test("session and federation tokens work as who they are for", async () => {
  const session = await sts.send(new GetSessionTokenCommand({}));
  expect(await whoIs(session.Credentials)).toMatchObject({ Arn: "arn:aws:iam::000000000000:root" });
  // A root user's token lasts an hour, whatever is asked.
  const expires = session.Credentials?.Expiration?.getTime() ?? 0;
  expect(Math.round((expires - nuage.clock.now()) / HOUR_MS)).toBe(1);

  const federated = await sts.send(new GetFederationTokenCommand({ Name: "guest" }));
  expect(federated.FederatedUser).toEqual({
    FederatedUserId: "000000000000:guest",
    Arn: "arn:aws:sts::000000000000:federated-user/guest",
  });
  expect(await whoIs(federated.Credentials)).toMatchObject({ Arn: federated.FederatedUser?.Arn });
});

test("root sessions are for the five root tasks", async () => {
  const ask = (arn: string) =>
    sts.send(new AssumeRootCommand({ TargetPrincipal: "123456789012", TaskPolicyArn: { arn } }));
  const { Credentials } = await ask("arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy");
  expect(await whoIs(Credentials)).toMatchObject({ Arn: "arn:aws:iam::123456789012:root" });
  await expect(ask("arn:aws:iam::aws:policy/AdministratorAccess")).rejects.toMatchObject({
    name: "AccessDenied",
  });
});

test("an access key tells its account", async () => {
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: "keys" }));
  const info = (AccessKeyId: string) => sts.send(new GetAccessKeyInfoCommand({ AccessKeyId }));
  expect((await info(Credentials?.AccessKeyId ?? "")).Account).toBe("123456789012");
  expect((await info("AKIAQNZGKIQY56JQ7WML")).Account).toBe("029608264753");
});

test("what the platform never hands out is refused with AWS's error", async () => {
  await expect(
    sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: "x" })),
  ).rejects.toMatchObject({ name: "InvalidAuthorizationMessageException" });
  await expect(
    sts.send(new GetWebIdentityTokenCommand({ Audience: ["a"], SigningAlgorithm: "RS256" })),
  ).rejects.toMatchObject({ name: "OutboundWebIdentityFederationDisabledException" });
  await expect(sts.send(new GetDelegatedAccessTokenCommand({ TradeInToken: "t" }))).rejects.toMatchObject({
    name: "ExpiredTradeInTokenException",
  });
});

test.each([
  [{ RoleArn: ROLE, RoleSessionName: "x" }, /'roleSessionName'.*greater than or equal to 2/],
  [{ RoleArn: ROLE, RoleSessionName: "a b" }, /regular expression pattern: \[\\w\+=,\.@-\]\*/],
  [{ RoleArn: ROLE, RoleSessionName: "ok", DurationSeconds: 60 }, /greater than or equal to 900/],
  [{ RoleArn: "arn:aws:iam::1:nothing", RoleSessionName: "ok" }, /is invalid/],
  [{ RoleArn: undefined, RoleSessionName: undefined }, /2 validation errors detected/],
])("AssumeRole refuses %j", async (input, message) => {
  await expect(sts.send(new AssumeRoleCommand(input as never))).rejects.toMatchObject({
    name: "ValidationError",
    message: expect.stringMatching(message),
  });
});

test("malformed policies and repeated tags are refused", async () => {
  const ask = (more: object) =>
    sts.send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: "ok", ...more }));
  await expect(ask({ Policy: "{" })).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
  await expect(
    ask({
      Tags: [
        { Key: "a", Value: "1" },
        { Key: "A", Value: "2" },
      ],
    }),
  ).rejects.toMatchObject({
    name: "InvalidParameterValue",
  });
  const large = JSON.stringify({ Statement: [], Pad: "x".repeat(2000) });
  const arns = Array.from({ length: 10 }, (_, n) => ({
    arn: `arn:aws:iam::aws:policy/${"p".repeat(900)}${n}`,
  }));
  await expect(ask({ Policy: large, PolicyArns: arns })).rejects.toMatchObject({
    name: "PackedPolicyTooLargeException",
  });
});
