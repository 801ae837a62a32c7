export interface Position {
  readonly Line: number;
  readonly Column: number;
}

/** Where a statement of a policy is written. */
export interface Span {
  readonly StartPosition: Position;
  readonly EndPosition: Position;
}

/** Where each statement of a policy's text begins and ends: from behind what stands before it. */
export function statementSpans(text: string): Span[] {
  const positionOf = positions(text);
  return statementBounds(text).map(([start, end]) => ({
    StartPosition: positionOf(start),
    EndPosition: positionOf(end),
  }));
}

/** Lines and columns are counted from 1. */
function positions(text: string): (at: number) => Position {
  const lines = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines.push(at + 1);
  return (at) => {
    let line = lines.length - 1;
    while (line > 0 && (lines[line] ?? 0) > at) line--;
    return { Line: line + 1, Column: at - (lines[line] ?? 0) + 1 };
  };
}

/** The text is JSON, and a policy. */
function statementBounds(text: string): [number, number][] {
  const bounds: [number, number][] = [];
  const tokens = text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g);
  let depth = 0;
  let key = "";
  /** At what depth the statements lie: one of them, or a list. */
  let statementDepth = 0;
  let start = 0;
  for (const { 0: token, index } of tokens) {
    if (token.startsWith('"')) {
      if (depth === 1) key = JSON.parse(token) as string;
    } else if (token === "{" || token === "[") {
      if (depth === 1 && key === "Statement") {
        statementDepth = token === "[" ? 2 : 1;
        start = token === "[" ? index + 1 : index;
      }
      depth++;
    } else if (token === "}" || token === "]") {
      depth--;
      if (token === "}" && depth === statementDepth && statementDepth > 0) bounds.push([start, index + 1]);
      if (depth === 1) statementDepth = 0;
    } else if (token === "," && depth === statementDepth && depth === 2) start = index + 1;
  }
  return bounds;
}
