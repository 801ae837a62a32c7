import { afterEach, describe, expect, it } from "vitest";
import type { Chaos, MishapKind } from "../kernel/chaos.ts";
import { Fault } from "../kernel/faults.ts";
import { NO_CHAOS } from "../kernel/no-chaos.fixture.ts";
import { FunctionError, MINUTE_MS, openDelivery, STORES } from "./delivery.fixture.ts";

/** Befalls every event, and notes whom it befell. */
function always(kind: MishapKind, delayMs = 0) {
  const struck: string[] = [];
  const chaos: Chaos = {
    active: true,
    strike(given, { requestId }) {
      if (given !== kind) return undefined;
      struck.push(requestId);
      return { fault: new Fault("Never", "never"), afterEffect: false, delayMs };
    },
  };
  return { struck, chaos };
}

describe.each(STORES)("on a %s store", (_kind, createStore) => {
  const open: { close(): Promise<void> }[] = [];
  const start = (chaos: Chaos, fidelity = false) => {
    const world = openDelivery(createStore(), undefined, { chaos, fidelity });
    open.push(world);
    return world;
  };
  afterEach(async () => {
    for (const world of open.splice(0)) await world.close();
  });

  it("a duplicate befalls each event once: it is delivered twice", async () => {
    const { struck, chaos } = always("duplicate");
    const world = start(chaos);
    world.define("f", () => null);
    const sent = await Promise.all([...Array(20).keys()].map((n) => world.send("f", n)));
    await world.delivery.settled();
    const ids = sent.map(({ requestId }) => requestId).sort();
    expect(struck.toSorted()).toEqual(ids);
    expect(world.runs.map(({ invocation }) => invocation.requestId).sort()).toEqual([...ids, ...ids].sort());
  });

  it("a late event comes late once, and its retries at their own times", async () => {
    const { struck, chaos } = always("late", 10 * MINUTE_MS);
    const world = start(chaos);
    world.define("f", () => {
      throw new FunctionError("no");
    });
    const { requestId } = await world.send("f", 1);
    const sentMs = world.clock.now();
    await world.clock.advance(60 * MINUTE_MS);
    expect(struck).toEqual([requestId]);
    expect(world.runs.map(({ atMs }) => Math.round((atMs - sentMs) / MINUTE_MS))).toEqual([10, 11, 13]);
  });

  it.each([
    ["lambda", 50],
    ["s3", 1_000],
    ["events", 500],
  ])(
    "an event of %s comes as late as on AWS where that is wanted, and its retries are in time",
    async (source, lateMs) => {
      const world = start(NO_CHAOS, true);
      world.define("f", () => {
        throw new FunctionError("no");
      });
      const sentMs = world.clock.now();
      await world.send("f", 1, { source });
      await world.delivery.settled();
      expect(world.runs).toEqual([]);
      await world.clock.advance(10 * MINUTE_MS);
      const lateBy = world.runs.map(({ atMs }, n) => atMs - sentMs - ([0, 1, 3][n] ?? 0) * MINUTE_MS);
      expect(lateBy).toHaveLength(3);
      for (const ms of lateBy) expect(ms).toBeGreaterThanOrEqual(lateMs);
      for (const ms of lateBy) expect(ms).toBeLessThan(lateMs + 1_000);
    },
  );
});
