/** What is wrong with an expression; who evaluates it says which one it is. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
}

export interface Token {
  readonly kind: "number" | "text" | "name" | "sign" | "end";
  readonly text: string;
}

const SPACE = /\s+/y;
const NUMBER = /(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/y;
const TEXT = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const SIGN = /&&|\|\||==|!=|<=|>=|[-+*/^<>()[\],=*.]/y;

/** Words, numbers, texts and signs, and an end after them. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const take = (pattern: RegExp) => {
      pattern.lastIndex = at;
      return pattern.exec(text) ?? undefined;
    };
    const space = take(SPACE);
    if (space) {
      at += space[0].length;
      continue;
    }
    const [kind, found] = firstOf(take);
    if (!found) throw new ExpressionError(`Unexpected character '${text[at]}' at position ${at}`);
    const inner = kind === "text" ? (found[1] ?? found[2] ?? "").replace(/\\(.)/g, "$1") : found[0];
    tokens.push({ kind, text: inner });
    at += found[0].length;
  }
  tokens.push({ kind: "end", text: "" });
  return tokens;
}

function firstOf(take: (pattern: RegExp) => RegExpExecArray | undefined) {
  const kinds = [
    ["number", NUMBER],
    ["text", TEXT],
    ["name", NAME],
    ["sign", SIGN],
  ] as const;
  for (const [kind, pattern] of kinds) {
    const found = take(pattern);
    if (found) return [kind, found] as const;
  }
  return ["sign", undefined] as const;
}
