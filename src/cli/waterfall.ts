import type { Span } from "../kernel/telemetry.ts";
import { readable } from "../observe/fold.ts";
import type { TraceView } from "../observe/model.ts";
import { lastPart, targetOf } from "../observe/summary.ts";
import { drawPaths, marksOf } from "./paths.ts";
import {
  counted,
  formatBytes,
  formatDuration,
  formatMoment,
  inCells,
  type Palette,
  printable,
  widthOf,
} from "./terminal.ts";
import { type TreeRow, treeOf } from "./tree.ts";

const LEAST_WIDTH = 80;
const DURATION_WIDTH = 9;
const LEAST_NAME = 20;
const TAIL = 8;
/** More rows than this nobody reads; `--json` has them all. */
const MOST_ROWS = 300;

const BARS: Readonly<Record<Span["kind"], string>> = {
  call: "█",
  invoke: "█",
  init: "▒",
  queue: "░",
  stopped: "✖",
  chaos: "⚡",
  custom: "▓",
  left: "·",
};

/** The trace as lines for a terminal of `columns` cells: who called whom, when, and how it went. */
export function drawTrace(trace: TraceView, columns: number, colours: Palette): string[] {
  const width = Math.max(LEAST_WIDTH, columns);
  const spans = readable(trace.spans);
  const room = widths(width).label / 2;
  const wide = treeOf(spans);
  const rows = wide.some(({ branch }) => widthOf(branch) > room) ? treeOf(spans, true) : wide;
  const marks = marksOf(trace.criticalPaths);
  const lines = [...drawHeader(trace, width, colours), ""];
  for (const row of rows.slice(0, MOST_ROWS)) {
    const mark = rows.length > 1 ? (marks.get(row.span.spanId) ?? " ") : " ";
    lines.push(...drawRow(row, trace, { width, mark }, colours));
  }
  const hidden = rows.length - MOST_ROWS;
  if (hidden > 0) lines.push(colours.dim(`… and ${counted(hidden, "span")} more: --json has them all`));
  if (rows.some(({ span }) => span.kind === "queue" || span.kind === "init")) {
    lines.push("", colours.dim("█ running  ▒ starting an environment  ░ waiting in a queue"));
  }
  if (rows.length > 1) lines.push(...drawPaths(trace.criticalPaths, spans, width, colours));
  return [...lines, ...drawFooter(trace, colours)];
}

function drawHeader({ summary, spans }: TraceView, width: number, colours: Palette): string[] {
  const { root, errorCount, coldStarts } = summary;
  const facts = [
    formatMoment(summary.startMs),
    formatDuration(summary.durationMs),
    counted(summary.spanCount, "span"),
    ...(coldStarts > 0 ? [colours.yellow(counted(coldStarts, "cold start"))] : []),
    errorCount > 0 ? colours.red(counted(errorCount, "error")) : colours.green("ok"),
  ];
  const lines = [
    colours.bold(`Trace ${summary.traceId}`),
    facts.join(" · "),
    `${printable(root.name)} request ${printable(root.requestId)}`,
  ];
  for (const span of spans.filter(({ kind }) => kind === "stopped").slice(0, 5)) {
    const rounds = span.attributes.count === undefined ? "" : ` after ${span.attributes.count} rounds`;
    const text = ` LOOP STOPPED${rounds}: ${chainOf(span, spans).join(" → ")} `;
    lines.push(colours.alarm(inCells(text, Math.min(width, widthOf(text)))));
  }
  return lines;
}

interface Place {
  readonly width: number;
  readonly mark: string;
}

/** `1 min 0 s` where there is no room for it: `1min 0s`, `12min30s`. */
function tight(text: string, width: number): string {
  if (text.length <= width) return text;
  const units = text.replaceAll(/(\d) (?=[a-z])/g, "$1");
  return units.length <= width ? units : units.replace(" ", "");
}

function drawRow(row: TreeRow, trace: TraceView, { width, mark }: Place, colours: Palette): string[] {
  const { span } = row;
  const room = widths(width);
  const branch = shallow(row.branch, room.label - LEAST_NAME);
  const label = branch + inCells(labelOf(span, room.label - widthOf(branch)), room.label - widthOf(branch));
  const note = inCells(noteOf(span, room.note), room.note).trimEnd();
  const bar = barOf(span, trace, room.bar);
  const length = isMoment(span) ? "" : tight(formatDuration(span.durationMs), DURATION_WIDTH - 2);
  const duration = `${colours.bold(mark)}${length.padStart(DURATION_WIDTH - 1)}`;
  const paint = painterOf(span, colours);
  const lines = [`${paint.label(label)} ${paint.bar(bar)} ${duration} ${paint.note(note)}`.trimEnd()];
  if (span.status !== "ok" && span.errorMessage) {
    const message = printable(span.errorMessage);
    const most = Math.max(room.label - LEAST_NAME, width - 2 - widthOf(message));
    const indent = `${shallow(row.below, most)}  `;
    lines.push(`${indent}${colours.red(inCells(message, width - widthOf(indent)).trimEnd())}`);
  }
  return lines;
}

function widths(width: number): { label: number; bar: number; note: number } {
  const extra = width - LEAST_WIDTH;
  const label = 32 + Math.min(28, Math.floor(extra * 0.4));
  const note = 18 + Math.min(22, Math.floor(extra * 0.25));
  return { label, note, bar: width - label - note - DURATION_WIDTH - 3 };
}

/** Where the span lies in the whole trace. Even the shortest is one cell. */
function barOf(span: Span, { summary }: TraceView, width: number): string {
  const scale = summary.durationMs > 0 ? width / summary.durationMs : 0;
  const from = Math.min(width - 1, Math.floor((span.startMs - summary.startMs) * scale));
  const to = Math.min(
    width,
    Math.max(from + 1, Math.round((span.startMs + span.durationMs - summary.startMs) * scale)),
  );
  const cells = isMoment(span) ? 1 : to - from;
  return `${" ".repeat(from)}${BARS[span.kind].repeat(cells)}`.padEnd(width);
}

/** Whether it only says that something happened. */
const isMoment = ({ kind }: Span) => kind === "stopped" || kind === "chaos" || kind === "left";

/** A chain of events goes deep: what does not fit of the tree's lines is cut on the left. */
function shallow(branch: string, most: number): string {
  return widthOf(branch) <= most ? branch : `…${branch.slice(1 - most)}`;
}

function labelOf(span: Span, width: number): string {
  const name = printable(span.name);
  switch (span.kind) {
    case "call": {
      const target = printable(targetOf(span));
      const text = target === "" ? name : `${name} ${target}`;
      if (widthOf(text) <= width || text.length < TAIL + 2) return text;
      // The end of a key says more than its middle.
      return inCells(text.slice(0, -TAIL), width - widthOf(text.slice(-TAIL))) + text.slice(-TAIL);
    }
    case "queue":
      return queueLabel(name, span.attributes.outcome);
    case "init":
      return `${name} init`;
    case "invoke":
      return `${name} invoke`;
    case "stopped":
      return `✖ ${name} not run`;
    case "custom":
      return name;
    case "left":
      return `${name} left work running`;
    case "chaos":
      return `⚡ ${span.attributes.mishap} on purpose`;
  }
}

/** The wait of an event, or what became of it. */
function queueLabel(name: string, outcome: unknown): string {
  switch (outcome) {
    case undefined:
      return `⇢ queue for ${name}`;
    case "refused":
      return `⇢ ${name} refused`;
    case "dropped":
      return `⇢ event for ${name} dropped`;
    case "DestinationDeliveryFailure":
      return `⇢ destination of ${name} not told`;
    default:
      return `⇢ event for ${name} given up`;
  }
}

/** What else there is to say, the important first, as much as there is room for. */
function noteOf(span: Span, width: number): string {
  const { attributes } = span;
  const notes: string[] = [];
  if (span.kind === "stopped") notes.push("loop stopped");
  else if (span.kind === "chaos") notes.push(`rule ${printable(String(span.attributes.rule))}`);
  else if (span.kind === "left") notes.push(printable(String(span.attributes.what)));
  else if (span.status !== "ok") notes.push(printable(span.errorType ?? span.status));
  if (Number(attributes.attempt) > 1) notes.push(`attempt ${attributes.attempt}`);
  if (span.kind === "init" && span.status === "ok") notes.push("cold start");
  if (attributes.extensions !== undefined) notes.push(`with ${printable(String(attributes.extensions))}`);
  if (span.kind === "queue" && span.status === "ok") {
    notes.push(attributes.source === undefined ? "waited" : `from ${printable(sourceOf(span))}`);
  }
  if (span.kind === "invoke") {
    if (attributes.maxMemoryMb !== undefined) {
      notes.push(`${attributes.maxMemoryMb}/${attributes.memoryMb ?? "?"} MB`);
    }
    notes.push(printable(span.requestId).slice(0, 8));
    if (attributes.durationMs !== undefined)
      notes.push(`ran ${formatDuration(Number(attributes.durationMs))}`);
    if (Number(attributes.extensionMs) >= 1) {
      notes.push(`extensions ${formatDuration(Number(attributes.extensionMs))}`);
    }
  }
  if (span.kind === "call") {
    const { tries, waitedMs, readUnits, writeUnits } = attributes;
    if (tries !== undefined) notes.push(`${tries} tries, ${formatDuration(Number(waitedMs))} between`);
    if (readUnits !== undefined) notes.push(`${readUnits} RCU`);
    if (writeUnits !== undefined) notes.push(`${writeUnits} WCU`);
    const [bytesIn, bytesOut] = [Number(attributes.bytesIn ?? 0), Number(attributes.bytesOut ?? 0)];
    if (bytesIn >= 1_000 || bytesOut >= 1_000) {
      notes.push(bytesIn >= bytesOut ? `↑ ${formatBytes(bytesIn)}` : `↓ ${formatBytes(bytesOut)}`);
    }
  }
  return notes.reduce((text, note) => {
    if (text === "") return note;
    return widthOf(text) + 1 + widthOf(note) <= width ? `${text} ${note}` : text;
  }, "");
}

/** `s3 photos`: who put the event into the queue. */
function sourceOf({ attributes }: Span): string {
  const { source, sourceArn } = attributes;
  const name = nameOfSource(String(sourceArn ?? ""));
  return name ? `${source} ${name}` : String(source);
}

/** A table's stream goes by its table: `arn:…:table/orders/stream/2026-11-23T03:15:00.123`. */
function nameOfSource(arn: string): string | undefined {
  return /:table\/([^/]+)/.exec(arn)?.[1] ?? arn.split(/[:/]/).at(-1);
}

function painterOf(span: Span, colours: Palette) {
  const plain = (text: string) => text;
  if (span.status === "throttle") {
    return { label: colours.magenta, bar: colours.magenta, note: colours.magenta };
  }
  if (span.status !== "ok") return { label: colours.red, bar: colours.red, note: colours.red };
  if (span.kind === "queue") return { label: colours.dim, bar: colours.dim, note: colours.dim };
  if (span.kind === "init") return { label: plain, bar: colours.yellow, note: colours.yellow };
  if (span.kind === "chaos") return { label: colours.yellow, bar: colours.yellow, note: colours.yellow };
  return { label: plain, bar: span.kind === "invoke" ? colours.green : colours.cyan, note: colours.dim };
}

/** The resources that the events of a loop went round, each named once, and the first again. */
function chainOf(stopped: Span, spans: readonly Span[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const path: string[] = [];
  const seen = new Set<Span>();
  for (let span: Span | undefined = stopped; span && !seen.has(span); span = byId.get(span.parentId ?? "")) {
    seen.add(span);
    const name = resourceName(span);
    if (name !== "" && path.at(-1) !== name) path.push(name);
  }
  const backTo = path.indexOf(path[0] ?? "", 1);
  const round = backTo === -1 ? path : path.slice(0, backTo + 1);
  return round.reverse();
}

function resourceName(span: Span): string {
  if (span.kind === "call") return printable(targetOf(span)).split("/", 1)[0] ?? "";
  if (span.kind !== "queue" && span.kind !== "stopped") return printable(span.name);
  const source = span.attributes.sourceArn;
  return span.kind === "queue" && source !== undefined
    ? printable(lastPart(String(source)))
    : printable(span.name);
}

function drawFooter(trace: TraceView, colours: Palette): string[] {
  const notes: string[] = [];
  const { traceId } = trace.summary;
  if (trace.lines.length > 0) {
    notes.push(`${counted(trace.lines.length, "log line")}: nuage logs --trace ${traceId}`);
  }
  if (trace.matches > 1) notes.push(`${counted(trace.matches, "trace")} match; this is the latest.`);
  if (trace.truncated) notes.push("The trace is longer than what is shown here.");
  if (trace.evicted > 0) notes.push(`${counted(trace.evicted, "older span")} no longer kept.`);
  return notes.length === 0 ? [] : ["", ...notes.map(colours.dim)];
}
