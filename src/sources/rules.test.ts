import { describe, expect, it } from "vitest";
import { createClock } from "../kernel/clock.ts";
import { createIds } from "../kernel/ids.ts";
import type { SourceSettings } from "../kernel/sources.ts";
import { backoffMs } from "./backoff.ts";
import { causesOf } from "./causes.ts";
import { pollEnd } from "./flow.ts";
import { Polls } from "./polls.ts";
import type { ShardRecord } from "./records.ts";
import { idleLoad, type Load, loadAt, roomAt, taken, throttled } from "./scaling.ts";
import { isDoneBefore, laneOf, planShards, progressOf } from "./shards.ts";
import { windowStart } from "./windows.ts";

const SETTINGS: SourceSettings = {
  ...{ batchSize: 10, windowMs: 0, filters: [], reportsItems: false, countsEvents: false, deliveryMs: 0 },
  ...{ parallelization: 1, tumblingMs: 0, bisects: false },
};
const MINUTE_MS = 60_000;

/** The room a queue has that is busy all the time. */
function busyFor(minutes: number, settings: SourceSettings): number {
  let load: Load = idleLoad(settings);
  load = loadAt(load, settings, roomAt(load, settings, 0).most, 0);
  return roomAt(load, settings, minutes * MINUTE_MS).most;
}

describe("batches of a queue at once", () => {
  it.each([
    ["five at first", 0, {}, 5],
    ["300 more after a minute", 1, {}, 305],
    ["1,250 at most", 60, {}, 1250],
    ["no more than MaximumConcurrency", 60, { maximumConcurrency: 20 }, 20],
    ["fewer at first where that is less", 0, { maximumConcurrency: 2 }, 2],
    ["ten for each poller that is kept", 0, { pollers: { least: 2, most: 200 } }, 20],
    ["1,000 more a minute of those", 1, { pollers: { least: 2, most: 200 } }, 1020],
    ["ten for each of the most pollers", 60, { pollers: { least: 2, most: 3 } }, 30],
  ])("are %s", (_, minutes, more, expected) => {
    expect(busyFor(minutes, { ...SETTINGS, ...more })).toBe(expected);
  });

  it("grow only while all room is taken, and begin anew when none is", () => {
    const grown = loadAt({ reached: 40, busySinceMs: 0 }, SETTINGS, 12, 1_000);
    expect(roomAt(grown, SETTINGS, 10 * MINUTE_MS)).toEqual({ most: 45 });
    expect(roomAt(loadAt(grown, SETTINGS, 0, 0), SETTINGS, 0)).toEqual({ most: 5 });
  });

  it("do not grow after a throttle until a batch was taken", () => {
    const halved = throttled({ reached: 40, busySinceMs: 0 }, SETTINGS, 0);
    const busy = loadAt(halved, SETTINGS, 20, 1_000);
    expect(roomAt(busy, SETTINGS, 10 * MINUTE_MS)).toEqual({ most: 20 });
    expect(roomAt(loadAt(busy, SETTINGS, 0, 2_000), SETTINGS, 2_000)).toEqual({ most: 20 });
    const again = loadAt(taken(busy), SETTINGS, 20, 3_000);
    expect(roomAt(again, SETTINGS, 3_000 + MINUTE_MS).most).toBe(320);
  });

  it("are half as many after a throttle, and never none", () => {
    expect(roomAt(throttled({ reached: 40 }, SETTINGS, 0), SETTINGS, 0).most).toBe(20);
    expect(roomAt(throttled({ reached: 1 }, SETTINGS, 0), SETTINGS, 0).most).toBe(1);
  });
});

describe("shards", () => {
  const shard = (id: string, isOpen: boolean, ...parents: string[]) => ({ id, isOpen, parents });
  const tree = [
    shard("a", false),
    shard("b", false, "a"),
    shard("c", true, "a"),
    shard("d", true, "b", "gone"),
  ];
  const NONE = new Map<string, ShardRecord>();
  const HORIZON = { at: "TRIM_HORIZON" } as const;

  it("begin with those that have no parents left", () => {
    const plan = planShards(tree, NONE, HORIZON);
    expect([...plan.ready.keys()]).toEqual(["a"]);
    expect([...plan.found.keys()]).toEqual(["a", "b", "c", "d"]);
  });

  it("go on with the children of what is done, and forget what is gone", () => {
    const done: ShardRecord = { v: 1, from: HORIZON, done: true };
    const known = new Map([
      ...planShards(tree, NONE, HORIZON).found,
      ["a", done] as const,
      ["old", done] as const,
    ]);
    const plan = planShards(tree, known, HORIZON);
    expect([...plan.ready.keys()]).toEqual(["b", "c"]);
    expect(plan.forgotten).toEqual(["old"]);
  });

  it("with LATEST pass over what is closed, and read what comes later from its beginning", () => {
    const start = { at: "LATEST", timeMs: 7 } as const;
    const first = planShards(tree, NONE, start);
    const from = { at: "AT_TIMESTAMP", timeMs: 7 };
    expect([...first.ready]).toEqual([
      ["c", { from, before: [] }],
      ["d", { from, before: [] }],
    ]);
    const later = planShards([...tree, shard("e", true, "c")], first.found, start);
    expect(later.found.get("e")).toEqual({ v: 1, from: HORIZON });
  });

  it("begin where the slowest of other lanes was, and pass over what the others had done", () => {
    const behind = (lane: number, sequence: string, ended = {}) => ({
      ...{ lane, lanes: 3 },
      record: { v: 1 as const, edition: 1, from: { at: "AFTER" as const, sequence }, ...ended },
    });
    const start = { from: HORIZON, before: [] };
    const [a, b, c] = [behind(0, "100"), behind(1, "99"), behind(2, "1000")];
    expect(progressOf([a, b, c], 3, start)).toEqual({
      from: { at: "AFTER", sequence: "99" },
      before: [{ doneTo: ["100", "99", "1000"] }],
    });
    // A lane that has written nothing down has done nothing.
    expect(progressOf([a, c], 3, start)).toEqual({
      from: HORIZON,
      before: [{ doneTo: ["100", null, "1000"] }],
    });
    const ended = behind(1, "9", { ended: true });
    expect(progressOf([a, ended, c], 3, start).from).toEqual({ at: "AFTER", sequence: "100" });
    expect(progressOf([behind(0, "5"), behind(1, "5"), behind(2, "5")], 3, start).before).toEqual([]);
  });

  it("pass over a record by the lane that its key was in", () => {
    const before = [{ doneTo: ["100", null, "1000"] }];
    for (let n = 0; n < 50; n++) {
      const key = `k${n}`;
      const end = [100, 0, 1000][laneOf(key, 3)] ?? 0;
      for (const id of ["99", "100", "101", "1000", "1001"])
        expect(isDoneBefore(before, { id, key })).toBe(Number(id) <= end);
    }
  });
});

it("batches have the first record's trace, and the highest counts of all lineages", () => {
  const header = (n: number, lineage: string) =>
    `Root=1-00000000-${String(n).padStart(24, "0")};Parent=00000000000000aa;Sampled=1${lineage}`;
  const record = (trace: string) => ({ id: "", json: "", bytes: 0, arrivedMs: 0, tries: 0, trace });
  const causes = causesOf(
    [
      record(header(1, ";Lineage=aaaaaaaa:3")),
      record(header(2, ";Lineage=aaaaaaaa:1|bbbbbbbb:9")),
      record(header(2, "")),
      record("no trace"),
    ],
    createClock(),
    createIds(),
  );
  expect(causes.trace.root).toBe(`1-00000000-${"1".padStart(24, "0")}`);
  expect(causes.trace.lineage).toEqual([
    { resource: "aaaaaaaa", count: 3 },
    { resource: "bbbbbbbb", count: 9 },
  ]);
  expect(causes.links).toEqual([`1-00000000-${"2".padStart(24, "0")}`]);
});

it("waits double from a second to a minute; windows begin at whole multiples of their length", () => {
  expect([1, 2, 3, 7, 50].map(backoffMs)).toEqual([1_000, 2_000, 4_000, 60_000, 60_000]);
  expect([0, 59_999, 60_000].map((timeMs) => windowStart(timeMs, 60_000))).toEqual([0, 0, 60_000]);
});

describe("AWS's pace", () => {
  it("reads a shard on a beat from its last read on, and again at once while there is more", () => {
    const polls = new Polls(1_000);
    expect(polls.nextMs(100)).toBeUndefined();
    polls.wasRead(100, true);
    expect(polls.nextMs(101)).toBeUndefined();
    polls.wasRead(101, false);
    expect(polls.nextMs(102)).toBe(1_101);
    expect(polls.nextMs(1_101.3)).toBeUndefined();
    polls.wasRead(1_101.3, false);
    // What comes after a rest waits for the next beat.
    expect(polls.nextMs(7_500)).toBe(8_101);
    expect(polls.nextMs(8_102)).toBeUndefined();
    expect(new Polls(0).nextMs(5)).toBeUndefined();
  });

  it("looks at a queue's batch when a long poll ends", () => {
    expect(pollEnd(5_000, 0, 20_000)).toBe(20_000);
    expect(pollEnd(5_000, 4_000, 20_000)).toBe(24_000);
    expect(pollEnd(5_000, 6_000, 20_000)).toBe(5_000);
    expect(pollEnd(30_000, 0, 20_000)).toBe(40_000);
    expect(pollEnd(30_000, 0)).toBe(30_000);
  });
});
