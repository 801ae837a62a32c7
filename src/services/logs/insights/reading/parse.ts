import { holds } from "../compile.ts";
import { LookupRows } from "../lookups.ts";
import { Subquery } from "../stages/subquery.ts";
import type { Command, Expression, Named, QueryTime } from "./ast.ts";
import { readJson, readParse } from "./extraction.ts";
import { readAddTotals, readFillDown, readFillMissing } from "./filling.ts";
import { readCidrLookup, readJoin, readLookup } from "./joining.ts";
import { Parser } from "./parser.ts";
import {
  readAppendCols,
  readAutoregress,
  readCountFrequent,
  readLogCompare,
  readOutlier,
  readRelevantFields,
  readSessionize,
} from "./rows.ts";
import { readSource } from "./source.ts";

const MOST_ROWS = 100_000;
const MOST_STATS = 10;

type Read = (parser: Parser, tableOf: (name: string) => LookupRows) => Command;

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html */
const COMMANDS: Readonly<Record<string, Read>> = {
  fields: (parser) => ({ kind: "fields", fields: parser.list() }),
  display: (parser) => ({ kind: "display", fields: parser.list() }),
  filter: (parser) => ({ kind: "filter", condition: parser.expression() }),
  filterindex: readFilterIndex,
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
  expand: (parser) => ({ kind: "expand", field: parser.name() }),
  json: readJson,
  anomaly: () => ({ kind: "anomaly" }),
  lookup: readLookup,
  cidrlookup: readCidrLookup,
  appendcols: readAppendCols,
  autoregress: readAutoregress,
  countfrequent: readCountFrequent,
  count_frequent: readCountFrequent,
  logcompare: readLogCompare,
  outlier: readOutlier,
  relevantfields: readRelevantFields,
  sessionize: readSessionize,
};

export interface ParsedQuery {
  readonly commands: readonly Command[];
  /** Queries within it, in their order. */
  readonly subqueries: readonly Subquery[];
  /** Tables that it looks into. */
  readonly tables: readonly LookupRows[];
}

/** The commands of a query; throws QueryProblem. */
export function parseQuery(query: string, time: QueryTime): ParsedQuery {
  const subqueries: Subquery[] = [];
  const tables: LookupRows[] = [];
  const parser = new Parser(query, time, readSubquery);
  let isWithin = false;
  const tableOf = (name: string) => {
    const table = new LookupRows(name);
    tables.push(table);
    return table;
  };
  function readSubquery(): Subquery {
    if (isWithin) parser.problem("queries within queries within queries are not supported");
    isWithin = true;
    const commands = readCommands(parser, tableOf);
    isWithin = false;
    const [first] = commands;
    // Without a source, it is of the groups that the query itself is of.
    const source = first?.kind === "source" ? first.source : undefined;
    const subquery = new Subquery(source, source ? commands.slice(1) : commands);
    subqueries.push(subquery);
    return subquery;
  }
  const commands = readCommands(parser, tableOf);
  if (parser.next.kind !== "end") parser.fail();
  return { commands, subqueries, tables };
}

function readCommands(parser: Parser, tableOf: (name: string) => LookupRows): Command[] {
  const commands: Command[] = [];
  do {
    if (parser.next.kind === "end" && commands.length === 0) break;
    const token = parser.take();
    const word = token.value.toLowerCase();
    const read = token.kind === "name" && Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
    if (word === "source" && commands.length > 0) parser.problem("SOURCE is the first command", token);
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Dedup.html
    if (commands.some(({ kind }) => kind === "dedup") && word !== "limit") parser.fail(token);
    commands.push(read ? read(parser, tableOf) : parser.fail(token));
    if (commands.filter(({ kind }) => kind === "stats").length > MOST_STATS)
      parser.problem(`a query has at most ${MOST_STATS} stats commands`, token);
  } while (parser.takesWord("|"));
  return commands;
}

/** Looks only at groups that are indexed by the fields that the condition names. */
function readFilterIndex(parser: Parser): Command {
  const condition = parser.expression();
  const byIndex = new Set<string>();
  holds(condition, (one) => {
    if (one.kind === "field") byIndex.add(one.name);
    return false;
  });
  return { kind: "filter", condition, byIndex: [...byIndex] };
}

function readAccum(parser: Parser): Command {
  const field = parser.name();
  return { kind: "accum", field, name: parser.takesWord("as") ? parser.name() : field };
}

function readStats(parser: Parser): Command {
  const values = parser.list();
  const by = parser.takesWord("by") ? parser.list() : [];
  const token = parser.next;
  if (!parser.takesWord("offset")) return { kind: "stats", values, by };
  const offset: Expression = { kind: "period", ...parser.period() };
  const moved = by.map((one) => ({ ...one, expression: movedBin(one.expression, offset) }));
  if (moved.every(({ expression }, at) => expression === by[at]?.expression))
    parser.problem("offset moves times that are grouped by bin", token);
  return { kind: "stats", values, by: moved };
}

function movedBin(expression: Expression, offset: Expression): Expression {
  const isBin = expression.kind === "call" && expression.name === "bin";
  return isBin ? { ...expression, arguments: [...expression.arguments, offset] } : expression;
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
  const ofAny = parser.takesWord("any");
  const token = parser.take();
  const count = Number(token.value);
  if (token.kind !== "number" || !Number.isInteger(count)) parser.fail(token);
  if (count < 1 || count > MOST_ROWS) parser.problem(`limit must be between 1 and ${MOST_ROWS}`, token);
  return { kind: "limit", count, ofAny };
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
