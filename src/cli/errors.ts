import { parseArgs } from "node:util";
import type { IssueDetailView, IssueListView, IssueView } from "../console/errors.ts";
import { UserError } from "../kernel/faults.ts";
import type { Frame } from "../observe/issues/failure.ts";
import type { Try } from "../observe/issues/model.ts";
import { ask, ENDPOINT_OPTION, endpointOf } from "./client.ts";
import type { Command, Terminal } from "./command.ts";
import {
  type Column,
  counted,
  formatDuration,
  formatMoment,
  type Palette,
  palette,
  printable,
  table,
} from "./terminal.ts";

const HELP = `Usage: nuage errors [ID] [options]

What failed, each error once however often it was tried: its class, how many events it struck, how many of
them went well later, and how many failed for good. With the ID of one, or the beginning of it: its stack,
its attempts, a sample event, what was logged, and why all this is one error.

  --function NAME    of this function only
  --class CLASS      handler, init, import, timeout, "out of memory", exit, throttle, permission, payload,
                     "partial batch"
  --state STATE      new, regressed, resolved or ignored
  --since TIME       seen since: 10m, 2h, or a date
  --resolve, --ignore, --reopen    decides about the error with this ID
  --json             the same as JSON
  --port PORT, --endpoint URL    where the platform is
`;

export const errors: Command = async (args, terminal) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...ENDPOINT_OPTION,
      function: { type: "string" },
      class: { type: "string" },
      state: { type: "string" },
      since: { type: "string" },
      resolve: { type: "boolean" },
      ignore: { type: "boolean" },
      reopen: { type: "boolean" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const endpoint = endpointOf(values);
  const [id, ...more] = positionals;
  if (more.length > 0) throw new UserError(`errors shows one error at a time.\n\n${HELP}`);
  const [decision] = (["resolve", "ignore", "reopen"] as const).filter((name) => values[name]);
  if (decision && id === undefined) throw new UserError(`--${decision} needs the ID of an error.`);
  const colours = palette(terminal.colour);
  if (id === undefined) {
    const query = new URLSearchParams();
    for (const name of ["function", "class", "state", "since"] as const)
      if (values[name]) query.set(name, values[name]);
    const list = (await (await ask(endpoint, `/_nuage/errors?${query}`)).json()) as IssueListView;
    print(
      terminal,
      values.json ? [JSON.stringify(list, null, 2)] : drawList(list, terminal.columns, colours),
    );
    return 0;
  }
  const path = `/_nuage/errors/${encodeURIComponent(id)}`;
  if (decision) {
    const answer = await ask(endpoint, `${path}?decision=${decision}`, { method: "POST" });
    const issue = (await answer.json()) as IssueView;
    print(terminal, [`${issue.id} is ${issue.state}.`]);
    return 0;
  }
  const detail = (await (await ask(endpoint, path)).json()) as IssueDetailView;
  print(
    terminal,
    values.json ? [JSON.stringify(detail, null, 2)] : drawIssue(detail, terminal.columns, colours),
  );
  return 0;
};

function print(terminal: Terminal, lines: readonly string[]): void {
  terminal.out(`${lines.join("\n")}\n`);
}

function drawList({ issues, more, evicted }: IssueListView, columns: number, colours: Palette): string[] {
  if (issues.length === 0) return ["Nothing has failed, or nothing matches."];
  const shape: Column<IssueView>[] = [
    { title: "ERROR", of: ({ id }) => id, paint: colours.bold },
    { title: "LAST", of: ({ lastMs }) => formatMoment(lastMs).slice(0, 19) },
    {
      title: "STATE",
      of: ({ state }) => state,
      paint: (cell, { state }) => paintState(colours, state)(cell),
    },
    { title: "CLASS", of: (issue) => issue.class },
    { title: "FUNCTION", of: ({ functionName }) => printable(functionName), least: 20 },
    { title: "EVENTS", of: ({ events }) => `${events}`, right: true },
    { title: "TRIES", of: ({ attempts }) => `${attempts}`, right: true },
    { title: "RECOVERED", of: ({ recovered }) => `${recovered}`, right: true, paint: colours.green },
    { title: "LOST", of: ({ failedForGood }) => `${failedForGood}`, right: true, paint: colours.red },
    { title: "WHAT", of: ({ title }) => printable(title), least: 20 },
  ];
  const lines = table(shape, issues, Math.max(110, columns));
  if (more) lines.push(colours.dim("… and others, seen earlier"));
  if (evicted > 0) lines.push(colours.dim(`${counted(evicted, "attempt")} are no longer kept.`));
  return lines;
}

function paintState(colours: Palette, state: IssueView["state"]) {
  if (state === "regressed") return colours.alarm;
  return state === "new" ? colours.yellow : colours.dim;
}

function drawIssue(detail: IssueDetailView, columns: number, colours: Palette): string[] {
  const { issue, frames, tries, sample, lines, grouped } = detail;
  const { events, attempts, recovered, failedForGood } = issue;
  return [
    `${colours.red(printable(issue.title))}`,
    `${issue.id}, ${issue.state}: ${issue.class} in ${colours.bold(printable(issue.functionName))}, ` +
      `version ${issue.versions.map(printable).join(", ")}`,
    `${counted(events, "event")} struck, in ${counted(attempts, "try").replace("trys", "tries")}: ` +
      `${recovered} went well later, ${failedForGood} failed for good`,
    `first ${formatMoment(issue.firstMs).slice(0, 19)}, last ${formatMoment(issue.lastMs).slice(0, 19)}`,
    ...section("Stack", drawFrames(frames, colours), colours),
    ...section("Tries at the last event", drawTries(tries, columns, colours), colours),
    ...section("The event", [printable(shortened(sample.payload ?? "(too large to be kept)"))], colours),
    ...section(
      "Logged",
      lines.map(({ message }) => printable(message)),
      colours,
    ),
    ...section(
      "Why this is one error",
      grouped.map((each) => colours.dim(printable(each))),
      colours,
    ),
    "",
    `nuage trace ${sample.traceId}    nuage replay --event ${sample.requestId}`,
  ];
}

const section = (title: string, lines: readonly string[], colours: Palette): string[] =>
  lines.length === 0 ? [] : ["", colours.bold(title), ...lines.map((line) => `  ${line}`)];

const LONGEST_TEXT = 2_000;
const shortened = (text: string) => (text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text);

function drawFrames(frames: readonly Frame[], colours: Palette): string[] {
  return frames.map(({ file, line, name, own }) => {
    const text = `${printable(name)}  ${printable(file)}${line === undefined ? "" : `:${line}`}`;
    return own ? text : colours.dim(text);
  });
}

/** Each try with the time that passed before it. */
function drawTries(tries: readonly Try[], columns: number, colours: Palette): string[] {
  const gap = (at: number) => {
    const before = tries[at - 1];
    const own = tries[at];
    return before && own
      ? `+${formatDuration(Math.max(0, own.timeMs - own.durationMs - before.timeMs))}`
      : "";
  };
  const rows = tries.map((each, at) => ({ ...each, gap: gap(at) }));
  const shape: Column<(typeof rows)[number]>[] = [
    { title: "TIME", of: ({ timeMs }) => formatMoment(timeMs).slice(0, 23) },
    { title: "AFTER", of: (row) => row.gap, right: true },
    {
      title: "RESULT",
      of: ({ failed, errorType }) => (failed ? printable(errorType ?? "failed") : "ok"),
      paint: (cell, { failed }) => (failed ? colours.red(cell) : colours.green(cell)),
    },
    { title: "TOOK", of: ({ durationMs }) => formatDuration(durationMs), right: true },
    { title: "VERSION", of: ({ version }) => version },
    { title: "REQUEST", of: ({ requestId }) => requestId, least: 8 },
    { title: "ENVIRONMENT", of: ({ environment = "" }) => environment, least: 10 },
  ];
  return table(shape, rows, Math.max(80, columns - 2));
}
