import { afterEach, describe, expect, it, vi } from "vitest";
import { Fault } from "../kernel/faults.ts";
import type { Store } from "../store/store.ts";
import { ARN, FunctionError, MINUTE_MS, openDelivery, STORES } from "./delivery.fixture.ts";
import type { ServiceCall } from "./options.ts";

/** A store as a process sees it that is gone once this is `lost`. */
const mortal = (store: Store, lost: { is: boolean }): Store => ({
  transact: (body) => (lost.is ? new Promise(() => {}) : store.transact(body)),
  watch: (prefix, signal) => store.watch(prefix, signal),
  clear: () => store.clear(),
  close: () => store.close(),
});

describe.each(STORES)("on a %s store", (_kind, createStore) => {
  const open: { close(): Promise<void> }[] = [];
  const start = (store?: Store, call?: ServiceCall) => {
    const world = openDelivery(store ?? createStore(), call);
    open.push(world);
    return world;
  };
  afterEach(async () => {
    for (const world of open.splice(0)) await world.close();
  });

  const fail = () => {
    throw new FunctionError("no");
  };
  const minutesBetween = (runs: readonly { atMs: number }[]) =>
    runs.slice(1).map((run, index) => Math.round((run.atMs - (runs[index]?.atMs ?? 0)) / MINUTE_MS));
  const parse = (payload: Uint8Array | undefined) => JSON.parse(new TextDecoder().decode(payload));

  describe("the asynchronous queue", () => {
    it("runs an event once and forgets it", async () => {
      const world = start();
      world.define("f", () => "done");
      const event = await world.send("f", { n: 1 });
      await world.delivery.settled();
      await world.clock.advance(24 * 60 * MINUTE_MS);
      expect(world.runs.map((run) => run.invocation.requestId)).toEqual([event.requestId]);
      expect(parse(world.runs[0]?.invocation.payload)).toEqual({ n: 1 });
      expect(world.runs[0]?.invocation.invokedArn).toBe(ARN("f"));
    });

    it("takes events in the order they came", async () => {
      const world = start();
      world.define("f", () => null);
      for (let n = 0; n < 100; n++) await world.send("f", n);
      await world.delivery.settled();
      expect(world.runs.map((run) => parse(run.invocation.payload))).toEqual([...Array(100).keys()]);
    });

    it("runs a bounded number at once", async () => {
      const world = start();
      let running = 0;
      let most = 0;
      world.define("f", async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
      });
      await Promise.all([...Array(200).keys()].map((n) => world.send("f", n)));
      await world.delivery.settled();
      expect(world.runs).toHaveLength(200);
      expect(most).toBeLessThanOrEqual(32);
    });

    it("gives one function half of what may run, and the next half of what is left", async () => {
      const world = start();
      const waiting: Record<string, (() => void)[]> = { a: [], b: [] };
      for (const name of ["a", "b"])
        world.define(name, () => new Promise<void>((resolve) => waiting[name]?.push(resolve)));
      const running = () => ["a", "b"].map((name) => waiting[name]?.length);
      for (let n = 0; n < 40; n++) await world.send("a", n);
      await vi.waitFor(() => expect(running()).toEqual([16, 0]));
      for (let n = 0; n < 40; n++) await world.send("b", n);
      await vi.waitFor(() => expect(running()).toEqual([16, 8]));
      world.define("quick", () => null);
      await world.send("quick", 1);
      await vi.waitFor(() => expect(world.runs.at(-1)?.name).toBe("quick"));
      expect(running()).toEqual([16, 8]);
      for (const name of ["a", "b"]) {
        world.define(name, () => null);
        for (const end of waiting[name] ?? []) end();
      }
      await world.delivery.settled();
      expect(world.runs).toHaveLength(81);
    });

    it("needs no second event to notice the first", async () => {
      const world = start();
      let ran = () => {};
      world.define("f", () => ran());
      for (let n = 0; n < 100; n++) {
        const running = new Promise<void>((resolve) => {
          ran = resolve;
        });
        await world.send("f", n);
        await running;
      }
    });

    it("lets no slow function hold up the events of others", async () => {
      const world = start();
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      world.define("slow", () => held);
      world.define("quick", () => null);
      for (let n = 0; n < 40; n++) await world.send("slow", n);
      await world.send("quick", 1);
      await expect.poll(() => world.runs.some((run) => run.name === "quick")).toBe(true);
      expect(world.runs.filter((run) => run.name === "slow")).toHaveLength(16);
      release();
      await world.delivery.settled();
      expect(world.runs).toHaveLength(41);
    });

    it("lets several slow functions with a thousand events each not do so either", async () => {
      const world = start();
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      for (const name of ["slow1", "slow2", "slow3"]) {
        world.define(name, () => held);
        const event = await world.send(name, 0);
        await world.store.transact(async (tx) => {
          for (let n = 1; n < 1_100; n++) world.delivery.enqueue(tx, { ...event, requestId: `${name}-${n}` });
        });
      }
      world.define("quick", () => null);
      await world.send("quick", 1);
      await expect.poll(() => world.runs.some((run) => run.name === "quick")).toBe(true);
      release();
      await world.delivery.settled();
      expect(world.runs).toHaveLength(3_301);
    });

    it("lets retries of a slow function not hold up those of others", async () => {
      const world = start();
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const fails = { f: true, quick: true };
      const run = (name: "f" | "quick") => () => {
        if (fails[name]) throw new FunctionError("no");
        return name === "f" ? held : null;
      };
      world.define("f", run("f"));
      world.define("quick", run("quick"));
      const event = await world.send("f", 0);
      await world.store.transact(async (tx) => {
        for (let n = 1; n < 1_100; n++) world.delivery.enqueue(tx, { ...event, requestId: `f-${n}` });
      });
      await world.delivery.settled();
      await world.send("quick", 1);
      await world.delivery.settled();
      fails.f = fails.quick = false;
      const before = world.runs.length;
      const turned = world.clock.advance(2 * MINUTE_MS);
      const quick = () => world.runs.slice(before).filter(({ name }) => name === "quick");
      await expect.poll(quick).toHaveLength(1);
      release();
      await turned;
    });

    it("does not deliver what its transaction did not commit", async () => {
      const world = start();
      world.define("f", () => null);
      const event = await world.send("f", 1);
      await world.store
        .transact(async (tx) => {
          world.delivery.enqueue(tx, { ...event, requestId: "never" });
          throw new Fault("Nope", "");
        })
        .catch(() => {});
      await world.delivery.settled();
      expect(world.runs).toHaveLength(1);
    });

    it("retries a failing function after one and two minutes, under the same request id", async () => {
      const world = start();
      world.define("f", fail);
      await world.send("f", 1);
      await world.delivery.settled();
      expect(world.runs).toHaveLength(1);
      await world.clock.advance(10 * MINUTE_MS);
      expect(minutesBetween(world.runs)).toEqual([1, 2]);
      expect(new Set(world.runs.map((run) => run.invocation.requestId)).size).toBe(1);
      expect(world.runs.map((run) => run.invocation.attempt)).toEqual([1, 2, 3]);
      expect(world.lines.map((line) => line.message)).toEqual([expect.stringContaining("RetriesExhausted")]);
      for (const [metric, sum] of Object.entries({
        Invocations: 3,
        Errors: 3,
        Duration: 3,
        AsyncEventsReceived: 1,
        AsyncEventsDropped: 1,
        Throttles: 0,
      })) {
        expect([metric, world.metric("f", metric)]).toEqual([metric, sum]);
      }
      expect(world.metric("f", "AsyncEventAge")).toBeGreaterThan(4 * MINUTE_MS - 1);
      const last = world.spans.at(-1);
      expect(last).toMatchObject({ status: "fault", errorType: "RetriesExhausted", name: "f" });
    });

    it("keeps to MaximumRetryAttempts and MaximumEventAge", async () => {
      const world = start();
      world.define("once", fail, { asynchronous: { maximumRetryAttempts: 0 } });
      world.define("young", fail, { asynchronous: { maximumEventAgeMs: 90_000 } });
      await world.send("once", 1);
      await world.send("young", 1);
      await world.delivery.settled();
      await world.clock.advance(60 * MINUTE_MS);
      expect(world.runs.filter((run) => run.name === "once")).toHaveLength(1);
      expect(world.runs.filter((run) => run.name === "young")).toHaveLength(2);
      expect(world.lines.at(-1)?.message).toContain("EventAgeExceeded");
    });

    it("backs off from a throttled function for six hours, then gives up", async () => {
      const world = start();
      let refusals = 0;
      world.define("f", () => {
        refusals++;
        throw new Fault("TooManyRequestsException", "Rate Exceeded.", { status: 429 });
      });
      await world.send("f", 1);
      await world.delivery.settled();
      await world.clock.advance(7 * 60 * MINUTE_MS);
      const gaps = world.runs
        .slice(1)
        .map((run, index) => Math.round((run.atMs - (world.runs[index]?.atMs ?? 0)) / 1000));
      expect(gaps.slice(0, 10)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
      expect(refusals).toBe(80);
      expect(world.lines.at(-1)?.message).toContain("EventAgeExceeded");
      expect(world.spans.some((span) => span.status === "throttle")).toBe(true);
    });

    it("gives a function that was throttled no more than it takes, and loses no event of many", async () => {
      const world = start();
      world.define("f", () => new Promise((resolve) => setImmediate(resolve)), { reservedConcurrency: 1 });
      const event = await world.send("f", 0);
      await world.store.transact(async (tx) => {
        for (let n = 1; n < 200; n++) world.delivery.enqueue(tx, { ...event, requestId: `f-${n}` });
      });
      await world.delivery.settled();
      // All at once would be 199 that come back together, later and later.
      expect(world.runs.length).toBeGreaterThan(50);
      await world.clock.advance(5 * MINUTE_MS);
      expect(world.runs).toHaveLength(200);
      expect(world.metric("f", "Throttles")).toBeLessThan(199);
      expect(world.metric("f", "AsyncEventsDropped")).toBe(0);
    });

    it("goes on counting a function's errors after a throttle", async () => {
      const world = start();
      const script = ["throttle", "error", "throttle", "error", "ok"];
      world.define("f", () => {
        const step = script.shift();
        if (step === "throttle") throw new Fault("TooManyRequestsException", "", { status: 429 });
        if (step === "error") fail();
      });
      await world.send("f", 1);
      await world.delivery.settled();
      await world.clock.advance(10 * MINUTE_MS);
      expect(world.runs.map((run) => run.invocation.attempt)).toEqual([1, 1, 2, 2, 3]);
      expect(script).toEqual([]);
      expect(world.lines).toEqual([]);
    });

    it("drops an event whose function is gone, and says so", async () => {
      const world = start();
      world.define("f", fail);
      await world.send("f", 1);
      await world.delivery.settled();
      world.forget("f");
      await world.clock.advance(10 * MINUTE_MS);
      expect(world.runs).toHaveLength(1);
      expect(world.lines.at(-1)?.message).toContain("there is no function");
      expect(world.spans.at(-1)).toMatchObject({ status: "fault", errorType: "ResourceNotFoundException" });
    });

    it("gives an event to a function without any concurrency up at once", async () => {
      const world = start();
      world.define("f", () => null, { reservedConcurrency: 0 });
      await world.send("f", 1);
      await world.delivery.settled();
      expect(world.runs).toEqual([]);
      expect(world.lines.at(-1)?.message).toContain("ZeroReservedConcurrency");
    });

    it("hands unfinished events and waiting retries to the next process", async () => {
      const store = createStore();
      const lost = { is: false };
      const first = openDelivery(mortal(store, lost));
      first.define("hangs", () => new Promise(() => {}));
      first.define("fails", fail);
      await first.send("fails", 2);
      await first.delivery.settled();
      await first.send("hangs", 1);
      await expect.poll(() => first.runs.length).toBe(2);
      // The first process is gone here as kill -9 would have it: nothing is stopped or written.
      lost.is = true;
      const second = start(store);
      second.define("hangs", () => "at last");
      second.define("fails", () => "at last");
      await second.clock.advance(10 * MINUTE_MS);
      expect(second.runs.map((run) => [run.name, run.invocation.attempt])).toEqual([
        ["hangs", 1],
        ["fails", 2],
      ]);
      await second.clock.advance(10 * MINUTE_MS);
      expect(second.runs).toHaveLength(2);
    });

    it("does not count against an event what fails because the platform ends", async () => {
      const store = createStore();
      const first = openDelivery(store);
      let stop = () => {};
      first.define("f", async () => {
        await new Promise<void>((resolve) => {
          stop = resolve;
        });
        fail();
      });
      await first.send("f", 1);
      await expect.poll(() => first.runs.length).toBe(1);
      const closed = first.close();
      stop();
      await closed;
      const second = start(store);
      second.define("f", () => null);
      await second.delivery.settled();
      expect(second.runs.map((run) => run.invocation.attempt)).toEqual([1]);
    });

    it("tells the wait of each attempt in the trace", async () => {
      const world = start();
      world.define("f", fail);
      await world.send("f", 1, { source: "s3", sourceArn: "arn:aws:s3:::photos" });
      await world.delivery.settled();
      await world.clock.advance(MINUTE_MS + 100);
      const waits = world.spans.filter((span) => span.kind === "queue");
      expect(waits.map((span) => Math.round(span.durationMs / MINUTE_MS))).toEqual([0, 1]);
      expect(waits[0]?.attributes).toMatchObject({
        source: "s3",
        sourceArn: "arn:aws:s3:::photos",
        attempt: 1,
      });
      expect(world.runs.map((run) => run.invocation.trace.parent)).toEqual(waits.map((span) => span.spanId));
    });
  });
});
