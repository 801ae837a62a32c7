import { Readable } from "node:stream";
import { createGunzip, createGzip } from "node:zlib";
import type { AttributeValue, Item } from "../values/value.ts";

/** Items as AWS's exports write them: one `{"Item":{…}}` a line, binaries in Base64. */
export function itemLine(item: Item): string {
  return `${JSON.stringify({ Item: item }, replaceBytes)}\n`;
}

/** Any value that holds items, as JSON. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value, replaceBytes);
}

function replaceBytes(_name: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}

/**
 * The item of a line, with bytes where its binaries are; undefined when the line is none. The values are as
 * they stand in the line: whether they are valid is for the caller to check.
 */
export function parseItemLine(line: string): Record<string, AttributeValue> | undefined {
  const parsed = parseLine(line);
  return parsed && readMap(parsed.Item);
}

/** What a line asks to be put, and on which condition; its members are those of PutItem's input. */
export interface PutLine {
  readonly Item: Record<string, AttributeValue>;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
}

/** As `parseItemLine`, with the condition that stands beside the item. */
export function parsePutLine(line: string): PutLine | undefined {
  const parsed = parseLine(line);
  if (!parsed) return undefined;
  const { ConditionExpression: condition, ExpressionAttributeNames: names } = parsed;
  const { ExpressionAttributeValues: values } = parsed;
  const item = readMap(parsed.Item);
  const read = isObject(values) ? readMap(values) : undefined;
  if (!item || (condition !== undefined && typeof condition !== "string")) return undefined;
  if ((names !== undefined && !isNames(names)) || (values !== undefined && !read)) return undefined;
  return {
    Item: item,
    ...(condition === undefined ? {} : { ConditionExpression: condition }),
    ...(names === undefined ? {} : { ExpressionAttributeNames: names }),
    ...(read === undefined ? {} : { ExpressionAttributeValues: read }),
  };
}

function parseLine(line: string): (Json & { readonly Item: Json }) | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return isObject(parsed) && isObject(parsed.Item) ? { ...parsed, Item: parsed.Item } : undefined;
  } catch {
    return undefined;
  }
}

function isNames(value: unknown): value is Record<string, string> {
  return isObject(value) && isTexts(Object.values(value));
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readMap(map: Json): Record<string, AttributeValue> | undefined {
  const item: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(map)) {
    const read = readValue(value);
    if (!read) return undefined;
    Object.defineProperty(item, name, { value: read, configurable: true, enumerable: true, writable: true });
  }
  return item;
}

function readValue(value: unknown): AttributeValue | undefined {
  if (!isObject(value)) return undefined;
  const [[type, member] = ["", undefined], ...rest] = Object.entries(value);
  if (rest.length > 0) return undefined;
  switch (type) {
    case "S":
    case "N":
      return typeof member === "string" ? ({ [type]: member } as unknown as AttributeValue) : undefined;
    case "BOOL":
      return typeof member === "boolean" ? { BOOL: member } : undefined;
    case "NULL":
      return member === true ? { NULL: true } : undefined;
    case "B":
      return typeof member === "string" ? { B: bytesOf(member) } : undefined;
    case "SS":
    case "NS":
      return isTexts(member) ? ({ [type]: member } as unknown as AttributeValue) : undefined;
    case "BS":
      return isTexts(member) ? { BS: member.map(bytesOf) } : undefined;
    case "L":
      return readList(member);
    case "M": {
      const map = isObject(member) ? readMap(member) : undefined;
      return map && { M: map };
    }
    default:
      return undefined;
  }
}

function readList(member: unknown): AttributeValue | undefined {
  if (!Array.isArray(member)) return undefined;
  const values = member.map(readValue);
  return values.includes(undefined) ? undefined : { L: values as AttributeValue[] };
}

function isTexts(member: unknown): member is string[] {
  return Array.isArray(member) && member.every((each) => typeof each === "string");
}

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}

/** The text as gzip's bytes, in pieces. */
export function gzipped(text: AsyncIterable<string>): AsyncIterable<Uint8Array> {
  return Readable.from(text).pipe(createGzip());
}

export function gunzipped(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const from = Readable.from(bytes);
  const to = createGunzip();
  from.on("error", (error) => to.destroy(error));
  to.on("close", () => from.destroy());
  return from.pipe(to);
}

/** Zstandard is read by a library, which is loaded when the first such file comes. */
export async function* unzstd(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { Decompress } = await import("fzstd");
  let ready: Uint8Array[] = [];
  const stream = new Decompress((chunk) => void ready.push(chunk));
  for await (const chunk of bytes) {
    stream.push(chunk);
    yield* ready;
    ready = [];
  }
  stream.push(new Uint8Array(0), true);
  yield* ready;
}

/** The lines of a text that comes in pieces, without their breaks; empty ones are left out. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield line.replace(/\r$/, "");
  }
  rest += decoder.decode();
  if (rest.trim() !== "") yield rest.replace(/\r$/, "");
}
