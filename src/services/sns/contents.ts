import type * as sdk from "@aws-sdk/client-sns";
import type { Fault } from "../../kernel/faults.ts";
import { fault, invalid } from "./faults.ts";
import type { StoredAttribute } from "./records.ts";

/** What a client says of one message. */
export interface Publishable {
  readonly Message?: string | undefined;
  readonly Subject?: string | undefined;
  readonly MessageStructure?: string | undefined;
  readonly MessageAttributes?: Record<string, sdk.MessageAttributeValue> | undefined;
  readonly MessageDeduplicationId?: string | undefined;
  readonly MessageGroupId?: string | undefined;
}

/** A message's content once it is known to be right. */
export interface Content {
  /** What protocols are told for which nothing else is given. */
  readonly text: string;
  /** By protocol, where the message was structured. */
  readonly texts?: Readonly<Record<string, string>>;
  readonly subject?: string;
  readonly attributes?: Readonly<Record<string, StoredAttribute>>;
}

export const MOST_BYTES = 262_144;
const MOST_SUBJECT = 100;
const TYPE = /^(String|Number|Binary)(?:\..+)?$/;
const NUMBER = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;
const MOST_TYPE_BYTES = 256;
const TOKEN = /^[\x21-\x7e]{1,128}$/;

/** What a protocol is told of a message. */
export function textFor({ text, texts }: Content, protocol: string): string {
  return texts && Object.hasOwn(texts, protocol) ? (texts[protocol] ?? text) : text;
}

/** Checks subject, message and structure. `direct`: to one endpoint, which needs no default. */
export function readContent(given: Publishable, direct: boolean): Content {
  const { Message = "", Subject, MessageStructure } = given;
  if (Subject !== undefined) checkSubject(Subject);
  if (Message === "") throw invalid("Empty message");
  const attributes = readAttributes(given.MessageAttributes);
  if (sizeOf(given) > MOST_BYTES) throw invalid("Message too long");
  const rest = {
    ...(Subject === undefined ? {} : { subject: Subject }),
    ...(attributes ? { attributes } : {}),
  };
  if (MessageStructure === undefined || MessageStructure === "") return { text: Message, ...rest };
  if (MessageStructure !== "json") throw invalid("MessageStructure");
  const texts = readTexts(Message);
  if (texts.default === undefined && !direct) {
    throw invalid("Message Structure - No default entry in JSON message body");
  }
  return { text: texts.default ?? "", texts, ...rest };
}

/** Line breaks and control characters would break the head of a letter. */
function checkSubject(subject: string): void {
  if (subject === "" || subject.length > MOST_SUBJECT || /[\p{Cc}\u2028\u2029]/u.test(subject)) {
    throw invalid("Subject");
  }
}

function readTexts(message: string): Record<string, string> {
  let given: unknown;
  try {
    given = JSON.parse(message);
  } catch {
    throw invalid("Message Structure - JSON message body failed to parse");
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw invalid("Message Structure - JSON message body failed to parse");
  }
  return Object.fromEntries(Object.entries(given).filter(([, text]) => typeof text === "string"));
}

/** Bytes that count for the limit: the message, and names, types and values of its attributes. */
export function sizeOf({ Message = "", MessageAttributes = {} }: Publishable): number {
  let size = Buffer.byteLength(Message);
  for (const [name, { DataType = "", StringValue = "", BinaryValue }] of Object.entries(MessageAttributes)) {
    size += Buffer.byteLength(name + DataType + StringValue) + (BinaryValue?.length ?? 0);
  }
  return size;
}

function wrong(message: string): Fault {
  return fault("InvalidParameterValueException", message);
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html */
function readAttributes(
  given: Readonly<Record<string, sdk.MessageAttributeValue | undefined>> = {},
): Record<string, StoredAttribute> | undefined {
  const entries = Object.entries(given);
  if (entries.length === 0) return undefined;
  const attributes: Record<string, StoredAttribute> = Object.create(null);
  for (const [name, value] of entries) {
    checkName(name);
    attributes[name] = readAttribute(name, value ?? { DataType: undefined });
  }
  return { ...attributes };
}

function checkName(name: string): void {
  if (name === "") throw wrong("The message attribute name cannot be empty.");
  if (Buffer.byteLength(name) > 256) {
    throw wrong("Length of message attribute name must be less than 256 bytes.");
  }
  const bad = /[^\p{L}\p{N}_.-]/u.exec(name)?.[0];
  if (bad !== undefined) {
    const code = bad.codePointAt(0)?.toString(16).toUpperCase();
    throw wrong(
      `Invalid non-alphanumeric character '#x${code}' was found in the message attribute name. ` +
        "Can only include alphanumeric characters, hyphens, underscores, or dots.",
    );
  }
  if (name.startsWith("."))
    throw wrong("Invalid message attribute name starting with character '.' was found.");
  if (name.endsWith(".")) throw wrong("Invalid message attribute name ending with character '.' was found.");
  if (name.includes("..")) throw wrong("Message attribute name can not have successive '.' character.");
}

function readAttribute(name: string, value: Partial<sdk.MessageAttributeValue>): StoredAttribute {
  const { DataType: type = "", StringValue: text, BinaryValue: bytes } = value;
  const kind = TYPE.exec(type)?.[1];
  if (!kind) {
    throw wrong(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type ` +
        "prefixes is Binary, Number, and String.",
    );
  }
  if (Buffer.byteLength(type) > MOST_TYPE_BYTES) {
    throw wrong("Length of message attribute type must be less than 256 bytes.");
  }
  const field = kind === "Binary" ? "Binary" : "String";
  const other = kind === "Binary" ? text : bytes;
  if (other !== undefined && other.length > 0) {
    throw wrong(`The message attribute '${name}' with type '${type}' must use field '${field}'.`);
  }
  const own = kind === "Binary" ? bytes : text;
  if (own === undefined || own.length === 0) {
    throw wrong(
      `The message attribute '${name}' must contain non-empty message attribute value for message ` +
        `attribute type '${type}'.`,
    );
  }
  if (kind === "Binary") return { type, bytes: bytes as Uint8Array };
  if (kind === "Number" && !NUMBER.test(text ?? "")) {
    throw wrong(`Could not cast message attribute '${name}' value to number.`);
  }
  return { type, text: text ?? "" };
}

/** Group and deduplication ids are text of letters, digits and punctuation. */
export function checkToken(parameter: string, value: string | undefined): void {
  if (value === undefined || TOKEN.test(value)) return;
  throw invalid(
    `${parameter} Reason: ${parameter} can only include alphanumeric and punctuation characters. ` +
      "1 to 128 in length.",
  );
}
