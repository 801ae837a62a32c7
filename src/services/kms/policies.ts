import type * as sdk from "@aws-sdk/client-kms";
import { like, listOf, type Statement, statementsIn } from "../../kernel/policy.ts";
import type { Handlers } from "../define.ts";
import { denied, fault } from "./faults.ts";
import { checkAlive, requireKey, requireOwnKey } from "./finding.ts";
import { writeKey } from "./records.ts";

const NAME = "default";

/** Key policies: each key has one. */
export const policies = {
  async GetKeyPolicy(input, context) {
    checkName(input.PolicyName);
    const { policy } = await context.store.transact((tx) => requireKey(tx, context, input.KeyId));
    return { Policy: policy, PolicyName: NAME };
  },

  async PutKeyPolicy(input, context) {
    checkName(input.PolicyName);
    const policy = checkPolicy(input, context.scope.account);
    await context.store.transact(async (tx) => {
      const key = await requireOwnKey(tx, context, input.KeyId, (arn) =>
        denied(context.principal.arn, "PutKeyPolicy", arn),
      );
      checkAlive(key, "PendingImport");
      writeKey(tx, { ...key, policy });
    });
    return {};
  },

  async ListKeyPolicies(input, context) {
    await context.store.transact((tx) => requireKey(tx, context, input.KeyId));
    return { PolicyNames: [NAME], Truncated: false };
  },
} satisfies Handlers<typeof sdk>;

function checkName(name: string | undefined): void {
  if (name !== undefined && name !== NAME) throw fault("NotFoundException", "No such policy exists");
}

/** The policy of a key for which none is given. */
export const defaultPolicy = (account: string): string =>
  JSON.stringify(
    {
      Version: "2012-10-17",
      Id: "key-default-1",
      Statement: [
        {
          Sid: "Enable IAM User Permissions",
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: "kms:*",
          Resource: "*",
        },
      ],
    },
    undefined,
    2,
  );

/** Gives the policy, unless it is none, or one under which nobody in the account could change it again. */
export function checkPolicy(
  input: {
    readonly Policy?: string | undefined;
    readonly BypassPolicyLockoutSafetyCheck?: boolean | undefined;
  },
  account: string,
): string {
  const { Policy: text = "" } = input;
  const statements = statementsIn(text);
  if (!statements || statements.length === 0) {
    throw fault("MalformedPolicyDocumentException", "The policy document is not valid.");
  }
  for (const { Effect, Principal, NotPrincipal, Action, NotAction } of statements) {
    if (Effect && (Principal ?? NotPrincipal) && (Action ?? NotAction)) continue;
    throw fault(
      "MalformedPolicyDocumentException",
      "Policy statement must have an effect, principal, and action.",
    );
  }
  if (input.BypassPolicyLockoutSafetyCheck || statements.some((one) => letsChange(one, account))) return text;
  throw fault(
    "MalformedPolicyDocumentException",
    "The new key policy will not allow you to update the key policy in the future.",
  );
}

function letsChange({ Effect, Principal, Action }: Statement, account: string): boolean {
  if (Effect !== "Allow") return false;
  if (!listOf(Action).some((action) => like(String(action).toLowerCase(), "kms:putkeypolicy"))) return false;
  const named = typeof Principal === "string" ? Principal : (Principal as { AWS?: unknown } | undefined)?.AWS;
  return listOf(named).some((one) => one === "*" || String(one).includes(account));
}
