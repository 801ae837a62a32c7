import { type Clock, createClock, type Timer } from "../../kernel/clock.ts";
import type { Ids } from "../../kernel/ids.ts";
import type { Log } from "../../kernel/log.ts";
import type { OtlpFigures, OtlpSignal, OtlpTarget } from "../../kernel/otlp-target.ts";
import { bodyOf, post } from "./post.ts";
import { Waiting } from "./waiting.ts";

export interface LaneOptions<T> {
  readonly target: OtlpTarget;
  readonly signal: OtlpSignal;
  readonly log: Log;
  readonly ids: Pick<Ids, "fraction">;
  readonly weigh: (record: T) => number;
  /** The request that carries the records. */
  readonly toRequest: (records: readonly T[]) => object;
}

/** What waits at most; beyond it, records are dropped. Bytes, roughly. */
const WAITING = { records: 50_000, weight: 32_000_000 };
/** What one request carries: making it holds up the platform for a few milliseconds. */
const REQUEST = { records: 512, weight: 1_000_000 };
/** So long records wait for company. Real time: the collector's is no other. */
const COMPANY_MS = 1_000;
/** Between two tries; doubled each time, with chance, so that many do not come at once. */
const BACKOFF = { firstMs: 500, mostMs: 30_000 };
/** A request is given up when it has been tried for so long. */
const PERSISTENCE_MS = 5 * 60_000;
/** So often a problem is told in the log. */
const TOLD_EVERY_MS = 60_000;

/** One signal's records on their way to a collector: batched, one request at a time, tried again. */
export class Lane<T> {
  readonly #options: LaneOptions<T>;
  readonly #waiting: Waiting<T>;
  readonly #clock: Clock = createClock();
  #timer: Timer | undefined;
  #sending: Promise<void> | undefined;
  readonly #stop = new AbortController();
  #inRequest = 0;
  #sent = 0;
  #lost = 0;
  #toldMs = Number.NEGATIVE_INFINITY;
  #toldLost = 0;
  lastProblem: string | undefined;

  constructor(options: LaneOptions<T>) {
    this.#options = options;
    this.#waiting = new Waiting(WAITING, options.weigh);
  }

  get figures(): OtlpFigures {
    const dropped = this.#waiting.dropped + this.#lost;
    return { sent: this.#sent, dropped, waiting: this.#waiting.size + this.#inRequest };
  }

  push(record: T): void {
    this.#waiting.push(record);
    if (this.#sending || this.#stop.signal.aborted) return;
    if (this.#waiting.size >= REQUEST.records) this.#begin();
    else this.#timer ??= this.#clock.at(this.#clock.now() + COMPANY_MS, () => this.#begin());
  }

  /** Sends what waits; each request is tried once more at most, and then given up. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#begin();
    await this.#sending;
    this.#tellLost();
  }

  /** Sends what waits now; resolves when it has been sent or given up. */
  async flush(): Promise<void> {
    this.#begin();
    await this.#sending;
  }

  #begin(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      const records = this.#waiting.take(REQUEST);
      this.#inRequest = records.length;
      await this.#sendTogether(records);
      this.#inRequest = 0;
      this.#tellLost();
    }
  }

  /** Of records of which no request can be made, whatever the reason, those are lost that are to blame. */
  async #sendTogether(records: readonly T[]): Promise<void> {
    const { target, signal, toRequest } = this.#options;
    let body: Uint8Array;
    try {
      body = await bodyOf(target, signal, toRequest(records));
    } catch (error) {
      if (records.length === 1) return this.#lose(1, `no request can be made of one: ${String(error)}`);
      const half = records.length >> 1;
      await this.#sendTogether(records.slice(0, half));
      return this.#sendTogether(records.slice(half));
    }
    await this.#send(body, records.length);
  }

  async #send(body: Uint8Array, count: number): Promise<void> {
    const { target, signal } = this.#options;
    const untilMs = this.#clock.now() + PERSISTENCE_MS;
    for (let attempt = 1; ; attempt++) {
      const isLast = this.#stop.signal.aborted;
      const answer = await post(target, signal, body, this.#clock.now());
      if (answer.problem !== undefined) this.lastProblem = answer.problem;
      if (answer.kind === "taken") {
        this.#sent += count - answer.rejected;
        if (answer.rejected > 0) this.#lose(answer.rejected, answer.problem ?? "rejected");
        // What cost nothing is over.
        else if (this.figures.dropped === 0) this.lastProblem = answer.problem;
        return;
      }
      // At the end one try is enough: what waits behind would fare no better.
      if (answer.kind === "later" && isLast) {
        return this.#lose(count + this.#waiting.take(WAITING).length, answer.problem);
      }
      if (answer.kind === "refused" || this.#clock.now() > untilMs) return this.#lose(count, answer.problem);
      this.#tell(`the OTLP collector does not take ${signal}; they wait`, answer.problem);
      const waitMs = answer.afterMs ?? this.#backoffMs(attempt);
      await this.#clock.sleep(Math.min(waitMs, PERSISTENCE_MS), this.#stop.signal).catch(() => {});
    }
  }

  #backoffMs(attempt: number): number {
    const most = Math.min(BACKOFF.mostMs, BACKOFF.firstMs * 2 ** (attempt - 1));
    return most * (0.5 + this.#options.ids.fraction() / 2);
  }

  #lose(count: number, problem: string): void {
    this.#lost += count;
    this.lastProblem = problem;
  }

  #tellLost(): void {
    const { dropped } = this.figures;
    if (dropped === this.#toldLost) return;
    const problem = this.lastProblem ?? "more came than could wait";
    this.#tell(`${this.#options.signal} were not sent to the OTLP collector`, problem);
  }

  /** Not more often than once a minute, with what was lost since; at the end once more. */
  #tell(message: string, problem: string): void {
    const nowMs = this.#clock.now();
    if (nowMs < this.#toldMs + TOLD_EVERY_MS && !this.#stop.signal.aborted) return;
    const { dropped } = this.figures;
    const lost = dropped - this.#toldLost;
    this.#toldMs = nowMs;
    this.#toldLost = dropped;
    this.#options.log.warn(message, { problem, ...(lost > 0 ? { dropped: lost } : {}) });
  }
}
