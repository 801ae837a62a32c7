import { type Clock, createClock, type Timer } from "../kernel/clock.ts";
import type { Log } from "../kernel/log.ts";
import type { LogLine, Recorder, Span, Usage } from "../kernel/telemetry.ts";
import { Followers } from "./follow.ts";
import { MemoryKeeper } from "./memory.ts";
import {
  DEFAULT_LIMITS,
  type Limits,
  type LogPage,
  type LogQuery,
  type Numbered,
  type StoredLine,
  type TraceDetail,
  type TraceList,
  type TraceQuery,
} from "./model.ts";
import type { Keeper } from "./records.ts";

/** What the platform saw: records go in by `recorder`, answers come out. */
export interface Observe {
  /** Costs a few microseconds and touches no file: safe on the path of a request. */
  readonly recorder: Recorder;
  traces(query: TraceQuery): Promise<TraceList>;
  /** By root id, a prefix of it, a request id or a prefix of that; the latest trace when absent. */
  trace(id: string | undefined): Promise<TraceDetail | undefined>;
  logs(query: LogQuery): Promise<LogPage>;
  /** The lines that match already, then each as it is recorded, each once, until the signal aborts. */
  follow(query: LogQuery, signal: AbortSignal): AsyncIterable<StoredLine>;
  /** Resolves when all that was recorded before is kept. */
  flush(): Promise<void>;
  /** Forgets everything: the reset of an ephemeral platform. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export interface ObserveOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: Limits;
}

/** Records wait this long for company. Real time: a test that turns its clock does not meet this timer. */
const FLUSH_MS = 250;

export function createObserve(options: ObserveOptions): Observe {
  const keeper: Keeper = new MemoryKeeper(options.limits ?? DEFAULT_LIMITS);
  const flushClock = createClock();
  let timer: Timer | undefined;
  // Microseconds since the epoch: no run can record so fast that the next one's places overlap.
  let lastSeq = Math.floor(options.clock.now() * 1_000);
  let spans: Numbered<Span>[] = [];
  let lines: Numbered<LogLine>[] = [];
  let usages: Numbered<Usage>[] = [];

  const flush = async () => {
    timer?.cancel();
    timer = undefined;
    const batch = { spans, lines, usages, evicted: [] };
    spans = [];
    lines = [];
    usages = [];
    await keeper.append(batch);
  };
  const next = () => {
    timer ??= flushClock.at(flushClock.now() + FLUSH_MS, flush);
    return ++lastSeq;
  };
  const logs = async (query: LogQuery) => {
    await flush();
    return keeper.logs(query);
  };
  const followers = new Followers({ lastSeq: () => lastSeq, logs });
  return {
    recorder: {
      span: (record) => void spans.push({ seq: next(), record }),
      usage: (record) => void usages.push({ seq: next(), record }),
      log(record) {
        const seq = next();
        lines.push({ seq, record });
        followers.publish(record, seq);
      },
    },
    async traces(query) {
      await flush();
      return keeper.traces(query);
    },
    async trace(id) {
      await flush();
      return keeper.trace(id);
    },
    logs,
    follow: (query, signal) => followers.follow(query, signal),
    flush,
    async clear() {
      await flush();
      await keeper.clear();
    },
    async close() {
      await flush();
      await keeper.close();
    },
  };
}
