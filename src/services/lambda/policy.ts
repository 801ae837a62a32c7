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

/** A service that wants to invoke a function for one of its resources. */
export interface PolicyRequest {
  readonly service: string;
  readonly action: string;
  /** The function's ARN with the qualifier that the source names. */
  readonly resource: string;
  readonly sourceArn: string;
  readonly sourceAccount: string;
}

/** Whether a policy lets a service in: a Deny wins, and without an Allow nobody comes in. */
export function policyAllows(statements: readonly Statement[], request: PolicyRequest): boolean {
  const fitting = statements.filter((statement) => applies(statement, request));
  return fitting.length > 0 && fitting.every((statement) => statement.Effect === "Allow");
}

function applies(statement: Statement, request: PolicyRequest): boolean {
  const { Principal, Action, Resource, Condition = {} } = statement;
  if (Principal !== "*" && Principal.Service !== request.service) return false;
  if (!matches(Action.toLowerCase(), request.action.toLowerCase())) return false;
  if (!matches(Resource, request.resource)) return false;
  return Object.entries(Condition).every(([operator, wanted]) =>
    Object.entries(wanted).every(([key, value]) => holds(operator, value, conditionValue(key, request))),
  );
}

/** Condition keys are compared without regard to case. A key the request does not have is undefined. */
function conditionValue(key: string, request: PolicyRequest): string | undefined {
  switch (key.toLowerCase()) {
    case "aws:sourcearn":
      return request.sourceArn;
    case "aws:sourceaccount":
      return request.sourceAccount;
    default:
      return undefined;
  }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
function holds(operator: string, wanted: string, actual: string | undefined): boolean {
  if (actual === undefined) return false;
  switch (operator) {
    case "StringEquals":
    case "ArnEquals":
      return operator === "ArnEquals" ? matches(wanted, actual) : wanted === actual;
    case "StringLike":
    case "ArnLike":
      return matches(wanted, actual);
    default:
      return false;
  }
}

/** `*` stands for any characters and `?` for one. */
function matches(pattern: string, text: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s").test(text);
}
