import type { Trace } from "./trace.ts";

/** What the platform notes about itself, collected once: the gateway, compute and delivery emit these. */
export interface Recorder {
  span(span: Span): void;
  /**
   * Whether one more span of this name is wanted, of `mostASecond` that begin in the second of `startMs`: of
   * calls that succeed many times a second, some will do. What is not is counted, and the usage is whole.
   * Without it, all are.
   */
  wants?(name: string, startMs: number, mostASecond: number): boolean;
  /** `spanId`: the span in which it was written, where that is known. */
  log(line: LogLine, spanId?: string): void;
  usage(usage: Usage): void;
}

/** Keeps the events that reached functions. */
export interface EventRecorder {
  event(event: FunctionEvent): void;
}

/** An event that reached a function, and what one attempt at it came to. */
export interface FunctionEvent {
  /** Epoch milliseconds of the platform's clock: when the attempt had ended. */
  readonly timeMs: number;
  /** The same on every attempt at one event. */
  readonly requestId: string;
  readonly traceId: string;
  readonly account: string;
  readonly region: string;
  /** Unqualified; what was named is in `invokedArn`, what ran in `version`. */
  readonly functionArn: string;
  readonly functionName: string;
  readonly invokedArn: string;
  readonly version: string;
  /** The environment it ran in, by its log stream. */
  readonly environment?: string;
  /** From 1. */
  readonly attempt: number;
  /** `invoke`, or the service whose event it was. */
  readonly source: string;
  readonly sourceArn?: string;
  /** Somebody waited for the answer and was told: nobody tries it again but he. */
  readonly isTold?: boolean;
  /** JSON text: the event, and the function's answer or its error document. */
  readonly payload: Uint8Array;
  readonly result: Uint8Array;
  readonly failed: boolean;
  readonly errorType?: string;
  /** It failed before the handler was there. */
  readonly isInit?: true;
  /** Its runtime reads source maps itself: stacks tell the sources' own lines. */
  readonly isMapped?: true;
  readonly durationMs: number;
  /**
   * Of a batch, which is of several events: the ids of its records, with a `!` before each that failed though
   * the function itself did not.
   */
  readonly items?: readonly string[];
}

/** Something AWS would put on the bill, and who caused it. */
export interface Usage {
  /** Epoch milliseconds of the platform's clock. */
  readonly timeMs: number;
  readonly account: string;
  readonly region: string;
  /** `s3:PutObject` for a request, `lambda:GB-second` for a resource's consumption. */
  readonly unit: string;
  readonly quantity: number;
  /** ARN of what was used, where there is one. */
  readonly resource?: string;
  /** ARN of the principal that caused it; a function's role session for calls out of functions. */
  readonly cause?: string;
}

/**
 * One timed piece of work. Spans of one trace link through `parentId`, also across asynchronous hops.
 */
export interface Span {
  /** X-Ray root, `1-<8 hex>-<24 hex>`. */
  readonly traceId: string;
  /** 16 hex. */
  readonly spanId: string;
  readonly parentId?: string;
  /**
   * call: one API request; queue: an event's wait before delivery; invoke: one attempt of a function;
   * init: the start of an environment (cold start); stopped: work refused by the loop guard; chaos: a fault
   * on purpose, its kind in the attribute `mishap`; custom: what a function's own tracing has told; left:
   * work that a function left running after its answer.
   */
  readonly kind: "call" | "queue" | "invoke" | "init" | "stopped" | "chaos" | "custom" | "left";
  /** `s3.PutObject`, or the function's name. */
  readonly name: string;
  /** ARN of what was acted on, where there is one. */
  readonly resource?: string;
  /** Epoch milliseconds of the platform's clock, with a fraction. */
  readonly startMs: number;
  readonly durationMs: number;
  /** error: the caller's fault (4xx); throttle: 429; fault: the callee's (5xx, or a function error). */
  readonly status: "ok" | "error" | "throttle" | "fault";
  readonly errorType?: string;
  readonly errorMessage?: string;
  readonly requestId: string;
  readonly account: string;
  readonly region: string;
  /** Facts by name: `memoryMb`, `maxMemoryMb`, `coldStart`, `attempt`, `httpStatus`, `bytesIn`, … */
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

/** One line that a function, or the platform on its behalf, wrote. */
export interface LogLine {
  /** Epoch milliseconds of the platform's clock. */
  readonly timeMs: number;
  /** `/aws/lambda/<name>` */
  readonly group: string;
  /** `2026/11/23/[$LATEST]<32 hex>`: one stream an environment. */
  readonly stream: string;
  readonly account: string;
  readonly region: string;
  readonly requestId?: string;
  readonly traceId?: string;
  /** Without the line break. */
  readonly message: string;
  /** platform: START, END, REPORT and the like. */
  readonly source: "function" | "platform" | "extension";
  /** Of the trace: what is done because of the line goes on in its chain. Not kept. */
  readonly lineage?: Trace["lineage"];
}
