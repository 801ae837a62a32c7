import { parseArgs } from "node:util";
import { UserError } from "../kernel/faults.ts";
import type { QuarantinedView, Replayed } from "../sources/streams-control.ts";
import type { BlockedReport, LaneReport, MappingReport, ShardReport } from "../sources/streams-report.ts";
import { ask, endpointOf, READING_OPTIONS } from "./client.ts";
import type { Command, Terminal } from "./command.ts";
import { jsonText } from "./json-lines.ts";
import {
  type Column,
  counted,
  table as drawTable,
  formatDuration,
  formatMoment,
  type Palette,
  palette,
  printable,
} from "./terminal.ts";

const HELP = `Usage: nuage streams [MAPPING]                      where event source mappings stand
       nuage streams quarantine|skip|retry MAPPING  decides about records that block a shard
       nuage streams quarantined [MAPPING]          records that were set aside
       nuage streams replay [MAPPING]               delivers those again

MAPPING is the UUID of an event source mapping or the beginning of one, or the name of its function.

  quarantine       tries what blocks once more, in halves, and sets aside what fails alone
  skip             the same, and drops it
  retry            tries it at once

  --shard ID       only what blocks this shard
  --record ID      only this record, by its sequence number
  --json           one JSON document a line: for each lane of each shard, each queue, each record
  --port PORT, --endpoint URL    where the platform is
`;

const VERBS = ["quarantine", "skip", "retry", "quarantined", "replay"];

type Options = { readonly shard?: string; readonly record?: string; readonly json?: boolean };

export const streams: Command = async (args, terminal) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...READING_OPTIONS,
      shard: { type: "string" },
      record: { type: "string" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const [first, second, ...more] = positionals;
  const isVerb = first !== undefined && VERBS.includes(first);
  if (more.length > 0 || (!isVerb && second !== undefined))
    throw new UserError(`streams takes a verb and a mapping.\n\n${HELP}`);
  const endpoint = endpointOf(values);
  const [verb, mapping] = isVerb ? [first, second] : [undefined, first];
  const { lines, items } = await answered(endpoint, verb, mapping, values, terminal);
  terminal.out(values.json ? jsonText(items) : `${lines.join("\n")}\n`);
  return 0;
};

async function answered(
  endpoint: string,
  verb: string | undefined,
  mapping: string | undefined,
  options: Options,
  terminal: Terminal,
): Promise<{ lines: string[]; items: readonly unknown[] }> {
  const { columns } = terminal;
  if (verb === undefined) {
    const { mappings } = (await fetched(endpoint, "streams", { mapping })) as { mappings: MappingReport[] };
    const items = mappings.flatMap(itemsOf);
    return { items, lines: drawMappings(mappings, columns, palette(terminal.colour)) };
  }
  if (verb === "quarantined") {
    const { records } = (await fetched(endpoint, "quarantine", { mapping })) as {
      records: QuarantinedView[];
    };
    return { items: records, lines: drawQuarantined(records, columns) };
  }
  if (verb === "replay") {
    const asked = { mapping, record: options.record };
    const { replayed } = (await fetched(endpoint, "quarantine", asked, "POST")) as { replayed: Replayed[] };
    return { items: replayed, lines: replayed.map(replayLine) };
  }
  if (mapping === undefined) throw new UserError(`${verb} takes a mapping.\n\n${HELP}`);
  const asked = { mapping, decision: verb, shard: options.shard };
  const answer = (await fetched(endpoint, "streams", asked, "POST")) as { decided: number };
  return { items: [answer], lines: [`${counted(answer.decided, "lane")} told to ${verb} what blocks.`] };
}

/** What a mapping reads from, lane by lane, each with what is to be said of the mapping. */
function itemsOf({ shards, ...mapping }: MappingReport): unknown[] {
  if (!shards || shards.length === 0) return [mapping];
  return shards.flatMap(({ lanes, ...shard }) =>
    lanes.length === 0
      ? [{ ...mapping, ...shard }]
      : lanes.map((lane) => ({ ...mapping, ...shard, ...lane })),
  );
}

async function fetched(
  endpoint: string,
  noun: string,
  asked: Readonly<Record<string, string | undefined>>,
  method = "GET",
): Promise<unknown> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) if (value !== undefined) query.set(name, value);
  return (await ask(endpoint, `/_nuage/${noun}?${query}`, { method })).json();
}

const replayLine = ({ id, isDone, errorType, errorMessage }: Replayed): string =>
  isDone
    ? `${id} is done.`
    : `${id} failed again: ${printable(`${errorType ?? ""} ${errorMessage ?? ""}`.trim())}`;

/** The reports as lines. */
export function drawMappings(
  mappings: readonly MappingReport[],
  columns: number,
  colours: Palette,
): string[] {
  if (mappings.length === 0) return ["There is no event source mapping."];
  return mappings.flatMap((mapping, index) => [
    ...(index > 0 ? [""] : []),
    ...drawMapping(mapping, columns, colours),
  ]);
}

function drawMapping(mapping: MappingReport, columns: number, colours: Palette): string[] {
  const { id, name, sourceArn, isActive, queue, shards, quarantined, advice, problem } = mapping;
  const lines = [
    `${colours.bold(printable(name))}  ${id}  ${isActive ? "reads" : "rests"}  ${printable(sourceArn)}`,
  ];
  if (problem !== undefined) lines.push(colours.red(`  ${printable(problem)}`));
  if (queue) lines.push(`  ${queue.visible} visible, ${queue.inFlight} in flight, ${queue.delayed} delayed`);
  if (shards) lines.push(...drawShards(shards, columns).map((line) => `  ${line}`));
  for (const shard of shards ?? []) {
    for (const { blocked } of shard.lanes)
      if (blocked) lines.push(...drawBlocked(shard.shardId, blocked, colours).map((line) => `  ${line}`));
  }
  if (quarantined > 0) lines.push(`  ${counted(quarantined, "record")} in quarantine`);
  for (const each of advice) lines.push(colours.dim(`  • ${each}`));
  return lines;
}

interface Row extends Pick<ShardReport, "shardId" | "state"> {
  readonly lane?: LaneReport;
}

function drawShards(shards: readonly ShardReport[], columns: number): string[] {
  const rows = shards
    .filter(({ state }) => state !== "done")
    .flatMap(({ shardId, state, lanes }): Row[] =>
      lanes.length > 0 ? lanes.map((lane) => ({ shardId, state, lane })) : [{ shardId, state }],
    );
  const shape: Column<Row>[] = [
    { title: "SHARD", of: ({ shardId }) => shardId, least: 20 },
    { title: "LANE", of: ({ lane }) => (lane && lane.lanes > 1 ? `${lane.lane + 1}/${lane.lanes}` : "") },
    { title: "STATE", of: ({ state, lane }) => (lane?.blocked ? "blocked" : state) },
    {
      title: "BEHIND",
      of: ({ lane }) => (lane ? `${lane.behind}${lane.isMore ? "+" : ""}` : ""),
      right: true,
    },
    {
      title: "AGE",
      of: ({ lane }) => (lane && lane.behind > 0 ? formatDuration(lane.ageMs) : ""),
      right: true,
    },
  ];
  return drawTable(shape, rows, columns - 2);
}

function drawBlocked(shardId: string, blocked: BlockedReport, colours: Palette): string[] {
  const { first, last, count, failures, refusals, nextMs, expiresMs, triesLeft, latest, decision } = blocked;
  const what = count === 1 ? `record ${first}` : `${count} records, ${first} to ${last}`;
  const tried = refusals > 0 ? `refused ${counted(refusals, "time")}` : `failed ${counted(failures, "time")}`;
  const left = triesLeft === undefined ? "" : `, given up after ${triesLeft} more`;
  const when = `next at ${formatMoment(nextMs)}${left}, expires at ${formatMoment(expiresMs)}`;
  const error = latest ? `${latest.errorType}: ${latest.errorMessage}` : "";
  return [
    colours.red(`${shardId} is blocked by ${what}`),
    `  ${tried}, ${when}${decision ? `, ${decision} decided` : ""}`,
    ...(error ? [`  ${printable(error)}`] : []),
  ];
}

function drawQuarantined(records: readonly QuarantinedView[], columns: number): string[] {
  if (records.length === 0) return ["Nothing is in quarantine."];
  const shape: Column<QuarantinedView>[] = [
    { title: "SINCE", of: ({ asideMs }) => formatMoment(asideMs) },
    { title: "FUNCTION", of: ({ name }) => printable(name), least: 10 },
    { title: "RECORD", of: ({ id }) => id },
    { title: "FAILED", of: ({ tries }) => String(tries), right: true },
    {
      title: "ERROR",
      of: ({ errorType, errorMessage }) => printable(`${errorType}: ${errorMessage}`),
      least: 20,
    },
  ];
  return drawTable(shape, records, columns);
}
