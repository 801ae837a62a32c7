import { callMethod, memberOf, textOf } from "./java.ts";
import {
  type Expression,
  type Macro,
  type Node,
  type Operator,
  type Reference,
  TemplateError,
} from "./nodes.ts";
import { readTemplate } from "./parser.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html: iterations of #foreach. */
const MOST_ITERATIONS = 1000;
const MOST_OUTPUT = 10 * 1024 * 1024;
const DEEPEST_CALLS = 50;

/** The values of a template by name: Maps, arrays, strings, numbers, booleans, null, objects with methods. */
export type Variables = Map<string, unknown>;

/** Of these nothing is printed of what they do not have, as if each reference to them were quiet. */
const QUIET = new Set(["context", "stageVariables"]);

/** Thrown through the evaluation to leave a loop, or all of it. */
class Leave extends Error {
  readonly all: boolean;
  constructor(all: boolean) {
    super();
    this.all = all;
  }
}

/** A body that is evaluated wherever its name is printed. */
class Defined {
  readonly body: readonly Node[];
  constructor(body: readonly Node[]) {
    this.body = body;
  }
}

const templates = new Map<string, readonly Node[]>();

/** Templates are few and used over and over; a map of them must not grow with what clients send. */
function templateOf(text: string): readonly Node[] {
  const known = templates.get(text);
  if (known) return known;
  const read = readTemplate(text);
  if (templates.size >= 500) templates.clear();
  templates.set(text, read);
  return read;
}

/** The text that a template makes of its variables, which it may change. Throws a TemplateError. */
export function renderTemplate(text: string, variables: Variables): string {
  try {
    return new Evaluation(variables).render(templateOf(text));
  } catch (error) {
    // No stack holds what is nested many thousands deep: a template, a body, or a list that a loop makes.
    if (error instanceof RangeError) throw new TemplateError("The template or a value is nested too deep.");
    throw error;
  }
}

class Evaluation {
  readonly #variables: Variables;
  readonly #macros = new Map<string, Macro>();
  #output = "";
  #depth = 0;

  constructor(variables: Variables) {
    this.#variables = variables;
  }

  render(nodes: readonly Node[]): string {
    try {
      this.#all(nodes);
    } catch (error) {
      if (!(error instanceof Leave)) throw error;
    }
    return this.#output;
  }

  #all(nodes: readonly Node[]): void {
    for (const node of nodes) this.#node(node);
  }

  #print(text: string): void {
    this.#output += text;
    if (this.#output.length > MOST_OUTPUT) throw new TemplateError("The template's text grows without end.");
  }

  #node(node: Node): void {
    switch (node.kind) {
      case "text":
        this.#print(node.text);
        return;
      case "print":
        this.#reference(node.reference);
        return;
      case "set":
        this.#set(node.target, this.#value(node.value));
        return;
      case "if": {
        const branch = node.branches.find(({ condition }) => isTrue(this.#value(condition)));
        this.#all(branch ? branch.body : node.otherwise);
        return;
      }
      case "foreach":
        this.#foreach(node.name, this.#value(node.list), node.body);
        return;
      case "macro":
        this.#macros.set(node.name, node.macro);
        return;
      case "define":
        this.#variables.set(node.name, new Defined(node.body));
        return;
      case "call":
        this.#call(node.name, node.args, node.source);
        return;
      case "break":
        throw new Leave(false);
      case "stop":
        throw new Leave(true);
    }
  }

  /** What is nothing is printed as it was written, unless it is to be quiet. */
  #reference(reference: Reference): void {
    const value = this.#valueOf(reference);
    if (value instanceof Defined) this.#all(value.body);
    else if (value !== undefined && value !== null) this.#print(textOf(value));
    else if (!reference.quiet && !QUIET.has(reference.name)) this.#print(reference.source);
  }

  #valueOf({ name, steps }: Reference): unknown {
    let value = this.#variables.get(name);
    for (const step of steps) {
      if (value === undefined || value === null) return undefined;
      if (step.kind === "member") value = memberOf(value, step.name);
      else if (step.kind === "index") value = callMethod(value, "get", [this.#value(step.index)]);
      else {
        const args = step.args.map((argument) => this.#value(argument));
        value = callMethod(value, step.name, args);
      }
    }
    return value;
  }

  #set({ name, steps }: Reference, value: unknown): void {
    const last = steps.at(-1);
    if (!last) {
      this.#variables.set(name, value);
      return;
    }
    const holder = this.#valueOf({ name, steps: steps.slice(0, -1), quiet: true, source: "" });
    if (last.kind === "member") callMethod(holder, "put", [last.name, value]);
    else if (last.kind === "index") {
      const method = Array.isArray(holder) ? "set" : "put";
      callMethod(holder, method, [this.#value(last.index), value]);
    } else throw new TemplateError("What a method gives cannot be set.");
  }

  #foreach(name: string, list: unknown, body: readonly Node[]): void {
    const items = itemsOf(list);
    if (items.length > MOST_ITERATIONS) {
      throw new TemplateError(`A #foreach goes through more than ${MOST_ITERATIONS} items.`);
    }
    const outer = { item: this.#variables.get(name), loop: this.#variables.get("foreach") };
    for (const [index, item] of items.entries()) {
      this.#variables.set(name, item);
      this.#variables.set("foreach", loopOf(index, items.length, outer.loop));
      this.#variables.set("velocityCount", index + 1);
      try {
        this.#all(body);
      } catch (error) {
        if (!(error instanceof Leave) || error.all) throw error;
        break;
      }
    }
    this.#variables.set(name, outer.item);
    this.#variables.set("foreach", outer.loop);
  }

  #call(name: string, args: readonly Expression[], source: string): void {
    const macro = this.#macros.get(name);
    if (!macro) {
      this.#print(source);
      return;
    }
    if (++this.#depth > DEEPEST_CALLS) throw new TemplateError(`The macro ${name} calls itself without end.`);
    const given = args.map((argument) => this.#value(argument));
    const outer = macro.parameters.map((parameter) => this.#variables.get(parameter));
    for (const [index, parameter] of macro.parameters.entries()) this.#variables.set(parameter, given[index]);
    this.#all(macro.body);
    for (const [index, parameter] of macro.parameters.entries()) this.#variables.set(parameter, outer[index]);
    this.#depth--;
  }

  #value(expression: Expression): unknown {
    switch (expression.kind) {
      case "literal":
        return expression.value;
      case "template":
        return this.#apart(templateOf(expression.text));
      case "reference": {
        const value = this.#valueOf(expression.reference);
        return value instanceof Defined ? this.#apart(value.body) : value;
      }
      case "list":
        return expression.items.map((item) => this.#value(item));
      case "map":
        return new Map(
          expression.entries.map(([key, value]) => [textOf(this.#value(key)), this.#value(value)]),
        );
      case "range":
        return rangeOf(Number(this.#value(expression.from)), Number(this.#value(expression.to)));
      case "not":
        return !isTrue(this.#value(expression.operand));
      case "negative": {
        const value = this.#value(expression.operand);
        return typeof value === "number" ? -value : undefined;
      }
      case "binary":
        return this.#binary(expression.operator, expression.left, expression.right);
    }
  }

  /** The text of nodes by itself. */
  #apart(nodes: readonly Node[]): string {
    const before = this.#output;
    this.#output = "";
    try {
      this.#all(nodes);
      return this.#output;
    } finally {
      this.#output = before;
    }
  }

  #binary(operator: Operator, left: Expression, right: Expression): unknown {
    const one = this.#value(left);
    if (operator === "||") return isTrue(one) || isTrue(this.#value(right));
    if (operator === "&&") return isTrue(one) && isTrue(this.#value(right));
    const other = this.#value(right);
    if (operator === "==") return isEqual(one, other);
    if (operator === "!=") return !isEqual(one, other);
    if (operator === "+" && (typeof one === "string" || typeof other === "string")) {
      return one === undefined || other === undefined ? undefined : textOf(one) + textOf(other);
    }
    const [before, after] = [numberOf(one), numberOf(other)];
    return before === undefined || after === undefined ? undefined : calculate(operator, before, after);
  }
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === "bigint") return Number(value);
  return typeof value === "number" ? value : undefined;
}

/** With a divisor of nothing there is nothing; whole numbers stay whole, as Java's do. */
function calculate(operator: Operator, one: number, other: number): number | boolean | undefined {
  const whole = Number.isInteger(one) && Number.isInteger(other);
  switch (operator) {
    case "+":
      return one + other;
    case "-":
      return one - other;
    case "*":
      return one * other;
    case "/":
      return other === 0 ? undefined : whole ? Math.trunc(one / other) : one / other;
    case "%":
      return other === 0 ? undefined : one % other;
    case "<":
      return one < other;
    case "<=":
      return one <= other;
    case ">":
      return one > other;
    case ">=":
      return one >= other;
    default:
      return undefined;
  }
}

/** All but nothing and false. */
function isTrue(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

/** Of different kinds the texts are compared. */
function isEqual(one: unknown, other: unknown): boolean {
  if (one === undefined || one === null || other === undefined || other === null) {
    return (one ?? null) === (other ?? null);
  }
  return typeof one === typeof other && typeof one !== "object"
    ? one === other
    : textOf(one) === textOf(other);
}

function rangeOf(from: number, to: number): number[] {
  const length = Math.abs(to - from) + 1;
  if (!Number.isInteger(length) || length > MOST_ITERATIONS) throw new TemplateError("A range is too long.");
  return Array.from({ length }, (_, index) => (from <= to ? from + index : from - index));
}

/** A map is gone through by its values. */
function itemsOf(list: unknown): readonly unknown[] {
  if (Array.isArray(list)) return list;
  if (list instanceof Map) return [...list.values()];
  return [];
}

function loopOf(index: number, length: number, parent: unknown): Map<string, unknown> {
  return new Map<string, unknown>([
    ["count", index + 1],
    ["index", index],
    ["hasNext", index + 1 < length],
    ["first", index === 0],
    ["last", index + 1 === length],
    ["parent", parent],
  ]);
}
