import type * as sdk from "@aws-sdk/client-api-gateway";
import { newTrace } from "../../../../kernel/trace.ts";
import type { Context, Handlers } from "../../../define.ts";
import { within } from "../../execution/patience.ts";
import { newRequestId } from "../../ids.ts";
import { look, requireMember } from "../change.ts";
import { badRequest, noPart } from "../faults.ts";
import { methodOf } from "../methods.ts";
import type { RestApiRecord } from "../records.ts";
import { askAuthorizer } from "./authorize.ts";
import type { Deployed, RestRequest } from "./call.ts";
import { Failure } from "./failures.ts";
import { decoded } from "./router.ts";
import { callOf, run } from "./run.ts";
import { StreamedBody } from "./streamed-body.ts";
import { worldOf } from "./world.ts";

const STAGE = "test-invoke-stage";
/** https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html */
const LONGEST_TRIAL_MS = 35_000;
const LARGEST_TRIAL_BYTES = 1024 * 1024;

interface Tried {
  readonly method: string;
  readonly pathWithQueryString: string;
  readonly body: string | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly multiValueHeaders: Readonly<Record<string, readonly string[]>> | undefined;
}

/** Tries an API as it is now, before it is deployed. */
export const trials = {
  async TestInvokeMethod(input, context) {
    const record = await look(context, input.restApiId, (api) => api);
    const { resource } = methodOf(record, { ...input, httpMethod: verbIn(record, input) });
    const path = input.pathWithQueryString ?? resource.path ?? "/";
    const method = input.httpMethod === "ANY" ? "GET" : (input.httpMethod ?? "GET");
    const request = requestOf(context, { ...input, method, pathWithQueryString: path } as Tried);
    const deployed = deployedNow(record, input.stageVariables ?? {});
    const pathParameters = variablesIn(resource.path ?? "/", request.path);
    const call = callOf(worldOf(context), deployed, request, { resource, pathParameters }, true);
    const startedMs = context.clock.monotonic();
    const latency = () => Math.round(context.clock.monotonic() - startedMs);
    const isStreamed = call.method.methodIntegration?.responseTransferMode === "STREAM";
    const untilMs = context.clock.now() + LONGEST_TRIAL_MS;
    const trial = run(call);
    const ran = isStreamed ? await within(context.clock, LONGEST_TRIAL_MS, trial) : await trial;
    if (!ran) return { status: 0, latency: latency() };
    const { response } = ran;
    const multiValueHeaders: Record<string, string[]> = {};
    for (const [name, value] of response.headers)
      multiValueHeaders[name] = [...(multiValueHeaders[name] ?? []), value];
    return {
      status: response.status,
      body: await bodyText(context, response.body, untilMs),
      headers: Object.fromEntries(response.headers),
      multiValueHeaders,
      // An answer that is streamed has no log.
      ...(isStreamed ? {} : { log: call.log.text }),
      latency: latency(),
    };
  },

  async TestInvokeAuthorizer(input, context) {
    const record = await look(context, input.restApiId, (api) => api);
    const authorizer = requireMember(record.authorizers, input.authorizerId, "Authorizer");
    if (authorizer.type === "COGNITO_USER_POOLS")
      throw badRequest("Only Lambda authorizers can be tested here");
    const path = input.pathWithQueryString ?? "/";
    const request = requestOf(context, { ...input, method: "GET", pathWithQueryString: path } as Tried);
    const call = callOf(
      worldOf(context),
      deployedNow(record, input.stageVariables ?? {}),
      request,
      undefined,
      true,
    );
    const startedMs = context.clock.monotonic();
    const told = async () => {
      try {
        const { principalId, policy } = await askAuthorizer(call, authorizer);
        return { clientStatus: 0, principalId, policy: JSON.stringify(policy) };
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return { clientStatus: error.type === "UNAUTHORIZED" ? 401 : 500 };
      }
    };
    const outcome = await told();
    return { ...outcome, log: call.log.text, latency: Math.round(context.clock.monotonic() - startedMs) };
  },
} satisfies Handlers<typeof sdk>;

/** The method itself, or the one for all. */
function verbIn(
  record: RestApiRecord,
  { resourceId, httpMethod = "" }: { resourceId: string | undefined; httpMethod: string | undefined },
) {
  const { resourceMethods = {} } = requireMember(record.resources, resourceId, "Resource");
  if (resourceMethods[httpMethod]) return httpMethod;
  if (resourceMethods.ANY) return "ANY";
  throw noPart("Method");
}

function deployedNow(record: RestApiRecord, variables: Record<string, string>): Deployed {
  const { account, region, apiId } = record;
  return {
    ...{ account, region, apiId, variables },
    stage: { stageName: STAGE },
    stageName: STAGE,
    deploymentId: "",
    isCanary: false,
    cacheRevision: "",
    authorizersRevision: "",
    definition: record,
  };
}

function requestOf(context: Context, tried: Tried): RestRequest {
  const { ids, clock, trace, signal } = context;
  const [path = "/", query = ""] = tried.pathWithQueryString.split("?", 2);
  const several = Object.entries(tried.multiValueHeaders ?? {}).flatMap(([name, values]) =>
    values.map((value) => [name, value] as const),
  );
  return {
    method: tried.method,
    ...{ path, query, trace: trace ?? newTrace(clock, ids), signal },
    fullPath: path,
    headers: [...Object.entries(tried.headers ?? {}), ...several],
    body: Buffer.from(tried.body ?? ""),
    sourceIp: "test-invoke-source-ip",
    protocol: "HTTP/1.1",
    domainName: "testPrefix.testDomainName",
    requestId: ids.uuid(),
    extendedRequestId: newRequestId(ids),
    receivedMs: clock.now(),
    signer: async () => ({ kind: "unsigned" }),
    rest: () => context.rest(),
  };
}

/** What stands in a path where a resource has variables. */
function variablesIn(pattern: string, path: string): Record<string, string> {
  const parts = path.split("/");
  const found: Record<string, string> = {};
  for (const [index, part] of pattern.split("/").entries()) {
    if (!part.startsWith("{")) continue;
    const isGreedy = part.endsWith("+}");
    const value = isGreedy ? parts.slice(index).join("/") : (parts[index] ?? "");
    found[part.slice(1, isGreedy ? -2 : -1)] = decoded(value);
  }
  return found;
}

/** Of what is streamed it is as much as there is in time, and of a megabyte no more than that. */
async function bodyText(
  { clock }: Pick<Context, "clock">,
  body: Uint8Array | string | AsyncIterable<Uint8Array>,
  untilMs: number,
): Promise<string> {
  if (typeof body === "string") return body;
  if (body instanceof Uint8Array) return Buffer.from(body).toString();
  const parts: Uint8Array[] = [];
  const chunks = body[Symbol.asyncIterator]();
  for (let sizeBytes = 0; sizeBytes <= LARGEST_TRIAL_BYTES; ) {
    const next = await within(clock, untilMs - clock.now(), chunks.next());
    if (!next || next.done) break;
    parts.push(next.value);
    sizeBytes += next.value.length;
  }
  if (body instanceof StreamedBody) body.leave();
  return Buffer.concat(parts).toString();
}
