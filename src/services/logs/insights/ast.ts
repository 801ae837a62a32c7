import type { Row } from "./row.ts";
import type { Value } from "./values.ts";

/** The groups that a query or a query within it looks at, as `SOURCE` says. */
export type Source =
  | { readonly kind: "names"; readonly names: readonly string[] }
  | {
      readonly kind: "chosen";
      readonly prefixes: readonly string[] | undefined;
      readonly classes: readonly string[];
      readonly accounts: readonly string[] | undefined;
    };

/** What another query came to. */
export interface OtherRows {
  /** Its rows with this value of a field. */
  rowsWith(field: string, value: Value): readonly Row[];
}

/** A query as it was read. Offsets are those of the words that a message would point at. */
export type Expression =
  | { readonly kind: "literal"; readonly value: string | number }
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "period"; readonly amount: number; readonly unit: PeriodUnit }
  | { readonly kind: "regex"; readonly source: string; readonly start: number; readonly end: number }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "subquery"; readonly subquery: OtherRows }
  | { readonly kind: "not" | "minus"; readonly of: Expression }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "call";
      readonly name: string;
      readonly arguments: readonly Expression[];
      readonly start: number;
      readonly end: number;
    };

export type BinaryOperator =
  | ("and" | "or" | "=" | "!=" | "<" | "<=" | ">" | ">=")
  | ("like" | "in" | "+" | "-" | "*" | "/" | "^" | "%");

export type PeriodUnit = "ms" | "s" | "m" | "h" | "d" | "w" | "mo" | "q" | "y";

/** An expression and what its value is called: its alias, or the text it was written with. */
export interface Named {
  readonly expression: Expression;
  readonly name: string;
}

export interface JoinCommand {
  readonly kind: "join";
  readonly type: "inner" | "left";
  /** What each side is called. */
  readonly left: string;
  readonly right: string;
  readonly leftField: string;
  readonly rightField: string;
  readonly subquery: OtherRows;
}

export type Command =
  | { readonly kind: "source"; readonly source: Source }
  | JoinCommand
  | { readonly kind: "accum"; readonly field: string; readonly name: string }
  | { readonly kind: "filldown"; readonly fields: readonly string[] }
  | { readonly kind: "fillmissing"; readonly values: readonly (readonly [string, Value])[] }
  | {
      readonly kind: "addtotals";
      readonly name: string;
      readonly ofRows: boolean;
      readonly ofColumns: boolean;
      readonly fields: readonly string[];
    }
  /** Of each match of the expression a row. */
  | {
      readonly kind: "parseEach";
      readonly field: Expression;
      readonly expression: RegExp;
      readonly names: readonly string[];
    }
  /** All that a field holds, as one map. */
  | { readonly kind: "parseWhole"; readonly made: Expression; readonly name: string }
  | { readonly kind: "fields" | "display"; readonly fields: readonly Named[] }
  | { readonly kind: "filter"; readonly condition: Expression }
  | { readonly kind: "stats"; readonly values: readonly Named[]; readonly by: readonly Named[] }
  | { readonly kind: "sort"; readonly keys: readonly (Named & { readonly descending: boolean })[] }
  | { readonly kind: "limit"; readonly count: number }
  | { readonly kind: "dedup"; readonly fields: readonly Named[] }
  | {
      readonly kind: "parse";
      readonly field: Expression;
      readonly expression: RegExp;
      /** Of the expression's groups, in their order. */
      readonly names: readonly string[];
    }
  | { readonly kind: "pattern"; readonly field: Expression }
  | { readonly kind: "diff"; readonly against: "previous" | "day" | "week" | "month" }
  | { readonly kind: "unnest"; readonly field: Expression; readonly into: string };
