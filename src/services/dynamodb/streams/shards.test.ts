import { describe, expect, test } from "vitest";
import {
  countOf,
  type Lineage,
  lanesFor,
  nextToTrim,
  sequenceNumber,
  shardsOf,
  slotAt,
  split,
} from "./shards.ts";

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 1);
const LABEL = "2026-01-01T00:00:00.000";
const single: Lineage = { label: LABEL, eras: [{ sinceMs: START_MS, lanes: 1 }] };

test("lanes are a power of two", () => {
  expect([1, 2, 3, 4, 5, 100, 1e6].map(lanesFor)).toEqual([1, 2, 4, 4, 8, 128, 1024]);
});

describe("a stream of one lane", () => {
  test("has one open shard at first, named as AWS names shards", () => {
    const shards = shardsOf(single, START_MS + 1);
    expect(shards).toHaveLength(1);
    expect(shards[0]).toMatchObject({ isOpen: true });
    expect(shards[0]).not.toHaveProperty("parentId");
    expect(shards[0]?.id).toMatch(/^shardId-\d{20}-[0-9a-f]{8}$/);
  });

  test("rolls over every four hours, each shard the child of the one before", () => {
    const shards = shardsOf(single, START_MS + 9 * HOUR_MS);
    expect(shards.map(({ isOpen }) => isOpen)).toEqual([false, false, true]);
    expect(shards[1]?.parentId).toBe(shards[0]?.id);
    expect(shards[2]?.parentId).toBe(shards[1]?.id);
  });

  test("forgets shards that closed more than a day ago, but not their names in their children", () => {
    const shards = shardsOf(single, START_MS + 30 * HOUR_MS);
    expect(shards).toHaveLength(7);
    expect(shards[0]?.startMs).toBe(START_MS + 4 * HOUR_MS);
    expect(shards[0]?.parentId).toBe(shardsOf(single, START_MS + 1)[0]?.id);
  });

  test("closes for good when it is switched off, and is gone a day later", () => {
    const ended = { ...single, endedMs: START_MS + 5 * HOUR_MS };
    expect(shardsOf(ended, START_MS + 6 * HOUR_MS).map(({ isOpen }) => isOpen)).toEqual([false, false]);
    expect(shardsOf(ended, START_MS + 28.5 * HOUR_MS)).toHaveLength(1);
    expect(shardsOf(ended, START_MS + 30 * HOUR_MS)).toHaveLength(0);
  });
});

describe("a stream that is split", () => {
  const eras = split(single.eras, 4, START_MS + 6 * HOUR_MS);
  const lineage: Lineage = { label: LABEL, eras };

  test("closes the open shard, and goes on in its children", () => {
    const shards = shardsOf(lineage, START_MS + 6 * HOUR_MS + 1);
    expect(shards.map(({ isOpen }) => isOpen)).toEqual([false, false, true, true, true, true]);
    for (const child of shards.slice(2)) expect(child.parentId).toBe(shards[1]?.id);
  });

  test("is not merged again", () => {
    expect(split(eras, 2, START_MS + 7 * HOUR_MS)).toBe(eras);
  });

  test("keeps a lane's keys in its halves", () => {
    const twice: Lineage = { label: LABEL, eras: split(eras, 8, START_MS + 7 * HOUR_MS) };
    const shards = shardsOf(twice, START_MS + 7 * HOUR_MS + 1);
    for (const hash of [0, 1, 2 ** 30, 2 ** 31, 2 ** 32 - 1, 123_456_789]) {
      const before = slotAt(twice.eras, hash, START_MS + 6.5 * HOUR_MS);
      const after = slotAt(twice.eras, hash, START_MS + 7.5 * HOUR_MS);
      const shard = (slot: typeof before) =>
        shards.find((each) => each.era === slot.era && each.slot === slot.slot && each.lane === slot.lane);
      expect(shard(after)?.parentId).toBe(shard(before)?.id);
    }
  });

  test("numbers changes so that children come after their parents", () => {
    const early = slotAt(eras, 7, START_MS + 5 * HOUR_MS);
    const late = slotAt(eras, 7, START_MS + 7 * HOUR_MS);
    const numbers = [
      sequenceNumber(lineage, early, 500),
      sequenceNumber(lineage, early, 501),
      sequenceNumber(lineage, late, 3),
    ];
    expect(numbers.map((number) => number.length)).toEqual([24, 24, 24]);
    expect([...numbers].sort()).toEqual(numbers);
    expect(countOf(lineage, early, numbers[1] ?? "")).toBe(501);
    expect(countOf(lineage, late, numbers[1] ?? "")).toBe(-1);
    expect(countOf(lineage, early, numbers[2] ?? "")).toBe(Number.POSITIVE_INFINITY);
  });

  test("is trimmed slot by slot, across its eras", () => {
    const trims: number[] = [];
    const ended = { ...lineage, endedMs: START_MS + 11 * HOUR_MS };
    for (let next = nextToTrim(ended, undefined); next && trims.length < 9; next = nextToTrim(ended, next)) {
      trims.push((next.atMs - START_MS) / HOUR_MS);
    }
    expect(trims).toEqual([28, 30, 34, 35]);
  });
});
