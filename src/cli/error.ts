import { parseArgs } from "node:util";
import type { IssueDetailView, IssueView } from "../console/errors.ts";
import { UserError } from "../kernel/faults.ts";
import type { Frame } from "../observe/issues/frames.ts";
import type { Try } from "../observe/issues/model.ts";
import { everyChange } from "./beat.ts";
import { ask, endpointOf, READING_OPTIONS, readPage } from "./client.ts";
import type { Command, Terminal } from "./command.ts";
import { isRoutine, readable } from "./dev-view.ts";
import { jsonText } from "./json-lines.ts";
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

const HELP = `Usage: nuage error ID [options]

Explains one of nuage errors: its stack with the code around each call, all tries at the last event, that
event, what was logged, and why all this is one error. The beginning of an ID will do.

  --resolve          it is dealt with: seen again, it has regressed
  --ignore           it is to be left alone
  --reopen           it is new again
  -f, --follow       then again whenever it has been seen again, until Ctrl-C
  --json             all of it as one line of JSON
  --port PORT, --endpoint URL    where the platform is
`;

export const error: Command = async (args, terminal) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...READING_OPTIONS,
      resolve: { type: "boolean" },
      ignore: { type: "boolean" },
      reopen: { type: "boolean" },
      follow: { type: "boolean", short: "f" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const [id, ...more] = positionals;
  if (id === undefined || more.length > 0) throw new UserError(`error takes the ID of one.\n\n${HELP}`);
  return showError(id, values, terminal);
};

interface Values {
  readonly endpoint?: string | undefined;
  readonly port?: string | undefined;
  readonly resolve?: boolean | undefined;
  readonly ignore?: boolean | undefined;
  readonly reopen?: boolean | undefined;
  readonly follow?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Shows one error, or decides about it. */
export async function showError(id: string, values: Values, terminal: Terminal): Promise<number> {
  const endpoint = endpointOf(values);
  const path = `/_nuage/errors/${encodeURIComponent(id)}`;
  const [decision] = (["resolve", "ignore", "reopen"] as const).filter((name) => values[name]);
  if (decision) {
    if (values.follow) throw new UserError(`--follow and --${decision} are two commands.`);
    const answer = await ask(endpoint, `${path}?decision=${decision}`, { method: "POST" });
    const issue = (await answer.json()) as IssueView;
    terminal.out(values.json ? jsonText([issue]) : `${issue.id} is ${issue.state}.\n`);
    return 0;
  }
  const isJson = values.json === true;
  const read = async () => {
    const detail = await readPage<IssueDetailView>(endpoint, path);
    if (isJson) return jsonText([detail]);
    return `${drawIssue(detail, terminal.columns, palette(terminal.colour)).join("\n")}\n`;
  };
  if (values.follow) return everyChange(BEAT_MS, terminal, isJson, async () => [await read()]);
  terminal.out(await read());
  return 0;
}

/** So often the platform is asked. */
const BEAT_MS = 1_000;

function drawIssue(detail: IssueDetailView, columns: number, colours: Palette): string[] {
  const { issue, frames, tries, sample, lines, grouped, last } = detail;
  const where = [
    `${issue.class} in ${colours.bold(printable(issue.functionName))}`,
    ...(issue.versions.length > 0 ? [`version ${issue.versions.map(printable).join(", ")}`] : []),
    ...(issue.environments > 0 ? [counted(issue.environments, "environment")] : []),
  ];
  const event = printable(shortened(sample?.payload ?? "(too large to be kept)"));
  const logged = lines
    .filter(({ message }) => !isRoutine(message))
    .flatMap(({ message }) => readable(message).trimEnd().split("\n").slice(0, 12).map(printable));
  // The first says which way of grouping it was.
  const [, ...common] = grouped;
  return [
    colours.red(printable(issue.title)),
    `${issue.id}, ${issue.state}: ${where.join(", ")}`,
    told(issue),
    `first ${formatMoment(issue.firstMs).slice(0, 19)}, last ${formatMoment(issue.lastMs).slice(0, 19)}`,
    ...section("Stack", drawFrames(frames, colours), colours),
    ...section("Tries at the last event", drawTries(tries, columns, colours), colours),
    ...(sample ? section("The event", [event], colours) : []),
    ...section("Logged", logged, colours),
    ...section(
      "Why this is one error: all of it has these in common",
      common.map(printable).map(colours.dim),
      colours,
    ),
    "",
    ...(last.traceId === "" ? [] : [`nuage trace ${last.traceId}`]),
    ...(sample ? [`nuage replay ${sample.requestId}`] : []),
  ];
}

/** Where nothing is tried again there is nothing more to say than how often it was seen. */
function told({ events, attempts, recovered, failedForGood }: IssueView): string {
  const tries = attempts === 1 ? "1 try" : `${attempts.toLocaleString("en")} tries`;
  const rest = events - recovered - failedForGood;
  return (
    `${counted(events, "event")} struck, in ${tries}: ${recovered} went well later, ` +
    `${failedForGood} failed for good${rest > 0 ? `, ${rest} neither yet` : ""}`
  );
}

const section = (title: string, lines: readonly string[], colours: Palette): string[] =>
  lines.length === 0 ? [] : ["", colours.bold(title), ...lines.map((line) => `  ${line}`)];

const LONGEST_TEXT = 2_000;
const shortened = (text: string) => (text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text);

function drawFrames(frames: readonly Frame[], colours: Palette): string[] {
  return frames.flatMap(({ file, line, name, own, context, generated }) => {
    const from = generated === undefined ? "" : colours.dim(`  (${printable(generated)})`);
    const text = `${printable(name)}  ${printable(file)}${line === undefined ? "" : `:${line}`}`;
    if (!own) return [colours.dim(text)];
    const shown = context?.lines.map((code, at) => {
      const number = context.first + at;
      const drawn = `${number === line ? ">" : " "} ${String(number).padStart(4)}  ${printable(code)}`;
      return `  ${number === line ? colours.yellow(drawn) : colours.dim(drawn)}`.trimEnd();
    });
    return [text + from, ...(shown ?? [])];
  });
}

/** Each try with the time that passed before it. */
function drawTries(tries: readonly Try[], columns: number, colours: Palette): string[] {
  if (tries.length === 0) return [];
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
    { title: "ENVIRONMENT", of: ({ environment = "" }) => environment.slice(-12) },
  ];
  return table(shape, rows, Math.max(80, columns - 2));
}
