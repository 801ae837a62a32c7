import type * as sdk from "@aws-sdk/client-scheduler";
import { type Arn, parseArn } from "../../kernel/arn.ts";
import { isTimezone, parseSchedule } from "../../kernel/schedule.ts";
import { MALFORMED_TARGET, targetProblem } from "../target-forms.ts";
import { RETRY_POLICY } from "../target-retries.ts";
import { invalid } from "./faults.ts";
import { isUniversal, parseUniversal } from "./universal.ts";

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html */
const TEMPLATED: ReadonlySet<string> = new Set([
  "codebuild",
  "codepipeline",
  "ecs",
  "events",
  "firehose",
  "inspector",
  "kinesis",
  "lambda",
  "sagemaker",
  "sns",
  "sqs",
  "states",
]);

const FIVE_MINUTES_MS = 300_000;

/** What CreateSchedule and UpdateSchedule are both given. */
export interface Asked {
  readonly ScheduleExpression?: string | undefined;
  readonly ScheduleExpressionTimezone?: string | undefined;
  readonly StartDate?: Date | undefined;
  readonly EndDate?: Date | undefined;
  readonly FlexibleTimeWindow?: sdk.FlexibleTimeWindow | undefined;
  readonly Target?: sdk.Target | undefined;
}

/** Refuses what AWS refuses of a schedule, beyond what its model says. */
export function checkSchedule(asked: Asked, nowMs: number): void {
  const { ScheduleExpression = "", ScheduleExpressionTimezone: timezone = "UTC" } = asked;
  if (!isTimezone(timezone)) throw invalid("The provided timezone is not supported.");
  const schedule = isExpression(ScheduleExpression) ? parseSchedule(ScheduleExpression, timezone) : undefined;
  if (!schedule) throw invalid(`Invalid Schedule Expression ${ScheduleExpression}.`);
  if (schedule.kind !== "at") checkDates(asked, nowMs);
  checkWindow(asked.FlexibleTimeWindow);
  checkTarget(asked.Target ?? ({} as sdk.Target));
}

/** The words begin and end the text, without spaces around them. */
function isExpression(text: string): boolean {
  return /^(at|rate|cron)\(.*\)$/.test(text);
}

function checkDates({ StartDate, EndDate }: Asked, nowMs: number): void {
  if (StartDate && StartDate.getTime() < nowMs - FIVE_MINUTES_MS) {
    throw invalid("The StartDate you specify cannot be earlier than 5 minutes ago.");
  }
  if (EndDate && EndDate.getTime() < nowMs) {
    throw invalid("The EndDate you specify cannot be in the past.");
  }
  if (StartDate && EndDate && EndDate.getTime() <= StartDate.getTime()) {
    throw invalid("The StartDate you specify must come before the EndDate.");
  }
}

function checkWindow(window: sdk.FlexibleTimeWindow | undefined): void {
  const { Mode, MaximumWindowInMinutes: minutes } = window ?? {};
  if (Mode === "FLEXIBLE" && minutes === undefined) {
    throw invalid("Maximum window in minutes must be specified if the flexible time window is turned on.");
  }
  if (Mode === "OFF" && minutes !== undefined) {
    throw invalid(
      "Maximum window in minutes must not be specified if the flexible time window is turned off.",
    );
  }
}

function checkTarget(target: sdk.Target): void {
  const { Arn = "", Input } = target;
  if (isUniversal(Arn)) {
    checkUniversal(Arn, Input);
    return;
  }
  const arn = parseArn(Arn);
  const problem = targetProblem(arn, TEMPLATED);
  if (!arn || problem !== undefined) throw invalid(problem ?? "");
  checkTemplated(target, arn);
}

/** Of the services that schedules know by themselves: each with its own parameters. */
function checkTemplated(target: sdk.Target, { service, resource }: Arn): void {
  const { Input, EventBridgeParameters, KinesisParameters, SqsParameters } = target;
  if (service === "events" && !resource.startsWith("event-bus/")) throw invalid(MALFORMED_TARGET);
  if (service === "events" && !EventBridgeParameters) {
    throw invalid("EventBridgeParameters must be specified for a target that is an event bus.");
  }
  if (service === "kinesis" && !KinesisParameters) {
    throw invalid("KinesisParameters must be specified for a target that is a stream.");
  }
  if (service === "sqs" && resource.endsWith(".fifo") && SqsParameters?.MessageGroupId === undefined) {
    throw invalid("SqsParameters must be specified for a target that is a FIFO queue.");
  }
  if (service !== "events" && EventBridgeParameters) throw unfit("EventBridgeParameters", service);
  if (service !== "kinesis" && KinesisParameters) throw unfit("KinesisParameters", service);
  if (service !== "sqs" && SqsParameters) throw unfit("SqsParameters", service);
  if (["lambda", "events", "states"].includes(service) && Input !== undefined) checkJson(Input);
}

function unfit(parameters: string, service: string) {
  return invalid(`${parameters} must not be specified for a target of the service ${service}.`);
}

function checkUniversal(arn: string, input: string | undefined): void {
  const target = parseUniversal(arn);
  if (target === "malformed") throw invalid(MALFORMED_TARGET);
  if (target === "reads") throw invalid(`${arn.split(":").at(-1)} API is not supported`);
  if (input === undefined) throw invalid("You must provide an input to set this target for your schedule");
  checkJson(input);
}

function checkJson(input: string): void {
  try {
    JSON.parse(input);
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message : String(error);
    throw invalid(`Invalid RequestJson provided. Reason ${reason}`);
  }
}

/** The target as it is kept and shown, with AWS's retry policy where none is given. */
export function keptTarget(target: sdk.Target | undefined): sdk.Target {
  const { RetryPolicy, ...rest } = target ?? ({} as sdk.Target);
  return { ...rest, RetryPolicy: { ...RETRY_POLICY, ...present(RetryPolicy ?? {}) } };
}

function present<Members extends object>(members: Members): Members {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Members;
}
