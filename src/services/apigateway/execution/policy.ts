import { like, statementsIn } from "../../../kernel/policy.ts";

// Policies that decide whether a request may call an API: an authorizer's answer, an API's own policy.

interface Statement {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
}

export type Verdict = "allow" | "deny" | "none";

/**
 * What a policy document says of calling `resource`, an ARN such as
 * `arn:aws:execute-api:us-east-1:000000000000:a1b2c3/prod/GET/pets`. A denial wins.
 * undefined: it is no policy.
 */
export function judge(
  document: unknown,
  resource: string,
  action = "execute-api:Invoke",
): Verdict | undefined {
  const statements = statementsIn(typeof document === "string" ? document : JSON.stringify(document ?? null));
  if (!statements) return undefined;
  const matching = (statements as readonly Statement[]).filter((one) => concerns(one, resource, action));
  if (matching.some(({ Effect }) => Effect === "Deny")) return "deny";
  return matching.some(({ Effect }) => Effect === "Allow") ? "allow" : "none";
}

function concerns({ Action, NotAction, Resource, NotResource }: Statement, resource: string, action: string) {
  const wanted = action.toLowerCase();
  const lower = (value: unknown) => listOf(value).map((each) => each.toLowerCase());
  const acts = NotAction === undefined ? fits(lower(Action), wanted) : !fits(lower(NotAction), wanted);
  if (!acts) return false;
  return NotResource === undefined ? fits(listOf(Resource), resource) : !fits(listOf(NotResource), resource);
}

const fits = (patterns: readonly string[], text: string) => patterns.some((one) => like(one, text));

function listOf(value: unknown): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}
