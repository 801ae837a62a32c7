import {
  AddUserToGroupCommand,
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateAccountAliasCommand,
  CreateGroupCommand,
  CreateInstanceProfileCommand,
  CreateLoginProfileCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccountAliasCommand,
  DeleteAccountPasswordPolicyCommand,
  GenerateCredentialReportCommand,
  GenerateServiceLastAccessedDetailsCommand,
  GetAccountAuthorizationDetailsCommand,
  GetAccountPasswordPolicyCommand,
  GetAccountSummaryCommand,
  GetCredentialReportCommand,
  GetServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsWithEntitiesCommand,
  IAMClient,
  ListAccountAliasesCommand,
  ListPoliciesGrantingServiceAccessCommand,
  PutUserPolicyCommand,
  paginateGetAccountAuthorizationDetails,
  SetSecurityTokenServicePreferencesCommand,
  UpdateAccountPasswordPolicyCommand,
  UpdateLoginProfileCommand,
} from "@aws-sdk/client-iam";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { once, signedWith, startIam } from "./iam.fixture.ts";

let nuage: Nuage;
let iam: IAMClient;

beforeAll(async () => {
  nuage = await startIam();
  iam = new IAMClient(once(nuage));
});
afterAll(() => nuage?.stop());

const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
const allow = (Action: string) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] });

test("an account has one alias", async () => {
  const aliases = async () => (await iam.send(new ListAccountAliasesCommand({}))).AccountAliases;
  expect(await aliases()).toEqual([]);
  await iam.send(new CreateAccountAliasCommand({ AccountAlias: "first" }));
  await iam.send(new CreateAccountAliasCommand({ AccountAlias: "second" }));
  expect(await aliases()).toEqual(["second"]);
  await expect(iam.send(new DeleteAccountAliasCommand({ AccountAlias: "first" }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
  });
  await expect(iam.send(new CreateAccountAliasCommand({ AccountAlias: "Not--Good" }))).rejects.toMatchObject({
    name: "ValidationError",
  });
  await iam.send(new DeleteAccountAliasCommand({ AccountAlias: "second" }));
  expect(await aliases()).toEqual([]);
});

test("a password policy holds for the passwords that follow", async () => {
  await expect(iam.send(new GetAccountPasswordPolicyCommand({}))).rejects.toMatchObject({
    name: "NoSuchEntityException",
    message: "The Password Policy with domain name 000000000000 cannot be found.",
  });
  await iam.send(
    new UpdateAccountPasswordPolicyCommand({
      MinimumPasswordLength: 10,
      RequireNumbers: true,
      MaxPasswordAge: 90,
      PasswordReusePrevention: 2,
    }),
  );
  const { PasswordPolicy } = await iam.send(new GetAccountPasswordPolicyCommand({}));
  expect(PasswordPolicy).toMatchObject({
    MinimumPasswordLength: 10,
    RequireNumbers: true,
    RequireSymbols: false,
    ExpirePasswords: true,
    MaxPasswordAge: 90,
    AllowUsersToChangePassword: false,
  });
  const UserName = "password";
  await iam.send(new CreateUserCommand({ UserName }));
  const create = (Password: string) => iam.send(new CreateLoginProfileCommand({ UserName, Password }));
  const update = (Password: string) => iam.send(new UpdateLoginProfileCommand({ UserName, Password }));
  const refused = { name: "PasswordPolicyViolationException" };
  await expect(create("no-number-here")).rejects.toMatchObject(refused);
  await expect(create("short1")).rejects.toMatchObject(refused);
  await create("long-enough-1");
  await update("long-enough-2");
  await expect(update("long-enough-1")).rejects.toMatchObject(refused);
  await update("long-enough-3");
  await update("long-enough-1");
  await iam.send(new DeleteAccountPasswordPolicyCommand({}));
  await expect(iam.send(new DeleteAccountPasswordPolicyCommand({}))).rejects.toMatchObject({
    name: "NoSuchEntityException",
  });
});

test("the summary counts what there is, beside what there may be", async () => {
  const summary = async () => (await iam.send(new GetAccountSummaryCommand({}))).SummaryMap ?? {};
  const before = await summary();
  await iam.send(new CreateGroupCommand({ GroupName: "counted" }));
  await iam.send(new CreatePolicyCommand({ PolicyName: "counted", PolicyDocument: allow("s3:*") }));
  await iam.send(new SetSecurityTokenServicePreferencesCommand({ GlobalEndpointTokenVersion: "v2Token" }));
  const after = await summary();
  expect(after.Groups).toBe((before.Groups ?? 0) + 1);
  expect(after.Policies).toBe((before.Policies ?? 0) + 1);
  expect(after.GlobalEndpointTokenVersion).toBe(2);
  expect(after).toMatchObject({ AccessKeysPerUserQuota: 2, GroupsQuota: 300, VersionsPerPolicyQuota: 5 });
});

test("authorization details tell everything at once", async () => {
  await iam.send(new CreateUserCommand({ UserName: "detail", Tags: [{ Key: "a", Value: "1" }] }));
  await iam.send(new CreateGroupCommand({ GroupName: "detail" }));
  await iam.send(new AddUserToGroupCommand({ UserName: "detail", GroupName: "detail" }));
  await iam.send(
    new PutUserPolicyCommand({ UserName: "detail", PolicyName: "p", PolicyDocument: allow("s3:*") }),
  );
  await iam.send(new CreateRoleCommand({ RoleName: "detail", AssumeRolePolicyDocument: TRUST }));
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "detail" }));
  const PolicyArn = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess";
  await iam.send(new AttachRolePolicyCommand({ RoleName: "detail", PolicyArn }));
  const details = await iam.send(new GetAccountAuthorizationDetailsCommand({}));
  const user = details.UserDetailList?.find(({ UserName }) => UserName === "detail");
  expect(user).toMatchObject({
    GroupList: ["detail"],
    UserPolicyList: [{ PolicyName: "p" }],
    AttachedManagedPolicies: [],
    Tags: [{ Key: "a", Value: "1" }],
  });
  expect(decodeURIComponent(user?.UserPolicyList?.[0]?.PolicyDocument ?? "")).toBe(allow("s3:*"));
  const role = details.RoleDetailList?.find(({ RoleName }) => RoleName === "detail");
  expect(role?.AttachedManagedPolicies).toEqual([{ PolicyName: "AWSXRayDaemonWriteAccess", PolicyArn }]);
  const policy = details.Policies?.find(({ Arn }) => Arn === PolicyArn);
  expect(policy).toMatchObject({ AttachmentCount: 1, PolicyVersionList: [{ IsDefaultVersion: true }] });

  const only = await iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ["Role"] }));
  expect(only).toMatchObject({ UserDetailList: [], GroupDetailList: [], Policies: [] });
  let [users, roles] = [0, 0];
  for await (const one of paginateGetAccountAuthorizationDetails({ client: iam, pageSize: 1 }, {})) {
    users += one.UserDetailList?.length ?? 0;
    roles += one.RoleDetailList?.length ?? 0;
  }
  expect([users, roles]).toEqual([details.UserDetailList?.length, details.RoleDetailList?.length]);
});

test("a credential report is made first, then read, for four hours", async () => {
  await expect(iam.send(new GetCredentialReportCommand({}))).rejects.toMatchObject({
    name: "CredentialReportNotPresentException",
  });
  await iam.send(new CreateUserCommand({ UserName: "reported" }));
  await iam.send(new CreateAccessKeyCommand({ UserName: "reported" }));
  const generate = async () => (await iam.send(new GenerateCredentialReportCommand({}))).State;
  expect(await generate()).toBe("STARTED");
  expect(await generate()).toBe("COMPLETE");
  const { Content, ReportFormat } = await iam.send(new GetCredentialReportCommand({}));
  expect(ReportFormat).toBe("text/csv");
  const [head = "", root, ...rows] = Buffer.from(Content ?? [])
    .toString()
    .split("\n");
  expect(head.startsWith("user,arn,user_creation_time,password_enabled,")).toBe(true);
  expect(root).toMatch(/^<root_account>,arn:aws:iam::000000000000:root,/);
  const cells = rows.find((row) => row.startsWith("reported,"))?.split(",") ?? [];
  expect(cells).toHaveLength(head.split(",").length);
  expect(cells[head.split(",").indexOf("access_key_1_active")]).toBe("true");
  expect(cells[head.split(",").indexOf("access_key_2_active")]).toBe("false");
  await nuage.advance("4 hours");
  await expect(iam.send(new GetCredentialReportCommand({}))).rejects.toMatchObject({
    name: "CredentialReportExpiredException",
  });
});

test("what somebody may use is told with when it was used", async () => {
  const { User } = await iam.send(new CreateUserCommand({ UserName: "accessing" }));
  await iam.send(
    new PutUserPolicyCommand({ UserName: "accessing", PolicyName: "q", PolicyDocument: allow("sqs:*") }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "accessing" }));
  const sqs = new SQSClient(
    signedWith(nuage, {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    }),
  );
  await sqs.send(new ListQueuesCommand({}));
  const { JobId } = await iam.send(new GenerateServiceLastAccessedDetailsCommand({ Arn: User?.Arn }));
  const details = await iam.send(new GetServiceLastAccessedDetailsCommand({ JobId }));
  expect(details).toMatchObject({
    JobStatus: "COMPLETED",
    ServicesLastAccessed: [
      {
        ServiceName: "Amazon SQS",
        ServiceNamespace: "sqs",
        LastAuthenticated: expect.any(Date),
        LastAuthenticatedEntity: User?.Arn,
        TotalAuthenticatedEntities: 1,
      },
    ],
  });
  const withEntities = await iam.send(
    new GetServiceLastAccessedDetailsWithEntitiesCommand({ JobId, ServiceNamespace: "sqs" }),
  );
  expect(withEntities.EntityDetailsList?.[0]?.EntityInfo).toMatchObject({ Type: "USER", Name: "accessing" });
  const granting = await iam.send(
    new ListPoliciesGrantingServiceAccessCommand({ Arn: User?.Arn, ServiceNamespaces: ["sqs", "s3"] }),
  );
  expect(granting.PoliciesGrantingServiceAccess).toMatchObject([
    {
      ServiceNamespace: "sqs",
      Policies: [{ PolicyName: "q", PolicyType: "INLINE", EntityName: "accessing" }],
    },
    { ServiceNamespace: "s3", Policies: [] },
  ]);
  await expect(
    iam.send(new GetServiceLastAccessedDetailsCommand({ JobId: "x".repeat(36) })),
  ).rejects.toMatchObject({ name: "NoSuchEntityException" });
});
