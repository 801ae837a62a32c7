import { writeExactly } from "./exact-json.ts";

/** A piece of a template: text as it is, or a placeholder. */
type Piece =
  | { readonly text: string }
  | {
      readonly name: string;
      /** It stands within a JSON string. */
      readonly quoted: boolean;
    };

export interface Template {
  /** `text` for a string in quotes, or several of them on lines of their own; `json` for all else. */
  readonly kind: "text" | "json";
  readonly pieces: readonly Piece[];
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html */
export function parseTemplate(template: string): Template {
  const pieces: Piece[] = [];
  let quoted = false;
  let text = "";
  for (let at = 0; at < template.length; at++) {
    const character = template[at] ?? "";
    const [whole = "", name] =
      character === "<" ? (/^<([^<>]*)>/.exec(template.slice(at, at + 300)) ?? []) : [];
    if (name !== undefined) {
      pieces.push({ text }, { name, quoted });
      text = "";
      at += whole.length - 1;
    } else {
      if (character === "\\") text += character + (template[++at] ?? "");
      else text += character;
      if (character === '"') quoted = !quoted;
    }
  }
  pieces.push({ text });
  return { kind: template.trimStart().startsWith('"') ? "text" : "json", pieces };
}

export function placeholdersOf({ pieces }: Template): string[] {
  return pieces.flatMap((piece) => ("name" in piece ? [piece.name] : []));
}

/**
 * The template with values in place of its placeholders. AWS escapes nothing: a value with a quote in it
 * makes a string that is no JSON. What is not there is the empty string. In a text, objects and lists lose
 * their quotes; in JSON outside of quotes, a string gets them.
 */
export function fill({ kind, pieces }: Template, lookUp: (name: string) => unknown): string {
  const shown = (value: unknown, quoted: boolean): string => {
    if (typeof value === "string") return kind === "text" || quoted ? value : JSON.stringify(value);
    if (value === undefined) return kind === "text" || quoted ? "" : '""';
    const json = writeExactly(value);
    return kind === "text" ? json.replaceAll('"', "") : json;
  };
  return pieces
    .map((piece) => ("name" in piece ? shown(lookUp(piece.name), piece.quoted) : piece.text))
    .join("");
}
