import { createHash, hash } from "node:crypto";
import type * as sdk from "@aws-sdk/client-sqs";
import type { Fault } from "../../kernel/faults.ts";
import { fault, invalidParameter, missingParameter } from "./faults.ts";
import type { Content, StoredAttribute } from "./records.ts";

/** What a client says of one message. */
export interface Sendable {
  readonly MessageBody?: string | undefined;
  readonly DelaySeconds?: number | undefined;
  readonly MessageAttributes?: Record<string, sdk.MessageAttributeValue> | undefined;
  readonly MessageSystemAttributes?:
    | Partial<Record<sdk.MessageSystemAttributeNameForSends, sdk.MessageSystemAttributeValue>>
    | undefined;
  readonly MessageDeduplicationId?: string | undefined;
  readonly MessageGroupId?: string | undefined;
}

/** A message's content once it is known to be right. */
export interface Checked {
  readonly content: Content;
  /** The body's bytes and the attributes' names, types and values: what limits and quotas count. */
  readonly sizeBytes: number;
  readonly bodyMd5: string;
  readonly attributesMd5?: string;
  readonly systemMd5?: string;
  readonly traceHeader?: string;
}

const MOST_ATTRIBUTES = 10;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const FORBIDDEN = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const WRONG_CHARACTERS =
  "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | " +
  "#xE000 to #xFFFD | #x10000 to #x10FFFF";
const ATTRIBUTE_NAME = /^[\p{L}\p{N}_.-]+$/u;
const RESERVED_NAME = /^(?:aws\.|amazon\.|\.)|\.$/i;
const TYPE = /^(String|Number|Binary)(?:\..*)?$/;
/** Up to 38 digits of precision, between -10^128 and 10^126. */
const NUMBER = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

/** Checks body and attributes, and gives their checksums and size. */
export function checkContent(message: Sendable): Checked {
  const { MessageBody: body } = message;
  if (body === undefined || body === "") throw missingParameter("MessageBody");
  if (FORBIDDEN.test(body)) throw fault("InvalidMessageContents", WRONG_CHARACTERS);
  const attributes = attributesOf(message.MessageAttributes);
  const system = systemAttributesOf(message.MessageSystemAttributes);
  return {
    content: attributes ? { body, attributes } : { body },
    sizeBytes: Buffer.byteLength(body) + attributesSize(attributes),
    bodyMd5: hash("md5", body),
    ...(attributes ? { attributesMd5: attributesMd5(attributes) } : {}),
    ...(system ? { systemMd5: attributesMd5(system) } : {}),
    ...(system?.AWSTraceHeader?.text ? { traceHeader: system.AWSTraceHeader.text } : {}),
  };
}

export function checkSize(sizeBytes: number, mostBytes: number, inBatch: boolean): void {
  if (sizeBytes <= mostBytes) return;
  const start = inBatch
    ? "One or more parameters cannot be validated."
    : "One or more parameters are invalid.";
  throw invalidParameter(`${start} Reason: Message must be shorter than ${mostBytes} bytes.`);
}

type GivenAttributes = Readonly<Record<string, sdk.MessageAttributeValue | undefined>>;

function attributesOf(given: GivenAttributes = {}): Record<string, StoredAttribute> | undefined {
  const entries = Object.entries(given);
  if (entries.length === 0) return undefined;
  if (entries.length > MOST_ATTRIBUTES) {
    throw invalidParameter(
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${MOST_ATTRIBUTES}].`,
    );
  }
  const attributes: Record<string, StoredAttribute> = Object.create(null);
  for (const [name, value] of entries) attributes[name] = attributeOf(name, value ?? { DataType: undefined });
  return { ...attributes };
}

function attributeOf(name: string, value: Partial<sdk.MessageAttributeValue>): StoredAttribute {
  checkName(name);
  const { DataType: type, StringValue, BinaryValue, StringListValues, BinaryListValues } = value;
  if (!type) {
    throw invalidParameter(`The message attribute '${name}' must contain non-empty message attribute type.`);
  }
  if (Buffer.byteLength(type) > 256) {
    throw invalidParameter("Message (user) attribute types must be shorter than 256 Bytes");
  }
  const kind = TYPE.exec(type)?.[1];
  if (!kind) {
    throw invalidParameter(
      `The type of message (user) attribute '${name}' is invalid. ` +
        "You must use only the following supported type prefixes: Binary, Number, String.",
    );
  }
  if (StringListValues?.length || BinaryListValues?.length) {
    throw fault(
      "UnsupportedOperation",
      "Message attribute list values in SendMessage operation are not supported.",
    );
  }
  if (kind === "Binary") {
    if (!BinaryValue?.length) throw emptyValue(name, type);
    return { type, bytes: BinaryValue };
  }
  if (!StringValue) throw emptyValue(name, type);
  if (FORBIDDEN.test(StringValue)) throw invalidParameter(WRONG_CHARACTERS);
  if (kind === "Number" && !NUMBER.test(StringValue)) {
    throw invalidParameter(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
  return { type, text: StringValue };
}

function checkName(name: string): void {
  if (Buffer.byteLength(name) > 256) {
    throw invalidParameter("Message (user) attribute names must be shorter than 256 Bytes");
  }
  if (!ATTRIBUTE_NAME.test(name)) {
    throw invalidParameter(
      "Message (user) attributes name can only contain upper and lower score characters, digits, periods, " +
        "hyphens and underscores. ",
    );
  }
  if (RESERVED_NAME.test(name) || name.includes("..")) {
    throw invalidParameter(
      "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. " +
        "These strings are reserved for internal use. Additionally, they cannot start or end with '.'.",
    );
  }
}

function emptyValue(name: string, type: string): Fault {
  return invalidParameter(
    `Message (user) attribute '${name}' must contain a non-empty value of type '${type}'.`,
  );
}

function systemAttributesOf(given: GivenAttributes = {}): Record<string, StoredAttribute> | undefined {
  const entries = Object.entries(given);
  if (entries.length === 0) return undefined;
  const attributes: Record<string, StoredAttribute> = {};
  for (const [name, value] of entries) {
    if (name !== "AWSTraceHeader") {
      throw invalidParameter(`Message system attribute name '${name}' is invalid.`);
    }
    if (value?.DataType !== "String") {
      throw invalidParameter(`The type of message system attribute '${name}' must be String.`);
    }
    attributes[name] = attributeOf("AWSTraceHeader", value);
  }
  return attributes;
}

function attributesSize(attributes: Record<string, StoredAttribute> | undefined): number {
  let size = 0;
  for (const [name, { type, text = "", bytes }] of Object.entries(attributes ?? {})) {
    size +=
      Buffer.byteLength(name) + Buffer.byteLength(type) + Buffer.byteLength(text) + (bytes?.length ?? 0);
  }
  return size;
}

const TEXT_VALUE = Uint8Array.of(1);
const BINARY_VALUE = Uint8Array.of(2);

/**
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
 */
export function attributesMd5(attributes: Readonly<Record<string, StoredAttribute>>): string {
  const digest = createHash("md5");
  const add = (bytes: Uint8Array) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    digest.update(length).update(bytes);
  };
  for (const name of Object.keys(attributes).sort()) {
    const { type = "", text = "", bytes } = attributes[name] ?? {};
    add(Buffer.from(name));
    add(Buffer.from(type));
    digest.update(bytes ? BINARY_VALUE : TEXT_VALUE);
    add(bytes ?? Buffer.from(text));
  }
  return digest.digest("hex");
}

/** Of the attributes a message has, those that a receive asks for: names, prefixes as `a.*`, or all. */
export function selectAttributes(
  attributes: Readonly<Record<string, StoredAttribute>> | undefined,
  wanted: readonly string[],
): Record<string, StoredAttribute> | undefined {
  const found = Object.entries(attributes ?? {}).filter(([name]) => wanted.some((one) => covers(one, name)));
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

function covers(wanted: string, name: string): boolean {
  if (wanted === "All" || wanted === ".*" || wanted === "*") return true;
  return wanted === name || (wanted.endsWith(".*") && name.startsWith(wanted.slice(0, -2)));
}
