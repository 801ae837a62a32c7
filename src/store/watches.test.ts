import { expect, it } from "vitest";
import { encodeKey } from "./keys.ts";
import type { Key } from "./store.ts";
import { Watches } from "./watches.ts";

const KEYS: readonly Key[] = [
  ["a"],
  ["a", 1],
  ["a\0b"],
  ["a\0b", "c"],
  ["ab", "c"],
  [""],
  [0, "a"],
  [1.5, "a"],
  [true],
  [7n, null],
  [null, "a"],
  [Uint8Array.of(1, 0, 2), "a"],
];

it("wakes who watches what a key begins with, whatever that is, and nobody else", async () => {
  const begins = (prefix: Key, key: Key) =>
    prefix.length <= key.length && encodeKey(key.slice(0, prefix.length)) === encodeKey(prefix);
  for (const key of KEYS) {
    for (const watched of [[], ...KEYS]) {
      const watches = new Watches();
      const stop = new AbortController();
      let woken = false;
      const waiting = watches.watch(watched, stop.signal).then(() => {
        woken = !stop.signal.aborted;
      });
      watches.notify(new Map([[encodeKey(key), undefined]]));
      await Promise.resolve();
      await Promise.resolve();
      stop.abort();
      await waiting;
      expect([key, watched, woken]).toEqual([key, watched, begins(watched, key)]);
    }
  }
});
