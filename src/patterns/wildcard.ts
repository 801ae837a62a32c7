import { PatternError } from "./pattern-error.ts";

/** A text in which `*` stands for any characters, also none. */
export interface Wildcard {
  /** What stands between the asterisks, in order. */
  readonly parts: readonly string[];
  matches(text: string): boolean;
}

/** Reads a wildcard; `\*` and `\\` are an asterisk and a backslash. */
export function parseWildcard(text: string): Wildcard {
  const parts = partsOf(text);
  const [first = "", ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return { parts, matches: (value) => value === first };
  const least = first.length + last.length;
  return {
    parts,
    matches(value) {
      if (value.length < least || !value.startsWith(first) || !value.endsWith(last)) return false;
      let from = first.length;
      for (const part of rest) {
        const found = value.indexOf(part, from);
        if (found < 0) return false;
        from = found + part.length;
      }
      return from <= value.length - last.length;
    },
  };
}

function partsOf(text: string): string[] {
  // AWS's matcher counts bytes, and the quotation mark before the text.
  const position = (index: number) => 1 + Buffer.byteLength(text.slice(0, index));
  const parts: string[] = [];
  let part = "";
  for (let index = 0; index < text.length; index++) {
    if (text[index] === "*") {
      if (text[index + 1] === "*") {
        throw new PatternError(`Consecutive wildcard characters at pos ${position(index)}`);
      }
      parts.push(part);
      part = "";
      continue;
    }
    if (text[index] === "\\" && !"*\\".includes(text[++index] ?? "none")) {
      throw new PatternError(`Invalid escape character at pos ${position(index - 1)}`);
    }
    part += text[index];
  }
  return [...parts, part];
}
