import type { Span } from "../kernel/telemetry.ts";

/** One span in the drawing of a tree. */
export interface TreeRow {
  readonly span: Span;
  /** What stands before its name. */
  readonly branch: string;
  /** What stands before a further line about it. */
  readonly below: string;
}

/**
 * The spans as rows of a tree, children by start under their parent. A span whose parent is not among
 * them stands at the top, so none is lost; nor does a circle of parents hang. A narrow tree takes two cells a
 * level instead of three.
 */
export function treeOf(spans: readonly Span[], isNarrow = false): TreeRow[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const children = new Map<Span | undefined, Span[]>();
  for (const span of spans) {
    const parent = span.parentId === undefined ? undefined : byId.get(span.parentId);
    const place = parent === span ? undefined : parent;
    const siblings = children.get(place);
    if (siblings) siblings.push(span);
    else children.set(place, [span]);
  }
  for (const siblings of children.values()) siblings.sort((a, b) => a.startMs - b.startMs);
  const rows: TreeRow[] = [];
  const placed = new Set<Span>();
  const visit = (top: Span) => {
    // A stack, not recursion: a chain of calls may be thousands deep.
    const stack: TreeRow[] = [{ span: top, branch: "", below: "" }];
    for (let row = stack.pop(); row; row = stack.pop()) {
      if (placed.has(row.span)) continue;
      placed.add(row.span);
      const below = children.get(row.span) ?? [];
      rows.push(below.length > 0 ? { ...row, below: `${row.below}│` } : { ...row, below: `${row.below} ` });
      for (const [index, span] of below.toReversed().entries()) {
        const last = index === 0;
        const line = span.kind === "queue" ? "╌" : "─";
        stack.push({
          span,
          branch: `${row.below}${last ? "└" : "├"}${isNarrow ? "" : line} `,
          below: `${row.below}${last ? " " : "│"}${isNarrow ? "" : " "} `,
        });
      }
    }
  };
  for (const span of children.get(undefined) ?? []) visit(span);
  for (const span of spans) if (!placed.has(span)) visit(span);
  return rows;
}
