// Policies of stacks: which of their resources updates may change.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
import { like, listOf } from "../../kernel/policy.ts";
import type { Context } from "../define.ts";
import { invalid, unstable } from "./faults.ts";
import type { ResourceRecord, StackRecord } from "./records.ts";
import { textFrom } from "./template-source.ts";

const LONGEST_BYTES = 16_384;

interface Statement {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A policy's text as a request gives it, or undefined. Throws a ValidationError for what is none. */
export async function policyFrom(
  context: Context,
  body: string | undefined,
  url: string | undefined,
): Promise<string | undefined> {
  if (body !== undefined && url !== undefined)
    throw invalid("You cannot specify both a stack policy body and a stack policy URL.");
  const text = body ?? (url === undefined ? undefined : await textFrom(context, url, "StackPolicyURL"));
  if (text === undefined) return undefined;
  if (Buffer.byteLength(text) > LONGEST_BYTES)
    throw invalid(`Stack policy may not exceed ${LONGEST_BYTES} bytes in size.`);
  const statements = statementsOf(text);
  if (!statements) throw invalid("Error validating stack policy: Invalid stack policy");
  for (const statement of statements) checkStatement(statement);
  return text;
}

function statementsOf(text: string): readonly Statement[] | undefined {
  try {
    const { Statement: all } = JSON.parse(text) as { Statement?: unknown };
    const statements = listOf(all);
    const isRight = statements.every((each) => typeof each === "object" && each !== null);
    return all !== undefined && isRight ? (statements as Statement[]) : undefined;
  } catch {
    return undefined;
  }
}

function checkStatement({ Effect, Action, NotAction, Resource, NotResource, Principal }: Statement): void {
  const wrong = (what: string) => invalid(`Error validating stack policy: ${what}`);
  if (Effect !== "Allow" && Effect !== "Deny") throw wrong("Invalid Effect");
  if (Principal !== "*" && JSON.stringify(Principal) !== '{"AWS":"*"}') throw wrong("Invalid Principal");
  const actions = [...listOf(Action), ...listOf(NotAction)].map(String);
  if (actions.length === 0 || actions.some((action) => action !== "*" && !/^Update:/i.test(action)))
    throw wrong("Invalid Action");
  const resources = [...listOf(Resource), ...listOf(NotResource)].map(String);
  if (resources.length === 0 || resources.some((each) => each !== "*" && !/^LogicalResourceId\/./.test(each)))
    throw wrong("Unknown logical id or invalid Resource");
}

/** Throws where an update may not do this with a resource. A stack without a policy protects nothing. */
export function checkStackPolicy(
  { policy, operation }: StackRecord,
  { logicalId, type }: Pick<ResourceRecord, "logicalId" | "type">,
  action: string,
): void {
  const text = operation?.policy ?? policy;
  const statements = text === undefined ? undefined : statementsOf(text);
  if (!statements) return;
  const found = statements.map((statement) =>
    concerns(statement, `LogicalResourceId/${logicalId}`, type, action),
  );
  const denying = statements.findIndex(({ Effect }, index) => Effect === "Deny" && found[index]);
  const isAllowed = statements.some(({ Effect }, index) => Effect === "Allow" && found[index]);
  if (denying < 0 && isAllowed) return;
  const why =
    denying < 0
      ? `no statement allows [${action}]`
      : `Statement [#${denying + 1}] does not allow [${action}]`;
  throw unstable(`Action denied by stack policy: ${why} for resource [LogicalResourceId/${logicalId}]`);
}

function concerns(statement: Statement, resource: string, type: string, action: string): boolean {
  const { Action, NotAction, Resource, NotResource, Condition } = statement;
  const names = (patterns: unknown, text: string) =>
    listOf(patterns).some((pattern) => like(String(pattern), text));
  const isAction = NotAction === undefined ? names(Action, action) : !names(NotAction, action);
  const isResource = NotResource === undefined ? names(Resource, resource) : !names(NotResource, resource);
  const holds = Object.entries(Condition ?? {}).every(([operator, keys]) => {
    const values = listOf(keys.ResourceType).map(String);
    return operator === "StringLike" ? values.some((each) => like(each, type)) : values.includes(type);
  });
  return isAction && isResource && holds;
}
