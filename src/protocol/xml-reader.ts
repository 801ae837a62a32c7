import { DEEPEST, Unreadable } from "./values.ts";

/** One element of a document. Comments and processing instructions are left out. */
export interface XmlElement {
  /** With its prefix: `xsi:type`. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string> | undefined;
  readonly children: XmlElement[];
  text: string;
}

const NAME = /[A-Za-z_:\u0080-\uffff][\w:.\-\u0080-\uffff]*/y;
const SPACE = /[ \t\r\n]*/y;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/**
 * Reads a document strictly: anything not well-formed is unreadable. There are no document types, and
 * so no entities but the five and characters by number; no step depends on the depth of the stack.
 */
export function readXml(source: string): XmlElement {
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;
  let at = source.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < source.length) {
    const next = source.indexOf("<", at);
    const until = next === -1 ? source.length : next;
    if (until > at) addText(open, readText(source.slice(at, until)));
    if (next === -1) break;
    const follows = source.charCodeAt(next + 1);
    if (follows === 0x2f /* / */) {
      at = closeElement(source, next, open);
    } else if (follows === 0x3f /* ? */) {
      at = after(source, "?>", next + 2);
    } else if (follows === 0x21 /* ! */) {
      at = readMarkup(source, next, open);
    } else {
      const tag = readTag(source, next + 1);
      const parent = open.at(-1);
      if (parent !== undefined) parent.children.push(tag.element);
      else if (root === undefined) root = tag.element;
      else throw new Unreadable("The document has two roots");
      if (!tag.empty && open.push(tag.element) > DEEPEST) throw new Unreadable("The document is too deep");
      at = tag.end;
    }
  }
  if (root === undefined || open.length > 0) throw new Unreadable("The document ends too early");
  return root;
}

/** An element's name without its prefix. */
export function localName(name: string): string {
  const colon = name.indexOf(":");
  return colon === -1 ? name : name.slice(colon + 1);
}

function addText(open: readonly XmlElement[], text: string): void {
  const element = open.at(-1);
  if (element !== undefined) element.text += text;
  else if (text.trim() !== "") throw new Unreadable("There is text outside the root");
}

function closeElement(source: string, from: number, open: XmlElement[]): number {
  const end = after(source, ">", from + 2);
  const name = source.slice(from + 2, end - 1).trimEnd();
  if (open.pop()?.name !== name) throw new Unreadable("An element is not closed");
  return end;
}

/** Comments and CDATA. */
function readMarkup(source: string, from: number, open: readonly XmlElement[]): number {
  if (source.startsWith("<!--", from)) return after(source, "-->", from + 4);
  if (!source.startsWith("<![CDATA[", from)) throw new Unreadable("Document types are not accepted");
  const end = after(source, "]]>", from + 9);
  addText(open, source.slice(from + 9, end - 3));
  return end;
}

/** Most tags: a name and nothing else. */
const BARE_TAG = /([A-Za-z_][\w.-]*)(\/?)>/y;

function readTag(source: string, from: number): { element: XmlElement; empty: boolean; end: number } {
  BARE_TAG.lastIndex = from;
  const bare = BARE_TAG.exec(source);
  if (bare?.[1] !== undefined) {
    const element = { name: bare[1], attributes: undefined, children: [], text: "" };
    return { element, empty: bare[2] !== "", end: BARE_TAG.lastIndex };
  }
  const name = nameAt(source, from);
  let attributes: Map<string, string> | undefined;
  let at = from + name.length;
  for (;;) {
    const start = skipSpace(source, at);
    const code = source.charCodeAt(start);
    const empty = code === 0x2f; /* / */
    if (empty || code === 0x3e /* > */) {
      if (empty && source.charCodeAt(start + 1) !== 0x3e) throw new Unreadable("A tag is malformed");
      const element = { name, attributes, children: [], text: "" };
      return { element, empty, end: start + (empty ? 2 : 1) };
    }
    if (start === at) throw new Unreadable("A tag is malformed");
    const key = nameAt(source, start);
    const equals = skipSpace(source, start + key.length);
    const quoteAt = skipSpace(source, equals + 1);
    const quote = source[quoteAt];
    if (source[equals] !== "=" || (quote !== '"' && quote !== "'")) {
      throw new Unreadable("An attribute is malformed");
    }
    at = after(source, quote, quoteAt + 1);
    attributes ??= new Map();
    if (attributes.has(key)) throw new Unreadable("An attribute is given twice");
    attributes.set(key, readText(source.slice(quoteAt + 1, at - 1)));
  }
}

function nameAt(source: string, from: number): string {
  NAME.lastIndex = from;
  const name = NAME.exec(source)?.[0];
  if (name === undefined) throw new Unreadable("A name is malformed");
  return name;
}

function skipSpace(source: string, from: number): number {
  SPACE.lastIndex = from;
  SPACE.exec(source);
  return SPACE.lastIndex;
}

function after(source: string, text: string, from: number): number {
  const at = source.indexOf(text, from);
  if (at === -1) throw new Unreadable("The document ends too early");
  return at + text.length;
}

function readText(raw: string): string {
  if (raw.includes("<")) throw new Unreadable("An attribute is malformed");
  const lines = raw.includes("\r") ? raw.replaceAll(/\r\n?/g, "\n") : raw;
  if (!lines.includes("&")) return lines;
  return lines.replaceAll(/&([^;&]{0,12});?/g, (whole, name: string) => {
    if (!whole.endsWith(";")) throw new Unreadable("An entity is malformed");
    if (name.startsWith("#")) return character(name);
    const text = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
    if (text === undefined) throw new Unreadable("An entity is not known");
    return text;
  });
}

function character(name: string): string {
  const hex = /^#x([\da-fA-F]+)$/.exec(name)?.[1];
  const decimal = /^#(\d+)$/.exec(name)?.[1];
  const code = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal ?? Number.NaN);
  if (!(code >= 0x20 || code === 9 || code === 10 || code === 13) || code > 0x10ffff) {
    throw new Unreadable("A character is not allowed");
  }
  return String.fromCodePoint(code);
}
