import { parseArgs } from "node:util";
import type { MapEdge, MapNode, MapView } from "../console/map/map.ts";
import { UserError } from "../kernel/faults.ts";
import { everyChange } from "./beat.ts";
import { endpointOf, queryOf, READING_OPTIONS, readPage } from "./client.ts";
import type { Command, Terminal } from "./command.ts";
import { jsonText } from "./json-lines.ts";
import { counted, formatDuration, inCells, type Palette, palette, printable, widthOf } from "./terminal.ts";

const HELP = `Usage: nuage map [options]

What calls and triggers what, by what has happened: how often, how much of it failed, how long it took, and
how long events had waited. From what is called from outside, downwards. An event that is tried again is
one more delivery.

  --since TIME       from what happened since: 10m, 2h, or a date (an hour)
  --until TIME       until then (now)
  -f, --follow       then again whenever it has changed, until Ctrl-C; JSON: what has changed
  --json             one JSON document a line: {"node": …} for each node, {"edge": …} for each edge
  --port PORT, --endpoint URL    where the platform is
`;

export const map: Command = async (args, terminal) => {
  const { values } = parseArgs({
    args,
    options: {
      ...READING_OPTIONS,
      since: { type: "string" },
      until: { type: "string" },
      follow: { type: "boolean", short: "f" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const query = queryOf(values, ["since", "until"]);
  const endpoint = endpointOf(values);
  const read = () => readPage<MapView>(endpoint, "/_nuage/map", query);
  const isJson = values.json === true;
  if (values.follow) {
    if (values.until) throw new UserError("--follow has no end: leave --until out.");
    return everyChange(BEAT_MS, terminal, isJson, async () =>
      isJson ? itemsOf(await read()) : [draw(await read(), terminal)],
    );
  }
  const view = await read();
  terminal.out(isJson ? itemsOf(view).join("") : draw(view, terminal));
  return 0;
};

const draw = (view: MapView, { columns, colour }: Terminal) =>
  `${drawMap(view, Math.max(80, columns), palette(colour)).join("\n")}\n`;

const itemsOf = ({ nodes, edges }: MapView) =>
  [...nodes.map((node) => ({ node })), ...edges.map((edge) => ({ edge }))].map((item) => jsonText([item]));

/** Over many spans, asking takes the platform a fifth of a second. */
const BEAT_MS = 2_000;

interface Row {
  readonly branch: string;
  /** What stands before further lines about it. */
  readonly below: string;
  readonly text: string;
  readonly notes: readonly string[];
  readonly paint: (text: string) => string;
}

/** Each node is opened where it is met first; where it is met again it is only named. */
export function drawMap({ nodes, edges }: MapView, columns: number, colours: Palette): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const below = new Map<string, MapEdge[]>();
  for (const edge of edges) {
    const list = below.get(edge.from ?? "") ?? [];
    below.set(edge.from ?? "", [...list, edge]);
  }
  for (const list of below.values())
    list.sort((one, other) => other.count - one.count || one.to.localeCompare(other.to));
  const opened = new Set<string>();
  const rows: Row[] = [];
  const visit = (
    id: string,
    edge: MapEdge | undefined,
    branch: string,
    indent: string,
    path: readonly string[],
  ) => {
    const node = byId.get(id);
    if (!node) return;
    const isLoop = path.includes(id);
    const isMet = isLoop || opened.has(id);
    const list = isMet ? [] : (below.get(id) ?? []);
    const again = isLoop ? " ↺" : isMet ? " ↑" : "";
    const lines = { branch, below: `${indent}${list.length > 0 ? "│" : ""}` };
    rows.push({ ...lines, ...rowOf(node, edge, again, colours) });
    opened.add(id);
    for (const [at, next] of list.entries()) {
      const isLast = at === list.length - 1;
      const line = next.kind === "async" ? "╌" : "─";
      visit(next.to, next, `${indent}${isLast ? "└" : "├"}${line} `, `${indent}${isLast ? " " : "│"}  `, [
        ...path,
        id,
      ]);
    }
  };
  const reached = new Set(edges.flatMap(({ from, to }) => (from === undefined ? [] : [to])));
  for (const edge of below.get("") ?? []) if (!reached.has(edge.to)) visit(edge.to, edge, "", "", []);
  for (const edge of below.get("") ?? []) if (!opened.has(edge.to)) visit(edge.to, edge, "", "", []);
  for (const { id } of nodes) if (below.has(id) && !opened.has(id)) visit(id, undefined, "", "", []);
  const idle = nodes.filter(({ id, runs }) => !opened.has(id) && !runs);
  for (const { id, runs } of nodes) if (runs && !opened.has(id)) visit(id, undefined, "", "", []);
  if (rows.length === 0) return ["Nothing has been called yet. Every call and every event will be drawn."];
  const width = Math.min(
    Math.floor(columns * 0.55),
    Math.max(...rows.map(({ branch, text }) => widthOf(branch) + widthOf(text))),
  );
  const lines = rows.flatMap(({ branch, below, text, notes, paint }) => {
    const [first = "", ...more] = joined(notes, columns - width - 2);
    return [
      `${paint(inCells(branch + text, width))}  ${colours.dim(first)}`.trimEnd(),
      ...more.map((line) => `${inCells(below, width)}  ${colours.dim(line)}`),
    ];
  });
  lines.push(
    "",
    colours.dim("─ waits for the answer  ╌ later, by a queue or stream  ↺ a circle  ↑ see above"),
  );
  if (idle.length > 0) {
    const names = idle.map(({ name }) => printable(name)).join(", ");
    lines.push(colours.dim(inCells(`Not run: ${names}`, columns).trimEnd()));
  }
  return lines;
}

/** The notes in as many lines as they need. */
function joined(notes: readonly string[], room: number): string[] {
  const lines: string[] = [];
  for (const note of notes) {
    const line = lines.at(-1);
    if (line === undefined || widthOf(line) + widthOf(note) + 3 > room)
      lines.push(inCells(note, room).trimEnd());
    else lines[lines.length - 1] = `${line} · ${note}`;
  }
  return lines;
}

/** What is to be said of a function itself is said where it is met first. */
function rowOf(
  node: MapNode,
  edge: MapEdge | undefined,
  again: string,
  colours: Palette,
): Pick<Row, "text" | "notes" | "paint"> {
  const { kind, name, runs = 0, failed = 0, p95Ms = 0 } = node;
  const notes: string[] = [];
  if (edge) {
    const { count, perMinute, operations, throttled } = edge;
    const what = edge.kind === "async" ? "deliveries" : "events";
    notes.push(`${count.toLocaleString("en")} × ${operations.map(printable).join(", ") || what}`);
    if (perMinute >= 1) notes.push(`${Number(perMinute.toPrecision(2))}/min`);
    if (edge.kind === "async") notes.push(`waited p95 ${formatDuration(edge.p95Ms)}`);
    else if (kind !== "function") notes.push(`p95 ${formatDuration(edge.p95Ms)}`);
    if (edge.failed > 0) notes.push(`${edge.failed} failed`);
    if (throttled > 0) notes.push(`${throttled} throttled`);
  }
  if (kind === "function" && runs > 0 && again === "") {
    notes.push(`${counted(runs, "run")} p95 ${formatDuration(p95Ms)}`);
    if (failed > 0) notes.push(`${Math.round((failed / runs) * 100)} % errors`);
  }
  const isBad = failed > 0 || (edge?.failed ?? 0) > 0;
  const isThrottled = (edge?.throttled ?? 0) > 0;
  const plain = (text: string) => text;
  const paint = isBad
    ? colours.red
    : isThrottled
      ? colours.magenta
      : kind === "function"
        ? colours.green
        : plain;
  return { text: `${printable(`${kind} ${name}`.trim())}${again}`, notes, paint };
}
