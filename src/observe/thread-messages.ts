import type { SpanQuery } from "../kernel/traces.ts";
import type { Analysis } from "./analysis/model.ts";
import type { IssueQuery } from "./issues/model.ts";
import type { EventQuery, Limits, LogQuery, StreamQuery, TraceQuery } from "./model.ts";

/** What the platform asks the telemetry thread; each is answered by an Answer with its `id`, in order. */
export type Question = { readonly id: number } & Ask;

export type Ask =
  /** `batch` is a Batch as JSON: a fifth of the cost of cloning it, on the platform's thread. */
  | { readonly method: "append"; readonly batch: string }
  | { readonly method: "traces"; readonly query: TraceQuery }
  | { readonly method: "logs"; readonly query: LogQuery }
  | { readonly method: "streams"; readonly query: StreamQuery }
  | { readonly method: "events"; readonly query: EventQuery }
  | { readonly method: "spans"; readonly query: SpanQuery }
  | { readonly method: "issues"; readonly query: IssueQuery }
  | { readonly method: "analyse"; readonly analysis: Analysis }
  | { readonly method: "issue"; readonly issue: string }
  | { readonly method: "trace"; readonly traceId: string | undefined }
  | { readonly method: "evictions" | "clear" | "close" };

export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string }
  | { readonly warning: string };

export interface ThreadOptions {
  readonly file: string | undefined;
  readonly fileLimits: Limits;
  readonly memoryLimits: Limits;
}
