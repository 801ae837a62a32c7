import { describe, expect, it } from "vitest";
import { createClock } from "../kernel/clock.ts";
import { createLog } from "../kernel/log.ts";
import type { LogLine, Span } from "../kernel/telemetry.ts";
import { Intake } from "./intake.ts";
import { createObserve } from "./observe.ts";
import { fairLevel } from "./retention.ts";

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

describe("intake", () => {
  it("wants some of many spans of one name a second, and tells how many it did not", () => {
    const intake = new Intake(0);
    const wanted = (startMs: number, most: number) => intake.wants("s3.PutObject", startMs, most);
    const times = Array.from({ length: 1000 }, (_, n) => 5_000 + n / 2);
    expect(times.filter((startMs) => wanted(startMs, 200))).toHaveLength(200);
    // Those that something may follow from have more room.
    expect(times.filter((startMs) => wanted(startMs, 500))).toHaveLength(300);
    expect(intake.wants("s3.GetObject", 5_900, 200)).toBe(true);
    expect(intake.take().evicted).toEqual([{ kind: "span", group: "s3.PutObject", count: 1500 }]);
    expect(wanted(6_000, 200)).toBe(true);
    expect(intake.take().evicted).toEqual([]);
  });

  it("adds up usage while it waits, and loses none", () => {
    const intake = new Intake(0);
    const usage = { timeMs: 1, account: "000000000000", region: "us-east-1", quantity: 1 };
    for (let n = 0; n < 1000; n++) {
      intake.usage({ ...usage, unit: "s3:PutObject" });
      intake.usage({ ...usage, unit: "lambda:GB-second", quantity: 0.5, resource: `f${n % 2}` });
    }
    const { usages } = intake.take();
    expect(usages.map(({ record }) => [record.unit, record.resource, record.quantity])).toEqual([
      ["s3:PutObject", undefined, 1000],
      ["lambda:GB-second", "f0", 250],
      ["lambda:GB-second", "f1", 250],
    ]);
    expect(intake.size).toBe(0);
  });
});

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

  it("leaves nothing out for a reader that falls behind, and holds nobody up", async () => {
    const observe = start();
    const abort = new AbortController();
    const seen: string[] = [];
    observe.recorder.log(line("0"));
    for await (const { message } of observe.follow({ limit: 1 }, abort.signal)) {
      // While this reader is busy with its first line, more comes than is held for one reader.
      if (seen.length === 0)
        for (let index = 1; index < 25_000; index++) observe.recorder.log(line(`${index}`));
      seen.push(message);
      if (seen.length === 20_000) observe.recorder.log(line("25000"));
      if (seen.length === 25_001) abort.abort();
    }
    expect(seen).toEqual(Array.from({ length: 25_001 }, (_, index) => `${index}`));
    await observe.close();
  });

  it("resumes after a line, and hears only what it asks for", async () => {
    const observe = start();
    for (const text of ["a1", "b1", "a2"]) observe.recorder.log(line(text));
    const { lines } = await observe.logs({ order: "oldest", limit: 1 });
    const abort = new AbortController();
    const seen: string[] = [];
    const query = { afterSeq: lines[0]?.seq ?? 0, filter: "a" };
    for await (const { message } of observe.follow(query, abort.signal)) {
      seen.push(message);
      if (seen.length === 1) for (const text of ["b2", "a3"]) observe.recorder.log(line(text));
      else abort.abort();
    }
    expect(seen).toEqual(["a2", "a3"]);
    await observe.close();
  });

  it("keeps order, and drops fairly, when more waits than may wait", () => {
    const intake = new Intake(0);
    intake.log(line("quiet", { group: "quiet" }));
    const message = "x".repeat(100_000);
    for (let index = 0; index < 1_000; index++) intake.log(line(message, { group: "noisy" }));
    let [kept, dropped, last] = [0, 0, 0];
    for (let batch = intake.take(); batch.lines.length > 0; batch = intake.take()) {
      if (last === 0) expect(batch.lines[0]?.record.group).toBe("quiet");
      for (const { seq } of batch.lines) {
        expect(seq).toBeGreaterThan(last);
        last = seq;
      }
      kept += batch.lines.length;
      for (const { group, count } of batch.evicted) {
        expect(group).toBe("noisy");
        dropped += count;
      }
    }
    expect(kept + dropped).toBe(1_001);
    expect(kept).toBeLessThan(700);
    expect(intake.bytes).toBe(0);
  });
});

it.each([
  [[10, 10], 100, 100, 100],
  [[10, 10], 100, 5, 5],
  [[1_000, 10, 20], 100, 100, 70],
  [[1_000, 1_000, 20], 100, 100, 40],
  [[1_000, 1_000], 100, 30, 30],
  [[], 100, 100, 100],
])("shares: groups of %j in %i, at most %i each, keep %i", (sizes, capacity, perGroup, level) => {
  expect(fairLevel(sizes, capacity, perGroup)).toBe(level);
});
