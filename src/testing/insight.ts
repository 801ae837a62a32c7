import type { ConcurrencyView, InstantView } from "../console/concurrency.ts";
import type { IssueDetailView, IssueListView, IssueView } from "../console/errors.ts";
import type { Warning } from "../console/warnings/rules.ts";
import type { WarningList } from "../console/warnings/warnings.ts";
import type { LoopList, LoopReport } from "../cost/loops.ts";
import type { ThrottleLine, ThrottleReport } from "../delivery/throttle-report.ts";
import { UserError } from "../kernel/faults.ts";
import type { TraceList, TraceSummary, TraceView } from "../observe/model.ts";

/** What a test asks of what happened. Everything that was done before is in the answer. */
export interface Insight {
  /** What failed, each error once however often it was tried; that seen last first. */
  errors(): Promise<readonly IssueView[]>;
  /** One of them with its stack, its tries, the event it failed at and what was logged; by its id. */
  error(id: string): Promise<IssueDetailView | undefined>;
  /** What will go wrong, or costs more than it has to; the worst first. */
  warnings(): Promise<readonly Warning[]>;
  /**
   * A trace with its spans, its log and its critical paths; by its id, by a request's id as SDKs have it in
   * `$metadata.requestId`, or by the beginning of one. Without it, the latest; undefined when there is none.
   */
  trace(id?: string): Promise<TraceView | undefined>;
  /** What has been traced, the latest first, a thousand at most: `traces({ functionName: "orders" })`. */
  traces(query?: TraceQuery): Promise<readonly TraceSummary[]>;
  /** Who was throttled, by which limit, how often and when; also functions that never ran. */
  throttles(functionName?: string): Promise<readonly ThrottleLine[]>;
  /** Loops that were stopped, each with its path and what it would have cost. */
  loops(functionName?: string): Promise<readonly LoopReport[]>;
  /** How many invocations were under way at once: the peak, over time, and by function. */
  concurrency(query?: ConcurrencyQuery): Promise<ConcurrencyView>;
  /** Which invocations were under way at an instant, in which environments; in epoch milliseconds. */
  concurrencyAt(atMs: number, functionName?: string): Promise<InstantView>;
}

export interface TraceQuery {
  /** Those in which this function ran. */
  readonly functionName?: string;
  /** Those in which something failed. */
  readonly failed?: boolean;
}

export interface ConcurrencyQuery {
  readonly functionName?: string;
  /** Epoch milliseconds: since the platform was started when absent. */
  readonly sinceMs?: number;
  /** Until now when absent. */
  readonly untilMs?: number;
}

/** Asks the platform at `endpoint`, which was started at `startedMs`, as the CLI does. */
export function createInsight(endpoint: string, startedMs: number): Insight {
  async function ask<View>(path: string, query: Readonly<Record<string, string>> = {}) {
    const answer = await fetch(`${endpoint}/_nuage/${path}?${new URLSearchParams(query)}`);
    return { status: answer.status, document: (await answer.json()) as View };
  }
  async function find<View>(
    path: string,
    query?: Readonly<Record<string, string>>,
  ): Promise<View | undefined> {
    const { status, document } = await ask<View>(path, query);
    if (status === 200) return document;
    if (status === 404) return undefined;
    throw new UserError((document as { message: string }).message);
  }
  const read = async <View>(path: string, query?: Readonly<Record<string, string>>): Promise<View> =>
    (await find<View>(path, query)) as View;
  const named = (functionName: string | undefined) =>
    functionName === undefined ? {} : { function: functionName };
  return {
    errors: async () => (await read<IssueListView>("errors", { limit: "1000" })).issues,
    warnings: async () => (await read<WarningList>("warnings", { since: String(startedMs) })).warnings,
    error: (id) => find(`errors/${encodeURIComponent(id)}`),
    trace: (id = "latest") => find(`traces/${encodeURIComponent(id)}`),
    async traces({ functionName, failed } = {}) {
      const query = { ...named(functionName), ...(failed ? { failed: "1" } : {}), limit: "1000" };
      return (await read<TraceList>("traces", query)).traces;
    },
    throttles: async (functionName) =>
      (await read<ThrottleReport>("throttles", named(functionName))).throttles,
    loops: async (functionName) => (await read<LoopList>("loops", named(functionName))).loops,
    concurrency: ({ functionName, sinceMs = startedMs, untilMs } = {}) =>
      read("concurrency", {
        ...named(functionName),
        since: String(sinceMs),
        ...(untilMs === undefined ? {} : { until: String(untilMs) }),
      }),
    concurrencyAt: (atMs, functionName) => read("concurrency", { ...named(functionName), at: String(atMs) }),
  };
}
