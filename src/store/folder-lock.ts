import { constants, copyFileSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LOCK_NAME = "owner";
/** Folders this process holds, so that it does not take its own lock for a stale one. */
const held = new Set<string>();

/** Whether the folder has a lock: of a process that runs, or of one that was killed. */
export const hasLock = (folder: string): boolean => readIfThere(join(folder, LOCK_NAME)) !== undefined;

/** The process that has the folder; returned instead of a lock. */
export interface Taken {
  readonly pid: number;
}

/**
 * Takes the folder for this process until `release` is called or the process ends, however it ends: the
 * lock names its process, and one whose process is gone counts for nothing.
 */
export function lockFolder(folder: string): { readonly release: () => void } | Taken {
  const path = join(folder, LOCK_NAME);
  const mine = `${process.pid} ${startOf(process.pid)}`;
  if (held.has(path)) return { pid: process.pid };
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, mine);
  try {
    // A link appears whole or fails: nobody reads a lock that is half written.
    while (!tryLink(draft, path)) {
      const other = readIfThere(path);
      if (other === undefined) continue;
      const pid = Number.parseInt(other, 10);
      if (other !== mine && isRunning(pid, other)) return { pid };
      removeStale(path, other);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  held.add(path);
  return {
    release() {
      if (held.delete(path) && readIfThere(path) === mine) rmSync(path, { force: true });
    },
  };
}

function tryLink(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    return codeOf(error) !== "EEXIST" && tryCreate(draft, path);
  }
}

/** For file systems without links. */
function tryCreate(draft: string, path: string): boolean {
  try {
    copyFileSync(draft, path, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Moves the lock away first: when another process was quicker, what was moved is its lock. */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (readIfThere(aside) === stale) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

function isRunning(pid: number, lock: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== "EPERM") return false;
  }
  return lock === `${pid} ${startOf(pid)}` && !isDead(pid);
}

/** Whether it has ended and its parent has not yet asked how: it still has its id, and nothing else. */
function isDead(pid: number): boolean {
  try {
    return fieldsOf(pid)[0] === "Z";
  } catch {
    return false;
  }
}

/** What the system tells of a process after its command's name, which is in brackets and may hold spaces. */
function fieldsOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/**
 * When the process started, where the system tells (Linux): a process id is used again, also after a
 * restart of the machine or container, so the id of the boot counts too.
 */
function startOf(pid: number): string {
  try {
    // The 22nd field of all.
    const started = fieldsOf(pid)[19];
    return `${started} ${readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()}`;
  } catch {
    return "";
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
