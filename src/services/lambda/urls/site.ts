import { Fault } from "../../../kernel/faults.ts";
import type { FunctionTarget, Invocation } from "../../../kernel/functions.ts";
import type { HttpIdentity, HttpRequest, HttpResponse, HttpSeen } from "../../../kernel/http.ts";
import type { Background, Site } from "../../define.ts";
import { proxyEvent, proxyResponse, remapped } from "../../proxy-event.ts";
import { startStream } from "../invoke-stream.ts";
import { LARGEST_PAYLOAD_BYTES } from "../limits.ts";
import { functionArn, qualifiedArn } from "../names.ts";
import { resolveTarget } from "../resolve.ts";
import { ResponseQueue } from "../response-queue.ts";
import { checkAccess, refusal } from "./access.ts";
import { preflightAnswer, withCors } from "./cors.ts";
import { readUrl, readUrlOwner, type UrlOwner, type UrlRecord, urlHost } from "./records.ts";
import { streamedResponse } from "./stream.ts";

/** One request for a function's URL. */
interface Call {
  readonly request: HttpRequest;
  readonly world: Background;
  readonly owner: UrlOwner;
  readonly record: UrlRecord;
  /** Percent-encoded. */
  readonly path: string;
}

/** What goes to the client, and what kept its request from success. */
type Answered = Promise<{
  readonly response: HttpResponse;
  readonly refused?: Pick<HttpSeen, "errorType" | "errorMessage">;
}>;

/** Answers at the URLs of functions. https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html */
export const site: Site = {
  async serve(request, world) {
    const { urlId, path } = addressOf(request);
    const found = await findUrl(world, urlId, request.region);
    if (!found) return withIds(refusal(403, "AccessDeniedException", { Message: null }), request);
    const { record, owner } = found;
    const startMs = world.clock.monotonic();
    const call: Call = { request, world, path, owner, record };
    const preflight = preflightAnswer(request.method, (name) => headerOf(request, name), record.cors);
    const { response, refused } = preflight ? { response: preflight } : await answerWithCors(call);
    const seen: HttpSeen = {
      account: owner.account,
      region: owner.region,
      name: owner.qualifier === "$LATEST" ? owner.name : `${owner.name}:${owner.qualifier}`,
      resource: functionArn(owner),
      ...refused,
      attributes: { method: request.method, path },
    };
    count(world, owner, response.status, world.clock.monotonic() - startMs);
    return { ...withIds(response, request), seen };
  },
};

/** https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html */
function count({ metrics, clock }: Background, owner: UrlOwner, status: number, latencyMs: number): void {
  const { account, region, name, qualifier } = owner;
  const resource = qualifier === "$LATEST" ? name : `${name}:${qualifier}`;
  const values = {
    UrlRequestCount: 1,
    UrlRequestLatency: latencyMs,
    Url4xxCount: status >= 400 && status < 500 ? 1 : 0,
    Url5xxCount: status >= 500 ? 1 : 0,
  };
  for (const dimensions of [`FunctionName=${name}`, `FunctionName=${name},Resource=${resource}`]) {
    for (const [each, value] of Object.entries(values)) {
      const series = { account, region, namespace: "AWS/Lambda", name: each, dimensions };
      metrics.counter(series).add(value, clock.now());
    }
  }
}

const PATH = /^\/_aws\/lambda-url\/([^/]+)(\/.*)?$/s;

/** By its host, or by a path of the platform's own for clients that cannot look such hosts up. */
function addressOf({ label, path }: HttpRequest): { readonly urlId: string; readonly path: string } {
  const named = label === "" ? PATH.exec(path) : undefined;
  return named ? { urlId: named[1] ?? "", path: named[2] ?? "/" } : { urlId: label, path };
}

async function findUrl({ store }: Background, urlId: string, region: string | undefined) {
  return store.transact(async (tx) => {
    const owner = await readUrlOwner(tx, urlId);
    if (!owner || (region !== undefined && region !== owner.region)) return undefined;
    const record = await readUrl(tx, owner);
    return record && { owner, record };
  });
}

async function answerWithCors(call: Call): Answered {
  const { request, record } = call;
  const { response, ...more } = await answer(call);
  const headers = withCors(response.headers, headerOf(request, "origin"), record.cors);
  return { response: { ...response, headers }, ...more };
}

async function answer(call: Call): Answered {
  const { request, world, owner, record } = call;
  const access = await checkAccess(request, owner, record, world.store);
  if ("refused" in access) {
    return { response: access.refused, refused: { errorType: access.code, errorMessage: access.reason } };
  }
  try {
    const payload = await eventOf(call, access.identity);
    const target = await world.store.transact((tx) => resolveTarget(tx, nameOf(owner), world.ids.fraction));
    if (!target) return { response: refusal(404, "ResourceNotFoundException", { Message: null }) };
    const invocation: Invocation = {
      requestId: request.requestId,
      payload,
      invokedArn: arnOf(owner),
      trace: request.trace,
      attempt: 1,
      source: "lambda-url",
      ...(access.identity ? { sourceArn: access.identity.arn } : {}),
    };
    const run = record.invokeMode === "RESPONSE_STREAM" ? runStreamed : runWhole;
    return await run(call, target, invocation);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { response: faultAnswer(error), refused: { errorType: error.code, errorMessage: error.message } };
  }
}

/** The event in format 2.0; a Fault of status 413 for what is larger than Lambda takes. */
async function eventOf({ request, path, owner, record }: Call, identity: HttpIdentity | undefined) {
  const limitBytes = LARGEST_PAYLOAD_BYTES.RequestResponse;
  const body = await request.body.collect(limitBytes);
  const event = proxyEvent(request, body, {
    routeKey: "$default",
    stage: "$default",
    path,
    apiId: record.urlId,
    domainName: urlHost(record.urlId, owner, request.base).replace(/:\d+$/, ""),
    accountId: identity?.account ?? "anonymous",
    ...(identity ? { authorizer: { iam: describeIdentity(identity) } } : {}),
  });
  const payload = Buffer.from(JSON.stringify(event));
  if (payload.length > limitBytes) throw new Fault("RequestEntityTooLargeException", "", { status: 413 });
  return payload;
}

function describeIdentity({ accessKeyId, account, arn, userId }: HttpIdentity) {
  return {
    accessKey: accessKeyId,
    accountId: account,
    callerId: userId,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: arn,
    userId,
  };
}

async function runWhole({ world }: Call, target: FunctionTarget, invocation: Invocation): Answered {
  const { payload, functionError, errorType } = await world.functions.invoke(target, invocation);
  if (functionError) return badGateway(errorType, "the function failed");
  const response = proxyResponse(payload, { defaultType: "application/json", loneString: "json" });
  if (response) return { response };
  // A handler that streams may write anything; what is JSON and no answer is a mistake.
  if (!isJson(payload)) {
    return {
      response: { status: 200, headers: [["content-type", "application/octet-stream"]], body: payload },
    };
  }
  return badGateway("Function.InvalidResponse", "the function's answer has no valid status, headers or body");
}

async function runStreamed(
  { request, world }: Call,
  target: FunctionTarget,
  invocation: Invocation,
): Answered {
  const queue = new ResponseQueue(world.fidelity ? world.clock : undefined);
  request.signal.addEventListener("abort", () => queue.abandon(), { once: true });
  // Nobody reads the body of such an answer.
  if (request.method === "HEAD") void queue.begun.then(() => queue.abandon());
  const { result } = await startStream(world.functions, target, queue, invocation);
  if (queue.contentType === undefined) {
    const { payload, functionError, errorType } = await result;
    if (functionError) return badGateway(errorType, "the function failed");
    return { response: { status: 200, headers: [["content-type", "application/json"]], body: payload } };
  }
  const response = await streamedResponse(queue, async () => {
    const { functionError, errorType = "Error" } = await result;
    if (functionError) throw new Fault(errorType, "the function failed in the middle of its answer");
  });
  if (response) return { response };
  return badGateway("Function.InvalidResponse", "what the answer begins with is no status and headers");
}

/** AWS says no more than this of what went wrong in a function. */
function badGateway(errorType = "Error", errorMessage: string): Awaited<Answered> {
  const headers = [["content-type", "application/json"]] as const;
  return {
    response: { status: 502, headers, body: "Internal Server Error" },
    refused: { errorType, errorMessage },
  };
}

/** What kept the function from running. */
function faultAnswer({ code, status, message, members }: Fault): HttpResponse {
  if (status >= 500) return refusal(502, code, { message: "Internal Server Error" });
  if (status !== 413) return refusal(status, code, { ...members, message });
  const limit = `smaller than ${LARGEST_PAYLOAD_BYTES.RequestResponse} bytes`;
  return refusal(status, "RequestEntityTooLargeException", {
    message: `Request must be ${limit} for the InvokeFunction operation`,
  });
}

/** What a function says for the connection, or to browsers, reaches clients under another name. */
const REMAPPED = new Set(["connection", "content-length", "date", "server", "www-authenticate"]);

function withIds(response: HttpResponse, { requestId, trace }: HttpRequest): HttpResponse {
  const ids = [
    ["x-amzn-requestid", requestId],
    ["x-amzn-trace-id", `Root=${trace.root}`],
  ] as const;
  const own = response.headers.filter(([name]) => !ids.some(([id]) => id === name.toLowerCase()));
  return { ...response, headers: [...remapped(own, REMAPPED), ...ids] };
}

function headerOf({ headers }: HttpRequest, name: string): string | undefined {
  return headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

const nameOf = ({ qualifier, ...id }: UrlOwner) => (qualifier === "$LATEST" ? id : { ...id, qualifier });

const arnOf = (owner: UrlOwner) =>
  owner.qualifier === "$LATEST" ? functionArn(owner) : qualifiedArn(owner, owner.qualifier);

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(bytes).toString("utf8"));
    return true;
  } catch {
    return false;
  }
}
