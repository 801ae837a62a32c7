import type { AsyncEvent, InvocationResult } from "../kernel/functions.ts";
import type { Condition } from "./backoff.ts";

/**
 * What a destination is told of an asynchronous invocation.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export interface InvocationRecord {
  readonly version: "1.0";
  readonly timestamp: string;
  readonly requestContext: {
    readonly requestId: string;
    /** With its qualifier; `$LATEST` where none was named. */
    readonly functionArn: string;
    readonly condition: "Success" | Condition;
    readonly approximateInvokeCount: number;
  };
  readonly requestPayload: unknown;
  /** Absent when the function never ran. */
  readonly responseContext?: {
    readonly statusCode: number;
    readonly executedVersion: string;
    readonly functionError?: string;
  };
  readonly responsePayload?: unknown;
}

export function invocationRecord(
  event: AsyncEvent,
  condition: "Success" | Condition,
  facts: { readonly invokeCount: number; readonly nowMs: number; readonly result?: InvocationResult },
): InvocationRecord {
  const { result } = facts;
  return {
    version: "1.0",
    timestamp: new Date(facts.nowMs).toISOString(),
    requestContext: {
      requestId: event.requestId,
      functionArn: qualified(event.functionArn),
      condition,
      approximateInvokeCount: facts.invokeCount,
    },
    requestPayload: parse(event.payload),
    ...(result
      ? {
          responseContext: {
            statusCode: 200,
            executedVersion: result.executedVersion,
            ...(result.functionError ? { functionError: result.functionError } : {}),
          },
          responsePayload: parse(result.payload),
        }
      : {}),
  };
}

/** The key that a failed invocation's record gets in a bucket. */
export function recordKey(functionName: string, nowMs: number, uuid: string): string {
  const time = new Date(nowMs).toISOString();
  const day = time.slice(0, 10);
  const clock = time.slice(11, 19).replaceAll(":", ".");
  return `aws/lambda/async/${functionName}/${day.replaceAll("-", "/")}/${day}T${clock}-${uuid}`;
}

const qualified = (arn: string) => (arn.split(":").length > 7 ? arn : `${arn}:$LATEST`);

/** Payloads are JSON; one that is not is told as text rather than lost. */
function parse(payload: Uint8Array): unknown {
  const text = new TextDecoder().decode(payload);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
