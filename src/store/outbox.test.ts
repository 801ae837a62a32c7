import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { createVirtualClock, type VirtualClock } from "../kernel/clock.ts";
import { createIds } from "../kernel/ids.ts";
import { Lifecycle } from "../kernel/lifecycle.ts";
import { createHostileStore } from "./drivers/hostile.ts";
import { createMemoryStore } from "./drivers/memory.ts";
import { DONE, defineOutbox, type Job, type Outcome, type PostOptions } from "./outbox.ts";
import type { Store } from "./store.ts";

interface World {
  readonly store: Store;
  readonly clock: VirtualClock;
  /** Runs the outbox until it is stopped, or until `stop`. */
  run(attempt: (job: Job<string>) => Promise<Outcome<string>>): { stop(): Promise<void> };
  post(work: string, options?: PostOptions): Promise<void>;
  idle(): Promise<void>;
}

const letters = defineOutbox<string>("letters");
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of open.splice(0)) await stop();
});

function createWorld(store: Store = createMemoryStore()): World {
  const lifecycle = new Lifecycle();
  const idle = () => lifecycle.settled();
  const clock = createVirtualClock(idle);
  const log = { error() {}, warn() {}, info() {}, debug() {} };
  return {
    store,
    clock,
    run(attempt) {
      const stopping = new AbortController();
      const world = { store, clock, log, signal: stopping.signal, begin: () => lifecycle.begin() };
      const ended = letters.run(world as never, attempt);
      const stop = async () => {
        stopping.abort();
        await ended;
      };
      open.push(stop);
      return { stop };
    },
    async post(work, options) {
      const end = lifecycle.begin();
      await store.transact(async (tx) => letters.post(tx, clock.now(), work, options));
      // As long as a request takes to be answered: who watches, even a hostile store, has woken by then.
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      end();
    },
    idle,
  };
}

test("work is done once, in the order of its commits, and not before it is due", async () => {
  const world = createWorld();
  const done: string[] = [];
  world.run(async ({ work }) => {
    done.push(work);
    return DONE;
  });
  await world.post("later", { dueMs: world.clock.now() + 60_000 });
  await world.post("a");
  await world.post("b");
  await world.idle();
  expect(done).toEqual(["a", "b"]);
  await world.clock.advance(59_000);
  expect(done).toEqual(["a", "b"]);
  await world.clock.advance(2_000);
  expect(done).toEqual(["a", "b", "later"]);
});

test("what is to be tried again keeps its lane waiting, and no other", async () => {
  const world = createWorld();
  const tried: string[] = [];
  world.run(async ({ work, attempts }) => {
    tried.push(`${work}${attempts}`);
    if (!work.startsWith("bad") || attempts === 2) return DONE;
    return { kind: "later", dueMs: world.clock.now() + 1_000, work: `${work}!` };
  });
  await world.post("bad", { lane: "one" });
  await world.post("behind", { lane: "one" });
  await world.post("beside", { lane: "two" });
  await world.post("alone");
  await world.idle();
  expect(tried.sort()).toEqual(["alone0", "bad0", "beside0"]);
  await world.clock.advance(1_000);
  expect(tried).toEqual(["alone0", "bad0", "beside0", "bad!1"]);
  await world.clock.advance(1_000);
  expect(tried.slice(4)).toEqual(["bad!!2", "behind0"]);
});

test("what is written at the end commits with it, and what throws is tried again", async () => {
  const world = createWorld();
  let throws = 2;
  world.run(async ({ work }) => {
    if (throws-- > 0) throw new TypeError("a bug");
    return {
      kind: "done",
      write: (tx) => {
        tx.add(["done", work], 1n);
      },
    };
  });
  await world.post("a");
  await world.idle();
  await world.clock.advance(2_000);
  expect(await world.store.transact((tx) => tx.get(["done", "a"]))).toBe(1n);
});

test("more than fits at once is all done, also in more lanes than fit", async () => {
  const world = createWorld();
  const done = new Set<string>();
  world.run(async ({ work }) => {
    await world.clock.sleep(10);
    done.add(work);
    return DONE;
  });
  for (let index = 0; index < 300; index++) {
    await world.post(`loose${index}`);
    await world.post(`laned${index}`, { lane: `lane${index % 150}` });
  }
  await world.clock.advance(1_000);
  expect(done.size).toBe(600);
});

test("a target that never answers holds up no other, however much waits for it", async () => {
  const world = createWorld();
  const done: string[] = [];
  const { stop } = world.run(async ({ work }) => {
    if (work !== "hangs") {
      done.push(work);
      return DONE;
    }
    await ended;
    return DONE;
  });
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  for (let index = 0; index < 300; index++) await world.post("hangs", { target: "silent" });
  await world.post("arrives", { target: "another" });
  await world.post("arrives too");
  while (done.length < 2) await new Promise((resolve) => setImmediate(resolve));
  expect(done).toEqual(["arrives", "arrives too"]);
  end();
  await stop();
});

test("an outbox that stops leaves what is unfinished to the next", async () => {
  const world = createWorld();
  let fail = () => {};
  const failed = new Promise<void>((resolve) => {
    fail = resolve;
  });
  const first = world.run(async () => {
    await failed;
    return { kind: "later", dueMs: world.clock.now() + 1 };
  });
  await world.post("slow");
  const stopped = first.stop();
  fail();
  await stopped;
  const done: string[] = [];
  world.run(async ({ work, attempts }) => {
    done.push(`${work}${attempts}`);
    return DONE;
  });
  await world.idle();
  expect(done).toEqual(["slow0"]);
});

describe.each([
  ["the memory store", () => createMemoryStore()],
  ["a hostile store", () => createHostileStore(createMemoryStore(), createIds().fraction)],
])("on %s", (_, createStore) => {
  test("every piece is done, and each lane in order, whatever fails", async () => {
    const piece = fc.record({ lane: fc.constantFrom("a", "b", "c", undefined), failures: fc.nat(2) });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 25 }), async (pieces) => {
        const world = createWorld(createStore());
        const done: number[] = [];
        const { stop } = world.run(async ({ work, attempts }) => {
          const index = Number(work);
          if (attempts < (pieces[index]?.failures ?? 0))
            return { kind: "later", dueMs: world.clock.now() + 1_000 * (1 + (index % 3)) };
          done.push(index);
          return DONE;
        });
        for (const [index, { lane }] of pieces.entries())
          await world.post(String(index), lane === undefined ? {} : { lane });
        await world.idle();
        await world.clock.advance(200_000);
        await stop();
        expect([...done].sort((one, other) => one - other)).toEqual(pieces.map((_each, index) => index));
        for (const lane of ["a", "b", "c"]) {
          const order = done.filter((index) => pieces[index]?.lane === lane);
          expect(order).toEqual([...order].sort((one, other) => one - other));
        }
      }),
      { numRuns: 60 },
    );
  });
});
