import type { NormalizedSchema } from "@smithy/core/schema";
import {
  identityOf,
  kindOf,
  type Member,
  membersOf,
  memberTraitsOf,
  type Traits,
  traitsOf,
} from "./schema.ts";
import { setKey, textReader, textWriter, Unreadable } from "./values.ts";
import { localName, type XmlElement } from "./xml-reader.ts";

type Read = (element: XmlElement) => unknown;
/** Writes a value as an element of the given name; `attributes` starts with a space or is empty. */
type Write = (value: unknown, tag: string, attributes: string) => string;

/** Compiles schemas to and from XML; every structure once. */
export class XmlCodec {
  readonly #textWriter: typeof textWriter;
  readonly #readers = new Map<object, Read>();
  readonly #writers = new Map<object, Write>();

  /** @param writer of simple values, where a service writes them in a way of its own. */
  constructor(writer: typeof textWriter = textWriter) {
    this.#textWriter = writer;
  }

  membersReader(members: readonly Member[]): (element: XmlElement) => Record<string, unknown> {
    return structReader(members, this.reader) as (element: XmlElement) => Fields;
  }

  membersWriter(members: readonly Member[]): Write {
    return structWriter(members, this.writer);
  }

  readonly reader = (schema: NormalizedSchema): Read => {
    const identity = structureOf(schema);
    if (identity === undefined) return this.#compileReader(schema);
    const known = this.#readers.get(identity);
    if (known !== undefined) return known;
    let compiled: Read | undefined;
    const read: Read = (element) => {
      compiled ??= this.#compileReader(schema);
      return compiled(element);
    };
    this.#readers.set(identity, read);
    return read;
  };

  readonly writer = (schema: NormalizedSchema): Write => {
    const identity = structureOf(schema);
    if (identity === undefined) return this.#compileWriter(schema);
    const known = this.#writers.get(identity);
    if (known !== undefined) return known;
    let compiled: Write | undefined;
    const write: Write = (value, tag, attributes) => {
      compiled ??= this.#compileWriter(schema);
      return compiled(value, tag, attributes);
    };
    this.#writers.set(identity, write);
    return write;
  };

  #compileReader(schema: NormalizedSchema): Read {
    switch (kindOf(schema)) {
      case "structure":
        return structReader(membersOf(schema), this.reader);
      case "union":
        return unionReader(structReader(membersOf(schema), this.reader));
      case "list": {
        const value = schema.getValueSchema();
        const item = this.reader(value);
        const name = memberTraitsOf(value).xmlName ?? "member";
        return (element) => element.children.filter((child) => named(child, name)).map(item);
      }
      case "map":
        return mapReader(entryReader(schema, this.reader));
      default:
        return simpleReader(schema);
    }
  }

  #compileWriter(schema: NormalizedSchema): Write {
    switch (kindOf(schema)) {
      case "structure":
      case "union":
        return structWriter(membersOf(schema), this.writer);
      case "list":
        return listWriter(schema, this.writer);
      case "map": {
        const entry = entryWriter(schema, this.writer);
        return (value, tag, attributes) => {
          let body = "";
          for (const [key, item] of Object.entries(value as object)) body += entry(key, item, "entry", "");
          return `<${tag}${attributes}>${body}</${tag}>`;
        };
      }
      default: {
        const write = this.#textWriter(schema, "date-time");
        // Numbers, dates and base64 hold nothing to escape.
        if (kindOf(schema) !== "string") {
          return (value, tag, attributes) => `<${tag}${attributes}>${write(value)}</${tag}>`;
        }
        return (value, tag, attributes) => `<${tag}${attributes}>${escapeXml(String(value))}</${tag}>`;
      }
    }
  }
}

/** What a structure is known by; other schemas are compiled wherever they stand. */
function structureOf(schema: NormalizedSchema): object | undefined {
  const kind = kindOf(schema);
  return kind === "structure" || kind === "union" ? identityOf(schema) : undefined;
}

function mapReader(add: AddChild): Read {
  return (element) => {
    const into: Fields = {};
    for (const child of element.children) if (named(child, "entry")) add(into, child);
    return into;
  };
}

function simpleReader(schema: NormalizedSchema): Read {
  const read = textReader(schema);
  const trims = kindOf(schema) !== "string";
  return (element) => {
    if (element.children.length > 0) throw new Unreadable("An element was not expected");
    return read(trims ? element.text.trim() : element.text);
  };
}

type Fields = Record<string, unknown>;
type ReaderOf = (schema: NormalizedSchema) => Read;
type WriterOf = (schema: NormalizedSchema) => Write;

/** Escapes text for content and for attributes in double quotes, with `&quot;` in both as S3 does. */
export function escapeXml(text: string): string {
  const first = text.search(ESCAPED);
  if (first === -1) return text;
  let escaped = text.slice(0, first);
  let from = first;
  for (let at = first; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // Nearly all characters are above these; the few others are tried one by one.
    if (code > 0x3e && code !== 0x85 && code !== 0x2028) continue;
    const character = text.charAt(at);
    if (!ESCAPED.test(character)) continue;
    escaped += text.slice(from, at) + escapeCharacter(character);
    from = at + 1;
  }
  return escaped + text.slice(from);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: keys may hold them, and XML must not
const ESCAPED = /[&<>"\u0000-\u0008\u000b-\u001f\u0085\u2028]/;
const NAMED: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeCharacter(character: string): string {
  return NAMED[character] ?? `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`;
}

/** ` xmlns="…"` where a schema asks for a namespace. */
export function namespaceAttribute(traits: Traits): string {
  if (traits.xmlNamespace === undefined) return "";
  const [prefix, uri] = traits.xmlNamespace;
  return prefix ? ` xmlns:${prefix}="${escapeXml(uri)}"` : ` xmlns="${escapeXml(uri)}"`;
}

function named(element: XmlElement, name: string): boolean {
  return element.name === name || localName(element.name) === name;
}

/** What an element's name has been read into so far. */
type AddChild = (into: Fields, child: XmlElement) => void;

function structReader(members: readonly Member[], readerOf: ReaderOf): Read {
  const elements = new Map<string, AddChild>();
  const attributes: { name: string; wireName: string; read: (text: string) => unknown }[] = [];
  for (const { name, schema, traits } of members) {
    const own = memberTraitsOf(schema);
    const wireName = own.xmlName ?? name;
    if (own.xmlAttribute === 1) attributes.push({ name, wireName, read: textReader(schema) });
    else elements.set(wireName, addChild(name, schema, traits, readerOf));
  }
  return (element) => {
    const into: Fields = {};
    for (const child of element.children) {
      const add = elements.get(child.name) ?? elements.get(localName(child.name));
      add?.(into, child);
    }
    for (const attribute of attributes) {
      const text = attributeOf(element, attribute.wireName);
      if (text !== undefined) into[attribute.name] = attribute.read(text);
    }
    return into;
  };
}

/** An attribute by its name, or under whatever prefix its namespace was given. */
function attributeOf(element: XmlElement, name: string): string | undefined {
  const found = element.attributes?.get(name);
  if (found !== undefined || element.attributes === undefined) return found;
  for (const [key, text] of element.attributes) {
    if (localName(key) === localName(name) && !key.startsWith("xmlns")) return text;
  }
  return undefined;
}

function addChild(name: string, schema: NormalizedSchema, traits: Traits, readerOf: ReaderOf): AddChild {
  if (traits.xmlFlattened === 1 && kindOf(schema) === "list") {
    const item = readerOf(schema.getValueSchema());
    return (into, child) => {
      const list = into[name] as unknown[] | undefined;
      if (list === undefined) into[name] = [item(child)];
      else list.push(item(child));
    };
  }
  if (traits.xmlFlattened === 1 && kindOf(schema) === "map") {
    const add = entryReader(schema, readerOf);
    return (into, child) => {
      into[name] ??= {};
      add(into[name] as Fields, child);
    };
  }
  const read = readerOf(schema);
  return (into, child) => {
    into[name] = read(child);
  };
}

function unionReader(read: Read): Read {
  return (element) => {
    const value = read(element) as Fields;
    if (Object.keys(value).length !== 1) throw new Unreadable("Unions must have exactly one member set");
    return value;
  };
}

function entryReader(schema: NormalizedSchema, readerOf: ReaderOf): AddChild {
  const keyName = memberTraitsOf(schema.getKeySchema()).xmlName ?? "key";
  const valueName = memberTraitsOf(schema.getValueSchema()).xmlName ?? "value";
  const read = readerOf(schema.getValueSchema());
  return (into, entry) => {
    const key = entry.children.find((child) => named(child, keyName));
    const value = entry.children.find((child) => named(child, valueName));
    if (key === undefined) throw new Unreadable("An entry has no key");
    if (value !== undefined) setKey(into, key.text, read(value));
  };
}

function structWriter(members: readonly Member[], writerOf: WriterOf): Write {
  const elements: { name: string; write: (value: unknown) => string }[] = [];
  const attributes: { name: string; wireName: string; write: (value: unknown) => string }[] = [];
  for (const member of members) {
    const { name, schema } = member;
    const own = memberTraitsOf(schema);
    const wireName = own.xmlName ?? name;
    if (own.xmlAttribute === 1) attributes.push({ name, wireName, write: textWriter(schema, "date-time") });
    else elements.push({ name, write: memberWriter(member, wireName, writerOf) });
  }
  return (value, tag, given) => {
    const from = value as Fields;
    let body = "";
    for (const { name, write } of elements) {
      const item = from[name];
      if (item !== undefined && item !== null) body += write(item);
    }
    let head = given;
    for (const { name, wireName, write } of attributes) {
      const item = from[name];
      if (item !== undefined && item !== null) head += ` ${wireName}="${escapeXml(write(item))}"`;
    }
    return `<${tag}${head}>${body}</${tag}>`;
  };
}

function memberWriter(member: Member, wireName: string, writerOf: WriterOf): (value: unknown) => string {
  const { schema, traits } = member;
  const attributes = namespaceAttribute(traits);
  const kind = kindOf(schema);
  if (traits.xmlFlattened === 1 && kind === "list") {
    // A flattened list has no element of its own: a namespace is its items'.
    const item = writerOf(schema.getValueSchema());
    const itemAttributes = namespaceAttribute(traitsOf(schema.getValueSchema()));
    return (value) => {
      let body = "";
      for (const element of value as readonly unknown[])
        body += item(element ?? "", wireName, itemAttributes);
      return body;
    };
  }
  if (traits.xmlFlattened === 1 && kind === "map") {
    const entry = entryWriter(schema, writerOf);
    return (value) => {
      let body = "";
      for (const [key, item] of Object.entries(value as object))
        body += entry(key, item, wireName, attributes);
      return body;
    };
  }
  const write = writerOf(schema);
  return (value) => write(value, wireName, attributes);
}

function listWriter(schema: NormalizedSchema, writerOf: WriterOf): Write {
  const value = schema.getValueSchema();
  const item = writerOf(value);
  const name = memberTraitsOf(value).xmlName ?? "member";
  const itemAttributes = namespaceAttribute(traitsOf(value));
  return (list, tag, attributes) => {
    let body = "";
    for (const element of list as readonly unknown[]) {
      if (element === null || element === undefined) body += `<${name}/>`;
      else body += item(element, name, itemAttributes);
    }
    return `<${tag}${attributes}>${body}</${tag}>`;
  };
}

type WriteEntry = (key: string, value: unknown, tag: string, attributes: string) => string;

function entryWriter(schema: NormalizedSchema, writerOf: WriterOf): WriteEntry {
  const keyTraits = memberTraitsOf(schema.getKeySchema());
  const valueSchema = schema.getValueSchema();
  const valueTraits = memberTraitsOf(valueSchema);
  const keyName = keyTraits.xmlName ?? "key";
  const valueName = valueTraits.xmlName ?? "value";
  const write = writerOf(valueSchema);
  const keyAttributes = namespaceAttribute(keyTraits);
  const valueAttributes = namespaceAttribute(valueTraits);
  return (key, value, tag, attributes) => {
    const item =
      value === null || value === undefined ? `<${valueName}/>` : write(value, valueName, valueAttributes);
    return `<${tag}${attributes}><${keyName}${keyAttributes}>${escapeXml(key)}</${keyName}>${item}</${tag}>`;
  };
}
