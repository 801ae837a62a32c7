import { readCbor, writeCbor } from "./cbor.ts";
import { createCborCodec } from "./cbor-codec.ts";
import { compiledOnce } from "./compiled.ts";
import { eventStreamOf } from "./event-stream.ts";
import { decoding, failureOf, serializationFault } from "./failures.ts";
import type { FaultModel, OperationModel, Protocol } from "./protocol.ts";
import { kindOf, membersOf } from "./schema.ts";
import { Unreadable } from "./values.ts";

const CONTENT_TYPE = "application/x-amz-cbor-1.1";
/** Where RFC 8949 counts seconds, AWS's SDKs count milliseconds. */
const UNIT = "milliseconds";

const codec = createCborCodec(UNIT);

const eventStream = eventStreamOf({
  contentType: CONTENT_TYPE,
  writer(members) {
    const write = codec.membersWriter(members);
    return (value) => writeCbor(write(value), UNIT);
  },
});

const readerOf = compiledOnce(({ input }: OperationModel) =>
  kindOf(input) === "unit" ? () => ({}) : codec.membersReader(membersOf(input)),
);

const writerOf = compiledOnce(({ output }: OperationModel) => {
  const members = membersOf(output);
  const events = members.find(({ schema }) => kindOf(schema) === "union" && schema.isStreaming());
  const write = codec.membersWriter(members.filter((member) => member !== events));
  const bytes = (value: Readonly<Record<string, unknown>>): Uint8Array => writeCbor(write(value), UNIT);
  return { events, bytes };
});

const faultWriterOf = compiledOnce(({ schema }: FaultModel) => codec.membersWriter(membersOf(schema)));

/**
 * The JSON protocol's calls in CBOR: what the SDKs for Java speak to Kinesis unless they are told not to.
 * No specification describes it.
 */
export const awsCbor: Protocol = {
  id: "awsCbor1_1",
  operationName(_model, { headers }) {
    const target = headers["x-amz-target"];
    return target?.slice(target.lastIndexOf(".") + 1);
  },
  decode: (operation, { body }) =>
    decoding(() => {
      if (!(body instanceof Uint8Array)) throw new Unreadable("The request body was not collected");
      return readerOf(operation)(body.length === 0 ? {} : readCbor(body, UNIT));
    }, serializationFault),
  encode(operation, output, { requestId }) {
    const headers = { "content-type": CONTENT_TYPE, "x-amzn-requestid": requestId };
    const { events, bytes } = writerOf(operation);
    if (events === undefined) return { status: 200, headers, body: bytes(output) };
    headers["content-type"] = "application/vnd.amazon.eventstream";
    return { status: 200, headers, body: eventStream(events, output, bytes) };
  },
  encodeFault(service, fault, { requestId, method }) {
    const failure = failureOf(service, fault);
    const headers = { "content-type": CONTENT_TYPE, "x-amzn-requestid": requestId };
    const members =
      failure.model === undefined ? failure.members : faultWriterOf(failure.model)(failure.members);
    const body = writeCbor({ __type: failure.name, ...(members as object) }, UNIT);
    return { status: failure.status, headers, ...(method !== "HEAD" && { body }) };
  },
};
