import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Cause, FunctionVersion, Invocation, InvocationResult } from "../kernel/functions.ts";
import { after } from "../kernel/realtime.ts";
import { childTrace, formatTraceHeader } from "../kernel/trace.ts";
import { StreamedAnswer } from "./answer.ts";
import { Attendance } from "./extensions/attendance.ts";
import type { CrewFailure } from "./extensions/crew.ts";
import type { Frame, Left } from "./frames.ts";
import { Freezer } from "./freezer.ts";
import { EnvironmentLog } from "./log.ts";
import type { Machinery } from "./machinery.ts";
import { ProcessMemory } from "./memory.ts";
import {
  answered,
  exited,
  extensionFailed,
  type Outcome,
  outOfMemory,
  reported,
  success,
  timedOut,
  unstartable,
} from "./outcome.ts";
import { type Exit, type RuntimeProcess, whenAllIsRead } from "./process.ts";
import {
  type Attempt,
  type Initialisation,
  type InvocationRecord,
  recordInit,
  recordLeft,
} from "./record.ts";
import * as report from "./report.ts";
import { type Initialised, type SetUpFacts, setUp } from "./set-up.ts";
import { type Event, nextState, type State } from "./state.ts";
import type { Wait, Waiting } from "./waiting.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: then again at invoke. */
const INIT_LIMIT_MS = 10_000;
/** Ahead of all invocations there is more time: so much, or the function's own limit where that is longer. */
const PROVISIONED_INIT_LIMIT_MS = 130_000;
/** How long a process may take to end itself after SIGTERM. */
const SHUTDOWN_MS = 2000;
const MEASURE_EVERY_MS = 25;
const CLOSED = "The environment has ended";
const MEBIBYTE = 1024 * 1024;

/** Runs one version of a function, one invocation at a time, in a process of its own. */
export class Environment {
  readonly log: EnvironmentLog;
  /** When it last came to rest, in milliseconds of the platform's clock. */
  restingSinceMs = 0;
  readonly #machinery: Machinery;
  readonly #version: FunctionVersion;
  readonly #facts: Pick<SetUpFacts, "version" | "initializationType" | "log" | "temporaryFolder">;
  readonly #extensions: Attendance;
  #state: State = "starting";
  #process: RuntimeProcess | undefined;
  #memory: ProcessMemory | undefined;
  #waiting: Waiting | undefined;
  #last: Attempt | undefined;
  #left: Left | undefined;
  #initialisation: Initialisation | undefined;
  #maxMemoryBytes = 0;
  #measuredMs = Number.NEGATIVE_INFINITY;
  #ending: Promise<void> | undefined;
  readonly #freezer: Freezer;

  constructor(machinery: Machinery, version: FunctionVersion, kind: report.InitializationType = "on-demand") {
    this.#machinery = machinery;
    this.#version = version;
    this.log = new EnvironmentLog(machinery.options, version);
    const temporaryFolder = join(machinery.options.folder, "tmp", this.log.stream.slice(-32));
    this.#facts = { version, initializationType: kind, log: this.log, temporaryFolder };
    this.#extensions = new Attendance(this.#facts, machinery);
    machinery.code.hold(version);
    this.#freezer = new Freezer(machinery.options.clock, () => {
      if (this.#state !== "idle" || this.#extensions.areAtWork) return;
      this.#process?.signal("SIGSTOP");
      this.#extensions.signal("SIGSTOP");
      this.#to("froze");
    });
  }

  get state(): State {
    return this.#state;
  }

  /**
   * The init phase. Never rejects: when it goes wrong the environment stays `starting`, and its first
   * invocation initialises it again and answers with what comes of that, as on AWS.
   */
  async start(cause: Cause): Promise<Initialisation> {
    const { clock } = this.#machinery.options;
    this.log.begin(cause);
    this.log.platform(report.initStart(this.#version, this.#facts.initializationType));
    const startMs = clock.now();
    const isAhead = this.#facts.initializationType === "provisioned-concurrency";
    const limitMs = isAhead ? Math.max(PROVISIONED_INIT_LIMIT_MS, this.#version.timeoutMs) : INIT_LIMIT_MS;
    const initialisation = { startMs, ...(await this.#initialise(cause.requestId, limitMs, "init")) };
    // One that was started ahead is nobody's cold start.
    if (!isAhead) this.#initialisation = initialisation;
    recordInit(this.log, this.#version, this.#facts.initializationType, { phase: "init", ...initialisation });
    return initialisation;
  }

  /** Runs the handler. `arrivedMs` is when the invocation began to wait for an environment. */
  async run(invocation: Invocation, arrivedMs: number): Promise<InvocationResult> {
    const { clock, ids } = this.#machinery.options;
    const { requestId } = invocation;
    if (this.#state === "frozen") this.#thaw();
    const spanId = ids.hex(16);
    const startedMs = clock.monotonic();
    this.log.begin(invocation, spanId);
    this.log.platform(report.start(requestId, this.#version.version));
    let outcome: Outcome | undefined;
    if (this.#state === "starting") outcome = await this.#initialiseAgain(requestId);
    if (!outcome) {
      const usedMs = this.#initialisation ? 0 : clock.monotonic() - startedMs;
      outcome = await this.#invoke(invocation, spanId, Math.max(1, this.#version.timeoutMs - usedMs));
    }
    const durationMs = clock.monotonic() - startedMs;
    return this.#record({ invocation, spanId, arrivedMs, outcome, durationMs });
  }

  /** Calls `then` when it can have another invocation: at once, but for extensions that go on. */
  whenFree(then: () => void): void {
    this.#extensions.whenFree(then);
  }

  /** Comes to rest until the next invocation. */
  rest(): void {
    this.restingSinceMs = this.#machinery.options.clock.now();
    if (this.#machinery.options.freeze) this.#freezer.begin();
  }

  /** Ends the process, with a moment to say goodbye, and removes the environment's files. */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /** The same without the moment. */
  kill(): Promise<void> {
    this.#process?.signal("SIGKILL");
    this.#extensions.signal("SIGKILL");
    return this.end();
  }

  async #end(): Promise<void> {
    this.#freezer.close();
    this.#to("ended");
    const process = this.#process;
    if (process) {
      process.signal("SIGTERM");
      process.signal("SIGCONT");
      const kill = after(this.#extensions.runtimeGraceMs ?? SHUTDOWN_MS, () => process.signal("SIGKILL"));
      await process.gone;
      kill.cancel();
    }
    await this.#extensions.end();
    await this.#machinery.escapees.kill(this.log.stream);
    this.#memory?.close();
    this.#memory = undefined;
    this.#machinery.code.release(this.#version);
    await rm(this.#facts.temporaryFolder, { recursive: true, force: true });
  }

  #to(event: Event): void {
    this.#state = nextState(this.#state, event);
  }

  #thaw(): void {
    this.#process?.signal("SIGCONT");
    this.#extensions.signal("SIGCONT");
    this.#to("thawed");
  }

  /** The init that AWS calls suppressed: within the invocation, its time limit and its duration. */
  async #initialiseAgain(requestId: string): Promise<Outcome | undefined> {
    this.#initialisation = undefined;
    const initialised = await this.#initialise(requestId, this.#version.timeoutMs, "invoke");
    if (initialised.outcome.status === "success") return undefined;
    recordInit(this.log, this.#version, this.#facts.initializationType, { phase: "invoke", ...initialised });
    return { ...initialised.outcome, isInit: true };
  }

  async #initialise(requestId: string, limitMs: number, phase: "init" | "invoke"): Promise<Initialised> {
    const { pool, options } = this.#machinery;
    const { clock } = options;
    const crew = await this.#extensions.begin(phase);
    const ready = await setUp(this.#machinery, { ...this.#facts, crew, requestId, limitMs });
    if ("outcome" in ready) {
      crew.tellStates();
      this.#lose(ready.outcome);
      return ready;
    }
    const { process, head, startedMs } = ready;
    // Its end came while the process did.
    if (this.#state === "dead") {
      process.signal("SIGKILL");
      pool.initialised();
      return { outcome: unstartable(requestId, "Sandbox.Failure", CLOSED), durationMs: 0 };
    }
    const leftMs = crew.hasAny ? Math.max(1, limitMs - (clock.monotonic() - startedMs)) : limitMs;
    const outcome = await this.#wait({ requestId, limitMs: leftMs, toldMs: limitMs, process }, () => {
      this.#adopt(process);
      process.send(head);
    });
    pool.initialised();
    crew.tellStates();
    if (outcome.status === "success" && this.#state === "initialising") this.#to("initialised");
    else this.#lose(outcome);
    // A limit that a test's clock has turned to was kept in that clock.
    const durationMs = outcome.status === "timeout" ? limitMs : clock.monotonic() - startedMs;
    const { names } = crew;
    return { outcome, durationMs, ...(names.length > 0 ? { extensions: names } : {}) };
  }

  async #invoke(invocation: Invocation, spanId: string, limitMs: number): Promise<Outcome> {
    const process = this.#process;
    if (!process) return unstartable(invocation.requestId, "Sandbox.Failure", CLOSED);
    this.#to("invoked");
    const { clock } = this.#machinery.options;
    const { crashAfterMs } = invocation;
    const crash = crashAfterMs
      ? clock.at(clock.now() + crashAfterMs, () => process.signal("SIGKILL"))
      : undefined;
    const { requestId, stream } = invocation;
    // What is left of the time after an init within the invocation is less than what AWS tells.
    const toldMs = this.#version.timeoutMs;
    const outcome = await this.#wait({ requestId, limitMs, toldMs, process, stream }, () => {
      // Before it hears of the event: a quick function would have answered by the time of the signal.
      if (crashAfterMs === 0) process.signal("SIGKILL");
      const head = {
        type: "invoke",
        id: requestId,
        arn: invocation.invokedArn,
        remainingMs: limitMs,
        trace: formatTraceHeader(childTrace(invocation.trace, spanId)),
        ...(invocation.clientContext === undefined ? {} : { clientContext: invocation.clientContext }),
      };
      this.#extensions.invoke(head);
      process.send(head, invocation.payload);
    });
    crash?.cancel();
    this.log.flush();
    if (outcome.alive && this.#state === "busy") this.#to("answered");
    else {
      this.#lose(outcome);
      await this.#machinery.escapees.kill(this.log.stream);
    }
    return outcome;
  }

  /** Calls `begin` and resolves with how it ended: an answer, an exit, or the end of time or memory. */
  #wait({ requestId, limitMs, toldMs, process, stream }: Wait, begin: () => void): Promise<Outcome> {
    const { clock } = this.#machinery.options;
    return new Promise((resolve) => {
      const settle = (outcome: Outcome) => {
        if (this.#waiting !== waiting) return;
        this.#waiting = undefined;
        deadline.cancel();
        unwatch?.();
        resolve(outcome);
      };
      let unwatch: (() => void) | undefined;
      const waiting: Waiting = { requestId, settle, stream };
      this.#waiting = waiting;
      // The outcome is told once the process has gone and all that it had printed was read.
      const kill = (verdict: Outcome) => {
        waiting.verdict ??= verdict;
        // Of what is gone nobody can tell how much it held.
        this.#maxMemoryBytes = Math.max(this.#maxMemoryBytes, this.#memory?.peakBytes() ?? 0);
        process.signal("SIGKILL");
      };
      const deadline = clock.at(clock.now() + limitMs, () => kill(timedOut(requestId, toldMs)));
      begin();
      // A process that had ended before it was handed over has settled this already.
      if (!this.#memory || this.#waiting !== waiting) return;
      const over = () => kill(outOfMemory(requestId));
      unwatch = this.#machinery.memory.start(this.#memory, this.#version.memoryMb * MEBIBYTE, over);
    });
  }

  #adopt(process: RuntimeProcess): void {
    this.#process = process;
    const extensions = this.#extensions.attend((failure) => this.#extensionFailed(process, failure));
    this.#memory = new ProcessMemory(process.pid, extensions);
    this.#to("started");
    process.listen({
      frame: (frame) => this.#receive(process, frame),
      output: (chunk) => this.log.output(chunk),
      exit: (exit) => this.#exited(process, exit),
    });
  }

  #receive(process: RuntimeProcess, { head, body }: Frame): void {
    if (head.type === "output") this.log.output(body);
    else if (head.type === "log") this.log.event(body);
    else if (head.type === "left") this.#tellLeft(head);
    const waiting = this.#waiting;
    if (!waiting || waiting.verdict) return;
    if (head.type === "initialised") {
      // Until its extensions are ready too, it can still run out of time or memory.
      this.#extensions.whenReady(() => waiting.verdict || waiting.settle(success(Buffer.alloc(0))));
    } else if (head.type === "failed" || head.type === "fatal") {
      waiting.verdict = reported(body, head.errorType, false);
    } else if (head.type === "begin" && head.id === waiting.requestId) {
      waiting.answer ??= new StreamedAnswer(waiting.stream, head.contentType);
    } else if (head.type === "chunk" && head.id === waiting.requestId) {
      const more = { type: "more", id: head.id, bytes: body.length };
      waiting.answer?.add(body, () => process.send(more));
    } else if (head.type === "answer" && head.id === waiting.requestId) {
      const verdict = answered(head, body, waiting.answer);
      if (head.busy) this.#freezer.hold();
      if (head.peakBytes) this.#maxMemoryBytes = Math.max(this.#maxMemoryBytes, head.peakBytes);
      this.#answered(process, waiting, verdict);
    }
  }

  #extensionFailed(process: RuntimeProcess, { errorType, message }: CrewFailure): void {
    const waiting = this.#waiting;
    if (waiting) waiting.verdict ??= extensionFailed(waiting.requestId, errorType, message);
    if (waiting) process.signal("SIGKILL");
    else this.#lose();
  }

  /** A peak between two looks counts too: the answer of a process that went over its size is void. */
  #answered(process: RuntimeProcess, waiting: Waiting, verdict: Outcome): void {
    this.#measure();
    if (this.#maxMemoryBytes > this.#version.memoryMb * MEBIBYTE) {
      waiting.verdict = outOfMemory(waiting.requestId);
      process.signal("SIGKILL");
      return;
    }
    waiting.verdict = verdict;
    whenAllIsRead(() => waiting.settle(verdict));
  }

  #exited(process: RuntimeProcess, exit: Exit): void {
    if (this.#process !== process) return;
    this.log.flush();
    const waiting = this.#waiting;
    // An answer may have come just before.
    if (waiting) waiting.settle({ ...(waiting.verdict ?? exited(waiting.requestId, exit)), alive: false });
    else if (this.#state !== "dead") this.#lose();
  }

  /** The process is gone or of no more use: the environment starts anew when it is next needed. */
  #lose(outcome?: Outcome): void {
    this.#extensions.leave(outcome);
    this.#process?.signal("SIGKILL");
    this.#process?.forget();
    this.#process = undefined;
    this.#memory?.close();
    this.#memory = undefined;
    if (this.#state !== "starting" && this.#state !== "dead") this.#to("reset");
  }

  /** A look at the process costs a tenth of an invocation: one right after another is saved. */
  #measure(): void {
    const nowMs = this.#machinery.options.clock.monotonic();
    if (nowMs - this.#measuredMs < MEASURE_EVERY_MS) return;
    this.#measuredMs = nowMs;
    this.#maxMemoryBytes = Math.max(this.#maxMemoryBytes, this.#memory?.peakBytes() ?? 0);
  }

  /** It may come before the answer that it came after has been taken for one. */
  #tellLeft(left: Left): void {
    this.#freezer.release();
    if (this.#last?.invocation.requestId !== left.id) this.#left = left;
    else if (left.what !== "") recordLeft(this.#machinery.options, this.#version, this.#last, left.what);
  }

  #record(attempt: Attempt): InvocationResult {
    this.#last = attempt;
    if (this.#left?.id === attempt.invocation.requestId) this.#tellLeft(this.#left);
    this.#left = undefined;
    const initialisation = this.#initialisation;
    this.#initialisation = undefined;
    const isProvisioned = this.#facts.initializationType === "provisioned-concurrency";
    const outOfIt = attempt.outcome.errorType === "Runtime.OutOfMemory";
    const usedMb = Math.ceil(this.#maxMemoryBytes / MEBIBYTE);
    const record: InvocationRecord = {
      ...attempt,
      version: this.#version,
      log: this.log,
      maxMemoryMb: outOfIt ? this.#version.memoryMb : Math.min(usedMb, this.#version.memoryMb),
      ...(initialisation ? { initialisation } : {}),
      ...(isProvisioned ? { isProvisioned } : {}),
    };
    return this.#extensions.record(record, (outcome) => this.#lose(outcome));
  }
}
