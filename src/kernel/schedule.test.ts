import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isTimezone, nextRunMs, parseSchedule } from "./schedule.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const at = (text: string) => Date.parse(text);

/** The next runs of an expression after a moment, as ISO text without seconds. */
function runs(expression: string, after: string, count: number, timezone = "UTC"): string[] {
  const schedule = parseSchedule(expression, timezone);
  expect(schedule, expression).toBeDefined();
  const found: string[] = [];
  let now: number | undefined = at(after);
  for (let index = 0; index < count && schedule; index++) {
    now = nextRunMs(schedule, at(after), now);
    if (now === undefined) break;
    found.push(new Date(now).toISOString().slice(0, 16));
  }
  return found;
}

// The examples of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html and
// every mark of the language.
test.each([
  ["cron(0 10 * * ? *)", "2024-02-28T10:00Z", ["2024-02-29T10:00", "2024-03-01T10:00"]],
  ["cron(15 12 * * ? *)", "2024-01-01T12:14:59Z", ["2024-01-01T12:15", "2024-01-02T12:15"]],
  ["cron(0 18 ? * MON-FRI *)", "2024-01-05T18:00Z", ["2024-01-08T18:00", "2024-01-09T18:00"]],
  ["cron(0 8 1 * ? *)", "2024-01-01T08:00Z", ["2024-02-01T08:00", "2024-03-01T08:00"]],
  ["cron(0/15 * * * ? *)", "2024-01-01T00:50Z", ["2024-01-01T01:00", "2024-01-01T01:15"]],
  ["cron(0/10 * ? * MON-FRI *)", "2024-01-05T23:50Z", ["2024-01-08T00:00", "2024-01-08T00:10"]],
  ["cron(0/5 8-17 ? * MON-FRI *)", "2024-01-05T17:55Z", ["2024-01-08T08:00", "2024-01-08T08:05"]],
  ["cron(0/30 20-2 ? * MON-FRI *)", "2024-01-05T23:30Z", ["2024-01-08T00:00", "2024-01-08T00:30"]],
  ["cron(1/10 * * * ? *)", "2024-01-01T00:00Z", ["2024-01-01T00:01", "2024-01-01T00:11"]],
  ["cron(0 0 L * ? *)", "2024-02-01T00:00Z", ["2024-02-29T00:00", "2024-03-31T00:00"]],
  ["cron(0 0 LW * ? *)", "2024-03-01T00:00Z", ["2024-03-29T00:00", "2024-04-30T00:00"]],
  ["cron(0 0 15W * ? *)", "2024-06-01T00:00Z", ["2024-06-14T00:00", "2024-07-15T00:00"]],
  ["cron(0 0 1W * ? *)", "2024-06-01T00:00Z", ["2024-06-03T00:00", "2024-07-01T00:00"]],
  ["cron(0 0 31W * ? *)", "2024-03-01T00:00Z", ["2024-03-29T00:00", "2024-05-31T00:00"]],
  ["cron(0 0 ? * L *)", "2024-01-01T00:00Z", ["2024-01-06T00:00", "2024-01-13T00:00"]],
  ["cron(0 0 ? * 6L *)", "2024-01-01T00:00Z", ["2024-01-26T00:00", "2024-02-23T00:00"]],
  ["cron(0 0 ? * FRIL *)", "2024-01-01T00:00Z", ["2024-01-26T00:00", "2024-02-23T00:00"]],
  ["cron(0 0 ? * 3#2 *)", "2024-01-01T00:00Z", ["2024-01-09T00:00", "2024-02-13T00:00"]],
  ["cron(0 0 ? * mon#5 *)", "2024-01-01T00:00Z", ["2024-01-29T00:00", "2024-04-29T00:00"]],
  ["cron(0 0 ? * FRI-MON *)", "2024-01-01T00:00Z", ["2024-01-05T00:00", "2024-01-06T00:00"]],
  ["cron(0 0 1 NOV-FEB ? *)", "2024-02-02T00:00Z", ["2024-11-01T00:00", "2024-12-01T00:00"]],
  ["cron(0,30 6 1,15 jan,6 ? 2025)", "2024-02-02T00:00Z", ["2025-01-01T06:00", "2025-01-01T06:30"]],
  ["cron(0 0 29 2 ? *)", "2096-03-01T00:00Z", ["2104-02-29T00:00", "2108-02-29T00:00"]],
  ["cron(0 0 1 1 ? 2190/4)", "2190-01-01T00:00Z", ["2194-01-01T00:00", "2198-01-01T00:00"]],
  ["cron(0 0 30 2 ? *)", "2024-01-01T00:00Z", []],
  ["cron(0 0 1 1 ? 2020)", "2024-01-01T00:00Z", []],
  ["rate(1 minute)", "2024-01-01T00:00:30Z", ["2024-01-01T00:01", "2024-01-01T00:02"]],
  ["rate(5 hours)", "2024-01-01T00:00Z", ["2024-01-01T05:00", "2024-01-01T10:00"]],
  ["at(2024-02-29T12:00:30)", "2024-01-01T00:00Z", ["2024-02-29T12:00"]],
  ["at(2023-02-28T12:00:30)", "2024-01-01T00:00Z", []],
])("%s after %s", (expression, after, expected) => {
  expect(runs(expression, after, 2)).toEqual(expected);
});

test.each([
  "cron(* * * * * *)",
  "cron(0 0 ? * ? *)",
  "cron(0 0 1 * MON *)",
  "cron(0 0 * * ?)",
  "cron(0 0 * * ? * *)",
  "cron(60 0 * * ? *)",
  "cron(0 24 * * ? *)",
  "cron(0 0 32 * ? *)",
  "cron(0 0 0 * ? *)",
  "cron(0 0 * 13 ? *)",
  "cron(0 0 ? * 8 *)",
  "cron(0 0 ? * 0 *)",
  "cron(0 0 * * ? 1969)",
  "cron(0 0 * * ? 2200)",
  "cron(0 0 * * ? 2025-2024)",
  "cron(0/0 0 * * ? *)",
  "cron(0/60 0 * * ? *)",
  "cron(0 0 ? * 2/2 *)",
  "cron(0 0 ? * 3#6 *)",
  "cron(0 0 ? * 3#1,6#3 *)",
  "cron(0 0 1,L * ? *)",
  "cron(0 0 1-15W * ? *)",
  "cron(0 0 W * ? *)",
  "cron(0 0 32W * ? *)",
  "cron(1-2-3 0 * * ? *)",
  "cron(- 0 * * ? *)",
  "cron(, 0 * * ? *)",
  "cron(? 0 * * ? *)",
  "cron(0 0 L * MON *)",
  "cron()",
  "rate()",
  "rate(0 minutes)",
  "rate(-1 minutes)",
  "rate(1.5 hours)",
  "rate(5 seconds)",
  "rate(5minutes)",
  "rate( 5 minutes )",
  "at(2024-02-30T00:00:00)",
  "at(2024-01-01)",
  "at(2024-01-01T25:00:00)",
  "every day",
  "",
])("%s is no schedule", (expression) => {
  expect(parseSchedule(expression, "UTC")).toBeUndefined();
});

describe("time zones", () => {
  test("times are local", () => {
    expect(runs("cron(0 9 * * ? *)", "2024-01-01T00:00Z", 2, "Europe/Berlin")).toEqual([
      "2024-01-01T08:00",
      "2024-01-02T08:00",
    ]);
    expect(runs("cron(30 0 * * ? *)", "2024-01-01T00:00Z", 1, "Asia/Kolkata")).toEqual(["2024-01-01T19:00"]);
    expect(runs("at(2024-07-01T12:00:00)", "2024-01-01T00:00Z", 1, "America/New_York")).toEqual([
      "2024-07-01T16:00",
    ]);
  });

  test("a time that is left out when clocks go forward is not run", () => {
    expect(runs("cron(30 2 * * ? *)", "2024-03-30T01:30Z", 2, "Europe/Berlin")).toEqual([
      "2024-04-01T00:30",
      "2024-04-02T00:30",
    ]);
  });

  test("a time that is shown twice when clocks go back is run once, the first time", () => {
    expect(runs("cron(30 1 * * ? *)", "2024-11-02T06:00Z", 2, "America/New_York")).toEqual([
      "2024-11-03T05:30",
      "2024-11-04T06:30",
    ]);
    expect(runs("cron(30 1 * * ? *)", "2024-11-03T05:45Z", 1, "America/New_York")).toEqual([
      "2024-11-04T06:30",
    ]);
  });

  test("a rate counts real time, whatever clocks do", () => {
    expect(runs("rate(1 day)", "2024-03-30T12:00Z", 2, "Europe/Berlin")).toEqual([
      "2024-03-31T12:00",
      "2024-04-01T12:00",
    ]);
  });

  test("a day that a country left out is not run", () => {
    expect(runs("cron(0 12 30 * ? 2011)", "2011-12-01T00:00Z", 2, "Pacific/Apia")).toEqual([]);
  });

  test.each([
    ["Europe/Berlin", true],
    ["UTC", true],
    ["Middle/Earth", false],
    ["", false],
  ])("%s is a time zone: %s", (name, known) => expect(isTimezone(name)).toBe(known));
});

// Against a model that walks: every minute is looked at, and asked whether each field's text allows it.
describe("against a walk by minutes", () => {
  const NAMES = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
  interface Choice {
    readonly text: string;
    readonly allows: (date: Date) => boolean;
  }
  const simple = (least: number, most: number, read: (date: Date) => number): fc.Arbitrary<Choice> =>
    fc.oneof(
      fc.constant({ text: "*", allows: () => true }),
      fc.integer({ min: least, max: most }).map((value) => ({
        text: String(value),
        allows: (date: Date) => read(date) === value,
      })),
      fc
        .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }))
        .map(([from, to]) => ({
          text: `${from}-${to}`,
          allows: (date: Date) => {
            const value = read(date);
            return from <= to ? value >= from && value <= to : value >= from || value <= to;
          },
        })),
      fc
        .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: 1, max: Math.min(most, 20) }))
        .map(([from, step]) => ({
          text: `${from}/${step}`,
          allows: (date: Date) => read(date) >= from && (read(date) - from) % step === 0,
        })),
      fc.uniqueArray(fc.integer({ min: least, max: most }), { minLength: 2, maxLength: 4 }).map((values) => ({
        text: values.join(","),
        allows: (date: Date) => values.includes(read(date)),
      })),
    );
  const lastDay = (date: Date) =>
    new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  const isWorkday = (date: Date) => date.getUTCDay() % 6 !== 0;
  const dayOf = (date: Date, day: number) =>
    new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), day));
  const days: fc.Arbitrary<{ readonly day: Choice; readonly weekday: Choice }> = fc.oneof(
    fc
      .oneof(
        simple(1, 31, (date) => date.getUTCDate()),
        fc.constant({ text: "L", allows: (date: Date) => date.getUTCDate() === lastDay(date) }),
        fc.constant({
          text: "LW",
          allows: (date: Date) => {
            if (!isWorkday(date)) return false;
            for (let day = date.getUTCDate() + 1; day <= lastDay(date); day++)
              if (isWorkday(dayOf(date, day))) return false;
            return true;
          },
        }),
        fc.integer({ min: 1, max: 31 }).map((day) => ({
          text: `${day}W`,
          allows: (date: Date) => {
            if (day > lastDay(date)) return false;
            const workdays = Array.from({ length: lastDay(date) }, (_, index) => index + 1)
              .filter((one) => isWorkday(dayOf(date, one)))
              .sort((one, other) => Math.abs(one - day) - Math.abs(other - day));
            return workdays[0] === date.getUTCDate();
          },
        })),
      )
      .map((day) => ({ day, weekday: { text: "?", allows: () => true } })),
    fc
      .oneof(
        fc.integer({ min: 0, max: 6 }).map((weekday) => ({
          text: NAMES[weekday] ?? "",
          allows: (date: Date) => date.getUTCDay() === weekday,
        })),
        fc.integer({ min: 0, max: 6 }).map((weekday) => ({
          text: `${weekday + 1}L`,
          allows: (date: Date) => date.getUTCDay() === weekday && date.getUTCDate() + 7 > lastDay(date),
        })),
        fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 5 })).map(([weekday, nth]) => ({
          text: `${weekday + 1}#${nth}`,
          allows: (date: Date) => date.getUTCDay() === weekday && Math.ceil(date.getUTCDate() / 7) === nth,
        })),
      )
      .map((weekday) => ({ day: { text: "?", allows: () => true }, weekday })),
  );
  const expressions = fc
    .record({
      minute: simple(0, 59, (date) => date.getUTCMinutes()),
      hour: simple(0, 23, (date) => date.getUTCHours()),
      days,
      month: simple(1, 12, (date) => date.getUTCMonth() + 1),
    })
    .map(({ minute, hour, days: { day, weekday }, month }) => ({
      text: `cron(${[minute, hour, day, month, weekday].map(({ text }) => text).join(" ")} *)`,
      /** Days are asked first, so that a walk of years is quick. */
      allowsDay: (date: Date) => [day, month, weekday].every(({ allows }) => allows(date)),
      allowsMinute: (date: Date) => minute.allows(date) && hour.allows(date),
    }));
  const WALKED_DAYS = 800;

  test("finds the same next run", () => {
    const starts = fc.integer({ min: at("2023-01-01") / MINUTE_MS, max: at("2028-12-31") / MINUTE_MS });
    fc.assert(
      fc.property(expressions, starts, ({ text, allowsDay, allowsMinute }, start) => {
        const afterMs = start * MINUTE_MS;
        let expected: number | undefined;
        const lastMs = afterMs + WALKED_DAYS * DAY_MS;
        for (let now = afterMs + MINUTE_MS; now <= lastMs && expected === undefined; now += MINUTE_MS) {
          const date = new Date(now);
          if (!allowsDay(date)) now += DAY_MS - (now % DAY_MS) - MINUTE_MS;
          else if (allowsMinute(date)) expected = now;
        }
        const schedule = parseSchedule(text, "UTC");
        expect(schedule, text).toBeDefined();
        const found = schedule && nextRunMs(schedule, 0, afterMs);
        expect(found !== undefined && found <= lastMs ? found : undefined, text).toBe(expected);
      }),
      { numRuns: 500 },
    );
  }, 15_000);
});

test("is quick, whatever never comes", () => {
  const schedule = parseSchedule("cron(0 0 31 2,4,6 ? *)", "America/New_York");
  expect(schedule).toBeDefined();
  // A walk through all the minutes of years would outlast the test's own limit.
  for (let count = 0; count < 1000; count++) expect(schedule && nextRunMs(schedule, 0, 0)).toBeUndefined();
});
