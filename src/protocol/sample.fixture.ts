import type { NormalizedSchema } from "@smithy/core/schema";
import { kindOf, type Member, membersOf, memberTraitsOf } from "./schema.ts";

const TEXT = 'a <b> & "c" é 😹 100% 1+1';
const HEADER_TEXT = "a value; with=signs";
/** Enough to reach into filters of filters, not so much that recursive shapes go on. */
const DEEPEST = 5;

/** A value of a schema with every member set, as a handler would see it. */
export function sample(schema: NormalizedSchema, leaveOut: RegExp, depth = 0): unknown {
  switch (kindOf(schema)) {
    case "structure": {
      const members = membersOf(schema).filter(({ name }) => !leaveOut.test(name));
      return Object.fromEntries(members.flatMap((member) => entry(member, leaveOut, depth)));
    }
    case "union": {
      const first = membersOf(schema)[0];
      return first === undefined ? {} : Object.fromEntries(entry(first, leaveOut, depth));
    }
    case "list":
      return [sample(schema.getValueSchema(), leaveOut, depth + 1)];
    case "map":
      return { key: sample(schema.getValueSchema(), leaveOut, depth + 1) };
    case "number":
      return 42;
    case "boolean":
      return true;
    case "timestamp":
      return new Date(1_700_000_000_000);
    case "unit":
      return {};
    case "blob":
      return Buffer.from("some bytes");
    default: {
      const { httpHeader, httpLabel } = memberTraitsOf(schema);
      return httpHeader !== undefined || httpLabel === 1 ? HEADER_TEXT : TEXT;
    }
  }
}

function entry({ name, schema, traits }: Member, leaveOut: RegExp, depth: number): [string, unknown][] {
  const nested = ["structure", "union", "list", "map"].includes(kindOf(schema));
  if (nested && depth >= DEEPEST) return [];
  if (traits.httpHeader !== undefined && kindOf(schema) === "list") return [[name, ["one", "two"]]];
  if (traits.httpPrefixHeaders !== undefined) return [[name, { one: "1", two: "a, b" }]];
  return [[name, sample(schema, leaveOut, depth + 1)]];
}

/** Values with bytes, dates and streams made comparable, and members without value left out. */
export async function comparable(value: unknown): Promise<unknown> {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("base64") };
  if (value instanceof Date) return { seconds: value.getTime() / 1000 };
  if (Array.isArray(value)) return Promise.all(value.map(comparable));
  if (typeof value !== "object" || value === null) return value;
  if ("transformToByteArray" in value) {
    const read = value.transformToByteArray as () => Promise<Uint8Array>;
    return comparable(await read.call(value));
  }
  const entries = Object.entries(value).filter(([name, item]) => item !== undefined && name !== "$metadata");
  return Object.fromEntries(
    await Promise.all(entries.map(async ([key, item]) => [key, await comparable(item)] as const)),
  );
}
