import { type Columns, columnsBefore, columnsOf } from "./columns.ts";
import { holds } from "./compile.ts";
import type { LookupRows } from "./lookups.ts";
import type { Baseline, Command, Expression, QueryTime, Source } from "./reading/ast.ts";
import { parseQuery } from "./reading/parse.ts";
import { Row } from "./row.ts";
import type { SourceEvent } from "./source.ts";
import { binsOf } from "./stages/bins.ts";
import { Collected, Counted, type Stage } from "./stages/stage.ts";
import { stageOf } from "./stages/stages.ts";
import type { Subquery } from "./stages/subquery.ts";
import { DIFF_COLUMNS, differences } from "./stages/templates.ts";
import { textOf } from "./values.ts";

/** A query, ready to be run. */
export interface Query {
  /** Whether regular expressions are matched: they may take for ever. */
  readonly hasExpressions: boolean;
  /** The groups that the query itself says it is of. */
  readonly source: Source | undefined;
  /** Queries within it: what they come to is settled before it starts. */
  readonly subqueries: readonly { readonly subquery: Subquery; readonly query: Query }[];
  /** Tables that it and queries within it look into: they are settled before it starts. */
  readonly tables: readonly LookupRows[];
  /** Fields that the groups that it looks at are indexed by: the others' events are none of it. */
  readonly indexes: readonly string[];
  /** With what time the results are compared. */
  readonly diff: Baseline | undefined;
  /** Takes events, the latest first. */
  start(): Run;
  /** What is shown of a row, in order: of an event also what leads back to it. */
  show(row: Row): { readonly field: string; readonly value: string }[];
  /** Rows of now and of before as one result, where the query compares them. */
  compare(now: readonly Row[], before: readonly Row[]): Row[];
}

export interface Run {
  take(event: SourceEvent): void;
  /** How many events the filters at the beginning of the query let through. */
  readonly matched: number;
  /** No more events need be looked at. */
  readonly isFull: boolean;
  end(): readonly Row[];
}

const MOST_ROWS = 100_000;
/** What looks at one event at a time: what passes the filters among these has matched. */
const LEADING: readonly Command["kind"][] = ["fields", "filter", "parse", "extract"];

/** @param most rows of the result. Throws QueryProblem. */
export function compileQuery(text: string, most: number, time: QueryTime): Query {
  const { commands, subqueries, tables } = parseQuery(text, time);
  const within = subqueries.map((subquery) => ({
    subquery,
    query: compileCommands(subquery.commands, MOST_ROWS, { subqueries: [], tables: [] }),
  }));
  return compileCommands(commands, most, { subqueries: within, tables });
}

function compileCommands(
  all: readonly Command[],
  most: number,
  needs: Pick<Query, "subqueries" | "tables">,
): Query {
  const [opening] = all;
  const source = opening?.kind === "source" ? opening.source : undefined;
  const commands = withPattern(source ? all.slice(1) : all);
  const at = commands.findIndex(({ kind }) => kind === "diff");
  const diff = commands[at];
  const first = at < 0 ? commands : commands.slice(0, at);
  const rest = at < 0 ? [] : commands.slice(at + 1);
  const end = first.findIndex(({ kind }) => !LEADING.includes(kind));
  const leading = end < 0 ? first : first.slice(0, end);
  const later = end < 0 ? [] : first.slice(end);
  const columns = columnsOf(commands);
  const ofAny = commands.some((command) => command.kind === "limit" && command.ofAny);
  const query: Query = {
    hasExpressions: commands.some(hasExpression),
    source,
    ...needs,
    indexes: commands.flatMap((command) => (command.kind === "filter" ? (command.byIndex ?? []) : [])),
    diff: diff?.kind === "diff" ? diff.against : undefined,
    start() {
      const wanted = diff ? MOST_ROWS : most;
      const collected = new Collected(wanted);
      const matched = new Counted(pipeline(later, collected, wanted, columnsAfter(leading)));
      const stage = pipeline(leading, matched, Number.POSITIVE_INFINITY);
      return {
        take: (event) => stage.take(new Row(event)),
        get matched() {
          return matched.count;
        },
        get isFull() {
          return ofAny && stage.isFull;
        },
        end() {
          stage.end();
          return collected.rows;
        },
      };
    },
    show: (row) => show(row, columns),
    compare(now, before) {
      const collected = new Collected(most);
      const stage = pipeline(rest, collected, most, new Set(DIFF_COLUMNS));
      for (const row of differences(now, before)) stage.take(row);
      stage.end();
      return collected.rows;
    },
  };
  // What is wrong with an expression shows when it is compiled.
  query.start();
  if (diff) query.compare([], []);
  return query;
}

/** Patterns are what is compared and judged: of messages, where the query names no field for them. */
function withPattern(commands: readonly Command[]): readonly Command[] {
  const at = commands.findIndex(({ kind }) => kind === "diff" || kind === "anomaly");
  if (at < 0 || commands.slice(0, at).some(({ kind }) => kind === "pattern")) return commands;
  return commands.toSpliced(at, 0, { kind: "pattern", field: { kind: "field", name: "@message" } });
}

/** The stages of some commands, joined from the last to the first. */
function pipeline(
  commands: readonly Command[],
  last: Stage,
  most: number,
  known: ReadonlySet<string> = new Set(),
): Stage {
  const before = columnsBefore(commands, known);
  let next = last;
  let wanted = most;
  for (let at = commands.length - 1; at >= 0; at--) {
    const command = commands[at] as Command;
    if (command.kind === "diff" || command.kind === "source") continue;
    const bins = binsOf(commands.slice(0, at));
    next = stageOf(command, { next, columns: before[at] ?? known, wanted, bins });
    wanted = wantedBefore(command, wanted);
  }
  return next;
}

/** What makes one row of each, whatever the others are. */
const PLAIN: readonly Command["kind"][] = ["fields", "display", "parse", "extract", "lookup", "cidrlookup"];

/** How many rows are wanted of what comes before a command, when so many are wanted after it. */
function wantedBefore(command: Command, wanted: number): number {
  if (command.kind === "limit") return Math.min(command.count, wanted);
  return PLAIN.includes(command.kind) ? wanted : Number.POSITIVE_INFINITY;
}

/** Whether regular expressions are matched, or what is read like them. */
function hasExpression(command: Command): boolean {
  const isRegex = (expression: Expression) => holds(expression, matchesRegex);
  switch (command.kind) {
    case "parse":
    case "parseEach":
      return true;
    case "filter":
    case "relevantfields":
      return isRegex(command.condition);
    case "fields":
    case "display":
    case "dedup":
      return command.fields.some(({ expression }) => isRegex(expression));
    case "stats":
      return [...command.by, ...command.values].some(({ expression }) => isRegex(expression));
    case "sort":
      return command.keys.some(({ expression }) => isRegex(expression));
    default:
      return false;
  }
}

const matchesRegex = (one: Expression): boolean =>
  one.kind === "regex" || (one.kind === "call" && /^regex_?replace$/.test(one.name));

function columnsAfter(commands: readonly Command[]): ReadonlySet<string> {
  const names = commands.flatMap((command) =>
    command.kind === "fields" ? command.fields.map(({ name }) => name) : [],
  );
  return new Set(names);
}

function show(row: Row, { names, areEvents }: Columns) {
  const shown: { field: string; value: string }[] = [];
  for (const field of areEvents && !names.includes("@ptr") ? [...names, "@ptr"] : names) {
    const value = textOf(row.get(field));
    if (value !== undefined) shown.push({ field, value });
  }
  return shown;
}
