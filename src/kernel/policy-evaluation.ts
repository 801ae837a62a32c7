import { listOf, type Statement } from "./policy.ts";
import { conditionsHold, filledIn, matchesPattern, type PolicyContext } from "./policy-conditions.ts";

/** What somebody wants to do. */
export interface PolicyRequest {
  /** `s3:GetObject` */
  readonly action: string;
  readonly resource: string;
  readonly context: PolicyContext;
}

export type Decision = "allowed" | "explicitDeny" | "implicitDeny";

function namesAction({ Action, NotAction }: Statement, action: string): boolean {
  const wanted = action.toLowerCase();
  const isNamed = (patterns: unknown) =>
    listOf(patterns).some((pattern) => matchesPattern(String(pattern).toLowerCase(), wanted));
  return NotAction === undefined ? isNamed(Action) : !isNamed(NotAction);
}

/** A trust policy names no resource: it is the role's own. */
function namesResource({ Resource, NotResource }: Statement, { resource, context }: PolicyRequest): boolean {
  const isNamed = (patterns: unknown) =>
    listOf(patterns).some((pattern) => {
      const filled = filledIn(String(pattern), context);
      return filled !== undefined && (filled === "*" || matchesPattern(filled, resource));
    });
  if (NotResource !== undefined) return !isNamed(NotResource);
  return Resource === undefined || isNamed(Resource);
}

/** Whether a statement is of this action and resource, whatever its conditions say. */
export const concerns = (statement: Statement, request: PolicyRequest): boolean =>
  namesAction(statement, request.action) && namesResource(statement, request);

/**
 * Whether a statement says anything of a request. Who asks is another matter.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export const applies = (statement: Statement, request: PolicyRequest): boolean =>
  concerns(statement, request) && conditionsHold(statement.Condition, request.context);

/** What statements come to: a denial wins over what is allowed. */
export function decide(statements: readonly Statement[], request: PolicyRequest): Decision {
  const applying = statements.filter((statement) => applies(statement, request));
  if (applying.some(({ Effect }) => Effect === "Deny")) return "explicitDeny";
  return applying.some(({ Effect }) => Effect === "Allow") ? "allowed" : "implicitDeny";
}

/** Who asks: an ARN, and the ARNs and names by which a policy may mean it too. */
export interface PolicyCaller {
  readonly account: string;
  readonly arns: readonly string[];
}

/** Whether the principals of a statement are, or are not, those who ask. */
export function namesCaller({ Principal, NotPrincipal }: Statement, caller: PolicyCaller): boolean {
  return NotPrincipal === undefined ? isAmong(Principal, caller) : !isAmong(NotPrincipal, caller);
}

function isAmong(principal: unknown, { account, arns }: PolicyCaller): boolean {
  if (principal === "*") return true;
  if (typeof principal !== "object" || principal === null) return false;
  return Object.entries(principal).some(([kind, names]) =>
    listOf(names).some((name) => {
      if (kind !== "AWS") return arns.includes(String(name));
      const isAccount = name === account || name === `arn:aws:iam::${account}:root`;
      return name === "*" || isAccount || arns.includes(String(name));
    }),
  );
}
