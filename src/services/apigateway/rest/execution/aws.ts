import type * as sdk from "@aws-sdk/client-api-gateway";
import { formatTraceHeader } from "../../../../kernel/trace.ts";
import type { Call } from "./call.ts";
import { Failure } from "./failures.ts";
import type { BackendAnswer } from "./mapping.ts";
import { queryJson } from "./query-json.ts";
import { askBackend, type Target } from "./targets.ts";

const URI = /^arn:aws[\w-]*:apigateway:([a-z0-9-]+):([\w.-]+):(path|action)\/(.*)$/s;

interface Json {
  readonly target: string;
  readonly version: "1.0" | "1.1";
}

/** Services whose actions are named in a header; the others take them in the query. */
const JSON_SERVICES: Readonly<Record<string, Json>> = {
  dynamodb: { target: "DynamoDB_20120810", version: "1.0" },
  events: { target: "AWSEvents", version: "1.1" },
  firehose: { target: "Firehose_20150804", version: "1.1" },
  kinesis: { target: "Kinesis_20131202", version: "1.1" },
  logs: { target: "Logs_20140328", version: "1.1" },
  secretsmanager: { target: "secretsmanager", version: "1.1" },
  ssm: { target: "AmazonSSM", version: "1.1" },
  states: { target: "AWSStepFunctions", version: "1.0" },
};

const A_DAY_MS = 86_400_000;

/**
 * Asks another service as an outside client would, signed as the integration's role: its own address, its own
 * protocol, its own answer. https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html
 */
export function askService(
  call: Call,
  integration: sdk.Integration,
  target: Target,
  body: Uint8Array,
  type: string,
): Promise<BackendAnswer> {
  const [, region = "", service = "", kind, rest = ""] = URI.exec(target.uri) ?? [];
  if (service === "") throw new Failure("API_CONFIGURATION_ERROR");
  // `{bucket}.s3` and the like: the subdomain stands before the service's name.
  const name = service.split(".").at(-1) ?? service;
  const method = integration.httpMethod === "ANY" ? call.request.method : (integration.httpMethod ?? "POST");
  const query = [...target.query];
  const headers: [string, string][] = [["Content-Type", type]];
  const json = JSON_SERVICES[name];
  let path = "/";
  if (kind === "path") path = `/${rest.replace(/^\//, "")}`;
  else if (json) {
    headers.push(["X-Amz-Target", `${json.target}.${rest}`]);
    headers[0] = ["Content-Type", `application/x-amz-json-${json.version}`];
  } else {
    const [action = "", more = ""] = rest.split("&", 2);
    query.unshift(["Action", action]);
    for (const pair of new URLSearchParams(more)) query.push(pair);
  }
  const all = over(headers, target.headers);
  const asked = { method, path, query, headers: all, body, service: name, region };
  const answer = send(call, integration, asked);
  return json || name === "s3" || hasAccept(all) ? answer : answer.then(inJson);
}

const hasAccept = (headers: Target["headers"]) => headers.some(([name]) => name.toLowerCase() === "accept");

/** An answer of the Query protocol as API Gateway has it given, in JSON. */
function inJson(answer: BackendAnswer): BackendAnswer {
  const json = queryJson(Buffer.from(answer.body).toString());
  if (json === undefined) return answer;
  const others = Object.entries(answer.headers).filter(([name]) => !/^content-(?:type|length)$/i.test(name));
  const headers = { ...Object.fromEntries(others), "content-type": ["application/json"] };
  return { ...answer, headers, body: Buffer.from(json) };
}

function over(headers: readonly [string, string][], by: Target["headers"]): (readonly [string, string])[] {
  const names = new Set(by.map(([name]) => name.toLowerCase()));
  return [...headers.filter(([name]) => !names.has(name.toLowerCase())), ...by];
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  readonly service: string;
  readonly region: string;
}

async function send(call: Call, integration: sdk.Integration, asked: Asked): Promise<BackendAnswer> {
  const { world, deployed, request } = call;
  const { endpoint } = world.as(deployed, request.trace);
  const [path = "/", own = ""] = asked.path.split("?", 2);
  const url = new URL(path, endpoint);
  for (const [name, value] of [...new URLSearchParams(own), ...asked.query])
    url.searchParams.append(name, value);
  const hasBody = asked.method !== "GET" && asked.method !== "HEAD";
  const body = hasBody ? asked.body : undefined;
  const headers = await signed(call, integration, asked, url, body);
  return askBackend(call, integration, { method: asked.method, url, headers, body });
}

/** The role's session signs; without a role the API's account does. */
async function signed(
  { world, deployed, request }: Call,
  { credentials = "" }: sdk.Integration,
  { method, headers, service, region }: Asked,
  url: URL,
  body: Uint8Array | undefined,
): Promise<[string, string][]> {
  const [, account = deployed.account, role = "apigateway"] =
    /^arn:[^:]+:iam::(\d{12}):role\/(?:.*\/)?(.+)$/.exec(credentials) ?? [];
  const nowMs = world.clock.now();
  const keys = world.credentials.issue({
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${role}/BackplaneAssumeRoleSession`,
    userId: `AROA${role.toUpperCase().slice(0, 17)}:BackplaneAssumeRoleSession`,
    expiresAtMs: nowMs + A_DAY_MS,
  });
  // It is large, and few APIs ask another service.
  const { createSigner } = await import("./signer.ts");
  const signer = createSigner(service, region, keys);
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value];
  const made = await signer.sign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query,
      headers: { ...Object.fromEntries(headers), host: url.host },
      body: body ?? "",
    },
    { signingDate: new Date(nowMs) },
  );
  return [...Object.entries(made.headers), ["X-Amzn-Trace-Id", formatTraceHeader(request.trace)]];
}
