import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Database, open, type RootDatabaseOptionsWithPath } from "lmdb";
import { UserError } from "../../kernel/faults.ts";
import type { Room } from "../../kernel/room.ts";
import { Executor } from "../executor.ts";
import { lockFolder } from "../folder-lock.ts";
import { GroupedState, type Storage } from "../grouped.ts";
import type { EncodedKey } from "../keys.ts";
import type { Changes } from "../state.ts";
import type { Durability, Store } from "../store.ts";
import { damageOf } from "./lmdb-file.ts";
import { withLongKeys } from "./long-keys.ts";

export { hasLock } from "../folder-lock.ts";

export interface LmdbStoreOptions {
  /** Made when it is not there. */
  readonly folder: string;
  readonly durability: Durability;
  /** Of the disk that the folder is on. */
  readonly room?: Room;
}

type Entries = Database<Uint8Array, EncodedKey>;

/** The file's page size, whatever the system's is: it decides how long a key may be. */
const PAGE_BYTES = 4096;
/** Pages are written whole, and anew: what they take is seldom more than so many times what is set. */
const PAGES_FOR_ENTRY = 2;
/** LMDB's flags for a transaction that a failing write undoes, and that is committed on return. */
const ABORTABLE = 1;
const SYNCHRONOUS_COMMIT = 2;

/** Keys are strings of bytes already. */
const KEY_ENCODER = {
  writeKey: (key: string, target: Buffer, start: number) => start + target.write(key, start, "latin1"),
  readKey: (source: Buffer, start: number, end: number) => source.toString("latin1", start, end),
};

/**
 * A store in a folder, for one process at a time.
 *
 * process: a group of commits is one synchronous transaction on this thread, which costs less than
 * handing it to another. disk: it is written and flushed on LMDB's thread.
 *
 * Throws a `UserError` for a folder that cannot be written, is in use, or holds a damaged store.
 */
export async function openLmdbStore({ folder, durability, room }: LmdbStoreOptions): Promise<Store> {
  const release = takeFolder(folder);
  try {
    const damage = damageOf(join(folder, "data.mdb"));
    if (damage) throw new UserError(`The store in ${folder} is damaged: ${damage}.`);
    const storage = withLongKeys(openStorage(folder, durability, release));
    return new Executor(new GroupedState(room ? within(room, storage) : storage));
  } catch (error) {
    release();
    if (error instanceof UserError) throw error;
    throw new UserError(`The store in ${folder} cannot be opened (${messageOf(error)}).`);
  }
}

/** Entries are not set where there is no room; they are always removed. */
function within(room: Room, storage: Storage): Storage {
  return {
    ...storage,
    write(changes) {
      const bytes = setBytes(changes);
      if (bytes > 0) room.take(PAGES_FOR_ENTRY * bytes);
      return storage.write(changes);
    },
  };
}

function setBytes(changes: Changes): number {
  let sum = 0;
  for (const [key, bytes] of changes) if (bytes) sum += key.length + bytes.length;
  return sum;
}

function takeFolder(folder: string): () => void {
  try {
    mkdirSync(folder, { recursive: true });
    const lock = lockFolder(folder);
    if ("release" in lock) return lock.release;
    throw new UserError(`The store in ${folder} is in use by process ${lock.pid}.`);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`The folder ${folder} cannot be written (${messageOf(error)}).`);
  }
}

function openStorage(folder: string, durability: Durability, release: () => void): Storage {
  const options: RootDatabaseOptionsWithPath & { keyEncoder: typeof KEY_ENCODER } = {
    path: folder,
    noSubdir: false,
    encoding: "binary",
    keyEncoder: KEY_ENCODER,
    pageSize: PAGE_BYTES,
    maxDbs: 1,
    overlappingSync: false,
    noSync: durability === "process",
  };
  const entries: Entries = open(options);
  return {
    get: (key) => entries.getBinary(key),
    *scan({ from, to }, reverse) {
      if (from >= to) return;
      const bounds = reverse
        ? { start: to, exclusiveStart: true, end: from, inclusiveEnd: true, reverse }
        : { start: from, end: to };
      for (const { key, value } of entries.getRange(bounds)) yield [key, value] as const;
    },
    write(changes) {
      const put = () => {
        for (const [key, bytes] of changes) {
          if (bytes) entries.put(key, bytes);
          else entries.remove(key);
        }
      };
      if (durability === "disk") return entries.batch(put).then(() => {});
      entries.transactionSync(put, ABORTABLE | SYNCHRONOUS_COMMIT);
      return undefined;
    },
    async clear() {
      entries.clearSync();
    },
    async close() {
      await entries.close();
      release();
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
