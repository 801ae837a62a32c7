import { compileResponseHeaders } from "./bindings.ts";
import { compiledOnce } from "./compiled.ts";
import { eventStreamOf, xmlEvents } from "./event-stream.ts";
import { decoding, type Failure, failureOf, serializationFault } from "./failures.ts";
import type { OperationModel, Protocol, ServiceModel } from "./protocol.ts";
import {
  hostId,
  s3Headers,
  s3Location,
  s3OperationName,
  s3Request,
  s3Status,
  s3TextWriter,
  s3Unreadable,
  s3Validators,
} from "./quirks/s3.ts";
import { compileRest, type DocumentCodec, type RestCodec } from "./rest.ts";
import { membersOf, nameOf, traitsOf } from "./schema.ts";
import { Unreadable } from "./values.ts";
import { escapeXml, namespaceAttribute, XmlCodec } from "./xml-codec.ts";
import { localName, readXml } from "./xml-reader.ts";

const PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n';

const codec = new XmlCodec();
const s3Codec = new XmlCodec(s3TextWriter);

function documentsOf({ id, wire }: ServiceModel): DocumentCodec {
  return id === "s3" ? documentsWith(s3Codec, wire.xmlNamespace) : documentsWith(codec, wire.xmlNamespace);
}

/** @param namespace of every answer's root, unless its schema names another. */
function documentsWith(codec: XmlCodec, namespace: string | undefined): DocumentCodec {
  const rootAttribute = namespace === undefined ? "" : ` xmlns="${escapeXml(namespace)}"`;
  return {
    contentType: "application/xml",
    writesEmpty: false,
    readMembers(_schema, members) {
      const read = codec.membersReader(members);
      return (text) => read(readXml(text));
    },
    writeMembers(schema, members) {
      const write = codec.membersWriter(members);
      const root = traitsOf(schema).xmlName ?? nameOf(schema);
      const attributes = namespaceAttribute(traitsOf(schema)) || rootAttribute;
      return (output) => PROLOGUE + write(output, root, attributes);
    },
    readPayload({ name, schema, traits }) {
      const read = codec.reader(schema);
      const roots = new Set([traits.xmlName, nameOf(schema), name]);
      return (text) => {
        const element = readXml(text);
        if (!roots.has(element.name) && !roots.has(localName(element.name))) {
          throw new Unreadable("The document has another root");
        }
        return read(element);
      };
    },
    writePayload({ schema, traits }) {
      const write = codec.writer(schema);
      const root = traits.xmlName ?? nameOf(schema);
      const attributes = namespaceAttribute(traits) || rootAttribute;
      return (value) => PROLOGUE + write(value, root, attributes);
    },
    eventStreamType: "application/vnd.amazon.eventstream",
    eventStream: eventStreamOf(xmlEvents(codec)),
  };
}

const restOf = compiledOnce((operation: OperationModel): RestCodec => {
  return compileRest(operation, documentsOf(operation.service));
});

export const restXml: Protocol = {
  id: "restXml",
  operationName(model, request) {
    const routed = model.route(request.method, request.path, request.query)?.name;
    return model.id === "s3" ? s3OperationName(routed, request) : routed;
  },
  decode: (operation, request) =>
    decoding(
      () => restOf(operation).decode(operation.service.id === "s3" ? s3Request(request) : request),
      operation.service.id === "s3" ? s3Unreadable : serializationFault,
    ),
  encode(operation, output, { requestId }) {
    const { service, name } = operation;
    if (service.id !== "s3") return restOf(operation).encode(output, { "x-amzn-requestid": requestId });
    const response = restOf(operation).encode(output, s3Headers(requestId));
    if (name === "GetBucketLocation") {
      return { ...response, body: PROLOGUE + s3Location(output, service.wire.xmlNamespace ?? "") };
    }
    return { ...response, status: s3Status(name, response.status, output) };
  },
  encodeFault(service, fault, { requestId, method, resource }) {
    const failure = failureOf(service, fault);
    const s3 = service?.id === "s3";
    const headers = s3 ? s3Headers(requestId) : { "x-amzn-requestid": requestId };
    if (failure.model !== undefined) headersOf(failure.model)(failure.members, headers);
    if (s3 && failure.status === 304) Object.assign(headers, s3Validators(failure.members));
    // RFC 9110: neither has a body; clients read an error of HEAD from its status.
    if (method === "HEAD" || failure.status === 304) return { status: failure.status, headers };
    headers["content-type"] = "application/xml";
    const body = s3 ? s3Fault(failure, resource, requestId) : xmlFault(service, failure, requestId);
    return { status: failure.status, headers, body: PROLOGUE + body };
  },
};

const headersOf = compiledOnce((model: NonNullable<Failure["model"]>) =>
  compileResponseHeaders(membersOf(model.schema)),
);

/** S3 has no ErrorResponse around its errors, and names what they are about. */
function s3Fault(failure: Failure, resource: string, requestId: string): string {
  const { message: _one, Message: _other, ...members } = failure.members;
  return (
    `<Error><Code>${escapeXml(failure.code)}</Code><Message>${escapeXml(failure.message)}</Message>` +
    `${plainElements(members)}<Resource>${escapeXml(resource)}</Resource>` +
    `<RequestId>${escapeXml(requestId)}</RequestId><HostId>${hostId(requestId)}</HostId></Error>`
  );
}

/** https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html#operation-error-serialization */
export function xmlFault(service: ServiceModel | undefined, failure: Failure, requestId: string): string {
  const namespace = service?.wire.xmlNamespace;
  const attribute = namespace === undefined ? "" : ` xmlns="${escapeXml(namespace)}"`;
  const { message: _one, Message: _other, ...members } = failure.members;
  const extra = failure.model === undefined ? plainElements(members) : modelledElements(failure);
  return (
    `<ErrorResponse${attribute}><Error><Type>${failure.sender ? "Sender" : "Receiver"}</Type>` +
    `<Code>${escapeXml(failure.code)}</Code><Message>${escapeXml(failure.message)}</Message>${extra}` +
    `</Error><RequestId>${escapeXml(requestId)}</RequestId></ErrorResponse>`
  );
}

/** Members that no model describes, as text. */
function plainElements(members: Readonly<Record<string, unknown>>): string {
  let body = "";
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined && value !== null) body += `<${name}>${escapeXml(String(value))}</${name}>`;
  }
  return body;
}

const faultBodyOf = compiledOnce((model: NonNullable<Failure["model"]>) => {
  const members = membersOf(model.schema).filter(
    ({ name, traits }) => name.toLowerCase() !== "message" && traits.httpHeader === undefined,
  );
  return codec.membersWriter(members);
});

function modelledElements(failure: Failure): string {
  if (failure.model === undefined) return "";
  return faultBodyOf(failure.model)(failure.members, "X", "").slice("<X>".length, -"</X>".length);
}
