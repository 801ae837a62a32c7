import { crc32 } from "node:zlib";
import type { NormalizedSchema } from "@smithy/core/schema";
import { Fault } from "../kernel/faults.ts";
import { kindOf, type Member, membersOf, traitsOf } from "./schema.ts";
import type { ValueCodec } from "./value-codec.ts";
import { asBytes, asDate } from "./values.ts";
import type { XmlCodec } from "./xml-codec.ts";

// https://smithy.io/2.0/aws/amazon-eventstream.html: every message has a prelude of two lengths and
// their checksum, then headers, the payload, and a checksum of it all.

type Fields = Readonly<Record<string, unknown>>;
type HeaderValue = string | boolean | number | bigint | Uint8Array | Date;

/** How a protocol writes the structures inside events. */
export interface EventDocuments {
  readonly contentType: string;
  /** Of some members of a structure; the name is that of an XML document's root. */
  writer(members: readonly Member[], name: string): (value: Fields) => string | Uint8Array;
}

export function jsonEvents(codec: ValueCodec): EventDocuments {
  return {
    contentType: "application/json",
    writer(members) {
      const write = codec.membersWriter(members);
      return (value) => JSON.stringify(write(value));
    },
  };
}

export function xmlEvents(codec: XmlCodec): EventDocuments {
  return {
    contentType: "text/xml",
    writer(members, name) {
      const write = codec.membersWriter(members);
      return (value) => (members.length === 0 ? "" : write(value, name, ""));
    },
  };
}

/**
 * Writes an output's event stream. A Fault that the stream throws becomes its last message: an
 * exception where the stream models it, an error where it does not.
 * @param initial For RPC: writes the output's other members, which travel in a first message.
 */
export function eventStreamOf(
  documents: EventDocuments,
): (
  member: Member,
  output: Fields,
  initial?: (output: Fields) => string | Uint8Array,
) => AsyncIterable<Uint8Array> {
  const known = new WeakMap<NormalizedSchema, Map<string, WriteEvent>>();
  return (member, output, initial) => {
    let events = known.get(member.schema);
    if (events === undefined) {
      events = compileEvents(member.schema, documents);
      known.set(member.schema, events);
    }
    const source = output[member.name] as AsyncIterable<Fields> | undefined;
    const first =
      initial && frame(eventHeaders("initial-response", documents.contentType), asBytes(initial(output)));
    return writeEvents(source, events, first);
  };
}

async function* writeEvents(
  source: AsyncIterable<Fields> | undefined,
  events: ReadonlyMap<string, WriteEvent>,
  first: Uint8Array | undefined,
): AsyncGenerator<Uint8Array> {
  if (first !== undefined) yield first;
  try {
    for await (const event of source ?? []) {
      for (const name in event) {
        const write = event[name] === undefined ? undefined : events.get(name);
        if (write !== undefined) yield write(event[name] as Fields);
      }
    }
  } catch (error) {
    yield faultFrame(error, events);
    if (!(error instanceof Fault)) throw error;
  }
}

function faultFrame(error: unknown, events: ReadonlyMap<string, WriteEvent>): Uint8Array {
  const fault = error instanceof Fault ? error : new Fault("InternalFailure", "An internal error occurred.");
  const write = events.get(fault.code);
  if (write !== undefined) {
    return write({ message: fault.message, Message: fault.message, ...fault.members });
  }
  const headers = new Map<string, HeaderValue>([
    [":message-type", "error"],
    [":error-code", fault.code],
    [":error-message", fault.message],
  ]);
  return frame(headers, new Uint8Array(0));
}

type WriteEvent = (value: Fields) => Uint8Array;

/** A writer for every event and, by the shape's name as well, for every exception of a stream. */
function compileEvents(union: NormalizedSchema, documents: EventDocuments): Map<string, WriteEvent> {
  const events = new Map<string, WriteEvent>();
  for (const { name, schema } of membersOf(union)) {
    const exception = traitsOf(schema).error !== undefined;
    const write = compileEvent(name, schema, exception, documents);
    events.set(name, write);
    const shape = schema.getName();
    if (exception && shape !== undefined) events.set(shape, write);
  }
  return events;
}

function compileEvent(
  name: string,
  schema: NormalizedSchema,
  exception: boolean,
  documents: EventDocuments,
): WriteEvent {
  const members = membersOf(schema);
  const inHeaders = members.filter(({ traits }) => traits.eventHeader === 1);
  const payload = payloadOf(members, schema, documents);
  return (value) => {
    const headers = exception ? exceptionHeaders(name) : eventHeaders(name);
    for (const member of inHeaders) {
      const item = value[member.name];
      if (item !== undefined) headers.set(member.name, headerValue(member.schema, item));
    }
    const body = payload.write(value);
    if (body.length > 0) headers.set(":content-type", payload.contentType);
    return frame(headers, body);
  };
}

interface Payload {
  readonly contentType: string;
  write(value: Fields): Uint8Array;
}

function payloadOf(members: readonly Member[], schema: NormalizedSchema, documents: EventDocuments): Payload {
  const whole = members.find(({ traits }) => traits.eventPayload === 1);
  const kind = whole && kindOf(whole.schema);
  if (whole !== undefined && (kind === "blob" || kind === "string")) {
    return {
      contentType: kind === "blob" ? "application/octet-stream" : "text/plain",
      write: (value) => asBytes(value[whole.name] ?? ""),
    };
  }
  const inBody = whole ? membersOf(whole.schema) : members.filter(({ traits }) => traits.eventHeader !== 1);
  const write = documents.writer(inBody, (whole?.schema ?? schema).getName() ?? "");
  return {
    contentType: documents.contentType,
    write: (value) => asBytes(write(whole === undefined ? value : ((value[whole.name] ?? {}) as Fields))),
  };
}

function eventHeaders(name: string, contentType?: string): Map<string, HeaderValue> {
  const headers = new Map<string, HeaderValue>([
    [":message-type", "event"],
    [":event-type", name],
  ]);
  if (contentType !== undefined) headers.set(":content-type", contentType);
  return headers;
}

function exceptionHeaders(name: string): Map<string, HeaderValue> {
  return new Map([
    [":message-type", "exception"],
    [":exception-type", name],
  ]);
}

function headerValue(schema: NormalizedSchema, value: unknown): HeaderValue {
  return kindOf(schema) === "timestamp" ? asDate(value) : (value as HeaderValue);
}

/** One message of a stream. */
function frame(headers: ReadonlyMap<string, HeaderValue>, payload: Uint8Array): Uint8Array {
  const head = Buffer.concat([...headers].map(([name, value]) => encodeHeader(name, value)));
  const total = 16 + head.length + payload.length;
  const message = Buffer.alloc(total);
  message.writeUInt32BE(total, 0);
  message.writeUInt32BE(head.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  message.set(head, 12);
  message.set(payload, 12 + head.length);
  message.writeUInt32BE(crc32(message.subarray(0, total - 4)), total - 4);
  return message;
}

/** A name, a byte that tells the type, and the value. */
function encodeHeader(name: string, value: HeaderValue): Buffer {
  const key = Buffer.from(name, "utf8");
  const [type, body] = encodeValue(value);
  return Buffer.concat([Buffer.from([key.length]), key, Buffer.from([type]), body]);
}

function encodeValue(value: HeaderValue): [type: number, bytes: Buffer] {
  if (typeof value === "boolean") return [value ? 0 : 1, Buffer.alloc(0)];
  if (typeof value === "number") {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value | 0);
    return [4, bytes];
  }
  if (typeof value === "bigint" || value instanceof Date) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(typeof value === "bigint" ? value : BigInt(value.getTime()));
    return [typeof value === "bigint" ? 5 : 8, bytes];
  }
  const bytes = asBytes(value);
  const size = Buffer.alloc(2);
  size.writeUInt16BE(bytes.length);
  return [typeof value === "string" ? 7 : 6, Buffer.concat([size, bytes])];
}
