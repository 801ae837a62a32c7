import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { after } from "../kernel/realtime.ts";
import { encodeFrame, type Frame, FrameReader } from "./frames.ts";
import type { RuntimeApi } from "./runtime-api.ts";
import type { Command } from "./runtimes.ts";
import { startGroup } from "./start-group.ts";

/** What became of a process: its exit status, the signal that ended it, or why it never started. */
export interface Exit {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly failure?: string;
}

export interface ProcessEvents {
  frame(frame: Frame): void;
  /** Standard output and error. */
  output(chunk: Buffer): void;
  /** Once, after everything that the process had written was read. */
  exit(exit: Exit): void;
}

/** How long a process's channel may stay open after its exit, held by a child that outlived it. */
const CHANNEL_GRACE_MS = 50;

/**
 * Calls `done` when all was read that the process wrote, to any of its pipes, before what is being read
 * now. A pipe that became readable after this round of the event loop had asked is read in the next.
 */
export function whenAllIsRead(done: () => void): void {
  setImmediate(() => setImmediate(done));
}

/**
 * One process with a runtime in it, leader of its own process group. It is spoken to through its channel, or
 * through the Runtime API once it has asked for invocations there; its log may come by the channel then too.
 */
export class RuntimeProcess {
  readonly pid: number;
  readonly #child: ChildProcess;
  #api: RuntimeApi | undefined;
  readonly #channel: Socket;
  readonly #reader = new FrameReader();
  #events: ProcessEvents | undefined;
  #early: Frame[] = [];
  #ready: (() => void) | undefined;
  #exit: Exit | undefined;
  readonly #gone: Promise<void>;

  constructor(command: Command, environment: Readonly<Record<string, string>>, folder?: string) {
    this.#child = startGroup([command.file, ...command.args], {
      env: environment,
      ...(folder === undefined ? {} : { cwd: folder }),
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    this.pid = this.#child.pid ?? 0;
    this.#channel = this.#child.stdio[3] as Socket;
    this.#channel.on("data", (chunk: Buffer) => this.#read(chunk));
    this.#channel.on("error", () => {});
    const output = (chunk: Buffer) => this.#events?.output(chunk);
    this.#child.stdout?.on("data", output);
    this.#child.stderr?.on("data", output);
    this.#gone = new Promise((resolve) => {
      this.#child.on("error", (error) => {
        resolve();
        this.#ended({ status: null, signal: null, failure: error.message });
      });
      this.#child.on("exit", (status, signal) => {
        // Children that the runtime forked do not outlive it.
        this.signal("SIGKILL");
        resolve();
        this.#drain(() => this.#ended({ status, signal }));
      });
    });
  }

  /** Hands the process to its environment. Frames and an exit that came before are told at once. */
  listen(events: ProcessEvents): void {
    this.#events = events;
    for (const frame of this.#early.splice(0)) events.frame(frame);
    if (this.#exit) events.exit(this.#exit);
  }

  /** The API that it finds at its address. */
  serve(api: RuntimeApi): void {
    this.#api = api;
    api.attach({
      pid: this.pid,
      frame: (frame) => this.#hear(frame),
      kill: () => this.signal("SIGKILL"),
    });
  }

  /** A process that nobody listens to any more may say what it likes. */
  forget(): void {
    this.#events = undefined;
  }

  /** Calls `ready` when the runtime is loaded. */
  onReady(ready: () => void): void {
    this.#ready = ready;
  }

  /** Resolves when the process itself is gone. */
  get gone(): Promise<void> {
    return this.#gone;
  }

  send(head: object, body?: Uint8Array): void {
    if (this.#api?.isAsked) this.#api.send(head, body);
    else this.#channel.write(encodeFrame(head, body));
  }

  /** Sends a signal to the whole group: children that a function forked stop and die with it. */
  signal(signal: NodeJS.Signals): void {
    if (!this.pid) return;
    try {
      process.kill(-this.pid, signal);
    } catch {
      // The group is gone already.
    }
  }

  #read(chunk: Buffer): void {
    this.#reader.push(chunk);
    for (let frame = this.#reader.next(); frame; frame = this.#reader.next()) this.#hear(frame);
    // A function that writes into the channel itself has broken it.
    if (this.#reader.broken) this.signal("SIGKILL");
  }

  #hear(frame: Frame): void {
    if (frame.head.type === "ready") this.#ready?.();
    else if (this.#events) this.#events.frame(frame);
    else this.#early.push(frame);
  }

  /** Calls `done` when all that the process wrote was read. */
  #drain(done: () => void): void {
    let open = true;
    const end = () => {
      if (!open) return;
      open = false;
      grace.cancel();
      whenAllIsRead(done);
    };
    const grace = after(CHANNEL_GRACE_MS, end);
    const endAfterApi = () => (this.#api ? this.#api.drain(end) : end());
    if (this.#channel.readableEnded || this.#channel.destroyed) endAfterApi();
    else this.#channel.once("close", endAfterApi);
  }

  #ended(exit: Exit): void {
    if (this.#exit) return;
    this.#exit = exit;
    this.#channel.destroy();
    this.#api?.close();
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
    this.#events?.exit(exit);
  }
}
