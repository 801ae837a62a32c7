import { FUNCTIONS } from "./functions/functions.ts";
import { capped, ceilTo, floorTo, later } from "./periods.ts";
import type { BinaryOperator, Expression, OtherRows, Period } from "./reading/ast.ts";
import { QueryProblem } from "./reading/problem.ts";
import { compileRegex } from "./reading/regex.ts";
import type { Row } from "./row.ts";
import {
  compareValues,
  equalValues,
  isPresent,
  isStructure,
  isTrue,
  Moment,
  numberOf,
  textOf,
  type Value,
} from "./values.ts";

export type Evaluate = (row: Row) => Value;

/** What a name followed by parentheses is, beyond the functions of values; undefined for none. */
export type CallCompiler = (call: Extract<Expression, { kind: "call" }>) => Evaluate | undefined;

/** An expression as a function of a row. Throws QueryProblem. */
export function compile(expression: Expression, calls: CallCompiler = () => undefined): Evaluate {
  const inner = (of: Expression) => compile(of, calls);
  switch (expression.kind) {
    case "literal":
      return constant(expression.value);
    case "field": {
      const { name } = expression;
      return (row) => row.get(name);
    }
    case "regex": {
      const found = compileRegex(expression.source, expression.start, expression.end);
      return constant(found);
    }
    case "period":
      return constant(expression);
    case "subquery":
      return constant(expression.subquery);
    case "list": {
      const items = expression.items.map(inner);
      return (row) => items.map((item) => item(row));
    }
    case "not": {
      const of = inner(expression.of);
      return (row) => !isTrue(of(row));
    }
    case "minus": {
      const of = inner(expression.of);
      return (row) => arithmetic("-", 0, of(row));
    }
    case "binary":
      return binary(expression, inner);
    case "call":
      return calls(expression) ?? scalarCall(expression, inner);
  }
}

const constant =
  (value: Value): Evaluate =>
  () =>
    value;

function binary(
  { operator, left: leftExpression, right: rightExpression }: Extract<Expression, { kind: "binary" }>,
  inner: (of: Expression) => Evaluate,
): Evaluate {
  const [left, right] = [inner(leftExpression), inner(rightExpression)];
  switch (operator) {
    case "and":
      return (row) => isTrue(left(row)) && isTrue(right(row));
    case "or":
      return (row) => isTrue(left(row)) || isTrue(right(row));
    case "like":
      return like(left, right);
    case "in":
      if (rightExpression.kind === "subquery") return among(left, leftExpression, rightExpression.subquery);
      return (row) => isMember(left(row), right(row));
    case "=":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return (row) => compared(operator, left(row), right(row));
    default:
      return (row) => arithmetic(operator, left(row), right(row));
  }
}

/** Whether a field has one of the values that it has in another query's rows. */
function among(left: Evaluate, field: Expression, subquery: OtherRows): Evaluate {
  const name = field.kind === "field" ? field.name : "";
  return (row) => subquery.rowsWith(name, left(row)).length > 0;
}

function like(left: Evaluate, right: Evaluate): Evaluate {
  return (row) => {
    const text = textOf(left(row));
    if (text === undefined) return false;
    const wanted = right(row);
    return wanted instanceof RegExp ? wanted.test(text) : text.includes(textOf(wanted) ?? "");
  };
}

function isMember(value: Value, among: Value): boolean {
  if (value === undefined) return false;
  return Array.isArray(among) && among.some((one: Value) => equalValues(value, one));
}

/** With what is not there nothing compares, nor do maps and lists with anything. */
function compared(operator: BinaryOperator, left: Value, right: Value): boolean {
  if (!isPresent(left) || !isPresent(right) || isStructure(left) || isStructure(right)) return false;
  if (operator === "=") return equalValues(left, right);
  if (operator === "!=") return !equalValues(left, right);
  const order = compareValues(left, right);
  if (operator === "<") return order < 0;
  if (operator === "<=") return order <= 0;
  return operator === ">" ? order > 0 : order >= 0;
}

function arithmetic(operator: BinaryOperator, left: Value, right: Value): Value {
  const [one, other] = [numberOf(left), numberOf(right)];
  if (one === undefined || other === undefined) return undefined;
  const result = calculated(operator, one, other);
  return Number.isFinite(result) ? result : undefined;
}

function calculated(operator: BinaryOperator, one: number, other: number): number {
  switch (operator) {
    case "+":
      return one + other;
    case "-":
      return one - other;
    case "*":
      return one * other;
    case "/":
      return one / other;
    case "%":
      return one % other;
    default:
      return one ** other;
  }
}

type Call = Extract<Expression, { kind: "call" }>;

function scalarCall(call: Call, inner: (of: Expression) => Evaluate): Evaluate {
  const { name, arguments: given, start, end } = call;
  if (name === "bin")
    return binned(call, { kind: "field", name: "@timestamp" }, given[0], binOf(given[1]), inner);
  if (name === "datefloor") return binned(call, given[0], given[1], floorTo, inner);
  if (name === "dateceil") return binned(call, given[0], given[1], ceilTo, inner);
  const found = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!found) throw new QueryProblem(`unknown function ${name}`, start, end);
  if (given.length < found.least || given.length > found.most) {
    throw new QueryProblem(`${name} takes another number of arguments`, start, end);
  }
  const values = given.map(inner);
  const { apply } = found;
  const [first, second] = values;
  if (first && values.length === 1) return (row) => apply(first(row));
  if (first && second && values.length === 2) return (row) => apply(first(row), second(row));
  return (row) => apply(...values.map((value) => value(row)));
}

function binned(
  { name, start, end }: Call,
  of: Expression | undefined,
  period: Expression | undefined,
  round: (period: Period, ms: number) => number,
  inner: (of: Expression) => Evaluate,
): Evaluate {
  if (!of || period?.kind !== "period" || period.amount < 1) {
    throw new QueryProblem(`${name} takes a period such as 5m`, start, end);
  }
  const value = inner(of);
  const span = capped(period);
  return (row) => {
    const ms = numberOf(value(row));
    return ms === undefined ? undefined : new Moment(round(span, ms));
  };
}

/** `by bin(5m) offset 1h`: times beside those of an hour later. */
function binOf(offset: Expression | undefined): (period: Period, ms: number) => number {
  return offset?.kind === "period" ? (period, ms) => later(floorTo(period, ms), offset) : floorTo;
}

/** Whether an expression, or one within it, is what `is` says. */
export function holds(expression: Expression, is: (one: Expression) => boolean): boolean {
  if (is(expression)) return true;
  return partsOf(expression).some((part) => holds(part, is));
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "list":
      return expression.items;
    case "not":
    case "minus":
      return [expression.of];
    case "binary":
      return [expression.left, expression.right];
    case "call":
      return expression.arguments;
    default:
      return [];
  }
}
