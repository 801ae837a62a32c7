import { invalid } from "./faults.ts";

export interface Token {
  readonly kind: "word" | "text" | "number" | "sign" | "json";
  readonly text: string;
}

const TOKEN =
  /\s*(?:("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?)|(<=|>=|!=|&&|\|\||[=<>!(){},:[\]])|([A-Za-z_][\w.]*)|#(?=\[))/sy;

/** Throws InvalidRequestException for what no expression has. */
export function tokensOf(expression: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < expression.trimEnd().length; ) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(expression);
    if (!found) throw wrong(expression);
    at = TOKEN.lastIndex;
    const [, text, number, sign, word] = found;
    if (text !== undefined) tokens.push({ kind: "text", text: unquoted(text) });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
    else {
      const json = expression.slice(at, endOfList(expression, at));
      tokens.push({ kind: "json", text: json });
      at += json.length;
    }
  }
  return tokens;
}

export const wrong = (what: string) => invalid(`Invalid filter expression: ${what}`);

function unquoted(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw wrong(text);
  }
}

/** Behind the bracket that closes the one at `from`; brackets in strings are none. */
function endOfList(text: string, from: number): number {
  const pattern = /"(?:[^"\\]|\\.)*"|[[\]]/gs;
  pattern.lastIndex = from;
  let depth = 0;
  for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
    if (found[0] === "[") depth++;
    else if (found[0] === "]" && --depth === 0) return pattern.lastIndex;
  }
  throw wrong(text.slice(from));
}
