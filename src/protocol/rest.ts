import type { NormalizedSchema } from "@smithy/core/schema";
import {
  compileRequestBindings,
  compileResponseHeaders,
  inRequestDocument,
  inResponseDocument,
} from "./bindings.ts";
import type { OperationModel } from "./protocol.ts";
import { kindOf, type Member, membersOf } from "./schema.ts";
import { asBytes, decodeText, Unreadable } from "./values.ts";
import type { WireRequest, WireResponse } from "./wire.ts";

type Fields = Record<string, unknown>;
type Body = NonNullable<WireResponse["body"]>;

/** What tells restJson from restXml: how a document is read and written. */
export interface DocumentCodec {
  readonly contentType: string;
  /** The members that are bound to nothing else, as one document. */
  readMembers(schema: NormalizedSchema, members: readonly Member[]): (text: string) => Fields;
  writeMembers(schema: NormalizedSchema, members: readonly Member[]): (output: Readonly<Fields>) => string;
  /** One member that is the whole body. */
  readPayload(member: Member): (text: string) => unknown;
  writePayload(member: Member): (value: unknown) => string;
  /** Whether an answer whose document has no members is `{}` rather than nothing. */
  readonly writesEmpty: boolean;
  eventStream(member: Member, output: Readonly<Fields>): AsyncIterable<Uint8Array>;
  readonly eventStreamType: string;
}

export interface RestCodec {
  decode(request: WireRequest): Fields;
  encode(output: Readonly<Fields>, headers: Record<string, string>): WireResponse;
}

/** One operation of a REST protocol, compiled. */
export function compileRest(operation: OperationModel, documents: DocumentCodec): RestCodec {
  const readBindings = compileRequestBindings(operation);
  const readBody = compileRequestBody(operation.input, documents);
  const members = membersOf(operation.output);
  const writeHeaders = compileResponseHeaders(members);
  const writeBody = compileResponseBody(operation.output, members, documents);
  const statusMember = members.find(({ traits }) => traits.httpResponseCode === 1)?.name;
  const status = operation.http?.status ?? 200;
  return {
    decode(request) {
      const input: Fields = {};
      readBindings(request, input);
      readBody(request.body, input);
      return input;
    },
    encode(output, headers) {
      const body = writeBody(output, headers);
      writeHeaders(output, headers);
      const code = statusMember === undefined ? status : Number(output[statusMember] ?? status);
      return { status: code, headers, ...(body !== undefined && { body }) };
    },
  };
}

type ReadBody = (body: WireRequest["body"], into: Fields) => void;

function compileRequestBody(schema: NormalizedSchema, documents: DocumentCodec): ReadBody {
  const members = membersOf(schema);
  const payload = members.find(({ traits }) => traits.httpPayload === 1);
  if (payload !== undefined) return payloadReader(payload, documents);
  const inBody = members.filter(inRequestDocument);
  if (inBody.length === 0) return () => {};
  const read = documents.readMembers(schema, inBody);
  return (body, into) => {
    const text = collected(body);
    if (text !== "") Object.assign(into, read(text));
  };
}

function payloadReader(member: Member, documents: DocumentCodec): ReadBody {
  const { name, schema } = member;
  const kind = kindOf(schema);
  if (kind === "blob") {
    const streams = schema.isStreaming();
    return (body, into) => {
      if (!(body instanceof Uint8Array) || streams || body.length > 0) into[name] = body;
    };
  }
  if (kind === "string") {
    return (body, into) => {
      const text = collected(body);
      if (text !== "") into[name] = text;
    };
  }
  const read = documents.readPayload(member);
  return (body, into) => {
    const text = collected(body);
    if (text !== "") into[name] = read(text);
  };
}

/** A document's text; only blobs are read as they come. */
export function collected(body: WireRequest["body"]): string {
  if (!(body instanceof Uint8Array)) throw new Unreadable("The request body was not collected");
  return body.length === 0 ? "" : decodeText(body);
}

type WriteBody = (output: Readonly<Fields>, headers: Record<string, string>) => Body | undefined;

/** Answers of operations and of errors alike. */
export function compileResponseBody(
  schema: NormalizedSchema,
  members: readonly Member[],
  documents: DocumentCodec,
): WriteBody {
  const payload = members.find(
    ({ traits, schema }) =>
      traits.httpPayload === 1 || (traits.streaming === 1 && kindOf(schema) === "union"),
  );
  if (payload !== undefined) return payloadWriter(payload, documents);
  const inBody = members.filter(inResponseDocument);
  if (inBody.length === 0 && !documents.writesEmpty) return () => undefined;
  const write = documents.writeMembers(schema, inBody);
  return (output, headers) => {
    headers["content-type"] = documents.contentType;
    return write(output);
  };
}

function payloadWriter(member: Member, documents: DocumentCodec): WriteBody {
  const { name, schema, traits } = member;
  const kind = kindOf(schema);
  if (kind === "blob" || kind === "string") {
    const type = traits.mediaType ?? (kind === "blob" ? "application/octet-stream" : "text/plain");
    return (output, headers) => {
      const value = output[name];
      if (value === undefined || value === null) return undefined;
      headers["content-type"] = type;
      return isStream(value) ? value : asBytes(value);
    };
  }
  if (kind === "union" && schema.isStreaming()) {
    return (output, headers) => {
      headers["content-type"] = documents.eventStreamType;
      return documents.eventStream(member, output);
    };
  }
  const write = documents.writePayload(member);
  return (output, headers) => {
    const value = output[name];
    if (value === undefined || value === null) {
      if (documents.writesEmpty && kind === "structure") {
        headers["content-type"] = documents.contentType;
        return "{}";
      }
      return undefined;
    }
    headers["content-type"] = documents.contentType;
    return write(value);
  };
}

function isStream(value: unknown): value is AsyncIterable<Uint8Array> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
