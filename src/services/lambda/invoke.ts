import { isUtf8 } from "node:buffer";
import { callerOf } from "../../kernel/caller.ts";
import type { Fault } from "../../kernel/faults.ts";
import type { AsyncEvent, FunctionTarget } from "../../kernel/functions.ts";
import type { ByteStream, Context, Handlers } from "../define.ts";
import { fault } from "./faults.ts";
import { LARGEST_CLIENT_CONTEXT_BYTES, LARGEST_PAYLOAD_BYTES } from "./limits.ts";
import { arnOf, type FunctionName, functionNotFound, nameFunction } from "./names.ts";
import { resolveTarget } from "./resolve.ts";

export const EMPTY_EVENT = new TextEncoder().encode("{}");
const NOTHING = new Uint8Array(0);

/** Running functions: at once, later, or not at all. */
export const invoke = {
  async Invoke(input, context) {
    const name = nameFunction(input.FunctionName, input.Qualifier, context.scope);
    const type = input.InvocationType ?? "RequestResponse";
    const payload = input.Payload?.length ? input.Payload : EMPTY_EVENT;
    if (type !== "DryRun" && !isEventOfApi(context, payload, type)) {
      checkPayload(payload, LARGEST_PAYLOAD_BYTES[type], "InvokeFunction");
    }
    const clientContext = decodeClientContext(input.ClientContext);
    const target = await resolve(context, name);
    if (type === "DryRun") return { StatusCode: 204, Payload: NOTHING };
    if (type === "Event") {
      await enqueue(context, name, payload);
      return { StatusCode: 202, Payload: NOTHING };
    }
    const result = await context.functions.invoke(target, {
      requestId: context.requestId,
      payload,
      invokedArn: arnOf(name),
      trace: context.trace,
      attempt: 1,
      ...sourceOf(context),
      ...(clientContext === undefined ? {} : { clientContext }),
    });
    return {
      StatusCode: 200,
      ...(result.functionError ? { FunctionError: result.functionError } : {}),
      ...(input.LogType === "Tail" ? { LogResult: Buffer.from(result.logTail()).toString("base64") } : {}),
      Payload: result.payload,
      ExecutedVersion: result.executedVersion,
    };
  },

  /** The first API for asynchronous invocation, which old tools still call. */
  async InvokeAsync(input, context) {
    const name = nameFunction(input.FunctionName, undefined, context.scope);
    const given = await collect(input.InvokeArgs, LARGEST_PAYLOAD_BYTES.Event, "InvokeAsync");
    const payload = given.length ? given : EMPTY_EVENT;
    checkPayload(payload, LARGEST_PAYLOAD_BYTES.Event, "InvokeAsync");
    await resolve(context, name);
    await enqueue(context, name, payload);
    return { Status: 202 };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-lambda")>;

/** What an API sends it has written or read itself: that it is JSON need not be found out once more. */
function isEventOfApi(
  { principal }: Context,
  payload: Uint8Array,
  type: "RequestResponse" | "Event",
): boolean {
  const isApis = principal.sender?.service === "apigateway.amazonaws.com";
  return isApis && type === "RequestResponse" && payload.length <= LARGEST_PAYLOAD_BYTES[type];
}

/** Whose event it is: of a service that acts for one of its resources, or the caller's own. */
function sourceOf({ principal }: Context) {
  const { sender } = principal;
  if (!sender) return { sourceArn: principal.arn };
  return { source: sender.service.replace(/\.amazonaws\.com$/, ""), sourceArn: sender.sourceArn };
}

export async function resolve(context: Context, name: FunctionName): Promise<FunctionTarget> {
  const target = await context.store.transact((tx) => resolveTarget(tx, name, context.ids.fraction));
  if (!target) throw functionNotFound(arnOf(name));
  return target;
}

async function enqueue(context: Context, name: FunctionName, payload: Uint8Array): Promise<void> {
  const caller = callerOf(context.principal);
  const event: AsyncEvent = {
    requestId: context.requestId,
    functionArn: arnOf(name),
    payload,
    trace: context.trace,
    source: "lambda",
    ...(caller === undefined ? {} : { caller }),
  };
  await context.store.transact(async (tx) => context.functions.enqueue(tx, event));
}

export function checkPayload(payload: Uint8Array, mostBytes: number, operation: string): void {
  if (payload.length > mostBytes) throw tooLarge(mostBytes, operation);
  try {
    JSON.parse(textOf(payload));
  } catch (error) {
    throw fault(
      "InvalidRequestContentException",
      `Could not parse request body into json: Could not parse payload into json: ${describe(error)}`,
    );
  }
}

/** Throws where the bytes are no UTF-8. A decoder that does so itself costs many times as much. */
function textOf(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new TypeError("The encoded data was not valid for encoding utf-8");
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

const describe = (error: unknown) => (error instanceof Error ? error.message : String(error));

function tooLarge(mostBytes: number, operation: string): Fault {
  return fault(
    "RequestTooLargeException",
    `Request must be smaller than ${mostBytes} bytes for the ${operation} operation`,
  );
}

/** The header is JSON in base64. */
export function decodeClientContext(header: string | undefined): string | undefined {
  if (header === undefined || header === "") return undefined;
  const text = Buffer.from(header, "base64").toString("utf8");
  if (header.length <= LARGEST_CLIENT_CONTEXT_BYTES && isJson(text)) return text;
  throw fault("InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.");
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function collect(
  body: ByteStream | Uint8Array | undefined,
  mostBytes: number,
  operation: string,
): Promise<Uint8Array> {
  if (body === undefined) return NOTHING;
  if (body instanceof Uint8Array) return body;
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > mostBytes) throw tooLarge(mostBytes, operation);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
