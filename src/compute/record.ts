import type {
  Cause,
  FunctionVersion,
  Invocation,
  InvocationReport,
  InvocationResult,
} from "../kernel/functions.ts";
import type { Span, Usage } from "../kernel/telemetry.ts";
import type { ComputeOptions } from "./compute.ts";
import type { EnvironmentLog } from "./log.ts";
import type { Outcome } from "./outcome.ts";
import * as report from "./report.ts";

/** Of each streamed answer so much costs nothing. https://aws.amazon.com/lambda/pricing/ */
const FREE_STREAMED_BYTES = 6 * 1024 * 1024;
const GIBIBYTE = 1024 ** 3;

/** The init phase that made an environment ready for its first invocation. */
export interface Initialisation {
  readonly startMs: number;
  readonly durationMs: number;
  readonly outcome: Outcome;
  /** The extensions that were started with it. */
  readonly extensions?: readonly string[];
}

/** One invocation that has ended. */
export interface Attempt {
  readonly invocation: Invocation;
  readonly spanId: string;
  readonly arrivedMs: number;
  readonly outcome: Outcome;
  readonly durationMs: number;
}

export interface InvocationRecord extends Attempt {
  readonly version: FunctionVersion;
  readonly log: EnvironmentLog;
  readonly maxMemoryMb: number;
  readonly initialisation?: Initialisation;
  /** It ran in an environment that was started ahead. */
  readonly isProvisioned?: boolean;
  /** Of the duration: what extensions took when the function had answered. */
  readonly extensionMs?: number;
  /** Its caller has the answer, and extensions know that the runtime is done. */
  readonly isAnswered?: true;
}

/** Writes the end of an init into the log: in the text format only where it went wrong. */
export function recordInit(
  log: EnvironmentLog,
  { logFormat }: FunctionVersion,
  kind: report.InitializationType,
  init: Pick<Initialisation, "durationMs" | "outcome"> & { readonly phase: "init" | "invoke" },
): void {
  const { phase, durationMs, outcome } = init;
  const { status, errorType } = outcome;
  log.flush();
  const isJson = logFormat === "JSON";
  const done = report.initRuntimeDone(kind, phase, status, errorType);
  const reported = report.initReport(kind, phase, durationMs, status, errorType);
  if (isJson) log.platform(done);
  else log.tell(done);
  if (isJson || status !== "success") log.platform(reported);
  else log.tell(reported);
}

/** What the caller gets of an invocation, and what extensions hear of it, while they go on with it. */
export function answerEarly(record: InvocationRecord): InvocationResult {
  const figures = figuresOf(record);
  record.log.tell(runtimeDone(record, figures));
  return resultOf(record, figures);
}

/** Writes the end of an invocation into log, trace and usage, and gives its result. */
export function recordInvocation(options: ComputeOptions, record: InvocationRecord): InvocationResult {
  const { version, outcome } = record;
  const figures = figuresOf(record);
  writeEnd(record, figures);
  recordSpans(options, record, figures);
  const unit = durationUnit(version, record.isProvisioned === true);
  options.recorder.usage(usageOf(options, version, unit, gigabyteSeconds(version, figures.billedDurationMs)));
  options.recorder.usage(usageOf(options, version, "lambda:Request", 1));
  const beyondBytes = (outcome.streamedBytes ?? 0) - FREE_STREAMED_BYTES;
  if (beyondBytes > 0) {
    options.recorder.usage(usageOf(options, version, "lambda:Streamed-GB", beyondBytes / GIBIBYTE));
  }
  return resultOf(record, figures);
}

function resultOf(record: InvocationRecord, figures: InvocationReport): InvocationResult {
  const { version, outcome, log } = record;
  const result: { -readonly [Name in keyof InvocationResult]: InvocationResult[Name] } = {
    payload: outcome.payload,
    executedVersion: version.version,
    environment: log.stream,
    logTail: log.tail(),
    report: figures,
  };
  if (outcome.status !== "success") result.functionError = "Unhandled";
  if (outcome.errorType !== undefined) result.errorType = outcome.errorType;
  if (outcome.isInit) result.isInit = true;
  return result;
}

/** An init ahead of all invocations: a trace of its own, and on the bill like the time of an invocation. */
export function recordStartAhead(
  options: ComputeOptions,
  version: FunctionVersion,
  cause: Cause,
  environment: string,
  { startMs, durationMs, outcome, extensions }: Initialisation,
): void {
  options.recorder.span({
    traceId: cause.trace.root,
    name: version.name,
    resource: version.arn,
    requestId: cause.requestId,
    account: version.account,
    region: version.region,
    spanId: options.ids.hex(16),
    kind: "init",
    startMs,
    durationMs,
    ...statusOf(outcome),
    attributes: {
      environment,
      runtime: version.runtime,
      provisioned: true,
      version: version.version,
      ...crewOf(extensions),
    },
  });
  const quantity = gigabyteSeconds(version, Math.ceil(durationMs));
  options.recorder.usage(usageOf(options, version, durationUnit(version, true), quantity));
}

/** What an invocation left running when it had answered: it goes on with the next one, if there is one. */
export function recordLeft(
  options: ComputeOptions,
  { name, arn, account, region }: FunctionVersion,
  { invocation, spanId }: Attempt,
  what: string,
): void {
  options.recorder.span({
    traceId: invocation.trace.root,
    spanId: options.ids.hex(16),
    parentId: spanId,
    kind: "left",
    name,
    resource: arn,
    startMs: options.clock.now(),
    durationMs: 0,
    status: "ok",
    requestId: invocation.requestId,
    account,
    region,
    attributes: { what },
  });
}

/** So many milliseconds of environments that are kept ahead, busy or not. */
export function recordStandby(options: ComputeOptions, version: FunctionVersion, heldMs: number): void {
  const unit = `lambda:Provisioned-Concurrency-GB-second${armOf(version)}`;
  options.recorder.usage(usageOf(options, version, unit, gigabyteSeconds(version, heldMs)));
}

function usageOf(
  options: ComputeOptions,
  { account, region, arn }: FunctionVersion,
  unit: string,
  quantity: number,
): Usage {
  return { timeMs: options.clock.now(), account, region, unit, quantity, resource: arn };
}

const gigabyteSeconds = ({ memoryMb }: FunctionVersion, billedMs: number): number =>
  (memoryMb / 1024) * (billedMs / 1000);

/** Arm has prices of its own, and so has the time of environments that were started ahead. */
function durationUnit(version: FunctionVersion, isProvisioned: boolean): string {
  return `lambda:${isProvisioned ? "Provisioned-" : ""}GB-second${armOf(version)}`;
}

const armOf = ({ architecture }: FunctionVersion): string => (architecture === "arm64" ? "-ARM" : "");

/** AWS bills whole milliseconds; the init counts since August 2025, a failed one is in the duration. */
function figuresOf(record: InvocationRecord): InvocationReport {
  const { version, outcome, initialisation } = record;
  // A timer is due a little late, and a process takes a moment to die: the function had its limit.
  const durationMs =
    outcome.status === "timeout" ? version.timeoutMs : Math.min(record.durationMs, version.timeoutMs);
  const initDurationMs = initialisation?.outcome.status === "success" ? initialisation.durationMs : undefined;
  return {
    durationMs,
    billedDurationMs: Math.max(1, Math.ceil(durationMs + (initDurationMs ?? 0))),
    ...(initDurationMs === undefined ? {} : { initDurationMs }),
    ...(record.extensionMs === undefined ? {} : { extensionMs: record.extensionMs }),
    memoryMb: version.memoryMb,
    maxMemoryMb: record.maxMemoryMb,
  };
}

function writeEnd(record: InvocationRecord, figures: InvocationReport): void {
  const { log, outcome, version } = record;
  const { requestId } = record.invocation;
  const { status, errorType } = outcome;
  if (status === "timeout") {
    const seconds = (version.timeoutMs / 1000).toFixed(2);
    log.platformText(
      `${new Date(log.nowMs()).toISOString()} ${requestId} Task timed out after ${seconds} seconds`,
    );
  } else if (status === "failure" && errorType && outcome.errorMessage) {
    log.platformText(report.fatalText(outcome.errorMessage, errorType));
  }
  log.platform(runtimeDone(record, figures), record.isAnswered);
  log.platform(report.report(requestId, figures, status, errorType, overheadOf(record)));
}

function runtimeDone(record: InvocationRecord, figures: InvocationReport): report.PlatformLine {
  const { outcome, extensionMs = 0, log } = record;
  const { requestId } = record.invocation;
  const { status, errorType } = outcome;
  const producedBytes = status === "success" ? (outcome.streamedBytes ?? outcome.payload.length) : 0;
  const durationMs = figures.durationMs - extensionMs;
  const spans = log.feed && [
    { name: "responseLatency", startMs: log.nowMs() - record.durationMs, durationMs } as const,
  ];
  return report.runtimeDone(requestId, status, durationMs, producedBytes, errorType, spans);
}

/** AWS reports how long extensions went on after the function. */
function overheadOf({ extensionMs, log }: InvocationRecord): report.TimedSpan[] | undefined {
  if (extensionMs === undefined) return undefined;
  return [{ name: "extensionOverhead", startMs: log.nowMs() - extensionMs, durationMs: extensionMs }];
}

const crewOf = (extensions: readonly string[] | undefined) =>
  extensions && { extensions: extensions.join(", ") };

type OpenSpan = { -readonly [Name in keyof Span]: Span[Name] };

function recordSpans(options: ComputeOptions, record: InvocationRecord, figures: InvocationReport): void {
  const { invocation, version, initialisation, log } = record;
  const { parent } = invocation.trace;
  if (initialisation) {
    const init = openSpan(record, initialisation.outcome, {
      spanId: options.ids.hex(16),
      kind: "init",
      startMs: initialisation.startMs,
      durationMs: initialisation.durationMs,
      attributes: { environment: log.stream, runtime: version.runtime, ...crewOf(initialisation.extensions) },
    });
    init.parentId = record.spanId;
    options.recorder.span(init);
  }
  const span = openSpan(record, record.outcome, {
    spanId: record.spanId,
    kind: "invoke",
    startMs: record.arrivedMs,
    durationMs: Math.max(0, options.clock.now() - record.arrivedMs),
    attributes: attributesOf(record, figures),
  });
  if (parent !== undefined) span.parentId = parent;
  options.recorder.span(span);
}

/** Member by member, as all that every invocation does: copies of objects cost several times as much. */
function openSpan(
  { invocation, version }: InvocationRecord,
  { status, errorType, errorMessage }: Outcome,
  own: Pick<Span, "spanId" | "kind" | "startMs" | "durationMs" | "attributes">,
): OpenSpan {
  const span: OpenSpan = {
    traceId: invocation.trace.root,
    spanId: own.spanId,
    kind: own.kind,
    name: version.name,
    resource: version.arn,
    startMs: own.startMs,
    durationMs: own.durationMs,
    status: status === "success" ? "ok" : "fault",
    requestId: invocation.requestId,
    account: version.account,
    region: version.region,
    attributes: own.attributes,
  };
  if (errorType !== undefined) span.errorType = errorType;
  if (errorMessage !== undefined) span.errorMessage = errorMessage;
  return span;
}

function attributesOf(record: InvocationRecord, figures: InvocationReport): Span["attributes"] {
  const { invocation, version, initialisation, log } = record;
  const attributes: Record<string, string | number | boolean> = {
    memoryMb: figures.memoryMb,
    maxMemoryMb: figures.maxMemoryMb,
    coldStart: initialisation !== undefined,
    attempt: invocation.attempt,
    durationMs: figures.durationMs,
    billedDurationMs: figures.billedDurationMs,
    timeoutMs: version.timeoutMs,
    version: version.version,
    environment: log.stream,
  };
  const { running, source, sourceArn } = invocation;
  if (running) {
    attributes.running = running.ofFunction;
    attributes.runningAll = running.ofAccount;
  }
  if (source !== undefined) attributes.source = source;
  if (sourceArn !== undefined) attributes.sourceArn = sourceArn;
  if (record.isProvisioned) attributes.provisioned = true;
  if (record.extensionMs !== undefined) attributes.extensionMs = record.extensionMs;
  if (version.architecture === "arm64") attributes.architecture = version.architecture;
  return attributes;
}

function statusOf(outcome: Outcome): Pick<Span, "status" | "errorType" | "errorMessage"> {
  return {
    status: outcome.status === "success" ? "ok" : "fault",
    ...(outcome.errorType === undefined ? {} : { errorType: outcome.errorType }),
    ...(outcome.errorMessage === undefined ? {} : { errorMessage: outcome.errorMessage }),
  };
}
