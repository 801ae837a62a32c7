import { expect, test } from "vitest";
import { createVirtualClock } from "./clock.ts";

const HOUR_MS = 3_600_000;

function clockAtRest() {
  return createVirtualClock(async () => {});
}

test("advance calls timers in order of time, each at its own time", async () => {
  const clock = clockAtRest();
  const start = clock.now();
  const seen: [string, number][] = [];
  const note = (name: string) => () => void seen.push([name, Math.round((clock.now() - start) / HOUR_MS)]);
  clock.at(start + 3 * HOUR_MS, note("third"));
  clock.at(start + HOUR_MS, note("first"));
  clock.at(start + 2 * HOUR_MS, note("second"));
  clock.at(start + 9 * HOUR_MS, note("later"));
  await clock.advance(6 * HOUR_MS);
  expect(seen).toEqual([
    ["first", 1],
    ["second", 2],
    ["third", 3],
  ]);
  expect(Math.round((clock.now() - start) / HOUR_MS)).toBe(6);
});

test("timers of the same moment are called in the order they were set", async () => {
  const clock = clockAtRest();
  const due = clock.now() + HOUR_MS;
  const seen: number[] = [];
  for (const number of [1, 2, 3]) clock.at(due, () => void seen.push(number));
  await clock.advance(HOUR_MS);
  expect(seen).toEqual([1, 2, 3]);
});

test("what a timer sets is met in the same advance, after the work it started has settled", async () => {
  let settled = 0;
  const clock = createVirtualClock(async () => void settled++);
  const seen: string[] = [];
  clock.at(clock.now() + HOUR_MS, () => {
    seen.push("outer");
    clock.at(clock.now() + HOUR_MS, () => void seen.push(`inner after ${settled}`));
  });
  await clock.advance(3 * HOUR_MS);
  // Once before the first timer, once after it.
  expect(seen).toEqual(["outer", "inner after 2"]);
});

test("a timer that work under way is about to set is not passed over", async () => {
  let work = Promise.resolve();
  const clock = createVirtualClock(() => work);
  let called = false;
  work = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
    clock.at(clock.now() + HOUR_MS, () => {
      called = true;
    });
  });
  await clock.advance(2 * HOUR_MS);
  expect(called).toBe(true);
});

test("a cancelled timer is not called, and sleep ends with its signal", async () => {
  const clock = clockAtRest();
  let called = false;
  clock
    .at(clock.now() + HOUR_MS, () => {
      called = true;
    })
    .cancel();
  const abort = new AbortController();
  const sleeping = clock.sleep(HOUR_MS, abort.signal);
  abort.abort("gone");
  await expect(sleeping).rejects.toBe("gone");
  await clock.advance(2 * HOUR_MS);
  expect(called).toBe(false);
  expect(clock.nextDue()).toBeUndefined();
});

test("a long sleep is over once the clock has been turned past it", async () => {
  const clock = clockAtRest();
  const sleeping = clock.sleep(365 * 24 * HOUR_MS);
  await clock.advance(366 * 24 * HOUR_MS);
  await expect(sleeping).resolves.toBeUndefined();
});
