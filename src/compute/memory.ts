import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { every, type RealTimer } from "../kernel/realtime.ts";

/** How often a busy process is looked at. */
const PERIOD_MS = 25;
/** Children are found by reading every process's entry, which costs more: on each eighth look. */
const GROUP_PERIOD = 8;

/**
 * What a process group holds in memory, from /proc. On systems without it nothing is known and nothing
 * enforced: `peakBytes` is then 0.
 */
export class ProcessMemory {
  readonly pid: number;
  /** The most that the children of the process were seen to hold together with it. */
  groupPeakBytes = 0;
  #ownPeakBytes = 0;
  readonly #others: readonly ProcessMemory[];
  readonly #statm: number | undefined;
  readonly #status: number | undefined;

  /** `others`: processes whose memory counts as its own. */
  constructor(pid: number, others: readonly ProcessMemory[] = []) {
    this.pid = pid;
    this.#others = others;
    this.#statm = openEntry(`/proc/${pid}/statm`);
    this.#status = openEntry(`/proc/${pid}/status`);
  }

  /** What the process holds now. */
  residentBytes(): number {
    return this.#others.reduce((sum, other) => sum + other.#ownBytes(), this.#pages().resident * pageBytes());
  }

  /** The most it ever held, with the most that the others were seen to hold of their own. */
  peakBytes(): number {
    const kibibytes = Number(/VmHWM:\s+(\d+)/.exec(readEntry(this.#status))?.[1] ?? 0);
    const ownBytes = Math.max(kibibytes * 1024, this.groupPeakBytes);
    return this.#others.reduce(
      (sum, other) => sum + Math.max(other.#ownBytes(), other.#ownPeakBytes),
      ownBytes,
    );
  }

  /** Without pages of files: where two run one program, they hold those together. */
  #ownBytes(): number {
    const { resident, shared } = this.#pages();
    const bytes = (resident - shared) * pageBytes();
    this.#ownPeakBytes = Math.max(this.#ownPeakBytes, bytes);
    return bytes;
  }

  #pages(): { readonly resident: number; readonly shared: number } {
    const [, resident, shared] = readEntry(this.#statm).split(" ");
    return { resident: Number(resident) || 0, shared: Number(shared) || 0 };
  }

  close(): void {
    for (const other of this.#others) other.close();
    for (const entry of [this.#statm, this.#status]) if (entry !== undefined) closeSync(entry);
  }
}

interface Watched {
  readonly memory: ProcessMemory;
  readonly limitBytes: number;
  readonly over: () => void;
}

/** Looks at the processes that are busy and tells when one holds more than its function was given. */
export class MemoryWatch {
  readonly #watched = new Set<Watched>();
  #timer: RealTimer | undefined;
  #looks = 0;

  /** Calls `over` at most once; the returned function ends the watch. */
  start(memory: ProcessMemory, limitBytes: number, over: () => void): () => void {
    const entry: Watched = { memory, limitBytes, over };
    this.#watched.add(entry);
    this.#timer ??= every(PERIOD_MS, () => this.#look());
    return () => this.#watched.delete(entry);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #look(): void {
    if (this.#watched.size === 0) this.close();
    const groups = this.#looks++ % GROUP_PERIOD === GROUP_PERIOD - 1 ? groupBytes() : undefined;
    for (const entry of this.#watched) {
      const together = groups?.get(entry.memory.pid) ?? 0;
      entry.memory.groupPeakBytes = Math.max(entry.memory.groupPeakBytes, together);
      if (Math.max(entry.memory.residentBytes(), together) <= entry.limitBytes) continue;
      this.#watched.delete(entry);
      entry.over();
    }
  }
}

const buffer = Buffer.alloc(4096);

function openEntry(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch {
    return undefined;
  }
}

function readEntry(entry: number | undefined): string {
  if (entry === undefined) return "";
  try {
    return buffer.toString("latin1", 0, readSync(entry, buffer, 0, buffer.length, 0));
  } catch {
    // The process is gone.
    return "";
  }
}

let knownPageBytes = 0;

/** /proc counts pages without saying how large they are: this process's own entry tells. */
function pageBytes(): number {
  if (knownPageBytes) return knownPageBytes;
  const statm = openEntry("/proc/self/statm");
  const pages = Number(readEntry(statm).split(" ")[1]) || 1;
  if (statm !== undefined) closeSync(statm);
  knownPageBytes = 2 ** Math.round(Math.log2(process.memoryUsage.rss() / pages));
  return knownPageBytes;
}

/** Resident bytes by process group, over the whole machine. */
function groupBytes(): Map<number, number> {
  const groups = new Map<number, number>();
  for (const pid of processIds()) {
    const stat = statFields(pid);
    const group = Number(stat[2]);
    groups.set(group, (groups.get(group) ?? 0) + Number(stat[21]) * pageBytes());
  }
  return groups;
}

/** Of all processes; none where the system does not tell, or has no file handle left to tell it with. */
export function processIds(): string[] {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** The fields of /proc/<pid>/stat from the state on: the program's name before it may hold anything. */
export function statFields(pid: string): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}
