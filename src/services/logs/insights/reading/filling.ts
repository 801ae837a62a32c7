import type { Value } from "../values.ts";
import type { Command } from "./ast.ts";
import type { Parser } from "./parser.ts";

/** `filldown host cpu*` */
export function readFillDown(parser: Parser): Command {
  const fields: string[] = [];
  while (parser.next.kind === "name" || parser.next.kind === "quotedName") {
    const { end } = parser.next;
    const name = parser.name();
    const isPattern = parser.next.start === end && parser.takesWord("*");
    fields.push(isPattern ? `${name}*` : name);
    parser.takesWord(",");
  }
  return { kind: "filldown", fields };
}

/** `fillmissing with 0 for requests, 'none' for level` */
export function readFillMissing(parser: Parser): Command {
  const values: [string, Value][] = [];
  if (parser.takesWord("with")) {
    do {
      const token = parser.next;
      const value = parser.expression();
      if (value.kind !== "literal") parser.fail(token);
      parser.expectWord("for");
      values.push([parser.name(), value.value]);
    } while (parser.takesWord(","));
  }
  return { kind: "fillmissing", values };
}

/** `addtotals fieldname=Sum row=true col=true price, tax` */
export function readAddTotals(parser: Parser): Command {
  let [name, ofRows, ofColumns] = ["Total", true, false];
  const fields: string[] = [];
  while (parser.next.kind === "name" || parser.next.kind === "quotedName") {
    const word = parser.name();
    if (!parser.takesWord("=")) fields.push(word);
    else if (word === "fieldname") name = parser.name();
    else if (word === "row") ofRows = parser.truth();
    else if (word === "col") ofColumns = parser.truth();
    else parser.fail();
    parser.takesWord(",");
  }
  return { kind: "addtotals", name, ofRows, ofColumns, fields };
}
