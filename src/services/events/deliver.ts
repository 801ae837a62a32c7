import { Fault } from "../../kernel/faults.ts";
import { parseTraceHeader } from "../../kernel/trace.ts";
import { DONE, type Job, type Outcome } from "../../store/outbox.ts";
import type { Background, Context, InvokeSource } from "../define.ts";
import { nextAttempt } from "../target-retries.ts";
import { isRetryable, type Sent, sendToDeadLetterQueue, sendToTarget } from "../targets.ts";
import { count, countAttempt } from "./counting.ts";
import { followed } from "./destination-request.ts";
import { readExactly, writeExactly } from "./exact-json.ts";
import { type Failure, failureOf } from "./failures.ts";
import { forward } from "./forward.ts";
import { atPath, inputOf } from "./input.ts";
import { invokeDestination, Postponed } from "./invoke-destination.ts";
import { logOf } from "./log-entry.ts";
import { ruleArn } from "./names.ts";
import type { Delivery, GivenUp } from "./outbox.ts";

const DEAD_LETTER_PAUSE_MS = 1000;

/** Tries once to send an event to a target; what fails for good goes to the target's dead-letter queue. */
export async function deliver(
  world: Background,
  { work: delivery }: Job<Delivery>,
): Promise<Outcome<Delivery>> {
  const { clock, ids } = world;
  const { account, region } = delivery.rule;
  const sender = delivery.target.RoleArn === undefined ? senderOf(delivery) : undefined;
  const context = world.as({ account, region }, parseTraceHeader(delivery.trace), sender);
  const startMs = clock.now();
  if (delivery.givenUp) return giveUp(context, delivery, delivery.givenUp);
  try {
    const sent = await send(context, delivery);
    countAttempt(context, delivery, startMs, true);
    return sent.write ? { kind: "done", write: sent.write } : DONE;
  } catch (error) {
    if (error instanceof Postponed) {
      return { kind: "later", dueMs: error.dueMs, work: { ...delivery, slotMs: error.dueMs } };
    }
    if (!(error instanceof Fault)) throw error;
    countAttempt(context, delivery, startMs, false);
    const failure = failureOf(error);
    report(context, delivery, failure, startMs);
    if (!failure.retryable) return giveUp(context, delivery, { failure });
    const next = nextAttempt(progressOf(delivery), delivery.target.RetryPolicy, clock.now(), ids.fraction());
    if ("exhausted" in next) return giveUp(context, delivery, { failure, exhausted: next.exhausted });
    const { slotMs: _, ...again } = delivery;
    return { kind: "later", dueMs: next.dueMs, work: { ...again, retries: delivery.retries + 1 } };
  }
}

const progressOf = ({ retries, acceptedMs }: Delivery) => ({ retries, sinceMs: acceptedMs });

/** A rule, as resource policies name it. */
function senderOf({ rule }: Delivery): InvokeSource {
  return { service: "events.amazonaws.com", sourceArn: ruleArn(rule), sourceAccount: rule.account };
}

async function send(context: Context, delivery: Delivery): Promise<Sent> {
  const { target } = delivery;
  const { Arn = "", RoleArn, SqsParameters, KinesisParameters } = target;
  if (/:event-bus\//.test(Arn)) return forward(context, delivery);
  const input = inputOf(target, delivery);
  if (/:api-destination\//.test(Arn)) {
    await invokeDestination(context, {
      arn: Arn,
      scope: delivery.rule,
      http: target.HttpParameters,
      input,
      event: readExactly(delivery.event),
      hasSlot: delivery.slotMs !== undefined,
    });
    return {};
  }
  const log = /^arn:[^:]*:logs:/.test(Arn) ? logOf(target, delivery.event, input) : undefined;
  return sendToTarget(context, {
    arn: Arn,
    input: log?.message ?? input,
    timeMs: log?.timeMs,
    sender: senderOf(delivery),
    roleArn: RoleArn,
    ...(target.HttpParameters && {
      http: followed(target.HttpParameters, readExactly(delivery.event)),
    }),
    messageGroupId: SqsParameters?.MessageGroupId,
    partitionKey: partitionKeyOf(delivery, KinesisParameters?.PartitionKeyPath),
  });
}

/** What the path leads to in the event; without a path, and where it leads nowhere, the event's id. */
function partitionKeyOf({ target, event: text }: Delivery, path: string | undefined): string | undefined {
  if (!/^arn:[^:]*:kinesis:/.test(target.Arn ?? "")) return undefined;
  const found = path === undefined ? undefined : atPath(readExactly(text), path);
  if (found === undefined || found === null || found === "") return JSON.parse(text).id;
  return typeof found === "string" ? found : writeExactly(found);
}

/**
 * No attempt follows: the dead-letter queue gets the event as soon as it takes it, with all that is known of
 * its end.
 */
async function giveUp(context: Context, delivery: Delivery, givenUp: GivenUp): Promise<Outcome<Delivery>> {
  const { failure, exhausted } = givenUp;
  const { target, rule, event, retries } = delivery;
  const queueArn = target.DeadLetterConfig?.Arn;
  const told = { rule: ruleArn(rule), target: target.Arn, error: failure.code, message: failure.message };
  if (!delivery.givenUp) count(context, delivery, "FailedInvocations");
  if (queueArn === undefined) {
    context.log.warn("an event could not be delivered, and is dropped", told);
    return DONE;
  }
  try {
    await sendToDeadLetterQueue(context, queueArn, event, {
      RULE_ARN: ruleArn(rule),
      TARGET_ARN: target.Arn ?? "",
      ERROR_CODE: failure.code,
      ERROR_MESSAGE: failure.message,
      ...(exhausted === undefined ? {} : { EXHAUSTED_RETRY_CONDITION: exhausted }),
      RETRY_ATTEMPTS: retries,
    });
    count(context, delivery, "InvocationsSentToDlq");
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (isRetryable(error)) {
      const dueMs = context.clock.now() + DEAD_LETTER_PAUSE_MS;
      return { kind: "later", dueMs, work: { ...delivery, givenUp } };
    }
    const problem = `${error.code}: ${error.message}`;
    count(context, delivery, "InvocationsFailedToBeSentToDlq");
    context.log.warn("an event could not be delivered, nor sent to its dead-letter queue", {
      ...told,
      queueArn,
      problem,
    });
  }
  return DONE;
}

/** Says in the trace that an attempt failed. */
function report(context: Context, delivery: Delivery, failure: Failure, startMs: number): void {
  const { trace, ids, clock, recorder, requestId } = context;
  const { rule, target, retries } = delivery;
  recorder.span({
    traceId: trace.root,
    spanId: ids.hex(16),
    ...(trace.parent ? { parentId: trace.parent } : {}),
    kind: "queue",
    name: `events.${rule.name}`,
    resource: target.Arn ?? "",
    startMs,
    durationMs: Math.max(0, clock.now() - startMs),
    status: failure.code === "THROTTLING" ? "throttle" : "fault",
    errorType: failure.code,
    errorMessage: failure.message,
    requestId,
    account: rule.account,
    region: rule.region,
    attributes: { source: "events", rule: ruleArn(rule), target: `${target.Id}`, retries },
  });
}
