import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  type EvaluationResult,
  GetContextKeysForCustomPolicyCommand,
  GetContextKeysForPrincipalPolicyCommand,
  IAMClient,
  PutGroupPolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  SimulateCustomPolicyCommand,
  type SimulateCustomPolicyCommandInput,
  SimulatePrincipalPolicyCommand,
} from "@aws-sdk/client-iam";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startIam } from "./iam.fixture.ts";

let nuage: Nuage;
let iam: IAMClient;

beforeAll(async () => {
  nuage = await startIam();
  iam = nuage.client(IAMClient);
});
afterAll(() => nuage?.stop());

const policy = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (Action: string | string[], more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource: "*",
  ...more,
});
const deny = (Action: string, more: object = {}) => ({ ...allow(Action, more), Effect: "Deny" });

async function custom(
  policies: string[],
  ActionNames: string[],
  more: Partial<SimulateCustomPolicyCommandInput> = {},
): Promise<EvaluationResult[]> {
  const input = { PolicyInputList: policies, ActionNames, ...more };
  return (await iam.send(new SimulateCustomPolicyCommand(input))).EvaluationResults ?? [];
}

const decisions = (results: EvaluationResult[]) => results.map(({ EvalDecision }) => EvalDecision);

test("each action is allowed, denied, or not spoken of", async () => {
  const text = policy(allow("s3:*"), deny("s3:DeleteObject"));
  const results = await custom([text], ["s3:GetObject", "s3:DeleteObject", "sqs:SendMessage"]);
  expect(decisions(results)).toEqual(["allowed", "explicitDeny", "implicitDeny"]);
  expect(results[0]).toMatchObject({ EvalActionName: "s3:GetObject", EvalResourceName: "*" });
});

test("the statements that decide are told, with where they are written", async () => {
  const text = `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": "*"
        },
        {
            "Effect": "Deny",
            "Action": "s3:DeleteObject",
            "Resource": "*"
        }
    ]
}`;
  const [got, gone] = await custom([text], ["s3:GetObject", "s3:DeleteObject"]);
  expect(got?.MatchedStatements).toEqual([
    {
      SourcePolicyId: "PolicyInputList.1",
      SourcePolicyType: "IAM Policy",
      StartPosition: { Line: 3, Column: 19 },
      EndPosition: { Line: 8, Column: 10 },
    },
  ]);
  // A denial stands alone.
  expect(gone?.MatchedStatements).toMatchObject([{ EndPosition: { Line: 13, Column: 10 } }]);
});

test("each resource has its own result", async () => {
  const text = policy(allow("s3:GetObject", { Resource: "arn:aws:s3:::open/*" }));
  const [result] = await custom([text], ["s3:GetObject"], {
    ResourceArns: ["arn:aws:s3:::open/a", "arn:aws:s3:::shut/a"],
  });
  expect(result?.EvalDecision).toBe("implicitDeny");
  expect(
    result?.ResourceSpecificResults?.map((one) => [one.EvalResourceName, one.EvalResourceDecision]),
  ).toEqual([
    ["arn:aws:s3:::open/a", "allowed"],
    ["arn:aws:s3:::shut/a", "implicitDeny"],
  ]);
});

test("conditions ask for context, and say which is missing", async () => {
  const text = policy(allow("s3:GetObject", { Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } }));
  const from = (ip: string) => ({
    ContextEntries: [
      { ContextKeyName: "aws:SourceIp", ContextKeyValues: [ip], ContextKeyType: "ip" as const },
    ],
  });
  const [missing] = await custom([text], ["s3:GetObject"]);
  expect(missing).toMatchObject({ EvalDecision: "implicitDeny", MissingContextValues: ["aws:SourceIp"] });
  expect(decisions(await custom([text], ["s3:GetObject"], from("10.9.9.9")))).toEqual(["allowed"]);
  expect(decisions(await custom([text], ["s3:GetObject"], from("11.9.9.9")))).toEqual(["implicitDeny"]);
  const keys = await iam.send(new GetContextKeysForCustomPolicyCommand({ PolicyInputList: [text, text] }));
  expect(keys.ContextKeyNames).toEqual(["aws:SourceIp"]);
});

test("a boundary takes away what it does not allow", async () => {
  const PermissionsBoundaryPolicyInputList = [policy(allow("s3:*"))];
  const results = await custom([policy(allow("*"))], ["s3:GetObject", "sqs:SendMessage"], {
    PermissionsBoundaryPolicyInputList,
  });
  expect(decisions(results)).toEqual(["allowed", "implicitDeny"]);
  expect(results.map((one) => one.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary)).toEqual([
    true,
    false,
  ]);
});

test("a resource's policy lets in whom it names", async () => {
  const CallerArn = "arn:aws:iam::111122223333:user/jo";
  const ResourcePolicy = policy(allow("s3:GetObject", { Principal: { AWS: CallerArn } }));
  const ask = (more: object) => custom([policy(allow("sqs:*"))], ["s3:GetObject"], more);
  expect(decisions(await ask({ ResourcePolicy, CallerArn }))).toEqual(["allowed"]);
  expect(decisions(await ask({ ResourcePolicy, CallerArn: "arn:aws:iam::111122223333:user/al" }))).toEqual([
    "implicitDeny",
  ]);
  await expect(ask({ ResourcePolicy })).rejects.toMatchObject({ name: "InvalidInputException" });
});

test("a user's policies are those of his groups too, within his boundary", async () => {
  const UserName = "jo";
  const { User } = await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new CreateGroupCommand({ GroupName: "devs" }));
  await iam.send(new AddUserToGroupCommand({ GroupName: "devs", UserName }));
  await iam.send(
    new PutGroupPolicyCommand({
      GroupName: "devs",
      PolicyName: "queues",
      PolicyDocument: policy(allow("sqs:*")),
    }),
  );
  const home = policy(
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy's variable
    allow("s3:*", { Resource: "arn:aws:s3:::home/${aws:username}/*" }),
  );
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "home", PolicyDocument: home }));
  const { Policy } = await iam.send(
    new CreatePolicyCommand({ PolicyName: "topics", PolicyDocument: policy(allow("sns:Publish")) }),
  );
  await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: Policy?.Arn }));
  const ask = async (action: string, resource = "*") => {
    const { EvaluationResults = [] } = await iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: User?.Arn,
        ActionNames: [action],
        ResourceArns: [resource],
      }),
    );
    return EvaluationResults[0];
  };
  expect(await ask("sqs:SendMessage")).toMatchObject({
    EvalDecision: "allowed",
    MatchedStatements: [{ SourcePolicyId: "group_devs_queues" }],
  });
  expect(await ask("sns:Publish")).toMatchObject({
    EvalDecision: "allowed",
    MatchedStatements: [{ SourcePolicyId: "topics" }],
  });
  expect((await ask("s3:GetObject", "arn:aws:s3:::home/jo/a"))?.EvalDecision).toBe("allowed");
  expect((await ask("s3:GetObject", "arn:aws:s3:::home/al/a"))?.EvalDecision).toBe("implicitDeny");
  const keys = await iam.send(new GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn: User?.Arn }));
  expect(keys.ContextKeyNames).toEqual(["aws:username"]);
  await iam.send(
    new PutUserPermissionsBoundaryCommand({
      UserName,
      PermissionsBoundary: "arn:aws:iam::aws:policy/AmazonSQSFullAccess",
    }),
  );
  expect((await ask("sqs:SendMessage"))?.EvalDecision).toBe("allowed");
  expect((await ask("sns:Publish"))?.EvalDecision).toBe("implicitDeny");
});

test("what cannot be simulated is refused", async () => {
  await expect(custom(["{"], ["s3:GetObject"])).rejects.toMatchObject({ name: "InvalidInputException" });
  await expect(custom([policy(allow("*"))], ["GetObject"])).rejects.toMatchObject({
    name: "InvalidInputException",
  });
  await expect(
    iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: "arn:aws:iam::000000000000:user/nobody",
        ActionNames: ["s3:GetObject"],
      }),
    ),
  ).rejects.toMatchObject({ name: "NoSuchEntityException" });
});
