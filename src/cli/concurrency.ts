import { parseArgs } from "node:util";
import type { ConcurrencyView, InstantView } from "../console/concurrency.ts";
import { UserError } from "../kernel/faults.ts";
import type { Execution } from "../observe/analysis/model.ts";
import { everyBeat } from "./beat.ts";
import { endpointOf, queryOf, READING_OPTIONS, readPage } from "./client.ts";
import type { Command, Terminal } from "./command.ts";
import { jsonText } from "./json-lines.ts";
import { sparkline } from "./sparkline.ts";
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

const HELP = `Usage: nuage concurrency [options]

How many invocations were under way at once, exactly: the peak and when it was, over time, against the limits
of the account and of each function, and how fast environments had to be started. With --at, what was under
way at that instant: which environments were busy, and with what.

  --at TIME          at this instant: 10m ago, 14:03:07.250 of today in UTC, or a date
  --function NAME    of this function only
  --since TIME       from then on: 10m, 2h, or a date (the first invocation of the last hour)
  --until TIME       until then (now)
  -f, --follow       what is under way, once a second, until Ctrl-C
  --json             one JSON document a line: all of it, with --at one for each invocation
  --port PORT, --endpoint URL    where the platform is
`;

export const concurrency: Command = async (args, terminal) => {
  const { values } = parseArgs({
    args,
    options: {
      ...READING_OPTIONS,
      at: { type: "string" },
      function: { type: "string" },
      since: { type: "string" },
      until: { type: "string" },
      follow: { type: "boolean", short: "f" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const columns = Math.max(80, terminal.columns);
  const query = queryOf(values, ["at", "function", "since", "until"]);
  query.set("buckets", `${Math.min(120, columns - 2)}`);
  const endpoint = endpointOf(values);
  const colours = palette(terminal.colour);
  if (values.follow) {
    if (values.at || values.since || values.until)
      throw new UserError("--follow begins now and has no end: leave --at, --since and --until out.");
    return follow(endpoint, query, values.json === true, terminal);
  }
  const view = await readPage<ConcurrencyView | InstantView>(endpoint, "/_nuage/concurrency", query);
  if (values.json) {
    terminal.out(jsonText("atMs" in view ? view.executions : [view]));
    return 0;
  }
  const lines =
    "atMs" in view ? drawInstant(view, columns, colours) : drawConcurrency(view, columns, colours);
  terminal.out(`${lines.join("\n")}\n`);
  return 0;
};

const BEAT_MS = 1_000;

/** A line a second: how many are under way, and of which functions. */
function follow(
  endpoint: string,
  query: URLSearchParams,
  isJson: boolean,
  terminal: Terminal,
): Promise<number> {
  const colours = palette(terminal.colour);
  return everyBeat(BEAT_MS, terminal, async ({ nowMs }) => {
    query.set("at", `${Math.floor(nowMs)}`);
    const view = await readPage<InstantView>(endpoint, "/_nuage/concurrency", query);
    const { atMs, count, limit, executions } = view;
    const functions: Record<string, number> = {};
    for (const { functionName } of executions) functions[functionName] = (functions[functionName] ?? 0) + 1;
    const busiest = Object.entries(functions)
      .sort(([, one], [, other]) => other - one)
      .map(([name, busy]) => `${printable(name)} ${busy}`);
    const line =
      `${colours.dim(formatMoment(atMs).slice(11, 19))} ${String(count).padStart(5)} ` +
      `${colours.dim(`of ${limit.toLocaleString("en")}`)}  ${busiest.join(", ")}`;
    terminal.out(isJson ? jsonText([{ atMs, count, limit, functions }]) : `${line.trimEnd()}\n`);
  });
}

function drawInstant(view: InstantView, columns: number, colours: Palette): string[] {
  const { atMs, count, limit, executions, more } = view;
  const head =
    `At ${formatMoment(atMs)} ${count === 1 ? "1 invocation was" : `${count} invocations were`} under way, ` +
    `of ${limit.toLocaleString("en")} that the account may have.`;
  if (executions.length === 0) return [head];
  const shape: Column<Execution>[] = [
    { title: "FUNCTION", of: ({ functionName }) => printable(functionName), least: 12, paint: colours.bold },
    { title: "VERSION", of: ({ version = "" }) => version },
    {
      title: "DOING",
      of: ({ phase }) => (phase === "init" ? "starting" : "running"),
      paint: (cell, { phase }) => (phase === "init" ? colours.yellow(cell) : cell),
    },
    { title: "FOR", of: ({ startMs }) => formatDuration(atMs - startMs), right: true },
    {
      title: "ENDED AFTER",
      of: ({ endMs }) => (endMs === undefined ? "still runs" : formatDuration(endMs - atMs)),
      right: true,
    },
    { title: "FROM", of: ({ origin }) => printable(shortName(origin)), least: 8 },
    { title: "REQUEST", of: ({ requestId }) => requestId, least: 8 },
    { title: "ENVIRONMENT", of: ({ environment = "" }) => environment.slice(-12) },
  ];
  const lines = [head, "", ...table(shape, executions, columns)];
  return more ? [...lines, colours.dim(`… and ${count - executions.length} more`)] : lines;
}

/** The last part of an ARN. */
function shortName(origin: string | undefined): string {
  if (origin === undefined) return "";
  if (!origin.startsWith("arn:")) return origin;
  const [, , service = "", , , ...rest] = origin.split(":");
  return `${service} ${/^table\/([^/]+)/.exec(rest.join(":"))?.[1] ?? rest.at(-1) ?? ""}`;
}

type Row = ConcurrencyView["functions"][number];

function drawConcurrency(view: ConcurrencyView, columns: number, colours: Palette): string[] {
  const { sinceMs, untilMs, peak, peakMs, limit, series, now, functions, scalingLimit } = view;
  if (functions.length === 0) return ["No function ran in this time."];
  const share = (peak / limit) * 100;
  const paint = share >= 80 ? colours.red : colours.green;
  const lines = [
    `Peak ${paint(colours.bold(`${peak}`))} of ${limit.toLocaleString("en")} at ${formatMoment(peakMs)}, ` +
      `${now} now`,
    "",
    sparkline(series, peak),
    colours.dim(`${formatMoment(sinceMs).slice(11, 19)} to ${formatMoment(untilMs).slice(11, 19)}`),
    "",
    ...table(
      columns < WIDE ? shapeOf(colours).filter(({ title }) => !LESS.includes(title)) : shapeOf(colours),
      functions,
      columns,
    ),
  ];
  const fast = functions.filter(({ startsInTenSeconds }) => startsInTenSeconds > scalingLimit / 2);
  for (const { functionName, startsInTenSeconds } of fast) {
    lines.push(
      colours.yellow(
        `${printable(functionName)} started ${counted(startsInTenSeconds, "environment")} in ten seconds: ` +
          `AWS starts ${scalingLimit.toLocaleString("en")} at most.`,
      ),
    );
  }
  lines.push("", colours.dim(`What ran at an instant: nuage concurrency --at ${isoOf(peakMs)}`));
  return lines;
}

const isoOf = (timeMs: number): string => new Date(timeMs).toISOString();

const WIDE = 110;
/** What can be done without where there is little room. */
const LESS = ["NOW", "MOST STARTS/10 S"];

function shapeOf(colours: Palette): Column<Row>[] {
  const limitOf = ({ reservedConcurrency, provisionedConcurrency }: Row) =>
    [
      ...(reservedConcurrency === undefined ? [] : [`${reservedConcurrency} reserved`]),
      ...(provisionedConcurrency === undefined ? [] : [`${provisionedConcurrency} provisioned`]),
    ].join(", ");
  return [
    { title: "FUNCTION", of: ({ functionName }) => printable(functionName), least: 12, paint: colours.bold },
    { title: "PEAK", of: ({ peak }) => `${peak}`, right: true },
    { title: "AT", of: ({ peakMs }) => formatMoment(Math.ceil(peakMs)).slice(11) },
    { title: "LIMIT", of: limitOf },
    { title: "NOW", of: (row) => `${row.now}`, right: true },
    { title: "RUNS", of: ({ invocations }) => invocations.toLocaleString("en"), right: true },
    { title: "ENVIRONMENTS", of: ({ environments }) => `${environments}`, right: true },
    { title: "COLD", of: ({ coldStarts }) => `${coldStarts}`, right: true },
    { title: "MOST STARTS/10 S", of: ({ startsInTenSeconds }) => `${startsInTenSeconds}`, right: true },
    {
      title: "THROTTLED",
      of: ({ throttles }) => `${throttles}`,
      right: true,
      paint: (cell, { throttles }) => (throttles > 0 ? colours.magenta(cell) : cell),
    },
  ];
}
