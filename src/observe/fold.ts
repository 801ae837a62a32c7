import type { Span } from "../kernel/telemetry.ts";

/** The spans as one reads them: an SDK's tries at a call as one, and waits between attempts beside them. */
export function readable(spans: readonly Span[]): Span[] {
  return waitsBetween(foldTries(spans));
}

/**
 * Waits for one more attempt from the end of the one before: a queue tells them from when the event came.
 */
function waitsBetween(spans: readonly Span[]): Span[] {
  const ran = new Map<string, number>();
  for (const { kind, parentId, startMs, durationMs } of spans)
    if (kind === "invoke" && parentId !== undefined) ran.set(parentId, startMs + durationMs);
  const lastEndMs = new Map<string, number>();
  const starts = new Map<string, number>();
  const ends = ({ startMs, durationMs }: Span) => startMs + durationMs;
  const waits = spans.filter(({ kind, status }) => kind === "queue" && status === "ok");
  for (const wait of waits.sort((one, other) => ends(one) - ends(other))) {
    const event = `${wait.parentId} ${wait.name}`;
    const before = lastEndMs.get(event) ?? Number.NEGATIVE_INFINITY;
    if (before > wait.startMs && before <= ends(wait)) starts.set(wait.spanId, before);
    const end = ran.get(wait.spanId);
    if (end !== undefined) lastEndMs.set(event, end);
  }
  return spans.map((span) => {
    const startMs = span.kind === "queue" ? starts.get(span.spanId) : undefined;
    return startMs === undefined ? span : { ...span, startMs, durationMs: ends(span) - startMs };
  });
}

/**
 * The spans with the tries of an SDK at one call as one: from the first to the end of the last, as the last
 * ended. `tries` and `waitedMs`, the time between them, are among its attributes.
 */
function foldTries(spans: readonly Span[]): Span[] {
  const calls = new Map<string, Span[]>();
  for (const span of spans) {
    const { sdkInvocationId } = span.attributes;
    if (span.kind !== "call" || sdkInvocationId === undefined) continue;
    const tries = calls.get(String(sdkInvocationId));
    if (tries) tries.push(span);
    else calls.set(String(sdkInvocationId), [span]);
  }
  const inFavourOf = new Map<Span, Span>();
  const parents = new Map<string, string>();
  for (const tries of calls.values()) {
    const last =
      tries.length > 1 ? tries.sort((one, other) => one.startMs - other.startMs).at(-1) : undefined;
    if (!last) continue;
    for (const each of tries) {
      inFavourOf.set(each, last);
      parents.set(each.spanId, last.spanId);
    }
    calls.set(String(last.attributes.sdkInvocationId), tries);
  }
  return spans.flatMap((span) => {
    const last = inFavourOf.get(span);
    if (last !== undefined && last !== span) return [];
    const parentId = span.parentId === undefined ? undefined : (parents.get(span.parentId) ?? span.parentId);
    const placed = parentId === span.parentId || parentId === undefined ? span : { ...span, parentId };
    return [last ? folded(placed, calls.get(String(span.attributes.sdkInvocationId)) ?? []) : placed];
  });
}

function folded(last: Span, tries: readonly Span[]): Span {
  const startMs = Math.min(...tries.map((each) => each.startMs));
  const durationMs = last.startMs + last.durationMs - startMs;
  const busyMs = tries.reduce((sum, each) => sum + each.durationMs, 0);
  const waitedMs = Math.max(0, durationMs - busyMs);
  return { ...last, startMs, durationMs, attributes: { ...last.attributes, tries: tries.length, waitedMs } };
}
