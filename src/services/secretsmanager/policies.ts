import type * as sdk from "@aws-sdk/client-secrets-manager";
import { listOf, type Statement, statementsIn } from "../../kernel/policy.ts";
import type { Handlers } from "../define.ts";
import { fault } from "./faults.ts";
import { requireChangeable, requireSecret } from "./finding.ts";
import { arnOf, writeSecret } from "./records.ts";

/** Who else may use a secret. */
export const policies = {
  async PutResourcePolicy(input, context) {
    const statements = readPolicy(input.ResourcePolicy);
    if (input.BlockPublicPolicy && statements.some(isPublic)) {
      throw fault(
        "PublicPolicyException",
        "You can't attach a resource policy that allows broad access to the secret.",
      );
    }
    return context.store.transact(async (tx) => {
      const secret = await requireChangeable(tx, context, input.SecretId);
      await writeSecret(tx, { ...secret, policy: input.ResourcePolicy });
      return { ARN: arnOf(secret), Name: secret.name };
    });
  },

  async GetResourcePolicy(input, context) {
    const secret = await context.store.transact((tx) => requireSecret(tx, context, input.SecretId));
    const { name, policy } = secret;
    return { ARN: arnOf(secret), Name: name, ...(policy === undefined ? {} : { ResourcePolicy: policy }) };
  },

  async DeleteResourcePolicy(input, context) {
    return context.store.transact(async (tx) => {
      const { policy: _, ...secret } = await requireChangeable(tx, context, input.SecretId);
      await writeSecret(tx, secret);
      return { ARN: arnOf(secret), Name: secret.name };
    });
  },

  async ValidateResourcePolicy(input, context) {
    if (input.SecretId !== undefined) {
      await context.store.transact((tx) => requireSecret(tx, context, input.SecretId));
    }
    const ValidationErrors = readPolicy(input.ResourcePolicy)
      .filter(isPublic)
      .map(() => ({
        CheckName: "PublicPolicyCheck",
        ErrorMessage: "The resource policy grants broad access to the secret.",
      }));
    return { PolicyValidationPassed: ValidationErrors.length === 0, ValidationErrors };
  },
} satisfies Handlers<typeof sdk>;

function readPolicy(text = ""): readonly Statement[] {
  const statements = statementsIn(text);
  if (!statements || statements.length === 0) {
    throw fault("MalformedPolicyDocumentException", "This resource policy contains invalid Json.");
  }
  for (const { Effect, Principal, NotPrincipal, Action, NotAction } of statements) {
    if (Effect && (Principal ?? NotPrincipal) && (Action ?? NotAction)) continue;
    throw fault(
      "MalformedPolicyDocumentException",
      "This resource policy has a statement without an effect, principal or action.",
    );
  }
  return statements;
}

function isPublic({ Effect, Principal, Condition }: Statement): boolean {
  if (Effect !== "Allow" || Condition) return false;
  const named = typeof Principal === "string" ? Principal : (Principal as { AWS?: unknown } | undefined)?.AWS;
  return listOf(named).includes("*");
}
