import { describe, expect, test } from "vitest";
import { nextRunMs, parseSchedule } from "../../kernel/schedule.ts";
import { decide, type Past } from "./tracking.ts";

const MINUTE_MS = 60_000;
const NOW_MS = Date.UTC(2026, 5, 1, 12);
const TRACKING = { targetPercent: 70, scaleOutCooldownMs: 0, scaleInCooldownMs: 0, disableScaleIn: false };
const BOUNDS = { min: 5, max: 100 };

/** Units a second in each of the latest minutes, the last one last. */
const minutes = (...perSecond: number[]) =>
  perSecond.map((units, at) => ({
    startMs: NOW_MS - (perSecond.length - at) * MINUTE_MS,
    units: units * 60,
  }));
const many = (count: number, units: number) => minutes(...Array(count).fill(units));

describe("target tracking of 70 % of 10 units", () => {
  const cases: readonly [string, Past, ReturnType<typeof minutes>, ReturnType<typeof decide>][] = [
    ["waits after one minute over", {}, minutes(2, 9), undefined],
    ["scales out after two", {}, minutes(9, 14), { direction: "out", capacity: 20 }],
    ["never beyond its most", {}, minutes(200, 200), { direction: "out", capacity: 100 }],
    [
      "looks at minutes since its last change only",
      { lastOutMs: NOW_MS - 90_000 },
      minutes(9, 14),
      undefined,
    ],
    ["does nothing at its target", {}, minutes(7, 7), undefined],
    ["waits for 15 minutes under", {}, many(14, 1), undefined],
    ["scales in after 15", {}, many(15, 4), { direction: "in", capacity: 6 }],
    ["never below its least", {}, many(15, 0.1), { direction: "in", capacity: 5 }],
    ["keeps its capacity just under the target", {}, many(15, 6), undefined],
    ["keeps its capacity when nothing is used at all", {}, [], undefined],
  ];
  test.each(cases)("%s", (_, past, data, decision) => {
    expect(decide(TRACKING, past, 10, BOUNDS, data, NOW_MS)).toEqual(decision);
  });

  test("rests in a cooldown, and does not scale in where that is switched off", () => {
    const resting = { ...TRACKING, scaleOutCooldownMs: 600_000, scaleInCooldownMs: 3_600_000 };
    expect(
      decide(resting, { lastOutMs: NOW_MS - 300_000 }, 10, BOUNDS, minutes(9, 9), NOW_MS),
    ).toBeUndefined();
    const past = { lastInMs: NOW_MS - 1_800_000 };
    expect(decide(resting, past, 10, BOUNDS, many(15, 1), NOW_MS)).toBeUndefined();
    const never = { ...TRACKING, disableScaleIn: true };
    expect(decide(never, {}, 10, BOUNDS, many(15, 1), NOW_MS)).toBeUndefined();
  });
});

describe("schedules", () => {
  const runs: readonly [string, string, string, string | undefined][] = [
    ["at(2026-06-02T08:30:00)", "UTC", "2026-06-01T12:00:00Z", "2026-06-02T08:30:00Z"],
    ["at(2026-06-02T08:30:00)", "UTC", "2026-06-03T12:00:00Z", undefined],
    ["at(2026-06-02T08:30:00)", "Europe/Berlin", "2026-06-01T12:00:00Z", "2026-06-02T06:30:00Z"],
    ["rate(2 hours)", "UTC", "2026-06-01T12:00:00Z", "2026-06-01T14:00:00Z"],
    ["cron(0 9 * * ? *)", "UTC", "2026-06-01T12:00:00Z", "2026-06-02T09:00:00Z"],
    ["cron(15 10 ? * MON-FRI *)", "UTC", "2026-06-05T12:00:00Z", "2026-06-08T10:15:00Z"],
    ["cron(0/20 * * * ? *)", "UTC", "2026-06-01T12:05:00Z", "2026-06-01T12:20:00Z"],
    ["cron(0 0 1 JAN ? *)", "UTC", "2026-06-01T12:00:00Z", "2027-01-01T00:00:00Z"],
    ["cron(0 0 29 2 ? *)", "UTC", "2026-06-01T12:00:00Z", "2028-02-29T00:00:00Z"],
    ["cron(0 9 * * ? *)", "America/New_York", "2026-12-01T12:00:00Z", "2026-12-01T14:00:00Z"],
  ];
  test.each(runs)("%s in %s after %s", (text, timezone, after, next) => {
    const schedule = parseSchedule(text, timezone);
    const sinceMs = Date.parse("2026-06-01T10:00:00Z");
    const nextMs = schedule && nextRunMs(schedule, sinceMs, Date.parse(after));
    expect(nextMs).toBe(next === undefined ? undefined : Date.parse(next));
  });

  test.each([
    "",
    "daily",
    "rate(0 minutes)",
    "rate(5 weeks)",
    "cron(61 * * * ? *)",
    "cron(0 9 1 * MON *)",
    "cron(* *)",
  ])("%s is none", (text) => {
    expect(parseSchedule(text, "UTC")).toBeUndefined();
  });
});
