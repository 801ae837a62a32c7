import { statementsIn } from "../../kernel/policy.ts";
import { decide, namesCaller, type PolicyCaller } from "../../kernel/policy-evaluation.ts";
import type { Context } from "../define.ts";
import { accessDenied } from "./faults.ts";
import { parseRole } from "./sessions.ts";

/** Who wants to assume a role, and how. */
export interface Asking {
  /** `sts:AssumeRole` */
  readonly action: string;
  /** By what a trust policy may mean who asks. */
  readonly caller: PolicyCaller;
  /** What conditions may ask for, by their keys. */
  readonly keys: Readonly<Record<string, string | undefined>>;
}

/** The role as IAM has it. One that it does not have may be assumed all the same: nothing is said of it. */
export async function knownRole(context: Context, roleArn: string) {
  const { account, name } = parseRole(roleArn);
  try {
    const { Role } = await context.inAccount(account).call("iam", "GetRole", { RoleName: name });
    return Role?.Arn === roleArn ? Role : undefined;
  } catch (error) {
    if (error instanceof Error && error.name === "NoSuchEntityException") return undefined;
    throw error;
  }
}

/** A user, or a session: then its role too. */
export function askingPrincipal({ principal }: Context, keys: Asking["keys"]): Asking {
  const { account, arn, userId } = principal;
  const role = /:assumed-role\/([^/]+)\//.exec(arn)?.[1];
  const arns = [arn, userId, ...(role === undefined ? [] : [`arn:aws:iam::${account}:role/${role}`])];
  return { action: "sts:AssumeRole", caller: { account, arns }, keys: { "aws:PrincipalArn": arn, ...keys } };
}

/** Refuses, with `policies: enforce`, whom the role's trust policy does not let in. */
export function checkTrust(context: Context, roleArn: string, trustPolicy: string, asking: Asking): void {
  if (context.policies !== "enforce") return;
  const statements = statementsIn(decodeURIComponent(trustPolicy)) ?? [];
  const known = Object.entries(asking.keys).flatMap(([key, value]): [string, string[]][] =>
    value === undefined ? [] : [[key.toLowerCase(), [value]]],
  );
  const decision = decide(
    statements.filter((statement) => namesCaller(statement, asking.caller)),
    { action: asking.action, resource: roleArn, context: new Map(known) },
  );
  if (decision === "allowed") return;
  const { action } = asking;
  throw accessDenied(
    action === "sts:AssumeRole"
      ? `User: ${context.principal.arn} is not authorized to perform: ${action} on resource: ${roleArn}`
      : `Not authorized to perform ${action}`,
  );
}
