import type { Span } from "../kernel/telemetry.ts";
import { type CriticalPath, type CriticalPaths, sharesOf } from "../observe/critical-path.ts";
import { formatDuration, type Palette, printable, widthOf } from "./terminal.ts";

const RESPONSE = "◆";
const COMPLETION = "◇";
/** Shares smaller than this change nothing. */
const LEAST_SHARE = 0.02;

/** What stands beside the rows of spans that are on a critical path. */
export function marksOf({ response, completion }: CriticalPaths): ReadonlyMap<string, string> {
  return new Map([
    ...completion.sections.map(({ spanId }) => [spanId, COMPLETION] as const),
    ...response.sections.map(({ spanId }) => [spanId, RESPONSE] as const),
  ]);
}

/** What the time was made of: had a part taken nothing, all would have been shorter by as much. */
export function drawPaths(
  { response, completion }: CriticalPaths,
  spans: readonly Span[],
  width: number,
  colours: Palette,
): string[] {
  const isLonger = completion.durationMs > response.durationMs + 1;
  const lines = [drawPath(`${RESPONSE} critical path: `, response, spans, width)];
  if (isLonger) lines.push(drawPath(`${COMPLETION} to the end: `, completion, spans, width));
  return ["", ...lines.map(colours.dim)];
}

function drawPath(title: string, path: CriticalPath, spans: readonly Span[], width: number): string {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  let text = `${title}${formatDuration(path.durationMs)}`;
  let sign = " = ";
  for (const [spanId, durationMs] of sharesOf(path)) {
    const span = byId.get(spanId);
    const share = `${sign}${span ? nameOf(span) : spanId} ${formatDuration(durationMs)}`;
    const isSmall = durationMs < path.durationMs * LEAST_SHARE;
    if (isSmall || widthOf(text) + widthOf(share) + 4 > width) return `${text}${sign}…`;
    text += share;
    sign = " + ";
  }
  return text;
}

function nameOf({ kind, name }: Span): string {
  if (kind === "queue") return `waiting for ${printable(name)}`;
  return kind === "init" ? `${printable(name)} init` : printable(name);
}
