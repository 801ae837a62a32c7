import type { AttributeValue } from "../values/value.ts";

/** A document path with its names resolved: `a.b[1]` is `["a", "b", 1]`. */
export type Path = readonly (string | number)[];

export const COMPARATORS = ["=", "<>", "<", "<=", ">", ">="] as const;
export type Comparator = (typeof COMPARATORS)[number];

/** What a comparison, `BETWEEN` or `IN` is called in messages, or the name of a function. */
export type TestOperator =
  | Comparator
  | "BETWEEN"
  | "IN"
  | "attribute_exists"
  | "attribute_not_exists"
  | "attribute_type"
  | "begins_with"
  | "contains";

/** One condition on some operands. */
export interface Test<Operator, Operand> {
  readonly kind: "test";
  readonly operator: Operator;
  readonly operands: readonly Operand[];
}

export type Tree<Operator, Operand> =
  | Test<Operator, Operand>
  | { readonly kind: "and" | "or"; readonly conditions: readonly Tree<Operator, Operand>[] }
  | { readonly kind: "not"; readonly condition: Tree<Operator, Operand> };

export interface PathOperand {
  readonly kind: "path";
  readonly path: Path;
}

export interface ValueOperand {
  readonly kind: "value";
  readonly value: AttributeValue;
}

/** A function or operator that yields a value: `size`, and in updates those of `UpdateFunction`. */
export interface Call<Operand> {
  readonly kind: "call";
  readonly name: string;
  readonly operands: readonly Operand[];
}

export type Operand = PathOperand | ValueOperand | Call<Operand>;

/** A condition as it is evaluated: names and values are in place. */
export type Condition = Tree<TestOperator, Operand>;

export type Section = "SET" | "REMOVE" | "ADD" | "DELETE";

export interface UpdateAction {
  readonly section: Section;
  readonly path: Path;
  /** What is set, added or deleted; nothing for REMOVE. */
  readonly value?: Operand;
}

/** A path as written, whose names may be placeholders. */
export interface ParsedPath {
  readonly kind: "path";
  readonly steps: readonly (string | number | NamePlaceholder)[];
  /** The steps, when none of them is a placeholder. */
  readonly path?: Path;
}

export interface NamePlaceholder {
  readonly placeholder: string;
}

/** A value as written: `:name`. */
export interface ValuePlaceholder {
  readonly kind: "placeholder";
  readonly name: string;
}

export type ParsedOperand = ParsedPath | ValuePlaceholder | Call<ParsedOperand>;

/** A condition as written; the operator may be any function's name until it is checked. */
export type ParsedCondition = Tree<string, ParsedOperand>;

export interface ParsedAction {
  readonly section: Section;
  readonly path: ParsedPath;
  readonly value?: ParsedOperand;
}

/** The members of a request that hold expressions. */
export type ExpressionName =
  | "ConditionExpression"
  | "FilterExpression"
  | "KeyConditionExpression"
  | "ProjectionExpression"
  | "SearchConditionExpression"
  | "UpdateExpression";
