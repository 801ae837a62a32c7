import type { Span } from "../../kernel/telemetry.ts";
import type { Key, Transaction } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { membersOf, spansOf } from "./documents.ts";

/** Of so many nobody has told that they ended; older ones never will. */
const MOST_OPEN = 1000;

const keyOf = ({ scope }: Context, ...ids: string[]): Key => [
  "xrayOpen",
  scope.account,
  scope.region,
  ...ids,
];

interface Open {
  readonly document: string;
  readonly startMs: number;
}

/** Keeps segments that are in progress until the whole of them comes. */
export async function settleOpen(
  context: Context,
  open: readonly string[],
  ended: readonly Span[],
): Promise<void> {
  await context.store.transact(async (tx) => {
    for (const { traceId, spanId } of ended) {
      const key = keyOf(context, traceId, spanId);
      if (await tx.get(key)) tx.delete(key);
    }
    for (const document of open) {
      const { trace_id: traceId, id, start_time: start } = membersOf(JSON.parse(document));
      tx.set(keyOf(context, String(traceId), String(id)), { document, startMs: Number(start) * 1000 });
    }
    if (open.length > 0) await forgetOldest(tx, context);
  });
}

async function forgetOldest(tx: Transaction, context: Context): Promise<void> {
  const all: [Key, number][] = [];
  for await (const [key, value] of tx.range({ prefix: keyOf(context) }))
    all.push([key, (value as unknown as Open).startMs]);
  const tooMany = all.length - MOST_OPEN;
  if (tooMany <= 0) return;
  for (const [key] of all.sort(([, one], [, other]) => one - other).slice(0, tooMany)) tx.delete(key);
}

type Traces = readonly (readonly [Span, ...Span[]])[];

/** Traces with what of them is still in progress, and those that have nothing else yet. */
export async function withOpen(
  context: Context,
  traces: Traces,
  isWanted: (span: Span) => boolean,
): Promise<Traces> {
  const byId = new Map(traces.map((spans) => [spans[0].traceId, spans]));
  for (const span of await openSpans(context)) {
    const known = byId.get(span.traceId);
    if (known) byId.set(span.traceId, [...known, span]);
    else if (isWanted(span)) byId.set(span.traceId, [span]);
  }
  return [...byId.values()];
}

async function openSpans(context: Context): Promise<Span[]> {
  return await context.store.transact(async (tx) => {
    const spans: Span[] = [];
    for await (const [, value] of tx.range({ prefix: keyOf(context) })) {
      const read = spansOf((value as unknown as Open).document, { ...context.scope, requestId: "" });
      if ("spans" in read) spans.push(...read.spans);
    }
    return spans;
  });
}
