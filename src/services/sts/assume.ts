import type * as sdk from "@aws-sdk/client-sts";
import type { Handlers } from "../define.ts";
import { accessDenied, fault, validationError } from "./faults.ts";
import { readAssertion } from "./saml.ts";
import { assumeRole, issue, packedPolicySize, refuseLongChains } from "./sessions.ts";
import { readWebIdentity } from "./web-identity.ts";

const ROOT_TASK_POLICIES = [
  "IAMAuditRootUserCredentials",
  "IAMCreateRootUserPassword",
  "IAMDeleteRootUserCredentials",
  "S3UnlockBucketPolicy",
  "SQSUnlockQueuePolicy",
];

export const assume = {
  async AssumeRole(input, context) {
    const { RoleArn = "", RoleSessionName = "", DurationSeconds, SourceIdentity } = input;
    refuseLongChains(context, DurationSeconds);
    const packed = packedPolicySize(input);
    return {
      ...assumeRole(context, RoleArn, RoleSessionName, DurationSeconds),
      ...(packed === undefined ? {} : { PackedPolicySize: packed }),
      ...(SourceIdentity === undefined ? {} : { SourceIdentity }),
    };
  },

  async AssumeRoleWithWebIdentity(input, context) {
    const { RoleArn = "", RoleSessionName = "", WebIdentityToken = "", DurationSeconds } = input;
    const token = readWebIdentity(WebIdentityToken, context.clock.now());
    const packed = packedPolicySize(input);
    return {
      ...assumeRole(context, RoleArn, RoleSessionName, DurationSeconds),
      SubjectFromWebIdentityToken: token.subject,
      Audience: token.audience,
      Provider: input.ProviderId ?? token.issuer,
      ...(packed === undefined ? {} : { PackedPolicySize: packed }),
    };
  },

  async AssumeRoleWithSAML(input, context) {
    const { RoleArn = "", PrincipalArn = "", SAMLAssertion = "", DurationSeconds } = input;
    const assertion = readAssertion(SAMLAssertion, RoleArn, PrincipalArn);
    const packed = packedPolicySize(input);
    return {
      ...assumeRole(context, RoleArn, assertion.sessionName, DurationSeconds),
      Subject: assertion.subject,
      SubjectType: assertion.subjectType,
      Issuer: assertion.issuer,
      Audience: assertion.audience,
      NameQualifier: assertion.nameQualifier,
      ...(packed === undefined ? {} : { PackedPolicySize: packed }),
    };
  },

  async AssumeRoot({ TargetPrincipal = "", TaskPolicyArn, DurationSeconds }, context) {
    const account = /^(?:arn:aws:iam::)?(\d{12})(?::root)?$/.exec(TargetPrincipal)?.[1];
    if (!account) throw validationError("TargetPrincipal must name an account or its root user.");
    const policy = TaskPolicyArn?.arn?.replace("arn:aws:iam::aws:policy/root-task/", "");
    if (!policy || !ROOT_TASK_POLICIES.includes(policy)) {
      throw accessDenied(`User: ${context.principal.arn} is not authorized to perform: sts:AssumeRoot`);
    }
    if (context.scope.region === "aws-global") {
      throw fault("RegionDisabledException", "AssumeRoot is answered by regional endpoints only.");
    }
    const session = { account, arn: `arn:aws:iam::${account}:root`, userId: account };
    return { Credentials: issue(context, session, DurationSeconds ?? 900) };
  },
} satisfies Handlers<typeof sdk>;
