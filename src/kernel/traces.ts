import type { Span } from "./telemetry.ts";

/** Which traces are asked for; all conditions hold together. */
export interface SpanQuery {
  /** X-Ray roots; those that are not known are left out. */
  readonly traceIds?: readonly string[];
  /** Epoch milliseconds, included: traces that began since. */
  readonly sinceMs?: number;
  /** Epoch milliseconds, excluded: traces that began before. */
  readonly untilMs?: number;
  /** How many traces at most. */
  readonly limit: number;
}

/** Traces as the platform keeps them: each as its spans, by their start; the latest trace first. */
export interface Traces {
  spans(query: SpanQuery): Promise<readonly (readonly [Span, ...Span[]])[]>;
}
