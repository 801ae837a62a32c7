// When secrets are rotated. Pure.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
import type * as sdk from "@aws-sdk/client-secrets-manager";
import { nextRunMs, parseSchedule } from "../../kernel/schedule.ts";
import { fault } from "./faults.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A rate may be no shorter. */
const LEAST_RATE_MS = 4 * HOUR_MS;
const ZONE = "UTC";

export function checkRules(rules: sdk.RotationRulesType | undefined): void {
  const { AutomaticallyAfterDays: days, ScheduleExpression: expression } = rules ?? {};
  if (days !== undefined && expression !== undefined) {
    throw fault(
      "InvalidParameterException",
      "You can't specify both AutomaticallyAfterDays and ScheduleExpression in RotationRules.",
    );
  }
  if (expression === undefined) return;
  const schedule = parseSchedule(expression, ZONE);
  const isRight =
    schedule?.kind === "cron" || (schedule?.kind === "rate" && schedule.everyMs >= LEAST_RATE_MS);
  if (!isRight) throw fault("InvalidParameterException", `Invalid ScheduleExpression: ${expression}`);
}

/** The next rotation after a moment; undefined where none is asked for. */
export function nextTurnMs(
  rules: sdk.RotationRulesType | undefined,
  sinceMs: number,
  afterMs: number,
): number | undefined {
  const { AutomaticallyAfterDays: days, ScheduleExpression: expression } = rules ?? {};
  if (days !== undefined) return afterMs + days * DAY_MS;
  const schedule = expression === undefined ? undefined : parseSchedule(expression, ZONE);
  return schedule && nextRunMs(schedule, sinceMs, afterMs);
}
