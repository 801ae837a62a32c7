import type { LookupRows } from "../lookups.ts";
import type { Row } from "../row.ts";
import type { Value } from "../values.ts";

/** The groups that a query or a query within it looks at, as `SOURCE` says. */
export type Source =
  | { readonly kind: "names"; readonly names: readonly string[] }
  | {
      readonly kind: "chosen";
      readonly prefixes: readonly string[] | undefined;
      readonly classes: readonly string[];
      readonly accounts: readonly string[] | undefined;
      readonly tags: readonly TagChoice[];
      /** Groups that log data comes into from these sources of AWS. */
      readonly dataSources: readonly string[] | undefined;
    };

/** Groups with a tag that has one of these values, or not with `!`; an asterisk stands for anything. */
export interface TagChoice {
  readonly key: string;
  readonly values: readonly string[];
}

/** When a query began, and what time it looks at: `now()`, `queryStartTime()` and their like. */
export interface QueryTime {
  readonly nowMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Period {
  readonly amount: number;
  readonly unit: PeriodUnit;
}

/** What another query came to. */
export interface OtherRows {
  readonly commands: readonly Command[];
  readonly rows: readonly Row[];
  /** Its rows with this value of a field. */
  rowsWith(field: string, value: Value): readonly Row[];
}

/** A query as it was read. Offsets are those of the words that a message would point at. */
export type Expression =
  | { readonly kind: "literal"; readonly value: string | number }
  | { readonly kind: "field"; readonly name: string }
  | ({ readonly kind: "period" } & Period)
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

/** With what time results are compared: the one before, or the same so much earlier. */
export type Baseline = "previous" | "day" | "week" | "month" | Period;

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

export interface LookupCommand {
  readonly kind: "lookup" | "cidrlookup";
  readonly table: LookupRows;
  /** Columns of the table, and the fields that are held against them. */
  readonly matches: readonly (readonly [column: string | undefined, field: string])[];
  /** Columns of the table, and the fields that they become. */
  readonly outputs: readonly (readonly [column: string, field: string])[];
  /** Whether fields are left as they are that have a value. */
  readonly onlyNew: boolean;
}

export interface OutlierCommand {
  readonly kind: "outlier";
  readonly removes: boolean;
  /** How many ranges between the quartiles a value may lie off. */
  readonly range: number;
  readonly usesLower: boolean;
  readonly marks: boolean;
  readonly fields: readonly string[];
}

export type Command =
  | LookupCommand
  | OutlierCommand
  | {
      readonly kind: "appendcols";
      readonly overrides: boolean;
      readonly most: number;
      readonly subquery: OtherRows;
    }
  | {
      readonly kind: "autoregress";
      readonly field: string;
      readonly lags: readonly (readonly [number, string])[];
    }
  | {
      readonly kind: "sessionize";
      readonly fields: readonly string[];
      readonly gap: Period;
      readonly name: string;
    }
  | { readonly kind: "countfrequent"; readonly fields: readonly string[] }
  | { readonly kind: "relevantfields"; readonly fields: readonly string[]; readonly condition: Expression }
  | { readonly kind: "expand"; readonly field: string }
  | { readonly kind: "anomaly" }
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
  /** What a field's value is read as: each of what is found has a name. */
  | {
      readonly kind: "extract";
      readonly field: Expression;
      readonly read: (value: Value) => readonly Value[];
      readonly names: readonly string[];
    }
  | { readonly kind: "fields" | "display"; readonly fields: readonly Named[] }
  /** `byIndex`: fields that the groups that are looked at are indexed by. */
  | { readonly kind: "filter"; readonly condition: Expression; readonly byIndex?: readonly string[] }
  | { readonly kind: "stats"; readonly values: readonly Named[]; readonly by: readonly Named[] }
  | { readonly kind: "sort"; readonly keys: readonly (Named & { readonly descending: boolean })[] }
  /** Of any rows: no more events are looked at than it takes. */
  | { readonly kind: "limit"; readonly count: number; readonly ofAny: boolean }
  | { readonly kind: "dedup"; readonly fields: readonly Named[] }
  | {
      readonly kind: "parse";
      readonly field: Expression;
      readonly expression: RegExp;
      /** Of the expression's groups, in their order. */
      readonly names: readonly string[];
    }
  | { readonly kind: "pattern"; readonly field: Expression }
  | { readonly kind: "diff"; readonly against: Baseline }
  | { readonly kind: "unnest"; readonly field: Expression; readonly into: string };
