import type { IncomingMessage } from "node:http";
import { Fault } from "../kernel/faults.ts";
import {
  type HttpHeaders,
  type HttpRequest,
  type HttpResponse,
  type HttpSigner,
  OF_CONNECTIONS,
} from "../kernel/http.ts";
import { childTrace, newTrace } from "../kernel/trace.ts";
import { authenticateSite } from "./authenticate.ts";
import type { Exchange, GatewayResponse } from "./exchange.ts";
import type { GatewaySite } from "./options.ts";
import { Refusal } from "./refusals.ts";
import { utf8Of } from "./utf8.ts";

/** What a site's signed request may weigh: API Gateway's 10 MB. Function URLs take less and say so. */
const SIGNED_BODY_BYTES = 10 * 1024 * 1024;
/** Headers that are the gateway's to set. */
const OWN_HEADERS = new Set([...OF_CONNECTIONS, "content-length", "http2-settings"]);

/** The user's own address that a request is for: by a label of its host, by its path, by its host's name. */
export function findSite(x: Exchange): GatewaySite | undefined | Promise<GatewaySite | undefined> {
  const { sites } = x.core;
  const { host } = x;
  if (host.service !== undefined) {
    const site = sites.byId(host.service);
    if (site) return site;
  }
  const site = sites.byPath(x.path);
  if (site || host.service !== undefined) return site;
  // A name of somebody's own, or a bucket's: only the store knows.
  if (host.trusted && host.front === "") return undefined;
  return sites.byName(nameOf(x));
}

/** Without the port. */
function nameOf(x: Exchange): string {
  const host = (x.headers.host ?? x.headers[":authority"] ?? "").toLowerCase();
  const colon = host.lastIndexOf(":");
  return colon < 0 || host.endsWith("]") ? host : host.slice(0, colon);
}

/** Has the site answer. */
export async function serveSite(x: Exchange, site: GatewaySite): Promise<void> {
  const response = await site.serve(requestOf(x));
  x.seen = response.seen;
  x.response = gatewayResponse(response);
}

export function requestOf(x: Exchange): HttpRequest {
  return new SiteRequest(x);
}

/** Names keep their case; what is given under one name more than once stays apart. */
export function gatewayResponse({ status, headers, body }: HttpResponse): GatewayResponse {
  const joined: Record<string, string | string[]> = {};
  const names = new Map<string, string>();
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (OWN_HEADERS.has(lower)) continue;
    const known = names.get(lower);
    if (known === undefined) {
      // The gateway looks for its own under this name.
      const own = lower === "date" || lower === "server" ? lower : name;
      names.set(lower, own);
      joined[own] = value;
      continue;
    }
    const before = joined[known];
    joined[known] = Array.isArray(before) ? [...before, value] : [before ?? "", value];
  }
  return { status, headers: joined, ...(body === undefined ? {} : { body }) };
}

/** What became of a request in the platform itself, as API Gateway words it. */
export function siteFailure(fault: Fault): GatewayResponse {
  const message = MESSAGES[fault.status] ?? (fault.status < 500 ? fault.message : "Internal Server Error");
  return {
    status: fault.status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ message }),
  };
}

const MESSAGES: Readonly<Record<number, string>> = {
  413: "Request Entity Too Large",
  429: "Too Many Requests",
  503: "Service Unavailable",
};

/** A class, so that what a site never asks for is never made. */
class SiteRequest implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly requestId: string;
  readonly receivedMs: number;
  readonly traced: boolean;
  readonly #exchange: Exchange;
  #headers: HttpHeaders | undefined;

  constructor(x: Exchange) {
    this.#exchange = x;
    this.method = x.method;
    this.path = x.path;
    this.query = x.query;
    this.requestId = x.requestId;
    this.receivedMs = x.startMs;
    this.traced = x.headers["x-amzn-trace-id"] !== undefined;
  }

  get scheme() {
    return this.#exchange.secure ? "https" : "http";
  }

  get version() {
    return `HTTP/${this.#exchange.incoming.httpVersion}` as HttpRequest["version"];
  }

  get host() {
    const { headers } = this.#exchange;
    return headers.host ?? headers[":authority"] ?? "";
  }

  get base() {
    return this.#exchange.host.endpoint.slice("http://".length);
  }

  get label() {
    return this.#exchange.host.prefix;
  }

  get region() {
    return this.#exchange.host.region;
  }

  get headers() {
    this.#headers ??= headersOf(this.#exchange.incoming);
    return this.#headers;
  }

  get body() {
    const { body } = this.#exchange;
    return {
      declaredBytes: body.declaredBytes,
      collect: async (limitBytes: number) => {
        try {
          return await body.collect(limitBytes);
        } catch (error) {
          throw error instanceof Refusal ? error.toFault("json") : error;
        }
      },
      stream: () => body.stream(),
    };
  }

  get sourceIp() {
    const address = this.#exchange.incoming.socket.remoteAddress ?? "127.0.0.1";
    return address === "::1" ? "127.0.0.1" : address.replace(/^::ffff:/, "");
  }

  get trace() {
    const { trace, spanId, core } = this.#exchange;
    return childTrace(trace ?? newTrace(core.options.clock, core.options.ids), spanId);
  }

  get signal() {
    return this.#exchange.signal;
  }

  async signer(signingName: string): Promise<HttpSigner> {
    try {
      const identity = await authenticateSite(this.#exchange, signingName, SIGNED_BODY_BYTES);
      return identity ? { kind: "signed", identity } : { kind: "unsigned" };
    } catch (error) {
      const fault = error instanceof Refusal ? error.toFault("json") : error;
      if (!(fault instanceof Fault)) throw error;
      return { kind: "refused", code: fault.code, message: fault.message };
    }
  }

  rest() {
    return this.#exchange.rest();
  }
}

/** HTTP/2's own, which begin with a colon, are no headers to a site, but for the host. */
function headersOf({ rawHeaders }: IncomingMessage): HttpHeaders {
  const headers: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const value = utf8Of(rawHeaders[index + 1] ?? "");
    if (name === ":authority") headers.push(["host", value]);
    else if (!name.startsWith(":")) headers.push([name, value]);
  }
  return headers;
}
