import { parseArgs } from "node:util";
import { createClock } from "../kernel/clock.ts";
import { UserError } from "../kernel/faults.ts";
import type { LogPage, StoredLine } from "../observe/model.ts";
import { SCOPE_OPTIONS } from "./aws-session.ts";
import { ask, ENDPOINT_OPTION, endpointOf } from "./client.ts";
import type { Command, Terminal } from "./command.ts";
import { jsonLinesOf } from "./json-lines.ts";
import {
  counted,
  formatMoment,
  inCells,
  type Palette,
  palette,
  printable,
  stableColour,
} from "./terminal.ts";

const HELP = `Usage: nuage logs [QUERY] [options]

Prints what functions wrote: the time (UTC), the function, the request, the line. With QUERY, what a query of
CloudWatch Logs Insights finds in the last hour: nuage logs 'stats count(*) by bin(5m)' --function orders

  -f, --follow       go on with new lines until Ctrl-C, also when the platform starts anew; with QUERY, what
                     it finds, again whenever that has changed
  --function NAME    this function only; may be given more than once
  --group NAME       this log group only; may be given more than once
  --since TIME       lines since: 10m, 2h, or a date
  --until TIME       lines before
  --filter TEXT      lines that contain the text
  --request ID       lines of one request; the beginning of its id is enough
  --trace ID         lines of one trace; likewise
  --limit N          how many lines, the latest (100); of a query how many rows
  --region REGION, --account ID    of a query: whose groups (the platform's)
  --json             one JSON document a line
  --port PORT, --endpoint URL    where the platform is
`;

const RETRY_MS = 500;
const NAME_WIDTH = 16;

export const logs: Command = async (args, terminal) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...ENDPOINT_OPTION,
      ...SCOPE_OPTIONS,
      follow: { type: "boolean", short: "f" },
      function: { type: "string", multiple: true },
      group: { type: "string", multiple: true },
      since: { type: "string" },
      until: { type: "string" },
      filter: { type: "string" },
      request: { type: "string" },
      trace: { type: "string" },
      limit: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const { since, until, filter, request, trace: traceId } = values;
  const [text, ...more] = positionals;
  if (more.length > 0) throw new UserError("a query is one argument: put it in quotes.");
  if (text !== undefined) {
    if (filter || request || traceId)
      throw new UserError("a query has conditions of its own: leave the options for lines out.");
    if (values.follow && until) throw new UserError("--follow has no end: leave --until out.");
    const { followQuery, queryLogs } = await import("./log-query.ts");
    return (values.follow ? followQuery : queryLogs)(text, values, terminal);
  }
  if (values.region || values.account)
    throw new UserError("--region and --account say whose log groups a query looks through.");
  const query = new URLSearchParams({ limit: values.limit ?? "100" });
  for (const name of values.function ?? []) query.append("function", name);
  for (const name of values.group ?? []) query.append("group", name);
  const conditions = { since, until, filter, requestId: request, traceId };
  for (const [name, value] of Object.entries(conditions)) if (value) query.set(name, value);
  const colours = palette(terminal.colour);
  const print = (line: StoredLine) =>
    terminal.out(`${values.json ? JSON.stringify(line) : drawLine(line, colours)}\n`);
  const endpoint = endpointOf(values);
  if (values.follow) {
    if (until) throw new UserError("--follow has no end: leave --until out.");
    const stop = new AbortController();
    process.once("SIGINT", () => stop.abort());
    await followLogs({ endpoint, query, terminal, print, signal: stop.signal });
    return 0;
  }
  const page = (await (await ask(endpoint, `/_nuage/logs?${query}`)).json()) as LogPage;
  for (const line of page.lines.toReversed()) print(line);
  if (page.more) terminal.err(colours.dim("These are the latest lines: --limit shows more.\n"));
  if (page.evicted > 0) {
    terminal.err(colours.dim(`${counted(page.evicted, "older line")} no longer kept.\n`));
  }
  return 0;
};

/** `03:15:00.123 thumbnail 8f3a1c2e  the message`: further lines of a message stand under its first. */
export function drawLine(line: StoredLine, colours: Palette): string {
  const name = printable(line.group.replace(/^\/aws\/lambda\//, ""));
  const request = inCells(printable(line.requestId ?? "").slice(0, 8), 8);
  const indent = " ".repeat(13 + NAME_WIDTH + 1 + 8 + 2);
  const message = line.message.trimEnd().split(/\r?\n/).map(printable).join(`\n${indent}`);
  const time = colours.dim(formatMoment(line.timeMs).slice(11));
  const owner = stableColour(colours, name)(inCells(name, NAME_WIDTH));
  const text = line.source === "function" ? message : colours.dim(message);
  return `${time} ${owner} ${colours.dim(request)}  ${text}`;
}

interface Following {
  readonly endpoint: string;
  readonly query: URLSearchParams;
  readonly terminal: Terminal;
  readonly print: (line: StoredLine) => void;
  readonly signal: AbortSignal;
}

/**
 * Prints lines as they come until the signal aborts. When the platform goes, waits for it and goes on
 * after the last line it printed. The first connection must succeed: there must be something to follow.
 */
export async function followLogs({ endpoint, query, terminal, print, signal }: Following): Promise<void> {
  const clock = createClock();
  // The clock's timers keep no process alive; an open port does.
  const { port1: alive } = new MessageChannel();
  alive.on("message", () => {});
  const resumed = new URLSearchParams(query);
  let gone = false;
  try {
    while (!signal.aborted) {
      try {
        const path = `/_nuage/logs?follow=1&${resumed}`;
        const response = await ask(endpoint, path, { signal });
        if (gone) terminal.err(`-- the platform is back on ${endpoint} --\n`);
        gone = false;
        for await (const line of jsonLinesOf<StoredLine>(response)) {
          resumed.set("after", `${line.seq}`);
          resumed.delete("since");
          print(line);
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof UserError && !gone && !resumed.has("after")) throw error;
      }
      if (signal.aborted) return;
      if (!gone)
        terminal.err("-- the platform has stopped; waiting for it to start again (Ctrl-C ends) --\n");
      gone = true;
      if (!resumed.has("after")) resumed.set("since", `${Math.floor(clock.now())}`);
      await clock.sleep(RETRY_MS, signal).catch(() => {});
    }
  } finally {
    alive.close();
  }
}
