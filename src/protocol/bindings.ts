import { requestLine } from "./model.ts";
import type { OperationModel } from "./protocol.ts";
import { kindOf, type Member, membersOf, timestampFormat } from "./schema.ts";
import {
  formatBase64,
  parseBase64,
  parseTimestamp,
  setKey,
  textReader,
  textWriter,
  Unreadable,
} from "./values.ts";
import type { WireRequest } from "./wire.ts";

/** A value outside the body that cannot be read, and where it stood. */
export class UnreadableBinding extends Unreadable {
  readonly binding: string;
  readonly value: string;

  constructor(binding: string, value: string, reason: string) {
    super(reason);
    this.binding = binding;
    this.value = value;
  }
}

type Fields = Record<string, unknown>;
type ReadRequest = (request: WireRequest, into: Fields) => void;

/** Where the members of an input go: everything but the body. */
export function compileRequestBindings(operation: OperationModel): ReadRequest {
  const members = membersOf(operation.input);
  const steps: ReadRequest[] = [];
  if (members.some(({ traits }) => traits.httpLabel === 1)) steps.push(labelsReader(operation, members));
  const query = queryReader(members);
  if (query !== undefined) steps.push(query);
  const headers = headersReader(members);
  if (headers !== undefined) steps.push(headers);
  return (request, into) => {
    for (const step of steps) step(request, into);
  };
}

function labelsReader(operation: OperationModel, members: readonly Member[]): ReadRequest {
  const segments = requestLine(operation)
    .path.split("/")
    .filter((segment) => segment !== "");
  const readers = segments.map((segment) => {
    const name = /^\{(.+?)\+?\}$/.exec(segment)?.[1];
    const member = members.find((candidate) => candidate.name === name);
    return member && { name: member.name, read: guarded(member.name, textReader(member.schema)) };
  });
  const greedy = segments.findIndex((segment) => segment.endsWith("+}"));
  const after = segments.length - greedy - 1;
  return ({ path }, into) => {
    let at = 1;
    for (const [index, reader] of readers.entries()) {
      let end = path.indexOf("/", at);
      if (index === greedy) end = after === 0 ? path.length : startOfLast(path, after);
      else if (end === -1) end = path.length;
      if (reader !== undefined) into[reader.name] = reader.read(percentDecoded(path.slice(at, end)));
      at = end + 1;
    }
  };
}

/** Where the slash before the last `count` segments stands. */
function startOfLast(path: string, count: number): number {
  let at = path.length;
  for (let index = 0; index < count; index++) at = path.lastIndexOf("/", at - 1);
  return at;
}

export function percentDecoded(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UnreadableBinding("path", text, "The path is not valid UTF-8 in percent-encoding");
  }
}

/** A query string's or form's pairs, decoded: a plus is a space. */
export function parsePairs(text: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const key = equals === -1 ? pair : pair.slice(0, equals);
    const value = equals === -1 ? "" : pair.slice(equals + 1);
    pairs.push([plusDecoded(key), plusDecoded(value)]);
  }
  return pairs;
}

function plusDecoded(text: string): string {
  return percentDecoded(text.includes("+") ? text.replaceAll("+", " ") : text);
}

function queryReader(members: readonly Member[]): ReadRequest | undefined {
  const bound = new Map<string, (into: Fields, text: string) => void>();
  // Holds every parameter, those with a member of their own as well.
  let rest: { readonly name: string; readonly lists: boolean } | undefined;
  for (const { name, schema, traits } of members) {
    if (traits.httpQueryParams === 1) {
      rest = { name, lists: kindOf(schema.getValueSchema()) === "list" };
    } else if (traits.httpQuery !== undefined) {
      const list = kindOf(schema) === "list";
      const read = guarded(traits.httpQuery, textReader(list ? schema.getValueSchema() : schema));
      bound.set(traits.httpQuery, (into, text) => {
        if (!list) into[name] = read(text);
        else if (Array.isArray(into[name])) into[name].push(read(text));
        else into[name] = [read(text)];
      });
    }
  }
  if (bound.size === 0 && rest === undefined) return undefined;
  return ({ query }, into) => {
    if (query === "") return;
    for (const [key, value] of parsePairs(query)) {
      bound.get(key)?.(into, value);
      if (rest !== undefined) addParameter(into, rest, key, value);
    }
  };
}

function addParameter(into: Fields, to: { name: string; lists: boolean }, key: string, value: string): void {
  into[to.name] ??= {};
  const map = into[to.name] as Fields;
  if (!to.lists) setKey(map, key, value);
  else if (Object.hasOwn(map, key)) (map[key] as string[]).push(value);
  else setKey(map, key, [value]);
}

type ReadHeader = (value: string, into: Fields) => void;

/** Goes through the headers a request has: an operation of S3 could have four times as many. */
function headersReader(members: readonly Member[]): ReadRequest | undefined {
  const bound = new Map<string, ReadHeader>();
  let prefixed: { readonly name: string; readonly prefix: string } | undefined;
  for (const member of members) {
    const { httpHeader, httpPrefixHeaders } = member.traits;
    if (httpHeader !== undefined) {
      const header = httpHeader.toLowerCase();
      bound.set(header, headerReader(member, header));
    }
    if (httpPrefixHeaders !== undefined) {
      prefixed = { name: member.name, prefix: httpPrefixHeaders.toLowerCase() };
    }
  }
  if (bound.size === 0 && prefixed === undefined) return undefined;
  return ({ headers }, into) => {
    for (const header in headers) {
      const value = headers[header];
      if (value === undefined) continue;
      bound.get(header)?.(value, into);
      if (prefixed === undefined || !header.startsWith(prefixed.prefix)) continue;
      into[prefixed.name] ??= {};
      setKey(into[prefixed.name] as Fields, header.slice(prefixed.prefix.length), value);
    }
  };
}

function headerReader({ name, schema, traits }: Member, header: string): ReadHeader {
  const kind = kindOf(schema);
  if (kind === "list") {
    const item = schema.getValueSchema();
    const read = guarded(header, textReader(item));
    const split = splitterOf(kindOf(item));
    return (value, into) => {
      if (value !== "") into[name] = split(value).map(read);
    };
  }
  if (kind === "timestamp" && timestampFormat(schema, "http-date") === "http-date") return dateReader(name);
  const encoded = kind === "string" && traits.mediaType !== undefined;
  const text = encoded ? (value: string) => Buffer.from(parseBase64(value)).toString("utf8") : undefined;
  const read = guarded(header, text ?? textReader(schema));
  const keepsEmpty = kind === "string";
  return (value, into) => {
    if (value !== "" || keepsEmpty) into[name] = read(value);
  };
}

/** RFC 9110, 13.1.3: what is no date in a header such as If-Modified-Since is ignored. */
function dateReader(name: string): ReadHeader {
  return (value, into) => {
    try {
      into[name] = parseTimestamp(value);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
    }
  };
}

function splitterOf(kind: string): (text: string) => string[] {
  if (kind === "timestamp") return splitDates;
  return kind === "string" ? splitQuoted : (text) => text.split(",").map((part) => part.trim());
}

/** HTTP dates hold a comma themselves. */
function splitDates(text: string): string[] {
  return text.split(/,(?! \d\d[ -])/).map((part) => part.trim());
}

/** Items may stand in double quotes, with backslashes before quotes and backslashes. */
function splitQuoted(text: string): string[] {
  if (!text.includes('"')) return text.split(",").map((part) => part.trim());
  const items: string[] = [];
  for (const match of text.matchAll(/\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))\s*(?:,|$)/g)) {
    if (match.index >= text.length) break;
    items.push(match[1] === undefined ? (match[2] ?? "").trim() : match[1].replaceAll(/\\(.)/g, "$1"));
  }
  return items;
}

function guarded(binding: string, read: (text: string) => unknown): (text: string) => unknown {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      if (error instanceof Unreadable) throw new UnreadableBinding(binding, text, error.message);
      throw error;
    }
  };
}

type WriteHeaders = (output: Readonly<Fields>, headers: Record<string, string>) => void;

/** Writes the members that answers carry in headers. */
export function compileResponseHeaders(members: readonly Member[]): WriteHeaders {
  const bound = new Map<string, (value: unknown, headers: Record<string, string>) => void>();
  for (const member of members) {
    const { httpHeader, httpPrefixHeaders } = member.traits;
    if (httpHeader !== undefined) {
      const header = httpHeader.toLowerCase();
      const write = headerWriter(member);
      bound.set(member.name, (value, headers) => {
        headers[header] = headerText(write(value));
      });
    }
    if (httpPrefixHeaders !== undefined) {
      const prefix = httpPrefixHeaders.toLowerCase();
      bound.set(member.name, (map, headers) => {
        for (const [key, value] of Object.entries(map as Fields)) {
          headers[prefix + key.toLowerCase()] = headerText(String(value));
        }
      });
    }
  }
  if (bound.size === 0) return () => {};
  return (output, headers) => {
    for (const name in output) {
      const value = output[name];
      if (value !== undefined && value !== null) bound.get(name)?.(value, headers);
    }
  };
}

function headerWriter({ schema, traits }: Member): (value: unknown) => string {
  const kind = kindOf(schema);
  if (kind === "list") {
    const value = schema.getValueSchema();
    const item = textWriter(value, "http-date");
    const quotes = kindOf(value) === "string";
    return (list) =>
      (list as unknown[]).map((entry) => (quotes ? quoted(item(entry)) : item(entry))).join(", ");
  }
  if (kind === "string" && traits.mediaType !== undefined) return (value) => formatBase64(String(value));
  return textWriter(schema, "http-date");
}

/**
 * A header ends at a line break and holds one byte a character. Text beyond that goes out in the form
 * of RFC 2047, as S3 gives back metadata that is no ASCII.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
 */
function headerText(text: string): string {
  if (PLAIN_HEADER.test(text)) return text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get out
  const line = text.replaceAll(/[\0-\x08\n-\x1f\x7f]+/g, " ");
  return PLAIN_HEADER.test(line) ? line : `=?UTF-8?B?${formatBase64(line)}?=`;
}

const PLAIN_HEADER = /^[\t\x20-\x7e\x80-\xff]*$/;

function quoted(text: string): string {
  return /[",\\]/.test(text) ? `"${text.replaceAll(/["\\]/g, "\\$&")}"` : text;
}

/** Whether a member travels in a request's body, next to others. */
export function inRequestDocument({ traits }: Member): boolean {
  return (
    traits.httpHeader === undefined &&
    traits.httpPrefixHeaders === undefined &&
    traits.httpQuery === undefined &&
    traits.httpQueryParams !== 1 &&
    traits.httpLabel !== 1 &&
    traits.httpPayload !== 1
  );
}

/** Whether a member travels in an answer's body: bindings to the request's line mean nothing there. */
export function inResponseDocument({ traits }: Member): boolean {
  return (
    traits.httpHeader === undefined &&
    traits.httpPrefixHeaders === undefined &&
    traits.httpPayload !== 1 &&
    traits.httpResponseCode !== 1
  );
}
