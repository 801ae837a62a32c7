import type { FilterPattern } from "./pattern.ts";
import { Reader } from "./reader.ts";
import { readComparison } from "./test.ts";

interface Field {
  /** Absent for one that is only counted. */
  readonly name?: string;
  readonly test: (value: string) => boolean;
}

/** What no bare value of a condition holds. */
const BARE = /(?:(?!&&|\|\|)[^\s,\]"%])+/y;

/** Words of a message by their places: `[ip, ..., status = 4*, bytes]`. */
export function parseFields(text: string): FilterPattern {
  const { fields, ellipsis, expressions } = readFields(new Reader(text));
  return {
    kind: "fields",
    expressions,
    knows(name) {
      if (fields.some((field) => field.name !== undefined && name === `$${field.name}`)) return true;
      // What has no name goes by its place.
      const place = Number(/^\$([1-9]\d*)$/.exec(name)?.[1] ?? 0);
      const field = fields[place - 1];
      return place > 0 && (ellipsis !== undefined || (field !== undefined && field.name === undefined));
    },
    match(message) {
      const values = splitMessage(message);
      const gap = values.length - fields.length;
      if (ellipsis === undefined ? gap !== 0 : gap < 0) return undefined;
      const before = ellipsis ?? fields.length;
      const fieldAt = (index: number): Field | undefined => {
        if (index < before) return fields[index];
        return index < before + gap ? undefined : fields[index - gap];
      };
      if (!values.every((value, index) => fieldAt(index)?.test(value) ?? true)) return undefined;
      const named = () =>
        values.map((value, index) => [`$${fieldAt(index)?.name ?? index + 1}`, value] as const);
      return {
        value: (name) => named().find(([known]) => known === name)?.[1],
        all: () => Object.fromEntries(named()),
      };
    },
  };
}

function readFields(reader: Reader) {
  const fields: Field[] = [];
  let ellipsis: number | undefined;
  let expressions = 0;
  reader.expect("[");
  do {
    if (reader.takes("...")) {
      if (ellipsis !== undefined) reader.fail("only one ... may stand in a pattern");
      ellipsis = fields.length;
      continue;
    }
    const { field, expressions: more } = readField(reader);
    fields.push(field);
    expressions += more;
  } while (reader.takes(","));
  reader.expect("]");
  reader.space();
  if (!reader.isAtEnd) reader.fail("expected the end");
  return { fields, ellipsis, expressions };
}

/** A name, and conditions on it; each of them names it again. */
function readField(reader: Reader): { readonly field: Field; readonly expressions: number } {
  const name = reader.match(/[\w$.-]+/y)?.[0];
  if (name === undefined) return { field: { test: () => true }, expressions: 0 };
  if (reader.match(/(?=[,\]]|$)/y)) return { field: { name, test: () => true }, expressions: 0 };
  let expressions = 0;
  const one = () => {
    const { test, hasExpression } = readComparison(reader, BARE);
    if (hasExpression) expressions++;
    return test;
  };
  const either: ((value: string) => boolean)[][] = [[one()]];
  for (;;) {
    const joint = reader.match(/&&|\|\|/y)?.[0];
    if (joint === undefined) break;
    if (reader.match(/[\w$.-]+/y) === undefined) reader.fail("expected the field's name");
    if (joint === "||") either.push([one()]);
    else either.at(-1)?.push(one());
  }
  const test = (value: string) => either.some((all) => all.every((each) => each(value)));
  return { field: { name, test }, expressions };
}

/** Words between blanks; what stands in brackets or quotation marks is one. */
function splitMessage(message: string): string[] {
  const words: string[] = [];
  for (const [whole, bracketed, quoted] of message.matchAll(/\[([^\]]*)\](?=\s|$)|"([^"]*)"(?=\s|$)|\S+/g)) {
    words.push(bracketed ?? quoted ?? whole);
  }
  return words;
}
