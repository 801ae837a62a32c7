import type { InvokeWithResponseStreamResponseEvent } from "@aws-sdk/client-lambda";
import type { FunctionTarget, Invocation, InvocationResult } from "../../kernel/functions.ts";
import type { Functions, Handlers } from "../define.ts";
import { checkPayload, decodeClientContext, EMPTY_EVENT, resolve } from "./invoke.ts";
import { LARGEST_PAYLOAD_BYTES } from "./limits.ts";
import { arnOf, nameFunction } from "./names.ts";
import { ResponseQueue } from "./response-queue.ts";

/** Running functions whose answers leave as they come. */
export const invokeStream = {
  async InvokeWithResponseStream(input, context) {
    const name = nameFunction(input.FunctionName, input.Qualifier, context.scope);
    const payload = input.Payload?.length ? input.Payload : EMPTY_EVENT;
    const isDry = input.InvocationType === "DryRun";
    if (!isDry) checkPayload(payload, LARGEST_PAYLOAD_BYTES.RequestResponse, "InvokeWithResponseStream");
    const clientContext = decodeClientContext(input.ClientContext);
    const target = await resolve(context, name);
    if (isDry) return { StatusCode: 204 };
    const queue = new ResponseQueue(context.fidelity ? context.clock : undefined);
    const running = await startStream(context.functions, target, queue, {
      requestId: context.requestId,
      payload,
      invokedArn: arnOf(name),
      trace: context.trace,
      attempt: 1,
      sourceArn: context.principal.arn,
      ...(clientContext === undefined ? {} : { clientContext }),
    });
    context.signal.addEventListener("abort", () => queue.abandon(), { once: true });
    return {
      StatusCode: 200,
      ExecutedVersion: target.version.version,
      EventStream: eventsOf(queue, running, input.LogType === "Tail") as never,
    };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-lambda")>;

/**
 * Runs a function whose answer goes into a queue, and resolves once it has begun to stream or has ended.
 * Throws what keeps it from running. What comes of it is in the promise within, which may be left alone.
 */
export async function startStream(
  functions: Pick<Functions, "invoke">,
  target: FunctionTarget,
  queue: ResponseQueue,
  invocation: Invocation,
): Promise<{ readonly result: Promise<InvocationResult> }> {
  const result = functions.invoke(target, { ...invocation, stream: queue }).finally(() => queue.end());
  result.catch(() => {});
  await Promise.race([queue.begun, result]);
  return { result };
}

async function* eventsOf(
  queue: ResponseQueue,
  running: { readonly result: Promise<InvocationResult> },
  withLog: boolean,
): AsyncGenerator<InvokeWithResponseStreamResponseEvent> {
  for await (const chunk of queue) yield { PayloadChunk: { Payload: chunk } };
  const { functionError, payload, logTail } = await running.result;
  if (functionError === undefined && queue.contentType === undefined) {
    yield { PayloadChunk: { Payload: payload } };
  }
  yield {
    InvokeComplete: {
      ...(functionError
        ? { ErrorCode: functionError, ErrorDetails: Buffer.from(payload).toString("utf8") }
        : {}),
      ...(withLog ? { LogResult: Buffer.from(logTail()).toString("base64") } : {}),
    },
  };
}
