import type { ConcurrencyView, InstantView } from "../console/concurrency.ts";
import type { IssueListView, IssueView } from "../console/errors.ts";
import type { Warning } from "../console/warnings/rules.ts";
import type { WarningList } from "../console/warnings/warnings.ts";
import { UserError } from "../kernel/faults.ts";
import type { TraceView } from "../observe/model.ts";

/** What a test asks of what happened. Everything that was done before is in the answer. */
export interface Insight {
  /** What failed, each error once however often it was tried; that seen last first. */
  errors(): Promise<readonly IssueView[]>;
  /** What will go wrong, or costs more than it has to; the worst first. */
  warnings(): Promise<readonly Warning[]>;
  /**
   * A trace with its spans, its log and its critical paths; by its id, by a request's id as SDKs have it in
   * `$metadata.requestId`, or by the beginning of one. Without it, the latest; undefined when there is none.
   */
  trace(id?: string): Promise<TraceView | undefined>;
  /** How many invocations were under way at once: the peak, over time, and by function. */
  concurrency(query?: ConcurrencyQuery): Promise<ConcurrencyView>;
  /** Which invocations were under way at an instant, in which environments; in epoch milliseconds. */
  concurrencyAt(atMs: number, functionName?: string): Promise<InstantView>;
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
  async function read<View>(path: string, query?: Readonly<Record<string, string>>): Promise<View> {
    const { status, document } = await ask<View>(path, query);
    if (status === 200) return document;
    throw new UserError((document as { message: string }).message);
  }
  const named = (functionName: string | undefined) =>
    functionName === undefined ? {} : { function: functionName };
  return {
    errors: async () => (await read<IssueListView>("errors", { limit: "1000" })).issues,
    warnings: async () => (await read<WarningList>("warnings", { since: String(startedMs) })).warnings,
    async trace(id = "latest") {
      const { status, document } = await ask<TraceView>(`traces/${encodeURIComponent(id)}`);
      return status === 200 ? document : undefined;
    },
    concurrency: ({ functionName, sinceMs = startedMs, untilMs } = {}) =>
      read("concurrency", {
        ...named(functionName),
        since: String(sinceMs),
        ...(untilMs === undefined ? {} : { until: String(untilMs) }),
      }),
    concurrencyAt: (atMs, functionName) => read("concurrency", { ...named(functionName), at: String(atMs) }),
  };
}
