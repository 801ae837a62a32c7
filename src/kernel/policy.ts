/** On whose behalf a service acts when it uses another's resource. */
interface PolicySource {
  /** `s3.amazonaws.com` */
  readonly service: string;
  readonly sourceArn: string;
  readonly sourceAccount: string;
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The members that a statement may have, each with what it may hold. */
const MEMBERS: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ["Sid", isText],
  ["Effect", (value) => value === "Allow" || value === "Deny"],
  ["Principal", isPrincipal],
  ["NotPrincipal", isPrincipal],
  ["Action", isTexts],
  ["NotAction", isTexts],
  ["Resource", isTexts],
  ["NotResource", isTexts],
  ["Condition", isCondition],
]);

/**
 * The statements of a policy in JSON; undefined for what is none.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function statementsIn(text: string): readonly Statement[] | undefined {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    return undefined;
  }
  const statements = isObject(policy) ? listOf(policy.Statement) : undefined;
  return statements?.every(isStatement) ? statements : undefined;
}

function isStatement(value: unknown): value is Statement {
  return isObject(value) && Object.entries(value).every(([name, held]) => MEMBERS.get(name)?.(held) === true);
}

function isPrincipal(value: unknown): boolean {
  return isText(value) || (isObject(value) && Object.values(value).every(isTexts));
}

function isCondition(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.values(value).every(
      (wanted) => isObject(wanted) && Object.values(wanted).every((values) => listOf(values).every(isScalar)),
    )
  );
}

function isTexts(value: unknown): boolean {
  return listOf(value).every(isText);
}

function isScalar(value: unknown): boolean {
  return isText(value) || typeof value === "number" || typeof value === "boolean";
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Whether a resource's policy (JSON text) lets a service do something, such as `sqs:SendMessage`, for a
 * source. A denial wins over what is allowed.
 */
export function policyAllows(policy: string | undefined, action: string, source: PolicySource): boolean {
  const statements = policy === undefined ? [] : (statementsIn(policy) ?? []);
  const matching = statements.filter((one) => matches(one, action, source));
  return (
    matching.some(({ Effect }) => Effect === "Allow") && !matching.some(({ Effect }) => Effect === "Deny")
  );
}

function matches(
  { Principal, Action, Condition = {} }: Statement,
  action: string,
  source: PolicySource,
): boolean {
  if (!namesService(Principal, source.service)) return false;
  const wanted = action.toLowerCase();
  if (!listOf(Action).some((one) => like(String(one).toLowerCase(), wanted))) return false;
  const known: Readonly<Record<string, string>> = {
    "aws:sourcearn": source.sourceArn,
    "aws:sourceaccount": source.sourceAccount,
  };
  return Object.entries(Condition).every(([operator, values]) =>
    Object.entries(values).every(([key, value]) => holds(operator, known[key.toLowerCase()], listOf(value))),
  );
}

function namesService(principal: unknown, service: string): boolean {
  if (principal === "*") return true;
  if (typeof principal !== "object" || principal === null) return false;
  const { Service, AWS } = principal as { Service?: unknown; AWS?: unknown };
  return listOf(Service).includes(service) || listOf(AWS).includes("*");
}

/** Operators on strings and ARNs, with suffix and negation; a condition of another kind does not hold. */
function holds(operator: string, value: string | undefined, wanted: readonly unknown[]): boolean {
  const match = /^(String|Arn)(Not)?(Equals|Like)(IgnoreCase)?(IfExists)?$/.exec(operator);
  if (!match) return false;
  const [, kind, not, how, ignoresCase, ifExists] = match;
  if (value === undefined) return ifExists !== undefined || not !== undefined;
  const fold = (text: string) => (ignoresCase ? text.toLowerCase() : text);
  const wild = kind === "Arn" || how === "Like";
  const found = wanted.some((one) => {
    const pattern = fold(String(one));
    return wild ? like(pattern, fold(value)) : pattern === fold(value);
  });
  return found === (not === undefined);
}

/**
 * A pattern with `*` for any characters and `?` for one. On a mismatch only the last star takes one more
 * character: no pattern takes longer than its length times the text's.
 */
export function like(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let starAt = 0;
  for (let index = 0; index < text.length; ) {
    const wanted = pattern[at];
    if (wanted === "*") {
      star = at++;
      starAt = index;
    } else if (wanted === "?" || wanted === text[index]) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++starAt;
    } else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}

/** What may be one or several, as a list. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
