import { type Clock, createClock, type Timer } from "../kernel/clock.ts";
import type { Lines } from "../kernel/lines.ts";
import type { Log } from "../kernel/log.ts";
import type { EventRecorder, Recorder } from "../kernel/telemetry.ts";
import type { Traces } from "../kernel/traces.ts";
import { criticalPathsOf } from "./critical-path.ts";
import { readable } from "./fold.ts";
import { Followers } from "./follow.ts";
import { Intake } from "./intake.ts";
import { hasStack } from "./issues/frames.ts";
import type { IssueDetail, IssueList, IssueQuery } from "./issues/model.ts";
import { News } from "./issues/news.ts";
import { Listeners, linesOf } from "./lines.ts";
import {
  type EventPage,
  type EventQuery,
  FILE_LIMITS,
  type Limits,
  type LogPage,
  type LogQuery,
  MEMORY_LIMITS,
  type StoredLine,
  type TraceDetail,
  type TraceList,
  type TraceQuery,
  type TraceView,
} from "./model.ts";
import type { Batch, Eviction, Keeper } from "./records.ts";
import { createMask } from "./redact.ts";
import { NewStreams } from "./streams.ts";
import { ThreadKeeper } from "./thread-keeper.ts";

/** What the platform saw: records go in by `recorder`, answers come out. */
export interface Observe {
  /** Costs a few microseconds and touches no file: safe on the path of a request. */
  readonly recorder: Recorder & EventRecorder;
  traces(query: TraceQuery): Promise<TraceList>;
  /** By root id, a prefix of it, a request id or a prefix of that; the latest trace when absent. */
  trace(id: string | undefined): Promise<TraceView | undefined>;
  logs(query: LogQuery): Promise<LogPage>;
  /** Events that reached functions. */
  events(query: EventQuery): Promise<EventPage>;
  /** The spans of whole traces. */
  readonly spans: Traces["spans"];
  /** What failed, by how it failed. */
  issues(query: IssueQuery): Promise<IssueList>;
  /** By id or a prefix of it. */
  issue(id: string): Promise<IssueDetail | undefined>;
  /** What all spans of a stretch of time come to. */
  readonly analyse: Keeper["analyse"];
  /** What retention has removed, the most first. */
  evictions(): Promise<Eviction[]>;
  /** Resolves when something fails, or when the signal aborts. */
  failure(signal: AbortSignal): Promise<void>;
  /** The lines that match already, then each as it is recorded, each once, until the signal aborts. */
  follow(query: LogQuery, signal: AbortSignal): AsyncIterable<StoredLine>;
  /** The lines as CloudWatch Logs sees them. */
  readonly lines: Lines;
  /** Resolves when all that was recorded before is kept. */
  flush(): Promise<void>;
  /** Forgets everything: the reset of an ephemeral platform. */
  clear(): Promise<void>;
  /** Keeps what waits, then lets go of the file. */
  close(): Promise<void>;
}

export interface ObserveOptions {
  /** Where telemetry is kept; without it, in memory. */
  readonly file?: string;
  /** Records wait in memory until somebody asks for them or they are many: the ephemeral platform's way. */
  readonly lazy?: boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** Members of events' JSON whose values are masked before they are kept. */
  readonly redact?: readonly RegExp[];
  /** Replaces the usual ones. */
  readonly limits?: Limits;
}

/** Records wait this long for company. Real time: a test that turns its clock does not meet this timer. */
const FLUSH_MS = 250;

/** Without a file, records wait until somebody asks or until so many wait: most tests never ask. */
const EPHEMERAL_WAITING = { records: 20_000, bytes: 8_000_000 };

export function createObserve(options: ObserveOptions): Observe {
  const pump = new Pump(options);
  const { intake } = pump;
  const logs = async (query: LogQuery) => (await pump.current()).logs(query);
  const listeners = new Listeners();
  const newStreams = new NewStreams();
  const news = new News();
  const followers = new Followers({ lastSeq: () => intake.lastSeq, logs });
  return {
    recorder: {
      span(record) {
        intake.span(record);
        if (record.status !== "ok") news.tell();
        pump.arrived();
      },
      wants: (name, startMs, mostASecond) => intake.wants(name, startMs, mostASecond),
      usage(record) {
        intake.usage(record);
        pump.arrived();
      },
      event(record) {
        intake.event(record);
        if (record.failed) news.tell();
        pump.arrived();
      },
      log(record) {
        const seq = intake.log(record);
        newStreams.note(record, seq);
        followers.publish(record, seq);
        listeners.publish(record, seq);
        if (news.isAwaited && record.source === "function" && hasStack(record.message)) news.tell();
        pump.arrived();
      },
    },
    logs,
    events: async (query) => (await pump.current()).events(query),
    traces: async (query) => (await pump.current()).traces(query),
    trace: async (id) => explained(await (await pump.current()).trace(id)),
    spans: async (query) => (await pump.current()).spans(query),
    issues: async (query) => (await pump.current()).issues(query),
    analyse: async (analysis) => (await pump.current()).analyse(analysis),
    evictions: async () => (pump.isIdle ? [] : (await pump.current()).evictions()),
    failure: (signal) => news.next(signal),
    issue: async (id) => (await pump.current()).issue(id),
    follow: (query, signal) => followers.follow(query, signal),
    lines: linesOf({
      hasHistory: options.file !== undefined,
      newStreams,
      listeners,
      logs,
      streams: async (query) => (await pump.current()).streams(query),
      lastSeq: () => intake.lastSeq,
    }),
    flush: () => pump.flush(),
    clear() {
      newStreams.clear();
      return pump.clear();
    },
    close: () => pump.close(),
  };
}

function explained(trace: TraceDetail | undefined): TraceView | undefined {
  if (!trace) return undefined;
  const spans = readable(trace.spans);
  const root = spans.find(({ spanId }) => spanId === trace.summary.root.spanId) ?? trace.summary.root;
  return { ...trace, criticalPaths: criticalPathsOf(spans, root) };
}

/** Carries records from the intake to the keeper, one batch at a time. */
class Pump {
  readonly intake: Intake;
  readonly #options: ObserveOptions;
  /** Real time, whatever clock the platform is on. */
  readonly #timers = createClock();
  #timer: Timer | undefined;
  #keeper: Keeper | undefined;
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: ObserveOptions) {
    this.#options = options;
    // Microseconds since the epoch: no run records so fast that the places of the next one overlap.
    this.intake = new Intake(Math.floor(options.clock.now() * 1_000), createMask(options.redact ?? []));
  }

  /** Sees to it that what has just been taken in is kept in time. */
  arrived(): void {
    if (this.#timer || this.#closed) return;
    if (this.#lazy && !this.#isMuch()) return;
    this.#timer = this.#timers.at(this.#timers.now() + FLUSH_MS, () => void this.flush());
  }

  /** The keeper, once all that was recorded before is in it. */
  async current(): Promise<Keeper> {
    await this.flush();
    return this.#keeper ?? this.#start();
  }

  /** Sends what waits now, batch by batch, one at a time. */
  flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#last = this.#last.then(() => this.#send());
    return this.#last;
  }

  async clear(): Promise<void> {
    this.intake.clear();
    await this.#last;
    await this.#keeper?.clear();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#keeper || !this.#lazy) await this.flush();
    await this.#keeper?.close();
  }

  async #send(): Promise<void> {
    const until = this.intake.lastSeq;
    while ((this.intake.firstSeq ?? Infinity) <= until) {
      // Of what comes meanwhile too: errors are grouped by the code they come from.
      for (let settled = this.intake.settled(); settled; settled = this.intake.settled()) await settled;
      const batch = this.intake.take();
      try {
        await (this.#keeper ?? this.#start()).append(batch);
      } catch (error) {
        await this.#fallBack(batch, error);
      }
    }
  }

  #start(): Keeper {
    const { file, limits, log } = this.#options;
    const options = { file, fileLimits: limits ?? FILE_LIMITS, memoryLimits: limits ?? MEMORY_LIMITS };
    this.#keeper = new ThreadKeeper(options, (message) => log.warn(message));
    return this.#keeper;
  }

  /** Telemetry must not stop the platform: when the engine does not work, this process' memory does. */
  async #fallBack(batch: Batch, error: unknown): Promise<void> {
    const { log, limits } = this.#options;
    const reason = error instanceof Error ? error.message : String(error);
    log.warn(`Telemetry is kept in memory only, from now on: ${reason}`);
    await this.#keeper?.close().catch(() => {});
    // Hardly a start needs it.
    const { MemoryKeeper } = await import("./memory.ts");
    this.#keeper = new MemoryKeeper(limits ?? MEMORY_LIMITS);
    await this.#keeper.append(batch);
  }

  /** Nothing was ever kept, so that the thread need not be started to say so. */
  get isIdle(): boolean {
    return this.#lazy && !this.#keeper;
  }

  get #lazy(): boolean {
    return this.#options.lazy ?? this.#options.file === undefined;
  }

  #isMuch(): boolean {
    return this.intake.size >= EPHEMERAL_WAITING.records || this.intake.bytes >= EPHEMERAL_WAITING.bytes;
  }
}
