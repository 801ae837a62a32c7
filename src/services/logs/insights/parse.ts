import type { Command, Expression, Named } from "./ast.ts";
import { readAddTotals, readFillDown, readFillMissing, readJoin, readSource } from "./parse-more.ts";
import { Parser } from "./parser.ts";
import { compileGlob, compileRegex } from "./regex.ts";
import { Subquery } from "./subquery.ts";

const MOST_ROWS = 100_000;

type Read = (parser: Parser) => Command;

const COMMANDS: Readonly<Record<string, Read>> = {
  fields: (parser) => ({ kind: "fields", fields: parser.list() }),
  display: (parser) => ({ kind: "display", fields: parser.list() }),
  filter: (parser) => ({ kind: "filter", condition: parser.expression() }),
  // There are no indexes here: what they would find is found without them.
  filterindex: (parser) => ({ kind: "filter", condition: parser.expression() }),
  where: (parser) => ({ kind: "filter", condition: parser.expression() }),
  source: readSource,
  join: readJoin,
  accum: readAccum,
  filldown: readFillDown,
  fillmissing: readFillMissing,
  addtotals: readAddTotals,
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
const MISSING = new Set(
  (
    "anomaly lookup cidrlookup outlier sessionize countfrequent relevantfields " +
    "expand autoregress logcompare appendcols showindexes"
  ).split(" "),
);

export interface ParsedQuery {
  readonly commands: readonly Command[];
  /** Queries within it, in their order. */
  readonly subqueries: readonly Subquery[];
}

/** The commands of a query; throws QueryProblem. */
export function parseQuery(query: string, nowMs: number): ParsedQuery {
  const subqueries: Subquery[] = [];
  const parser = new Parser(query, nowMs, readSubquery);
  let isWithin = false;
  function readSubquery(): Subquery {
    if (isWithin) parser.problem("queries within queries within queries are not supported");
    isWithin = true;
    const [first, ...rest] = readCommands(parser);
    isWithin = false;
    if (first?.kind !== "source") return parser.problem("a query within a query begins with SOURCE");
    const subquery = new Subquery(first.source, rest);
    subqueries.push(subquery);
    return subquery;
  }
  const commands = readCommands(parser);
  if (parser.next.kind !== "end") parser.fail();
  return { commands, subqueries };
}

function readCommands(parser: Parser): Command[] {
  const commands: Command[] = [];
  do {
    if (parser.next.kind === "end" && commands.length === 0) break;
    const token = parser.take();
    const word = token.value.toLowerCase();
    const read = token.kind === "name" ? COMMANDS[word] : undefined;
    if (MISSING.has(word)) parser.problem(`${word} is not part of this platform`, token);
    if (word === "source" && commands.length > 0) parser.problem("SOURCE is the first command", token);
    commands.push(read ? read(parser) : parser.fail(token));
  } while (parser.takesWord("|"));
  return commands;
}

function readAccum(parser: Parser): Command {
  const field = parser.name();
  return { kind: "accum", field, name: parser.takesWord("as") ? parser.name() : field };
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
  // Any will do: the latest are as good as others.
  parser.takesWord("any");
  const token = parser.take();
  const count = Number(token.value);
  if (token.kind !== "number" || !Number.isInteger(count)) parser.fail(token);
  if (count < 1 || count > MOST_ROWS) parser.problem(`limit must be between 1 and ${MOST_ROWS}`, token);
  return { kind: "limit", count };
}

function readParse(parser: Parser): Command {
  const isField =
    (parser.next.kind === "name" && !parser.isWord("logfmt")) || parser.next.kind === "quotedName";
  const field: Expression = isField
    ? { kind: "field", name: parser.name() }
    : { kind: "field", name: "@message" };
  if (parser.takesWord("logfmt")) return readLogfmt(parser, field);
  const token = parser.take();
  if (token.kind === "regex") {
    const expression = compileRegex(token.value, token.start, token.end);
    const names = [...token.value.matchAll(/\(\?P?<([A-Za-z_]\w*)>/g)].map(([, name = ""]) => name);
    if (names.length === 0) parser.problem("a regular expression of parse needs named groups", token);
    return { kind: parser.takesWord("multi") ? "parseEach" : "parse", field, expression, names };
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

/** `parse @message logfmt as lf`: what is found is `lf.level`. */
function readLogfmt(parser: Parser, field: Expression): Command {
  const { start, end } = parser.next;
  parser.expectWord("as");
  const made: Expression = { kind: "call", name: "logfmt", arguments: [field], start, end };
  return { kind: "parseWhole", made, name: parser.name() };
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
