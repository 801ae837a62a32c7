import { Fault } from "../kernel/faults.ts";
import { parsePairs, percentDecoded } from "./bindings.ts";
import { compiledOnce } from "./compiled.ts";
import { decoding, failureOf } from "./failures.ts";
import type { OperationModel, Protocol, ServiceModel } from "./protocol.ts";
import { createQueryCodec, formTree } from "./query-codec.ts";
import { SQS_VERSIONS } from "./quirks/sqs.ts";
import { collected } from "./rest.ts";
import { xmlFault } from "./rest-xml.ts";
import { kindOf, membersOf } from "./schema.ts";
import { Unreadable } from "./values.ts";
import type { WireRequest } from "./wire.ts";
import { escapeXml, XmlCodec } from "./xml-codec.ts";

const forms = createQueryCodec();
const xml = new XmlCodec();

const readerOf = compiledOnce(({ input }: OperationModel) =>
  kindOf(input) === "unit" ? () => ({}) : forms.reader(input),
);

const writerOf = compiledOnce(({ name, output, service }: OperationModel) => {
  const members = membersOf(output);
  const write = xml.membersWriter(members);
  const namespace = service.wire.xmlNamespace;
  const attribute = namespace === undefined ? "" : ` xmlns="${escapeXml(namespace)}"`;
  // Other SDKs look for the result even where it is empty.
  const hasResult = kindOf(output) !== "unit";
  return (value: Record<string, unknown>, requestId: string) => {
    const result = hasResult ? write(value, `${name}Result`, "") : "";
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
    return `<${name}Response${attribute}>${result}${metadata}</${name}Response>`;
  };
});

export const awsQuery: Protocol = {
  id: "awsQuery",
  operationName(_model, request) {
    try {
      return actionOf(request);
    } catch (error) {
      if (error instanceof Unreadable) throw malformed(error);
      throw error;
    }
  },
  decode: (operation, request) =>
    decoding(() => {
      const pairs = parsePairs(formOf(request)).filter(([key]) => key !== "Action" && key !== "Version");
      return readerOf(operation)(formTree(pairs)) as Record<string, unknown>;
    }, malformed),
  encode: (operation, output, { requestId }) => ({
    status: 200,
    headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
    body: writerOf(operation)(output, requestId),
  }),
  encodeFault(service, fault, { requestId, method }) {
    const failure = failureOf(service, fault, "query");
    return {
      status: failure.status,
      headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
      ...(method !== "HEAD" && { body: xmlFault(service, failure, requestId) }),
    };
  },
};

const ACTION = /(?:^|&)Action=([^&]*)/;
const VERSION = /(?:^|&)Version=([^&]*)/;

function actionOf(request: WireRequest): string | undefined {
  return parameterOf(request, ACTION);
}

function parameterOf({ body, query }: WireRequest, parameter: RegExp): string | undefined {
  const inBody = body instanceof Uint8Array ? parameter.exec(collected(body))?.[1] : undefined;
  const value = inBody ?? parameter.exec(query)?.[1];
  return value === undefined ? undefined : percentDecoded(value);
}

/**
 * What AWS says of a request that names no action, or one that the service does not have in the version asked
 * for; undefined where it has it.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
 */
export function actionFault(service: ServiceModel, request: WireRequest): Fault | undefined {
  const { wire, operations, id } = service;
  const action = actionOf(request);
  const version = parameterOf(request, VERSION) ?? wire.version;
  if (!action) return new Fault("MissingAction", "The request is missing an action or a required parameter.");
  const isVersion = version === wire.version || (id === "sqs" && SQS_VERSIONS.has(version));
  if (isVersion && operations.has(action)) return undefined;
  return new Fault(
    "InvalidAction",
    id === "sqs"
      ? `The action ${action} is not valid for this endpoint.`
      : `Could not find operation ${action} for version ${version}`,
  );
}

/** A form in the body, or in the query: GET is as good as POST. */
function formOf({ query, body }: WireRequest): string {
  const text = collected(body);
  return query === "" ? text : `${query}&${text}`;
}

function malformed(reason: Unreadable): Fault {
  return new Fault("MalformedInput", reason.message);
}
