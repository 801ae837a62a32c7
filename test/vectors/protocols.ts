import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Fault } from "../../src/kernel/faults.ts";
import type { Wire } from "../../src/kernel/wire.ts";
import { readCbor } from "../../src/protocol/cbor.ts";
import { compileModel } from "../../src/protocol/model.ts";
import type { OperationModel, Protocol, ServiceModel } from "../../src/protocol/protocol.ts";
import { protocolOf } from "../../src/protocol/protocols.ts";
import { membersOf } from "../../src/protocol/schema.ts";
import type { WireRequest, WireResponse } from "../../src/protocol/wire.ts";
import { readXml, type XmlElement } from "../../src/protocol/xml-reader.ts";
import { clientReads, type Spoken } from "./client.ts";
import { handlersValue, type ShapeReference, type Shapes, schemasOf } from "./shapes.ts";
import { newTally, type Suite, type Tally } from "./tally.ts";

interface VectorSuite {
  readonly description: string;
  readonly metadata: {
    readonly protocol: string;
    readonly jsonVersion?: string;
    readonly targetPrefix?: string;
  };
  readonly shapes: Shapes;
  readonly cases: readonly VectorCase[];
}

interface VectorCase {
  readonly id: string;
  readonly description?: string;
  readonly given: {
    readonly name: string;
    readonly http: { readonly method: string; readonly requestUri: string; readonly responseCode?: number };
    readonly input?: ShapeReference;
    readonly output?: ShapeReference;
    readonly errors?: readonly ShapeReference[];
  };
  readonly params?: unknown;
  readonly serialized?: {
    readonly method: string;
    readonly uri: string;
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
  };
  readonly result?: unknown;
  readonly error?: Readonly<Record<string, unknown>>;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly response?: {
    readonly status_code: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  };
}

/** Cases about what only a client does. */
const CLIENT_ONLY: readonly [reason: string, ids: RegExp][] = [
  ["the client fills in a token that the caller left out", /IdempotencyTokenAutoFill$/],
  ["the client compresses the body, and the case holds none to read", /^SDKAppli|^SDKAppend/],
  ["the client's endpoint has a path, which the service never sees", /^RestJsonHostWithPath$/],
  ["the client lets a named parameter win over one in a map", /QueryPrecedence$/],
];

/** What a client does not send when it is empty, the service cannot read. */
const LEAVES_OUT_EMPTY = new RegExp(
  "QueryEmptyQueryMaps|PrefixHeadersAreNotPresent|NullAndEmptyHeaders|EmptyListQueryValues|" +
    "EmptyStructurePayload|HeadersButNoPayload",
);

/**
 * Answers that a client must be able to read but that no server of ours writes: the answer we write
 * instead is still read back by the SDK's client and must come out the same.
 */
const READ_BACK_ONLY: readonly [reason: string, ids: RegExp][] = [
  ["offsets other than UTC", /WithNegativeOffset$|WithPositiveOffset$/],
  [
    "members that no model has",
    /nexpectedJsonOutput$|unexpected_json_output$|ExtraFields|DeserializeIgnoreType$/,
  ],
  ["a body that is another operation's", /^RpcV2CborPayloadWithUnsetUnion$/],
  ["members that are null", /NullStructureValues$|DontDeserializeNull|AllowNulls$|SkipsNull$/],
  ["comments and CDATA", /WithXMLPreamble$/],
  ["a namespace that is missing", /^QueryXmlNamespaces$/],
  ["a type of no body", /^NoOutputClientAllows|HttpResponseCode$/],
];

/** AWS's protocol tests, in both directions of a server. */
export const protocols: Suite = {
  folder: "protocols",
  async run(path) {
    const tally = newTally();
    for (const direction of ["input", "output"] as const) {
      for (const file of readdirSync(join(path, direction)).sort()) {
        const suites = JSON.parse(readFileSync(join(path, direction, file), "utf8")) as VectorSuite[];
        for (const suite of suites) {
          for (const vector of suite.cases) await tryCase(tally, direction, file, suite, vector);
        }
      }
    }
    return tally;
  },
};

async function tryCase(
  tally: Tally,
  direction: "input" | "output",
  file: string,
  suite: VectorSuite,
  vector: VectorCase,
): Promise<void> {
  const name = `${direction}/${file.replace(".json", "")} ${vector.id}`;
  const skip = CLIENT_ONLY.find(([, ids]) => ids.test(vector.id));
  if (skip !== undefined) {
    tally.skips.push({ name: vector.id, reason: skip[0] });
    return;
  }
  try {
    const difference = direction === "input" ? tryInput(suite, vector) : await tryOutput(suite, vector, file);
    if (difference === undefined) tally.passed++;
    else tally.failures.push(`${name}: ${difference}`);
  } catch (error) {
    tally.failures.push(`${name}: threw ${error instanceof Error ? (error.stack ?? error) : error}`);
  }
}

function protocolId({ metadata }: VectorSuite): Spoken {
  if (metadata.protocol === "json") return metadata.jsonVersion === "1.0" ? "awsJson1_0" : "awsJson1_1";
  const ids: Readonly<Record<string, Spoken>> = {
    query: "awsQuery",
    "rest-json": "restJson1",
    "rest-xml": "restXml",
    "smithy-rpc-v2-cbor": "rpcV2Cbor",
  };
  return ids[metadata.protocol] ?? "awsQuery";
}

interface Subject {
  readonly protocol: Protocol;
  readonly model: ServiceModel;
  readonly operation: OperationModel;
  /** As an SDK package would hold it. */
  readonly schema: unknown[];
}

function subjectOf(suite: VectorSuite, { given }: VectorCase): Subject {
  const id = protocolId(suite);
  const schemaOf = schemasOf(suite.shapes, suite.metadata.protocol);
  const input = given.input === undefined ? "unit" : schemaOf(given.input.shape);
  const output = given.output === undefined ? "unit" : schemaOf(given.output.shape);
  let uri = given.http.requestUri;
  const inputShape = suite.shapes[given.input?.shape ?? ""];
  for (const [name, member] of Object.entries(inputShape?.members ?? {})) {
    if (member.location === "uri") uri = uri.replace(`{${member.locationName}`, `{${name}`);
  }
  const http = [given.http.method, uri, given.http.responseCode ?? 200];
  const schema = [9, "vectors", given.name, { http }, () => input, () => output];
  const errors = Object.entries(suite.shapes).filter(([, shape]) => shape.exception);
  const sdk = Object.fromEntries(errors.map(([name]) => [`${name}$`, schemaOf(name)]));
  const wire: Wire = {
    protocols: "awsQueryCompatible" in suite.metadata ? [id, "awsQuery"] : [id],
    version: "2020-01-01",
    signingName: "vectors",
    ...(id === "awsQuery" && { xmlNamespace: "https://example.com/" }),
  };
  const model = compileModel("vectors", wire, { ...sdk, operation$: schema });
  const operation = model.operations.get(given.name);
  if (operation === undefined) throw new TypeError("The operation was not compiled");
  return { protocol: protocolOf(id), model, operation, schema };
}

function tryInput(suite: VectorSuite, vector: VectorCase): string | undefined {
  const { protocol, model, operation } = subjectOf(suite, vector);
  const { method = "POST", uri = "/", body = "", headers = {} } = vector.serialized ?? {};
  const question = uri.indexOf("?");
  const request: WireRequest = {
    method,
    path: question === -1 ? uri : uri.slice(0, question),
    query: question === -1 ? "" : uri.slice(question + 1),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: Buffer.from(body, protocol.id === "rpcV2Cbor" ? "base64" : "utf8"),
  };
  const routed = protocol.operationName(model, request);
  // Some cases do not list all headers.
  const named = protocol.id.startsWith("rest") || headers["X-Amz-Target"] !== undefined;
  if (named && routed !== operation.name) return `was taken for ${routed}`;
  const decoded = protocol.decode(operation, request);
  const expected = handlersValue(suite.shapes, vector.given.input, vector.params) ?? {};
  if (LEAVES_OUT_EMPTY.test(vector.id) && same(pruned(decoded), pruned(expected))) return undefined;
  if (same(decoded, expected) || same(withoutBound(decoded, operation), expected)) return undefined;
  return `decoded ${JSON.stringify(decoded)}, not ${JSON.stringify(expected)}`;
}

async function tryOutput(suite: VectorSuite, vector: VectorCase, file: string): Promise<string | undefined> {
  const subject = subjectOf(suite, vector);
  const answer = { requestId: "request-id", method: vector.given.http.method, resource: "/" };
  const expected = vector.response ?? { status_code: 200 };
  if (vector.errorCode !== undefined) return tryFault(subject, suite, vector);
  const output = (handlersValue(suite.shapes, vector.given.output, vector.result) ?? {}) as Record<
    string,
    unknown
  >;
  const response = subject.protocol.encode(subject.operation, output, answer);
  if (response.status !== expected.status_code) return `status ${response.status}`;
  const id = protocolId(suite);
  const read = await clientReads(id, subject.schema, response);
  const wanted = { ...output };
  const members = Object.entries(read).filter(([, value]) => value !== null);
  if (!same(withoutOwnHeaders(Object.fromEntries(members)), wanted)) {
    const [got, want] = [JSON.stringify(read), JSON.stringify(wanted)];
    return `a client reads ${got}, not ${want}, from ${String(response.body)}`;
  }
  if (READ_BACK_ONLY.some(([, ids]) => ids.test(vector.id))) return undefined;
  return headersDiffer(response, expected.headers) ?? bodiesDiffer(id, response, expected.body, file);
}

/** A map of all headers also shows those that every answer has. */
function withoutOwnHeaders(read: Record<string, unknown>): object {
  for (const value of Object.values(read)) {
    if (typeof value !== "object" || value === null || !("x-amzn-requestid" in value)) continue;
    delete value["x-amzn-requestid"];
    if ("content-type" in value) delete value["content-type"];
  }
  return read;
}

function tryFault({ protocol, model }: Subject, suite: VectorSuite, vector: VectorCase): string | undefined {
  const { errorCode = "", errorMessage, error = {}, response } = vector;
  const reference = vector.given.errors?.find(({ shape }) => model.faults.get(errorCode)?.name === shape);
  const members = (handlersValue(suite.shapes, reference, error) ?? error) as Record<string, unknown>;
  const message = errorMessage ?? String(members.message ?? members.Message ?? "");
  const fault = new Fault(errorCode, message, { members, status: response?.status_code ?? 400 });
  const answer = { requestId: "request-id", method: vector.given.http.method, resource: "/" };
  const written = protocol.encodeFault(model, fault, answer);
  if (written.status !== response?.status_code) return `status ${written.status}`;
  const found = codeOf(protocolId(suite), written);
  if (found !== errorCode) return `code ${found}`;
  for (const [name, value] of Object.entries(response.headers ?? {})) {
    if (/^(content-type|x-amzn-errortype|x-amzn-requestid|x-amzn-query-error)$/i.test(name)) continue;
    if (written.headers[name.toLowerCase()] !== value) return `no header ${name}`;
  }
  const body = contentOf(protocolId(suite), written.body);
  for (const [name, value] of Object.entries(error)) {
    if (value === null || response.headers?.[name] !== undefined) continue;
    const shape = suite.shapes[reference?.shape ?? ""]?.members?.[name];
    if (shape?.location !== undefined) continue;
    if (!JSON.stringify(body).includes(JSON.stringify(leafOf(value))))
      return `no member ${name} in ${String(written.body)}`;
  }
  return undefined;
}

/** A value's first text, which must be found in the answer. */
function leafOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const [first] = Object.values(value);
  return first === undefined ? "" : leafOf(first);
}

function codeOf(id: Spoken, { headers, body }: WireResponse): string | undefined {
  if (headers["x-amzn-query-error"] !== undefined) return headers["x-amzn-query-error"].split(";")[0];
  if (headers["x-amzn-errortype"] !== undefined) return headers["x-amzn-errortype"];
  const content = contentOf(id, body);
  if (id === "awsQuery" || id === "restXml")
    return /"Code","text":"([^"]*)"/.exec(JSON.stringify(content))?.[1];
  return String((content as Record<string, unknown>).__type);
}

function headersDiffer(
  response: WireResponse,
  expected: Readonly<Record<string, string>> = {},
): string | undefined {
  for (const [name, value] of Object.entries(expected)) {
    if (/^(content-length|x-amz-target|x-amzn-requestid)$/i.test(name)) continue;
    const given = response.headers[name.toLowerCase()];
    const equal = given === value || given?.toLowerCase() === value.toLowerCase();
    if (!equal) return `header ${name} is ${given}, not ${value}`;
  }
  return undefined;
}

function bodiesDiffer(
  id: Spoken,
  response: WireResponse,
  expected: string | undefined,
  file: string,
): string | undefined {
  if (expected === undefined) return undefined;
  const type = response.headers["content-type"] ?? "";
  const plain = !/json|xml|cbor/.test(type);
  const bytes = file.includes("cbor") ? Buffer.from(expected, "base64") : expected;
  const given = plain
    ? Buffer.from((response.body ?? "") as string).toString()
    : contentOf(id, response.body);
  const wanted = plain ? String(bytes) : contentOf(id, bytes);
  if (same(given, wanted)) return undefined;
  return `wrote ${String(response.body)}, not ${expected}`;
}

/** A body's meaning: parsed JSON and CBOR; XML without the order of elements, spaces and the request id. */
function contentOf(id: Spoken, body: WireResponse["body"]): unknown {
  if (body === undefined || body.toString() === "") return id === "restXml" || id === "awsQuery" ? "" : {};
  if (id === "rpcV2Cbor") return readCbor(body as Uint8Array);
  if (id !== "awsQuery" && id !== "restXml") return JSON.parse(String(body));
  return canonical(readXml(String(body).trim()));
}

function canonical(element: XmlElement): unknown {
  const children = element.children
    .filter(({ name }) => name !== "ResponseMetadata" && name !== "RequestId")
    .map(canonical);
  children.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
  const text = element.text.trim() === "" ? "" : element.text;
  return { name: element.name, text, attributes: [...(element.attributes ?? [])].sort(), children };
}

/**
 * A map of all query parameters holds those with a member of their own as well; some cases, written
 * for clients, leave them out of it.
 */
function withoutBound(decoded: Record<string, unknown>, { input }: OperationModel): object {
  const members = membersOf(input);
  const map = members.find(({ traits }) => traits.httpQueryParams === 1)?.name ?? "";
  const bound = members.map(({ traits }) => traits.httpQuery);
  const left = Object.entries(decoded[map] ?? {}).filter(([key]) => !bound.includes(key));
  const { [map]: _all, ...rest } = decoded;
  return left.length === 0 ? rest : { ...rest, [map]: Object.fromEntries(left) };
}

/** Without members that are empty. */
function pruned(value: unknown): unknown {
  const entries = Object.entries(value as object).filter(
    ([, item]) => typeof item !== "object" || item === null || Object.keys(item).length > 0,
  );
  return Object.fromEntries(entries);
}

function same(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(plain(one), plain(other));
}

/** Bytes compare as bytes, whatever class holds them; a date is its time. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("base64") };
  if (value instanceof Date) return { time: value.getTime() };
  if (value instanceof String) return String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([name, item]) => item !== undefined && name !== "$metadata");
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
}
