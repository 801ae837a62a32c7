import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { Algorithm } from "./checksums.ts";
import { type Reply, type Summer, type Sums, sumHere, type Task } from "./sums.ts";

/** Below, passing the bytes on costs more than it spares. */
const LARGE_BYTES = 1024 ** 2;
const BUFFER_BYTES = 256 * 1024;
/** What one body may have on its way to the thread: 2 MiB. */
const MOST_BUFFERS = 8;

/** The thread ended while a body was being summed. */
class SumsThreadEnded extends Error {
  override readonly name = "SumsThreadEnded";
}

/** Sums for a body of about this size: large ones in a thread of their own, which all of them share. */
export async function openSums(algorithms: readonly Algorithm[], sizeBytes: number): Promise<Summer> {
  if (sizeBytes < LARGE_BYTES) return sumHere(algorithms);
  shared ??= SumsThread.start();
  return shared ? shared.open(algorithms) : sumHere(algorithms);
}

let shared: SumsThread | undefined;

/** It keeps the process alive only while it sums. */
class SumsThread {
  readonly #worker: Worker;
  readonly #bodies = new Map<number, Body>();
  #lastId = 0;

  private constructor(file: URL) {
    this.#worker = new Worker(file, { name: "s3 sums", execArgv: [] });
    this.#worker.unref();
    this.#worker.on("message", (answer: Reply) => {
      const body = this.#bodies.get(answer.id);
      if ("free" in answer) body?.takeBack(answer.free);
      else body?.finish(answer.sums);
    });
    this.#worker.on("error", (error) => this.#fail(error.message));
    this.#worker.on("exit", () => this.#fail("the thread has ended"));
  }

  /** Undefined where the build does not hold it: sums are then made where they are asked for. */
  static start(): SumsThread | undefined {
    const places = ["./s3-sums-thread.js", "../s3-sums-thread.js", "../../../dist/s3-sums-thread.js"];
    const found = places.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(url));
    return found ? new SumsThread(found) : undefined;
  }

  open(algorithms: readonly Algorithm[]): Summer {
    const id = ++this.#lastId;
    if (this.#bodies.size === 0) this.#worker.ref();
    const post = (task: Task, transfer: readonly ArrayBuffer[] = []) =>
      this.#worker.postMessage(task, transfer);
    const body = new Body(id, post, () => {
      this.#bodies.delete(id);
      if (this.#bodies.size === 0) this.#worker.unref();
    });
    this.#bodies.set(id, body);
    post({ id, begin: algorithms });
    return body;
  }

  #fail(message: string): void {
    if (shared === this) shared = undefined;
    for (const body of [...this.#bodies.values()]) body.fail(new SumsThreadEnded(message));
  }
}

/** One body on its way to the thread: its bytes are copied into buffers that go to and fro. */
class Body implements Summer {
  readonly #id: number;
  readonly #post: (task: Task, transfer?: readonly ArrayBuffer[]) => void;
  readonly #close: () => void;
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  #made = 0;
  #filling: Uint8Array<ArrayBuffer> | undefined;
  #filled = 0;
  #wake: (() => void) | undefined;
  #failure: Error | undefined;
  #sums: Sums | undefined;

  constructor(id: number, post: (task: Task, transfer?: readonly ArrayBuffer[]) => void, close: () => void) {
    this.#id = id;
    this.#post = post;
    this.#close = close;
  }

  update(bytes: Uint8Array): Promise<void> | undefined {
    const filling = this.#filling;
    if (!filling || bytes.length > filling.length - this.#filled) return this.#spread(bytes);
    filling.set(bytes, this.#filled);
    this.#filled += bytes.length;
    return undefined;
  }

  async end(): Promise<Sums> {
    this.#send();
    this.#post({ id: this.#id, end: "sums" });
    while (!this.#sums) await this.#news();
    this.#close();
    return this.#sums;
  }

  drop(): void {
    this.#post({ id: this.#id, end: "drop" });
    this.#close();
  }

  takeBack(buffer: Uint8Array<ArrayBuffer>): void {
    this.#free.push(buffer);
    this.#wake?.();
  }

  finish(sums: Sums): void {
    this.#sums = sums;
    this.#wake?.();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#close();
    this.#wake?.();
  }

  async #spread(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const filling = this.#filling ?? (await this.#take());
      const piece = bytes.subarray(at, at + filling.length - this.#filled);
      filling.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === filling.length) this.#send();
    }
  }

  async #take(): Promise<Uint8Array<ArrayBuffer>> {
    for (;;) {
      const buffer = this.#free.pop() ?? this.#make();
      if (buffer) {
        this.#filling = buffer;
        return buffer;
      }
      await this.#news();
    }
  }

  #make(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#made === MOST_BUFFERS) return undefined;
    this.#made++;
    return new Uint8Array(BUFFER_BYTES);
  }

  #send(): void {
    const bytes = this.#filling;
    if (!bytes) return;
    this.#post({ id: this.#id, bytes, length: this.#filled }, [bytes.buffer]);
    this.#filling = undefined;
    this.#filled = 0;
  }

  /** Resolves when the thread has said something; throws when it has ended. */
  async #news(): Promise<void> {
    if (!this.#failure) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure) throw this.#failure;
  }
}
