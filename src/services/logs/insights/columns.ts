import type { Command } from "./reading/ast.ts";
import { ANOMALY_COLUMNS } from "./stages/anomalous.ts";
import { FREQUENCY } from "./stages/frequencies.ts";
import { outlierMark } from "./stages/outliers.ts";
import { RELEVANCE_COLUMNS } from "./stages/relevance.ts";
import { DIFF_COLUMNS, PATTERN_COLUMNS } from "./stages/templates.ts";

const DEFAULT_COLUMNS = ["@timestamp", "@message"];

/** What of the rows that commands come to is shown. */
export interface Columns {
  readonly names: readonly string[];
  /** Rows stand for events. */
  readonly areEvents: boolean;
}

/** Names that a command adds to what is shown already; none for one that shows only its own. */
function added(command: Command): readonly string[] {
  switch (command.kind) {
    case "parse":
    case "parseEach":
    case "extract":
      return command.names;
    case "accum":
    case "sessionize":
      return [command.name];
    case "addtotals":
      return command.ofRows ? [command.name] : [];
    case "unnest":
      return [command.into];
    case "expand":
      return [command.field];
    case "autoregress":
      return command.lags.map(([, name]) => name);
    case "outlier":
      return command.marks ? command.fields.map(outlierMark) : [];
    case "lookup":
    case "cidrlookup":
      return command.outputs.map(([, field]) => field);
    case "appendcols":
      return columnsOf(command.subquery.commands).names;
    default:
      return [];
  }
}

/** Names of a command that makes rows of its own, which are no events. */
function own(command: Command): readonly string[] | undefined {
  switch (command.kind) {
    case "stats":
      return [...command.by, ...command.values].map(({ name }) => name);
    case "pattern":
      return PATTERN_COLUMNS;
    case "diff":
      return DIFF_COLUMNS;
    case "countfrequent":
      return [...command.fields, FREQUENCY];
    case "relevantfields":
      return RELEVANCE_COLUMNS;
    default:
      return undefined;
  }
}

export function columnsOf(commands: readonly Command[]): Columns {
  let names: string[] = [];
  let displayed: readonly string[] | undefined;
  let areEvents = true;
  const add = (more: readonly string[]) => {
    names.push(...more.filter((name) => !names.includes(name)));
  };
  for (const command of commands) {
    const alone = own(command);
    if (alone) {
      names = [...alone];
      [displayed, areEvents] = [undefined, false];
    } else if (command.kind === "display") displayed = command.fields.map(({ name }) => name);
    else if (command.kind === "fields") add(command.fields.map(({ name }) => name));
    else if (command.kind === "anomaly") add(ANOMALY_COLUMNS);
    else {
      const more = added(command);
      // What is added is shown beside the event.
      if (names.length === 0 && (more.length > 0 || command.kind === "addtotals")) add(DEFAULT_COLUMNS);
      add(more);
    }
  }
  return { names: displayed ?? (names.length > 0 ? names : DEFAULT_COLUMNS), areEvents };
}

/** For each command, the columns that the commands before it have made. */
export function columnsBefore(
  commands: readonly Command[],
  known: ReadonlySet<string>,
): ReadonlySet<string>[] {
  let columns = known;
  return commands.map((command) => {
    const before = columns;
    const alone = own(command);
    if (alone) columns = new Set(alone);
    else if (command.kind === "fields") {
      columns = new Set([...columns, ...command.fields.map(({ name }) => name)]);
    } else columns = new Set([...columns, ...added(command)]);
    return before;
  });
}
