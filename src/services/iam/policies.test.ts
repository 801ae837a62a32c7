import {
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DetachUserPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  IAMClient,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListPolicyTagsCommand,
  ListPolicyVersionsCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  paginateListPolicies,
  SetDefaultPolicyVersionCommand,
  TagPolicyCommand,
} from "@aws-sdk/client-iam";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { once, startIam } from "./iam.fixture.ts";

let nuage: Nuage;
let iam: IAMClient;

beforeAll(async () => {
  nuage = await startIam();

  iam = new IAMClient(once(nuage));
});
afterAll(() => nuage?.stop());

const allow = (Action: string) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] });

async function make(PolicyName: string, more: object = {}): Promise<string> {
  const input = { PolicyName, PolicyDocument: allow("s3:GetObject"), ...more };
  const { Policy } = await iam.send(new CreatePolicyCommand(input));
  return Policy?.Arn ?? "";
}

test("a policy is made, described and deleted", async () => {
  const PolicyArn = await make("reads", {
    Path: "/app/",
    Description: "Reads",
    Tags: [{ Key: "a", Value: "1" }],
  });
  expect(PolicyArn).toBe("arn:aws:iam::000000000000:policy/app/reads");
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
  expect(Policy).toMatchObject({
    PolicyName: "reads",
    PolicyId: expect.stringMatching(/^ANPA[A-Z2-7]{17}$/),
    Path: "/app/",
    DefaultVersionId: "v1",
    AttachmentCount: 0,
    IsAttachable: true,
    Description: "Reads",
    Tags: [{ Key: "a", Value: "1" }],
  });
  await expect(make("READS")).rejects.toMatchObject({
    name: "EntityAlreadyExistsException",
    message: "A policy called READS already exists. Duplicate names are not allowed.",
  });
  await iam.send(new TagPolicyCommand({ PolicyArn, Tags: [{ Key: "b", Value: "2" }] }));
  expect((await iam.send(new ListPolicyTagsCommand({ PolicyArn }))).Tags).toHaveLength(2);
  await iam.send(new DeletePolicyCommand({ PolicyArn }));
  await expect(iam.send(new GetPolicyCommand({ PolicyArn }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
    message: `Policy ${PolicyArn} was not found.`,
  });
});

test("a policy has five versions at most, and numbers that do not come again", async () => {
  const PolicyArn = await make("versions");
  const add = (action: string, SetAsDefault = false) =>
    iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allow(action), SetAsDefault }));
  await add("s3:PutObject", true);
  for (const action of ["a", "b", "c"]) await add(`s3:${action}`);
  await expect(add("s3:d")).rejects.toMatchObject({
    name: "LimitExceededException",
    message: expect.stringMatching(/^A managed policy can have up to 5 versions\./),
  });
  await expect(
    iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: "v2" })),
  ).rejects.toMatchObject({ message: "Cannot delete the default version of a policy." });
  await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: "v5" }));
  expect((await add("s3:e")).PolicyVersion?.VersionId).toBe("v6");
  await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: "v6" }));
  const { Versions } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
  expect(Versions?.map(({ VersionId }) => VersionId)).toEqual(["v6", "v4", "v3", "v2", "v1"]);
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: "v6" }));
  expect(PolicyVersion?.IsDefaultVersion).toBe(true);
  expect(decodeURIComponent(PolicyVersion?.Document ?? "")).toBe(allow("s3:e"));
  await expect(iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: "v9" }))).rejects.toMatchObject({
    message: `Policy ${PolicyArn} version v9 does not exist or is not attachable.`,
  });
  await expect(iam.send(new DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject({
    name: "DeleteConflictException",
    message: expect.stringMatching(/^This policy has more than one version/),
  });
});

test("who has a policy is told, and it stays while somebody does", async () => {
  const PolicyArn = await make("held");
  const { User } = await iam.send(new CreateUserCommand({ UserName: "u" }));
  await iam.send(new CreateGroupCommand({ GroupName: "g" }));
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Principal: { AWS: "111122223333" }, Action: "sts:AssumeRole" },
  });
  await iam.send(new CreateRoleCommand({ RoleName: "r", AssumeRolePolicyDocument }));
  await iam.send(new AttachUserPolicyCommand({ UserName: "u", PolicyArn }));
  await iam.send(new AttachGroupPolicyCommand({ GroupName: "g", PolicyArn }));
  await iam.send(new AttachRolePolicyCommand({ RoleName: "r", PolicyArn }));
  await iam.send(new CreateUserCommand({ UserName: "bounded", PermissionsBoundary: PolicyArn }));
  const list = (more: object) => iam.send(new ListEntitiesForPolicyCommand({ PolicyArn, ...more }));
  expect(await list({ PolicyUsageFilter: "PermissionsPolicy" })).toMatchObject({
    PolicyUsers: [{ UserName: "u", UserId: User?.UserId }],
    PolicyGroups: [{ GroupName: "g" }],
    PolicyRoles: [{ RoleName: "r" }],
    IsTruncated: false,
  });
  expect((await list({ PolicyUsageFilter: "PermissionsBoundary" })).PolicyUsers).toMatchObject([
    { UserName: "bounded" },
  ]);
  expect(await list({ EntityFilter: "Role" })).toMatchObject({ PolicyUsers: [], PolicyRoles: [{}] });
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
  expect(Policy).toMatchObject({ AttachmentCount: 3, PermissionsBoundaryUsageCount: 1 });
  await expect(iam.send(new DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject({
    name: "DeleteConflictException",
    message: "Cannot delete a policy attached to entities.",
  });
  await iam.send(new DetachUserPolicyCommand({ UserName: "u", PolicyArn }));
  expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.AttachmentCount).toBe(2);
});

test("policies are listed by whose they are and whether they are used", async () => {
  await make("unused");
  const local = await iam.send(new ListPoliciesCommand({ Scope: "Local" }));
  expect(local.Policies?.map(({ PolicyName }) => PolicyName)).toContain("unused");
  const attached = await iam.send(new ListPoliciesCommand({ Scope: "Local", OnlyAttached: true }));
  expect(attached.Policies?.map(({ PolicyName }) => PolicyName)).not.toContain("unused");
  const arns: string[] = [];
  const pages = paginateListPolicies({ client: iam, pageSize: 25 }, { Scope: "AWS" });
  for await (const { Policies = [] } of pages) arns.push(...Policies.map(({ Arn = "" }) => Arn));
  expect(new Set(arns).size).toBe(arns.length);
  expect(arns).toContain("arn:aws:iam::aws:policy/AdministratorAccess");
  expect(arns).toContain("arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole");
});

test("AWS's policies say what they allow", async () => {
  const read = async (name: string, VersionId: string) => {
    const PolicyArn = `arn:aws:iam::aws:policy/${name}`;
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
    expect(Policy).toMatchObject({ Arn: PolicyArn, DefaultVersionId: VersionId });
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
    return JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? "")) as { Statement: unknown[] };
  };
  expect((await read("AdministratorAccess", "v1")).Statement).toEqual([
    { Effect: "Allow", Action: "*", Resource: "*" },
  ]);
  expect((await read("service-role/AWSLambdaBasicExecutionRole", "v1")).Statement).toEqual([
    {
      Effect: "Allow",
      Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: "*",
    },
  ]);
  expect((await read("PowerUserAccess", "v12")).Statement[0]).toMatchObject({
    NotAction: ["iam:*", "organizations:*", "account:*"],
  });
  const events = await read("AmazonEventBridgeFullAccess", "v7");
  expect(events.Statement).toContainEqual(
    expect.objectContaining({ Condition: { StringEquals: { "iam:AWSServiceName": expect.anything() } } }),
  );
});

test("a policy of AWS that the platform has not may be attached, and says so", async () => {
  const PolicyArn = "arn:aws:iam::aws:policy/AmazonNewServiceFullAccess";
  await iam.send(new CreateUserCommand({ UserName: "newest" }));
  await iam.send(new AttachUserPolicyCommand({ UserName: "newest", PolicyArn }));
  expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.AttachmentCount).toBe(1);
  await expect(iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: "v1" }))).rejects.toThrow(
    "The document of AWS's managed policy AmazonNewServiceFullAccess is not part of",
  );
});

test("what is too large is refused", async () => {
  await expect(make("large", { PolicyDocument: allow(`s3:${"x".repeat(6144)}`) })).rejects.toMatchObject({
    name: "LimitExceededException",
    message: "Cannot exceed quota for PolicySize: 6144",
  });
  // White space is not counted.
  await make("spaced", { PolicyDocument: `${allow("s3:*")}${" ".repeat(6144)}` });
  await iam.send(new CreateUserCommand({ UserName: "full" }));
  await expect(
    iam.send(
      new PutUserPolicyCommand({
        UserName: "full",
        PolicyName: "p",
        PolicyDocument: allow(`s3:${"x".repeat(2048)}`),
      }),
    ),
  ).rejects.toMatchObject({ message: "Maximum policy size of 2048 bytes exceeded for user full" });
  await expect(
    iam.send(
      new PutUserPermissionsBoundaryCommand({
        UserName: "full",
        PermissionsBoundary: "arn:aws:iam::1:x".padEnd(20),
      }),
    ),
  ).rejects.toMatchObject({ name: "ValidationError" });
});
