import { describe, expect, it } from "vitest";
import { createClock } from "../kernel/clock.ts";
import { createLog } from "../kernel/log.ts";
import type { LogLine, Span } from "../kernel/telemetry.ts";
import { createObserve } from "./observe.ts";

const ROOT = "1-6500aaaa-0123456789abcdef01234567";

function span(fields: Partial<Span>): Span {
  return {
    traceId: ROOT,
    spanId: "00000000000000aa",
    kind: "call",
    name: "s3.PutObject",
    startMs: 1_000,
    durationMs: 5,
    status: "ok",
    requestId: "req-put",
    account: "000000000000",
    region: "us-east-1",
    attributes: {},
    ...fields,
  };
}

function line(message: string, fields: Partial<LogLine> = {}): LogLine {
  const scope = { account: "000000000000", region: "us-east-1" };
  return {
    ...scope,
    timeMs: 1_000,
    group: "/aws/lambda/one",
    stream: "s",
    message,
    source: "function",
    ...fields,
  };
}

function start() {
  return createObserve({ clock: createClock(), log: createLog("silent", () => {}) });
}

describe("observe", () => {
  it("answers at once with what was recorded", async () => {
    const observe = start();
    observe.recorder.span(span({ resource: "arn:aws:s3:::photos/cat.jpg" }));
    observe.recorder.span(
      span({ spanId: "bb", parentId: "00000000000000aa", kind: "invoke", name: "one", startMs: 1_100 }),
    );
    observe.recorder.log(line("hello", { traceId: ROOT, requestId: "req-one" }));
    const { traces } = await observe.traces({});
    expect(traces).toHaveLength(1);
    expect(traces[0]).toMatchObject({
      entry: "s3.PutObject photos/cat.jpg",
      durationMs: 105,
      spanCount: 2,
      functions: ["one"],
    });
    for (const id of [undefined, ROOT, ROOT.slice(0, 9), "req-put"]) {
      const trace = await observe.trace(id);
      expect(trace?.lines.map(({ message }) => message)).toEqual(["hello"]);
    }
    expect(await observe.trace("1-7")).toBeUndefined();
    await observe.close();
  });

  it("joins history to what follows, each line once", async () => {
    const observe = start();
    for (let index = 0; index < 50; index++) observe.recorder.log(line(`${index}`));
    const abort = new AbortController();
    const seen: string[] = [];
    for await (const { message } of observe.follow({ limit: 10 }, abort.signal)) {
      seen.push(message);
      if (seen.length <= 20) observe.recorder.log(line(`${49 + seen.length}`));
      if (seen.length === 30) abort.abort();
    }
    expect(seen).toEqual(Array.from({ length: 30 }, (_, index) => `${40 + index}`));
    await observe.close();
  });
});
