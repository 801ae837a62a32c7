import type { Span } from "../kernel/telemetry.ts";
import { targetOf } from "../observe/summary.ts";

/** Calls of one operation on one resource that a run made. */
export interface CallCount {
  /** `s3.PutObject photos/a.jpg` */
  readonly call: string;
  readonly count: number;
  readonly failed: number;
}

/** What an attempt came to, the first one's or the replay's. */
export interface Ran {
  readonly requestId: string;
  readonly traceId: string;
  readonly version: string;
  readonly failed: boolean;
  readonly errorType?: string;
  readonly durationMs: number;
  readonly result?: string;
  readonly calls: readonly CallCount[];
}

/** What a replay did otherwise. */
export interface Difference {
  readonly sameResult: boolean;
  /** Where the two answers differ: `$.items[0].price`. */
  readonly changes: readonly Change[];
  readonly durationMs: number;
  /** Calls made more often, less often, or with another outcome. */
  readonly calls: readonly CallChange[];
}

export interface Change {
  readonly path: string;
  /** As JSON; absent where there is nothing. */
  readonly before?: string;
  readonly after?: string;
}

export interface CallChange {
  readonly call: string;
  readonly before: number;
  readonly after: number;
  readonly failedBefore: number;
  readonly failedAfter: number;
}

const MOST_CHANGES = 20;
const LONGEST_VALUE = 200;

/** The calls that one attempt made itself. */
export function callsOf(spans: readonly Span[], requestId: string, attempt: number): CallCount[] {
  const run = spans.find(
    (span) => span.kind === "invoke" && span.requestId === requestId && span.attributes.attempt === attempt,
  );
  const counts = new Map<string, CallCount>();
  for (const span of spans) {
    if (!run || span.kind !== "call" || span.parentId !== run.spanId) continue;
    const target = targetOf(span);
    const call = target === "" ? span.name : `${span.name} ${target}`;
    const known = counts.get(call) ?? { call, count: 0, failed: 0 };
    const failed = known.failed + (span.status === "ok" ? 0 : 1);
    counts.set(call, { call, count: known.count + 1, failed });
  }
  return [...counts.values()].sort((one, other) => (one.call < other.call ? -1 : 1));
}

export function differenceOf(before: Ran, after: Ran): Difference {
  const changes = compareTexts(before.result, after.result);
  return {
    sameResult: changes.length === 0 && before.failed === after.failed,
    changes: changes.slice(0, MOST_CHANGES),
    durationMs: after.durationMs - before.durationMs,
    calls: compareCalls(before.calls, after.calls),
  };
}

function compareCalls(before: readonly CallCount[], after: readonly CallCount[]): CallChange[] {
  const none = { count: 0, failed: 0 };
  const names = [...new Set([...before, ...after].map(({ call }) => call))];
  return names.flatMap((call) => {
    const one = before.find((each) => each.call === call) ?? none;
    const other = after.find((each) => each.call === call) ?? none;
    if (one.count === other.count && one.failed === other.failed) return [];
    const failures = { failedBefore: one.failed, failedAfter: other.failed };
    return [{ call, before: one.count, after: other.count, ...failures }];
  });
}

function compareTexts(before: string | undefined, after: string | undefined): Change[] {
  // What was too large to be kept cannot be compared.
  if (before === undefined || after === undefined || before === after) return [];
  const changes: Change[] = [];
  compare(parse(before), parse(after), "$", changes);
  return changes;
}

function compare(before: unknown, after: unknown, path: string, changes: Change[]): void {
  if (changes.length > MOST_CHANGES) return;
  if (isTree(before) && isTree(after) && Array.isArray(before) === Array.isArray(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const name of names) {
      const below = Array.isArray(before) ? `${path}[${name}]` : `${path}.${name}`;
      compare(before[name], after[name], below, changes);
    }
    return;
  }
  const [one, other] = [JSON.stringify(before), JSON.stringify(after)];
  if (one === other) return;
  const shown = (text: string) => text.slice(0, LONGEST_VALUE);
  changes.push({
    path,
    ...(one === undefined ? {} : { before: shown(one) }),
    ...(other === undefined ? {} : { after: shown(other) }),
  });
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
