import { parseArgs } from "node:util";
import type { IssueListView, IssueView } from "../console/errors.ts";
import { UserError } from "../kernel/faults.ts";
import { everyLine } from "./beat.ts";
import { endpointOf, queryOf, READING_OPTIONS, readPage } from "./client.ts";
import type { Command, Terminal } from "./command.ts";
import { showError } from "./error.ts";
import { jsonText } from "./json-lines.ts";
import {
  type Column,
  counted,
  formatMoment,
  inCells,
  type Palette,
  palette,
  printable,
  table,
} from "./terminal.ts";

const HELP = `Usage: nuage errors [options]

What failed, each error once however often it was tried: its class, how many events it struck, how many of
them went well later, and how many failed for good. nuage error ID explains one.

  --function NAME    of this function only
  --class CLASS      handler, init, import, timeout, "out of memory", exit, throttle, permission, payload,
                     extension, recursion, "partial batch", "stream blocked", dropped or logged
  --state STATE      new, regressed, resolved or ignored
  --since TIME       seen since: 10m, 2h, or a date
  --limit N          how many at most (50)
  -f, --follow       then each as it is seen again
  --json             one JSON document a line, for each error
  --port PORT, --endpoint URL    where the platform is
`;

export const errors: Command = async (args, terminal) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...READING_OPTIONS,
      function: { type: "string" },
      class: { type: "string" },
      state: { type: "string" },
      since: { type: "string" },
      limit: { type: "string" },
      follow: { type: "boolean", short: "f" },
      resolve: { type: "boolean" },
      ignore: { type: "boolean" },
      reopen: { type: "boolean" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const [id, ...more] = positionals;
  // What is meant by it is clear.
  if (id !== undefined && more.length === 0) return showError(id, values, terminal);
  if (more.length > 0 || values.resolve || values.ignore || values.reopen)
    throw new UserError("nuage error ID shows one error, and decides about it.");
  const query = queryOf(values, ["function", "class", "state", "since", "limit"]);
  const endpoint = endpointOf(values);
  if (values.follow) return follow(endpoint, query, values.json === true, terminal);
  const list = await readPage<IssueListView>(endpoint, "/_nuage/errors", query);
  const colours = palette(terminal.colour);
  const lines = drawList(list, terminal.columns, colours);
  terminal.out(values.json ? jsonText(list.issues) : `${lines.join("\n")}\n`);
  if (list.more) terminal.err(colours.dim("… and others, seen earlier: --limit shows more.\n"));
  if (list.evicted > 0)
    terminal.err(colours.dim(`${counted(list.evicted, "older attempt")} no longer kept.\n`));
  return 0;
};

function follow(
  endpoint: string,
  query: URLSearchParams,
  isJson: boolean,
  terminal: Terminal,
): Promise<number> {
  query.set("follow", "1");
  const colours = palette(terminal.colour);
  // A platform that comes back begins anew.
  const told = new Map<string, number>();
  return everyLine<IssueView>({ endpoint, path: `/_nuage/errors?${query}`, terminal }, (issue) => {
    if (told.get(issue.id) === issue.attempts) return;
    const [head = "", ...rows] = rowsOf([issue], terminal.columns, colours);
    const lines = told.size === 0 ? [head, ...rows] : rows;
    terminal.out(isJson ? jsonText([issue]) : `${lines.join("\n")}\n`);
    told.set(issue.id, issue.attempts);
  });
}

function drawList({ issues }: IssueListView, columns: number, colours: Palette): string[] {
  if (issues.length === 0) return ["Nothing has failed, or nothing matches."];
  return rowsOf(issues, columns, colours);
}

/** In a narrow terminal what failed, and where, has a line of its own. */
function rowsOf(issues: readonly IssueView[], columns: number, colours: Palette): string[] {
  const shape = shapeOf(colours, columns);
  if (columns >= WIDE) return table(shape, issues, columns);
  const [head = "", ...rows] = table(
    shape.filter(({ title }) => !LONG.includes(title)),
    issues,
    columns,
  );
  return [
    head,
    ...issues.flatMap((issue, at) => {
      const what = inCells(printable(`  ${issue.functionName}  ${issue.title}`), Math.max(80, columns));
      return [rows[at] ?? "", what.trimEnd()];
    }),
  ];
}

const WIDE = 150;
const LONG = ["FUNCTION", "WHAT"];

/** Widths are the least that a usual cell takes, so that rows that come one by one stand below each other. */
const shapeOf = (colours: Palette, columns: number): Column<IssueView>[] => [
  { title: "ERROR       ", of: ({ id }) => id, paint: colours.bold },
  columns >= WIDE
    ? { title: "LAST               ", of: ({ lastMs }) => formatMoment(lastMs).slice(0, 19) }
    : { title: "LAST       ", of: ({ lastMs }) => formatMoment(lastMs).slice(5, 16) },
  {
    title: "STATE    ",
    of: ({ state }) => state,
    paint: (cell, { state }) => paintState(colours, state)(cell),
  },
  { title: "CLASS     ", of: (issue) => issue.class },
  { title: "FUNCTION", of: ({ functionName }) => printable(functionName), least: 24 },
  { title: "EVENTS", of: ({ events }) => `${events}`, right: true },
  { title: "TRIES", of: ({ attempts }) => `${attempts}`, right: true },
  { title: "RECOVERED", of: ({ recovered }) => `${recovered}`, right: true, paint: colours.green },
  { title: "LOST", of: ({ failedForGood }) => `${failedForGood}`, right: true, paint: colours.red },
  { title: "WHAT", of: ({ title }) => printable(title), least: 20 },
];

function paintState(colours: Palette, state: IssueView["state"]) {
  if (state === "regressed") return colours.alarm;
  return state === "new" ? colours.yellow : colours.dim;
}
