import type { CallSequence } from "./model.ts";

/** A call of a function's that went well. */
export interface OwnCall {
  readonly functionName: string;
  readonly traceId: string;
  /** The invocation. */
  readonly parentId: string;
  readonly target: string;
  readonly startMs: number;
  readonly durationMs: number;
  /** What it came over; absent where that is not known. */
  readonly connection?: unknown;
}

/** Fewer are hardly worth the trouble. */
const LEAST_CALLS = 3;

/**
 * Calls of one kind on one resource that an invocation made one after the other, each begun when the one
 * before had ended, over one connection: calls that are made at once have several, also where each is
 * answered before the next is read. Whether one needs what another has answered cannot be seen; of the same
 * call in a row that is seldom so.
 */
export function sequencesOf(calls: readonly OwnCall[]): CallSequence[] {
  const groups = new Map<string, OwnCall[]>();
  for (const call of calls) {
    const key = `${call.functionName} ${call.parentId} ${call.target}`;
    const group = groups.get(key);
    if (group) group.push(call);
    else groups.set(key, [call]);
  }
  return [...groups.values()].flatMap((group) => {
    if (group.length < LEAST_CALLS) return [];
    const inOrder = group.sort((one, other) => one.startMs - other.startMs);
    const overlaps = inOrder.some((call, at) => {
      const before = inOrder[at - 1];
      return before !== undefined && call.startMs < before.startMs + before.durationMs - 0.5;
    });
    const [first] = inOrder;
    const connections = new Set(inOrder.map(({ connection }) => connection));
    if (overlaps || connections.size > 1 || !first) return [];
    const { functionName, traceId, target, startMs: atMs } = first;
    const lengths = inOrder.map(({ durationMs }) => durationMs);
    const totalMs = lengths.reduce((sum, each) => sum + each, 0);
    const longestMs = Math.max(...lengths);
    return [{ functionName, traceId, target, calls: group.length, totalMs, longestMs, atMs }];
  });
}
