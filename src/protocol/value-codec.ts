import type { NormalizedSchema } from "@smithy/core/schema";
import { identityOf, kindOf, type Member, membersOf, traitsOf } from "./schema.ts";
import { DEEPEST, setKey, Unreadable } from "./values.ts";

/** Turns a parsed value into a member's value. `depth` counts down to what is too deep. */
export type Read = (value: unknown, depth: number) => unknown;
/** Turns a member's value into what the protocol's serializer takes. */
export type Write = (value: unknown) => unknown;

/** What tells one serialization from another. */
export interface ValueRules {
  /** Whether the `jsonName` trait counts: it does in REST, not in RPC. */
  readonly useJsonName: boolean;
  simpleReader(schema: NormalizedSchema): Read;
  simpleWriter(schema: NormalizedSchema): Write;
}

interface ReadMember {
  readonly name: string;
  readonly schema: NormalizedSchema;
  /** Compiled when a request first has it: a large model is compiled only as far as requests reach. */
  read: Read | undefined;
}

interface WriteMember {
  readonly wireName: string;
  readonly schema: NormalizedSchema;
  write: Write | undefined;
}

/** Compiles schemas to and from trees of plain values, as JSON and CBOR have them; every structure once. */
export class ValueCodec {
  readonly #rules: ValueRules;
  readonly #readers = new Map<object, Read>();
  readonly #writers = new Map<object, Write>();

  constructor(rules: ValueRules) {
    this.#rules = rules;
  }

  reader(schema: NormalizedSchema): (value: unknown) => unknown {
    const read = this.#readerOf(schema);
    return (value) => read(value, DEEPEST);
  }

  /** Of some members of a structure, as REST bodies are. */
  membersReader(members: readonly Member[]): (value: unknown) => Record<string, unknown> {
    const read = this.#structReader(members);
    return (value) => read(value, DEEPEST) as Record<string, unknown>;
  }

  writer(schema: NormalizedSchema): Write {
    return this.#writerOf(schema);
  }

  membersWriter(members: readonly Member[]): (value: Readonly<Record<string, unknown>>) => unknown {
    return this.#structWriter(members);
  }

  #readerOf(schema: NormalizedSchema): Read {
    const identity = identityOf(schema);
    if (identity === undefined) return this.#compileReader(schema);
    let read = this.#readers.get(identity);
    if (read === undefined) {
      read = this.#compileReader(schema);
      this.#readers.set(identity, read);
    }
    return read;
  }

  #compileReader(schema: NormalizedSchema): Read {
    switch (kindOf(schema)) {
      case "structure":
        return this.#structReader(membersOf(schema));
      case "union":
        return unionReader(this.#structReader(membersOf(schema)));
      case "list":
        return listReader(this.#laterReader(schema.getValueSchema()), traitsOf(schema).sparse === 1);
      case "map":
        return mapReader(this.#laterReader(schema.getValueSchema()), traitsOf(schema).sparse === 1);
      default:
        return this.#rules.simpleReader(schema);
    }
  }

  /** Lists and maps may hold themselves: what they hold is compiled at the first item. */
  #laterReader(schema: NormalizedSchema): Read {
    let read: Read | undefined;
    return (value, depth) => {
      read ??= this.#readerOf(schema);
      return read(value, depth);
    };
  }

  #structReader(members: readonly Member[]): Read {
    const byName = new Map<string, ReadMember>();
    for (const member of members) {
      byName.set(this.#wireName(member), { name: member.name, schema: member.schema, read: undefined });
    }
    return (value, depth) => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) throw unexpected(value, "map");
      if (depth === 0) throw tooDeep();
      const from = value as Record<string, unknown>;
      const into: Record<string, unknown> = {};
      for (const key in from) {
        const member = byName.get(key);
        const item = from[key];
        if (member === undefined || item === null) continue;
        member.read ??= this.#readerOf(member.schema);
        into[member.name] = member.read(item, depth - 1);
      }
      return into;
    };
  }

  #writerOf(schema: NormalizedSchema): Write {
    const identity = identityOf(schema);
    if (identity === undefined) return this.#compileWriter(schema);
    let write = this.#writers.get(identity);
    if (write === undefined) {
      write = this.#compileWriter(schema);
      this.#writers.set(identity, write);
    }
    return write;
  }

  #compileWriter(schema: NormalizedSchema): Write {
    const kind = kindOf(schema);
    if (kind === "structure" || kind === "union") return this.#structWriter(membersOf(schema)) as Write;
    if (kind !== "list" && kind !== "map") return this.#rules.simpleWriter(schema);
    const sparse = traitsOf(schema).sparse === 1;
    const valueSchema = schema.getValueSchema();
    let compiled: Write | undefined;
    const item: Write = (value) => {
      compiled ??= this.#writerOf(valueSchema);
      return compiled(value);
    };
    if (kind === "list") return (value) => writeList(value as readonly unknown[], item, sparse);
    return (value) => writeMap(value as Record<string, unknown>, item, sparse);
  }

  #structWriter(members: readonly Member[]): (value: Readonly<Record<string, unknown>>) => unknown {
    const byName = new Map<string, WriteMember>();
    for (const member of members) {
      const wireName = this.#wireName(member);
      byName.set(member.name, { wireName, schema: member.schema, write: undefined });
    }
    return (value) => {
      const into: Record<string, unknown> = {};
      for (const name in value) {
        const item = value[name];
        if (item === undefined || item === null) continue;
        const member = byName.get(name);
        if (member === undefined) continue;
        member.write ??= this.#writerOf(member.schema);
        into[member.wireName] = member.write(item);
      }
      return into;
    };
  }

  #wireName({ name, traits }: Member): string {
    return (this.#rules.useJsonName && traits.jsonName) || name;
  }
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
