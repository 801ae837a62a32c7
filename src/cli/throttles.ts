import { parseArgs } from "node:util";
import type { ThrottleLine, ThrottleReport } from "../delivery/throttle-report.ts";
import { endpointOf, queryOf, READING_OPTIONS, readPage } from "./client.ts";
import type { Command } from "./command.ts";
import { jsonText } from "./json-lines.ts";
import { type Column, counted, formatMoment, palette, printable, table } from "./terminal.ts";

const HELP = `Usage: nuage throttles [options]

Which functions were throttled, by which limit, when and how often, and what would have helped.

  --since TIME       throttles since: 10m, 2h, or a date (all that are kept: a week)
  --function NAME    of this function only
  --json             one JSON document a line, for each function, limit and source; count is how often
  --port PORT, --endpoint URL    where the platform is
`;

export const throttles: Command = async (args, terminal) => {
  const { values } = parseArgs({
    args,
    options: {
      ...READING_OPTIONS,
      since: { type: "string" },
      function: { type: "string" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const query = queryOf(values, ["since", "function"]);
  const report = await readPage<ThrottleReport>(endpointOf(values), "/_nuage/throttles", query);
  if (values.json) terminal.out(jsonText(report.throttles));
  else terminal.out(`${drawThrottles(report, terminal.columns, terminal.colour).join("\n")}\n`);
  return 0;
};

/** What each limit is called where there is little room. */
const LIMITS: Readonly<Record<ThrottleLine["reason"], string>> = {
  ReservedFunctionConcurrentInvocationLimitExceeded: "reserved concurrency",
  ConcurrentInvocationLimitExceeded: "account concurrency",
  FunctionInvocationRateLimitExceeded: "scaling rate",
  ReservedFunctionInvocationRateLimitExceeded: "reserved request rate",
  CallerRateLimitExceeded: "account request rate",
};

function drawThrottles(
  { throttles: lines, count }: ThrottleReport,
  columns: number,
  colour: boolean,
): string[] {
  if (lines.length === 0) return ["Nothing was throttled."];
  const colours = palette(colour);
  const moment = (timeMs: number) => formatMoment(timeMs).slice(5, 19);
  const shape: Column<ThrottleLine>[] = [
    { title: "FUNCTION", of: ({ functionName }) => printable(functionName), least: 12 },
    { title: "BY", of: ({ reason }) => LIMITS[reason] ?? reason, least: 20 },
    { title: "LIMIT", of: ({ limit }) => limit.toLocaleString("en"), right: true },
    { title: "FROM", of: sourceOf, least: 8 },
    { title: "TIMES", of: (line) => line.count.toLocaleString("en"), right: true },
    { title: "FIRST", of: ({ firstMs }) => moment(firstMs) },
    { title: "LAST", of: ({ firstMs, lastMs }) => lastOf(moment(firstMs), moment(lastMs)) },
    { title: "MOST/MIN", of: ({ worstMinute }) => worstMinute.count.toLocaleString("en"), right: true },
  ];
  const [head = "", ...rows] = table(shape, lines, Math.max(80, columns));
  const help = [...new Set(lines.map((line) => line.help))];
  return [
    colours.bold(head),
    ...rows,
    "",
    ...help.map((text) => `• ${printable(text)}`),
    "",
    colours.dim(`${counted(count, "throttle")} in all; times are in UTC.`),
  ];
}

/** Of the same day the time alone. */
const lastOf = (first: string, last: string) =>
  last.slice(0, 5) === first.slice(0, 5) ? last.slice(6) : last;

/** `sqs jobs`, or who called. */
function sourceOf({ source, sourceArn }: ThrottleLine): string {
  const name = (sourceArn ?? "").split(/[:/]/).at(-1);
  return printable(name ? `${source} ${name}` : source);
}
