import type { NormalizedSchema } from "@smithy/core/schema";
import { identityOf, kindOf, membersOf, memberTraitsOf } from "./schema.ts";
import { DEEPEST, setKey, textReader, Unreadable } from "./values.ts";

/** A form's keys, split at their dots: `Tags.member.1.Key=a` is a value four steps down. */
export interface FormNode {
  text: string | undefined;
  readonly children: Map<string, FormNode>;
}

type Read = (node: FormNode) => unknown;

/** Gathers pairs into a tree. */
export function formTree(pairs: readonly (readonly [key: string, value: string])[]): FormNode {
  const root = newNode();
  for (const [key, value] of pairs) {
    let node = root;
    const steps = key.split(".");
    if (steps.length > DEEPEST) throw new Unreadable("A parameter's name is too deep");
    for (const step of steps) {
      let next = node.children.get(step);
      if (next === undefined) {
        next = newNode();
        node.children.set(step, next);
      }
      node = next;
    }
    node.text = value;
  }
  return root;
}

function newNode(): FormNode {
  return { text: undefined, children: new Map() };
}

/** Compiles schemas to readers of forms; every structure once. */
export function createQueryCodec(): { reader(schema: NormalizedSchema): Read } {
  const readers = new Map<object, Read>();

  const readerOf = (schema: NormalizedSchema): Read => {
    const kind = kindOf(schema);
    const identity = kind === "structure" || kind === "union" ? identityOf(schema) : undefined;
    if (identity === undefined) return compile(schema);
    const known = readers.get(identity);
    if (known !== undefined) return known;
    let compiled: Read | undefined;
    const read: Read = (node) => {
      compiled ??= compile(schema);
      return compiled(node);
    };
    readers.set(identity, read);
    return read;
  };

  const compile = (schema: NormalizedSchema): Read => {
    switch (kindOf(schema)) {
      case "structure":
      case "union":
        return structReader(schema, readerOf);
      case "list":
        return listReader(schema, readerOf);
      case "map":
        return mapReader(schema, readerOf);
      default:
        return simpleReader(schema);
    }
  };
  return { reader: readerOf };
}

type ReaderOf = (schema: NormalizedSchema) => Read;

function structReader(schema: NormalizedSchema, readerOf: ReaderOf): Read {
  const members = new Map<string, { name: string; read: Read; empties: boolean }>();
  for (const member of membersOf(schema)) {
    const wireName = memberTraitsOf(member.schema).xmlName ?? member.name;
    const kind = kindOf(member.schema);
    const empties = kind === "string" || kind === "list" || kind === "map" || kind === "structure";
    members.set(wireName, { name: member.name, read: readerOf(member.schema), empties });
  }
  return (node) => {
    const into: Record<string, unknown> = {};
    for (const [key, child] of node.children) {
      const member = members.get(key);
      // `DurationSeconds=` is a number not given.
      if (member !== undefined && (child.text !== "" || member.empties))
        into[member.name] = member.read(child);
    }
    return into;
  };
}

/** `member` (or the model's word) stands before the index unless the list is flattened; both are read. */
function listReader(schema: NormalizedSchema, readerOf: ReaderOf): Read {
  const value = schema.getValueSchema();
  const item = readerOf(value);
  const name = memberTraitsOf(value).xmlName ?? "member";
  return (node) => {
    if (node.children.size === 0) {
      if (node.text !== undefined && node.text !== "") throw new Unreadable("A list was expected");
      return [];
    }
    const items = node.children.get(name) ?? node.children.get("member") ?? node;
    return numbered(items).map(item);
  };
}

function mapReader(schema: NormalizedSchema, readerOf: ReaderOf): Read {
  const keyName = memberTraitsOf(schema.getKeySchema()).xmlName ?? "key";
  const valueName = memberTraitsOf(schema.getValueSchema()).xmlName ?? "value";
  const read = readerOf(schema.getValueSchema());
  return (node) => {
    const into: Record<string, unknown> = {};
    for (const entry of numbered(node.children.get("entry") ?? node)) {
      const key = entry.children.get(keyName)?.text;
      const value = entry.children.get(valueName);
      if (key === undefined) throw new Unreadable("A map entry has no key");
      if (value !== undefined) setKey(into, key, read(value));
    }
    return into;
  };
}

/** Children in the order of their indices, which may have gaps. */
function numbered(node: FormNode): FormNode[] {
  const entries: [number, FormNode][] = [];
  for (const [key, child] of node.children) {
    if (!/^\d{1,9}$/.test(key)) throw new Unreadable(`Unexpected list index ${key.slice(0, 100)}`);
    entries.push([Number(key), child]);
  }
  return entries.sort(([one], [other]) => one - other).map(([, child]) => child);
}

function simpleReader(schema: NormalizedSchema): Read {
  const read = textReader(schema);
  return (node) => {
    if (node.text === undefined) throw new Unreadable("A value was expected");
    return read(node.text);
  };
}
