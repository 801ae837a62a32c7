import { parseArgs } from "node:util";
import type { CallChange, Change, Ran } from "../delivery/difference.ts";
import type { ReplayEnd, Replayed } from "../delivery/replay.ts";
import { UserError } from "../kernel/faults.ts";
import { ask, endpointOf, READING_OPTIONS } from "./client.ts";
import type { Command } from "./command.ts";
import { counted, formatDuration, formatMoment, type Palette, palette, printable } from "./terminal.ts";

const HELP = `Usage: nuage replay EVENT [options]
       nuage replay --function NAME [--failed] [--since TIME] [options]

Sends events that reached a function to it again, one after another, and shows what is different: the
result, the duration and the calls made. EVENT is the id of a request, a message or a record, or its
beginning. Each message and record is an event of its own, which goes with others in batches; of several
attempts at one the last counts.

  --function NAME    events of this function
  --failed           only those whose last attempt failed
  --since TIME       only those since: 10m, 2h, or a date
  --until TIME       only those before
  --limit N          how many at most, the latest (100)
  --to NAME          to this version or alias instead of the one that was named
  --dry              only tells what would be sent
  --json             one JSON document a line
  --port PORT, --endpoint URL    where the platform is

The exit status is 1 when an event failed again or could not be sent. nuage start --redact masks secrets in
the events that are kept: they are sent again masked.
`;

export const replay: Command = async (args, terminal) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...READING_OPTIONS,
      function: { type: "string" },
      failed: { type: "boolean" },
      since: { type: "string" },
      until: { type: "string" },
      limit: { type: "string" },
      to: { type: "string" },
      dry: { type: "boolean" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const [event, ...more] = positionals;
  if (more.length > 0) throw new UserError(`replay takes one event.\n\n${HELP}`);
  if (event === undefined && !values.function)
    throw new UserError(`name an event or a --function.\n\n${HELP}`);
  const query = new URLSearchParams();
  const named = { event, function: values.function, since: values.since, until: values.until };
  for (const [name, value] of Object.entries({ ...named, limit: values.limit, to: values.to })) {
    if (value) query.set(name, value);
  }
  if (values.failed) query.set("failed", "1");
  if (values.dry) query.set("dry", "1");
  const answer = await ask(endpointOf(values), `/_nuage/replay?${query}`, { method: "POST" });
  const colours = palette(terminal.colour);
  let status = 0;
  for await (const line of linesOf(answer)) {
    if (line.kind === "event" && (line.after ? line.after.failed : line.reason !== undefined)) status = 1;
    if (values.json) terminal.out(`${JSON.stringify(line)}\n`);
    else {
      const drawn = line.kind === "end" ? drawEnd(line, values.dry === true) : drawEvent(line, colours);
      terminal.out(`${drawn.join("\n")}\n`);
    }
  }
  return status;
};

async function* linesOf(response: Response): AsyncGenerator<Replayed | ReplayEnd> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) if (part !== "") yield JSON.parse(part) as Replayed | ReplayEnd;
  }
}

function drawEvent(event: Replayed, colours: Palette): string[] {
  const { functionName, before, after, difference, timeMs, source, attempt, records, reason } = event;
  const some = records === undefined ? "" : `, ${counted(records.length, "record")}`;
  const tries = attempt > 1 ? `${some}, attempt ${attempt}` : some;
  const lines = [
    `${colours.bold(printable(functionName))} ${before.requestId}  from ${printable(source)} at ` +
      `${formatMoment(timeMs).slice(0, 19)}${tries}`,
    `  before  ${ran(before, colours)}`,
  ];
  if (reason !== undefined) lines.push(`  ${colours.red("not sent")}  ${printable(reason)}`);
  if (!after || !difference) return lines;
  lines.push(`  after   ${ran(after, colours)}`);
  lines.push(difference.sameResult ? "  same result" : "  another result");
  lines.push(...difference.changes.map(changeLine));
  const slower = difference.durationMs >= 0 ? "slower" : "faster";
  lines.push(`  ${formatDuration(Math.abs(difference.durationMs))} ${slower}`);
  lines.push(...difference.calls.map((call) => callLine(call, colours)));
  if (difference.calls.length === 0 && before.calls.length > 0) lines.push("  same calls");
  return lines;
}

function ran({ version, failed, errorType, durationMs, calls, traceId }: Ran, colours: Palette): string {
  const outcome = failed ? colours.red(printable(errorType ?? "failed")) : colours.green("ok");
  const count = calls.reduce((sum, call) => sum + call.count, 0);
  return [outcome, formatDuration(durationMs), counted(count, "call"), `version ${version}`, traceId].join(
    "  ",
  );
}

function changeLine({ path, before, after }: Change): string {
  return `    ${printable(path)}: ${printable(before ?? "nothing")} → ${printable(after ?? "nothing")}`;
}

function callLine({ call, before, after, failedBefore, failedAfter }: CallChange, colours: Palette): string {
  const failures = failedBefore === failedAfter ? "" : `, of them failed ${failedBefore} → ${failedAfter}`;
  const paint = after > before ? colours.green : after < before ? colours.red : colours.yellow;
  return paint(`    ${printable(call)}: ${before} → ${after} times${failures}`);
}

function drawEnd({ found, sent, more, evicted }: ReplayEnd, dry: boolean): string[] {
  const lines = [
    dry ? `${counted(found, "event")} would be sent.` : `${sent} of ${counted(found, "event")} sent.`,
  ];
  if (more) lines.push("More events match: --limit and --since choose.");
  if (evicted > 0) lines.push(`${counted(evicted, "older attempt")} no longer kept.`);
  return lines;
}
