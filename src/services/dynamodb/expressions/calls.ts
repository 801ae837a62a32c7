import type { ParsedOperand } from "./ast.ts";
import type { Cursor } from "./cursor.ts";

/** What conditions and updates have each their own way of: the rest of a call is the same in both. */
export interface CallGrammar {
  readonly functions: ReadonlySet<string>;
  readonly readOperand: (cursor: Cursor) => ParsedOperand;
  /** Notes operands that stand where their function may not. */
  readonly noteMisuse: (cursor: Cursor, operands: readonly ParsedOperand[]) => void;
}

/** A value, a call or a path. */
export function readTerm(cursor: Cursor, grammar: CallGrammar): ParsedOperand {
  const value = cursor.takeValue();
  if (value) return value;
  return cursor.atCall ? readCall(cursor, grammar) : cursor.path();
}

/** The operands of `IN` or a function, and the parenthesis that closes them. */
export function readOperands(cursor: Cursor, { readOperand }: CallGrammar): ParsedOperand[] {
  const operands = [readOperand(cursor)];
  while (cursor.take(",")) operands.push(readOperand(cursor));
  cursor.expect(")");
  return operands;
}

function readCall(cursor: Cursor, grammar: CallGrammar): ParsedOperand {
  const name = cursor.takeName();
  cursor.countOperator();
  if (!grammar.functions.has(name)) cursor.note("function", `Invalid function name; function: ${name}`);
  cursor.expect("(");
  cursor.enter();
  const operands = readOperands(cursor, grammar);
  cursor.leave();
  grammar.noteMisuse(cursor, operands);
  return { kind: "call", name, operands };
}
