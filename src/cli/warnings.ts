import { parseArgs } from "node:util";
import type { Warning } from "../console/warnings/rules.ts";
import type { WarningList } from "../console/warnings/warnings.ts";
import { everyBeat } from "./beat.ts";
import { endpointOf, queryOf, READING_OPTIONS, readPage } from "./client.ts";
import type { Command, Terminal } from "./command.ts";
import { jsonText } from "./json-lines.ts";
import { formatMoment, palette, printable } from "./terminal.ts";
import { wrapped } from "./wrap.ts";

const HELP = `Usage: nuage warnings [options]

What will go wrong, or costs more than it has to: errors, memory and time near their limits, cold starts,
throttles, streams that lag or are blocked, too much memory, idle provisioned concurrency, loops, hot keys,
deprecated runtimes, work left after the answer, calls that could be made at once. Each with its number, the
threshold, since when, and what to do.

  --since TIME       from what ran since: 10m, 2h, or a date (a day)
  --function NAME    of this function only
  --explain          how each number came about
  -f, --follow       then each as it comes up
  --json             one JSON document a line, for each warning
  --port PORT, --endpoint URL    where the platform is
`;

export const warnings: Command = async (args, terminal) => {
  const { values } = parseArgs({
    args,
    options: {
      ...READING_OPTIONS,
      since: { type: "string" },
      function: { type: "string" },
      explain: { type: "boolean" },
      follow: { type: "boolean", short: "f" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const query = queryOf(values, ["since", "function"]);
  const endpoint = endpointOf(values);
  const read = () => readPage<WarningList>(endpoint, "/_nuage/warnings", query);
  const print = (warnings: readonly Warning[]) => {
    if (values.json) terminal.out(jsonText(warnings));
    else for (const each of warnings) terminal.out(`${draw(each, terminal, values.explain === true)}\n`);
  };
  if (!values.follow) {
    const { warnings } = await read();
    print(warnings);
    if (warnings.length === 0 && !values.json) terminal.out("Nothing to warn of.\n");
    return 0;
  }
  let known = new Set<string>();
  return everyBeat(BEAT_MS, terminal, async () => {
    const { warnings } = await read();
    print(warnings.filter((warning) => !known.has(keyOf(warning))));
    // One that has gone is told of again when it comes back.
    known = new Set(warnings.map(keyOf));
  });
};

/** Over many spans, asking takes the platform half a second. */
const BEAT_MS = 5_000;

const keyOf = ({ kind, subject, severity }: Warning): string => `${severity} ${kind} ${subject}`;

const INDENT = "  ";

function draw(warning: Warning, terminal: Terminal, isExplained: boolean): string {
  const { severity, kind, subject, what, sinceMs, help, formula, traceId } = warning;
  const colours = palette(terminal.colour);
  const columns = Math.max(80, terminal.columns);
  const paint = { critical: colours.red, warning: colours.yellow, advice: colours.cyan }[severity];
  const since = sinceMs === undefined ? "" : colours.dim(`  since ${formatMoment(sinceMs).slice(0, 19)}`);
  const lines = [
    `${paint(`${severity}: ${kind}`)}  ${colours.bold(printable(subject))}${since}`,
    ...wrapped(printable(`${what[0]?.toUpperCase()}${what.slice(1)}.`), columns, INDENT),
    ...wrapped(printable(help), columns, INDENT),
    ...(isExplained
      ? wrapped(`${printable(formula)}; threshold: ${thresholdOf(warning)}`, columns, INDENT).map(colours.dim)
      : []),
    ...(traceId === undefined ? [] : [`${INDENT}nuage trace ${traceId}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function thresholdOf({ kind, threshold }: Warning): string {
  if (kind === "calls in a row") return `${threshold} ms`;
  if (kind === "iterator age") return "2 hours";
  if (kind === "deprecated runtime") return "today";
  return threshold < 1 ? `${Math.round(threshold * 100)} %` : String(threshold);
}
