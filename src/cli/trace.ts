import { parseArgs } from "node:util";
import { UserError } from "../kernel/faults.ts";
import type { TraceList, TraceView } from "../observe/model.ts";
import { everyChange } from "./beat.ts";
import { endpointOf, queryOf, READING_OPTIONS, readPage } from "./client.ts";
import type { Command, Terminal } from "./command.ts";
import { jsonText } from "./json-lines.ts";
import { palette } from "./terminal.ts";
import { drawTraces, tellRest } from "./traces.ts";
import { drawTrace } from "./waterfall.ts";

const HELP = `Usage: nuage trace [ID] [options]

Draws a trace: what was called and run, when, for how long, and how it went. ID is a trace id, a request
id, or the beginning of one. Without it, lists the latest traces and draws the newest
in which a function ran.

  --limit N          how many traces to list (10)
  --since TIME       traces that began since: 10m, 2h, or a date
  --function NAME    traces in which this function ran
  --failed           traces in which something failed
  -f, --follow       of one trace: then again whenever it has grown, until Ctrl-C
  --json             the trace as one line of JSON; of a list, one line a trace
  --port PORT, --endpoint URL    where the platform is
`;

export const trace: Command = async (args, terminal) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...READING_OPTIONS,
      limit: { type: "string" },
      since: { type: "string" },
      function: { type: "string" },
      failed: { type: "boolean" },
      follow: { type: "boolean", short: "f" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const [id, ...more] = positionals;
  if (more.length > 0) throw new UserError(`trace draws one trace at a time.\n\n${HELP}`);
  const endpoint = endpointOf(values);
  if (id !== undefined) {
    const isJson = values.json === true;
    // As a table that has little room shows it.
    const beginning = id.replace(/…$/, "");
    const read = async () => textOf(await readTrace(endpoint, beginning), isJson, terminal);
    if (values.follow) return everyChange(BEAT_MS, terminal, isJson, async () => [await read()]);
    terminal.out(await read());
    return 0;
  }
  if (values.follow)
    throw new UserError("--follow takes the ID of a trace; nuage traces -f tells each as it comes.");
  const query = queryOf({ limit: "10", ...values }, ["limit", "since", "function", "failed"]);
  const list = await readPage<TraceList>(endpoint, "/_nuage/traces", query);
  if (values.json) {
    terminal.out(jsonText(list.traces));
    tellRest(list, terminal);
    return 0;
  }
  await printList(terminal, endpoint, list);
  return 0;
};

/** So often the platform is asked. */
const BEAT_MS = 500;

const textOf = (detail: TraceView, isJson: boolean, { columns, colour }: Terminal): string =>
  isJson ? jsonText([detail]) : `${drawTrace(detail, columns, palette(colour)).join("\n")}\n`;

async function printList(terminal: Terminal, endpoint: string, list: TraceList): Promise<void> {
  const newest = list.traces.find(({ functions }) => functions.length > 0) ?? list.traces[0];
  if (!newest) {
    terminal.out("Nothing has been traced yet, or nothing matches. Every API call and every run will be.\n");
    return;
  }
  const colours = palette(terminal.colour);
  print(terminal, drawTraces(list, terminal.columns, colours));
  tellRest(list, terminal);
  const detail = await readTrace(endpoint, newest.traceId);
  print(terminal, ["", ...drawTrace(detail, terminal.columns, colours)]);
}

async function readTrace(endpoint: string, id: string): Promise<TraceView> {
  return readPage<TraceView>(endpoint, `/_nuage/traces/${encodeURIComponent(id)}`);
}

function print(terminal: Terminal, lines: readonly string[]): void {
  terminal.out(`${lines.join("\n")}\n`);
}
