import { complexityOf, MOST_COMPLEX, type Wildcards } from "./complexity.ts";
import type { Dialect } from "./dialect.ts";
import { type Reading, readExpression } from "./operators.ts";
import { PatternError, sourceAt } from "./pattern-error.ts";
import { type Node, readJson } from "./reader.ts";
import { addressTest, type Leaf, type Test } from "./tests.ts";

/** What a pattern's list asks of the field at a path: one of its members must hold. */
export interface Condition {
  /** Names from the event's root, joined by dots. */
  readonly path: string;
  /** Values that are equal to one of these pass. */
  readonly values: ReadonlySet<Leaf>;
  /** Other values pass when one of these tests holds. */
  readonly tests: readonly Test[];
  /** Wildcards among the tests. */
  readonly wildcards: readonly Wildcards[];
  /** The field may be absent. */
  readonly absent: boolean;
}

/** One way to match: all of its conditions, in the order of their paths. */
export type Branch = readonly Condition[];

/** By path. */
type Draft = Map<string, Condition>;

/** Each $or multiplies the ways to match; what is beyond this could only exhaust the platform. */
const MOST_BRANCHES = 1000;

const TOO_COMPLEX =
  "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences " +
  "after a wildcard character";

/** Names that operators have, which therefore no field beneath a $or has. */
const RESERVED: ReadonlySet<string> = new Set([
  ...[
    "exactly",
    "equals-ignore-case",
    "prefix",
    "suffix",
    "anything-but",
    "exists",
    "wildcard",
    "numeric",
    "cidr",
  ],
  ...["=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case"],
  ...["date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range"],
  ...["ip-address-in-range", "ip-address-not-in-range"],
]);

/** Reads a pattern's text into the ways in which an event can match it. */
export function compile(text: string, dialect: Dialect): readonly Branch[] {
  const reading: Reading = {
    dialect,
    refuse(node, message, place = "at") {
      const reason = node?.kind === "broken" ? node.message : message;
      throw new PatternError(reason, `\n at ${sourceAt(text, node?.[place] ?? text.length)}`);
    },
  };
  const root = readJson(text);
  if (root.kind !== "object") {
    return reading.refuse(text.trim() === "" ? undefined : root, "Filter is not an object");
  }
  const drafts: Draft[] = [];
  readObject(reading, drafts, [], root, false);
  if (dialect === "events") checkComplexity(drafts);
  return drafts.map((draft) => [...draft.values()].sort((one, other) => (one.path < other.path ? -1 : 1)));
}

function checkComplexity(drafts: readonly Draft[]): void {
  // The ways of a $or share the conditions beside it.
  const conditions = new Set(drafts.flatMap((draft) => [...draft.values()]));
  for (const { wildcards } of conditions) {
    if (complexityOf(wildcards) >= MOST_COMPLEX) throw new PatternError(TOO_COMPLEX);
  }
}

/** Adds what an object asks to all of the drafts; `$or` among its names multiplies them. */
function readObject(
  reading: Reading,
  drafts: Draft[],
  path: readonly string[],
  node: Extract<Node, { kind: "object" }>,
  withinOr: boolean,
): void {
  for (const { name, value } of node.entries) {
    if (value.kind === "broken") reading.refuse(value, "");
    if (name === "$or") {
      readOr(reading, drafts, path, value);
      continue;
    }
    if (withinOr && RESERVED.has(name)) {
      reading.refuse(value, `${name} is Ruler reserved fieldName which cannot be used inside $or.`);
    }
    if (value.kind === "object") readObject(reading, drafts, [...path, name], value, withinOr);
    else if (value.kind === "array") addCondition(reading, drafts, [...path, name].join("."), value);
    else reading.refuse(value, `"${name}" must be an object or an array`);
  }
  if (node.entries.length === 0) reading.refuse(node, "Empty objects are not allowed", "end");
}

function readOr(reading: Reading, drafts: Draft[], path: readonly string[], node: Node): void {
  if (node.kind !== "array") reading.refuse(node, "It must be an Array followed with $or.");
  const before = drafts.splice(0);
  for (const item of node.items) {
    if (item.kind !== "object") {
      reading.refuse(item, "Only JSON object is allowed in array of $or relationship.");
    }
    const way = before.length === 0 ? [new Map()] : before.map((draft) => new Map(draft));
    readObject(reading, way, path, item, true);
    drafts.push(...way);
    if (drafts.length > MOST_BRANCHES) {
      reading.refuse(
        node,
        `More than ${MOST_BRANCHES} combinations of $or relationships are not allowed.`,
        "end",
      );
    }
  }
  if (node.items.length < 2) {
    reading.refuse(node, "There must have at least 2 Objects in $or relationship.", "end");
  }
}

function addCondition(
  reading: Reading,
  drafts: Draft[],
  path: string,
  node: Extract<Node, { kind: "array" }>,
): void {
  const values = new Set<Leaf>();
  const tests: Test[] = [];
  const wildcards: Wildcards[] = [];
  let absent = false;
  for (const item of node.items) {
    if (item.kind === "object") {
      const expression = readExpression(reading, item);
      if ("absent" in expression) absent = true;
      else {
        tests.push(expression.test);
        if (expression.wildcards) wildcards.push(expression.wildcards);
      }
    } else {
      const value = leafOf(reading, item);
      const address = typeof value === "string" ? addressTest(value) : undefined;
      if (address) tests.push(address);
      else values.add(value);
    }
  }
  if (node.items.length === 0) reading.refuse(node, "Empty arrays are not allowed", "end");
  if (drafts.length === 0) drafts.push(new Map());
  // A name that comes twice counts as it stands last.
  for (const draft of drafts) draft.set(path, { path, values, tests, wildcards, absent });
}

function leafOf(reading: Reading, node: Node): Leaf {
  if (node.kind === "string" || node.kind === "constant") return node.value;
  if (node.kind === "number") return Number(node.text);
  return reading.refuse(node, "Match value must be String, number, true, false, or null");
}
