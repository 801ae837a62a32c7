import type { LookupCommand } from "./ast.ts";
import type { LookupRows } from "./lookups.ts";
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
