import { type ReadyJson, readyJsonOf } from "../kernel/ready-json.ts";
import type { ProtocolId } from "../kernel/wire.ts";
import { compiledOnce } from "./compiled.ts";
import { eventStreamOf, jsonEvents } from "./event-stream.ts";
import { decoding, failureOf, serializationFault } from "./failures.ts";
import { writeJson } from "./json-bytes.ts";
import { createJsonCodec } from "./json-codec.ts";
import { parseJson } from "./json-text.ts";
import type { FaultModel, OperationModel, Protocol } from "./protocol.ts";
import { collected } from "./rest.ts";
import { kindOf, membersOf } from "./schema.ts";
import type { WireResponse } from "./wire.ts";

const codec = createJsonCodec(false);
const eventStream = eventStreamOf(jsonEvents(codec));

const readerOf = compiledOnce(({ input }: OperationModel) =>
  kindOf(input) === "unit" ? () => ({}) : codec.membersReader(membersOf(input)),
);

const writerOf = compiledOnce(({ output }: OperationModel) => {
  const members = membersOf(output);
  const events = members.find(({ schema }) => kindOf(schema) === "union" && schema.isStreaming());
  const write = codec.membersWriter(members.filter((member) => member !== events));
  const text = (value: Readonly<Record<string, unknown>>): string | Uint8Array => {
    const ready = readyJsonOf(value);
    return ready
      ? joined(ready, JSON.stringify(write(without(value, ready))))
      : writeJson(() => write(value));
  };
  return { events, text };
});

function without(value: Readonly<Record<string, unknown>>, ready: ReadyJson): Record<string, unknown> {
  const rest: Record<string, unknown> = {};
  for (const name in value) if (!(name in ready)) rest[name] = value[name];
  return rest;
}

/** An object's JSON with more members before it. */
function joined(ready: ReadyJson, rest: string): string {
  let text = "{";
  for (const name in ready) text += `"${name}":${ready[name]},`;
  return rest === "{}" ? `${text.slice(0, -1)}}` : text + rest.slice(1);
}

const faultWriterOf = compiledOnce(({ schema }: FaultModel) => codec.membersWriter(membersOf(schema)));

/** @param version of the content type, and nothing else. */
export function createAwsJson(id: ProtocolId, version: "1.0" | "1.1"): Protocol {
  const contentType = `application/x-amz-json-${version}`;
  return {
    id,
    operationName(_model, { headers }) {
      const target = headers["x-amz-target"];
      return target?.slice(target.lastIndexOf(".") + 1);
    },
    decode: (operation, { body }) =>
      decoding(() => {
        const text = collected(body);
        return readerOf(operation)(text === "" ? {} : parseJson(text));
      }, serializationFault),
    encode(operation, output, { requestId }): WireResponse {
      const headers = { "content-type": contentType, "x-amzn-requestid": requestId };
      const { events, text } = writerOf(operation);
      if (events === undefined) return { status: 200, headers, body: text(output) };
      headers["content-type"] = "application/vnd.amazon.eventstream";
      return { status: 200, headers, body: eventStream(events, output, text) };
    },
    encodeFault(service, fault, { requestId, method }) {
      const failure = failureOf(service, fault);
      const headers: Record<string, string> = {
        "content-type": contentType,
        "x-amzn-requestid": requestId,
      };
      // Clients that spoke Query to the service before still find the old code here.
      if (service?.wire.protocols.includes("awsQuery")) {
        headers["x-amzn-query-error"] = `${failure.code};${failure.sender ? "Sender" : "Receiver"}`;
      }
      const members =
        failure.model === undefined ? failure.members : faultWriterOf(failure.model)(failure.members);
      const body = JSON.stringify({ __type: failure.name, ...(members as object) });
      return { status: failure.status, headers, ...(method !== "HEAD" && { body }) };
    },
  };
}
