import { afterEach, describe, expect, it } from "vitest";
import { Fault } from "../kernel/faults.ts";
import { createMemoryStore } from "../store/drivers/memory.ts";
import { ARN, FunctionError, MINUTE_MS, openDelivery } from "./delivery.fixture.ts";

const open: { close(): Promise<void> }[] = [];
const start = (...args: Parameters<typeof openDelivery>) => {
  const world = openDelivery(...args);
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
    const store = createMemoryStore();
    const first = openDelivery(store);
    first.define("hangs", () => new Promise(() => {}));
    first.define("fails", fail);
    await first.send("fails", 2);
    await first.delivery.settled();
    await first.send("hangs", 1);
    await expect.poll(() => first.runs.length).toBe(2);
    // The first process is gone here as kill -9 would have it: nothing is stopped or written.
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
    const store = createMemoryStore();
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

describe("concurrency", () => {
  it("refuses a function above its reservation and lets others through", async () => {
    const world = start();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    world.define("f", () => held, { reservedConcurrency: 1 });
    world.define("g", () => "free");
    const invoke = (name: string) =>
      world.delivery.invoke(world.target(name), {
        requestId: "r",
        payload: new Uint8Array(),
        invokedArn: ARN(name),
        trace: { root: "1-00000000-000000000000000000000000", sampled: true, lineage: [] },
        attempt: 1,
      });
    const first = invoke("f");
    await expect(invoke("f")).rejects.toMatchObject({
      code: "TooManyRequestsException",
      status: 429,
      members: { Reason: "ReservedFunctionConcurrentInvocationLimitExceeded" },
    });
    await invoke("g");
    release();
    await first;
    await invoke("f");
  });

  it("shares the account's pool among functions without a reservation", async () => {
    const world = start();
    const held = new Promise<void>(() => {});
    world.define("f", () => held, { unreservedConcurrency: 2 });
    const invoke = () =>
      world.delivery.invoke(world.target("f"), {
        requestId: "r",
        payload: new Uint8Array(),
        invokedArn: ARN("f"),
        trace: { root: "1-00000000-000000000000000000000000", sampled: true, lineage: [] },
        attempt: 1,
      });
    void invoke();
    void invoke();
    await expect(invoke()).rejects.toMatchObject({
      members: { Reason: "ConcurrentInvocationLimitExceeded" },
    });
  });
});

describe("the loop guard", () => {
  const loop = (recursiveLoop: "Allow" | "Terminate", until: number) => {
    const world = start();
    world.define(
      "f",
      async ({ trace }) => {
        if (world.runs.length < until) {
          await world.send("f", 1, { trace, source: "s3", sourceArn: "arn:aws:s3:::photos" });
        }
      },
      { recursiveLoop },
    );
    return world;
  };

  it("stops a function that runs a seventeenth time in one chain, and says who drove it", async () => {
    const world = loop("Terminate", 1000);
    await world.send("f", 0);
    await world.delivery.settled();
    expect(world.runs).toHaveLength(16);
    const stopped = world.spans.find((span) => span.kind === "stopped");
    expect(stopped).toMatchObject({
      name: "f",
      resource: ARN("f"),
      attributes: { count: 16, source: "s3", sourceArn: "arn:aws:s3:::photos" },
    });
    expect(world.lines.some((line) => line.message.includes("arn:aws:s3:::photos"))).toBe(true);
  });

  it("lets a function loop that is allowed to", async () => {
    const world = loop("Allow", 50);
    await world.send("f", 0);
    await world.delivery.settled();
    expect(world.runs).toHaveLength(50);
  });

  it("stops a loop through two functions and a synchronous call alike", async () => {
    const world = start();
    const call = async (
      name: string,
      from: { trace: Parameters<typeof world.delivery.invoke>[1]["trace"] },
    ) => {
      await world.delivery.invoke(world.target(name), {
        requestId: "r",
        payload: new Uint8Array(),
        invokedArn: ARN(name),
        trace: from.trace,
        attempt: 1,
      });
    };
    world.define("ping", (invocation) => call("pong", invocation));
    world.define("pong", (invocation) => call("ping", invocation));
    const trace = { root: "1-00000000-000000000000000000000000", sampled: true, lineage: [] };
    await expect(call("ping", { trace })).rejects.toMatchObject({ code: "RecursiveInvocationException" });
    expect(world.runs).toHaveLength(32);
  });

  it("never stops a fan-out", async () => {
    const world = start();
    world.define("many", async ({ trace }) => {
      for (let n = 0; n < 100; n++) await world.send("one", n, { trace });
    });
    world.define("one", () => null);
    await world.send("many", 0);
    await world.delivery.settled();
    expect(world.runs).toHaveLength(101);
    expect(world.spans.some((span) => span.kind === "stopped")).toBe(false);
  });
});

describe("destinations", () => {
  it("tells a function of a success and of a failure", async () => {
    const world = start();
    world.define("works", () => ({ ok: true }), { asynchronous: { onSuccess: ARN("told") } });
    world.define("fails", fail, { asynchronous: { onFailure: ARN("told"), maximumRetryAttempts: 1 } });
    world.define("told", () => null);
    const works = await world.send("works", { a: 1 });
    const fails = await world.send("fails", { b: 2 });
    await world.delivery.settled();
    await world.clock.advance(10 * MINUTE_MS);
    const told = world.runs.filter((run) => run.name === "told").map((run) => parse(run.invocation.payload));
    expect(told).toEqual([
      {
        version: "1.0",
        timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
        requestContext: {
          requestId: works.requestId,
          functionArn: `${ARN("works")}:$LATEST`,
          condition: "Success",
          approximateInvokeCount: 1,
        },
        requestPayload: { a: 1 },
        responseContext: { statusCode: 200, executedVersion: "$LATEST" },
        responsePayload: { ok: true },
      },
      {
        version: "1.0",
        timestamp: expect.any(String),
        requestContext: {
          requestId: fails.requestId,
          functionArn: `${ARN("fails")}:$LATEST`,
          condition: "RetriesExhausted",
          approximateInvokeCount: 2,
        },
        requestPayload: { b: 2 },
        responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
        responsePayload: { errorType: "Error", errorMessage: "no" },
      },
    ]);
  });

  it("puts a failure into a bucket under AWS's key", async () => {
    const calls: unknown[][] = [];
    const world = start(undefined, async (...args) => {
      calls.push(args);
      return {};
    });
    world.define("f", fail, {
      asynchronous: { onFailure: "arn:aws:s3:::failures", maximumRetryAttempts: 0 },
    });
    await world.send("f", 1);
    await world.delivery.settled();
    expect(calls).toHaveLength(1);
    const [service, operation, input, as] = calls[0] ?? [];
    expect([service, operation]).toEqual(["s3", "PutObject"]);
    expect(input).toMatchObject({
      Bucket: "failures",
      Key: expect.stringMatching(
        /^aws\/lambda\/async\/f\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}$/,
      ),
    });
    expect(as).toMatchObject({ role: "arn:aws:iam::000000000000:role/r" });
  });

  it("says in the log what could not be sent", async () => {
    const world = start();
    const queue = "arn:aws:sqs:us-east-1:000000000000:dlq";
    world.define("f", fail, { asynchronous: { deadLetterTarget: queue, maximumRetryAttempts: 0 } });
    await world.send("f", 1);
    await world.delivery.settled();
    expect(world.lines.at(-1)?.message).toContain(`could not be sent to the dead-letter queue ${queue}`);
    expect(world.spans.at(-1)).toMatchObject({ status: "fault", errorType: "DestinationDeliveryFailure" });
  });

  it("stops a loop that runs through destinations", async () => {
    const world = start();
    world.define("a", () => null, { asynchronous: { onSuccess: ARN("b") } });
    world.define("b", () => null, { asynchronous: { onSuccess: ARN("a") } });
    await world.send("a", 0);
    await world.delivery.settled();
    expect(world.runs).toHaveLength(32);
    expect(world.spans.filter((span) => span.kind === "stopped")).toHaveLength(1);
  });
});
