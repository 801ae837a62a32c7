// The HTTP request that an API destination makes of an event. Pure: no store, no network.
import type * as sdk from "@aws-sdk/client-eventbridge";
import { Fault } from "../../kernel/faults.ts";
import type { Credentials, DestinationRecord } from "./connection-records.ts";
import { Raw, readExactly, writeExactly } from "./exact-json.ts";
import { atPath } from "./input.ts";

export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface RequestParts {
  readonly destination: Pick<DestinationRecord, "endpoint" | "method">;
  readonly credentials: Credentials;
  /** Of OAuth. */
  readonly token?: string | undefined;
  readonly http: sdk.HttpParameters | undefined;
  readonly input: string;
  /** What paths in the target's parameters are looked up in. */
  readonly event: unknown;
}

/** Headers that AWS sets itself. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html */
const OWN_HEADERS = {
  "User-Agent": "Amazon/EventBridge/ApiDestinations",
  "Content-Type": "application/json; charset=utf-8",
  Range: "bytes=0-1048575",
};

/** The request, or the fault of an event of which none can be made. */
export function requestOf(parts: RequestParts): HttpRequest {
  try {
    return compose(parts);
  } catch (error) {
    // Such as a line break in a header, or half a character in a path.
    if (!(error instanceof TypeError || error instanceof URIError || error instanceof RangeError))
      throw error;
    throw new Fault("ValidationException", `The event makes no HTTP request: ${error.message}`);
  }
}

/** What the connection says wins over what the target says. */
function compose({ destination, credentials, token, http, input, event }: RequestParts): HttpRequest {
  const { HeaderParameters = {}, QueryStringParameters = {}, PathParameterValues = [] } = http ?? {};
  const { invocation } = credentials;
  const dynamic = (value: string): string => textOf(value, event);
  const paths = PathParameterValues.map(dynamic);
  const url = new URL(destination.endpoint.replaceAll("*", () => encodeURIComponent(paths.shift() ?? "")));
  for (const [key, value] of Object.entries(QueryStringParameters)) url.searchParams.set(key, dynamic(value));
  for (const { Key = "", Value = "" } of invocation?.QueryStringParameters ?? [])
    url.searchParams.set(Key, Value);
  const headers = new Headers(OWN_HEADERS);
  for (const [key, value] of Object.entries(HeaderParameters)) headers.set(key, dynamic(value));
  for (const { Key = "", Value = "" } of invocation?.HeaderParameters ?? []) headers.set(Key, Value);
  const { basic, apiKey } = credentials;
  if (basic) headers.set("Authorization", `Basic ${base64(`${basic.username}:${basic.password}`)}`);
  if (apiKey) headers.set(apiKey.name, apiKey.value);
  if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
  const { method } = destination;
  return {
    url: url.toString(),
    method,
    headers: Object.fromEntries(headers),
    ...(method === "GET" || method === "HEAD" ? {} : { body: bodyOf(input, invocation?.BodyParameters) }),
  };
}

/** The connection's own members are added to an input that is an object. */
function bodyOf(input: string, parameters: readonly sdk.ConnectionBodyParameter[] | undefined): string {
  if (!parameters?.length) return input;
  const own = Object.fromEntries(parameters.map(({ Key = "", Value = "" }) => [Key, Value]));
  try {
    const parsed = readExactly(input);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) && !(parsed instanceof Raw))
      return writeExactly({ ...parsed, ...own });
  } catch {
    // A text has no members.
  }
  return input;
}

/** What a target says of a request, with what its paths lead to in the event. */
export function followed(http: sdk.HttpParameters | undefined, event: unknown): sdk.HttpParameters {
  const each = (values: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, textOf(value, event)]));
  return {
    PathParameterValues: (http?.PathParameterValues ?? []).map((value) => textOf(value, event)),
    HeaderParameters: each(http?.HeaderParameters),
    QueryStringParameters: each(http?.QueryStringParameters),
  };
}

/** A value that is a path stands for what lies there in the event. */
function textOf(value: string, event: unknown): string {
  if (!value.startsWith("$.")) return value;
  const found = atPath(event, value);
  if (found === undefined) return "";
  return typeof found === "string" ? found : writeExactly(found);
}

const base64 = (text: string) => Buffer.from(text).toString("base64");
