import { expect, test } from "vitest";
import { createVirtualClock } from "../../../kernel/clock.ts";
import { passes } from "./throttle.ts";

test("a burst passes, then so many as come in a second, and nothing where one bucket is empty", async () => {
  const clock = createVirtualClock(async () => {});
  const stopped = { ...clock, now: () => nowMs };
  let nowMs = 0;
  const world = { store: {} as never, clock: stopped };
  const account = ["account", { perSecond: 500, burst: 500 }] as const;
  const route = ["route", { perSecond: 2, burst: 3 }] as const;
  const passed = (count: number, ...rates: (typeof account | typeof route)[]) =>
    Array.from({ length: count }, () => passes(world, rates)).filter((each) => each).length;
  expect(passed(900, account)).toBe(500);
  nowMs = 100;
  expect(passed(900, account)).toBe(50);
  nowMs = 10_000;
  expect(passed(10, account, route)).toBe(3);
  expect(passed(900, account)).toBe(497);
  nowMs = 11_000;
  expect(passed(10, account, route)).toBe(2);
});
