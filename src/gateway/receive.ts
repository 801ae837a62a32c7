import type { WireResponse } from "../protocol/wire.ts";
import { type CrossRequest, corsHeaders, isLocalOrigin, localCorsHeaders } from "./cors.ts";
import type { Exchange } from "./exchange.ts";
import type { CorsRule, GatewaySite } from "./options.ts";
import { Refusal } from "./refusals.ts";
import { parseSignature } from "./signature-parse.ts";
import { findSite } from "./sites.ts";
import { utf8Of } from "./utf8.ts";

/** Takes the request line apart, and refuses what web pages of strangers send. */
export function receive(x: Exchange): void | Promise<void> {
  splitTarget(x, utf8Of(x.incoming.url ?? "/"));
  const found = findSite(x);
  if (!(found instanceof Promise)) return settle(x, found);
  return found.then((site) => settle(x, site));
}

/** A user's own address is open to pages of every origin, as far as he says so himself. */
function settle(x: Exchange, site: GatewaySite | undefined): void | Promise<void> {
  x.site = site;
  return site ? undefined : guard(x);
}

function guard(x: Exchange): void | Promise<void> {
  guardHost(x);
  const { origin } = x.headers;
  if (origin === undefined) return guardSite(x);
  const preflight = x.method === "OPTIONS";
  const request = crossRequest(x, origin, preflight);
  const bucket = bucketOf(x);
  if (bucket === undefined) return decide(x, request, [], preflight);
  return x.core.options.corsRules(bucket).then((rules) => decide(x, request, rules, preflight));
}

/** `/path?query`, or a proxy's `http://host/path?query`. */
function splitTarget(x: Exchange, target: string): void {
  const start = target.startsWith("http://") ? target.indexOf("/", 7) : 0;
  const local = start < 0 ? "/" : start === 0 ? target : target.slice(start);
  const mark = local.indexOf("?");
  x.path = mark < 0 ? local : local.slice(0, mark);
  x.query = mark < 0 ? "" : local.slice(mark + 1);
}

/**
 * A stranger's page may point a name of its own at 127.0.0.1 and so become of the same origin as the
 * platform. On loopback only names that cannot be pointed elsewhere are answered.
 */
function guardHost(x: Exchange): void {
  if (!x.core.loopback || x.host.trusted) return;
  const name = x.headers.host ?? x.headers[":authority"];
  throw new Refusal(
    "crossOrigin",
    name === undefined
      ? "The request has no Host header."
      : `The host "${name}" is not one of this platform.`,
  );
}

/** Requests without an Origin that a page can still cause: images, forms and links with GET. */
function guardSite(x: Exchange): void {
  if (x.headers["sec-fetch-site"] !== "cross-site") return;
  const link = x.headers["sec-fetch-mode"] === "navigate" && x.method === "GET";
  // Following a link to an object is a reader's own doing; an Action in a link is not.
  if (link && !x.query.includes("Action=") && !x.path.startsWith("/_")) return;
  throw new Refusal("crossOrigin");
}

function crossRequest(x: Exchange, origin: string, preflight: boolean): CrossRequest {
  const asked = x.headers["access-control-request-headers"];
  return {
    origin,
    method: preflight ? (x.headers["access-control-request-method"] ?? "") : x.method,
    headers: asked ? asked.split(",").map((name) => name.trim().toLowerCase()) : [],
  };
}

function decide(x: Exchange, request: CrossRequest, rules: readonly CorsRule[], preflight: boolean): void {
  const local = isLocalOrigin(request.origin);
  const headers =
    corsHeaders(rules, request, preflight) ?? (local ? localCorsHeaders(request, preflight) : undefined);
  if (headers && preflight) {
    x.response = { status: 200, headers: { ...headers, "content-length": "0" } } satisfies WireResponse;
    return;
  }
  if (headers) {
    x.corsHeaders = headers;
    return;
  }
  x.family = "s3";
  if (!preflight) throw new Refusal("crossOrigin");
  throw new Refusal(
    "crossOrigin",
    rules.length === 0
      ? "CORSResponse: CORS is not enabled for this bucket."
      : "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, " +
          "request method / Access-Control-Request-Method or Access-Control-Request-Headers are not " +
          "whitelisted by the resource's CORS spec.",
    { Method: request.method, ResourceType: x.path.indexOf("/", 1) > 0 ? "OBJECT" : "BUCKET" },
  );
}

/** The bucket that a request may be for, before anything else is known about it. */
function bucketOf(x: Exchange): string | undefined {
  if (x.path.startsWith("/_") || x.headers["x-amz-target"] !== undefined) return undefined;
  const signature = parseSignature(x.headers, x.query);
  if (signature && !(signature instanceof Refusal) && signature.credential.service !== "s3") return undefined;
  const { host } = x;
  if (host.service === "s3" && host.prefix !== "") return host.prefix;
  if (host.service !== undefined && host.service !== "s3") return undefined;
  if (host.service === undefined && host.front !== "") return host.front;
  const end = x.path.indexOf("/", 1);
  const bucket = x.path.slice(1, end < 0 ? undefined : end);
  return bucket === "" ? undefined : bucket;
}
