// When schedules are invoked. Pure: no store, no clock.
import { nextRunMs, parseSchedule } from "../../kernel/schedule.ts";
import type { ScheduleRecord } from "./records.ts";

const MINUTE_MS = 60_000;
const SECOND_MS = 1000;

/** An occurrence that was missed for longer than this is made up for only when it is the latest. */
const CATCH_UP_MS = 5 * MINUTE_MS;
/** A one-time schedule whose time is so close behind is one that was meant to run now. */
const JUST_PASSED_MS = MINUTE_MS;

type Timed = Pick<
  ScheduleRecord,
  "expression" | "timezone" | "state" | "startMs" | "endMs" | "sinceMs" | "windowMinutes"
>;

/** A rate counts from the start date, or from the moment when it was made: that is its first occurrence. */
export function firstMs(nowMs: number, startMs: number | undefined): number {
  return startMs === undefined || startMs < nowMs ? Math.floor(nowMs / SECOND_MS) * SECOND_MS : startMs;
}

/** The occurrence of a schedule that is made or changed now. */
export function firstOccurrence(schedule: Timed, nowMs: number): number | undefined {
  const parsed = parseSchedule(schedule.expression, schedule.timezone);
  if (parsed?.kind === "at") return occurrenceAfter(schedule, nowMs - JUST_PASSED_MS);
  // A rate's first occurrence may be this very second.
  return occurrenceAfter(schedule, Math.max(nowMs, schedule.startMs ?? 0) - SECOND_MS);
}

/**
 * The next occurrence after one; undefined when there is none. One-time schedules take no notice of start
 * and end dates.
 */
export function occurrenceAfter(schedule: Timed, afterMs: number): number | undefined {
  const { expression, timezone, state, startMs, endMs, sinceMs } = schedule;
  if (state !== "ENABLED") return undefined;
  const parsed = parseSchedule(expression, timezone);
  if (!parsed) return undefined;
  if (parsed.kind === "at") return nextRunMs(parsed, sinceMs, afterMs);
  const fromMs = Math.max(afterMs, startMs === undefined ? Number.NEGATIVE_INFINITY : startMs - 1);
  const timeMs = parsed.kind === "rate" && fromMs < sinceMs ? sinceMs : nextRunMs(parsed, sinceMs, fromMs);
  return timeMs === undefined || (endMs !== undefined && timeMs > endMs) ? undefined : timeMs;
}

/**
 * The next occurrence after one that is due now. Those that were missed while nobody was there are made up
 * for: all of the last five minutes, and of longer ones the latest.
 */
export function occurrenceAfterDue(schedule: Timed, timeMs: number, nowMs: number): number | undefined {
  const next = occurrenceAfter(schedule, timeMs);
  if (next === undefined || next >= nowMs - CATCH_UP_MS) return next;
  return latestBefore(schedule, next, nowMs - CATCH_UP_MS);
}

/** The last occurrence before a moment, which one that is known lies before too. */
function latestBefore(schedule: Timed, knownMs: number, beforeMs: number): number {
  let known = knownMs;
  // Looking from closer and closer to the moment finds the last one in few steps, however many there are.
  let back = MINUTE_MS;
  for (;;) {
    const next = occurrenceAfter(schedule, Math.max(known, beforeMs - back));
    if (next === undefined || next >= beforeMs) {
      if (beforeMs - back <= known) return known;
      back *= 2;
      continue;
    }
    known = next;
    back = Math.min(back, MINUTE_MS);
  }
}

/**
 * When an occurrence is invoked: within its window, or within the minute where that is wanted, wherever
 * chance, in [0, 1), has it.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html: 60 seconds of precision.
 */
export function dueMs(schedule: Timed, timeMs: number, chance: number, fidelity: boolean): number {
  const windowMs = schedule.windowMinutes * MINUTE_MS || (fidelity ? MINUTE_MS : 0);
  return timeMs + Math.floor(windowMs * chance);
}
