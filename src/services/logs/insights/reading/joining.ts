import type { LookupRows } from "../lookups.ts";
import type { Command, LookupCommand } from "./ast.ts";
import type { Parser } from "./parser.ts";

type Pair = readonly [string, string];

/** `lookup users id as userId, org OUTPUT name, email as mail` */
export function readLookup(parser: Parser, tableOf: (name: string) => LookupRows): LookupCommand {
  const table = tableOf(parser.name());
  const matches = readPairs(parser);
  return naming({ kind: "lookup", table, matches, ...readOutputs(parser) });
}

/** `cidrlookup networks srcAddr as range OUTPUT region`: the column is the one that holds ranges. */
export function readCidrLookup(parser: Parser, tableOf: (name: string) => LookupRows): LookupCommand {
  const table = tableOf(parser.name());
  const field = parser.name();
  const column = parser.takesWord("as") ? parser.name() : undefined;
  return naming({ kind: "cidrlookup", table, matches: [[column, field]], ...readOutputs(parser) });
}

/** Tells the table which of its columns are asked for. */
function naming(command: LookupCommand): LookupCommand {
  for (const [column] of [...command.matches, ...command.outputs])
    if (column !== undefined) command.table.named.add(column);
  return command;
}

function readOutputs(parser: Parser): Pick<LookupCommand, "outputs" | "onlyNew"> {
  const onlyNew = parser.takesWord("outputnew");
  if (!onlyNew) parser.expectWord("output");
  return { onlyNew, outputs: readPairs(parser) };
}

/** `column as field`, or a name that both have. */
function readPairs(parser: Parser): Pair[] {
  const pairs: Pair[] = [];
  do {
    const column = parser.name();
    pairs.push([column, parser.takesWord("as") ? parser.name() : column]);
  } while (parser.takesWord(","));
  return pairs;
}

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
