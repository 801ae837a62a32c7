import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteServiceLinkedRoleCommand,
  DetachRolePolicyCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesForRoleCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
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

const make = (RoleName: string, more: object = {}) =>
  iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST, ...more }));

test("a role is made with all that belongs to it", async () => {
  const { Role } = await make("worker", {
    Path: "/team/",
    Description: "Works",
    MaxSessionDuration: 7200,
    PermissionsBoundary: "arn:aws:iam::aws:policy/PowerUserAccess",
    Tags: [{ Key: "team", Value: "blue" }],
  });
  expect(Role).toMatchObject({
    Arn: "arn:aws:iam::000000000000:role/team/worker",
    RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
    Tags: [{ Key: "team", Value: "blue" }],
  });
  const got = await iam.send(new GetRoleCommand({ RoleName: "worker" }));
  expect(got.Role).toMatchObject({
    Path: "/team/",
    Description: "Works",
    MaxSessionDuration: 7200,
    PermissionsBoundary: { PermissionsBoundaryArn: "arn:aws:iam::aws:policy/PowerUserAccess" },
  });
  // Documents are written as in a URL: without a character that RFC 3986 reserves.
  expect(got.Role?.AssumeRolePolicyDocument).toMatch(/^[\w.~%-]+$/);
  expect(decodeURIComponent(got.Role?.AssumeRolePolicyDocument ?? "")).toBe(TRUST);
  await expect(make("Worker")).rejects.toMatchObject({
    name: "EntityAlreadyExistsException",
    message: "Role with name Worker already exists.",
  });
});

test("a role is changed in place", async () => {
  await make("changing");
  const trust = TRUST.replace("lambda", "ec2");
  const RoleName = "changing";
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust }));
  await iam.send(new UpdateRoleCommand({ RoleName, Description: "New", MaxSessionDuration: 3600 }));
  await iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: "a", Value: "1" }] }));
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toBe(trust);
  expect(Role).toMatchObject({ Description: "New", MaxSessionDuration: 3600 });
  expect((await iam.send(new ListRoleTagsCommand({ RoleName }))).Tags).toEqual([{ Key: "a", Value: "1" }]);
  const { Roles = [] } = await iam.send(new ListRolesCommand({}));
  const listed = Roles.find((role) => role.RoleName === RoleName);
  expect(listed).toMatchObject({ Description: "New" });
  expect(listed).not.toHaveProperty("Tags");
});

test("what is in use cannot be deleted", async () => {
  const RoleName = "used";
  await make(RoleName);
  const remove = () => iam.send(new DeleteRoleCommand({ RoleName }));
  const refused = (message: string) => ({ name: "DeleteConflictException", message });
  const PolicyArn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
  const InstanceProfileName = "profile";
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "p", PolicyDocument: allow("s3:*") }));
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }));
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }));
  await expect(remove()).rejects.toMatchObject(
    refused("Cannot delete entity, must remove roles from instance profile first."),
  );
  await expect(
    iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName })),
  ).rejects.toMatchObject({ message: "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1" });
  const profiles = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName }));
  expect(profiles.InstanceProfiles?.[0]?.InstanceProfileName).toBe(InstanceProfileName);
  await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
  await iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }));
  await expect(iam.send(new GetInstanceProfileCommand({ InstanceProfileName }))).rejects.toMatchObject({
    message: "Instance Profile profile cannot be found.",
  });
  await expect(remove()).rejects.toMatchObject(
    refused("Cannot delete entity, must detach all policies first."),
  );
  await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  await expect(iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }))).rejects.toMatchObject({
    message: `Policy ${PolicyArn} was not found.`,
  });
  await expect(remove()).rejects.toMatchObject(refused("Cannot delete entity, must delete policies first."));
  await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "p" }));
  await remove();
  await expect(remove()).rejects.toMatchObject({ message: "The role with name used cannot be found." });
});

test("inline policies are kept by name, and within the limit", async () => {
  const RoleName = "inline";
  await make(RoleName);
  const put = (PolicyName: string, PolicyDocument: string) =>
    iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
  await put("b", allow("s3:GetObject"));
  await put("a", allow("sqs:*"));
  await put("a", allow("sns:*"));
  expect((await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames).toEqual(["a", "b"]);
  const got = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: "a" }));
  expect(decodeURIComponent(got.PolicyDocument ?? "")).toBe(allow("sns:*"));
  await expect(iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: "c" }))).rejects.toMatchObject({
    message: "The role policy with name c cannot be found.",
  });
  await expect(put("large", allow(`s3:${"x".repeat(10_240)}`))).rejects.toMatchObject({
    name: "LimitExceededException",
    message: "Maximum policy size of 10240 bytes exceeded for role inline",
  });
});

test("ten managed policies at most, AWS's own among them", async () => {
  const RoleName = "attached";
  await make(RoleName);
  const attach = (name: string) =>
    iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: `arn:aws:iam::aws:policy/${name}` }));
  const names = ["SQS", "SNS", "S3", "DynamoDB", "Kinesis", "EC2", "SES", "SSM", "Polly", "Textract"];
  for (const name of names) await attach(`Amazon${name}FullAccess`);
  await attach("AmazonSQSFullAccess");
  await expect(attach("AdministratorAccess")).rejects.toMatchObject({
    name: "LimitExceededException",
    message: "Cannot exceed quota for PoliciesPerRole: 10",
  });
  const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  expect(AttachedPolicies).toHaveLength(10);
  await expect(
    iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: "arn:aws:iam::000000000000:policy/absent" })),
  ).rejects.toMatchObject({
    name: "NoSuchEntityException",
    message: "Policy arn:aws:iam::000000000000:policy/absent does not exist or is not attachable.",
  });
  await expect(
    iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: "arn-without-any-colons-in-it" })),
  ).rejects.toMatchObject({ name: "InvalidInputException" });
});

test("a service's role is the service's", async () => {
  const { Role } = await iam.send(
    new CreateServiceLinkedRoleCommand({ AWSServiceName: "autoscaling.amazonaws.com", CustomSuffix: "mine" }),
  );
  const RoleName = "AWSServiceRoleForAutoScaling_mine";
  expect(Role).toMatchObject({ RoleName, Path: "/aws-service-role/autoscaling.amazonaws.com/" });
  const again = new CreateServiceLinkedRoleCommand({
    AWSServiceName: "autoscaling.amazonaws.com",
    CustomSuffix: "mine",
  });
  await expect(iam.send(again)).rejects.toMatchObject({
    name: "InvalidInputException",
    message: `Service role name ${RoleName} has been taken in this account, please try a different suffix.`,
  });
  for (const command of [
    new DeleteRoleCommand({ RoleName }),
    new PutRolePolicyCommand({ RoleName, PolicyName: "p", PolicyDocument: allow("s3:*") }),
  ]) {
    await expect(iam.send(command as DeleteRoleCommand)).rejects.toMatchObject({
      name: "UnmodifiableEntityException",
    });
  }
  const { DeletionTaskId } = await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName }));
  const status = await iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }));
  expect(status.Status).toBe("SUCCEEDED");
  await expect(iam.send(new GetRoleCommand({ RoleName }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
  });
});

test("who assumes a role that there is has its id, and no longer than it lets", async () => {
  const { Role } = await make("assumed", { MaxSessionDuration: 3600 });
  const sts = nuage.client(STSClient);
  const assume = (DurationSeconds: number) =>
    sts.send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: "me", DurationSeconds }));
  const { AssumedRoleUser, Credentials } = await assume(3600);
  expect(AssumedRoleUser?.AssumedRoleId).toBe(`${Role?.RoleId}:me`);
  await expect(assume(7200)).rejects.toMatchObject({
    name: "ValidationError",
    message: "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
  });
  const session = new SQSClient(
    signedWith(nuage, {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    }),
  );
  await session.send(new ListQueuesCommand({}));
  const { Role: used } = await iam.send(new GetRoleCommand({ RoleName: "assumed" }));
  expect(used?.RoleLastUsed).toEqual({ LastUsedDate: expect.any(Date), Region: "eu-west-1" });
});

test("a service's own policies are for its own roles", async () => {
  await make("customer");
  const PolicyArn = "arn:aws:iam::aws:policy/aws-service-role/AutoScalingServiceRolePolicy";
  await expect(
    iam.send(new AttachRolePolicyCommand({ RoleName: "customer", PolicyArn })),
  ).rejects.toMatchObject({ name: "PolicyNotAttachableException" });
  await expect(
    iam.send(
      new PutRolePermissionsBoundaryCommand({
        RoleName: "customer",
        PermissionsBoundary: "arn:aws:iam::000000000000:policy/absent",
      }),
    ),
  ).rejects.toMatchObject({ name: "NoSuchEntityException" });
});
