import { Fault } from "../../../kernel/faults.ts";
import type { HttpRequest, HttpResponse } from "../../../kernel/http.ts";
import type { Background } from "../../define.ts";
import { answer } from "../execution/answers.ts";
import type { Execution } from "../execution/execution.ts";
import { ACCOUNT_RATE, passes, type Rate } from "../execution/throttle.ts";
import { ANSWERS, type Answer } from "../faults.ts";
import { newRequestId } from "../ids.ts";
import type { Place } from "../places.ts";
import type { ProxyAnswer } from "./answer.ts";
import { authorize } from "./authorize.ts";
import { HttpCall } from "./call.ts";
import { findStage, settingsOf } from "./compiled.ts";
import { corsHeaders, isCorsHeader, isPreflight, preflightHeaders } from "./cors.ts";
import { finish } from "./finish.ts";
import { integrate } from "./integrate.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const MOST_BODY_BYTES = 10 * 1024 * 1024;
const MOST_HEADER_BYTES = 10_240;

/** Answers requests to HTTP APIs. */
export const execution: Execution = { serve };

type Headers = readonly (readonly [string, string])[];

async function serve(request: HttpRequest, place: Place, world: Background): Promise<HttpResponse> {
  const requestId = newRequestId(world.ids);
  const ids: Headers = [["apigw-requestid", requestId]];
  const staged = await findStage(world.store, place);
  const isHidden = staged?.stage.api.DisableExecuteApiEndpoint && !place.mapping;
  if (!staged || isHidden) return answer(ANSWERS.notFound, ids);
  const path = decodedPath(staged.path);
  if (path === undefined) return answer(ANSWERS.badRequest, ids);
  const call = new HttpCall(world, request, staged.stage, {
    requestId,
    path,
    isMapped: place.mapping !== undefined,
  });
  const startedMs = world.clock.monotonic();
  const response = await respond(call);
  const headers: [string, string][] = [...response.headers, ["apigw-requestid", requestId]];
  call.outcome.latencyMs = Math.round(world.clock.monotonic() - startedMs);
  return finish(call, { ...response, headers });
}

/**
 * What a path means: an encoded slash divides it like any other, and nothing is left of it from an encoded
 * question mark on. undefined: it cannot be decoded.
 */
function decodedPath(path: string): string | undefined {
  if (!path.includes("%")) return path;
  try {
    const decoded = decodeURIComponent(path);
    const mark = decoded.indexOf("?");
    return mark < 0 ? decoded : decoded.slice(0, mark);
  } catch {
    return undefined;
  }
}

/** The answer with the headers of CORS, where the API has rules for it. */
async function respond(call: HttpCall): Promise<ProxyAnswer> {
  const { CorsConfiguration: cors } = call.stage.api;
  const origin = call.header("origin");
  if (!cors) return route(call);
  const header = (name: string) => call.header(name);
  if (isPreflight(call.request.method, header)) return preflight(call);
  const answered = await route(call);
  const own = answered.headers.filter(([name]) => !isCorsHeader(name));
  return { ...answered, headers: [...own, ...corsHeaders(cors, origin)] };
}

/** Answered by the API itself; a route that takes the request keeps its authorizer in front. */
async function preflight(call: HttpCall): Promise<ProxyAnswer> {
  call.match = call.stage.router.find(call.request.method, call.path);
  if (call.match) {
    const access = await authorize(call);
    if (access.kind === "refused") return refusal(call, access.answer, access.headers);
  }
  const cors = call.stage.api.CorsConfiguration ?? {};
  return { status: 204, headers: preflightHeaders(cors, call.header("origin") ?? ""), body: "" };
}

async function route(call: HttpCall): Promise<ProxyAnswer> {
  if (call.headerBytes > MOST_HEADER_BYTES) return refusal(call, ANSWERS.headersTooLarge);
  call.match = call.stage.router.find(call.request.method, call.path);
  if (!call.match) return refusal(call, ANSWERS.notFound);
  if (!passes(call.world, ratesOf(call))) return refusal(call, ANSWERS.tooMany);
  const access = await authorize(call);
  if (access.kind === "refused") return refusal(call, access.answer, access.headers);
  call.authorized = access.authorized;
  try {
    const body = await call.request.body.collect(MOST_BODY_BYTES);
    call.body = body.length > 0 ? body : undefined;
  } catch (error) {
    if (error instanceof Fault && error.status === ANSWERS.tooLarge.status) {
      return refusal(call, ANSWERS.tooLarge);
    }
    throw error;
  }
  const integrated = await integrate(call);
  return integrated.kind === "answer" ? integrated.answer : refusal(call, integrated.answer);
}

/** The route's own rate in its stage, where it has one, and the account's. */
function ratesOf(call: HttpCall): (readonly [string, Rate])[] {
  const { stage, routeKey } = call;
  const { ThrottlingRateLimit: perSecond, ThrottlingBurstLimit: burst } = settingsOf(stage, routeKey);
  const rates: [string, Rate][] = [[`account ${stage.account} ${stage.region}`, ACCOUNT_RATE]];
  if (perSecond !== undefined || burst !== undefined) {
    const rate = {
      perSecond: perSecond ?? ACCOUNT_RATE.perSecond,
      burst: burst ?? ACCOUNT_RATE.burst,
    };
    rates.push([`route ${stage.arn} ${routeKey}`, rate]);
  }
  return rates;
}

function refusal(call: HttpCall, { status, message }: Answer, headers: Headers = []): ProxyAnswer {
  call.outcome.errorMessage = message;
  return {
    status,
    headers: [
      ["content-type", "application/json"],
      ...headers.map(([name, value]): [string, string] => [name, value]),
    ],
    body: JSON.stringify({ message }),
  };
}
