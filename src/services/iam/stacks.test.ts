import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
} from "@aws-sdk/client-cloudformation";
import {
  GetAccessKeyLastUsedCommand,
  GetGroupCommand,
  GetGroupPolicyCommand,
  GetInstanceProfileCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetSAMLProviderCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListGroupsForUserCommand,
  ListPolicyVersionsCommand,
  ListRolePoliciesCommand,
  ListUserPoliciesCommand,
} from "@aws-sdk/client-iam";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSigner } from "../../kernel/certificate.ts";

let nuage: Nuage;
let iam: IAMClient;
let stacks: CloudFormationClient;

beforeAll(async () => {
  nuage = await startNuage();
  iam = nuage.client(IAMClient);
  stacks = nuage.client(CloudFormationClient);
});
afterAll(() => nuage?.stop());

const trust = (service: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
});
const allow = (...Action: string[]) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action, Resource: "*" }],
});

async function settled(StackName: string) {
  await nuage.idle();
  const { Stacks } = await stacks.send(new DescribeStacksCommand({ StackName }));
  const outputs = (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]);
  return {
    status: Stacks?.[0]?.StackStatus,
    reason: Stacks?.[0]?.StackStatusReason,
    outputs: Object.fromEntries(outputs) as Record<string, string>,
  };
}

/** What went wrong first, where something did. */
async function failures(StackName: string) {
  const { StackEvents = [] } = await stacks.send(new DescribeStackEventsCommand({ StackName }));
  return StackEvents.filter(({ ResourceStatus = "" }) => ResourceStatus.endsWith("_FAILED")).map(
    ({ LogicalResourceId, ResourceStatusReason }) => `${LogicalResourceId}: ${ResourceStatusReason}`,
  );
}

async function create(StackName: string, template: object) {
  const TemplateBody = JSON.stringify(template);
  const Capabilities = ["CAPABILITY_NAMED_IAM" as const];
  await stacks.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities }));
  await waitUntilStackCreateComplete({ client: stacks, maxWaitTime: 30, minDelay: 1 }, { StackName }).catch(
    () => undefined,
  );
  return settled(StackName);
}

async function update(StackName: string, template: object) {
  const TemplateBody = JSON.stringify(template);
  const Capabilities = ["CAPABILITY_NAMED_IAM" as const];
  await stacks.send(new UpdateStackCommand({ StackName, TemplateBody, Capabilities }));
  return settled(StackName);
}

const application = (more: { managed?: string[]; inline?: string; document?: object }) => ({
  Resources: {
    Role: {
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: trust("lambda.amazonaws.com"),
        Path: "/app/",
        MaxSessionDuration: 7200,
        Description: "What the function runs as",
        ManagedPolicyArns: more.managed ?? [
          "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        ],
        Policies: [{ PolicyName: more.inline ?? "inside", PolicyDocument: allow("sqs:SendMessage") }],
        Tags: [{ Key: "team", Value: "blue" }],
      },
    },
    Queueing: {
      Type: "AWS::IAM::Policy",
      Properties: {
        PolicyName: "queueing",
        PolicyDocument: allow("sqs:ReceiveMessage"),
        Roles: [{ Ref: "Role" }],
      },
    },
    Managed: {
      Type: "AWS::IAM::ManagedPolicy",
      Properties: { PolicyDocument: more.document ?? allow("s3:GetObject"), Roles: [{ Ref: "Role" }] },
    },
    Profile: { Type: "AWS::IAM::InstanceProfile", Properties: { Roles: [{ Ref: "Role" }] } },
  },
  Outputs: {
    Role: { Value: { Ref: "Role" } },
    RoleArn: { Value: { "Fn::GetAtt": "Role.Arn" } },
    RoleId: { Value: { "Fn::GetAtt": "Role.RoleId" } },
    Policy: { Value: { Ref: "Managed" } },
    Profile: { Value: { Ref: "Profile" } },
  },
});

test("a role of a stack is a role, with all that the template gives it", async () => {
  const { status, outputs } = await create("roles", application({}));
  expect(status).toBe("CREATE_COMPLETE");
  expect(outputs.Role).toMatch(/^roles-Role-[A-Za-z0-9]{12}$/);
  expect(outputs.RoleArn).toBe(`arn:aws:iam::000000000000:role/app/${outputs.Role}`);
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: outputs.Role }));
  expect(Role).toMatchObject({
    Arn: outputs.RoleArn,
    RoleId: outputs.RoleId,
    Path: "/app/",
    Description: "What the function runs as",
    MaxSessionDuration: 7200,
    Tags: expect.arrayContaining([{ Key: "team", Value: "blue" }]),
  });
  const inline = await iam.send(new ListRolePoliciesCommand({ RoleName: outputs.Role }));
  expect(inline.PolicyNames).toEqual(["inside", "queueing"]);
  const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: outputs.Role }));
  expect(attached.AttachedPolicies?.map(({ PolicyArn }) => PolicyArn)).toEqual([
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    outputs.Policy,
  ]);
  const profile = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName: outputs.Profile }));
  expect(profile.InstanceProfile?.Roles?.[0]?.RoleName).toBe(outputs.Role);
});

test("an update takes away what the template no longer has", async () => {
  const { outputs: before } = await settled("roles");
  const changed = application({
    managed: ["arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"],
    inline: "other",
    document: allow("s3:PutObject"),
  });
  const { status, outputs } = await update("roles", changed);
  expect(status).toBe("UPDATE_COMPLETE");
  expect(outputs.RoleId).toBe(before.RoleId);
  const inline = await iam.send(new ListRolePoliciesCommand({ RoleName: outputs.Role }));
  expect(inline.PolicyNames).toEqual(["other", "queueing"]);
  const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: outputs.Role }));
  expect(attached.AttachedPolicies?.map(({ PolicyName }) => PolicyName)).toContain(
    "AWSXRayDaemonWriteAccess",
  );
  expect(attached.AttachedPolicies).toHaveLength(2);
  const { Versions } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn: outputs.Policy }));
  expect(Versions?.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion])).toEqual([
    ["v2", true],
    ["v1", false],
  ]);
});

test("a deleted stack leaves no role", async () => {
  const { outputs } = await settled("roles");
  await stacks.send(new DeleteStackCommand({ StackName: "roles" }));
  await nuage.idle();
  await expect(iam.send(new GetRoleCommand({ RoleName: outputs.Role }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
  });
  await expect(settled("roles")).rejects.toThrow(/does not exist/);
});

test("users, groups and keys of a stack", async () => {
  const { status, outputs } = await create("people", {
    Resources: {
      Team: { Type: "AWS::IAM::Group", Properties: { Path: "/teams/" } },
      Others: { Type: "AWS::IAM::Group" },
      Jo: {
        Type: "AWS::IAM::User",
        Properties: {
          UserName: "jo",
          Groups: [{ Ref: "Team" }],
          LoginProfile: { Password: "Correct-Horse-1", PasswordResetRequired: true },
        },
      },
      Joins: {
        Type: "AWS::IAM::UserToGroupAddition",
        Properties: { GroupName: { Ref: "Others" }, Users: [{ Ref: "Jo" }] },
      },
      Says: {
        Type: "AWS::IAM::UserPolicy",
        Properties: { UserName: { Ref: "Jo" }, PolicyName: "says", PolicyDocument: allow("sns:Publish") },
      },
      Key: { Type: "AWS::IAM::AccessKey", Properties: { UserName: { Ref: "Jo" } } },
    },
    Outputs: {
      Arn: { Value: { "Fn::GetAtt": "Jo.Arn" } },
      Team: { Value: { Ref: "Team" } },
      Key: { Value: { Ref: "Key" } },
      Secret: { Value: { "Fn::GetAtt": "Key.SecretAccessKey" } },
    },
  });
  expect(status).toBe("CREATE_COMPLETE");
  expect(outputs.Arn).toBe("arn:aws:iam::000000000000:user/jo");
  expect(outputs.Secret).toHaveLength(40);
  const used = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: outputs.Key }));
  expect(used.UserName).toBe("jo");
  const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName: "jo" }));
  expect(Groups).toHaveLength(2);
  const { Group, Users } = await iam.send(new GetGroupCommand({ GroupName: outputs.Team }));
  expect(Group?.Path).toBe("/teams/");
  expect(Users?.map(({ UserName }) => UserName)).toEqual(["jo"]);
  const { PolicyNames } = await iam.send(new ListUserPoliciesCommand({ UserName: "jo" }));
  expect(PolicyNames).toEqual(["says"]);
  await stacks.send(new DeleteStackCommand({ StackName: "people" }));
  await nuage.idle();
  await expect(settled("people")).rejects.toThrow(/does not exist/);
});

test("a role that cannot be completed is not left behind", async () => {
  const { status } = await create("broken", {
    Resources: {
      Role: {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: "broken",
          AssumeRolePolicyDocument: trust("lambda.amazonaws.com"),
          Policies: [{ PolicyName: "bad", PolicyDocument: { Statement: [] } }],
        },
      },
    },
  });
  expect(status).toMatch(/ROLLBACK_COMPLETE/);
  await expect(iam.send(new GetRoleCommand({ RoleName: "broken" }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
  });
});

test("providers and service-linked roles of a stack", async () => {
  const { status, outputs } = await create("providers", {
    Resources: {
      GitHub: {
        Type: "AWS::IAM::OIDCProvider",
        Properties: {
          Url: "https://token.actions.githubusercontent.com",
          ClientIdList: ["sts.amazonaws.com"],
          ThumbprintList: ["6938fd4d98bab03faadb97b34396831e3780aea1"],
        },
      },
      Linked: {
        Type: "AWS::IAM::ServiceLinkedRole",
        Properties: { AWSServiceName: "ecs.amazonaws.com" },
      },
      Device: {
        Type: "AWS::IAM::VirtualMFADevice",
        Properties: { Users: [], VirtualMfaDeviceName: "phone" },
      },
    },
    Outputs: {
      GitHub: { Value: { Ref: "GitHub" } },
      Linked: { Value: { Ref: "Linked" } },
      Device: { Value: { Ref: "Device" } },
    },
  });
  expect(status).toBe("CREATE_COMPLETE");
  expect(outputs).toEqual({
    GitHub: "arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com",
    Linked: "AWSServiceRoleForECS",
    Device: "arn:aws:iam::000000000000:mfa/phone",
  });
});

test("what others hold changes in place", async () => {
  const { certificate, privateKey } = await createSigner("site.example", nuage.clock.now());
  const template = (client: string, path: string, team: string, device: string) => ({
    Resources: {
      Google: {
        Type: "AWS::IAM::OIDCProvider",
        Properties: {
          Url: "https://accounts.google.com",
          ClientIdList: [client],
          Tags: [{ Key: team, Value: "1" }],
        },
      },
      Site: {
        Type: "AWS::IAM::ServerCertificate",
        Properties: { CertificateBody: certificate, PrivateKey: privateKey, Path: path },
      },
      Corp: {
        Type: "AWS::IAM::SAMLProvider",
        Properties: {
          SamlMetadataDocument: `<EntityDescriptor entityID="${client}"/>${" ".repeat(1000)}`,
        },
      },
      Team: { Type: "AWS::IAM::Group", Properties: { Path: path } },
      Says: {
        Type: "AWS::IAM::GroupPolicy",
        Properties: { GroupName: { Ref: "Team" }, PolicyName: "says", PolicyDocument: allow(client) },
      },
      Device: {
        Type: "AWS::IAM::VirtualMFADevice",
        Properties: { Users: [], VirtualMfaDeviceName: device },
      },
    },
    Outputs: {
      Google: { Value: { Ref: "Google" } },
      Site: { Value: { "Fn::GetAtt": "Site.Arn" } },
      Corp: { Value: { Ref: "Corp" } },
      Team: { Value: { Ref: "Team" } },
      TeamArn: { Value: { "Fn::GetAtt": "Team.Arn" } },
      Device: { Value: { "Fn::GetAtt": "Device.SerialNumber" } },
    },
  });
  const first = await create("held", template("sns:Publish", "/one/", "a", "old-phone"));
  expect(await failures("held")).toEqual([]);
  expect(first.status).toBe("CREATE_COMPLETE");
  const { status, outputs } = await update("held", template("sqs:SendMessage", "/two/", "b", "new-phone"));
  expect(status).toBe("UPDATE_COMPLETE");
  expect(outputs).toMatchObject({ Google: first.outputs.Google, Corp: first.outputs.Corp });
  expect(outputs.Device).toBe("arn:aws:iam::000000000000:mfa/new-phone");
  expect(outputs.Site).toMatch(/:server-certificate\/two\/held-Site-/);
  expect(outputs.TeamArn).toBe(`arn:aws:iam::000000000000:group/two/${outputs.Team}`);
  const google = await iam.send(
    new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: outputs.Google }),
  );
  expect(google.ClientIDList).toEqual(["sqs:SendMessage"]);
  expect(google.Tags).toEqual([{ Key: "b", Value: "1" }]);
  const corp = await iam.send(new GetSAMLProviderCommand({ SAMLProviderArn: outputs.Corp }));
  expect(corp.SAMLMetadataDocument).toContain("sqs:SendMessage");
  const says = await iam.send(new GetGroupPolicyCommand({ GroupName: outputs.Team, PolicyName: "says" }));
  expect(JSON.parse(decodeURIComponent(says.PolicyDocument ?? ""))).toEqual(allow("sqs:SendMessage"));
  await stacks.send(new DeleteStackCommand({ StackName: "held" }));
  await nuage.idle();
  await expect(settled("held")).rejects.toThrow(/does not exist/);
});

test("who makes roles says so", async () => {
  const make = (RoleName?: string) =>
    stacks.send(
      new CreateStackCommand({
        StackName: "unsaid",
        TemplateBody: JSON.stringify({
          Resources: {
            Role: {
              Type: "AWS::IAM::Role",
              Properties: { AssumeRolePolicyDocument: trust("lambda.amazonaws.com"), RoleName },
            },
          },
        }),
        Capabilities: RoleName === undefined ? [] : ["CAPABILITY_IAM"],
      }),
    );
  await expect(make()).rejects.toThrow("Requires capabilities : [CAPABILITY_IAM]");
  await expect(make("named")).rejects.toThrow("Requires capabilities : [CAPABILITY_NAMED_IAM]");
});

test("a role's inline policy is found where GetRolePolicy looks", async () => {
  await create("inline", {
    Resources: {
      Role: {
        Type: "AWS::IAM::Role",
        Properties: { RoleName: "inline", AssumeRolePolicyDocument: trust("lambda.amazonaws.com") },
      },
      Policy: {
        Type: "AWS::IAM::RolePolicy",
        Properties: { RoleName: { Ref: "Role" }, PolicyName: "p", PolicyDocument: allow("s3:GetObject") },
      },
    },
  });
  const found = await iam.send(new GetRolePolicyCommand({ RoleName: "inline", PolicyName: "p" }));
  expect(JSON.parse(decodeURIComponent(found.PolicyDocument ?? ""))).toEqual(allow("s3:GetObject"));
});
