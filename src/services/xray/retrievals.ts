import type * as sdk from "@aws-sdk/client-xray";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { invalid, missing } from "./faults.ts";
import { graphOf } from "./graph.ts";
import { otelSpans } from "./otel.ts";
import { orderedRange, pageStart } from "./ranges.ts";
import { segmentsOf } from "./segments.ts";
import { spansGroup } from "./spans-group.ts";
import { viewOf } from "./views.ts";

interface RetrievalRecord {
  readonly v: 1;
  /** As X-Ray writes them. */
  readonly traceIds: readonly string[];
  readonly sinceMs: number;
  /** Included. */
  readonly untilMs: number;
  readonly startedMs: number;
  readonly cancelledMs?: number;
}

/** Since the start; AWS tells no times. */
const RUNNING_AFTER_MS = 2_000;
const COMPLETE_AFTER_MS = 10_000;
/** How long a token is known. */
const KEPT_MS = 86_400_000;
const MOST_TRACES = 100;
/** Spans of one page, and with that of one trace of it. */
const PAGE = 100;
const TRACE = /^(?:1-)?([0-9a-f]{8})-?([0-9a-f]{24})$/;

const keyOf = ({ account, region }: Scope, ...token: string[]): Key => [
  "xrayRetrieval",
  account,
  region,
  ...token,
];

/**
 * Traces fetched in two steps. AWS looks for them in the log group of spans, and so they need it; what is
 * given is what the platform knows of them, which the group has only a part of.
 */
export const retrievals = {
  async StartTraceRetrieval(input, context) {
    const { store, scope, clock, ids } = context;
    const record: RetrievalRecord = {
      v: 1,
      traceIds: checkTraceIds(input.TraceIds),
      ...orderedRange(input),
      startedMs: clock.now(),
    };
    if (!(await spansGroup(context))) throw missing("The specified log group does not exist.");
    const token = ids.uuid();
    await store.transact(async (tx) => {
      await forgetOld(tx, context);
      tx.set(keyOf(scope, token), record as unknown as Value);
    });
    return { RetrievalToken: token };
  },

  async ListRetrievedTraces(input, context) {
    const { record, status } = await retrievalOf(context, input.RetrievalToken);
    const TraceFormat = input.TraceFormat ?? "XRAY";
    const start = pageStart(input.NextToken);
    const answer = { RetrievalStatus: status, TraceFormat };
    if (status !== "COMPLETE") return { ...answer, Traces: [] };
    const all = (await found(context, record)).flatMap((spans) => {
      const { traceId: Id, durationMs } = viewOf(spans);
      const parts = TraceFormat === "OTEL" ? otelParts(spans) : segmentParts(spans);
      return parts.map((part) => ({ Id, Duration: durationMs / 1000, part }));
    });
    const next = start + PAGE < all.length ? { NextToken: String(start + PAGE) } : {};
    return { ...answer, Traces: tracesOf(all.slice(start, start + PAGE)), ...next };
  },

  async GetRetrievedTracesGraph(input, context) {
    const { record, status } = await retrievalOf(context, input.RetrievalToken);
    const start = pageStart(input.NextToken);
    if (status !== "COMPLETE") return { RetrievalStatus: status, Services: [] };
    const all = graphOf((await found(context, record)).map(viewOf));
    const next = start + PAGE < all.length ? { NextToken: String(start + PAGE) } : {};
    const Services = all.slice(start, start + PAGE).map((Service) => ({ Service, Links: [] }));
    return { RetrievalStatus: status, Services, ...next };
  },

  async CancelTraceRetrieval(input, context) {
    const { store, scope, clock } = context;
    const { token, record, status } = await retrievalOf(context, input.RetrievalToken);
    if (status === "COMPLETE") return {};
    const cancelled: RetrievalRecord = { ...record, cancelledMs: clock.now() };
    await store.transact(async (tx) => tx.set(keyOf(scope, token), cancelled as unknown as Value));
    return {};
  },
} satisfies Handlers<typeof sdk>;

function checkTraceIds(given: readonly string[] = []): string[] {
  if (given.length === 0) throw invalid("TraceIds must not be empty.");
  if (given.length > MOST_TRACES) throw invalid(`At most ${MOST_TRACES} traces can be retrieved.`);
  return given.map((id) => {
    const [, seconds, rest] = TRACE.exec(id) ?? [];
    if (seconds === undefined) throw invalid(`Invalid trace id: ${id}`);
    return `1-${seconds}-${rest}`;
  });
}

async function retrievalOf({ store, scope, clock }: Context, token = "") {
  const value = token === "" ? undefined : await store.transact((tx) => tx.get(keyOf(scope, token)));
  if (value === undefined) throw missing("The retrieval token is not known.");
  const record = value as unknown as RetrievalRecord;
  return { token, record, status: statusOf(record, clock.now()) };
}

export function statusOf(
  { startedMs, cancelledMs }: Pick<RetrievalRecord, "startedMs" | "cancelledMs">,
  nowMs: number,
): sdk.RetrievalStatus {
  if (cancelledMs !== undefined) return "CANCELLED";
  if (nowMs < startedMs + RUNNING_AFTER_MS) return "SCHEDULED";
  return nowMs < startedMs + COMPLETE_AFTER_MS ? "RUNNING" : "COMPLETE";
}

async function found({ traces }: Context, { traceIds, sinceMs, untilMs }: RetrievalRecord) {
  return await traces.spans({ traceIds, sinceMs, untilMs: untilMs + 1, limit: traceIds.length });
}

type Spans = Parameters<typeof segmentsOf>[0];

const segmentParts = (spans: Spans): sdk.Span[] =>
  segmentsOf(spans).map((segment) => ({ Id: segment.id, Document: JSON.stringify(segment) }));

const otelParts = (spans: Spans): sdk.Span[] =>
  segmentsOf(spans)
    .flatMap(otelSpans)
    .map((span) => ({ Id: span.spanId, Document: JSON.stringify(span) }));

interface Part {
  readonly Id: string;
  readonly Duration: number;
  readonly part: sdk.Span;
}

function tracesOf(parts: readonly Part[]): sdk.RetrievedTrace[] {
  const byId = new Map<string, Part[]>();
  for (const each of parts) byId.set(each.Id, [...(byId.get(each.Id) ?? []), each]);
  return [...byId].map(([Id, own]) => ({
    Id,
    Duration: own[0]?.Duration,
    Spans: own.map(({ part }) => part),
  }));
}

async function forgetOld(tx: Transaction, { scope, clock }: Context): Promise<void> {
  for await (const [key, value] of tx.range({ prefix: keyOf(scope) })) {
    if (clock.now() - (value as unknown as RetrievalRecord).startedMs > KEPT_MS) tx.delete(key);
  }
}
