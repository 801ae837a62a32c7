import type { LineStream } from "../kernel/lines.ts";
import type { LogLine, Span, Usage } from "../kernel/telemetry.ts";
import type { SpanQuery } from "../kernel/traces.ts";
import type { Analysis, AnalysisResult } from "./analysis/model.ts";
import type { IssueDetail, IssueList, IssueQuery } from "./issues/model.ts";
import type {
  EventPage,
  EventQuery,
  KeptEvent,
  LogPage,
  LogQuery,
  Numbered,
  StreamQuery,
  TraceDetail,
  TraceList,
  TraceQuery,
} from "./model.ts";

/** Records on their way into a keeper. */
export interface Batch {
  readonly spans: readonly Numbered<Span>[];
  readonly lines: readonly Numbered<LogLine>[];
  readonly usages: readonly Numbered<Usage>[];
  readonly events: readonly Numbered<KeptEvent>[];
  /** What was dropped on the way, because more came than could be kept. */
  readonly evicted: readonly Eviction[];
}

export interface Eviction {
  readonly kind: RecordKind;
  /** The log group, the entry of the trace, the unit, or the function's ARN. */
  readonly group: string;
  readonly count: number;
}

export type RecordKind = "span" | "line" | "usage" | "event" | "strike" | "ending";

/** Where telemetry is kept and asked. */
export interface Keeper {
  append(batch: Batch): Promise<void>;
  traces(query: TraceQuery): Promise<TraceList>;
  /** By root id, a prefix of it, a request id or a prefix of that; the latest trace when absent. */
  trace(id: string | undefined): Promise<TraceDetail | undefined>;
  logs(query: LogQuery): Promise<LogPage>;
  streams(query: StreamQuery): Promise<LineStream[]>;
  events(query: EventQuery): Promise<EventPage>;
  spans(query: SpanQuery): Promise<[Span, ...Span[]][]>;
  issues(query: IssueQuery): Promise<IssueList>;
  /** By id or a prefix of it. */
  issue(id: string): Promise<IssueDetail | undefined>;
  analyse<What extends Analysis["what"]>(
    analysis: Extract<Analysis, { what: What }>,
  ): Promise<AnalysisResult[What]>;
  /** All that retention has removed since telemetry was last cleared, the most first. */
  evictions(): Promise<Eviction[]>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** The log group of a function. */
export function groupOf(functionName: string): string {
  return `/aws/lambda/${functionName}`;
}
