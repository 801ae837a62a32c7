import { RuntimeProcess } from "./process.ts";
import type { Reaper } from "./reaper.ts";
import { type RuntimeKind, runtimeCommand } from "./runtimes.ts";
import { startVariables } from "./variables.ts";

/** Enough for a few functions to start at once; a larger burst starts its own processes. */
const WAITING = 3;

/** A start with all variables and in the folder of the code, for what a runtime reads only then. */
export interface OwnStart {
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
}

/**
 * Processes with the runtime loaded, waiting for code. Refilled one at a time and never while an
 * environment initialises, so that the refill takes no core from somebody who waits.
 */
export class Pool {
  readonly #waiting = new Map<RuntimeKind, RuntimeProcess[]>();
  readonly #wanted = new Set<RuntimeKind>();
  readonly #all = new Set<RuntimeProcess>();
  readonly #reaper: Reaper;
  #initialising = 0;
  #filling = false;
  #closed = false;

  constructor(reaper: Reaper) {
    this.#reaper = reaper;
  }

  /** Has processes of this kind started in the background, from now on. */
  want(kind: RuntimeKind): void {
    this.#wanted.add(kind);
    this.#refill();
  }

  /**
   * A process of this kind: a waiting one, or a new one, or one that is started as `own` says. Call
   * `initialised` when it has its code loaded.
   */
  take(kind: RuntimeKind, own?: OwnStart): RuntimeProcess {
    const ready = own ? undefined : this.#waitingOf(kind).shift();
    const process = ready ?? this.#start(kind, own);
    this.#wanted.add(kind);
    this.#initialising++;
    return process;
  }

  initialised(): void {
    this.#initialising--;
    this.#refill();
  }

  /** Ends the processes that wait, and starts no more. Those taken belong to their environments. */
  close(): Promise<void>[] {
    this.#closed = true;
    const waiting = [...this.#waiting.values()].flat();
    for (const process of waiting) process.signal("SIGKILL");
    return waiting.map((process) => process.gone);
  }

  #waitingOf(kind: RuntimeKind): RuntimeProcess[] {
    const waiting = this.#waiting.get(kind) ?? [];
    this.#waiting.set(kind, waiting);
    return waiting;
  }

  #start(kind: RuntimeKind, own?: OwnStart): RuntimeProcess {
    const environment = own?.environment ?? startVariables();
    const process = new RuntimeProcess(runtimeCommand(kind), environment, own?.folder);
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

  #fill(kind: RuntimeKind, done: (again: boolean) => void): void {
    const process = this.#start(kind);
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
