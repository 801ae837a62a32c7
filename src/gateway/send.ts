import type { ServerResponse } from "node:http";
import { Fault } from "../kernel/faults.ts";
import type { Answer } from "../protocol/protocol.ts";
import { protocolOf } from "../protocol/protocols.ts";
import type { Exchange, GatewayResponse } from "./exchange.ts";
import { Refusal } from "./refusals.ts";
import { siteFailure } from "./sites.ts";

/** What is spoken to whom no protocol is known yet. */
const FIRST_WORDS = { s3: "restXml", query: "awsQuery", json: "restJson1" } as const;

/** Turns the output, or what went wrong, into the protocol's answer. */
export function encode(x: Exchange): void {
  const { options } = x.core;
  if (x.site) {
    if (x.fault) x.response = siteFailure(x.fault);
    return;
  }
  if (x.requestId === "") x.requestId = options.ids.uuid();
  const answer: Answer = { requestId: x.requestId, method: x.method, resource: resourceOf(x) };
  if (x.fault || !x.protocol || !x.operation || !x.output) {
    const fault = x.fault ?? new Refusal("internal").toFault(x.family);
    const protocol = x.protocol ?? protocolOf(x.service?.wire.protocols[0] ?? FIRST_WORDS[x.family]);
    x.response = protocol.encodeFault(x.opened?.model, fault, answer);
  } else {
    x.response = x.protocol.encode(x.operation, x.output, answer);
  }
  const { headers } = x.response;
  if (headers["x-amz-request-id"] === undefined) headers["x-amzn-requestid"] ??= x.requestId;
}

function resourceOf(x: Exchange): string {
  const path = x.wire?.path ?? x.path;
  if (!path.includes("%")) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** What a step threw, as the fault that the client is told. */
export function toFault(x: Exchange, error: unknown): Fault {
  if (error instanceof Fault) return error;
  if (error instanceof Refusal) return error.toFault(x.family);
  x.core.options.log.error("A request failed for a reason that nobody foresaw.", {
    service: x.serviceName,
    operation: x.operationName ?? "",
    requestId: x.requestId,
    error,
  });
  return new Refusal("internal").toFault(x.family);
}

/** Writes the answer. A client that has gone away gets none. */
export function send(x: Exchange): void | Promise<void> {
  const { response, outgoing } = x;
  if (!response || x.gone || outgoing.destroyed) return;
  const { headers, body } = response;
  if (x.corsHeaders) Object.assign(headers, x.corsHeaders);
  headers.date = x.core.date();
  headers.server ??= "Nuage";
  if (mustClose(x)) headers.connection = "close";
  if (body === undefined || typeof body === "string" || body instanceof Uint8Array) {
    const sizeBytes =
      body === undefined ? 0 : typeof body === "string" ? Buffer.byteLength(body) : body.length;
    if (!bodyless(x, response)) headers["content-length"] ??= String(sizeBytes);
    x.core.departures.add(() => {
      if (x.gone || outgoing.destroyed) return;
      if (begin(x, response)) outgoing.end(x.method === "HEAD" ? undefined : body);
    });
    return;
  }
  if (begin(x, response)) return sendStream(x, body);
  void body[Symbol.asyncIterator]().return?.();
}

/** Writes the head. Where it has what no head may hold, the client hears of a failure instead. */
function begin(x: Exchange, { status, headers }: GatewayResponse): boolean {
  const { outgoing } = x;
  try {
    outgoing.writeHead(status, headers);
    return true;
  } catch (error) {
    const failure = siteFailure(toFault(x, error));
    outgoing.writeHead(failure.status, failure.headers).end(failure.body);
    return false;
  }
}

/** HEAD tells the length of what GET would send, which only the protocol knows. */
function bodyless(x: Exchange, response: GatewayResponse): boolean {
  const { status } = response;
  return status === 204 || status === 304 || (x.method === "HEAD" && response.body === undefined);
}

/** HTTP/2 has a stream of its own for every request. */
function mustClose(x: Exchange): boolean {
  return x.incoming.httpVersionMajor < 2 && (x.core.closing || x.body.isLast(x.core.limits.drainBytes));
}

/** At the client's pace. What breaks off in the middle breaks the connection: it is not to look whole. */
async function sendStream(x: Exchange, body: AsyncIterable<Uint8Array>): Promise<void> {
  const { outgoing } = x;
  try {
    if (x.method !== "HEAD") {
      for await (const chunk of body) {
        if (x.gone || outgoing.destroyed) return;
        // Nothing to say yet: the client is to know that there is somebody.
        if (chunk.length === 0) outgoing.flushHeaders();
        else if (!outgoing.write(chunk)) await writable(x, outgoing);
      }
    }
    outgoing.end();
  } catch (error) {
    outgoing.destroy();
    // A Fault is known to who threw it: a function that failed in the middle of what it streams.
    if (x.gone || error instanceof Fault) return;
    x.core.options.log.error("An answer broke off in the middle.", { requestId: x.requestId, error });
  }
}

/** Resolves when the client has read enough, or has gone. */
function writable(x: Exchange, outgoing: ServerResponse): Promise<void> {
  x.blocked = true;
  return new Promise((resolve) => {
    const done = () => {
      x.blocked = false;
      outgoing.off("drain", done);
      outgoing.off("close", done);
      resolve();
    };
    outgoing.on("drain", done);
    outgoing.on("close", done);
  });
}
