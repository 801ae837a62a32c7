import type { ParsedAction, ParsedOperand, Section } from "./ast.ts";
import { type CallGrammar, readTerm } from "./calls.ts";
import { Cursor } from "./cursor.ts";

/*
 * Updates. Keywords are written in any case, functions exactly as here; paths and values are those of
 * conditions, without parentheses in paths.
 *
 *   update    = section { section }
 *   section   = SET set { "," set }
 *             | REMOVE path { "," path }
 *             | ADD path value { "," path value }
 *             | DELETE path value { "," path value }
 *   set       = path "=" ( sum | "(" sum ")" )
 *   sum       = operand [ ( "+" | "-" ) operand ]
 *   operand   = term | "(" term ")"
 *   term      = call | value | path
 *   call      = name "(" operand { "," operand } ")"
 */

const SECTIONS: readonly Section[] = ["SET", "REMOVE", "ADD", "DELETE"];
const CALLS: CallGrammar = {
  functions: new Set(["if_not_exists", "list_append"]),
  readOperand,
  noteMisuse,
};

/** Parses. Faults: ValidationException for what is wrong whatever the placeholders hold. */
export function parseUpdate(text: string): readonly ParsedAction[] {
  const cursor = new Cursor("UpdateExpression", text, SECTIONS);
  const actions: ParsedAction[] = [];
  const seen = new Set<Section>();
  do {
    const section = SECTIONS.find((keyword) => cursor.takeKeyword(keyword));
    if (!section) throw cursor.unexpected();
    if (seen.has(section)) {
      cursor.note("section", `The "${section}" section can only be used once in an update expression;`);
    }
    seen.add(section);
    do actions.push(readAction(cursor, section));
    while (cursor.take(","));
  } while (cursor.token.kind === "name");
  cursor.finish(["operators", "reserved", "function", "section", "misuse", "path"]);
  return actions;
}

function readAction(cursor: Cursor, section: Section): ParsedAction {
  const path = cursor.path();
  if (section === "REMOVE") return { section, path };
  if (section === "SET") {
    cursor.expect("=");
    return { section, path, value: readSum(cursor) };
  }
  const value = cursor.takeValue();
  if (!value) throw cursor.unexpected();
  return { section, path, value };
}

/** A sum may be in parentheses, and so may either of its operands: `(a) + b` and `(a + b)`. */
function readSum(cursor: Cursor): ParsedOperand {
  const first = cursor.take("(") ? readWrapped(cursor) : readTerm(cursor, CALLS);
  if ("sum" in first) return first.sum;
  return readRest(cursor, first);
}

function readWrapped(cursor: Cursor): ParsedOperand | { readonly sum: ParsedOperand } {
  if (cursor.take("(")) {
    const first = readTerm(cursor, CALLS);
    cursor.expect(")");
    const sum = readRest(cursor, first);
    cursor.expect(")");
    return { sum };
  }
  const first = readTerm(cursor, CALLS);
  if (cursor.take(")")) return first;
  const sum = readRest(cursor, first);
  cursor.expect(")");
  return { sum };
}

function readRest(cursor: Cursor, left: ParsedOperand): ParsedOperand {
  const name = cursor.take("+") ? "+" : cursor.take("-") ? "-" : undefined;
  if (!name) return left;
  cursor.countOperator();
  const operands = [left, readOperand(cursor)];
  noteMisuse(cursor, operands);
  return { kind: "call", name, operands };
}

function readOperand(cursor: Cursor): ParsedOperand {
  if (!cursor.take("(")) return readTerm(cursor, CALLS);
  const term = readTerm(cursor, CALLS);
  cursor.expect(")");
  return term;
}

/** AWS takes `if_not_exists` as an operand, and `list_append` only as the whole value. */
function noteMisuse(cursor: Cursor, operands: readonly ParsedOperand[]): void {
  for (const operand of operands) {
    if (operand.kind !== "call" || operand.name !== "list_append") continue;
    cursor.note(
      "misuse",
      "The function is not allowed to be used this way in an expression; function: list_append",
    );
  }
}
