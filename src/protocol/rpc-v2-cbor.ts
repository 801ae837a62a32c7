import { readCbor, writeCbor } from "./cbor.ts";
import { createCborCodec } from "./cbor-codec.ts";
import { compiledOnce } from "./compiled.ts";
import { eventStreamOf } from "./event-stream.ts";
import { decoding, failureOf, serializationFault } from "./failures.ts";
import type { FaultModel, OperationModel, Protocol } from "./protocol.ts";
import { kindOf, membersOf } from "./schema.ts";
import { Unreadable } from "./values.ts";

const codec = createCborCodec("seconds");

const eventStream = eventStreamOf({
  contentType: "application/cbor",
  writer(members) {
    const write = codec.membersWriter(members);
    return (value) => writeCbor(write(value));
  },
});

const readerOf = compiledOnce(({ input }: OperationModel) =>
  kindOf(input) === "unit" ? () => ({}) : codec.membersReader(membersOf(input)),
);

const writerOf = compiledOnce(({ output }: OperationModel) => {
  const members = membersOf(output);
  const events = members.find(({ schema }) => kindOf(schema) === "union" && schema.isStreaming());
  const write = codec.membersWriter(members.filter((member) => member !== events));
  const bytes = (value: Readonly<Record<string, unknown>>): Uint8Array => writeCbor(write(value));
  return { events, bytes, empty: kindOf(output) === "unit" };
});

const faultWriterOf = compiledOnce(({ schema }: FaultModel) => codec.membersWriter(membersOf(schema)));

const OPERATION_PATH = /\/service\/[^/]+\/operation\/([^/]+)\/?$/;

/** https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html */
export const rpcV2Cbor: Protocol = {
  id: "rpcV2Cbor",
  operationName: (_model, { path }) => OPERATION_PATH.exec(path)?.[1],
  decode: (operation, { body }) =>
    decoding(() => {
      if (!(body instanceof Uint8Array)) throw new Unreadable("The request body was not collected");
      return readerOf(operation)(body.length === 0 ? {} : readCbor(body));
    }, serializationFault),
  encode(operation, output, { requestId }) {
    const headers: Record<string, string> = headersOf(requestId);
    const { events, bytes, empty } = writerOf(operation);
    if (events !== undefined) {
      headers["content-type"] = "application/vnd.amazon.eventstream";
      return { status: 200, headers, body: eventStream(events, output, bytes) };
    }
    // An operation without output has no body, and so no type of one.
    if (empty) delete headers["content-type"];
    return { status: 200, headers, ...(!empty && { body: bytes(output) }) };
  },
  encodeFault(service, fault, { requestId, method }) {
    const failure = failureOf(service, fault);
    const headers: Record<string, string> = headersOf(requestId);
    if (service?.wire.protocols.includes("awsQuery")) {
      headers["x-amzn-query-error"] = `${failure.code};${failure.sender ? "Sender" : "Receiver"}`;
    }
    const members =
      failure.model === undefined ? failure.members : faultWriterOf(failure.model)(failure.members);
    const body = writeCbor({ __type: failure.name, ...(members as object) });
    return { status: failure.status, headers, ...(method !== "HEAD" && { body }) };
  },
};

function headersOf(requestId: string): Record<string, string> {
  return {
    "content-type": "application/cbor",
    "smithy-protocol": "rpc-v2-cbor",
    "x-amzn-requestid": requestId,
  };
}
