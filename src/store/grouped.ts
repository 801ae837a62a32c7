import { setImmediate } from "node:timers";
import type { EncodedKey, EncodedRange } from "./keys.ts";
import { SortedMap } from "./sorted.ts";
import { type Changes, type Entries, type Flush, layered, type Reader, type State } from "./state.ts";

/** Where entries are kept. Reads show what the last finished `write` left. */
export interface Storage {
  get(key: EncodedKey): Uint8Array | undefined;
  scan(range: EncodedRange, reverse: boolean): Entries;
  /** Applies all changes or none. They are safe when it returns, or when the promise resolves. */
  write(changes: Changes): Promise<void> | undefined;
  clear(): Promise<void>;
  close(): Promise<void>;
}

interface Unflushed {
  readonly bytes: Uint8Array | undefined;
  readonly group: Group;
}

interface Group extends Flush {
  readonly changes: Map<EncodedKey, Uint8Array | undefined>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers commits into groups, each of which is one write of the storage: everything applied in one turn
 * of the event loop, or while the group before is being written. Until then the changes are laid over
 * the storage, and whoever reads them waits for their group.
 */
export class GroupedState implements State {
  readonly #storage: Storage;
  readonly #unflushed = new SortedMap<Unflushed>();
  #forming: Group | undefined;
  #flying: Group | undefined;
  #order = 0;
  #lost: () => void = () => {};

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  get(key: EncodedKey, reader: Reader): Uint8Array | undefined {
    const newer = this.#unflushed.size > 0 ? this.#unflushed.get(key) : undefined;
    if (!newer) return this.#storage.get(key);
    reader.saw(newer.group);
    return newer.bytes;
  }

  scan(range: EncodedRange, reverse: boolean, reader: Reader): Entries {
    const below = this.#storage.scan(range, reverse);
    if (this.#unflushed.size === 0) return below;
    return layered(below, this.#unflushed.scan(range, reverse), reverse, ({ bytes, group }) => {
      reader.saw(group);
      return bytes;
    });
  }

  apply(changes: Changes): Flush {
    const group = this.#form();
    for (const [key, bytes] of changes) {
      group.changes.set(key, bytes);
      this.#unflushed.set(key, { bytes, group });
    }
    return group;
  }

  onLost(lost: () => void): void {
    this.#lost = lost;
  }

  async settled(): Promise<void> {
    for (let last = this.#forming ?? this.#flying; last; last = this.#forming ?? this.#flying) {
      await last.done.catch(() => {});
    }
  }

  clear(): Promise<void> {
    return this.#storage.clear();
  }

  close(): Promise<void> {
    return this.#storage.close();
  }

  #form(): Group {
    if (this.#forming) return this.#forming;
    const group = newGroup(++this.#order);
    this.#forming = group;
    if (!this.#flying) setImmediate(() => this.#flush());
    return group;
  }

  #flush(): void {
    const group = this.#forming;
    if (!group || this.#flying) return;
    this.#forming = undefined;
    this.#flying = group;
    let writing: Promise<void> | undefined;
    try {
      writing = this.#storage.write(group.changes);
    } catch (error) {
      this.#failed(group, error);
      return;
    }
    if (!writing) this.#flushed(group);
    else {
      writing.then(
        () => this.#flushed(group),
        (error: unknown) => this.#failed(group, error),
      );
    }
  }

  #flushed(group: Group): void {
    this.#flying = undefined;
    if (!this.#forming) this.#unflushed.clear();
    else {
      for (const key of group.changes.keys()) {
        if (this.#unflushed.get(key)?.group === group) this.#unflushed.delete(key);
      }
    }
    group.resolve();
    this.#flush();
  }

  /** The later group may rest on what was lost, so it is lost too. */
  #failed(group: Group, error: unknown): void {
    const later = this.#forming;
    this.#flying = undefined;
    this.#forming = undefined;
    this.#unflushed.clear();
    this.#lost();
    group.reject(error);
    later?.reject(error);
  }
}

function newGroup(order: number): Group {
  let resolve: () => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const done = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  // Every writer waits for it; a group that nobody waits for any more must not end the process.
  done.catch(() => {});
  return { order, changes: new Map(), done, resolve, reject };
}
