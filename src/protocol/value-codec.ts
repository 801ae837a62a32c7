import type { NormalizedSchema } from "@smithy/core/schema";
import { identityOf, kindOf, type Member, membersOf, traitsOf } from "./schema.ts";
import { DEEPEST, setKey, Unreadable } from "./values.ts";

/** Turns a parsed value into a member's value. `depth` counts down to what is too deep. */
export type Read = (value: unknown, depth: number) => unknown;
/** Turns a member's value into what the protocol's serializer takes. */
export type Write = (value: unknown) => unknown;

interface ReadMember {
  readonly name: string;
  readonly read: Read;
}

/** Compiles schemas to and from trees of plain values, as JSON and CBOR have them; every structure once. */
export interface ValueCodec {
  reader(schema: NormalizedSchema): (value: unknown) => unknown;
  /** Of some members of a structure, as REST bodies are. */
  membersReader(members: readonly Member[]): (value: unknown) => Record<string, unknown>;
  writer(schema: NormalizedSchema): Write;
  membersWriter(members: readonly Member[]): (value: Readonly<Record<string, unknown>>) => unknown;
}

/** What tells one serialization from another. */
export interface ValueRules {
  /** Whether the `jsonName` trait counts: it does in REST, not in RPC. */
  readonly useJsonName: boolean;
  simpleReader(schema: NormalizedSchema): Read;
  simpleWriter(schema: NormalizedSchema): Write;
}

export function createValueCodec({ useJsonName, simpleReader, simpleWriter }: ValueRules): ValueCodec {
  const readers = new Map<object, Read>();
  const writers = new Map<object, Write>();
  const wireName = (member: Member): string => (useJsonName && member.traits.jsonName) || member.name;

  const readerOf = (schema: NormalizedSchema): Read => {
    const identity = identityOf(schema);
    if (identity === undefined) return compileReader(schema);
    const known = readers.get(identity);
    if (known !== undefined) return known;
    // A shape may contain itself: until it is compiled, its name stands for it.
    let compiled: Read | undefined;
    readers.set(identity, (value, depth) => compiled?.(value, depth));
    compiled = compileReader(schema);
    readers.set(identity, compiled);
    return compiled;
  };

  const compileReader = (schema: NormalizedSchema): Read => {
    switch (kindOf(schema)) {
      case "structure":
        return structReader(readMembers(membersOf(schema)));
      case "union":
        return unionReader(structReader(readMembers(membersOf(schema))));
      case "list":
        return listReader(
          lazily(() => readerOf(schema.getValueSchema())),
          traitsOf(schema).sparse === 1,
        );
      case "map":
        return mapReader(
          lazily(() => readerOf(schema.getValueSchema())),
          traitsOf(schema).sparse === 1,
        );
      default:
        return simpleReader(schema);
    }
  };

  const readMembers = (members: readonly Member[]): ReadMap => {
    const byName: ReadMap = new Map();
    for (const member of members) {
      byName.set(wireName(member), { name: member.name, read: lazily(() => readerOf(member.schema)) });
    }
    return byName;
  };

  const writerOf = (schema: NormalizedSchema): Write => {
    const identity = identityOf(schema);
    if (identity === undefined) return compileWriter(schema);
    const known = writers.get(identity);
    if (known !== undefined) return known;
    let compiled: Write | undefined;
    writers.set(identity, (value) => compiled?.(value));
    compiled = compileWriter(schema);
    writers.set(identity, compiled);
    return compiled;
  };

  const compileWriter = (schema: NormalizedSchema): Write => {
    switch (kindOf(schema)) {
      case "structure":
      case "union":
        return structWriter(writeMembers(membersOf(schema))) as Write;
      case "list": {
        const item = lazily(() => writerOf(schema.getValueSchema()));
        const sparse = traitsOf(schema).sparse === 1;
        return (value) => writeList(value as readonly unknown[], item, sparse);
      }
      case "map": {
        const item = lazily(() => writerOf(schema.getValueSchema()));
        const sparse = traitsOf(schema).sparse === 1;
        return (value) => writeMap(value as Record<string, unknown>, item, sparse);
      }
      default:
        return simpleWriter(schema);
    }
  };

  const writeMembers = (members: readonly Member[]): WriteMember[] =>
    members.map((member) => ({
      name: member.name,
      wireName: wireName(member),
      write: lazily(() => writerOf(member.schema)),
    }));

  return {
    reader(schema) {
      const read = readerOf(schema);
      return (value) => read(value, DEEPEST);
    },
    membersReader(members) {
      const read = structReader(readMembers(members));
      return (value) => read(value, DEEPEST) as Record<string, unknown>;
    },
    writer: writerOf,
    membersWriter: (members) => structWriter(writeMembers(members)),
  };
}

type ReadMap = Map<string, ReadMember>;

interface WriteMember {
  readonly name: string;
  readonly wireName: string;
  readonly write: Write;
}

/** Compiles at the first call: a large model is compiled only as far as requests reach into it. */
function lazily<Args extends readonly unknown[]>(
  compile: () => (...args: Args) => unknown,
): (...args: Args) => unknown {
  let compiled: ((...args: Args) => unknown) | undefined;
  return (...args) => {
    compiled ??= compile();
    return compiled(...args);
  };
}

function structReader(members: ReadMap): Read {
  return (value, depth) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw unexpected(value, "map");
    if (depth === 0) throw tooDeep();
    const from = value as Record<string, unknown>;
    const into: Record<string, unknown> = {};
    for (const key in from) {
      const member = members.get(key);
      const item = from[key];
      if (member !== undefined && item !== null) into[member.name] = member.read(item, depth - 1);
    }
    return into;
  };
}

function unionReader(read: Read): Read {
  return (value, depth) => {
    const result = read(value, depth) as Record<string, unknown>;
    const count = Object.keys(result).length;
    if (count !== 1) throw new Unreadable("Unions must have exactly one non-null member set");
    return result;
  };
}

function listReader(item: Read, sparse: boolean): Read {
  return (value, depth) => {
    if (!Array.isArray(value)) throw unexpected(value, "list");
    if (depth === 0) throw tooDeep();
    const into: unknown[] = [];
    for (const element of value) {
      if (element !== null) into.push(item(element, depth - 1));
      else if (sparse) into.push(null);
    }
    return into;
  };
}

function mapReader(item: Read, sparse: boolean): Read {
  return (value, depth) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw unexpected(value, "map");
    if (depth === 0) throw tooDeep();
    const from = value as Record<string, unknown>;
    const into: Record<string, unknown> = {};
    for (const key in from) {
      const element = from[key];
      if (element !== null) setKey(into, key, item(element, depth - 1));
      else if (sparse) setKey(into, key, null);
    }
    return into;
  };
}

/** A document of no schema: copied, so that its depth is checked. */
export function readDocument(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) throw tooDeep();
  if (Array.isArray(value)) return value.map((element) => readDocument(element, depth - 1));
  const into: Record<string, unknown> = {};
  for (const [key, element] of Object.entries(value)) setKey(into, key, readDocument(element, depth - 1));
  return into;
}

function structWriter(members: readonly WriteMember[]) {
  return (value: unknown): Record<string, unknown> => {
    const from = value as Readonly<Record<string, unknown>>;
    const into: Record<string, unknown> = {};
    for (const member of members) {
      const item = from[member.name];
      if (item !== undefined && item !== null) into[member.wireName] = member.write(item);
    }
    return into;
  };
}

function writeList(value: readonly unknown[], item: Write, sparse: boolean): unknown[] {
  const into: unknown[] = [];
  for (const element of value) {
    if (element !== undefined && element !== null) into.push(item(element));
    else if (sparse) into.push(null);
  }
  return into;
}

function writeMap(value: Record<string, unknown>, item: Write, sparse: boolean): Record<string, unknown> {
  const into: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const element = value[key];
    if (element !== undefined && element !== null) setKey(into, key, item(element));
    else if (sparse) setKey(into, key, null);
  }
  return into;
}

/** In the words of AWS's own JSON services. */
export function unexpected(value: unknown, wanted: string): Unreadable {
  if (wanted === "list") return new Unreadable("Expected list or null");
  if (Array.isArray(value)) return new Unreadable("Start of list found where not expected");
  if (typeof value === "object") return new Unreadable("Start of structure or map found where not expected.");
  if (wanted === "map") return new Unreadable("Unexpected value type in payload");
  const token = typeof value === "boolean" ? String(value) : typeof value;
  return new Unreadable(`${token.toUpperCase()}_VALUE can not be converted to ${wanted}`);
}

function tooDeep(): Unreadable {
  return new Unreadable("The request body is nested too deeply");
}
