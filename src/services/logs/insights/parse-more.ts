import type { Command } from "./ast.ts";
import type { Parser } from "./parser.ts";
import type { Value } from "./values.ts";

/** `join type=inner left=api right=fn where api.id=fn.id (SOURCE '/aws/lambda/fn')` */
export function readJoin(parser: Parser): Command {
  const start = parser.next;
  const given: Record<string, string> = {};
  while (!parser.isWord("where")) {
    const token = parser.next;
    const name = parser.name().toLowerCase();
    parser.expectWord("=");
    if (!["type", "left", "right"].includes(name)) parser.fail(token);
    given[name] = parser.name();
  }
  parser.expectWord("where");
  const { left, right, type = "inner" } = given;
  if (left === undefined || right === undefined) parser.problem("join needs left and right", start);
  if (type !== "inner" && type !== "left") parser.problem("join is of type inner or left", start);
  const one = readSide(parser);
  parser.expectWord("=");
  const other = readSide(parser);
  const [first, second] = one.alias === right ? [other, one] : [one, other];
  if (first.alias !== left || second.alias !== right) {
    parser.problem(`join compares a field of ${left} with one of ${right}`, start);
  }
  const subquery = parser.subquery();
  return { kind: "join", type, left, right, leftField: first.field, rightField: second.field, subquery };
}

function readSide(parser: Parser): { alias: string; field: string } {
  const token = parser.next;
  const [alias = "", ...field] = parser.name().split(".");
  if (field.length === 0) parser.fail(token);
  return { alias, field: field.join(".") };
}

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
