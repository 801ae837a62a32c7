import { describe, expect, it } from "vitest";
import type { Span } from "../kernel/telemetry.ts";
import { criticalPathsOf, sharesOf } from "./critical-path.ts";

const span = (spanId: string, startMs: number, endMs: number, more: Partial<Span> = {}): Span => ({
  traceId: "1-00000001-aaaaaaaaaaaaaaaaaaaaaaaa",
  spanId,
  kind: "call",
  name: spanId,
  startMs,
  durationMs: endMs - startMs,
  status: "ok",
  requestId: "",
  account: "",
  region: "",
  attributes: {},
  ...more,
});

/** `a 0-5, b 5-9`, in the order of time. */
function told(spans: readonly [Span, ...Span[]], which: "response" | "completion"): string {
  const { sections } = criticalPathsOf(spans, spans[0])[which];
  return sections.map(({ spanId, startMs, endMs }) => `${spanId} ${startMs}-${endMs}`).join(", ");
}

describe("the critical path", () => {
  it("goes back from the child that ended last to the one that had ended before", () => {
    const spans = [
      span("root", 0, 100),
      span("first", 10, 40, { parentId: "root" }),
      span("beside", 10, 60, { parentId: "root" }),
      span("last", 65, 90, { parentId: "root" }),
      span("within", 70, 80, { parentId: "last" }),
    ] as const;
    expect(told(spans, "response")).toBe(
      "root 0-10, beside 10-60, root 60-65, last 65-70, within 70-80, last 80-90, root 90-100",
    );
  });

  it("leaves out who was waited for by nobody, and cuts off who outlives his parent", () => {
    const spans = [
      span("root", 0, 50),
      span("long", 20, 80, { parentId: "root" }),
      span("queue", 10, 200, { parentId: "root", kind: "queue" }),
      span("run", 200, 240, { parentId: "queue", kind: "invoke" }),
    ] as const;
    expect(told(spans, "response")).toBe("root 0-20, long 20-50");
    expect(told(spans, "completion")).toBe("root 0-10, queue 10-200, run 200-240");
  });

  it("takes tries after each other, with the time between them", () => {
    const spans = [
      span("send", 0, 10),
      span("wait", 10, 20, { parentId: "send", kind: "queue" }),
      span("run", 20, 30, { parentId: "wait", kind: "invoke" }),
      span("wait again", 30, 90, { parentId: "send", kind: "queue" }),
      span("run again", 90, 95, { parentId: "wait again", kind: "invoke" }),
    ] as const;
    expect(told(spans, "completion")).toBe(
      "send 0-10, wait 10-20, run 20-30, wait again 30-90, run again 90-95",
    );
    const { completion } = criticalPathsOf(spans, spans[0]);
    expect([...sharesOf(completion)][0]).toEqual(["wait again", 60]);
  });

  it("takes no environment's start for time that went by before its run", () => {
    const spans = [
      span("send", 0, 10),
      span("wait", 10, 90, { parentId: "send", kind: "queue" }),
      span("run", 90, 100, { parentId: "wait", kind: "invoke" }),
      span("init", 20, 40, { parentId: "run", kind: "init" }),
    ] as const;
    expect(told(spans, "completion")).toBe("send 0-10, wait 10-90, run 90-100");
    const late = [span("run", 90, 100), span("init", 80, 95, { parentId: "run", kind: "init" })] as const;
    expect(told(late, "response")).toBe("init 90-95, run 95-100");
  });

  it("counts time after a span's end for what was waited for, not for the span", () => {
    const spans = [
      span("send", 0, 10),
      span("wait", 10, 20, { parentId: "send", kind: "queue" }),
      span("run", 20, 30, { parentId: "wait", kind: "invoke" }),
      span("given up", 80, 80, { parentId: "send", kind: "queue" }),
    ] as const;
    expect(told(spans, "completion")).toBe("send 0-10, wait 10-20, run 20-30, given up 30-80");
  });

  it("comes to an end where parents go round in a circle", () => {
    const spans = [span("a", 0, 10, { parentId: "b" }), span("b", 2, 8, { parentId: "a" })] as const;
    expect(told(spans, "response")).toBe("a 0-2, b 2-8, a 8-10");
  });
});
