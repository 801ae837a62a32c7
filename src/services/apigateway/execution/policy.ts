import { statementsIn } from "../../../kernel/policy.ts";
import type { PolicyContext } from "../../../kernel/policy-conditions.ts";
import { decide, namesCaller, type PolicyCaller } from "../../../kernel/policy-evaluation.ts";

// Policies that decide whether a request may call an API: an authorizer's answer, an API's own policy.

export type Verdict = "allow" | "deny" | "none";

const VERDICTS = { allowed: "allow", explicitDeny: "deny", implicitDeny: "none" } as const;

/** What a request would do, and what conditions may ask of it. */
export interface Judged {
  /** `arn:aws:execute-api:us-east-1:000000000000:a1b2c3/prod/GET/pets` */
  readonly resource: string;
  readonly context: PolicyContext;
  /** Where the policy says whom it is for. */
  readonly caller?: PolicyCaller;
}

/** Whoever has not said who he is. */
export const ANONYMOUS: PolicyCaller = { account: "", arns: [] };

/** What a policy document says of calling an API. A denial wins. undefined: it is no policy. */
export function judge(document: unknown, { resource, context, caller }: Judged): Verdict | undefined {
  const statements = statementsIn(typeof document === "string" ? document : JSON.stringify(document ?? null));
  if (!statements) return undefined;
  const own = caller ? statements.filter((statement) => namesCaller(statement, caller)) : statements;
  return VERDICTS[decide(own, { action: "execute-api:Invoke", resource, context })];
}

/** Whether a document is a policy at all. */
export const isPolicy = (document: unknown): boolean =>
  judge(document, { resource: "", context: new Map() }) !== undefined;

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-iam-condition-keys.html */
export function policyContext(
  sourceIp: string,
  header: (name: string) => string | undefined,
  { scheme, nowMs }: { readonly scheme: string; readonly nowMs: number },
): PolicyContext {
  const keys: readonly (readonly [string, string | undefined])[] = [
    ["aws:sourceip", sourceIp],
    ["aws:useragent", header("user-agent")],
    ["aws:referer", header("referer")],
    ["aws:securetransport", String(scheme === "https")],
    ["aws:currenttime", new Date(nowMs).toISOString()],
    ["aws:epochtime", String(Math.floor(nowMs / 1000))],
  ];
  return new Map(keys.flatMap(([key, value]) => (value === undefined ? [] : [[key, [value]]])));
}
