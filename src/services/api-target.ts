import type { HttpParameters } from "@aws-sdk/client-eventbridge";
import type { Arn } from "../kernel/arn.ts";
import { Fault } from "../kernel/faults.ts";
import { formatTraceHeader } from "../kernel/trace.ts";
import type { Context } from "./define.ts";

/** How long an API may take to answer a rule. */
const TIMEOUT_MS = 30_000;
const A_DAY_MS = 86_400_000;

/** What an API is asked: by a method's ARN, `{api}/{stage}/{method}/{path with a * for each value}`. */
export interface ApiRequest {
  readonly arn: Arn;
  readonly input: string;
  /** A role whose session signs the request, for methods that ask who calls. */
  readonly roleArn: string | undefined;
  readonly http: HttpParameters | undefined;
}

/**
 * Asks a method of an API of the platform as a client would. Gives the body of the answer; throws a fault for
 * any but a success. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-gateway-target.html
 */
export async function askApi(context: Context, request: ApiRequest): Promise<Uint8Array> {
  const [apiId = "", stage = "", method = "", ...path] = request.arn.resource.split("/");
  const { HeaderParameters = {}, QueryStringParameters = {}, PathParameterValues = [] } = request.http ?? {};
  const values = [...PathParameterValues];
  const filled = path.join("/").replaceAll("*", () => encodeURIComponent(values.shift() ?? ""));
  const url = new URL(`/_aws/execute-api/${apiId}/${encodeURIComponent(stage)}/${filled}`, context.endpoint);
  for (const [name, value] of Object.entries(QueryStringParameters)) url.searchParams.set(name, value);
  const verb = method === "*" ? "POST" : method;
  const body = verb === "GET" || verb === "HEAD" ? undefined : request.input;
  const headers = {
    "content-type": "application/json",
    "user-agent": "Amazon/EventBridge/ApiGateway",
    ...HeaderParameters,
    "x-amzn-trace-id": formatTraceHeader(context.trace),
  };
  const signed = await withSignature(context, request, { method: verb, url, headers, body });
  const answer = await fetch(url, {
    method: verb,
    headers: signed,
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(TIMEOUT_MS)]),
  }).catch((error: unknown) => {
    throw new Fault("ServiceUnavailable", `The API does not answer: ${String(error)}`, { status: 503 });
  });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (answer.ok) return bytes;
  const told = Buffer.from(bytes.subarray(0, 1_000)).toString();
  const { status } = answer;
  throw new Fault("SdkClientException", `The API answered with status ${status}: ${told}`, { status });
}

interface Unsigned {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

async function withSignature(
  context: Context,
  { arn, roleArn }: ApiRequest,
  { method, url, headers, body = "" }: Unsigned,
): Promise<Record<string, string>> {
  const [, account, role = ""] = /^arn:[^:]+:iam::(\d{12}):role\/(?:.*\/)?(.+)$/.exec(roleArn ?? "") ?? [];
  if (account === undefined) return { ...headers };
  // It is large, and few senders ask an API.
  const { createSigner } = await import("./apigateway/rest/execution/signer.ts");
  const nowMs = context.clock.now();
  const session = context.ids.hex(32);
  const credentials = context.credentials.issue({
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${role}/${session}`,
    userId: `AROA${role.toUpperCase().slice(0, 17)}:${session}`,
    expiresAtMs: nowMs + A_DAY_MS,
  });
  const made = await createSigner("execute-api", arn.region, credentials).sign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...headers, host: url.host },
      body,
    },
    { signingDate: new Date(nowMs) },
  );
  return made.headers;
}
