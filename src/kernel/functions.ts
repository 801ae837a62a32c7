import type { Trace } from "./trace.ts";

/**
 * A published version (or $LATEST) of a function with everything an execution environment depends on.
 * Two values with the same `arn`, `version` and `revision` are interchangeable.
 */
export interface FunctionVersion {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** Unqualified: `arn:aws:lambda:<region>:<account>:function:<name>`. */
  readonly arn: string;
  /** `$LATEST` or a number. */
  readonly version: string;
  /** Changes with every change of code or configuration: environments of an older one are retired. */
  readonly revision: string;
  /** `nodejs20.x`, `python3.12`, … */
  readonly runtime: string;
  readonly handler: string;
  readonly role: string;
  /** The zip's blob, and its SHA-256 in base64 as AWS gives it. */
  readonly codeBlob: string;
  readonly codeSha256: string;
  /** In the order they are laid over each other. */
  readonly layers: readonly CodePackage[];
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly ephemeralStorageMb: number;
  readonly architecture: "x86_64" | "arm64";
  readonly environment: Readonly<Record<string, string>>;
  readonly logGroup: string;
  readonly logFormat: "Text" | "JSON";
  readonly applicationLogLevel?: string;
  readonly systemLogLevel?: string;
}

/** A zip: its blob, and its SHA-256 in base64. */
export interface CodePackage {
  readonly codeBlob: string;
  readonly codeSha256: string;
}

/** A function version with what delivery keeps to when it runs it. The settings belong to the function. */
export interface FunctionTarget {
  readonly version: FunctionVersion;
  /** The function's reserved concurrency; absent when it draws from the account's unreserved pool. */
  readonly reservedConcurrency?: number;
  /** What of it is provisioned, for all versions together: the other invocations have the rest. */
  readonly provisionedConcurrency?: number;
  /** What reservations and provisions take of the account's concurrency. All else shares the rest. */
  readonly claimedConcurrency: number;
  /** `Allow` turns the loop guard off for this function. */
  readonly recursiveLoop: "Allow" | "Terminate";
  readonly asynchronous: AsyncSettings;
}

/** What became of having environments started ahead; the reason is AWS's StatusReason. */
export type Provisioning =
  | { readonly status: "ready" }
  | { readonly status: "failed"; readonly reason: string };

/** What happens to a function's asynchronous events. Absent members take AWS's defaults. */
export interface AsyncSettings {
  /** 0 to 2; the default is 2. */
  readonly maximumRetryAttempts?: number;
  /** 60 s to 6 h; the default is 6 h. */
  readonly maximumEventAgeMs?: number;
  /** ARNs. */
  readonly onSuccess?: string;
  readonly onFailure?: string;
  readonly deadLetterTarget?: string;
}

/** Whose request it is, and whose trace. */
export interface Cause {
  /** The same on every attempt at one event. */
  readonly requestId: string;
  /** Its `parent` is the span that asked for what happens. */
  readonly trace: Trace;
}

/** One attempt to run a function. */
export interface Invocation extends Cause {
  /** JSON text. */
  readonly payload: Uint8Array;
  /** The ARN the caller named, with its qualifier. */
  readonly invokedArn: string;
  /** From 1. */
  readonly attempt: number;
  /** Decoded JSON of the X-Amz-Client-Context header. */
  readonly clientContext?: string;
  /** What had the function run, `invoke` when absent: the service whose records it is given. */
  readonly source?: string;
  /** The ARN of the queue, stream or principal behind it. */
  readonly sourceArn?: string;
  /** It has one of the environments that were started ahead. */
  readonly provisioned?: boolean;
  /** Executions under way as it begins, itself included: of the function, and of the account and region. */
  readonly running?: { readonly ofFunction: number; readonly ofAccount: number };
  /** Of a batch of records, as FunctionEvent has it: what is known of each once the function has answered. */
  readonly items?: (result?: InvocationResult) => readonly string[];
  /** Its process is killed when it has run for so long: a crash on purpose. */
  readonly crashAfterMs?: number;
  /** Takes the answer of a function that streams, as it comes; any other answer is in the result alone. */
  readonly stream?: AnswerStream;
}

/** Where an answer goes while its function still runs. */
export interface AnswerStream {
  /** Once, and first. */
  begin(contentType: string): void;
  /** Never rejects. Until it resolves the function is held back, once it is some way ahead. */
  write(chunk: Uint8Array): Promise<void>;
}

export interface InvocationResult {
  /**
   * The handler's answer as JSON text, or what a handler that streams has written, where that is not too
   * long to keep; AWS's error document when `functionError` is set.
   */
  readonly payload: Uint8Array;
  /** AWS answers `Unhandled` for every error of today's runtimes. */
  readonly functionError?: "Handled" | "Unhandled";
  /** `Runtime.ImportModuleError`, `Sandbox.Timeout`, …: the class of the error. */
  readonly errorType?: string;
  /** It failed before its handler was there. */
  readonly isInit?: true;
  readonly executedVersion: string;
  /** The environment it ran in, by its log stream. */
  readonly environment: string;
  /** The last 4 KiB of this invocation's log, platform lines included. */
  readonly logTail: () => Uint8Array;
  readonly report: InvocationReport;
  /** Extensions go on after the answer: what the invocation comes to with them. It never rejects. */
  readonly whole?: Promise<InvocationResult>;
}

export interface InvocationReport {
  readonly durationMs: number;
  readonly billedDurationMs: number;
  /** Set when this invocation started its environment. */
  readonly initDurationMs?: number;
  /** What extensions took after the answer, within the duration. */
  readonly extensionMs?: number;
  readonly memoryMb: number;
  readonly maxMemoryMb: number;
}

/** An event on its way to a function: what the asynchronous queue holds. */
export interface AsyncEvent {
  readonly requestId: string;
  /** The function's ARN, with a qualifier where the source named one. */
  readonly functionArn: string;
  readonly payload: Uint8Array;
  readonly trace: Trace;
  /** `lambda` for Invoke with type Event, else the service that emits it: `s3`. */
  readonly source: string;
  /** The ARN of the emitting resource: a bucket. */
  readonly sourceArn?: string;
  /** The function that invoked it. */
  readonly caller?: string;
}
