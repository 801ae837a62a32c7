import { setImmediate } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { Executor } from "./executor.ts";
import { GroupedState, type Storage } from "./grouped.ts";
import type { EncodedKey } from "./keys.ts";
import { SortedMap } from "./sorted.ts";
import type { Key, Value } from "./store.ts";

/** A storage whose writes wait until the test lets them through or fails them. */
function createGatedStorage() {
  const entries = new SortedMap<Uint8Array>();
  const waiting: { readonly keys: EncodedKey[]; pass: () => void; fail: (error: Error) => void }[] = [];
  const storage: Storage = {
    get: (key) => entries.get(key),
    scan: (range, reverse) => entries.scan(range, reverse),
    write: (changes) =>
      new Promise((resolve, reject) => {
        const pass = () => {
          for (const [key, bytes] of changes) {
            if (bytes) entries.set(key, bytes);
            else entries.delete(key);
          }
          resolve();
        };
        waiting.push({ keys: [...changes.keys()], pass, fail: reject });
      }),
    clear: async () => entries.clear(),
    close: async () => {},
  };
  return { storage, waiting };
}

describe("commits in groups", () => {
  let gate: ReturnType<typeof createGatedStorage>;
  let store: Executor;
  let answers: string[];
  beforeEach(() => {
    gate = createGatedStorage();
    store = new Executor(new GroupedState(gate.storage));
    answers = [];
  });

  /** What a turn sets off may take another. */
  const turns = async () => {
    for (let count = 0; count < 4; count++) await setImmediate();
  };
  const note = (name: string, work: Promise<unknown>) =>
    work.then(
      () => answers.push(name),
      () => answers.push(`${name} failed`),
    );
  const put = (key: Key, value: Value) => store.transact(async (tx) => tx.set(key, value));
  const read = (key: Key) => store.transact((tx) => tx.get(key));

  it("makes one write of what was committed while another was under way", async () => {
    const first = [put(["a"], 1), put(["b"], 1)];
    await turns();
    const second = [put(["c"], 1), put(["a"], 2), put(["d"], 1)];
    await turns();
    expect(gate.waiting.map(({ keys }) => keys.length)).toEqual([2]);
    gate.waiting[0]?.pass();
    await Promise.all(first);
    expect(gate.waiting.map(({ keys }) => keys.length)).toEqual([2, 3]);
    expect(await Promise.race([read(["b"]), setImmediate("held up")])).toBe(1);
    gate.waiting[1]?.pass();
    await Promise.all(second);
    expect(await read(["a"])).toBe(2);
  });

  it("answers no one from a write that is not safe yet, and holds up no one else", async () => {
    note("writer", put(["a"], 1));
    note("reader", read(["a"]));
    note("lister", collect({ gte: ["a"] }));
    const refused = store.transact(async (tx) => {
      if ((await tx.get(["a"])) !== undefined) throw new RangeError("already there");
    });
    note("refused", refused);
    await note("bystander", read(["b"]));
    await turns();
    expect(answers).toEqual(["bystander"]);
    gate.waiting[0]?.pass();
    await refused.catch(() => {});
    await turns();
    expect(answers.sort()).toEqual(["bystander", "lister", "reader", "refused failed", "writer"]);
  });

  it("fails all that rests on a lost write, and goes on from before it", async () => {
    const seed = put(["a"], 0);
    await turns();
    gate.waiting[0]?.pass();
    await seed;
    const lost = [note("writer", put(["a"], 1))];
    await turns();
    lost.push(note("reader", read(["a"])), note("later", put(["b"], 1)));
    let runs = 0;
    const slow = store.transact(async (tx) => {
      runs++;
      const seen = await tx.get(["a"]);
      while (runs === 1 && answers.length === 0) await turns();
      return seen;
    });
    await turns();
    gate.waiting[1]?.fail(new RangeError("the disk is full"));
    await Promise.all(lost);
    expect(answers.sort()).toEqual(["later failed", "reader failed", "writer failed"]);
    expect([await slow, runs]).toEqual([0, 2]);
    expect([await read(["a"]), await read(["b"])]).toEqual([0, undefined]);
  });

  async function collect(range: { gte: Key }) {
    return store.transact(async (tx) => {
      const found = [];
      for await (const entry of tx.range(range)) found.push(entry);
      return found;
    });
  }
});
