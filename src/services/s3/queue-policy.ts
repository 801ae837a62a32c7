import { Fault } from "../../kernel/faults.ts";
import type { Context, InvokeSource } from "../define.ts";
import { queueUrl } from "./outbox.ts";

interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const MISSING = "The destination queue does not exist";
const DENIED =
  "Permissions on the destination queue do not allow S3 to publish notifications from this bucket";

/** Why S3 may not send to a queue, in AWS's words; undefined when it may. */
export async function queueRefusal(
  context: Context,
  queueArn: string,
  source: InvokeSource,
): Promise<string | undefined> {
  try {
    const { Attributes } = await context.call("sqs", "GetQueueAttributes", {
      QueueUrl: queueUrl(context, queueArn),
      AttributeNames: ["Policy"],
    });
    return allowsSend(Attributes?.Policy, source) ? undefined : DENIED;
  } catch (error) {
    if (error instanceof Fault && error.sender) return MISSING;
    throw error;
  }
}

/** Whether a queue's policy lets a service send for a source; a denial wins over what is allowed. */
export function allowsSend(policy: string | undefined, source: InvokeSource): boolean {
  const { Statement: statements = [] } = policy === undefined ? {} : JSON.parse(policy);
  const matching = listOf(statements).filter((one) => matches(one as Statement, source)) as Statement[];
  return (
    matching.some(({ Effect }) => Effect === "Allow") && !matching.some(({ Effect }) => Effect === "Deny")
  );
}

function matches({ Principal, Action, Condition = {} }: Statement, source: InvokeSource): boolean {
  if (!namesService(Principal, source.service)) return false;
  if (!listOf(Action).some((action) => like(String(action).toLowerCase(), "sqs:sendmessage"))) return false;
  const known: Readonly<Record<string, string>> = {
    "aws:sourcearn": source.sourceArn,
    "aws:sourceaccount": source.sourceAccount,
  };
  return Object.entries(Condition).every(([operator, wanted]) =>
    Object.entries(wanted).every(([key, values]) =>
      holds(operator, known[key.toLowerCase()], listOf(values)),
    ),
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
function like(pattern: string, text: string): boolean {
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

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
