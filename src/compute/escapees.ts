import { readdir, readFile } from "node:fs/promises";

/**
 * Finds processes that a function started in a group of their own, which the end of its group does not
 * reach. They carry the environment's variables, and its log stream is like no other. Linux only; who
 * also changes its variables gets away.
 */
export class Escapees {
  #streams = new Set<string>();
  #sweep: Promise<void> | undefined;

  /** Kills what is left of the environment with this log stream. Calls made together share one search. */
  kill(logStream: string): Promise<void> {
    this.#streams.add(logStream);
    this.#sweep ??= Promise.resolve().then(() => this.#search());
    return this.#sweep;
  }

  async #search(): Promise<void> {
    const markers = [...this.#streams].map((stream) => `AWS_LAMBDA_LOG_STREAM_NAME=${stream}\0`);
    this.#streams = new Set();
    this.#sweep = undefined;
    const names = await readdir("/proc").catch(() => []);
    const pids = names.map(Number).filter((pid) => pid > 1 && pid !== process.pid);
    await Promise.all(pids.map((pid) => killMarked(pid, markers)));
  }
}

async function killMarked(pid: number, markers: readonly string[]): Promise<void> {
  // Processes of other users cannot be read, and those that end meanwhile are no concern.
  const variables = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
  if (!markers.some((marker) => `${variables}\0`.includes(marker))) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
