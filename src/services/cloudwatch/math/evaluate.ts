import { constant, FUNCTIONS, type Stretch } from "./functions.ts";
import type { Node } from "./parse.ts";
import { ExpressionError } from "./tokens.ts";
import {
  type Computed,
  isTimeline,
  isTimelines,
  mapPoints,
  numberOf,
  type Timeline,
  textOf,
  zipped,
} from "./values.ts";

/** What an expression can ask for beyond itself. */
export interface World {
  readonly stretch: Stretch;
  /** What an id of the request stands for; undefined where there is none of that name. */
  valueOf(id: string): Promise<Computed | undefined>;
  /** The metrics of the request whose ids hold a text, without expressions. */
  metrics(part: string): Promise<readonly Timeline[]>;
  search(text: string, stat: string, periodSeconds: number | undefined): Promise<readonly Timeline[]>;
}

const OPERATORS: Readonly<Record<string, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "^": (left, right) => left ** right,
  "==": (left, right) => Number(left === right),
  "!=": (left, right) => Number(left !== right),
  "<": (left, right) => Number(left < right),
  "<=": (left, right) => Number(left <= right),
  ">": (left, right) => Number(left > right),
  ">=": (left, right) => Number(left >= right),
  "&&": (left, right) => Number(left !== 0 && right !== 0),
  "||": (left, right) => Number(left !== 0 || right !== 0),
};
const SAME: Readonly<Record<string, string>> = { AND: "&&", OR: "||" };
/** Words that functions take. */
const WORDS = /^(REPEAT|LINEAR|ASC|DESC|AVG|MIN|MAX|SUM|STDDEV|LAST)$/i;

/** Throws ExpressionError. */
export async function evaluate(node: Node, world: World): Promise<Computed> {
  switch (node.kind) {
    case "number":
    case "text":
      return node.value;
    case "name":
      return named(node.name, world);
    case "list":
      return joined(await evaluateAll(node.items, world), world);
    case "minus":
      return zipped(await evaluate(node.of, world), -1, (value, sign) => value * sign);
    case "pair": {
      const left = await evaluate(node.left, world);
      const right = await evaluate(node.right, world);
      return operated(SAME[node.sign] ?? node.sign, left, right);
    }
    case "call":
      return called(node.name.toUpperCase(), node.given, world);
  }
}

/** One after another: an id that stands in two places is worked out once. */
async function evaluateAll(nodes: readonly Node[], world: World): Promise<Computed[]> {
  const values: Computed[] = [];
  for (const node of nodes) values.push(await evaluate(node, world));
  return values;
}

async function named(name: string, world: World): Promise<Computed> {
  const value = await world.valueOf(name);
  if (value !== undefined) return value;
  if (WORDS.test(name)) return { word: name };
  throw new ExpressionError(`Undefined identifier: ${name}`);
}

/** Numbers stand in an array as lines. */
function joined(items: readonly Computed[], { stretch }: World): readonly Timeline[] {
  return items.flatMap((item) => {
    if (typeof item === "number") return [constant(item, stretch)];
    if (isTimelines(item)) return item;
    if (isTimeline(item)) return [item];
    throw new ExpressionError("An array holds time series only");
  });
}

/** A division by nothing has no answer: the moment is left out. */
function operated(sign: string, left: Computed, right: Computed): Computed {
  const operate = OPERATORS[sign];
  if (!operate) throw new ExpressionError(`Unknown operator ${sign}`);
  return zipped(left, right, operate);
}

async function called(name: string, given: readonly Node[], world: World): Promise<Computed> {
  const values = await evaluateAll(given, world);
  if (name === "METRICS") return world.metrics(values.length === 0 ? "" : textOf(values[0]));
  if (name === "SEARCH") {
    const period = values[2] === undefined ? undefined : numberOf(values[2]);
    return world.search(textOf(values[0]), textOf(values[1]), period);
  }
  const make = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!make) throw new ExpressionError(`Unsupported function: ${name}`);
  const made = make(values, world.stretch);
  return isTimeline(made) ? mapPoints(made, (value) => value) : made;
}
