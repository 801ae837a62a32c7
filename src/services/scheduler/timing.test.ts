import fc from "fast-check";
import { expect, test } from "vitest";
import { dueMs, firstMs, firstOccurrence, occurrenceAfter, occurrenceAfterDue } from "./timing.ts";

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 5, 1, 12, 0, 30);
const timed = (expression: string, more: object = {}) => ({
  expression,
  timezone: "UTC",
  state: "ENABLED" as const,
  sinceMs: firstMs(NOW, undefined),
  windowMinutes: 0,
  ...more,
});

test("a rate begins at its start date, or at once", () => {
  expect(firstOccurrence(timed("rate(1 hour)"), NOW)).toBe(NOW);
  const startMs = NOW + 90_000;
  const late = timed("rate(1 hour)", { startMs, sinceMs: firstMs(NOW, startMs) });
  expect(firstOccurrence(late, NOW)).toBe(startMs);
  expect(occurrenceAfter(late, startMs)).toBe(startMs + 60 * MINUTE);
});

test("cron begins on or after its start date, and ends on or before its end date", () => {
  const startMs = Date.UTC(2026, 5, 3, 9);
  const cron = timed("cron(0 9 * * ? *)", { startMs, endMs: startMs + 86_400_000 });
  expect(firstOccurrence(cron, NOW)).toBe(startMs);
  expect(occurrenceAfter(cron, startMs)).toBe(startMs + 86_400_000);
  expect(occurrenceAfter(cron, startMs + 86_400_000)).toBeUndefined();
});

test("one-time schedules that have just passed run, older ones do not, whatever their dates", () => {
  expect(firstOccurrence(timed("at(2026-06-01T12:00:00)", { endMs: 0 }), NOW)).toBe(NOW - 30_000);
  expect(firstOccurrence(timed("at(2026-06-01T11:59:00)"), NOW)).toBeUndefined();
  expect(occurrenceAfter(timed("at(2026-06-01T12:00:00)"), NOW - 30_000)).toBeUndefined();
});

test("a disabled schedule never runs", () => {
  expect(firstOccurrence(timed("rate(1 minute)", { state: "DISABLED" }), NOW)).toBeUndefined();
});

test("chance spreads an occurrence over its window", () => {
  const wide = timed("rate(1 hour)", { windowMinutes: 10 });
  expect([0, 0.5, 0.999].map((chance) => dueMs(wide, 0, chance, true))).toEqual([0, 300_000, 599_400]);
  // At AWS's pace, within the minute where there is no window.
  const exact = timed("rate(1 hour)");
  expect([true, false].map((fidelity) => dueMs(exact, 0, 0.5, fidelity))).toEqual([30_000, 0]);
});

/** What is run of a schedule that nobody looked at for a while, one after another. */
function madeUp(schedule: ReturnType<typeof timed>, firstTimeMs: number, nowMs: number): number[] {
  const run = [firstTimeMs];
  for (;;) {
    const next = occurrenceAfterDue(schedule, run.at(-1) ?? 0, nowMs);
    if (next === undefined || next > nowMs) return run;
    run.push(next);
  }
}

test("what was missed in the last five minutes is made up for, and the latest before that", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("rate(1 minute)", "rate(7 minutes)", "cron(0/3 * * * ? *)", "rate(1 hour)"),
      fc.integer({ min: 0, max: 2 * 24 * 60 * MINUTE }),
      (expression, awayMs) => {
        const schedule = timed(expression);
        const first = firstOccurrence(schedule, NOW) ?? 0;
        const nowMs = first + awayMs;
        const all: number[] = [];
        for (let next: number | undefined = first; next !== undefined && next <= nowMs; ) {
          all.push(next);
          next = occurrenceAfter(schedule, next);
        }
        const recent = all.filter((time) => time >= nowMs - 5 * MINUTE);
        const older = all.filter((time) => time < nowMs - 5 * MINUTE);
        const expected = [...new Set([first, ...older.slice(-1), ...recent])];
        expect(madeUp(schedule, first, nowMs)).toEqual(expected);
      },
    ),
    { numRuns: 100 },
  );
});
