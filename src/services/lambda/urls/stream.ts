import type { HttpHeaders, HttpResponse } from "../../../kernel/http.ts";
import { responseHead } from "../../proxy-event.ts";
import { readPrelude } from "../../response-prelude.ts";
import type { ResponseQueue } from "../response-queue.ts";

const HTTP_CONTENT_TYPE = "application/vnd.awslambda.http-integration-response";
/** What an answer may begin with: more than servers take of headers. */
const LONGEST_HEAD_BYTES = 128 * 1024;

/** A streamed answer as a response, whose body goes on as the function writes it. */
export interface StreamedResponse extends HttpResponse {
  readonly headers: HttpHeaders;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * The response that a function has begun to stream, or undefined where what it begins with is no status and
 * headers. `ended` is awaited at the end of the body and may reject, which breaks the response off.
 */
export async function streamedResponse(
  queue: ResponseQueue,
  ended: () => Promise<void>,
): Promise<StreamedResponse | undefined> {
  const chunks = queue[Symbol.asyncIterator]();
  if (queue.contentType !== HTTP_CONTENT_TYPE) {
    const type = queue.contentType ?? "application/octet-stream";
    return { status: 200, headers: [["content-type", type]], body: bodyOf(undefined, chunks, ended) };
  }
  const begun = await readPrelude(chunks, LONGEST_HEAD_BYTES);
  // Of an answer without a body nothing is written at all: its status is 200.
  const head = begun && responseHead(begun.head ?? {});
  if (!head) {
    queue.abandon();
    return undefined;
  }
  const hasType = head.headers.some(([name]) => name.toLowerCase() === "content-type");
  const headers: HttpHeaders = hasType
    ? head.headers
    : [...head.headers, ["content-type", "application/octet-stream"]];
  return { status: head.status, headers, body: bodyOf(begun.rest, chunks, ended) };
}

async function* bodyOf(
  first: Uint8Array | undefined,
  rest: AsyncGenerator<Uint8Array>,
  ended: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  if (first?.length) yield first;
  yield* rest;
  await ended();
}
