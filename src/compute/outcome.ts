import type { StreamedAnswer } from "./answer.ts";
import type { Exit } from "./process.ts";

/** How an attempt to initialise or to invoke ended. */
export interface Outcome {
  /** success; error: the runtime reported it; failure: the process ended; timeout: it was killed. */
  readonly status: "success" | "error" | "failure" | "timeout";
  /** The answer, or AWS's error document. */
  readonly payload: Buffer;
  /** Of a streamed answer, which may be longer than what is kept of it. */
  readonly streamedBytes?: number;
  readonly errorType?: string;
  readonly errorMessage?: string;
  /** It failed before its handler was there. */
  readonly isInit?: true;
  /** Whether the process can answer again. */
  readonly alive: boolean;
}

export function success(payload: Buffer): Outcome {
  return { status: "success", payload, alive: true };
}

/** What an answer of the runtime comes to: its body, or what it has streamed before. */
export function answered(
  { errorType }: { readonly errorType?: string },
  body: Buffer,
  streamed: StreamedAnswer | undefined,
): Outcome {
  if (errorType !== undefined) return reported(body, errorType, true);
  if (!streamed) return success(body);
  const { fault, sizeBytes } = streamed;
  if (fault) return reported(fault.document, fault.errorType, true);
  return { ...success(streamed.whole()), streamedBytes: sizeBytes };
}

/** An error that the runtime described itself; `alive` when it goes on. */
export function reported(payload: Buffer, errorType: string, alive: boolean): Outcome {
  const errorMessage = messageOf(payload);
  return { status: "error", payload, errorType, ...(errorMessage ? { errorMessage } : {}), alive };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html (Status: timeout) */
export function timedOut(requestId: string, timeoutMs: number): Outcome {
  const seconds = (timeoutMs / 1000).toFixed(2);
  return platformError("timeout", requestId, "Sandbox.Timeout", `Task timed out after ${seconds} seconds`);
}

export function outOfMemory(requestId: string): Outcome {
  const message = "Runtime exited with error: signal: killed";
  return platformError("failure", requestId, "Runtime.OutOfMemory", message);
}

/** A process that ended without an answer, in the words of AWS's sandbox. */
export function exited(requestId: string, exit: Exit): Outcome {
  if (exit.failure !== undefined) {
    return platformError("failure", requestId, "Runtime.InvalidEntrypoint", exit.failure);
  }
  return platformError("failure", requestId, "Runtime.ExitError", exitMessage(exit));
}

/** Its extensions keep a function from running, or from having run. */
export function extensionFailed(requestId: string, errorType: string, message: string): Outcome {
  return platformError("failure", requestId, errorType, message);
}

/** The environment could not be set up: the code is missing or damaged, or there is no such runtime. */
export function unstartable(requestId: string, errorType: string, message: string): Outcome {
  return platformError("failure", requestId, errorType, message);
}

const SIGNALS: Readonly<Record<string, string>> = {
  SIGKILL: "killed",
  SIGTERM: "terminated",
  SIGSEGV: "segmentation fault",
  SIGABRT: "aborted",
  SIGINT: "interrupt",
  SIGBUS: "bus error",
  SIGFPE: "floating point exception",
  SIGILL: "illegal instruction",
  SIGTRAP: "trace/breakpoint trap",
};

/** How a process ended that should not have, in the words of AWS's sandbox. */
export function exitText({ status, signal, failure }: Exit): string {
  if (failure !== undefined) return failure;
  if (signal) return `signal: ${SIGNALS[signal] ?? signal}`;
  return status ? `exit status ${status}` : "exit code 0";
}

function exitMessage(exit: Exit): string {
  if (exit.signal || exit.status) return `Runtime exited with error: ${exitText(exit)}`;
  return "Runtime exited without providing a reason";
}

function platformError(
  status: "failure" | "timeout",
  requestId: string,
  errorType: string,
  message: string,
): Outcome {
  const errorMessage = `RequestId: ${requestId} Error: ${message}`;
  const payload = Buffer.from(JSON.stringify({ errorType, errorMessage }));
  return { status, payload, errorType, errorMessage, alive: false };
}

function messageOf(payload: Buffer): string | undefined {
  try {
    const document: unknown = JSON.parse(payload.toString("utf8"));
    const message = (document as { errorMessage?: unknown } | null)?.errorMessage;
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
