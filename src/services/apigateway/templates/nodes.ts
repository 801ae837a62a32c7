// What a mapping template is made of, once it is read.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings.html

export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "print"; readonly reference: Reference }
  | { readonly kind: "set"; readonly target: Reference; readonly value: Expression }
  | { readonly kind: "if"; readonly branches: readonly Branch[]; readonly otherwise: readonly Node[] }
  | {
      readonly kind: "foreach";
      readonly name: string;
      readonly list: Expression;
      readonly body: readonly Node[];
    }
  | { readonly kind: "define"; readonly name: string; readonly body: readonly Node[] }
  | { readonly kind: "macro"; readonly name: string; readonly macro: Macro }
  | {
      readonly kind: "call";
      readonly name: string;
      readonly args: readonly Expression[];
      readonly source: string;
    }
  | { readonly kind: "break" }
  | { readonly kind: "stop" };

export interface Branch {
  readonly condition: Expression;
  readonly body: readonly Node[];
}

export interface Macro {
  readonly parameters: readonly string[];
  readonly body: readonly Node[];
}

/** `$name.member.method(x)[0]`: what it refers to, and how it was written, which is printed of nothing. */
export interface Reference {
  readonly name: string;
  readonly steps: readonly Step[];
  /** `$!name`: nothing is printed of nothing. */
  readonly quiet: boolean;
  readonly source: string;
}

export type Step =
  | { readonly kind: "member"; readonly name: string }
  | { readonly kind: "method"; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: "index"; readonly index: Expression };

export type Operator = "||" | "&&" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/" | "%";

export type Expression =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  /** A string in double quotes: a template of its own, read when it is first met. */
  | { readonly kind: "template"; readonly text: string }
  | { readonly kind: "reference"; readonly reference: Reference }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "range"; readonly from: Expression; readonly to: Expression }
  | { readonly kind: "map"; readonly entries: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: "not"; readonly operand: Expression }
  | { readonly kind: "negative"; readonly operand: Expression }
  | {
      readonly kind: "binary";
      readonly operator: Operator;
      readonly left: Expression;
      readonly right: Expression;
    };

/** A template that cannot be read, or an evaluation that has gone too far. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}
