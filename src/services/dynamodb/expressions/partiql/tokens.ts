import { malformed } from "./malformed.ts";

export interface Token {
  /** A word is a name or keyword; a quoted name is never a keyword. */
  readonly kind: "word" | "quoted" | "string" | "number" | "symbol" | "end";
  /** A quoted name or string without its quotes. */
  readonly text: string;
  /** Where it stands, as AWS's messages have it: `<line>:<column>:<length>`, from 1. */
  readonly place: string;
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

/** Faults: ValidationException at what is no token, such as a string without an end. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (;;) {
    const match = TOKEN.exec(text);
    if (!match) throw malformed("");
    const token = tokenOf(match, text);
    tokens.push(token);
    if (token.kind === "end") return tokens;
  }
}

function tokenOf(match: RegExpExecArray, statement: string): Token {
  const [, word, quoted, string, number, symbol] = match;
  const end = match.index + match[0].length;
  const length = word?.length ?? symbol?.length ?? number?.length ?? (quoted ?? string ?? "").length + 2;
  const token = (kind: Token["kind"], text: string): Token => ({
    kind,
    text,
    get place() {
      return placeOf(statement, end - length, length);
    },
  });
  if (word !== undefined) return token("word", word);
  if (quoted !== undefined) return token("quoted", quoted.replaceAll('""', '"'));
  if (string !== undefined) return token("string", string.replaceAll("''", "'"));
  if (number !== undefined) return token("number", checkedNumber(number));
  return symbol === undefined ? token("end", "") : token("symbol", symbol);
}

function placeOf(statement: string, start: number, length: number): string {
  const lines = statement.slice(0, start).split("\n");
  return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}:${length}`;
}

/** AWS reads numbers with a scale of 32 bits, and says nothing of those beyond it. */
function checkedNumber(text: string): string {
  const [digits = "", exponent = "0"] = text.split(/[eE]/);
  const point = digits.indexOf(".");
  const scale = (point < 0 ? 0 : digits.length - point - 1) - Number(exponent);
  if (Math.abs(Number(exponent)) >= 2 ** 31 || Math.abs(scale) >= 2 ** 31) throw malformed("");
  return text;
}
