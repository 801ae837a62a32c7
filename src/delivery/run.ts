import { Fault } from "../kernel/faults.ts";
import type {
  AsyncEvent,
  FunctionTarget,
  FunctionVersion,
  Invocation,
  InvocationResult,
} from "../kernel/functions.ts";
import { type Admission, type Gate, type Running, throttleFault } from "./concurrency.ts";
import { addRound, lineageOf, MOST_ROUNDS, roundsOf } from "./lineage.ts";
import type { DeliveryOptions } from "./options.ts";
import { reportStopped } from "./report.ts";
import type { ThrottleBook } from "./throttles.ts";

/** Runs a function once, within its limits. `event` is given when it comes from the queue. */
export type Run = (
  target: FunctionTarget,
  invocation: Invocation,
  event: AsyncEvent | undefined,
) => Promise<InvocationResult>;

/** An execution under way. */
export interface Underway {
  readonly version: FunctionVersion;
  readonly invocation: Invocation;
  readonly source: string;
  readonly sourceArn?: string;
  readonly startMs: number;
}

const MOST_HASHES = 10_000;

/** The one way into compute: the loop guard first, then the concurrency limits. */
export function createRunner(
  options: DeliveryOptions,
  gate: Gate,
  throttles: ThrottleBook,
  underway: Set<Underway>,
): Run {
  const { metrics } = options;
  const hashes = new Map<string, string>();
  const hashOf = (arn: string): string => {
    let hash = hashes.get(arn);
    if (!hash) {
      hash = lineageOf(arn);
      if (hashes.size >= MOST_HASHES) hashes.clear();
      hashes.set(arn, hash);
    }
    return hash;
  };
  return async (target, invocation, event) => {
    const { version } = target;
    const resource = hashOf(version.arn);
    const rounds = roundsOf(invocation.trace, resource);
    if (rounds >= MOST_ROUNDS && target.recursiveLoop === "Terminate") {
      reportStopped(options, target, invocation, rounds, event);
      metrics.add(version, "RecursiveInvocationsDropped");
      throw new Fault(
        "RecursiveInvocationException",
        `Lambda stopped this invocation of ${version.name}: it has run ${rounds} times in one chain of ` +
          "events.",
        { status: 400, members: { Type: "User" } },
      );
    }
    const admission = gate.enter(target, event === undefined);
    if ("reason" in admission) {
      throttles.note(version, admission, causeOf(invocation, event));
      metrics.add(version, "Throttles", 1, invocation.invokedArn);
      throw throttleFault(admission);
    }
    const execution = { version, invocation, ...causeOf(invocation, event), startMs: options.clock.now() };
    underway.add(execution);
    const running = gate.running(version);
    countBegun(options, target, invocation, admission, running);
    try {
      const result = await options.compute.invoke(version, {
        ...invocation,
        running,
        trace: addRound(invocation.trace, resource),
        ...(admission.provisioned ? { provisioned: true } : {}),
        ...crashOf(options, target, invocation),
      });
      const record = (whole: InvocationResult) => {
        keepEvent(options, target, invocation, whole, event);
        countRun(options, target, invocation, admission, whole);
      };
      if (result.whole) void options.lifecycle.track(result.whole.then(record));
      else record(result);
      return result;
    } finally {
      underway.delete(execution);
      admission.leave();
    }
  };
}

/** How many run at once, as each one that begins finds it: of these the most is looked at. */
function countBegun(
  { metrics }: DeliveryOptions,
  { version, reservedConcurrency, claimedConcurrency }: FunctionTarget,
  { invokedArn }: Invocation,
  admission: Admission,
  { ofFunction, ofAccount, unreserved, provisioned, ofProvisioned }: Running,
): void {
  metrics.add(version, "ConcurrentExecutions", ofFunction, invokedArn);
  metrics.addForAll(version, "ConcurrentExecutions", ofAccount);
  metrics.addForAll(version, "ClaimedAccountConcurrency", claimedConcurrency + unreserved);
  if (reservedConcurrency === undefined) {
    metrics.addForAll(version, "UnreservedConcurrentExecutions", unreserved);
  }
  if (!admission.provisioned) return;
  metrics.add(version, "ProvisionedConcurrentExecutions", provisioned, invokedArn);
  metrics.add(version, "ProvisionedConcurrencyUtilization", provisioned / ofProvisioned, invokedArn);
}

/** Each attempt is an invocation, as on AWS. */
function countRun(
  { metrics }: DeliveryOptions,
  { version }: FunctionTarget,
  { invokedArn }: Invocation,
  { provisioned, spilled }: Admission,
  { functionError, report }: InvocationResult,
): void {
  metrics.add(version, "Invocations", 1, invokedArn);
  metrics.add(version, "Duration", report.durationMs, invokedArn);
  if (report.extensionMs !== undefined) {
    metrics.add(version, "PostRuntimeExtensionsDuration", report.extensionMs, invokedArn);
  }
  // None is counted as 0 of the invocations that went on, so that alarms on them have something to look at.
  metrics.add(version, "Throttles", 0, invokedArn);
  // An error is counted as 0 of the invocations that have none, so that its average is a rate.
  metrics.add(version, "Errors", functionError === undefined ? 0 : 1, invokedArn);
  if (provisioned) metrics.add(version, "ProvisionedConcurrencyInvocations", 1, invokedArn);
  if (spilled) metrics.add(version, "ProvisionedConcurrencySpilloverInvocations", 1, invokedArn);
}

/** Who had the function run: an event of the queue knows its source, any other invocation its caller. */
function causeOf({ source = "invoke", sourceArn }: Invocation, event: AsyncEvent | undefined) {
  const from = event ?? { source, sourceArn };
  return { source: from.source, ...(from.sourceArn ? { sourceArn: from.sourceArn } : {}) };
}

/** What reached a function can be sent again: with its answer beside it, to compare. */
function keepEvent(
  { recorder, clock }: DeliveryOptions,
  { version }: FunctionTarget,
  invocation: Invocation,
  result: InvocationResult,
  event: AsyncEvent | undefined,
): void {
  const { requestId, trace, invokedArn, attempt, payload, items } = invocation;
  const { errorType } = result;
  const isTold = event === undefined && items === undefined;
  recorder.event({
    timeMs: clock.now(),
    requestId,
    traceId: trace.root,
    account: version.account,
    region: version.region,
    functionArn: version.arn,
    functionName: version.name,
    invokedArn,
    version: result.executedVersion,
    attempt,
    ...causeOf(invocation, event),
    environment: result.environment,
    ...(isTold ? { isTold } : {}),
    payload,
    result: result.payload,
    failed: result.functionError !== undefined,
    ...(errorType === undefined ? {} : { errorType }),
    ...(result.isInit ? { isInit: true } : {}),
    ...(readsMaps(version) ? { isMapped: true } : {}),
    durationMs: result.report.durationMs,
    ...(items ? { items: items(result) } : {}),
  });
}

const readsMaps = ({ environment, runtime }: FunctionVersion) =>
  runtime.startsWith("nodejs") && (environment.NODE_OPTIONS ?? "").includes("--enable-source-maps");

function crashOf({ chaos }: DeliveryOptions, { version }: FunctionTarget, invocation: Invocation) {
  if (!chaos.active) return {};
  const { account, region, name, arn } = version;
  const { trace, requestId } = invocation;
  const subject = { service: "lambda", account, region, names: [name, arn], trace, requestId };
  const crash = chaos.strike("crash", subject);
  return crash ? { crashAfterMs: crash.delayMs } : {};
}
