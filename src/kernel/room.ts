import { statfsSync } from "node:fs";
import { platformFault } from "./faults.ts";
import { wallClockMs } from "./realtime.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
/** Small writes may use more of what is left: those that take something away, and say so, are among them. */
const SMALL_BYTES = 16 * KIB;
const KEPT_BYTES = 16 * MIB;
const KEPT_FROM_SMALL_BYTES = 4 * MIB;
/** For how long an answer of the system's holds: to ask takes a tenth of what a small write takes. */
const VALID_MS = 50;

export interface RoomOptions {
  readonly folder: string;
  /** Hears when writes begin to be refused, and when they are taken again. */
  readonly warn: (sentence: string) => void;
  /** What the system says is free, in bytes. */
  readonly freeBytes?: () => number;
  readonly nowMs?: () => number;
}

/**
 * Refuses what would fill the disk to its end. A store that runs out of it in the middle of a write may take
 * the whole process with it, and what has to go to make room could not be taken away any more.
 */
export class Room {
  readonly #options: RoomOptions;
  readonly #nowMs: () => number;
  #freeBytes = 0;
  #askedMs = Number.NEGATIVE_INFINITY;
  #isFull = false;

  constructor(options: RoomOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? wallClockMs;
  }

  /** So many bytes are about to be written: a Fault where there is no room for them. */
  take(bytes: number): void {
    const isSmall = bytes <= SMALL_BYTES;
    const neededBytes = bytes + (isSmall ? KEPT_FROM_SMALL_BYTES : KEPT_BYTES);
    if (this.#known() < neededBytes && this.#ask() < neededBytes) this.#refuse();
    this.#freeBytes -= bytes;
    if (this.#isFull && this.#freeBytes >= 2 * KEPT_BYTES) this.#openAgain();
  }

  #known(): number {
    return this.#nowMs() - this.#askedMs < VALID_MS ? this.#freeBytes : this.#ask();
  }

  #ask(): number {
    const { folder, freeBytes = () => freeBytesOf(folder) } = this.#options;
    this.#askedMs = this.#nowMs();
    this.#freeBytes = freeBytes();
    return this.#freeBytes;
  }

  #refuse(): never {
    const { folder, warn } = this.#options;
    const left = Math.max(0, Math.floor(this.#freeBytes / MIB));
    const sentence = `The disk of ${folder} is full: ${left} MiB are left.`;
    if (!this.#isFull) warn(`${sentence} Writes are refused until there is room.`);
    this.#isFull = true;
    throw platformFault("InternalFailure", sentence);
  }

  #openAgain(): void {
    this.#isFull = false;
    this.#options.warn(`There is room again on the disk of ${this.#options.folder}.`);
  }
}

function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
