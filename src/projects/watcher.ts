import { type FSWatcher, watch } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, Timer } from "../kernel/clock.ts";
import { isLeftOut } from "./archive.ts";

/** Editors write a file in several steps. */
const QUIET_MS = 25;

/** Tells which files changed in some folders, those of one save together. */
export class Watcher {
  readonly #clock: Clock;
  readonly #onChange: (paths: ReadonlySet<string>) => void;
  readonly #watches = new Map<string, FSWatcher>();
  #changed = new Set<string>();
  #timer: Timer | undefined;

  constructor(clock: Clock, onChange: (paths: ReadonlySet<string>) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** Watches these folders, and no others any more; not what lies in folders within them. */
  watch(folders: ReadonlySet<string>): void {
    for (const [folder, watching] of this.#watches)
      if (!folders.has(folder)) {
        watching.close();
        this.#watches.delete(folder);
      }
    for (const folder of folders) if (!this.#watches.has(folder)) this.#open(folder);
  }

  #open(folder: string): void {
    const watching = watch(folder, (_, name) => {
      if (name !== null && !isLeftOut(name)) this.#note(join(folder, name));
    });
    // A folder that was removed is watched again when it is asked for again.
    watching.on("error", () => this.#watches.delete(folder));
    this.#watches.set(folder, watching);
  }

  #note(path: string): void {
    this.#changed.add(path);
    this.#timer?.cancel();
    this.#timer = this.#clock.at(this.#clock.now() + QUIET_MS, () => {
      const changed = this.#changed;
      this.#changed = new Set();
      this.#onChange(changed);
    });
  }

  close(): void {
    this.#timer?.cancel();
    this.watch(new Set());
  }
}

const UNWATCHED = new Set(["node_modules", "target", "build", "dist"]);

/** A folder and all folders in it that a person may write in. */
export async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const inner = entries.filter(
    (entry) => entry.isDirectory() && !UNWATCHED.has(entry.name) && !isLeftOut(entry.name),
  );
  return [folder, ...(await Promise.all(inner.map(({ name }) => foldersIn(join(folder, name))))).flat()];
}
