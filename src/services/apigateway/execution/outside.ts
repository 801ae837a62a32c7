import { Agent, type IncomingMessage, type RequestOptions, request as requestPlain } from "node:http";
import { request as requestSecure, Agent as SecureAgent } from "node:https";
import { type HttpHeaders, OF_CONNECTIONS } from "../../../kernel/http.ts";

/** A request to an address outside, with Node's own client: unlike fetch it sends what it is given. */
export interface OutsideRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: HttpHeaders;
  readonly body: Uint8Array | undefined;
  readonly signal?: AbortSignal;
}

/** An answer whose body is still on its way. */
export interface OpenAnswer {
  readonly status: number;
  readonly headers: [string, string][];
  readonly body: AsyncIterable<Uint8Array>;
}

export interface OutsideAnswer extends Omit<OpenAnswer, "body"> {
  readonly body: Uint8Array;
}

/** What an answer may weigh. https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const MOST_BYTES = 10 * 1024 * 1024;
const IDLE_MS = 10_000;
const options = { keepAlive: true, timeout: IDLE_MS, maxSockets: 256, maxFreeSockets: 64 };
const agents = { plain: new Agent(options), secure: new SecureAgent(options) };

/** Headers that are made anew for the next connection. */
const MADE_ANEW = new Set([...OF_CONNECTIONS, "content-length", "host"]);

/** Rejects when the address cannot be reached, breaks off, or answers more than an API passes on. */
export async function ask(outside: OutsideRequest): Promise<OutsideAnswer> {
  const answer = await open(outside);
  return { ...answer, body: await collect(answer.body) };
}

/** The answer as soon as all its headers are there; its body throws where it breaks off. */
export async function open(outside: OutsideRequest): Promise<OpenAnswer> {
  try {
    return await askOnce(outside);
  } catch (error) {
    // The other side may have closed a connection that was kept, just as it was taken up again.
    if (!isStale(error) || outside.signal?.aborted) throw error;
    return askOnce(outside);
  }
}

class Stale extends Error {}

const isStale = (error: unknown) => error instanceof Stale;

function askOnce({ method, url, headers, body, signal }: OutsideRequest): Promise<OpenAnswer> {
  const isSecure = url.protocol === "https:";
  const settings: RequestOptions = {
    method,
    headers: { ...named(headers), host: url.host, "content-length": String(body?.length ?? 0) },
    agent: isSecure ? agents.secure : agents.plain,
    ...(signal ? { signal } : {}),
  };
  if (body === undefined) delete (settings.headers as Record<string, unknown>)["content-length"];
  return new Promise((resolve, reject) => {
    const call = (isSecure ? requestSecure : requestPlain)(url, settings);
    call.on("response", (response) => resolve(opened(response)));
    call.on("error", (error: NodeJS.ErrnoException) => {
      reject(call.reusedSocket && error.code === "ECONNRESET" ? new Stale() : error);
    });
    call.end(body);
  });
}

/** Names as they are given; what is given more than once stays apart. */
function named(headers: HttpHeaders): Record<string, string | string[]> {
  const all: Record<string, string | string[]> = {};
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (MADE_ANEW.has(lower)) continue;
    const before = all[lower];
    const wire = Buffer.from(value).toString("latin1");
    all[lower] = before === undefined ? wire : [...(Array.isArray(before) ? before : [before]), wire];
  }
  return all;
}

/** An answer's length and connection are for whoever passes it on to say, or to tell under other names. */
const isHop = (name: string) => MADE_ANEW.has(name) && name !== "connection" && name !== "content-length";

function opened(response: IncomingMessage): OpenAnswer {
  const { rawHeaders } = response;
  const headers: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (!isHop(name.toLowerCase())) headers.push([name, rawHeaders[index + 1] ?? ""]);
  }
  return { status: response.statusCode ?? 502, headers, body: response };
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of body) {
    sizeBytes += part.length;
    if (sizeBytes > MOST_BYTES) throw new RangeError("the answer is larger than an API passes on");
    parts.push(part);
  }
  return Buffer.concat(parts);
}
