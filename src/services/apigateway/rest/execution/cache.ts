import { perPlatform } from "../../execution/per-platform.ts";
import type { Call } from "./call.ts";
import { headerOf } from "./call.ts";
import { Failure } from "./failures.ts";
import { requestValue } from "./mapping.ts";
import type { RestResponse } from "./respond.ts";

interface Kept {
  readonly response: RestResponse;
  readonly untilMs: number;
}

/** An answer that is larger is not kept. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html */
const LARGEST_BYTES = 1_048_576;
const MOST_KEPT = 5_000;
const USUAL_TTL_S = 300;
const WARNING = [
  "Warning",
  "199 Cache-Control headers were ignored because the caller was unauthorized",
] as const;

const keptBy = perPlatform(() => new Map<string, Kept>());

/** The answer that is kept of the same request, or what `make` makes, kept as the stage asks. */
export async function cached(call: Call, make: () => Promise<RestResponse>): Promise<RestResponse> {
  const { deployed, settings } = call;
  const { stage } = deployed;
  const isStreamed = call.method.methodIntegration?.responseTransferMode === "STREAM";
  const isKept =
    stage.cacheClusterEnabled && settings.cachingEnabled && call.request.method === "GET" && !isStreamed;
  if (!isKept) return make();
  const kept = keptBy(call.world.store);
  const key = keyOf(call);
  const nowMs = call.world.clock.now();
  const asksFresh = wantsFresh(call);
  const mayAsk = asksFresh && mayInvalidate(call);
  const known = kept.get(key);
  call.outcome.isFromCache = known !== undefined && nowMs < known.untilMs && !mayAsk;
  if (known && call.outcome.isFromCache) return asksFresh ? warned(call, known.response) : known.response;
  const response = await make();
  const { body, status } = response;
  const isSmall = (typeof body === "string" || body instanceof Uint8Array) && body.length <= LARGEST_BYTES;
  if (isSmall && status < 500) {
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(key, { response, untilMs: nowMs + (settings.cacheTtlInSeconds ?? USUAL_TTL_S) * 1000 });
  }
  return response;
}

/** Only who signs may have answers made anew, unless the stage lets everybody. */
function mayInvalidate({ settings, identity }: Call): boolean {
  const { requireAuthorizationForCacheControl: isAsked = true, unauthorizedCacheControlHeaderStrategy } =
    settings;
  if (!isAsked || identity.userArn) return true;
  if (unauthorizedCacheControlHeaderStrategy === "FAIL_WITH_403") throw new Failure("ACCESS_DENIED");
  return false;
}

/** Who may not have it made anew is told so with the answer that is kept. */
function warned({ settings }: Call, response: RestResponse): RestResponse {
  if (settings.unauthorizedCacheControlHeaderStrategy === "SUCCEED_WITHOUT_RESPONSE_HEADER") return response;
  return { ...response, headers: [...response.headers, WARNING] };
}

function wantsFresh({ parameters }: Call): boolean {
  return /\bmax-age=0\b/.test(headerOf(parameters, "cache-control") ?? "");
}

function keyOf(call: Call): string {
  const { deployed, method, request } = call;
  const { stage } = deployed;
  const { cacheNamespace, cacheKeyParameters = [] } = method.methodIntegration ?? {};
  const values = cacheKeyParameters.map(
    (expression) => requestValue(call, expression, () => undefined) ?? null,
  );
  return JSON.stringify([
    deployed.apiId,
    deployed.stageName,
    deployed.isCanary && stage.canarySettings?.useStageCache ? stage.deploymentId : deployed.deploymentId,
    deployed.cacheRevision,
    cacheNamespace,
    request.path,
    values,
  ]);
}
