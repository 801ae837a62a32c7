export type TokenKind = "name" | "#" | ":" | "number" | "symbol" | "bad" | "end";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Where it starts and ends in the expression, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

/** White space, then a token; what is none of these is a bad token of one character. */
const TOKEN = /[ \t\r\n]*(?:([A-Za-z]\w*)|([#:]\w+)|([0-9]+)|(<>|<=|>=|[=<>()[\].,+-])|([^ \t\r\n]))/uy;

/** The tokens of an expression, an end token last. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const [, name, placeholder, number, symbol, bad = ""] = match;
    const found = name ?? placeholder ?? number ?? symbol ?? bad;
    const end = TOKEN.lastIndex;
    tokens.push({
      kind: kindOf(name, placeholder, number, symbol),
      text: found,
      start: end - found.length,
      end,
    });
  }
  tokens.push({ kind: "end", text: "<EOF>", start: text.length, end: text.length });
  return tokens;
}

function kindOf(name?: string, placeholder?: string, number?: string, symbol?: string): TokenKind {
  if (name !== undefined) return "name";
  if (placeholder !== undefined) return placeholder.startsWith("#") ? "#" : ":";
  if (number !== undefined) return "number";
  return symbol === undefined ? "bad" : "symbol";
}
