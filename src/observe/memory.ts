import type { LineStream } from "../kernel/lines.ts";
import type { LogLine, Span, Usage } from "../kernel/telemetry.ts";
import type { SpanQuery } from "../kernel/traces.ts";
import { analyseSpans } from "./analysis/memory.ts";
import type { Analysis, AnalysisResult } from "./analysis/model.ts";
import { howManyFit } from "./answers.ts";
import { findEvents, weighEvent } from "./events.ts";
import { countIssues, strikesIn } from "./issues/count.ts";
import { detailOf, idsOf } from "./issues/detail.ts";
import type { IssueDetail, IssueList, IssueQuery } from "./issues/model.ts";
import { compareLines, matchesLine } from "./match.ts";
import {
  type EventPage,
  type EventQuery,
  type KeptEvent,
  type Limits,
  type LogPage,
  type LogQuery,
  type Numbered,
  type StoredLine,
  type StreamQuery,
  TRACE_ANSWER,
  type TraceDetail,
  type TraceList,
  type TraceQuery,
} from "./model.ts";
import type { Batch, Eviction, Keeper, RecordKind } from "./records.ts";
import { type Share, thin, weighLine } from "./retention.ts";
import { summariseStreams } from "./streams.ts";
import { entryGroup, rootOf, summarise } from "./summary.ts";

/** Retention runs once a list has grown this much beyond its limit, so that its cost is spread. */
const SLACK = 1.1;

/** Keeps telemetry in this process' memory: for a platform whose machine cannot load the engine. */
export class MemoryKeeper implements Keeper {
  #spans: Numbered<Span>[] = [];
  #lines: Numbered<LogLine>[] = [];
  #usages: Numbered<Usage>[] = [];
  #events: Numbered<KeptEvent>[] = [];
  #eventBytes = 0;
  #lineBytes = 0;
  readonly #evicted: Eviction[] = [];
  readonly #limits: Limits;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  async append(batch: Batch): Promise<void> {
    for (const span of batch.spans) this.#spans.push(span);
    for (const line of batch.lines) {
      this.#lines.push(line);
      this.#lineBytes += weighLine(line.record);
    }
    for (const usage of batch.usages) this.#usages.push(usage);
    for (const event of batch.events) {
      this.#events.push(event);
      this.#eventBytes += weighEvent(event.record);
    }
    this.#evicted.push(...batch.evicted);
    this.#retain();
  }

  async traces(query: TraceQuery): Promise<TraceList> {
    const limit = query.limit ?? 20;
    const found = [...this.#byTrace().values()]
      .map(summarise)
      .filter((trace) => query.sinceMs === undefined || trace.startMs >= query.sinceMs)
      .filter((trace) => query.untilMs === undefined || trace.startMs < query.untilMs)
      .filter((trace) => query.functionName === undefined || trace.functions.includes(query.functionName))
      .filter((trace) => !query.failed || trace.errorCount > 0)
      .filter((trace) => !query.stopped || trace.stopped)
      .sort((a, b) => b.startMs - a.startMs);
    return { traces: found.slice(0, limit), more: found.length > limit, evicted: this.#count("span") };
  }

  async trace(id: string | undefined): Promise<TraceDetail | undefined> {
    const found = [...this.#byTrace().entries()]
      .filter(([traceId, spans]) => id === undefined || belongs(id, traceId, spans))
      .map(([, spans]) => ({ spans, summary: summarise(spans) }))
      .sort((a, b) => b.summary.startMs - a.summary.startMs);
    const latest = found[0];
    if (!latest) return undefined;
    const spans = latest.spans.toSorted((a, b) => a.startMs - b.startMs);
    const { traceId } = latest.summary;
    const page = await this.logs({ traceId, order: "oldest", limit: TRACE_ANSWER.lines });
    return {
      summary: latest.summary,
      spans: spans.slice(0, TRACE_ANSWER.spans),
      lines: page.lines,
      matches: id === undefined ? 1 : found.length,
      truncated: page.more || spans.length > TRACE_ANSWER.spans,
      evicted: this.#count("span"),
    };
  }

  async logs(query: LogQuery): Promise<LogPage> {
    const limit = query.limit ?? 1_000;
    const found: StoredLine[] = [];
    for (const { seq, record } of this.#lines) {
      if (matchesLine(query, record, seq)) found.push({ seq, ...record });
    }
    found.sort(compareLines(query));
    const evicted = this.#count("line", query.groups);
    const sizes = found.slice(0, limit).map(({ message }) => Buffer.byteLength(message));
    const count = howManyFit(sizes, limit);
    return { lines: found.slice(0, count), more: found.length > count, evicted };
  }

  async streams(query: StreamQuery): Promise<LineStream[]> {
    const { group, ...scope } = query;
    const wanted = { ...scope, ...(group === undefined ? {} : { groups: [group] }) };
    return summariseStreams(this.#lines.filter(({ seq, record }) => matchesLine(wanted, record, seq)));
  }

  async events(query: EventQuery): Promise<EventPage> {
    const limit = query.limit ?? 20;
    const found = findEvents(this.#events, query);
    return { events: found.slice(0, limit), more: found.length > limit, evicted: this.#count("event") };
  }

  async spans({ traceIds, sinceMs, untilMs, limit }: SpanQuery): Promise<[Span, ...Span[]][]> {
    return [...this.#byTrace()]
      .filter(([traceId]) => !traceIds || traceIds.includes(traceId))
      .map(([, spans]) => spans.sort((one, other) => one.startMs - other.startMs))
      .filter(([{ startMs }]) => (sinceMs ?? 0) <= startMs && startMs < (untilMs ?? Infinity))
      .sort(([one], [other]) => other.startMs - one.startMs)
      .slice(0, limit);
  }

  async issues(query: IssueQuery): Promise<IssueList> {
    const limit = query.limit ?? 50;
    const found = countIssues(this.#records, query);
    return { issues: found.slice(0, limit), more: found.length > limit, evicted: this.#count("event") };
  }

  async issue(id: string): Promise<IssueDetail | undefined> {
    const [issue] = countIssues(this.#records, { id });
    const strike = strikesIn(this.#records).findLast((each) => each.issue === issue?.id);
    if (!issue || !strike) return undefined;
    const { from, seq, requestId } = strike;
    const sample = this.#events.findLast((each) =>
      from === "attempt" ? each.seq === seq : each.record.requestId === requestId,
    )?.record;
    const message = this.#lines.find((line) => from === "line" && line.seq === seq)?.record.message;
    return detailOf(issue, { strike, sample, message }, sample ? this.#triesAt(sample) : []);
  }

  #triesAt(sample: KeptEvent): KeptEvent[] {
    const [first = ""] = idsOf(sample);
    return this.#events
      .map(({ record }) => record)
      .filter((record) => record.functionArn === sample.functionArn && idsOf(record).includes(first));
  }

  get #records() {
    return { events: this.#events, spans: this.#spans, lines: this.#lines };
  }

  async analyse<What extends Analysis["what"]>(analysis: Extract<Analysis, { what: What }>) {
    const spans = this.#spans.map(({ record }) => record);
    return analyseSpans(spans, analysis) as AnalysisResult[What];
  }

  async evictions(): Promise<Eviction[]> {
    const sums = new Map<string, Eviction>();
    for (const { kind, group, count } of this.#evicted) {
      const key = `${kind} ${group}`;
      sums.set(key, { kind, group, count: count + (sums.get(key)?.count ?? 0) });
    }
    return [...sums.values()].sort((one, other) => other.count - one.count);
  }

  async clear(): Promise<void> {
    this.#events = [];
    this.#eventBytes = 0;
    this.#spans = [];
    this.#lines = [];
    this.#lineBytes = 0;
    this.#usages = [];
    this.#evicted.length = 0;
  }

  async close(): Promise<void> {
    await this.clear();
  }

  #byTrace(): Map<string, [Span, ...Span[]]> {
    const traces = new Map<string, [Span, ...Span[]]>();
    for (const { record } of this.#spans) {
      const spans = traces.get(record.traceId);
      if (spans) spans.push(record);
      else traces.set(record.traceId, [record]);
    }
    return traces;
  }

  #retain(): void {
    const limits = this.#limits;
    if (this.#lineBytes > limits.lineBytes * SLACK) {
      const shares = { capacity: limits.lineBytes, perGroup: limits.lineBytesPerGroup };
      const groupOf = (line: LogLine) => line.group;
      this.#lines = this.#thin("line", this.#lines, { groupOf, weigh: weighLine, ...shares });
      this.#lineBytes = this.#lines.reduce((sum, { record }) => sum + weighLine(record), 0);
    }
    if (this.#eventBytes > limits.eventBytes * SLACK) {
      const shares = { capacity: limits.eventBytes, perGroup: limits.eventBytesPerFunction };
      const groupOf = (event: KeptEvent) => event.functionArn;
      this.#events = this.#thin("event", this.#events, { groupOf, weigh: weighEvent, ...shares });
      this.#eventBytes = this.#events.reduce((sum, { record }) => sum + weighEvent(record), 0);
    }
    if (this.#usages.length > limits.usages * SLACK) {
      const shares = { capacity: limits.usages, perGroup: limits.usages };
      const groupOf = (usage: Usage) => usage.unit;
      this.#usages = this.#thin("usage", this.#usages, { groupOf, weigh: () => 1, ...shares });
    }
    if (this.#spans.length > limits.spans * SLACK) {
      const entries = new Map<string, string>();
      for (const [traceId, trace] of this.#byTrace()) entries.set(traceId, entryGroup(rootOf(trace)));
      const shares = { capacity: limits.spans, perGroup: limits.spansPerEntry };
      const groupOf = (span: Span) => entries.get(span.traceId) ?? "";
      this.#spans = this.#thin("span", this.#spans, { groupOf, weigh: () => 1, ...shares });
    }
  }

  #thin<T>(kind: RecordKind, records: readonly Numbered<T>[], share: Share<T>): Numbered<T>[] {
    const { kept, dropped } = thin(records, share);
    for (const [group, count] of dropped) this.#evicted.push({ kind, group, count });
    return kept;
  }

  #count(kind: RecordKind, groups?: readonly string[]): number {
    let total = 0;
    for (const eviction of this.#evicted) {
      if (eviction.kind !== kind) continue;
      if (!groups?.length || groups.includes(eviction.group)) total += eviction.count;
    }
    return total;
  }
}

function belongs(id: string, traceId: string, spans: readonly Span[]): boolean {
  return traceId.startsWith(id) || spans.some((span) => span.requestId.startsWith(id));
}
