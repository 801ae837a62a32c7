import { BlockList, isIP } from "node:net";
import { like, listOf, type Statement } from "./policy.ts";

/** What is known of a request, by names of keys in lower case. */
export type PolicyContext = ReadonlyMap<string, readonly string[]>;

/** Stand for characters that mean themselves, where a star is any text. */
const STAR = "\uE000";
const QUESTION = "\uE001";

const literal = (text: string) => text.replaceAll("*", STAR).replaceAll("?", QUESTION);

/** Whether a text is what a pattern of a policy says; what came in for a variable is taken as it is. */
export const matchesPattern = (pattern: string, text: string) => like(pattern, literal(text));

/**
 * A pattern with `${aws:username}` and the like filled in; undefined where the request does not have it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function filledIn(pattern: string, context: PolicyContext): string | undefined {
  let isComplete = true;
  const filled = pattern.replace(/\$\{([^}]*)\}/g, (_, inside: string) => {
    if (inside === "*" || inside === "?" || inside === "$") return literal(inside);
    const [, key = inside, fallback] = /^\s*([^,\s]+)\s*(?:,\s*'(.*)')?\s*$/.exec(inside) ?? [];
    const values = context.get(key.toLowerCase());
    const value = values?.length === 1 ? values[0] : fallback;
    if (value === undefined) isComplete = false;
    return literal(value ?? "");
  });
  return isComplete ? filled : undefined;
}

type Compare = (wanted: string, value: string) => boolean;

const timeOf = (text: string) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text));

/** Parts of ARNs match parts: no star reaches over a colon but the last one. */
function likeArn(wanted: string, value: string): boolean {
  const [patterns, parts] = [wanted.split(":"), value.split(":")];
  if (patterns.length < 6 || parts.length < 6) return wanted === "*" || wanted === value;
  const rest = (all: string[]) => [...all.slice(0, 5), all.slice(5).join(":")];
  const own = rest(parts);
  return rest(patterns).every((pattern, index) => matchesPattern(pattern, own[index] ?? ""));
}

function isWithin(range: string, address: string): boolean {
  const [network = "", bits] = range.split("/");
  const family = isIP(network) === 6 ? "ipv6" : "ipv4";
  if (isIP(network) === 0 || isIP(address) !== isIP(network)) return false;
  const list = new BlockList();
  list.addSubnet(network, bits === undefined ? (family === "ipv6" ? 128 : 32) : Number(bits), family);
  return list.check(address, family);
}

const plain = (wanted: string) => wanted.replaceAll(STAR, "*").replaceAll(QUESTION, "?");
const ordered =
  (of: (text: string) => number, holds: (wanted: number, value: number) => boolean): Compare =>
  (wanted, value) =>
    holds(of(wanted), of(value));

const ORDERS = {
  Equals: (wanted: number, value: number) => value === wanted,
  LessThan: (wanted: number, value: number) => value < wanted,
  LessThanEquals: (wanted: number, value: number) => value <= wanted,
  GreaterThan: (wanted: number, value: number) => value > wanted,
  GreaterThanEquals: (wanted: number, value: number) => value >= wanted,
};

const COMPARES: ReadonlyMap<string, Compare> = new Map<string, Compare>([
  ["StringEquals", (wanted, value) => plain(wanted) === value],
  ["StringEqualsIgnoreCase", (wanted, value) => plain(wanted).toLowerCase() === value.toLowerCase()],
  ["StringLike", matchesPattern],
  ["ArnEquals", likeArn],
  ["ArnLike", likeArn],
  ["Bool", (wanted, value) => wanted.toLowerCase() === value.toLowerCase()],
  ["BinaryEquals", (wanted, value) => wanted === value],
  ["IpAddress", isWithin],
  ...Object.entries(ORDERS).flatMap(([name, order]): [string, Compare][] => [
    [`Numeric${name}`, ordered(Number, order)],
    [`Date${name}`, ordered(timeOf, order)],
  ]),
]);

interface Operator {
  readonly set: "ForAllValues" | "ForAnyValue" | undefined;
  readonly compare: Compare;
  readonly isNegated: boolean;
  readonly isIfExists: boolean;
}

function readOperator(text: string): Operator | undefined {
  const [, set, name = "", ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(text) ?? [];
  const positive = name === "NotIpAddress" ? "IpAddress" : name.replace("Not", "");
  const compare = COMPARES.get(positive);
  return (
    compare && {
      set: set as Operator["set"],
      compare,
      isNegated: positive !== name,
      isIfExists: ifExists !== undefined,
    }
  );
}

/** Whether a value fulfils a condition: any of what is wanted, or none of what is not. */
function fulfils({ compare, isNegated }: Operator, wanted: readonly string[], value: string): boolean {
  return wanted.some((one) => compare(one, value)) !== isNegated;
}

function holds(operator: string, key: string, wanted: readonly string[], context: PolicyContext): boolean {
  const values = context.get(key.toLowerCase());
  if (operator === "Null")
    return wanted.some((one) => (one.toLowerCase() === "true") === (values === undefined));
  const read = readOperator(operator);
  if (!read) return false;
  if (values === undefined || values.length === 0) {
    return read.set === "ForAllValues" || (read.set === undefined && (read.isIfExists || read.isNegated));
  }
  const filled = wanted.map((one) => filledIn(one, context)).filter((one) => one !== undefined);
  const ask = (value: string) => fulfils(read, filled, value);
  // Without a word on sets, a key of several values is asked as one: no value may be what is not wanted.
  if (read.set === "ForAllValues" || (read.set === undefined && read.isNegated)) return values.every(ask);
  return values.some(ask);
}

/** Whether all conditions of a statement hold. */
export function conditionsHold(condition: Statement["Condition"], context: PolicyContext): boolean {
  return Object.entries(condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => holds(operator, key, listOf(wanted).map(String), context)),
  );
}

/** The keys that a policy asks of a request: those of conditions and those of variables. */
export function keysAskedBy(statement: Statement): string[] {
  const asked = Object.values(statement.Condition ?? {}).flatMap((keys) => Object.keys(keys));
  const texts = [
    ...listOf(statement.Resource),
    ...listOf(statement.NotResource),
    ...Object.values(statement.Condition ?? {}).flatMap((keys) => Object.values(keys).flatMap(listOf)),
  ];
  const variables = texts.flatMap((text) =>
    [...String(text).matchAll(/\$\{\s*([^},\s*?$]+)[^}]*\}/g)].map(([, key = ""]) => key),
  );
  return [...asked, ...variables];
}
