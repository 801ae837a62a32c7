// What a target is given. Pure: no store, no clock.
import { type ScheduleName, scheduleArn } from "./names.ts";

/** One occurrence of a schedule, as its target can be told of it. */
export interface Occurrence {
  readonly of: ScheduleName;
  readonly timeMs: number;
  readonly executionId: string;
  /** Counts from 1. */
  readonly attempt: number;
}

/**
 * The input with its context attributes filled in.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
export function filledInput(input: string, { of, timeMs, executionId, attempt }: Occurrence): string {
  const attributes: Readonly<Record<string, string>> = {
    "schedule-arn": scheduleArn(of),
    "scheduled-time": timeOf(timeMs),
    "execution-id": executionId,
    "attempt-number": String(attempt),
  };
  return input.replace(
    /<aws\.scheduler\.(schedule-arn|scheduled-time|execution-id|attempt-number)>/g,
    (mark, name: string) => attributes[name] ?? mark,
  );
}

/** What targets get of a schedule without input. */
export function defaultInput(id: string, { of, timeMs }: Occurrence): string {
  return JSON.stringify({
    version: "0",
    id,
    "detail-type": "Scheduled Event",
    source: "aws.scheduler",
    account: of.account,
    time: timeOf(timeMs),
    region: of.region,
    resources: [scheduleArn(of)],
    detail: "{}",
  });
}

/** `2022-03-22T18:59:43Z` */
export function timeOf(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, "Z");
}
