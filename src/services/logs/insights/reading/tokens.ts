import { unexpected } from "./problem.ts";

/** A word of a query, with its place. */
export interface Token {
  readonly kind: "name" | "quotedName" | "text" | "number" | "period" | "regex" | "symbol" | "end";
  /** What it stands for: a text without its quotation marks, a name without its backticks. */
  readonly value: string;
  /** Offsets in the query, the end excluded. */
  readonly start: number;
  readonly end: number;
}

const SPACE = /(?:\s+|#[^\n]*)+/y;
const NAME = /@{0,2}[A-Za-z_][\w@]*(?:\.[\w@]+|\[\d+\])*|@{1,2}[\w.]+/y;
/** A name of which parts stand in backticks: `parsed.`user.id`[0]`. */
const QUOTED_NAME =
  /(?:@{0,2}[A-Za-z_][\w@]*(?:\.[\w@]+|\[\d+\])*\.)?`[^`]+`(?:\.[\w@]+|\.`[^`]+`|\[\d+\])*/y;
const PERIOD =
  /(\d+)\s*((?:millisecond|msec|ms|second|sec|minute|min|hour|hr|day|week|month|mon|mo|quarter|qtr|year|yr)s?|[smhdwqy])\b/iy;
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+/y;
const SYMBOL = /=~|==|!=|<=|>=|[=<>+\-*/^%(),|[\]:{}]/y;
/** After these a slash begins a regular expression; elsewhere it divides. */
const BEFORE_REGEX = /^(like|=~|parse|matches)$/i;

/** The words of a query; throws QueryProblem. */
export function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const find = (expression: RegExp): RegExpExecArray | null => {
    expression.lastIndex = at;
    return expression.exec(query);
  };
  for (;;) {
    at += find(SPACE)?.[0].length ?? 0;
    if (at >= query.length) break;
    const token = readText(query, at) ?? readRegex(query, at, tokens) ?? readWord(find, at);
    if (!token) throw unexpected(query, query[at] ?? "", at);
    tokens.push(token);
    at = token.end;
  }
  return [...tokens, { kind: "end", value: "", start: query.length, end: query.length }];
}

function readWord(find: (expression: RegExp) => RegExpExecArray | null, start: number): Token | undefined {
  const kinds = [
    ["period", PERIOD],
    ["number", NUMBER],
    ["quotedName", QUOTED_NAME],
    ["name", NAME],
    ["symbol", SYMBOL],
  ] as const;
  for (const [kind, expression] of kinds) {
    const found = find(expression);
    if (!found) continue;
    const [whole] = found;
    // Some write it twice.
    if (whole === "==") return { kind, value: "=", start, end: start + whole.length };
    const isName = kind === "name" || kind === "quotedName";
    return { kind, value: isName ? pathOf(whole) : whole, start, end: start + whole.length };
  }
  return undefined;
}

/** A place in a list is a part of the path like any other: `a[0].b` is `a.0.b`. */
const pathOf = (name: string): string =>
  name.replaceAll(
    /`([^`]+)`|\[(\d+)\]/g,
    (_, quoted: string | undefined, place: string) => quoted ?? `.${place}`,
  );

function readText(query: string, start: number): Token | undefined {
  const quote = query[start];
  if (quote !== '"' && quote !== "'") return undefined;
  let value = "";
  for (let at = start + 1; at < query.length; at++) {
    const character = query[at] ?? "";
    if (character === quote) return { kind: "text", value, start, end: at + 1 };
    if (character !== "\\") value += character;
    else value += escaped(query[++at] ?? "", quote);
  }
  throw unexpected(query, quote, start);
}

/** A backslash stands for itself unless it leads to what it must hide. */
function escaped(next: string, quote: string): string {
  if (next === quote || next === "\\") return next;
  if (next === "n") return "\n";
  return next === "t" ? "\t" : `\\${next}`;
}

function readRegex(query: string, start: number, before: readonly Token[]): Token | undefined {
  if (query[start] !== "/" || !maybeRegex(before)) return undefined;
  let inClass = false;
  for (let at = start + 1; at < query.length; at++) {
    const character = query[at];
    if (character === "\\") at++;
    else if (character === "[") inClass = true;
    else if (character === "]") inClass = false;
    else if (character === "/" && !inClass) {
      return { kind: "regex", value: query.slice(start + 1, at), start, end: at + 1 };
    }
  }
  throw unexpected(query, "/", start);
}

function maybeRegex(before: readonly Token[]): boolean {
  const last = before.at(-1);
  if (!last) return false;
  if (BEFORE_REGEX.test(last.value)) return true;
  // `parse @message /…/`
  return /^parse$/i.test(before.at(-2)?.value ?? "") && last.kind !== "symbol";
}
