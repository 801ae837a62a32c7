import { sourceAt } from "../../patterns/pattern-error.ts";
import { type Broken, type Node, readJson } from "../../patterns/reader.ts";

/** AWS keeps the text itself back. */
const SOURCE = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)";
const SHOWN = /\[Source: \(String\)".*"(?:\[truncated \d+ chars\])?(; line: \d+, column: \d+\])/s;

/** The value of JSON text, or why it is none, in the words of AWS's parser. */
export function parseJson(text: string): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: JSON.parse(text) };
  } catch {
    const broken = brokenIn(readJson(text));
    const reason = broken?.message ?? "Unexpected characters behind the value";
    const place = sourceAt(text, broken?.at ?? text.length);
    return { problem: `failed to parse JSON. ${withheld(reason)}\n at ${withheld(place)}` };
  }
}

const withheld = (words: string) => words.replace(SHOWN, `${SOURCE}$1`);

function brokenIn(node: Node): Broken | undefined {
  if (node.kind === "broken") return node;
  for (const inner of innerOf(node)) {
    const found = brokenIn(inner);
    if (found) return found;
  }
  return undefined;
}

function innerOf(node: Node): readonly Node[] {
  if (node.kind === "object") return node.entries.map(({ value }) => value);
  return node.kind === "array" ? node.items : [];
}
