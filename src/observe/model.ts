import type { FunctionEvent, LogLine, Span } from "../kernel/telemetry.ts";
import type { CriticalPaths } from "./critical-path.ts";
import type { Frame } from "./issues/frames.ts";

/** A record with its place in the order of recording. Places grow across restarts, so one is a cursor. */
export interface Numbered<T> {
  readonly seq: number;
  readonly record: T;
}

export interface StoredLine extends LogLine {
  readonly seq: number;
}

/** Every condition given must hold. */
export interface LogQuery {
  readonly account?: string;
  readonly region?: string;
  /** Any of these; all groups when absent or empty. */
  readonly groups?: readonly string[];
  /** Any of these; all streams when absent or empty. */
  readonly streams?: readonly string[];
  /** Epoch milliseconds, included. */
  readonly sinceMs?: number;
  /** Epoch milliseconds, excluded. */
  readonly untilMs?: number;
  /** Text that the message contains; case matters, as in CloudWatch's filter patterns. */
  readonly filter?: string;
  /** A request's id, or the beginning of it. */
  readonly requestId?: string;
  /** A trace's root id, or the beginning of it. */
  readonly traceId?: string;
  /** Lines recorded after this one; they come in the order of recording. */
  readonly afterSeq?: number;
  /** Lines recorded up to and with this one. */
  readonly untilSeq?: number;
  /** Lines that follow this place in the order by time, the way `order` goes. */
  readonly beyond?: { readonly timeMs: number; readonly seq: number };
  /** How many lines at most; 1,000 when absent. */
  readonly limit?: number;
  /** Which end the limit counts from, and comes first. `latest` when absent. */
  readonly order?: "latest" | "oldest";
}

export interface StreamQuery {
  readonly account?: string;
  readonly region?: string;
  readonly group?: string;
}

export interface LogPage {
  readonly lines: readonly StoredLine[];
  /** More lines match than the limit, or what one answer carries, let through. */
  readonly more: boolean;
  /** Lines of these groups that retention has removed since telemetry was last cleared. */
  readonly evicted: number;
}

export interface TraceQuery {
  /** Epoch milliseconds, included: traces that began since. */
  readonly sinceMs?: number;
  /** Epoch milliseconds, excluded: traces that began before. */
  readonly untilMs?: number;
  /** Traces in which this function ran, or was stopped. */
  readonly functionName?: string;
  /** Only traces with a span that did not succeed. */
  readonly failed?: boolean;
  /** Only traces in which the loop guard stopped a function. */
  readonly stopped?: boolean;
  /** How many traces at most; 20 when absent. */
  readonly limit?: number;
}

export interface TraceSummary {
  readonly traceId: string;
  /** What began the trace: `s3.PutObject photos/cat.jpg`. */
  readonly entry: string;
  readonly root: Span;
  readonly startMs: number;
  /** From the first span's start to the last one's end, asynchronous ones included. */
  readonly durationMs: number;
  readonly spanCount: number;
  /** Spans that did not succeed. */
  readonly errorCount: number;
  readonly coldStarts: number;
  /** The loop guard stopped this trace. */
  readonly stopped: boolean;
  /** Names, in the order of their first run. */
  readonly functions: readonly string[];
}

export interface TraceList {
  /** The latest first. */
  readonly traces: readonly TraceSummary[];
  readonly more: boolean;
  /** Spans that retention has removed since telemetry was last cleared. */
  readonly evicted: number;
}

export interface TraceDetail {
  readonly summary: TraceSummary;
  /** By start. */
  readonly spans: readonly Span[];
  /** By time. */
  readonly lines: readonly StoredLine[];
  /** How many traces the asked id or prefix stands for; this is the latest of them. */
  readonly matches: number;
  /** The trace has more spans or lines than an answer carries. */
  readonly truncated: boolean;
  readonly evicted: number;
}

/** A trace with what is worked out of it; an SDK's tries at one call are on a path as the last of them. */
export interface TraceView extends TraceDetail {
  readonly criticalPaths: CriticalPaths;
}

/** An event that reached a function, as it is kept: masked, and without texts that are too large. */
export interface KeptEvent extends Omit<FunctionEvent, "payload" | "result" | "items" | "isMapped"> {
  /** Of one that failed: its stack, told from what the code was made of. */
  readonly frames?: readonly Frame[];
  readonly payload?: string;
  readonly result?: string;
  /** Of the event as it was. */
  readonly payloadBytes: number;
  /**
   * Of a batch, which is of several events: the ids of its records, with blanks between. Where it was asked
   * for, those that are meant; where it is kept, all, with a `!` before each that failed by itself.
   */
  readonly items?: string;
}

export interface EventQuery {
  /** A request's id, that of a message or record, or the beginning of it. */
  readonly id?: string;
  readonly functionName?: string;
  /** Only events whose last attempt failed. */
  readonly failed?: boolean;
  /** Epoch milliseconds, included: by the last attempt. */
  readonly sinceMs?: number;
  /** Epoch milliseconds, excluded. */
  readonly untilMs?: number;
  /** With the texts of event and answer; they are large: ask for few at a time. */
  readonly texts?: boolean;
  /** How many events at most; 20 when absent. */
  readonly limit?: number;
}

export interface EventPage {
  /** The last attempt at each, the latest first. */
  readonly events: readonly KeptEvent[];
  readonly more: boolean;
  /** Attempts at events that retention has removed since telemetry was last cleared. */
  readonly evicted: number;
}

/** How much is kept. What goes beyond it is evicted from the largest groups first, and counted. */
export interface Limits {
  /** What a line weighs is in `lineBytes`. */
  readonly lineBytes: number;
  readonly lineBytesPerGroup: number;
  readonly spans: number;
  /** Per kind of entry, such as all traces that begin with `s3.PutObject` on one bucket. */
  readonly spansPerEntry: number;
  readonly usages: number;
  /** What an event weighs is in events.ts. */
  readonly eventBytes: number;
  readonly eventBytesPerFunction: number;
}

/** A million lines of usual length, and some days of a busy application's requests. */
export const FILE_LIMITS: Limits = {
  lineBytes: 300_000_000,
  lineBytesPerGroup: 60_000_000,
  spans: 1_000_000,
  spansPerEntry: 200_000,
  usages: 1_000_000,
  eventBytes: 200_000_000,
  eventBytesPerFunction: 50_000_000,
};

/** Without a file everything stays in memory. */
export const MEMORY_LIMITS: Limits = {
  lineBytes: 40_000_000,
  lineBytesPerGroup: 20_000_000,
  spans: 100_000,
  spansPerEntry: 50_000,
  usages: 100_000,
  eventBytes: 30_000_000,
  eventBytesPerFunction: 15_000_000,
};

/** What a line counts for in retention: its text, and as much again as its other fields take. */
export const LINE_OVERHEAD_BYTES = 200;

/** The most an answer about one trace carries. */
export const TRACE_ANSWER = { spans: 5_000, lines: 5_000 } as const;
