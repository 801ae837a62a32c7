import type * as sdk from "@aws-sdk/client-api-gateway";
import type { InvokeWithResponseStreamResponseEvent } from "@aws-sdk/client-lambda";
import { Fault } from "../../../../kernel/faults.ts";
import { responseHead } from "../../../proxy-event.ts";
import { readPrelude } from "../../../response-prelude.ts";
import { openFunction } from "../../execution/functions.ts";
import { type OpenAnswer, type OutsideRequest, open } from "../../execution/outside.ts";
import { within } from "../../execution/patience.ts";
import { type Call, contextFor } from "./call.ts";
import { Failure } from "./failures.ts";
import { JSON_TYPE, passedBack } from "./headers.ts";
import type { RestResponse } from "./respond.ts";
import { StreamedBody } from "./streamed-body.ts";
import { logInvocation, logSending, timedOut } from "./targets.ts";

// Answers that go to the client as they come: responseTransferMode STREAM of proxy integrations.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html

const USUAL_TIMEOUT_MS = 29_000;
/** Where the body must begin. */
const LONGEST_HEAD_BYTES = 16 * 1024;

/** What an integration has of time: `startedMs` of the monotonic clock, `deadlineMs` of the platform's. */
function spanOf({ world: { clock } }: Call, { timeoutInMillis = USUAL_TIMEOUT_MS }: sdk.Integration) {
  return { startedMs: clock.monotonic(), deadlineMs: clock.now() + timeoutInMillis };
}

/** What `work` comes to while there is time; `stop` is called where there is no more. */
async function inTime<Result>(
  call: Call,
  { deadlineMs }: { readonly deadlineMs: number },
  work: Promise<Result>,
  stop: () => void,
): Promise<Result> {
  const { clock } = call.world;
  const result = await within(clock, deadlineMs - clock.now(), work);
  if (result !== undefined) return result;
  stop();
  throw timedOut(call);
}

/** A function that streams: a status and headers, and then the body as it is written. */
export async function streamFunction(
  call: Call,
  integration: sdk.Integration,
  functionArn: string,
  payload: Uint8Array,
): Promise<RestResponse> {
  const { log } = call;
  const span = spanOf(call, integration);
  logInvocation(call, functionArn, payload);
  const beginning = begin(call, functionArn, payload, integration.credentials);
  const { chunks, prelude } = await inTime(call, span, beginning, () => {
    beginning.then(
      ({ chunks }) => leave(chunks),
      () => {},
    );
  });
  const head = prelude && responseHead(prelude.head);
  if (!head) {
    leave(chunks);
    log.error("Execution failed due to configuration error: Malformed Lambda proxy response");
    throw new Failure("API_CONFIGURATION_ERROR", undefined, { status: 502 });
  }
  const hasType = head.headers.some(([name]) => name.toLowerCase() === "content-type");
  return {
    status: head.status,
    headers: [...(hasType ? [] : [JSON_TYPE]), ...passedBack(head.headers)],
    body: new StreamedBody(call, withFirst(prelude.rest, chunks), span),
  };
}

/** Has a function run until it has written what stands before the body. */
async function begin(call: Call, functionArn: string, payload: Uint8Array, credentials: string | undefined) {
  const opened = await openFunction(contextFor(call), functionArn, payload, credentials);
  if (opened.kind === "refused") {
    call.log.error(`Execution failed due to configuration error: ${opened.message}`);
    throw new Failure("API_CONFIGURATION_ERROR");
  }
  const chunks = chunksOf(opened.events);
  try {
    return { chunks, prelude: await readPrelude(chunks, LONGEST_HEAD_BYTES) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    call.log.error(
      `Lambda execution failed with status 200 due to customer function error: ${error.message}`,
    );
    throw new Failure("API_CONFIGURATION_ERROR", undefined, { status: 502 });
  }
}

/** The bytes that a function writes; throws what it fails with. */
async function* chunksOf(
  events: AsyncIterable<InvokeWithResponseStreamResponseEvent>,
): AsyncGenerator<Uint8Array> {
  for await (const { PayloadChunk, InvokeComplete } of events) {
    if (PayloadChunk?.Payload?.length) yield PayloadChunk.Payload;
    if (InvokeComplete?.ErrorCode) {
      throw new Fault(InvokeComplete.ErrorCode, messageOf(InvokeComplete.ErrorDetails));
    }
  }
}

function messageOf(details = ""): string {
  try {
    return String((JSON.parse(details) as { readonly errorMessage?: unknown }).errorMessage ?? "");
  } catch {
    return details;
  }
}

async function* withFirst(
  first: Uint8Array | undefined,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    if (first?.length) yield first;
    yield* rest;
  } finally {
    leave(rest);
  }
}

/** Reads no more; what is being waited for is waited for by nobody. */
function leave(stream: AsyncIterable<unknown>): void {
  stream[Symbol.asyncIterator]()
    .return?.()
    ?.then(undefined, () => {});
}

/** A backend over HTTP: its status and headers once all of them are there, and then its body as it comes. */
export async function streamBackend(
  call: Call,
  integration: sdk.Integration,
  outside: Omit<OutsideRequest, "signal">,
): Promise<RestResponse> {
  const { request, log } = call;
  const span = spanOf(call, integration);
  const stop = new AbortController();
  logSending(call, outside);
  const opening = open({ ...outside, signal: AbortSignal.any([stop.signal, request.signal]) });
  const answer = await inTime(call, span, opening, () => stop.abort()).catch((error: unknown) => {
    if (error instanceof Failure) throw error;
    log.error(`Execution failed due to an internal error: ${error instanceof Error ? error.message : error}`);
    throw new Failure("INTEGRATION_FAILURE");
  });
  const latencyMs = Math.round(call.world.clock.monotonic() - span.startedMs);
  log.info(`Received response. Status: ${answer.status}, Integration latency: ${latencyMs} ms`);
  return {
    status: answer.status,
    headers: passedBack(answer.headers),
    body: new StreamedBody(
      call,
      bytesOf(answer, () => stop.abort()),
      span,
    ),
  };
}

/** What breaks off is the backend's doing. */
async function* bytesOf({ body }: OpenAnswer, stop: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw new Fault("IntegrationFailure", error instanceof Error ? error.message : String(error));
  } finally {
    stop();
  }
}
