import type { Clock } from "../kernel/clock.ts";
import type { Log } from "../kernel/log.ts";
import type { Key, Store } from "./store.ts";

/** What work on a part of the store is given. */
interface World {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the platform stops. */
  readonly signal: AbortSignal;
  /** Counts work that is due; the returned function ends it. */
  begin(): () => void;
}

const PAUSE_MS = 1000;
/** Why a watch ends. Without a reason of ours, each abort makes an error with its stack, which is slow. */
const OVER = "over";

/**
 * Works at the start, whenever something changes under a key, and when the work itself says that more is
 * due (epoch milliseconds; undefined for never). Work that fails is tried again after a second. Resolves
 * once the signal has ended it. `also`: resolves when there is news from elsewhere.
 */
export async function whenever(
  world: World,
  key: Key,
  work: () => Promise<number | undefined>,
  also?: () => Promise<void>,
): Promise<void> {
  const { store, clock, signal, log } = world;
  let end = world.begin();
  while (!signal.aborted) {
    const stop = new AbortController();
    try {
      const sources = [store.watch(key, stop.signal), ...(also ? [also()] : [])];
      const news = Promise.race(sources);
      let changed = false;
      const note = () => {
        changed = true;
      };
      for (const source of sources) source.then(note, note);
      const dueMs = await work();
      // What changed meanwhile is work under way: nobody may take this for rest, not for a moment.
      if (!changed && (dueMs === undefined || dueMs > clock.now())) {
        end();
        end = await nextTurn(world, news, dueMs);
      }
    } catch (error) {
      if (signal.aborted) break;
      log.error("background work failed, and is tried again", { key: key.join("/"), error });
      end();
      end = await nextTurn(world, new Promise(() => {}), clock.now() + PAUSE_MS);
    } finally {
      stop.abort(OVER);
    }
  }
  end();
}

/** Waits for news or a moment; counts as work from then on, and gives what ends it. */
function nextTurn(world: World, news: Promise<void>, dueMs: number | undefined): Promise<() => void> {
  const { clock, signal } = world;
  return new Promise((resolve) => {
    let waiting = true;
    const wake = () => {
      if (!waiting) return;
      waiting = false;
      timer?.cancel();
      signal.removeEventListener("abort", wake);
      resolve(world.begin());
    };
    const timer = dueMs === undefined ? undefined : clock.at(dueMs, wake);
    if (signal.aborted) wake();
    signal.addEventListener("abort", wake);
    news.then(wake, wake);
  });
}

/**
 * Does its work once: as soon as there is a key under one of the prefixes, now or later. Resolves when that
 * is done, or once the signal has ended the wait.
 */
export async function whenThere(world: World, prefixes: readonly Key[], work: () => Promise<void>) {
  const found = new AbortController();
  const waiting = { ...world, signal: AbortSignal.any([world.signal, found.signal]) };
  let end: (() => void) | undefined;
  const look = async (prefix: Key) => {
    if (found.signal.aborted || !(await isThere(world.store, prefix))) return undefined;
    // Others may take the end of the wait for rest: it is none.
    end ??= world.begin();
    found.abort(OVER);
    return undefined;
  };
  await Promise.all(prefixes.map((prefix) => whenever(waiting, prefix, () => look(prefix))));
  try {
    if (end && !world.signal.aborted) await work();
  } finally {
    end?.();
  }
}

/** Whether there is a key under a prefix. */
export function isThere(store: Store, prefix: Key): Promise<boolean> {
  return store.transact(async (tx) => {
    for await (const _ of tx.range({ prefix }, { limit: 1 })) return true;
    return false;
  });
}
