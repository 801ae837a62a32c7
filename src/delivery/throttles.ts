import type { FunctionVersion } from "../kernel/functions.ts";
import type { Key, Store, Transaction, Value } from "../store/store.ts";
import type { Throttle, ThrottleReason } from "./concurrency.ts";
import type { DeliveryOptions } from "./options.ts";

/** Throttles of one function by one limit and from one source within one minute. */
export interface ThrottleRow {
  readonly v: 1;
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly arn: string;
  readonly reason: ThrottleReason;
  /** What the limit allowed: executions at once, requests a second, or new environments in ten seconds. */
  readonly limit: number;
  /** `invoke`, or the service whose event it was. */
  readonly source: string;
  /** Who called, or the ARN of what sent the event. */
  readonly sourceArn?: string;
  /** Epoch milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
}

/** Who was throttled, when, and by which limit. */
export interface ThrottleBook {
  /** Costs the path of an invocation no write: what is noted is written behind it, all that waits at once. */
  note(version: FunctionVersion, throttle: Throttle, from: { source: string; sourceArn?: string }): void;
  /** The rows of minutes since, the oldest first, once all that was noted is written. */
  rows(sinceMs: number): Promise<ThrottleRow[]>;
}

const ROWS: Key = ["throttles"];
const MINUTE_MS = 60_000;
const KEPT_MS = 7 * 24 * 60 * MINUTE_MS;
/** Rows that wait to be written. Beyond it their sources are told apart no more. */
const MOST_WAITING = 1000;

type BookOptions = Pick<DeliveryOptions, "clock" | "lifecycle" | "log"> & { readonly store: Store };

export function createThrottleBook({ store, clock, lifecycle, log }: BookOptions): ThrottleBook {
  let waiting = new Map<string, ThrottleRow>();
  let writing: Promise<void> | undefined;
  const write = async (): Promise<void> => {
    const end = lifecycle.begin();
    try {
      while (waiting.size > 0) {
        const rows = [...waiting.values()];
        waiting = new Map();
        await store.transact((tx) => addRows(tx, rows, clock.now()));
      }
    } catch (error) {
      log.error("throttles could not be written down", { error });
    } finally {
      writing = undefined;
      end();
    }
  };
  return {
    note(version, { reason, limit }, { source, sourceArn: given }) {
      const nowMs = clock.now();
      const { account, region, name, arn } = version;
      const sourceArn = waiting.size < MOST_WAITING ? given : undefined;
      const id = [minuteOf(nowMs), arn, reason, source, sourceArn].join(" ");
      const known = waiting.get(id);
      const first = { v: 1, account, region, name, arn, reason, source, firstMs: nowMs, count: 0 } as const;
      const row = known ?? { ...first, ...(sourceArn ? { sourceArn } : {}) };
      waiting.set(id, { ...row, limit, lastMs: nowMs, count: row.count + 1 });
      writing ??= write();
    },
    async rows(sinceMs) {
      await writing;
      return store.transact(async (tx) => {
        const rows: ThrottleRow[] = [];
        const range = { prefix: ROWS, gte: [...ROWS, minuteOf(sinceMs)] };
        for await (const [, value] of tx.range(range)) rows.push(value as unknown as ThrottleRow);
        return rows.filter(({ lastMs }) => lastMs >= sinceMs);
      });
    },
  };
}

async function addRows(tx: Transaction, rows: readonly ThrottleRow[], nowMs: number): Promise<void> {
  for (const row of rows) {
    const { arn, reason, source, sourceArn = "" } = row;
    const key: Key = [...ROWS, minuteOf(row.firstMs), arn, reason, source, sourceArn];
    const known = (await tx.get(key)) as ThrottleRow | undefined;
    const whole = known ? { ...row, firstMs: known.firstMs, count: known.count + row.count } : row;
    tx.set(key, whole as unknown as Value);
  }
  tx.clear({ prefix: ROWS, lt: [...ROWS, minuteOf(nowMs - KEPT_MS)] });
}

const minuteOf = (timeMs: number): number => Math.floor(timeMs / MINUTE_MS);
