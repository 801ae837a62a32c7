import { Unreadable } from "./values.ts";

/** Parses a JSON document; the reason is in the words of the parser AWS's services use. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Unreadable(reasonOf(text));
  }
}

function reasonOf(text: string): string {
  const start = text.trimStart();
  if (start === "") return "Unexpected end-of-input";
  const word = /^[A-Za-z_$][\w$]*/.exec(start)?.[0];
  if (word !== undefined && !["true", "false", "null"].includes(word)) {
    return `Unrecognized token '${word.slice(0, 50)}': was expecting ('true', 'false' or 'null')`;
  }
  const character = start[0] ?? "";
  if (!/["[{\d\-tfn]/.test(character)) {
    return `Unexpected character ('${character}' (code ${character.codePointAt(0)})): expected a valid value`;
  }
  return "Unexpected end-of-input or malformed JSON";
}
