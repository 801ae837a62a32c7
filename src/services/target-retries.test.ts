import { expect, test } from "vitest";
import { nextAttempt } from "./target-retries.ts";

const DAY_MS = 86_400_000;

/** All attempts at an event that fails for ever: when each is made, and why none follows. */
function run(policy: Parameters<typeof nextAttempt>[1], chance: number) {
  const times: number[] = [];
  let progress = { sinceMs: 0, retries: 0 };
  for (let nowMs = 0; ; ) {
    times.push(nowMs);
    const next = nextAttempt(progress, policy, nowMs, chance);
    if ("exhausted" in next) return { times, exhausted: next.exhausted };
    nowMs = next.dueMs;
    progress = { ...progress, retries: progress.retries + 1 };
  }
}

test("delays double, up to ten minutes", () => {
  const { times } = run(undefined, 0);
  const delays = times.slice(1).map((time, at) => time - (times[at] ?? 0));
  expect(delays.slice(0, 5)).toEqual([1000, 2000, 4000, 8000, 16_000]);
  expect(Math.max(...delays)).toBe(600_000);
});

test("chance takes up to half of a delay away", () => {
  expect(nextAttempt({ sinceMs: 0, retries: 0 }, undefined, 0, 0.5)).toEqual({ dueMs: 750 });
});

test.each([
  ["for a day at most", undefined, 0, "MaximumEventAgeInSeconds", DAY_MS],
  ["185 times at most", undefined, 0.999, "MaximumRetryAttempts", DAY_MS],
  ["as often as its policy says", { MaximumRetryAttempts: 3 }, 0, "MaximumRetryAttempts", 7000],
  ["not at all", { MaximumRetryAttempts: 0 }, 0, "MaximumRetryAttempts", 0],
  ["for as long as its policy says", { MaximumEventAgeInSeconds: 60 }, 0, "MaximumEventAgeInSeconds", 60_000],
] as const)("an event is tried again %s", (_, policy, chance, exhausted, mostMs) => {
  const ended = run(policy, chance);
  expect(ended.exhausted).toBe(exhausted);
  expect(ended.times.at(-1)).toBeLessThanOrEqual(mostMs);
  expect(ended.times.length).toBeLessThanOrEqual(186);
});
