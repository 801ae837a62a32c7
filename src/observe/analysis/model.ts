/** What is worked out of all spans in a stretch of time, in epoch milliseconds: `untilMs` is excluded. */
export type Analysis =
  | {
      readonly what: "concurrency";
      readonly functionName?: string;
      /** From the first invocation of the last hour when absent. */
      readonly sinceMs?: number;
      readonly untilMs: number;
      /** How many stretches of time are told apart. */
      readonly buckets: number;
    }
  | {
      readonly what: "executions";
      readonly atMs: number;
      readonly functionName?: string;
      readonly limit: number;
    }
  | { readonly what: "functions"; readonly sinceMs: number; readonly untilMs: number }
  | { readonly what: "edges"; readonly sinceMs: number; readonly untilMs: number }
  | { readonly what: "sequences"; readonly sinceMs: number; readonly untilMs: number };

export interface AnalysisResult {
  readonly concurrency: Concurrency;
  readonly executions: readonly Execution[];
  readonly functions: readonly FunctionFigures[];
  readonly edges: readonly EdgeFigures[];
  readonly sequences: readonly CallSequence[];
}

/** How many invocations were under way at once: exact, as each one that begins finds it. */
export interface Concurrency {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** The most at once of an account in a Region, or of the function that was asked for. */
  readonly peak: number;
  readonly peakMs: number;
  /** The most at once in each of as many equal stretches of time. */
  readonly series: readonly number[];
  readonly functions: readonly FunctionConcurrency[];
}

export interface FunctionConcurrency {
  readonly functionName: string;
  readonly account: string;
  readonly region: string;
  readonly peak: number;
  readonly peakMs: number;
  readonly invocations: number;
  /** Environments that were busy. */
  readonly environments: number;
  readonly coldStarts: number;
  /** The most environments that were started within ten seconds. */
  readonly startsInTenSeconds: number;
}

/** An invocation that was under way at an instant. */
export interface Execution {
  readonly functionName: string;
  readonly version?: string;
  readonly environment?: string;
  readonly requestId: string;
  readonly traceId: string;
  /** What had it run: a function's name, or the ARN of a resource. */
  readonly origin?: string;
  readonly startMs: number;
  /** Absent while it is still under way. */
  readonly endMs?: number;
  /** init: its environment was being started. */
  readonly phase: "init" | "handler";
}

/** What the runs of a function came to. */
export interface FunctionFigures {
  readonly functionName: string;
  readonly account: string;
  readonly region: string;
  readonly invocations: number;
  readonly failed: number;
  readonly timeouts: number;
  readonly coldStarts: number;
  /** Handler's time, in milliseconds. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly maxMemoryMb: number;
  /** Invocations with a warmth of their own: beyond those that many environments had to be started for. */
  readonly maxAtOnce: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** When it first failed, came near its memory and near its time, of those that did. */
  readonly failedSinceMs?: number;
  readonly memorySinceMs?: number;
  readonly timeSinceMs?: number;
  /** Invocations that left work running after their answer. */
  readonly left: number;
  readonly leftSinceMs?: number;
}

/** How often something had something to do with something else. */
export interface EdgeFigures {
  readonly kind: "call" | "queue" | "invoke";
  /** A function's name, or the ARN of a resource; absent: somebody outside. */
  readonly origin?: string;
  /** `sqs.SendMessage bills`; of queue and invoke the function's name. */
  readonly target: string;
  /** Of queue: batches and events that were handed over, retries and those that were throttled included. */
  readonly count: number;
  readonly failed: number;
  readonly throttled: number;
  /** How long it took; of queue how long the events had waited. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Calls of one invocation that came one after the other though they are of one kind. */
export interface CallSequence {
  readonly functionName: string;
  readonly traceId: string;
  /** `dynamodb.GetItem orders` */
  readonly target: string;
  readonly calls: number;
  /** What they took one after the other, and the longest of them. */
  readonly totalMs: number;
  readonly longestMs: number;
  readonly atMs: number;
}
