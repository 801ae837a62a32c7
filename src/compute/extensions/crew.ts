import type { Clock, Timer } from "../../kernel/clock.ts";
import { Fault } from "../../kernel/faults.ts";
import type { FunctionVersion } from "../../kernel/functions.ts";
import type { Ids } from "../../kernel/ids.ts";
import { after, wallClockMs } from "../../kernel/realtime.ts";
import type { EnvironmentLog } from "../log.ts";
import { exitText } from "../outcome.ts";
import type { Exit } from "../process.ts";
import type { Reaper } from "../reaper.ts";
import * as report from "../report.ts";
import { Extension, type LifecycleEvent } from "./extension.ts";
import { ExtensionProcess, extensionFiles } from "./extension-process.ts";
import { Feed } from "./feed.ts";

/** Of an environment, external and internal together. */
export const MOST_EXTENSIONS = 10;
/**
 * What the end of an environment may take: with external extensions, and with internal ones alone.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
 */
const SHUTDOWN_MS = 2000;
const INTERNAL_SHUTDOWN_MS = 500;
/** The runtime's share, before extensions are told. */
const RUNTIME_SHARE = 0.3;
/** How long one that has reported an error may take to end by itself. */
const FAREWELL_MS = 100;

/** Why extensions keep their function from running, in AWS's words. */
export interface CrewFailure {
  readonly errorType: string;
  readonly message: string;
}

/** What came of waiting for extensions: nothing where they did what was waited for. */
export type Upshot = CrewFailure | "timeout" | undefined;

/** Why an environment's process ends. */
type ShutdownReason = "spindown" | "timeout" | "failure";

/** What an extension hears of an invocation. */
export interface InvokeEvent {
  readonly id: string;
  readonly arn: string;
  readonly remainingMs: number;
  readonly trace: string;
}

export interface CrewFacts {
  readonly version: FunctionVersion;
  readonly initializationType: report.InitializationType;
  /** The invocation's own, where the environment had lost its process. */
  readonly phase: "init" | "invoke";
  readonly log: EnvironmentLog;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly reaper: Pick<Reaper, "add" | "remove">;
}

/**
 * The extensions of one environment, for as long as its runtime's process lasts: they register, take part in
 * each invocation, and are told when it ends. Most environments have none, and nothing is done for them.
 */
export class Crew {
  readonly facts: CrewFacts;
  /** The groups of its processes. */
  readonly pids: number[] = [];
  /** Hears of a failure that nobody waits for. */
  onFailure: ((failure: CrewFailure) => void) | undefined;
  readonly #extensions = new Map<string, Extension>();
  readonly #processes = new Map<Extension, ExtensionProcess>();
  #feed: Feed | undefined;
  /** Who is not there yet can register. */
  #isOpen = true;
  #isInit = true;
  #failure: CrewFailure | undefined;
  #waiting: { readonly holds: () => boolean; readonly done: (upshot: Upshot) => void } | undefined;
  #leaving: Promise<void> | undefined;
  readonly #gone: (() => void)[] = [];
  #isGone = false;

  constructor(facts: CrewFacts) {
    this.facts = facts;
  }

  /** Some have an invocation that they are not done with. */
  get isAtWork(): boolean {
    return !this.#leaving && [...this.#extensions.values()].some(({ state }) => state === "Running");
  }

  get hasAny(): boolean {
    return this.#extensions.size > 0;
  }

  get names(): readonly string[] {
    return [...this.#extensions.values()].map(({ name }) => name);
  }

  get feed(): Feed {
    if (!this.#feed) {
      const { clock, version, log } = this.facts;
      this.#feed = new Feed(() => clock.now(), version.logFormat === "JSON");
      log.feed = this.#feed;
    }
    return this.#feed;
  }

  /** What the runtime has to end in; undefined without extensions. */
  get runtimeGraceMs(): number | undefined {
    if (this.#processes.size > 0) return SHUTDOWN_MS * RUNTIME_SHARE;
    return this.#extensions.size > 0 ? INTERNAL_SHUTDOWN_MS : undefined;
  }

  /** Starts the external extensions, and resolves when all have registered. */
  async muster(
    layersRoot: string | undefined,
    environment: Readonly<Record<string, string>>,
    limitMs: number,
  ): Promise<Upshot> {
    const files = extensionFiles(layersRoot);
    // The environment may have ended meanwhile.
    if (files.length === 0 || this.#leaving) return undefined;
    // Who subscribes hears of what was before.
    const { version, initializationType, phase } = this.facts;
    this.feed.platform(report.initStart(version, initializationType, phase).json);
    for (const [index, file] of files.entries()) {
      const extension = this.#add(file.slice(file.lastIndexOf("/") + 1), false);
      const failure = index < MOST_EXTENSIONS ? this.#launch(extension, file, environment) : TOO_MANY;
      if (!failure) continue;
      extension.state = "LaunchError";
      extension.errorType = failure.reason;
      return { errorType: "Extension.LaunchError", message: failure.message };
    }
    return this.#until(() => this.#external.every(({ state }) => state !== "Started"), limitMs);
  }

  /** Who has not registered by now cannot; resolves when all who have are ready, or will never be. */
  async ready(): Promise<boolean> {
    this.#isOpen = false;
    const upshot = await this.#until(() => this.#rests());
    if (upshot && upshot !== "timeout") this.onFailure?.(upshot);
    return upshot === undefined;
  }

  /** The init phase is over, however it went: the log says of each what became of it. */
  tellStates(): void {
    this.#isOpen = false;
    this.#isInit = false;
    const { log } = this.facts;
    for (const { name, state, events, errorType } of this.#extensions.values()) {
      log.platform(report.extension(name, state, events, errorType));
    }
    this.#feed?.close();
  }

  invoke({ id, arn, remainingMs, trace }: InvokeEvent): void {
    if (this.#extensions.size === 0) return;
    const event = {
      eventType: "INVOKE",
      deadlineMs: Math.round(wallClockMs() + remainingMs),
      requestId: id,
      invokedFunctionArn: arn,
      tracing: { type: "X-Amzn-Trace-Id", value: trace },
    };
    for (const extension of this.#extensions.values()) {
      if (!extension.events.includes("INVOKE")) continue;
      extension.hand(event, { "lambda-extension-event-identifier": this.facts.ids.uuid() });
    }
  }

  /** Resolves when all are done with the invocation. */
  done(limitMs: number): Promise<Upshot> {
    return this.#until(() => this.#rests(), limitMs);
  }

  signal(signal: NodeJS.Signals): void {
    for (const process of this.#processes.values()) process.signal(signal);
  }

  /** Tells those that want to hear of it, and resolves when all are gone. */
  shutdown(reason: ShutdownReason): Promise<void> {
    this.#leaving ??= this.#shutdown(reason);
    return this.#leaving;
  }

  /** Calls `then` when all are gone: at once where there are none. */
  whenGone(then: () => void): void {
    if (this.hasAny && !this.#isGone) this.#gone.push(then);
    else then();
  }

  /** The extension, or why it cannot register: too late, its name is taken, too many, or it has already. */
  register(
    name: string,
    events: readonly LifecycleEvent[],
  ): Extension | "closed" | "known" | "many" | "order" {
    const known = [...this.#extensions.values()].find((each) => each.name === name);
    if (known?.isInternal) return "known";
    if (!known && !this.#isOpen) return "closed";
    if (!known && this.#extensions.size >= MOST_EXTENSIONS) return "many";
    const extension = known ?? this.#add(name, true);
    if (!extension.goTo("Registered")) return "order";
    extension.events = events;
    // Whoever is there may want to subscribe to what goes on.
    void this.feed;
    this.#look();
    return extension;
  }

  isExternal(name: string): boolean {
    return this.#external.some((each) => each.name === name);
  }

  /** By its identifier. */
  find(id: string): Extension | undefined {
    return this.#extensions.get(id);
  }

  get canSubscribe(): boolean {
    return this.#isInit;
  }

  /** An extension has asked for its next event. */
  look(): void {
    this.#look();
  }

  /** An extension has said why it cannot go on: it ends, or is ended. */
  giveUp(extension: Extension): void {
    const process = this.#processes.get(extension);
    if (process) after(FAREWELL_MS, () => process.signal("SIGKILL"));
    else this.#fail({ errorType: `Extension.${extension.state}`, message: extension.errorType ?? "" });
  }

  get #external(): Extension[] {
    return [...this.#extensions.values()].filter(({ isInternal }) => !isInternal);
  }

  #add(name: string, isInternal: boolean): Extension {
    const extension = new Extension(name, this.facts.ids.uuid(), isInternal);
    this.#extensions.set(extension.id, extension);
    return extension;
  }

  #launch(extension: Extension, file: string, environment: Readonly<Record<string, string>>) {
    const { log, reaper } = this.facts;
    try {
      const process = new ExtensionProcess(file, environment, {
        line: (text) => log.extension(text),
        exit: (exit) => {
          reaper.remove(process.pid);
          this.#exited(extension, exit);
        },
      });
      reaper.add(process.pid);
      this.pids.push(process.pid);
      this.#processes.set(extension, process);
      return undefined;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const isDenied = error.message.endsWith("permission denied");
      return { reason: isDenied ? "PermissionDenied" : "UnknownError", message: error.message };
    }
  }

  #exited(extension: Extension, exit: Exit): void {
    if (this.#leaving) {
      extension.state = exit.status === 0 ? "Exited" : "ShutdownFailed";
      return;
    }
    const { state } = extension;
    const kind = state === "InitError" || state === "ExitError" ? state : "Crash";
    this.#fail({ errorType: `Extension.${kind}`, message: exitText(exit) });
  }

  #rests(): boolean {
    return [...this.#extensions.values()].every(({ state }) => state === "Ready");
  }

  /** One phase waits at a time. */
  async #until(holds: () => boolean, limitMs?: number): Promise<Upshot> {
    if (this.#failure || holds()) return this.#failure;
    const { clock } = this.facts;
    let timer: Timer | undefined;
    const upshot = await new Promise<Upshot>((resolve) => {
      this.#waiting = { holds, done: resolve };
      if (limitMs !== undefined) timer = clock.at(clock.now() + limitMs, () => resolve("timeout"));
    });
    timer?.cancel();
    this.#waiting = undefined;
    return upshot;
  }

  #look(): void {
    if (this.#waiting?.holds()) this.#waiting.done(undefined);
  }

  #fail(failure: CrewFailure): void {
    if (this.#failure || this.#leaving) return;
    this.#failure = failure;
    if (this.#waiting) this.#waiting.done(failure);
    else this.onFailure?.(failure);
  }

  async #shutdown(shutdownReason: ShutdownReason): Promise<void> {
    this.#waiting?.done(undefined);
    if (this.#processes.size > 0) await this.#dismiss(shutdownReason);
    if (this.facts.log.feed === this.#feed) this.facts.log.feed = undefined;
    this.#feed?.end();
    this.#isGone = true;
    for (const tell of this.#gone.splice(0)) tell();
  }

  async #dismiss(shutdownReason: ShutdownReason): Promise<void> {
    this.signal("SIGCONT");
    const late = after(SHUTDOWN_MS, () => this.signal("SIGKILL"));
    const deadlineMs = Math.round(wallClockMs() + SHUTDOWN_MS);
    await this.#feed?.flush();
    for (const [extension, process] of this.#processes) {
      if (!extension.events.includes("SHUTDOWN")) process.signal("SIGKILL");
      else extension.hand({ eventType: "SHUTDOWN", deadlineMs, shutdownReason });
    }
    await Promise.all([...this.#processes.values()].map(({ gone }) => gone));
    late.cancel();
  }
}

const TOO_MANY = { reason: "TooManyExtensions", message: "ErrTooManyExtensions" };
