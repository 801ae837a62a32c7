/** A statement of a function's resource policy, in the order of members that AWS writes. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal: "*" | { readonly Service?: string; readonly AWS?: string };
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What AddPermission says of a statement. */
export interface StatementInput {
  readonly sid: string;
  readonly action: string;
  readonly principal: string;
  readonly resource: string;
  readonly sourceArn?: string | undefined;
  readonly sourceAccount?: string | undefined;
  readonly principalOrgId?: string | undefined;
  readonly eventSourceToken?: string | undefined;
  readonly functionUrlAuthType?: string | undefined;
  readonly invokedViaFunctionUrl?: boolean | undefined;
}

/** The statement as AWS stores it, or undefined for a principal that is none. */
export function writeStatement(input: StatementInput): Statement | undefined {
  const principal = readPrincipal(input.principal);
  if (!principal) return undefined;
  const equals = present({
    "AWS:SourceAccount": input.sourceAccount,
    "lambda:FunctionUrlAuthType": input.functionUrlAuthType,
    "aws:PrincipalOrgID": input.principalOrgId,
    "lambda:EventSourceToken": input.eventSourceToken,
  });
  const like = present({ "AWS:SourceArn": input.sourceArn });
  const bool = present({
    "lambda:InvokedViaFunctionUrl":
      input.invokedViaFunctionUrl === undefined ? undefined : String(input.invokedViaFunctionUrl),
  });
  const condition = present({ StringEquals: equals, Bool: bool, ArnLike: like });
  return {
    Sid: input.sid,
    Effect: "Allow",
    Principal: principal,
    Action: input.action,
    Resource: input.resource,
    ...(condition ? { Condition: condition } : {}),
  };
}

function present<Value>(values: Readonly<Record<string, Value | undefined>>) {
  const given = Object.entries(values).filter((entry): entry is [string, Value] => entry[1] !== undefined);
  return given.length ? Object.fromEntries(given) : undefined;
}

function readPrincipal(text: string): Statement["Principal"] | undefined {
  if (text === "*") return "*";
  if (/^[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|alexa\.com)$/.test(text)) return { Service: text };
  if (/^alexa-[a-z-]+\.amazon\.com$/.test(text)) return { Service: text };
  if (/^\d{12}$/.test(text)) return { AWS: `arn:aws:iam::${text}:root` };
  if (/^arn:aws[a-z-]*:(iam|sts)::/.test(text)) return { AWS: text };
  return undefined;
}

/** Who wants something: a service, a signed caller, or anybody at all. */
export type PolicyCaller =
  | { readonly service: string }
  | { readonly arn: string; readonly account: string }
  | { readonly everybody: true };

/** What somebody wants to do to a function. */
export interface PolicyRequest {
  readonly caller: PolicyCaller;
  readonly action: string;
  /** The function's ARN with the qualifier that was named. */
  readonly resource: string;
  /** What conditions may ask for, by key in lower case: `aws:sourcearn`. */
  readonly keys: Readonly<Record<string, string>>;
}

/** Whether a policy lets somebody in: a Deny wins, and without an Allow nobody comes in. */
export function policyAllows(statements: readonly Statement[], request: PolicyRequest): boolean {
  const fitting = statements.filter((statement) => applies(statement, request));
  return fitting.length > 0 && fitting.every((statement) => statement.Effect === "Allow");
}

export function policyDenies(statements: readonly Statement[], request: PolicyRequest): boolean {
  return statements.some((statement) => statement.Effect === "Deny" && applies(statement, request));
}

function applies(statement: Statement, request: PolicyRequest): boolean {
  const { Principal, Action, Resource, Condition = {} } = statement;
  if (!names(Principal, request.caller)) return false;
  if (!matches(Action.toLowerCase(), request.action.toLowerCase())) return false;
  if (!matches(Resource, request.resource)) return false;
  return Object.entries(Condition).every(([operator, wanted]) =>
    // Condition keys are compared without regard to case. A key the request does not have is undefined.
    Object.entries(wanted).every(([key, value]) => holds(operator, value, request.keys[key.toLowerCase()])),
  );
}

function names(principal: Statement["Principal"], caller: PolicyCaller): boolean {
  if (principal === "*") return true;
  if ("service" in caller) return principal.Service === caller.service;
  if ("everybody" in caller || principal.AWS === undefined) return false;
  const { AWS } = principal;
  return AWS === caller.arn || AWS === `arn:aws:iam::${caller.account}:root` || AWS === roleOf(caller.arn);
}

/** `arn:aws:iam::<account>:role/<role>` of a session of it. */
function roleOf(arn: string): string | undefined {
  const session = /^arn:(aws[a-z-]*):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn);
  return session ? `arn:${session[1]}:iam::${session[2]}:role/${session[3]}` : undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
function holds(operator: string, wanted: string, actual: string | undefined): boolean {
  if (actual === undefined) return false;
  switch (operator) {
    case "StringEquals":
    case "ArnEquals":
      return operator === "ArnEquals" ? matches(wanted, actual) : wanted === actual;
    case "Bool":
      return wanted.toLowerCase() === actual.toLowerCase();
    case "StringLike":
    case "ArnLike":
      return matches(wanted, actual);
    default:
      return false;
  }
}

/** `*` stands for any characters and `?` for one. */
function matches(pattern: string, text: string): boolean {
  if (pattern === "*" || pattern === text) return true;
  if (!pattern.includes("*") && !pattern.includes("?")) return false;
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s").test(text);
}
