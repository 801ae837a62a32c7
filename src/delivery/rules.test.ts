import { describe, expect, it } from "vitest";
import type { Trace } from "../kernel/trace.ts";
import { nextStep } from "./backoff.ts";
import { eventsAtOnce } from "./bounds.ts";
import { invocationRecord, recordKey } from "./invocation-record.ts";
import { addRound, lineageOf, roundsOf } from "./lineage.ts";

const HOUR_MS = 3_600_000;
const at = (failures: number, refusals = 0) => ({ enqueuedMs: 0, failures, refusals });

describe("the next step after an attempt", () => {
  it.each([
    ["success", at(0), {}, { kind: "done" }],
    ["functionError", at(1), {}, { kind: "retry", atMs: 61_000 }],
    ["functionError", at(2), {}, { kind: "retry", atMs: 121_000 }],
    ["functionError", at(3), {}, { kind: "failed", condition: "RetriesExhausted" }],
    ["functionError", at(1), { maximumRetryAttempts: 0 }, { kind: "failed", condition: "RetriesExhausted" }],
    [
      "functionError",
      at(1),
      { maximumEventAgeMs: 60_000 },
      { kind: "failed", condition: "EventAgeExceeded" },
    ],
    ["refused", at(0, 1), {}, { kind: "retry", atMs: 2000 }],
    ["refused", at(0, 9), {}, { kind: "retry", atMs: 257_000 }],
    ["refused", at(0, 10), {}, { kind: "retry", atMs: 301_000 }],
    ["refused", at(0, 1_000_000), {}, { kind: "retry", atMs: 301_000 }],
  ] as const)("%s %o %o", (ending, progress, settings, expected) => {
    expect(nextStep(ending, progress, settings, 1000)).toEqual(expected);
  });

  it("gives up when the next attempt would come after six hours", () => {
    const late = nextStep("refused", at(0, 20), {}, 6 * HOUR_MS - 300_000);
    expect(late).toEqual({ kind: "failed", condition: "EventAgeExceeded" });
  });
});

describe("lineage", () => {
  const none: Trace = { root: "r", sampled: true, lineage: [] };

  it("counts each function of a chain for itself", () => {
    const [a, b] = [lineageOf("a"), lineageOf("b")];
    const chain = addRound(addRound(addRound(none, a), b), a);
    expect([roundsOf(chain, a), roundsOf(chain, b), roundsOf(none, a)]).toEqual([2, 1, 0]);
    expect(a).toMatch(/^[0-9a-f]{8}$/);
  });

  it("stays bounded and forgets what ran least", () => {
    let trace = addRound(addRound(none, lineageOf("loop")), lineageOf("loop"));
    for (let n = 0; n < 100; n++) trace = addRound(trace, lineageOf(`other ${n}`));
    expect(trace.lineage).toHaveLength(16);
    expect(roundsOf(trace, lineageOf("loop"))).toBe(2);
  });
});

describe("records for destinations", () => {
  const event = {
    requestId: "r",
    functionArn: "arn:aws:lambda:us-east-1:000000000000:function:f:live",
    payload: new TextEncoder().encode("not JSON"),
    trace: { root: "r", sampled: true, lineage: [] },
    source: "lambda",
  };

  it("keeps the qualifier and a payload that is no JSON, and leaves out what never was", () => {
    expect(invocationRecord(event, "EventAgeExceeded", { invokeCount: 0, nowMs: 0 })).toEqual({
      version: "1.0",
      timestamp: "1970-01-01T00:00:00.000Z",
      requestContext: {
        requestId: "r",
        functionArn: event.functionArn,
        condition: "EventAgeExceeded",
        approximateInvokeCount: 0,
      },
      requestPayload: "not JSON",
    });
  });

  it("names the object by function, day and time", () => {
    expect(recordKey("f", Date.UTC(2026, 0, 2, 3, 4, 5), "id")).toBe(
      "aws/lambda/async/f/2026/01/02/2026-01-02T03.04.05-id",
    );
  });
});

describe("events at once", () => {
  const GIB = 2 ** 30;
  it.each([
    [2, 64 * GIB, 64],
    [16, 64 * GIB, 128],
    [16, 8 * GIB, 64],
    [2, 4 * GIB, 32],
    [2, GIB, 16],
    [64, 0, 16],
  ])("are bounded on %i cores with %i bytes of memory: %i", (cores, bytes, most) => {
    expect(eventsAtOnce(cores, bytes)).toBe(most);
  });
});
