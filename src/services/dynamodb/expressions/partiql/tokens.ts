import { malformed } from "./malformed.ts";

export interface Token {
  /** A word is a name or keyword; a quoted name is never a keyword. */
  readonly kind: "word" | "quoted" | "string" | "number" | "symbol" | "end";
  /** A quoted name or string without its quotes. */
  readonly text: string;
}

/** White space and comments, then a token. */
const TOKEN = new RegExp(
  [
    String.raw`(?:\s|--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)*`,
    "(?:",
    "([A-Za-z_$][A-Za-z0-9_$]*)",
    '|"((?:[^"]|"")*)"',
    "|'((?:[^']|'')*)'",
    String.raw`|((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)`,
    String.raw`|(<<|>>|<>|!=|<=|>=|[=<>()[\]{},.:;?*+-])`,
    "|($))",
  ].join(""),
  "y",
);

const END: Token = { kind: "end", text: "" };

/** Faults: ValidationException at what is no token, such as a string without an end. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (;;) {
    const match = TOKEN.exec(text);
    if (!match) throw malformed("");
    const token = tokenOf(match);
    tokens.push(token);
    if (token.kind === "end") return tokens;
  }
}

function tokenOf(match: RegExpExecArray): Token {
  const [, word, quoted, string, number, symbol] = match;
  if (word !== undefined) return { kind: "word", text: word };
  if (quoted !== undefined) return { kind: "quoted", text: quoted.replaceAll('""', '"') };
  if (string !== undefined) return { kind: "string", text: string.replaceAll("''", "'") };
  if (number !== undefined) return { kind: "number", text: checkedNumber(number) };
  return symbol === undefined ? END : { kind: "symbol", text: symbol };
}

/** AWS reads numbers with a scale of 32 bits, and says nothing of those beyond it. */
function checkedNumber(text: string): string {
  const [digits = "", exponent = "0"] = text.split(/[eE]/);
  const point = digits.indexOf(".");
  const scale = (point < 0 ? 0 : digits.length - point - 1) - Number(exponent);
  if (Math.abs(Number(exponent)) >= 2 ** 31 || Math.abs(scale) >= 2 ** 31) throw malformed("");
  return text;
}
