import type { ThrottleReason } from "./concurrency.ts";
import type { ThrottleRow } from "./throttles.ts";

/** One function, one limit, one source: how often, when, and what would help. */
export interface ThrottleLine {
  readonly account: string;
  readonly region: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly reason: ThrottleReason;
  readonly limit: number;
  readonly source: string;
  readonly sourceArn?: string;
  readonly count: number;
  /** Epoch milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** The minute with the most throttles. */
  readonly worstMinute: { readonly startMs: number; readonly count: number };
  readonly help: string;
}

export interface ThrottleReport {
  /** The most frequent first. */
  readonly throttles: readonly ThrottleLine[];
  readonly count: number;
}

const MINUTE_MS = 60_000;

/** Adds the minutes of each function, limit and source up. */
export function reportThrottles(rows: readonly ThrottleRow[], functionName?: string): ThrottleReport {
  const lines = new Map<string, ThrottleLine>();
  for (const row of rows) {
    const { name, arn, reason, source, sourceArn = "", count, firstMs, lastMs } = row;
    if (functionName !== undefined && name !== functionName) continue;
    const key = [arn, reason, source, sourceArn].join(" ");
    const known = lines.get(key);
    const minute = { startMs: Math.floor(firstMs / MINUTE_MS) * MINUTE_MS, count };
    lines.set(key, {
      account: row.account,
      region: row.region,
      functionName: name,
      functionArn: arn,
      reason,
      limit: row.limit,
      source,
      ...(sourceArn ? { sourceArn } : {}),
      count: count + (known?.count ?? 0),
      firstMs: known?.firstMs ?? firstMs,
      lastMs,
      worstMinute: known && known.worstMinute.count >= count ? known.worstMinute : minute,
      help: helpFor(row),
    });
  }
  const throttles = [...lines.values()].sort((one, other) => other.count - one.count);
  return { throttles, count: throttles.reduce((sum, { count }) => sum + count, 0) };
}

/** What would have let the invocations through. */
function helpFor({ name, reason, limit, source }: ThrottleRow): string {
  switch (reason) {
    case "ReservedFunctionConcurrentInvocationLimitExceeded":
      if (limit === 0) {
        return `${name} is switched off by a reserved concurrency of 0: DeleteFunctionConcurrency ends that.`;
      }
      return (
        `Raise the reserved concurrency of ${name} above ${limit}, or shorten its runs.` +
        waitingFor(source, limit)
      );
    case "ConcurrentInvocationLimitExceeded":
      return (
        `All ${limit} executions that the account leaves to functions without a reservation were taken. ` +
        `Reserve concurrency for ${name} if it must not wait, bound those that take the most, or ask for a ` +
        "higher quota (nuage start --account-concurrency)."
      );
    case "FunctionInvocationRateLimitExceeded":
      return (
        `${name} grows by ${limit} environments in ten seconds at most: provision concurrency ahead of the ` +
        "burst, or put a queue before it."
      );
    case "ReservedFunctionInvocationRateLimitExceeded":
      return (
        `${limit} synchronous requests a second are ten for each reserved execution: reserve more, make ` +
        "fewer and larger requests, or invoke asynchronously, which has no such rate."
      );
    case "CallerRateLimitExceeded":
      return (
        `${limit} synchronous requests a second are ten for each execution of the account: make fewer and ` +
        "larger requests, or invoke asynchronously, which has no such rate."
      );
  }
}

function waitingFor(source: string, limit: number): string {
  if (source === "sqs") {
    return (
      ` A MaximumConcurrency of ${Math.max(2, limit)} on the event source mapping leaves messages in the ` +
      "queue instead of receiving them in vain."
    );
  }
  return source === "invoke" ? "" : " Its events wait, and are tried again until they are too old.";
}
