import { parseArn } from "../kernel/arn.ts";
import { Fault } from "../kernel/faults.ts";
import type { FunctionTarget, InvocationResult } from "../kernel/functions.ts";
import { childTrace, type Trace } from "../kernel/trace.ts";
import {
  backoffMs,
  type Condition,
  type Ending,
  type Next,
  nextStep,
  tellsNoMore,
  tooOld,
} from "./backoff.ts";
import { tellOutside } from "./destinations.ts";
import { invocationRecord } from "./invocation-record.ts";
import { addRound, lineageOf } from "./lineage.ts";
import { disturb } from "./mishaps.ts";
import type { DeliveryOptions } from "./options.ts";
import { appendEvent, type Ended, type Entry, postpone, type QueuedEvent, removeEvent } from "./queue.ts";
import { deliverySpan, writeLine } from "./report.ts";
import type { Run } from "./run.ts";

/**
 * Tries an event once and writes what became of it: gone, due again later, or given up. Gives how the attempt
 * ended, unless nothing can be said of the function by that.
 */
export type Attempt = (entry: Entry) => Promise<Ending | undefined>;

interface Tried {
  readonly ending: Ending;
  readonly result?: InvocationResult;
  /** Set when no further attempt makes sense. */
  readonly condition?: Condition;
  readonly trace: Trace;
}

export function createAttempts(options: DeliveryOptions, run: Run): Attempt {
  const { clock, store, resolve } = options;
  return async (entry) => {
    const { event, ended } = entry.record;
    if (ended) {
      await conclude(options, entry, ended);
      return undefined;
    }
    if (await disturb(options, entry)) return undefined;
    const target = await resolve(event.functionArn);
    if (!target) {
      await dropMissing(options, entry);
      return undefined;
    }
    const { asynchronous } = target;
    if (tooOld(entry.record.enqueuedMs, asynchronous, clock.now())) {
      const trace = wait(options, target, entry.record, { outcome: "EventAgeExceeded" });
      await giveUp(options, entry, target, "EventAgeExceeded", { ending: "refused", trace });
      return undefined;
    }
    const tried = await tryOnce(options, run, target, entry.record);
    // The platform is ending and took the function with it: the event stays for the next start.
    if (tried.ending !== "success" && options.lifecycle.signal.aborted) return undefined;
    const record: QueuedEvent = {
      ...entry.record,
      waitingSinceMs: clock.now(),
      failures: entry.record.failures + (tried.ending === "functionError" ? 1 : 0),
      refusals: tried.ending === "refused" ? entry.record.refusals + 1 : 0,
    };
    const next: Next = tried.condition
      ? { kind: "failed", condition: tried.condition }
      : nextStep(tried.ending, record, asynchronous, clock.now());
    const tryOver = { ...entry, record };
    if (next.kind === "done") await finish(options, tryOver, target, tried);
    else if (next.kind === "failed") await giveUp(options, tryOver, target, next.condition, tried);
    else await store.transact((tx) => postpone(tx, entry, record, next.atMs));
    return tried.condition ? undefined : tried.ending;
  };
}

async function tryOnce(
  options: DeliveryOptions,
  run: Run,
  target: FunctionTarget,
  record: QueuedEvent,
): Promise<Tried> {
  const { event } = record;
  const attempt = record.failures + 1;
  const { metrics, clock } = options;
  if (record.failures + record.refusals === 0) metrics.add(target.version, "AsyncEventsReceived");
  metrics.add(target.version, "AsyncEventAge", clock.now() - record.enqueuedMs);
  const trace = wait(options, target, record, { attempt });
  const ran = addRound(trace, lineageOf(target.version.arn));
  if (target.reservedConcurrency === 0) {
    return { ending: "refused", condition: "ZeroReservedConcurrency", trace };
  }
  try {
    const result = await run(
      target,
      { requestId: event.requestId, payload: event.payload, invokedArn: event.functionArn, trace, attempt },
      event,
    );
    return { ending: result.functionError ? "functionError" : "success", result, trace: ran };
  } catch (error) {
    if (error instanceof Fault && error.code === "RecursiveInvocationException") {
      return { ending: "refused", condition: "RecursiveInvocation", trace };
    }
    reportRefused(options, target, record, trace, error);
    return { ending: "refused", trace };
  }
}

/** The function did not run: too many at once, or a failure of the platform itself. */
function reportRefused(
  options: DeliveryOptions,
  { version }: FunctionTarget,
  { event, refusals }: QueuedEvent,
  trace: Trace,
  error: unknown,
): void {
  const fault =
    error instanceof Fault ? error : new Fault("ServiceException", String(error), { status: 500 });
  if (fault !== error) options.log.error("a function could not be run", { function: version.arn, error });
  deliverySpan(
    options,
    version,
    { requestId: event.requestId, trace },
    {
      kind: "queue",
      startMs: options.clock.now(),
      durationMs: 0,
      status: fault.status === 429 ? "throttle" : "fault",
      errorType: fault.code,
      errorMessage: fault.message,
      attributes: { outcome: "refused", refusals: refusals + 1, source: event.source },
    },
  );
}

/** Notes how long the event has waited for this attempt; what follows is a child of that wait. */
function wait(
  options: DeliveryOptions,
  { version }: FunctionTarget,
  record: QueuedEvent,
  attributes: Readonly<Record<string, string | number>>,
): Trace {
  const { event, waitingSinceMs, refusals } = record;
  const spanId = deliverySpan(options, version, event, {
    kind: "queue",
    startMs: waitingSinceMs,
    durationMs: Math.max(0, options.clock.now() - waitingSinceMs),
    status: "ok",
    attributes: {
      source: event.source,
      ...(event.sourceArn ? { sourceArn: event.sourceArn } : {}),
      ...(event.caller ? { caller: event.caller } : {}),
      ...(refusals ? { refusals } : {}),
      ...attributes,
    },
  });
  return childTrace(event.trace, spanId);
}

/** The event has been handled: tell the destination for successes, if there is one. */
function finish(options: DeliveryOptions, entry: Entry, target: FunctionTarget, tried: Tried): Promise<void> {
  const { onSuccess } = target.asynchronous;
  const ended = endedOf(options, entry, target, "Success", tried);
  return conclude(options, entry, { ...ended, ...(onSuccess ? { destination: onSuccess } : {}) });
}

/** No attempt will follow: say so where people look, and tell the destinations for failures. */
async function giveUp(
  options: DeliveryOptions,
  entry: Entry,
  target: FunctionTarget,
  condition: Condition,
  tried: Tried,
): Promise<void> {
  const { event, failures } = entry.record;
  const { onFailure, deadLetterTarget } = target.asynchronous;
  const message =
    `Event ${event.requestId} failed for good (${condition}) after ${failures} ` +
    `${failures === 1 ? "run" : "runs"} of the function.`;
  deliverySpan(
    options,
    target.version,
    { requestId: event.requestId, trace: tried.trace },
    {
      kind: "queue",
      startMs: options.clock.now(),
      durationMs: 0,
      status: "fault",
      errorType: condition,
      errorMessage: message,
      attributes: { outcome: condition, failures, source: event.source },
    },
  );
  writeLine(options, target.version, message, event);
  options.metrics.add(target.version, "AsyncEventsDropped");
  await conclude(options, entry, {
    ...endedOf(options, entry, target, condition, tried),
    ...(onFailure ? { destination: onFailure } : {}),
    ...(deadLetterTarget ? { deadLetterTarget } : {}),
  });
}

function endedOf(
  options: DeliveryOptions,
  entry: Entry,
  target: FunctionTarget,
  condition: "Success" | Condition,
  { result, trace }: Tried,
): Ended {
  const { event, failures } = entry.record;
  const nowMs = options.clock.now();
  const invokeCount = failures + (condition === "Success" ? 1 : 0);
  const facts = { invokeCount, nowMs, ...(result ? { result } : {}) };
  return {
    version: target.version,
    condition,
    record: JSON.stringify(invocationRecord(event, condition, facts)),
    trace,
    atMs: nowMs,
    errorCode: result ? 200 : 429,
    errorMessage: errorMessageOf(result) ?? condition,
    tries: 0,
  };
}

function errorMessageOf(result: InvocationResult | undefined): string | undefined {
  if (!result) return undefined;
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(result.payload));
    const { errorMessage } = parsed as { errorMessage?: unknown };
    return typeof errorMessage === "string" ? errorMessage : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Tells those who are to be told, and takes the event off the queue; while somebody cannot be told, it stays
 * there. Another function is told in the transaction, so exactly once; every other service before it, so at
 * least once.
 */
async function conclude(options: DeliveryOptions, entry: Entry, ended: Ended): Promise<void> {
  const { clock, store, ids } = options;
  const { destination, deadLetterTarget, ...facts } = ended;
  const toFunction = destination !== undefined && parseArn(destination)?.service === "lambda";
  const atMs = clock.now() + backoffMs(ended.tries + 1);
  const outside = {
    ...facts,
    ...(destination && !toFunction ? { destination } : {}),
    ...(deadLetterTarget ? { deadLetterTarget } : {}),
  };
  const left = await tellOutside(options, entry.record, outside, tellsNoMore(ended.atMs, atMs));
  const requestId = ids.uuid();
  await store.transact(async (tx) => {
    const isQueued =
      left.destination || left.deadLetterTarget
        ? await postpone(
            tx,
            entry,
            { ...entry.record, ended: { ...facts, ...left, tries: ended.tries + 1 } },
            atMs,
          )
        : await removeEvent(tx, entry);
    if (!isQueued || !destination || !toFunction) return;
    const { version, trace } = ended;
    const payload = new TextEncoder().encode(ended.record);
    const told = { requestId, functionArn: destination, payload, trace };
    appendEvent(tx, { ...told, source: "lambda", sourceArn: version.arn }, ended.atMs);
  });
}

/** The function is gone: nobody can be told but those who look. */
async function dropMissing(options: DeliveryOptions, entry: Entry): Promise<void> {
  const { event } = entry.record;
  const arn = parseArn(event.functionArn);
  const name = arn?.resource.split(":")[1] ?? event.functionArn;
  const subject = {
    account: arn?.account ?? "",
    region: arn?.region ?? "",
    name,
    arn: event.functionArn,
    logGroup: `/aws/lambda/${name}`,
  };
  const message = `Event ${event.requestId} was dropped: there is no function ${event.functionArn}.`;
  deliverySpan(options, subject, event, {
    kind: "queue",
    startMs: entry.record.waitingSinceMs,
    durationMs: Math.max(0, options.clock.now() - entry.record.waitingSinceMs),
    status: "fault",
    errorType: "ResourceNotFoundException",
    errorMessage: message,
    attributes: { outcome: "dropped", source: event.source, failures: entry.record.failures },
  });
  writeLine(options, subject, message, event);
  await options.store.transact((tx) => removeEvent(tx, entry));
}
