import { parseArgs } from "node:util";
import type { TraceList, TraceSummary } from "../observe/model.ts";
import { everyBeat } from "./beat.ts";
import { endpointOf, queryOf, READING_OPTIONS, readPage } from "./client.ts";
import type { Command, Terminal } from "./command.ts";
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

const HELP = `Usage: nuage traces [options]

The latest traces: what each began with, which functions ran, how long all of it took, and how it went.
nuage trace ID draws one.

  --limit N          how many (20)
  --since TIME       traces that began since: 10m, 2h, or a date
  --until TIME       traces that began before
  --function NAME    traces in which this function ran
  --failed           traces in which something failed
  -f, --follow       then each as it comes to rest
  --json             one JSON document a line, for each trace
  --port PORT, --endpoint URL    where the platform is
`;

export const traces: Command = async (args, terminal) => {
  const { values } = parseArgs({
    args,
    options: {
      ...READING_OPTIONS,
      limit: { type: "string" },
      since: { type: "string" },
      until: { type: "string" },
      function: { type: "string" },
      failed: { type: "boolean" },
      follow: { type: "boolean", short: "f" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const query = queryOf({ limit: "20", ...values }, ["limit", "since", "until", "function", "failed"]);
  const endpoint = endpointOf(values);
  if (values.follow) return follow(endpoint, query, values.json === true, terminal);
  const list = await listTraces(endpoint, query);
  const lines = drawTraces(list, terminal.columns, palette(terminal.colour));
  terminal.out(values.json ? jsonText(list.traces) : `${lines.join("\n")}\n`);
  tellRest(list, terminal);
  return 0;
};

async function listTraces(endpoint: string, query: URLSearchParams): Promise<TraceList> {
  return readPage<TraceList>(endpoint, "/_nuage/traces", query);
}

/** So often the platform is asked; a trace that has not grown meanwhile is told. */
const BEAT_MS = 500;

async function follow(
  endpoint: string,
  query: URLSearchParams,
  isJson: boolean,
  terminal: Terminal,
): Promise<number> {
  const colours = palette(terminal.colour);
  const sizes = new Map<string, number>();
  const told = new Set<string>();
  return everyBeat(BEAT_MS, terminal, async () => {
    for (const trace of [...(await listTraces(endpoint, query)).traces].reverse()) {
      const { traceId, spanCount } = trace;
      if (!told.has(traceId) && sizes.get(traceId) === spanCount) {
        const [head = "", row = ""] = table(shapeOf(colours), [trace], Math.max(80, terminal.columns));
        const text = told.size === 0 ? `${head}\n${row}\n` : `${row}\n`;
        terminal.out(isJson ? jsonText([trace]) : text);
        told.add(traceId);
      }
      sizes.set(traceId, spanCount);
    }
  });
}

/** The latest traces as a table. */
export function drawTraces(list: TraceList, columns: number, colours: Palette): string[] {
  if (list.traces.length === 0) return ["Nothing has been traced yet, or nothing matches."];
  return table(shapeOf(colours), list.traces, Math.max(80, columns));
}

/** What a list of traces leaves out. */
export function tellRest({ more, evicted }: TraceList, { err, colour }: Terminal): void {
  const { dim } = palette(colour);
  if (more) err(dim("… and older ones: --limit shows more.\n"));
  if (evicted > 0) err(dim(`${counted(evicted, "older span")} no longer kept.\n`));
}

function resultOf({ stopped, errorCount }: TraceSummary): string {
  if (stopped) return "loop";
  return errorCount > 0 ? `${errorCount} failed` : "ok";
}

const shapeOf = (colours: Palette): Column<TraceSummary>[] => [
  { title: "TIME    ", of: ({ startMs }) => formatMoment(startMs).slice(11, 19) },
  { title: "TRACE", of: ({ traceId }) => traceId, least: 17, paint: colours.bold },
  { title: "BEGAN WITH", of: ({ entry }) => printable(entry), least: 13 },
  { title: "FUNCTIONS", of: ({ functions }) => printable(functions.join(", ")), least: 9 },
  { title: "SPANS", of: ({ spanCount }) => `${spanCount}`, right: true },
  { title: "DURATION", of: ({ durationMs }) => formatDuration(durationMs), right: true },
  {
    title: "RESULT",
    of: resultOf,
    paint: (cell, { errorCount }) => (errorCount > 0 ? colours.red(cell) : colours.green(cell)),
  },
];
