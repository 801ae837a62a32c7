import type * as sdk from "@aws-sdk/client-sts";
import type { Context, Handlers } from "../define.ts";
import { accessDenied, fault, validationError } from "./faults.ts";
import { readAssertion } from "./saml.ts";
import { issue, packedPolicySize, parseRole, refuseLongChains, roleId } from "./sessions.ts";
import { type Asking, askingPrincipal, checkTrust, knownRole } from "./trust.ts";
import { readWebIdentity } from "./web-identity.ts";

const DEFAULT_ROLE_SECONDS = 3600;

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
    const session = { roleArn: RoleArn, name: RoleSessionName };
    const asking = askingPrincipal(context, {
      "sts:ExternalId": input.ExternalId,
      "sts:RoleSessionName": RoleSessionName,
      "sts:SourceIdentity": SourceIdentity,
    });
    return {
      ...(await assumeRole(context, session, DurationSeconds, asking)),
      ...(packed === undefined ? {} : { PackedPolicySize: packed }),
      ...(SourceIdentity === undefined ? {} : { SourceIdentity }),
    };
  },

  async AssumeRoleWithWebIdentity(input, context) {
    const { RoleArn = "", RoleSessionName = "", WebIdentityToken = "", DurationSeconds } = input;
    const token = readWebIdentity(WebIdentityToken, context.clock.now());
    const packed = packedPolicySize(input);
    const session = { roleArn: RoleArn, name: RoleSessionName };
    const host = token.issuer.replace(/^https:\/\//, "");
    const provider = `arn:aws:iam::${parseRole(RoleArn).account}:oidc-provider/${host}`;
    const asking: Asking = {
      action: "sts:AssumeRoleWithWebIdentity",
      caller: { account: "", arns: [provider, host] },
      keys: { [`${host}:sub`]: token.subject, [`${host}:aud`]: token.audience },
    };
    return {
      ...(await assumeRole(context, session, DurationSeconds, asking)),
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
    const session = { roleArn: RoleArn, name: assertion.sessionName };
    const asking: Asking = {
      action: "sts:AssumeRoleWithSAML",
      caller: { account: "", arns: [PrincipalArn] },
      keys: {
        "SAML:aud": assertion.audience,
        "SAML:iss": assertion.issuer,
        "SAML:sub": assertion.subject,
        "SAML:sub_type": assertion.subjectType,
      },
    };
    return {
      ...(await assumeRole(context, session, DurationSeconds, asking)),
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

/** What every way of assuming a role gives: the session's credentials and its user. */
async function assumeRole(
  context: Context,
  { roleArn, name }: { readonly roleArn: string; readonly name: string },
  seconds: number = DEFAULT_ROLE_SECONDS,
  asking: Asking,
) {
  const { account, name: roleName } = parseRole(roleArn);
  const role = await knownRole(context, roleArn);
  if (role) checkTrust(context, roleArn, role.AssumeRolePolicyDocument ?? "", asking);
  if (seconds > (role?.MaxSessionDuration ?? seconds)) {
    throw validationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
  const userId = `${role?.RoleId ?? roleId(roleArn)}:${name}`;
  const arn = `arn:aws:sts::${account}:assumed-role/${roleName}/${name}`;
  return {
    Credentials: issue(context, { account, arn, userId }, seconds),
    AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
  };
}
