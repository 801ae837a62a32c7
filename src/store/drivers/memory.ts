import { Executor } from "../executor.ts";
import { SortedMap } from "../sorted.ts";
import type { State } from "../state.ts";
import type { Store } from "../store.ts";

/** A store that lives as long as the process: the ephemeral platform's, and the quickest for tests. */
export function createMemoryStore(): Store {
  return new Executor(createMemoryState());
}

function createMemoryState(): State {
  const entries = new SortedMap<Uint8Array>();
  return {
    get: (key) => entries.get(key),
    scan: (range, reverse) => entries.scan(range, reverse),
    apply(changes) {
      for (const [key, bytes] of changes) {
        if (bytes) entries.set(key, bytes);
        else entries.delete(key);
      }
      return undefined;
    },
    onLost: () => {},
    settled: async () => {},
    clear: async () => entries.clear(),
    close: async () => {},
  };
}
