import { parseArgs } from "node:util";
import type { Warning } from "../console/warnings/rules.ts";
import type { WarningList } from "../console/warnings/warnings.ts";
import { ask, ENDPOINT_OPTION, endpointOf } from "./client.ts";
import type { Command } from "./command.ts";
import { formatMoment, type Palette, palette, printable } from "./terminal.ts";
import { wrapped } from "./wrap.ts";

const HELP = `Usage: nuage warnings [options]

What will go wrong, or costs more than it has to: errors, memory and time near their limits, cold starts,
throttles, streams that lag or are blocked, too much memory, idle provisioned concurrency, loops, hot keys,
deprecated runtimes, work left after the answer, calls that could be made at once. Each with its number, the
threshold, since when, and what to do.

  --since TIME       from what ran since: 10m, 2h, or a date (a day)
  --function NAME    of this function only
  --explain          how each number came about
  --json             the same as JSON
  --port PORT, --endpoint URL    where the platform is
`;

export const warnings: Command = async (args, terminal) => {
  const { values } = parseArgs({
    args,
    options: {
      ...ENDPOINT_OPTION,
      since: { type: "string" },
      function: { type: "string" },
      explain: { type: "boolean" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const query = new URLSearchParams();
  if (values.since) query.set("since", values.since);
  if (values.function) query.set("function", values.function);
  const answer = await ask(endpointOf(values), `/_nuage/warnings?${query}`);
  const list = (await answer.json()) as WarningList;
  const colours = palette(terminal.colour);
  const columns = Math.max(80, terminal.columns);
  const lines = values.json
    ? [JSON.stringify(list, null, 2)]
    : list.warnings.length === 0
      ? ["Nothing to warn of."]
      : list.warnings.flatMap((each) => draw(each, columns, colours, values.explain === true));
  terminal.out(`${lines.join("\n").trimEnd()}\n`);
  return 0;
};

const INDENT = "  ";

function draw(warning: Warning, columns: number, colours: Palette, isExplained: boolean): string[] {
  const { severity, kind, subject, what, sinceMs, help, formula, traceId } = warning;
  const paint = { critical: colours.red, warning: colours.yellow, advice: colours.cyan }[severity];
  const since = sinceMs === undefined ? "" : colours.dim(`  since ${formatMoment(sinceMs).slice(0, 19)}`);
  return [
    `${paint(`${severity}: ${kind}`)}  ${colours.bold(printable(subject))}${since}`,
    ...wrapped(printable(`${what[0]?.toUpperCase()}${what.slice(1)}.`), columns, INDENT),
    ...wrapped(printable(help), columns, INDENT),
    ...(isExplained
      ? wrapped(`${printable(formula)}; threshold: ${thresholdOf(warning)}`, columns, INDENT).map(colours.dim)
      : []),
    ...(traceId === undefined ? [] : [`${INDENT}nuage trace ${traceId}`]),
    "",
  ];
}

function thresholdOf({ kind, threshold }: Warning): string {
  if (kind === "calls in a row") return `${threshold} ms`;
  if (kind === "iterator age") return "2 hours";
  if (kind === "deprecated runtime") return "today";
  return threshold < 1 ? `${Math.round(threshold * 100)} %` : String(threshold);
}
