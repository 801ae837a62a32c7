import { bytesToText, compareValues, equalValues, setMembers } from "../values/compare.ts";
import { type AttributeValue, attributeOf, type Item, typeOf } from "../values/value.ts";
import type { Condition, Operand, Path, Test, TestOperator } from "./ast.ts";
import { valueAt } from "./paths.ts";

/** Whether a condition holds for an item; a missing item is an empty one. */
export type Predicate = (item: Item) => boolean;

/** What an operand is for an item, if anything. */
type Getter = (item: Item) => AttributeValue | undefined;

/** Turns a condition into a function once, so that trying it on many items walks no tree. */
export function compileCondition(condition: Condition): Predicate {
  switch (condition.kind) {
    case "and": {
      const all = condition.conditions.map(compileCondition);
      return (item) => all.every((one) => one(item));
    }
    case "or": {
      const any = condition.conditions.map(compileCondition);
      return (item) => any.some((one) => one(item));
    }
    case "not": {
      const inner = compileCondition(condition.condition);
      return (item) => !inner(item);
    }
    case "test":
      return compileTest(condition);
  }
}

function compileTest({ operator, operands }: Test<TestOperator, Operand>): Predicate {
  const [first = NOTHING, second = NOTHING, third = NOTHING] = operands.map(compileOperand);
  switch (operator) {
    case "=":
      return both(first, second, equalValues);
    case "<>":
      return not(both(first, second, equalValues));
    case "<":
      return ordered(first, second, (order) => order < 0);
    case "<=":
      return ordered(first, second, (order) => order <= 0);
    case ">":
      return ordered(first, second, (order) => order > 0);
    case ">=":
      return ordered(first, second, (order) => order >= 0);
    case "BETWEEN": {
      const aboveLow = ordered(first, second, (order) => order >= 0);
      const belowHigh = ordered(first, third, (order) => order <= 0);
      return (item) => aboveLow(item) && belowHigh(item);
    }
    case "IN": {
      const candidates = operands.slice(1).map((one) => both(first, compileOperand(one), equalValues));
      return (item) => candidates.some((equal) => equal(item));
    }
    case "attribute_exists":
      return (item) => first(item) !== undefined;
    case "attribute_not_exists":
      return (item) => first(item) === undefined;
    case "attribute_type":
      return both(first, second, (value, type) => typeOf(value) === type.S);
    case "begins_with":
      return both(first, second, beginsWith);
    case "contains":
      return both(first, second, contains);
  }
}

const NOTHING: Getter = () => undefined;

function compileOperand(operand: Operand): Getter {
  switch (operand.kind) {
    case "value": {
      const { value } = operand;
      return () => value;
    }
    case "path":
      return compilePath(operand.path);
    case "call": {
      const [inner = NOTHING] = operand.operands.map(compileOperand);
      return (item) => {
        const value = inner(item);
        const size = value && sizeOf(value);
        return size === undefined ? undefined : { N: String(size) };
      };
    }
  }
}

function compilePath(path: Path): Getter {
  const [root] = path;
  if (path.length === 1 && typeof root === "string") return (item) => attributeOf(item, root);
  return (item) => valueAt(item, path);
}

function both(
  left: Getter,
  right: Getter,
  test: (left: AttributeValue, right: AttributeValue) => boolean,
): Predicate {
  return (item) => {
    const one = left(item);
    if (one === undefined) return false;
    const other = right(item);
    return other !== undefined && test(one, other);
  };
}

function not(predicate: Predicate): Predicate {
  return (item) => !predicate(item);
}

/** An attribute of a type without order, or of another type, satisfies no ordering. */
function ordered(left: Getter, right: Getter, test: (order: number) => boolean): Predicate {
  return both(left, right, (one, other) => {
    const order = compareValues(one, other);
    return order !== undefined && test(order);
  });
}

export function beginsWith(value: AttributeValue, start: AttributeValue): boolean {
  if (value.S !== undefined) return start.S !== undefined && value.S.startsWith(start.S);
  if (value.B === undefined || start.B === undefined) return false;
  return bytesToText(value.B).startsWith(bytesToText(start.B));
}

/** Whether a string or binary holds a part, or a set or list a member. */
function contains(value: AttributeValue, part: AttributeValue): boolean {
  if (value.S !== undefined) return part.S !== undefined && value.S.includes(part.S);
  if (value.B !== undefined) {
    return part.B !== undefined && bytesToText(value.B).includes(bytesToText(part.B));
  }
  if (value.L !== undefined) return value.L.some((one) => equalValues(one, part));
  if (value.SS !== undefined) return part.S !== undefined && value.SS.includes(part.S);
  if (value.NS !== undefined) return part.N !== undefined && value.NS.includes(part.N);
  return part.B !== undefined && setMembers(value)?.members.has(bytesToText(part.B)) === true;
}

/** What `size` says: characters, bytes, or members; nothing for numbers, booleans and null. */
function sizeOf(value: AttributeValue): number | undefined {
  if (value.S !== undefined) return value.S.length;
  if (value.B !== undefined) return value.B.byteLength;
  if (value.M !== undefined) return Object.keys(value.M).length;
  return (value.L ?? value.SS ?? value.NS ?? value.BS)?.length;
}
