import { checkFilterPolicy } from "../../patterns/filter-policy.ts";
import { type Pattern, parsePattern } from "../../patterns/pattern.ts";
import { PatternError } from "../../patterns/pattern-error.ts";
import { invalidAttribute } from "./faults.ts";
import { parseJson } from "./json-text.ts";
import type { Attributes, StoredAttribute } from "./records.ts";

export const SCOPES = ["MessageAttributes", "MessageBody"];

/** Refuses, in AWS's words, what is no filter policy. `among`: given with others, at Subscribe. */
export function checkFilter(text: string, scope: string, among: boolean): void {
  const parsed = parseJson(text);
  if ("problem" in parsed) throw invalidAttribute(`FilterPolicy: ${parsed.problem}`, among);
  const policy = parsed.value;
  if (typeof policy !== "object" || policy === null || Array.isArray(policy)) {
    throw invalidAttribute("FilterPolicy: Filter is not an object", among);
  }
  if (Object.keys(policy).length === 0) return;
  try {
    if (scope === "MessageAttributes" && isNested(policy)) {
      const reason = "Filter policy scope MessageAttributes does not support nested filter policy";
      throw invalidAttribute(reason, among);
    }
    parsePattern(policy, "sns");
    checkFilterPolicy(policy);
  } catch (error) {
    // It is nested deeper than the stack is high.
    if (error instanceof RangeError)
      throw invalidAttribute("FilterPolicy: Filter policy is too complex", among);
    if (!(error instanceof PatternError)) throw error;
    throw invalidAttribute(`FilterPolicy: ${error.message}`, among);
  }
}

/** Whether a key of the policy holds further keys; what is in a `$or` is on the level of the `$or`. */
function isNested(policy: object): boolean {
  return Object.entries(policy).some(([name, value]) => {
    if (name !== "$or" || !Array.isArray(value)) return typeof value === "object" && !Array.isArray(value);
    return value.some((way) => typeof way === "object" && way !== null && isNested(way));
  });
}

/** Policies in use, compiled; the oldest makes room. */
const compiled = new Map<string, Pattern>();
const MOST_COMPILED = 2000;

function patternOf(text: string): Pattern {
  let pattern = compiled.get(text);
  if (pattern) return pattern;
  pattern = parsePattern(JSON.parse(text), "sns");
  const [oldest] = compiled.keys();
  if (compiled.size >= MOST_COMPILED && oldest !== undefined) compiled.delete(oldest);
  compiled.set(text, pattern);
  return pattern;
}

interface Filterable {
  readonly attributes: Readonly<Record<string, StoredAttribute>>;
  /** What the subscription's protocol is told. */
  readonly body: string;
}

/** Why a subscription's filter policy rejects a message, as CloudWatch names it. */
export type Mismatch =
  | "MessageAttributes"
  | "NoMessageAttributes"
  | "InvalidAttributes"
  | "MessageBody"
  | "InvalidMessageBody";

/** Why a subscription with these attributes does not want a message; undefined where it does. */
export function mismatchOf(
  { FilterPolicy = "", FilterPolicyScope }: Attributes,
  { attributes, body: text }: Filterable,
): Mismatch | undefined {
  if (FilterPolicy === "" || FilterPolicy === "{}") return undefined;
  const pattern = patternOf(FilterPolicy);
  if (FilterPolicyScope !== "MessageBody") {
    if (pattern.matches(attributeValues(attributes))) return undefined;
    const all = Object.values(attributes);
    if (all.length === 0) return "NoMessageAttributes";
    return all.every(isValid) ? "MessageAttributes" : "InvalidAttributes";
  }
  const body = objectOf(text);
  if (!body) return "InvalidMessageBody";
  return pattern.matches(body) ? undefined : "MessageBody";
}

/** What is no JSON has nothing to match, and only an object has members. */
function objectOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Message attributes as an event: the members of an array, one number, one text. Binary attributes are
 * passed over. https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
 */
function attributeValues(attributes: Readonly<Record<string, StoredAttribute>>): Record<string, unknown> {
  const values: Record<string, unknown> = Object.create(null);
  for (const [name, { type, text }] of Object.entries(attributes)) {
    if (text !== undefined) values[name] = valuesOf(type, text);
  }
  return values;
}

function valuesOf(type: string, text: string): unknown[] {
  if (type.startsWith("Number")) return [Number(text)];
  return (type === "String.Array" && listOf(text)) || [text];
}

/** What says that it is an array has to be one. */
function isValid({ type, text = "" }: StoredAttribute): boolean {
  return type !== "String.Array" || listOf(text) !== undefined;
}

function listOf(text: string): unknown[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list : undefined;
  } catch {
    return undefined;
  }
}
