import type { InvokeWithResponseStreamResponseEvent } from "@aws-sdk/client-lambda";
import { Fault } from "../../../kernel/faults.ts";
import type { Context } from "../../define.ts";

/** What became of having a function invoked. */
export type Invoked =
  | { readonly kind: "answer"; readonly payload: Uint8Array }
  /** The function's own error, as its error document says. */
  | { readonly kind: "failed"; readonly message: string; readonly payload: Uint8Array }
  | Refusal;

interface Refusal {
  readonly kind: "refused";
  readonly why: Refused;
  readonly message: string;
}

export type Refused = "missing" | "denied" | "throttled" | "tooLarge" | "error";

const INVOCATIONS =
  /^arn:[^:]+:apigateway:[^:]*:lambda:path\/[^/]+\/functions\/(.+?)\/(response-streaming-)?invocations$/;

/** A function that has begun to answer, or to run and say nothing. */
export type Opened =
  | { readonly kind: "stream"; readonly events: AsyncIterable<InvokeWithResponseStreamResponseEvent> }
  | Refusal;

/** The function that an integration or an authorizer names: by its own ARN, or the one it is invoked by. */
export function functionOf(uri: string): string | undefined {
  const arn = INVOCATIONS.exec(uri)?.[1] ?? uri;
  return /^arn:[^:]+:lambda:/.test(arn) ? arn : undefined;
}

/**
 * Invokes a function and waits for its answer. Without a role, the function's own policy must let the API
 * in: the context's sender names what of the API it is for.
 */
export async function invokeFunction(
  context: Context,
  functionArn: string,
  payload: Uint8Array,
  credentialsArn?: string,
): Promise<Invoked> {
  const refused = await refusal(context, functionArn, credentialsArn);
  if (refused) return refused;
  try {
    const { Payload = new Uint8Array(0), FunctionError } = await context.call("lambda", "Invoke", {
      FunctionName: functionArn,
      Payload: payload,
    });
    if (FunctionError === undefined) return { kind: "answer", payload: Payload };
    return { kind: "failed", message: messageOf(Payload), payload: Payload };
  } catch (error) {
    return refusalOf(error);
  }
}

/** Invokes a function and gives what it answers as it comes. */
export async function openFunction(
  context: Context,
  functionArn: string,
  payload: Uint8Array,
  credentialsArn?: string,
): Promise<Opened> {
  const refused = await refusal(context, functionArn, credentialsArn);
  if (refused) return refused;
  try {
    const { EventStream } = await context.call("lambda", "InvokeWithResponseStream", {
      FunctionName: functionArn,
      Payload: payload,
    });
    return { kind: "stream", events: EventStream as AsyncIterable<InvokeWithResponseStreamResponseEvent> };
  } catch (error) {
    return refusalOf(error);
  }
}

async function refusal(
  context: Context,
  functionArn: string,
  credentialsArn: string | undefined,
): Promise<Refusal | undefined> {
  const { sender } = context.principal;
  const permitted = sender ? await context.functions.permits(functionArn, sender) : "allowed";
  if (permitted === "missing") {
    return { kind: "refused", why: "missing", message: `Function not found: ${functionArn}` };
  }
  if (permitted === "denied" && credentialsArn === undefined) {
    return { kind: "refused", why: "denied", message: "Invalid permissions on Lambda function" };
  }
  return undefined;
}

function refusalOf(error: unknown): Refusal {
  if (!(error instanceof Fault)) throw error;
  return { kind: "refused", why: REASONS[error.code] ?? "error", message: error.message };
}

const REASONS: Readonly<Record<string, Refused>> = {
  TooManyRequestsException: "throttled",
  RequestTooLargeException: "tooLarge",
  ResourceNotFoundException: "missing",
  AccessDeniedException: "denied",
};

/** `errorMessage` of an error document. */
function messageOf(payload: Uint8Array): string {
  try {
    const { errorMessage } = JSON.parse(Buffer.from(payload).toString()) as { errorMessage?: unknown };
    return String(errorMessage ?? "");
  } catch {
    return "";
  }
}
