import { platformFault } from "../kernel/faults.ts";
import { bootstrapCommand } from "./entrypoint.ts";
import type { Java } from "./java.ts";
import type { OwnStart } from "./own-start.ts";
import { RuntimeProcess } from "./process.ts";
import type { Reaper } from "./reaper.ts";
import type { RuntimeApi } from "./runtime-api.ts";
import { type Command, type RuntimeKind, runtimeCommand, speaksHttp } from "./runtimes.ts";
import { startVariables } from "./variables.ts";
import { wrapped } from "./wrapper.ts";

/** Enough for a few functions to start at once; a larger burst starts its own processes. */
const WAITING = 3;

/** Kinds of which processes can wait for code. */
type WaitingKind = Exclude<RuntimeKind, "custom" | "java">;

/**
 * Processes with the runtime loaded, waiting for code. Refilled one at a time and never while an
 * environment initialises, so that the refill takes no core from somebody who waits.
 */
export class Pool {
  readonly #waiting = new Map<WaitingKind, RuntimeProcess[]>();
  readonly #wanted = new Set<WaitingKind>();
  readonly #all = new Set<RuntimeProcess>();
  readonly #reaper: Reaper;
  readonly #java: Java;
  #initialising = 0;
  #filling = false;
  #closed = false;

  constructor(reaper: Reaper, java: Java) {
    this.#reaper = reaper;
    this.#java = java;
  }

  /** Has processes of this kind started in the background, from now on, or what they need made ready. */
  want(kind: RuntimeKind): void {
    if (kind === "java") this.#java.prepare();
    if (speaksHttp(kind)) return;
    this.#wanted.add(kind);
    this.#refill();
  }

  /**
   * A process of this kind: a waiting one, or a new one, or one that is started as `own` says. Call
   * `initialised` when it has its code loaded.
   */
  async take(kind: RuntimeKind, own: OwnStart | undefined, api: RuntimeApi): Promise<RuntimeProcess> {
    const process = own ? await this.#startOwn(kind, own) : this.#takeWaiting(kind);
    process.serve(api);
    this.#initialising++;
    return process;
  }

  #takeWaiting(kind: RuntimeKind): RuntimeProcess {
    if (speaksHttp(kind)) throw platformFault("InternalFailure", `No process of kind ${kind} can wait.`);
    this.#wanted.add(kind);
    return this.#waitingOf(kind).shift() ?? this.#start(runtimeCommand(kind));
  }

  async #startOwn(kind: RuntimeKind, own: OwnStart): Promise<RuntimeProcess> {
    const command = wrapped(await this.#ownCommand(kind, own), kind, own);
    return this.#start(command, own);
  }

  async #ownCommand(kind: RuntimeKind, own: OwnStart): Promise<Command> {
    if (kind === "custom") return bootstrapCommand(own);
    if (kind === "java") return this.#java.command(own);
    return runtimeCommand(kind);
  }

  initialised(): void {
    this.#initialising--;
    this.#refill();
  }

  /** Ends the processes that wait, and starts no more. Those taken belong to their environments. */
  close(): Promise<void>[] {
    this.#closed = true;
    this.#java.close();
    const waiting = [...this.#waiting.values()].flat();
    for (const process of waiting) process.signal("SIGKILL");
    return waiting.map((process) => process.gone);
  }

  #waitingOf(kind: WaitingKind): RuntimeProcess[] {
    const waiting = this.#waiting.get(kind) ?? [];
    this.#waiting.set(kind, waiting);
    return waiting;
  }

  #start(command: Command, own?: OwnStart): RuntimeProcess {
    const process = new RuntimeProcess(command, own?.environment ?? startVariables(), own?.taskRoot);
    this.#all.add(process);
    if (process.pid) this.#reaper.add(process.pid);
    void process.gone.then(() => {
      this.#all.delete(process);
      if (process.pid) this.#reaper.remove(process.pid);
    });
    return process;
  }

  #refill(): void {
    if (this.#closed || this.#filling || this.#initialising > 0) return;
    const kind = [...this.#wanted].find((each) => this.#waitingOf(each).length < WAITING);
    if (!kind) return;
    this.#filling = true;
    const done = (again: boolean) => {
      this.#filling = false;
      if (again) this.#refill();
    };
    try {
      this.#fill(kind, done);
    } catch {
      // No such program: the invocation that needs it says so.
      this.#wanted.delete(kind);
      done(true);
    }
  }

  #fill(kind: WaitingKind, done: (again: boolean) => void): void {
    const process = this.#start(runtimeCommand(kind));
    this.#waitingOf(kind).push(process);
    let open = true;
    const once = (again: boolean) => {
      if (!open) return;
      open = false;
      done(again);
    };
    process.onReady(() => once(true));
    void process.gone.then(() => {
      const waiting = this.#waitingOf(kind);
      const index = waiting.indexOf(process);
      if (index >= 0) waiting.splice(index, 1);
      once(false);
    });
  }
}
