import { afterEach, describe, expect, it } from "vitest";
import { ARN, MINUTE_MS, openDelivery, STORES } from "./delivery.fixture.ts";

describe.each(STORES)("on a %s store", (_kind, createStore) => {
  const open: { close(): Promise<void> }[] = [];
  const start = () => {
    const world = openDelivery(createStore());
    open.push(world);
    const invoke = (name: string, more = {}) =>
      world.delivery.invoke(world.target(name), {
        requestId: "r",
        payload: new Uint8Array(),
        invokedArn: ARN(name),
        trace: { root: "1-00000000-000000000000000000000000", sampled: true, lineage: [] },
        attempt: 1,
        ...more,
      });
    /** How many of so many synchronous invocations are let through, and why the others are not. */
    const burst = async (name: string, count: number) => {
      const ended = await Promise.allSettled(Array.from({ length: count }, () => invoke(name)));
      const reasons = ended.flatMap((each) =>
        each.status === "rejected" ? [each.reason.members.Reason] : [],
      );
      return { ran: count - reasons.length, reasons: [...new Set(reasons)] };
    };
    return { world, invoke, burst };
  };
  afterEach(async () => {
    for (const world of open.splice(0)) await world.close();
  });

  it.each([
    ["a reservation", { reservedConcurrency: 3 }, 3, "ReservedFunctionConcurrentInvocationLimitExceeded"],
    ["no reservation", { claimedConcurrency: 996 }, 4, "ConcurrentInvocationLimitExceeded"],
    [
      "a reservation of 0",
      { reservedConcurrency: 0 },
      0,
      "ReservedFunctionConcurrentInvocationLimitExceeded",
    ],
    [
      "all of a reservation provisioned",
      { reservedConcurrency: 2, provisionedConcurrency: 2 },
      0,
      "ReservedFunctionConcurrentInvocationLimitExceeded",
    ],
  ])("bounds executions at once with %s", async (_with, options, most, reason) => {
    const { world, burst } = start();
    world.define("f", () => new Promise((resolve) => setImmediate(resolve)), options);
    expect(await burst("f", 6)).toEqual({ ran: most, reasons: [reason] });
  });

  it("gives each environment of a reservation ten synchronous requests a second", async () => {
    const { world, invoke } = start();
    world.define("f", () => null, { reservedConcurrency: 2 });
    for (let n = 0; n < 20; n++) await invoke("f");
    await expect(invoke("f")).rejects.toMatchObject({
      status: 429,
      members: { Reason: "ReservedFunctionInvocationRateLimitExceeded" },
    });
    await world.clock.advance(500);
    for (let n = 0; n < 10; n++) await invoke("f");
    await expect(invoke("f")).rejects.toMatchObject({ code: "TooManyRequestsException" });
  });

  it("has no such rate for the events of the queue", async () => {
    const { world } = start();
    world.define("f", () => new Promise((resolve) => setImmediate(resolve)), { reservedConcurrency: 1 });
    for (let n = 0; n < 40; n++) await world.send("f", n);
    await world.delivery.settled();
    await world.clock.advance("1 hour");
    expect(world.runs).toHaveLength(40);
    const reasons = (await world.delivery.throttles(0)).map(({ reason }) => reason);
    expect(new Set(reasons)).toEqual(new Set(["ReservedFunctionConcurrentInvocationLimitExceeded"]));
  });

  it("bounds a function's new environments to 1,000 in ten seconds, and fills up again", async () => {
    const { world, invoke, burst } = start();
    world.define("f", () => null, { claimedConcurrency: -1000 });
    world.census.onDemand = 0;
    // The clock flows, and the bucket with it, while a burst is under way: a hundred a second.
    const sinceMs = world.clock.now();
    const refilled = () => (world.clock.now() - sinceMs) / 10;
    const first = await burst("f", 1300);
    expect(first.ran).toBeGreaterThanOrEqual(1000);
    expect(first.ran).toBeLessThanOrEqual(1000 + refilled());
    expect(first.reasons).toEqual(["FunctionInvocationRateLimitExceeded"]);
    // What has an environment needs none.
    world.census.onDemand = 1;
    await invoke("f");
    world.census.onDemand = 0;
    await world.clock.advance(1000);
    const second = await burst("f", 300);
    expect(second.ran).toBeGreaterThanOrEqual(100);
    expect(first.ran + second.ran).toBeLessThanOrEqual(1000 + refilled());
  });

  it("lets what is provisioned serve first, at its rate, and the rest spill over", async () => {
    const { world, invoke } = start();
    world.define("f", () => null, { provisionedConcurrency: 1, claimedConcurrency: 1 });
    world.census.provisioned = 1;
    world.census.free = 1;
    for (let n = 0; n < 12; n++) await invoke("f");
    const provisioned = world.runs.filter((run) => run.invocation.provisioned);
    expect([world.runs.length, provisioned.length]).toEqual([12, 10]);
    const names = ["ProvisionedConcurrencyInvocations", "ProvisionedConcurrencySpilloverInvocations"];
    expect(names.map((name) => world.metric("f", name))).toEqual([10, 2]);
    world.census.free = 0;
    await world.clock.advance(1000);
    await invoke("f");
    expect(world.runs.at(-1)?.invocation.provisioned).toBeUndefined();
  });

  it("writes down who was throttled, when, by which limit and from where", async () => {
    const { world, invoke } = start();
    world.define("f", () => null, { reservedConcurrency: 0 });
    world.define("g", () => null, { claimedConcurrency: 1000 });
    const caller = { sourceArn: "arn:aws:iam::000000000000:root" };
    const queue = { source: "sqs", sourceArn: "arn:aws:sqs:us-east-1:000000000000:jobs" };
    for (let n = 0; n < 5; n++) await invoke("f", caller).catch(() => {});
    await invoke("g", queue).catch(() => {});
    const before = world.clock.now();
    await world.clock.advance(2 * MINUTE_MS);
    await invoke("f", caller).catch(() => {});
    expect(world.metric("f", "Throttles")).toBe(6);
    const rows = await world.delivery.throttles(0);
    expect(
      rows.map(({ name, reason, limit, source, sourceArn, count }) => [
        name,
        reason,
        limit,
        source,
        sourceArn,
        count,
      ]),
    ).toEqual([
      ["f", "ReservedFunctionConcurrentInvocationLimitExceeded", 0, "invoke", caller.sourceArn, 5],
      ["g", "ConcurrentInvocationLimitExceeded", 0, "sqs", queue.sourceArn, 1],
      ["f", "ReservedFunctionConcurrentInvocationLimitExceeded", 0, "invoke", caller.sourceArn, 1],
    ]);
    expect(rows[0]).toMatchObject({ account: "000000000000", region: "us-east-1", arn: ARN("f") });
    expect(rows[0]?.firstMs).toBeLessThanOrEqual(rows[0]?.lastMs ?? 0);
    expect(await world.delivery.throttles(before + MINUTE_MS)).toHaveLength(1);
    await world.clock.advance("8 days");
    await invoke("g", queue).catch(() => {});
    expect(await world.delivery.throttles(0)).toHaveLength(1);
  });
});
