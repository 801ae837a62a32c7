import { Fault } from "../kernel/faults.ts";
import { compileResponseHeaders } from "./bindings.ts";
import { compiledOnce } from "./compiled.ts";
import { eventStreamOf, jsonEvents } from "./event-stream.ts";
import { decoding, failureOf, serializationFault } from "./failures.ts";
import { createJsonCodec } from "./json-codec.ts";
import { parseJson } from "./json-text.ts";
import type { FaultModel, OperationModel, Protocol, ServiceModel } from "./protocol.ts";
import { compileResponseBody, compileRest, type DocumentCodec } from "./rest.ts";
import { membersOf } from "./schema.ts";
import type { Unreadable } from "./values.ts";

const codec = createJsonCodec(true);

const documents: DocumentCodec = {
  contentType: "application/json",
  writesEmpty: true,
  readMembers(_schema, members) {
    const read = codec.membersReader(members);
    return (text) => read(parseJson(text));
  },
  writeMembers(_schema, members) {
    const write = codec.membersWriter(members);
    return (output) => JSON.stringify(write(output));
  },
  readPayload({ schema }) {
    const read = codec.reader(schema);
    return (text) => read(parseJson(text));
  },
  writePayload({ schema }) {
    const write = codec.writer(schema);
    return (value) => JSON.stringify(write(value));
  },
  eventStreamType: "application/vnd.amazon.eventstream",
  eventStream: eventStreamOf(jsonEvents(codec)),
};

const restOf = compiledOnce((operation: OperationModel) => compileRest(operation, documents));

const faultWriterOf = compiledOnce((model: FaultModel) => {
  const members = membersOf(model.schema);
  const writeHeaders = compileResponseHeaders(members);
  const writeBody = compileResponseBody(model.schema, members, documents);
  return (output: Record<string, unknown>, headers: Record<string, string>) => {
    const body = writeBody(output, headers);
    writeHeaders(output, headers);
    return body;
  };
});

export const restJson: Protocol = {
  id: "restJson1",
  operationName: (model, request) => model.route(request.method, request.path, request.query)?.name,
  decode: (operation, request) =>
    decoding(
      () => restOf(operation).decode(request),
      (reason) => unreadable(operation.service, reason),
    ),
  encode: (operation, output, { requestId }) =>
    restOf(operation).encode(output, { "x-amzn-requestid": requestId }),
  encodeFault(service, fault, { requestId, method }) {
    const failure = failureOf(service, fault);
    const headers: Record<string, string> = {
      "content-type": "application/json",
      "x-amzn-requestid": requestId,
      "x-amzn-errortype": failure.name,
    };
    const body =
      failure.model === undefined
        ? JSON.stringify({ ...failure.members, message: failure.message })
        : faultWriterOf(failure.model)({ ...failure.members }, headers);
    return { status: failure.status, headers, ...(method !== "HEAD" && body !== undefined && { body }) };
  },
};

/** Lambda has an error of its own for bodies that are no JSON; elsewhere there is one name for all. */
function unreadable(service: ServiceModel, reason: Unreadable): Fault {
  if (service.faults.has("InvalidRequestContentException") && !reason.message.includes("_VALUE")) {
    const message = `Could not parse request body into json: ${reason.message}`;
    return new Fault("InvalidRequestContentException", message);
  }
  return serializationFault(reason);
}
