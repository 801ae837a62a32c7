import { parseArn } from "../../kernel/arn.ts";
import { Fault } from "../../kernel/faults.ts";
import { parseTraceHeader } from "../../kernel/trace.ts";
import { DONE, type Job, type Outcome } from "../../store/outbox.ts";
import type { Transaction } from "../../store/store.ts";
import type { Background, Context } from "../define.ts";
import { isTooOld, nextAttempt } from "../target-retries.ts";
import { isRetryable, type Sent, sendToDeadLetterQueue, sendToTarget } from "../targets.ts";
import { defaultInput, filledInput, type Occurrence, timeOf } from "./input.ts";
import { scheduleArn } from "./names.ts";
import type { GivenUp, Invocation } from "./outbox.ts";
import { readSchedule, removeSchedule } from "./records.ts";
import { parseUniversal, type UniversalTarget } from "./universal.ts";

const DEAD_LETTER_PAUSE_MS = 1000;

/** Tries once to invoke a schedule's target; what fails for good goes to the dead-letter queue. */
export async function invoke(world: Background, job: Job<Invocation>): Promise<Outcome<Invocation>> {
  const { work } = job;
  const { clock, ids } = world;
  const { account, region } = work.of;
  const context = world.as({ account, region }, parseTraceHeader(work.trace));
  const startMs = clock.now();
  if (work.givenUp) return giveUp(context, work, work.givenUp);
  if (isTooOld(work.target.RetryPolicy, work.dueMs, startMs)) {
    const message = "The schedule's time came while the platform was not running.";
    return giveUp(context, work, { code: "EventTooOld", message, exhausted: "MaximumEventAgeInSeconds" });
  }
  try {
    const sent = await send(context, work);
    return ended(work, sent.write);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    report(context, work, error, startMs);
    const next = isRetryable(error)
      ? nextAttempt({ ...work, sinceMs: work.dueMs }, work.target.RetryPolicy, clock.now(), ids.fraction())
      : undefined;
    if (next && "dueMs" in next) {
      return { kind: "later", dueMs: next.dueMs, work: { ...work, retries: work.retries + 1 } };
    }
    const { code, message } = error;
    return giveUp(context, work, { code, message, exhausted: next?.exhausted });
  }
}

function send(context: Context, work: Invocation): Promise<Sent> {
  const { target } = work;
  const { Arn = "", RoleArn, EventBridgeParameters, KinesisParameters, SqsParameters } = target;
  const occurrence: Occurrence = { ...work, attempt: work.retries + 1 };
  const universal = parseUniversal(Arn);
  if (typeof universal === "object")
    return call(context, universal, filledInput(target.Input ?? "{}", occurrence));
  const isBus = parseArn(Arn)?.service === "events";
  const input =
    target.Input === undefined && !isBus
      ? defaultInput(context.requestId, occurrence)
      : filledInput(target.Input ?? "{}", occurrence);
  return sendToTarget(context, {
    arn: Arn,
    input,
    sender: {
      service: "scheduler.amazonaws.com",
      sourceArn: scheduleArn(work.of),
      sourceAccount: work.of.account,
    },
    roleArn: RoleArn,
    messageGroupId: SqsParameters?.MessageGroupId,
    partitionKey: KinesisParameters?.PartitionKey,
    ...(isBus
      ? {
          event: {
            source: EventBridgeParameters?.Source ?? "",
            detailType: EventBridgeParameters?.DetailType ?? "",
            resources: [scheduleArn(work.of)],
          },
        }
      : {}),
  });
}

/** Calls any operation of the platform. */
async function call(context: Context, { service, operation }: UniversalTarget, text: string): Promise<Sent> {
  const input = await context.inputs.read(service, operation, parsed(text));
  // Names that are known only now have no types.
  await context.call(service as "sqs", operation as "SendMessage", input as never);
  return {};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Fault("ValidationException", "The input of the target is not well-formed JSON.");
  }
}

/** The last occurrence takes its schedule with it, when that is to be deleted and has not changed since. */
function ended(work: Invocation, write?: Sent["write"]): Outcome<Invocation> {
  if (!work.isLast) return write ? { kind: "done", write } : DONE;
  return {
    kind: "done",
    async write(tx: Transaction) {
      await write?.(tx);
      const schedule = await readSchedule(tx, work.of);
      if (schedule?.revision === work.revision) removeSchedule(tx, schedule);
    },
  };
}

/**
 * No attempt follows: the dead-letter queue is told, as soon as it takes it.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
 */
async function giveUp(context: Context, work: Invocation, givenUp: GivenUp): Promise<Outcome<Invocation>> {
  const { target, of, retries, timeMs, executionId } = work;
  const told = {
    schedule: scheduleArn(of),
    target: target.Arn,
    error: givenUp.code,
    message: givenUp.message,
  };
  const queueArn = target.DeadLetterConfig?.Arn;
  if (queueArn === undefined) {
    context.log.warn("a schedule could not invoke its target, and the invocation is dropped", told);
    return ended(work);
  }
  const occurrence = { ...work, attempt: retries + 1 };
  const body = filledInput(target.Input ?? defaultInput(context.requestId, occurrence), occurrence);
  try {
    await sendToDeadLetterQueue(context, queueArn, body, {
      ERROR_CODE: givenUp.code,
      ERROR_MESSAGE: givenUp.message,
      EXECUTION_ID: executionId,
      ...(givenUp.exhausted ? { EXHAUSTED_RETRY_CONDITION: givenUp.exhausted } : {}),
      IS_PAYLOAD_TRUNCATED: "false",
      RETRY_ATTEMPTS: String(retries),
      SCHEDULE_ARN: scheduleArn(of),
      SCHEDULED_TIME: timeOf(timeMs),
      TARGET_ARN: target.Arn ?? "",
    });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (isRetryable(error)) {
      return { kind: "later", dueMs: context.clock.now() + DEAD_LETTER_PAUSE_MS, work: { ...work, givenUp } };
    }
    const problem = `${error.code}: ${error.message}`;
    const facts = { ...told, queueArn, problem };
    context.log.warn("a schedule could not invoke its target, nor tell its dead-letter queue", facts);
  }
  return ended(work);
}

/** Says in the trace that an attempt failed. */
function report(context: Context, work: Invocation, failure: Fault, startMs: number): void {
  const { trace, ids, clock, recorder, requestId } = context;
  const { of, target, retries } = work;
  recorder.span({
    traceId: trace.root,
    spanId: ids.hex(16),
    ...(trace.parent ? { parentId: trace.parent } : {}),
    kind: "queue",
    name: `scheduler.${of.name}`,
    resource: target.Arn ?? "",
    startMs,
    durationMs: Math.max(0, clock.now() - startMs),
    status: failure.status === 429 ? "throttle" : "fault",
    errorType: failure.code,
    errorMessage: failure.message,
    requestId,
    account: of.account,
    region: of.region,
    attributes: { source: "scheduler", schedule: scheduleArn(of), retries },
  });
}
