import type { Fault } from "../../../kernel/faults.ts";
import type { ProxyAnswer } from "./answer.ts";

// SQS's answers in XML, which is what an HTTP API passes on of it.

const NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/";
/** Members whose entries the protocol names one by one. */
const FLAT: Readonly<Record<string, string>> = {
  Messages: "Message",
  Attributes: "Attribute",
  MessageAttributes: "MessageAttribute",
};

/** What errors are called in the old protocol, where that is not their name. */
const OLD_CODES: Readonly<Record<string, string>> = {
  QueueDoesNotExist: "AWS.SimpleQueueService.NonExistentQueue",
  PurgeQueueInProgress: "AWS.SimpleQueueService.PurgeQueueInProgress",
};

export function queryAnswer(operation: string, output: object, requestId: string): ProxyAnswer {
  const { $metadata: _, ...members } = output as { $metadata?: unknown };
  const inner = membersOf(members);
  const result = inner === "" ? "" : `<${operation}Result>${inner}</${operation}Result>`;
  return xml(
    200,
    `<${operation}Response xmlns="${NAMESPACE}">${result}${metadata(requestId)}</${operation}Response>`,
  );
}

export function queryFault(fault: Fault, requestId: string): ProxyAnswer {
  const type = fault.sender ? "Sender" : "Receiver";
  const code = fault.query.code ?? OLD_CODES[fault.code] ?? fault.code;
  const error = `<Error><Type>${type}</Type><Code>${escaped(code)}</Code><Message>${escaped(fault.message)}`;
  const id = `<RequestId>${requestId}</RequestId>`;
  return xml(
    fault.status,
    `<ErrorResponse xmlns="${NAMESPACE}">${error}</Message><Detail/></Error>${id}</ErrorResponse>`,
  );
}

const metadata = (requestId: string) =>
  `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;

function xml(status: number, text: string): ProxyAnswer {
  return { status, headers: [["content-type", "text/xml"]], body: `<?xml version="1.0"?>${text}` };
}

function membersOf(members: object): string {
  return Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => memberOf(name, value as unknown))
    .join("");
}

function memberOf(name: string, value: unknown): string {
  const flat = FLAT[name];
  if (flat && Array.isArray(value)) {
    return value.map((each) => `<${flat}>${membersOf(each as object)}</${flat}>`).join("");
  }
  if (flat && typeof value === "object" && value !== null) {
    return Object.entries(value)
      .map(([key, each]) => `<${flat}><Name>${escaped(key)}</Name>${memberOf("Value", each)}</${flat}>`)
      .join("");
  }
  if (value instanceof Uint8Array) return `<${name}>${Buffer.from(value).toString("base64")}</${name}>`;
  if (typeof value === "object" && value !== null) return `<${name}>${membersOf(value)}</${name}>`;
  return `<${name}>${escaped(String(value))}</${name}>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"\r]/g, (character) => `&#${character.codePointAt(0)};`);
}
