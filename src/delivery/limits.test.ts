import { afterEach, describe, expect, it } from "vitest";
import { Fault } from "../kernel/faults.ts";
import type { Store } from "../store/store.ts";
import { ARN, FunctionError, MINUTE_MS, openDelivery, STORES } from "./delivery.fixture.ts";
import type { ServiceCall } from "./options.ts";

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
  const parse = (payload: Uint8Array | undefined) => JSON.parse(new TextDecoder().decode(payload));

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
      world.define("f", () => held, { claimedConcurrency: 998 });
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
      expect([world.metric("f", "Invocations"), world.metric("f", "RecursiveInvocationsDropped")]).toEqual([
        16, 1,
      ]);
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
      const told = world.runs
        .filter((run) => run.name === "told")
        .map((run) => parse(run.invocation.payload));
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

    it("are told later when they fail for now: only those that failed, and each once", async () => {
      const queue = "arn:aws:sqs:us-east-1:000000000000:";
      const told: string[] = [];
      let failures = 5;
      const world = start(undefined, async (_service, _operation, input) => {
        const name = String(input.QueueUrl).split("/").at(-1) ?? "";
        if (name === "told" && failures-- > 0) throw new Fault("Throttling", "", { status: 400 });
        told.push(name);
        return {};
      });
      world.define("f", fail, {
        asynchronous: {
          maximumRetryAttempts: 0,
          onFailure: `${queue}told`,
          deadLetterTarget: `${queue}dead`,
        },
      });
      await world.send("f", 1);
      await world.delivery.settled();
      expect(told).toEqual(["dead"]);
      await world.clock.advance("29 s");
      expect(told).toEqual(["dead"]);
      await world.clock.advance("10 s");
      expect(told).toEqual(["dead", "told"]);
      expect(world.runs).toHaveLength(1);
      await world.clock.advance("7 hours");
      expect(told).toHaveLength(2);
      expect(world.lines.map((line) => line.message)).toEqual([expect.stringContaining("RetriesExhausted")]);
    });

    it("are given up after six hours, and the log says so", async () => {
      let calls = 0;
      const world = start(undefined, async () => {
        calls++;
        throw new Fault("InternalFailure", "no luck", { status: 500 });
      });
      world.define("f", () => null, { asynchronous: { onSuccess: "arn:aws:s3:::failures" } });
      await world.send("f", 1);
      await world.delivery.settled();
      await world.clock.advance("5 hours");
      expect(world.lines).toEqual([]);
      await world.clock.advance("2 hours");
      expect(world.lines.map((line) => line.message)).toEqual([expect.stringContaining("no luck")]);
      expect(world.spans.at(-1)).toMatchObject({ errorType: "DestinationDeliveryFailure" });
      expect(world.metric("f", "DestinationDeliveryFailures")).toBe(1);
      const before = calls;
      await world.clock.advance("24 hours");
      expect(calls).toBe(before);
      expect(world.runs).toHaveLength(1);
    });

    it("hear of it when an event bus does not take an event", async () => {
      const world = start(undefined, async () => ({
        FailedEntryCount: 1,
        Entries: [{ ErrorCode: "NotAuthorizedForSource", ErrorMessage: "not yours" }],
      }));
      const bus = "arn:aws:events:us-east-1:000000000000:event-bus/b";
      world.define("f", () => null, { asynchronous: { onSuccess: bus } });
      await world.send("f", 1);
      await world.delivery.settled();
      expect(world.lines.at(-1)?.message).toContain("NotAuthorizedForSource: not yours");
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
});
