import type { Span } from "../kernel/telemetry.ts";

/** A stretch of time in which one span held up all that came after. */
export interface Section {
  readonly spanId: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** What a trace's time was made of: whatever is on it would have made all shorter. */
export interface CriticalPath {
  readonly durationMs: number;
  /** In the order of time. */
  readonly sections: readonly Section[];
}

/** To the answer that the caller waited for, and to the end of all that followed from it. */
export interface CriticalPaths {
  readonly response: CriticalPath;
  readonly completion: CriticalPath;
}

interface Node {
  readonly span: Span;
  readonly startMs: number;
  /** Of the span itself; or, on the way to completion, of the last of all that it led to. */
  readonly endMs: number;
  readonly children: readonly Node[];
}

/** Clocks that run by different beats may tell the same moment so much apart. */
const TOLERANCE_MS = 0.5;

/**
 * Jaeger's method: from the end of a span back to the child that ended last, into it, and from its start on
 * to the child that had ended before. What waits in a queue holds nobody up who waits for the answer, but all
 * that comes after it. `root` is the trace's; spans come in any order.
 */
export function criticalPathsOf(spans: readonly Span[], root: Span): CriticalPaths {
  const byParent = new Map<string, Span[]>();
  for (const span of spans) {
    if (span.parentId === undefined || span === root) continue;
    const siblings = byParent.get(span.parentId);
    if (siblings) siblings.push(span);
    else byParent.set(span.parentId, [span]);
  }
  return {
    response: pathOf(nodeOf(root, byParent, endOf(root), new Set())),
    completion: pathOf(wholeOf(root, byParent, new Set())),
  };
}

const endOf = ({ startMs, durationMs }: Span): number => startMs + durationMs;

/** What somebody waits for: no queues, and nothing that outlives the one who waits. */
function nodeOf(span: Span, byParent: ReadonlyMap<string, Span[]>, limitMs: number, seen: Set<Span>): Node {
  seen.add(span);
  const endMs = Math.min(endOf(span), limitMs);
  const children = (byParent.get(span.spanId) ?? [])
    .filter((child) => child.kind !== "queue" && child.startMs < endMs && !seen.has(child))
    .map((child) => nodeOf(child, byParent, endMs, seen));
  return { span, startMs: span.startMs, endMs, children };
}

/** All that followed, in whatever way. */
function wholeOf(span: Span, byParent: ReadonlyMap<string, Span[]>, seen: Set<Span>): Node {
  seen.add(span);
  const children = (byParent.get(span.spanId) ?? [])
    .filter((child) => !seen.has(child))
    .map((child) => wholeOf(child, byParent, seen));
  const endMs = children.reduce((latest, child) => Math.max(latest, child.endMs), endOf(span));
  return { span, startMs: span.startMs, endMs, children };
}

function pathOf(root: Node): CriticalPath {
  const sections: Section[] = [];
  walk(root, root.startMs, root.endMs, sections);
  return { durationMs: root.endMs - root.startMs, sections: sections.reverse() };
}

/** Backwards from `untilMs` to `fromMs`. What began before its parent, as environments do, is cut there. */
function walk(node: Node, fromMs: number, untilMs: number, sections: Section[]): void {
  const startMs = Math.max(fromMs, node.startMs);
  let at = Math.min(untilMs, node.endMs);
  let later: Node | undefined;
  const left = [...node.children].sort((one, other) => one.endMs - other.endMs);
  for (let child = left.pop(); child; child = left.pop()) {
    if (child.endMs > at + TOLERANCE_MS || child.startMs >= at || child.endMs <= startMs) {
      // An instant takes no time, but may have been waited for.
      if (child.startMs === at && child.endMs === at) later ??= child;
      continue;
    }
    between(sections, node, later, Math.min(child.endMs, at), at);
    walk(child, startMs, at, sections);
    at = Math.max(startMs, child.startMs);
    later = child;
  }
  between(sections, node, later, startMs, at);
}

/** A span's own time; after its end it is that of what followed later, and had been waited for. */
function between(
  sections: Section[],
  node: Node,
  later: Node | undefined,
  startMs: number,
  untilMs: number,
): void {
  const ownEndMs = later ? Math.min(Math.max(startMs, endOf(node.span)), untilMs) : untilMs;
  if (later) add(sections, later, ownEndMs, untilMs);
  add(sections, node, startMs, ownEndMs);
}

function add(sections: Section[], { span }: Node, startMs: number, endMs: number): void {
  if (endMs > startMs) sections.push({ spanId: span.spanId, startMs, endMs });
}

/** How much of a path each span had, the most first. */
export function sharesOf({ sections }: CriticalPath): Map<string, number> {
  const shares = new Map<string, number>();
  for (const { spanId, startMs, endMs } of sections)
    shares.set(spanId, (shares.get(spanId) ?? 0) + endMs - startMs);
  return new Map([...shares].sort(([, one], [, other]) => other - one));
}
