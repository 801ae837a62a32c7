import type { Command, Expression, Named } from "./ast.ts";
import { Parser } from "./parser.ts";
import { compileGlob, compileRegex } from "./regex.ts";

const MOST_ROWS = 100_000;

type Read = (parser: Parser) => Command;

const COMMANDS: Readonly<Record<string, Read>> = {
  fields: (parser) => ({ kind: "fields", fields: parser.list() }),
  display: (parser) => ({ kind: "display", fields: parser.list() }),
  filter: (parser) => ({ kind: "filter", condition: parser.expression() }),
  // There are no indexes here: what they would find is found without them.
  filterindex: (parser) => ({ kind: "filter", condition: parser.expression() }),
  stats: readStats,
  sort: readSort,
  limit: readLimit,
  head: readLimit,
  dedup: (parser) => ({ kind: "dedup", fields: parser.list() }),
  parse: readParse,
  pattern: (parser) => ({ kind: "pattern", field: parser.expression() }),
  diff: readDiff,
  unnest: readUnnest,
};

/** Commands that AWS has and this platform does not. */
const MISSING = ["anomaly", "join", "lookup", "source", "subquery", "addtotals", "showindexes"];

/** The commands of a query; throws QueryProblem. */
export function parseQuery(query: string): Command[] {
  const parser = new Parser(query);
  const commands: Command[] = [];
  do {
    if (parser.next.kind === "end" && commands.length === 0) break;
    const token = parser.take();
    const word = token.value.toLowerCase();
    const read = token.kind === "name" ? COMMANDS[word] : undefined;
    if (MISSING.includes(word)) parser.problem(`${word} is not part of this platform`, token);
    commands.push(read ? read(parser) : parser.fail(token));
  } while (parser.takesWord("|"));
  if (parser.next.kind !== "end") parser.fail();
  return commands;
}

function readStats(parser: Parser): Command {
  const values = parser.list();
  const by = parser.takesWord("by") ? parser.list() : [];
  return { kind: "stats", values, by };
}

function readSort(parser: Parser): Command {
  parser.takesWord("by");
  const keys: (Named & { descending: boolean })[] = [];
  do {
    const key = parser.named();
    const descending = parser.takesWord("desc");
    if (!descending) parser.takesWord("asc");
    keys.push({ ...key, descending });
  } while (parser.takesWord(","));
  return { kind: "sort", keys };
}

function readLimit(parser: Parser): Command {
  const token = parser.take();
  const count = Number(token.value);
  if (token.kind !== "number" || !Number.isInteger(count)) parser.fail(token);
  if (count < 1 || count > MOST_ROWS) parser.problem(`limit must be between 1 and ${MOST_ROWS}`, token);
  return { kind: "limit", count };
}

function readParse(parser: Parser): Command {
  const isField = parser.next.kind === "name" || parser.next.kind === "quotedName";
  const field: Expression = isField
    ? { kind: "field", name: parser.name() }
    : { kind: "field", name: "@message" };
  const token = parser.take();
  if (token.kind === "regex") {
    const expression = compileRegex(token.value, token.start, token.end);
    const names = [...token.value.matchAll(/\(\?P?<([A-Za-z_]\w*)>/g)].map(([, name = ""]) => name);
    if (names.length === 0) parser.problem("a regular expression of parse needs named groups", token);
    return { kind: "parse", field, expression, names };
  }
  if (token.kind !== "text") parser.fail(token);
  const { expression, stars } = compileGlob(token.value);
  parser.expectWord("as");
  const names = [parser.name()];
  while (parser.takesWord(",")) names.push(parser.name());
  if (names.length !== stars) {
    parser.problem(`parse has ${stars} wildcards and ${names.length} names for them`, token);
  }
  return { kind: "parse", field, expression, names };
}

function readDiff(parser: Parser): Command {
  for (const against of ["day", "week", "month"] as const) {
    if (parser.takesWord(`previous${against}`)) return { kind: "diff", against };
  }
  return { kind: "diff", against: "previous" };
}

function readUnnest(parser: Parser): Command {
  const field = parser.expression();
  parser.expectWord("into");
  return { kind: "unnest", field, into: parser.name() };
}
