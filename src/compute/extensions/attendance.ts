import type { InvocationResult } from "../../kernel/functions.ts";
import type { Machinery } from "../machinery.ts";
import { ProcessMemory } from "../memory.ts";
import { extensionFailed, type Outcome, timedOut } from "../outcome.ts";
import { answerEarly, type InvocationRecord, recordInvocation } from "../record.ts";
import { Crew, type CrewFacts, type CrewFailure, type InvokeEvent } from "./crew.ts";

/** The extensions of an environment: with each process of its runtime it has others. */
export class Attendance {
  readonly #facts: Omit<CrewFacts, "phase">;
  readonly #options: Machinery["options"];
  #crew: Crew | undefined;
  /** The last ones are not gone yet. */
  #leaving: Promise<void> | undefined;
  /** They are not done with the last invocation. */
  #finishing: Promise<unknown> | undefined;

  constructor(
    { version, initializationType, log }: Pick<CrewFacts, "version" | "initializationType" | "log">,
    { options, reaper }: Pick<Machinery, "options" | "reaper">,
  ) {
    const { clock, ids } = options;
    this.#facts = { version, initializationType, log, clock, ids, reaper };
    this.#options = options;
  }

  /** What the runtime has to end in; undefined without extensions. */
  get runtimeGraceMs(): number | undefined {
    return this.#crew?.runtimeGraceMs;
  }

  /** The last invocation is answered, and they go on with it. */
  get areAtWork(): boolean {
    return this.#finishing !== undefined;
  }

  /** For a new process, when those of the last one are gone. */
  async begin(phase: "init" | "invoke"): Promise<Crew> {
    await this.#leaving;
    this.#crew = new Crew({ ...this.#facts, phase });
    return this.#crew;
  }

  /** `failed` hears of a failure that keeps the process from its work. What they hold counts as its own. */
  attend(failed: (failure: CrewFailure) => void): ProcessMemory[] {
    if (this.#crew) this.#crew.onFailure = failed;
    return this.#crew?.pids.map((pid) => new ProcessMemory(pid)) ?? [];
  }

  /** Calls `then` when they are ready for invocations: at once where there are none. */
  whenReady(then: () => void): void {
    if (!this.#crew?.hasAny) then();
    else void this.#crew.ready().then((areReady) => areReady && then());
  }

  /** Calls `then` when the environment can have another invocation: at once where there are none. */
  whenFree(then: () => void): void {
    if (this.#finishing || this.#leaving) void this.#rest().then(then);
    else then();
  }

  async #rest(): Promise<void> {
    await this.#finishing;
    await this.#leaving;
  }

  invoke(event: InvokeEvent): void {
    this.#crew?.invoke(event);
  }

  signal(signal: NodeJS.Signals): void {
    this.#crew?.signal(signal);
  }

  /** Their process is gone, or of no more use. */
  leave(outcome?: Outcome): void {
    if (!this.#crew?.hasAny) return;
    const leaving = this.#crew.shutdown(outcome?.status === "timeout" ? "timeout" : "failure").then(() => {
      if (this.#leaving === leaving) this.#leaving = undefined;
    });
    this.#leaving = leaving;
  }

  async end(): Promise<void> {
    await this.#crew?.shutdown("spindown");
  }

  /**
   * The function has answered. Where extensions go on, the caller has the answer now, and the invocation is
   * recorded when they are done; `lost` is called where they do not come to that.
   */
  record(record: InvocationRecord, lost: (outcome: Outcome) => void): InvocationResult {
    if (!this.#crew?.hasAny) return recordInvocation(this.#options, record);
    if (!this.#crew.isAtWork) return recordInvocation(this.#options, { ...record, extensionMs: 0 });
    const whole = this.#finish(this.#crew, record, lost);
    this.#finishing = whole;
    return { ...answerEarly(record), whole };
  }

  async #finish(
    crew: Crew,
    record: InvocationRecord,
    lost: (outcome: Outcome) => void,
  ): Promise<InvocationResult> {
    const { clock } = this.#options;
    const { version, invocation } = record;
    const answeredMs = clock.monotonic();
    const upshot = await crew.done(Math.max(1, version.timeoutMs - record.durationMs));
    const extensionMs = clock.monotonic() - answeredMs;
    let { outcome } = record;
    if (upshot === "timeout") outcome = timedOut(invocation.requestId, version.timeoutMs);
    else if (upshot) outcome = extensionFailed(invocation.requestId, upshot.errorType, upshot.message);
    if (upshot) lost(outcome);
    this.#finishing = undefined;
    const durationMs = record.durationMs + extensionMs;
    return recordInvocation(this.#options, {
      ...record,
      outcome,
      durationMs,
      extensionMs,
      isAnswered: true,
    });
  }
}
