import type { Command, Expression, Source } from "./ast.ts";
import { binsOf } from "./bins.ts";
import { holds } from "./compile.ts";
import { parseQuery } from "./parse.ts";
import { Row } from "./row.ts";
import type { SourceEvent } from "./source.ts";
import { Collected, Counted, type Stage } from "./stage.ts";
import { stageOf } from "./stages.ts";
import type { Subquery } from "./subquery.ts";
import { DIFF_COLUMNS, differences, PATTERN_COLUMNS } from "./templates.ts";
import { textOf } from "./values.ts";

/** A query, ready to be run. */
export interface Query {
  /** Whether regular expressions are matched: they may take for ever. */
  readonly hasExpressions: boolean;
  /** The groups that the query itself says it is of. */
  readonly source: Source | undefined;
  /** Queries within it: what they come to is settled before it starts. */
  readonly subqueries: readonly { readonly subquery: Subquery; readonly query: Query }[];
  /** With what time the results are compared. */
  readonly diff: "previous" | "day" | "week" | "month" | undefined;
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
  /** No more events are wanted. */
  readonly isFull: boolean;
  end(): readonly Row[];
}

const MOST_ROWS = 100_000;
/** What looks at one event at a time: what passes the filters among these has matched. */
const LEADING: readonly Command["kind"][] = ["fields", "filter", "parse"];
const DEFAULT_COLUMNS = ["@timestamp", "@message"];

/** @param most rows of the result. @param nowMs what `now()` is. Throws QueryProblem. */
export function compileQuery(text: string, most: number, nowMs = 0): Query {
  const { commands, subqueries } = parseQuery(text, nowMs);
  const within = subqueries.map((subquery) => ({
    subquery,
    query: compileCommands(subquery.commands, MOST_ROWS, []),
  }));
  return compileCommands(commands, most, within);
}

function compileCommands(all: readonly Command[], most: number, subqueries: Query["subqueries"]): Query {
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
  const query: Query = {
    hasExpressions: commands.some(hasExpression),
    source,
    subqueries,
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
          return stage.isFull;
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

/** Patterns are what is compared: of messages, where the query names no field for them. */
function withPattern(commands: readonly Command[]): readonly Command[] {
  const at = commands.findIndex(({ kind }) => kind === "diff");
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

/** How many rows are wanted of what comes before a command, when so many are wanted after it. */
function wantedBefore(command: Command, wanted: number): number {
  if (command.kind === "limit") return Math.min(command.count, wanted);
  return command.kind === "fields" || command.kind === "display" || command.kind === "parse"
    ? wanted
    : Number.POSITIVE_INFINITY;
}

/** Whether regular expressions are matched, or what is read like them. */
function hasExpression(command: Command): boolean {
  const isRegex = (expression: Expression) => holds(expression, ({ kind }) => kind === "regex");
  switch (command.kind) {
    case "parse":
    case "parseEach":
      return true;
    case "filter":
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

function columnsAfter(commands: readonly Command[]): ReadonlySet<string> {
  const names = commands.flatMap((command) =>
    command.kind === "fields" ? command.fields.map(({ name }) => name) : [],
  );
  return new Set(names);
}

/** For each command, the columns that the commands before it have made. */
function columnsBefore(commands: readonly Command[], known: ReadonlySet<string>): ReadonlySet<string>[] {
  let columns = known;
  return commands.map((command) => {
    const before = columns;
    if (command.kind === "stats") {
      columns = new Set([...command.by, ...command.values].map(({ name }) => name));
    } else if (command.kind === "fields") {
      columns = new Set([...columns, ...command.fields.map(({ name }) => name)]);
    }
    return before;
  });
}

interface Columns {
  readonly names: readonly string[];
  /** Rows stand for events. */
  readonly areEvents: boolean;
}

function columnsOf(commands: readonly Command[]): Columns {
  let names: string[] = [];
  let displayed: readonly string[] | undefined;
  let areEvents = true;
  const add = (more: readonly string[]) => {
    names.push(...more.filter((name) => !names.includes(name)));
  };
  for (const command of commands) {
    switch (command.kind) {
      case "fields":
        add(command.fields.map(({ name }) => name));
        break;
      case "display":
        displayed = command.fields.map(({ name }) => name);
        break;
      case "parse":
      case "parseEach":
        if (names.length === 0) add(DEFAULT_COLUMNS);
        add(command.names);
        break;
      case "accum":
      case "parseWhole":
        if (names.length === 0) add(DEFAULT_COLUMNS);
        add([command.name]);
        break;
      case "addtotals":
        if (names.length === 0) add(DEFAULT_COLUMNS);
        if (command.ofRows) add([command.name]);
        break;
      case "unnest":
        if (names.length === 0) add(DEFAULT_COLUMNS);
        add([command.into]);
        break;
      case "stats":
        names = [...command.by, ...command.values].map(({ name }) => name);
        [displayed, areEvents] = [undefined, false];
        break;
      case "pattern":
      case "diff":
        names = command.kind === "diff" ? DIFF_COLUMNS : PATTERN_COLUMNS;
        names = [...names];
        [displayed, areEvents] = [undefined, false];
        break;
    }
  }
  return { names: displayed ?? (names.length > 0 ? names : DEFAULT_COLUMNS), areEvents };
}

function show(row: Row, { names, areEvents }: Columns) {
  const shown: { field: string; value: string }[] = [];
  for (const field of areEvents && !names.includes("@ptr") ? [...names, "@ptr"] : names) {
    const value = textOf(row.get(field));
    if (value !== undefined) shown.push({ field, value });
  }
  return shown;
}
