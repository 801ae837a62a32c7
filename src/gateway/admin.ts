import type { AdminResponse } from "../kernel/admin.ts";
import type { Exchange } from "./exchange.ts";
import { receive } from "./receive.ts";
import { send, toFault } from "./send.ts";

const BODY_LIMIT = 16 * 1024 * 1024;

/** Where AWS keeps the certificates that messages are verified by. No bucket can be called like this. */
const CERTIFICATE = /^\/SimpleNotificationService-[0-9a-f]+\.pem$/;

/** Whether the platform itself is asked, rather than one of its services. */
export function isAdminPath(target: string): boolean {
  return target.startsWith("/_nuage/") || target.startsWith("/_localstack/") || CERTIFICATE.test(target);
}

/** Answers for the platform: the same guards against foreign pages, and JSON for everything. */
export async function runAdmin(x: Exchange): Promise<void> {
  try {
    await receive(x);
    if (!x.response) await answer(x);
  } catch (error) {
    const fault = toFault(x, error);
    setJson(x, fault.status, { __type: fault.code, message: fault.message });
  }
  await send(x);
}

async function answer(x: Exchange): Promise<void> {
  const body = await x.body.collect(BODY_LIMIT);
  const response = await x.core.options.admin({
    method: x.method,
    path: x.path,
    query: new URLSearchParams(x.query),
    body,
    accept: x.headers.accept,
    signal: x.signal,
  });
  if (!response) {
    setJson(x, 404, { message: `${x.method} ${x.path} is not one of the platform's own pages.` });
  } else if ("json" in response) setJson(x, response.status, response.json);
  else if ("bytes" in response) {
    const headers = { "content-type": response.contentType };
    x.response = { status: response.status, headers, body: response.bytes };
  } else setLines(x, response);
}

function setJson(x: Exchange, status: number, value: unknown): void {
  x.response = {
    status,
    headers: { "content-type": "application/json" },
    body: `${JSON.stringify(value) ?? "null"}\n`,
  };
}

function setLines(x: Exchange, response: Extract<AdminResponse, { lines: unknown }>): void {
  // Lines come for as long as the client listens: nobody waits for them when the platform comes to rest.
  x.endTracking();
  x.response = {
    status: response.status,
    headers: { "content-type": "application/x-ndjson" },
    body: encodeLines(response.lines, x.signal),
  };
}

async function* encodeLines(lines: AsyncIterable<unknown>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator = lines[Symbol.asyncIterator]();
  const gone = new Promise<IteratorResult<unknown>>((resolve) => {
    signal.addEventListener("abort", () => resolve({ done: true, value: undefined }), { once: true });
  });
  try {
    // The head goes at once: who follows is to know that there is somebody, though nothing happens.
    yield Buffer.alloc(0);
    for (;;) {
      const next = await Promise.race([iterator.next(), gone]);
      if (next.done || signal.aborted) return;
      yield Buffer.from(`${JSON.stringify(next.value)}\n`);
    }
  } finally {
    iterator.return?.().catch(() => undefined);
  }
}
