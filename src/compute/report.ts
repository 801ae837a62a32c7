import { createHash } from "node:crypto";
import type { FunctionVersion, InvocationReport } from "../kernel/functions.ts";

/** What the platform itself writes into a function's log. Pure: each function gives the line's text. */
export interface PlatformLine {
  readonly text: string;
  readonly json: { readonly type: string; readonly record: Readonly<Record<string, unknown>> };
  /** JSON format only: the lowest SystemLogLevel that still shows it. */
  readonly level: "DEBUG" | "INFO" | "WARN";
}

type Status = "success" | "error" | "failure" | "timeout";

/** Why an environment was started: for an invocation, or ahead of all. */
export type InitializationType = "on-demand" | "provisioned-concurrency";

export function initStart(
  version: FunctionVersion,
  initializationType: InitializationType,
  phase: "init" | "invoke" = "init",
): PlatformLine {
  const [language = "", number = ""] = splitRuntime(version.runtime);
  const runtimeVersion = `${language}:${number}.v1`;
  const digest = createHash("sha256").update(runtimeVersion).digest("hex");
  const runtimeVersionArn = `arn:aws:lambda:${version.region}::runtime:${digest}`;
  return {
    text: `INIT_START Runtime Version: ${runtimeVersion}\tRuntime Version ARN: ${runtimeVersionArn}`,
    json: {
      type: "platform.initStart",
      record: {
        initializationType,
        phase,
        runtimeVersion,
        runtimeVersionArn,
        functionName: version.name,
        functionVersion: version.version,
        instanceMaxMemory: version.memoryMb * 1024 * 1024,
      },
    },
    level: "INFO",
  };
}

/** `nodejs22.x` is nodejs and 22, `python3.12` python and 3.12, `provided.al2023` provided and al2023. */
function splitRuntime(runtime: string): string[] {
  return /^([a-z]+)\.?(.*?)(?:\.x)?$/.exec(runtime)?.slice(1) ?? [runtime, "0"];
}

/** Only the JSON format has it; the text is never written. */
export function initRuntimeDone(
  initializationType: InitializationType,
  phase: "init" | "invoke",
  status: Status,
  errorType?: string,
): PlatformLine {
  const error = errorType && status !== "success" ? { errorType } : {};
  return {
    text: "",
    json: {
      type: "platform.initRuntimeDone",
      record: { initializationType, phase, status, ...error },
    },
    level: status === "success" ? "DEBUG" : "WARN",
  };
}

/** In the text format AWS writes INIT_REPORT only when the initialisation went wrong. */
export function initReport(
  initializationType: InitializationType,
  phase: "init" | "invoke",
  durationMs: number,
  status: Status,
  errorType?: string,
): PlatformLine {
  const fields = [`INIT_REPORT Init Duration: ${durationMs.toFixed(2)} ms`, `Phase: ${phase}`];
  fields.push(`Status: ${status === "failure" ? "error" : status}`);
  if (errorType && status !== "timeout") fields.push(`Error Type: ${errorType}`);
  const metrics = { durationMs: rounded(durationMs) };
  const error = errorType && status !== "success" ? { errorType } : {};
  return {
    text: fields.join("\t"),
    json: {
      type: "platform.initReport",
      record: { initializationType, phase, status, metrics, ...error },
    },
    level: status === "success" ? "INFO" : "WARN",
  };
}

export function start(requestId: string, version: string): PlatformLine {
  return {
    text: `START RequestId: ${requestId} Version: ${version}`,
    json: { type: "platform.start", record: { requestId, version } },
    level: "INFO",
  };
}

export function end(requestId: string): string {
  return `END RequestId: ${requestId}`;
}

/** The text format has END in its place. */
export function runtimeDone(
  requestId: string,
  status: Status,
  durationMs: number,
  producedBytes: number,
  errorType?: string,
  spans?: readonly TimedSpan[],
): PlatformLine {
  const metrics = { durationMs: rounded(durationMs), producedBytes };
  return {
    text: end(requestId),
    json: {
      type: "platform.runtimeDone",
      record: { requestId, status, ...(errorType ? { errorType } : {}), metrics, ...spansOf(spans) },
    },
    level: status === "success" ? "DEBUG" : "WARN",
  };
}

/** Billed Duration holds the Init Duration since August 2025. */
export function report(
  requestId: string,
  figures: InvocationReport,
  status: Status,
  errorType?: string,
  spans?: readonly TimedSpan[],
): PlatformLine {
  const fields = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${figures.durationMs.toFixed(2)} ms`,
    `Billed Duration: ${figures.billedDurationMs} ms`,
    `Memory Size: ${figures.memoryMb} MB`,
    `Max Memory Used: ${figures.maxMemoryMb} MB`,
  ];
  const metrics: Record<string, number> = {
    durationMs: rounded(figures.durationMs),
    billedDurationMs: figures.billedDurationMs,
    memorySizeMB: figures.memoryMb,
    maxMemoryUsedMB: figures.maxMemoryMb,
  };
  if (figures.initDurationMs !== undefined) {
    fields.push(`Init Duration: ${figures.initDurationMs.toFixed(2)} ms`);
    metrics.initDurationMs = rounded(figures.initDurationMs);
  }
  // An error that the handler threw has no status in the text format.
  if (status === "timeout") fields.push("Status: timeout");
  else if (status === "failure") fields.push("Status: error", `Error Type: ${errorType}`);
  return {
    text: `${fields.join("\t")}\t`,
    json: {
      type: "platform.report",
      record: { requestId, metrics, status, ...(errorType ? { errorType } : {}), ...spansOf(spans) },
    },
    level: status === "success" ? "INFO" : "WARN",
  };
}

/** What became of an extension when the environment was initialised. */
export function extension(
  name: string,
  state: string,
  events: readonly string[],
  errorType: string | undefined,
): PlatformLine {
  const fields = ["EXTENSION", `Name: ${name}`, `State: ${state}`, `Events: [${events.join(", ")}]`];
  if (errorType !== undefined) fields.push(`Error Type: ${errorType}`);
  return {
    text: fields.join("\t"),
    json: {
      type: "platform.extension",
      record: { name, state, events, ...(errorType === undefined ? {} : { errorType }) },
    },
    level: errorType === undefined ? "INFO" : "WARN",
  };
}

/** An extension is told what goes on, from now on. */
export function subscribed(api: "telemetry" | "logs", name: string, types: readonly string[]): PlatformLine {
  const words = types.map((type) => type.charAt(0).toUpperCase() + type.slice(1));
  const state = "Subscribed";
  return {
    text: `${api.toUpperCase()}\tName: ${name}\tState: ${state}\tTypes: [${words.join(", ")}]`,
    json: { type: `platform.${api}Subscription`, record: { name, state, types } },
    level: "INFO",
  };
}

/** A stretch of an invocation's time, as telemetry has it. */
export interface TimedSpan {
  readonly name: "responseLatency" | "extensionOverhead";
  readonly startMs: number;
  readonly durationMs: number;
}

const spansOf = (spans: readonly TimedSpan[] | undefined) =>
  spans && {
    spans: spans.map(({ name, startMs, durationMs }) => ({
      name,
      start: new Date(startMs).toISOString(),
      durationMs: rounded(durationMs),
    })),
  };

/** What a crash leaves in the log beside its REPORT. */
export function fatalText(errorMessage: string, errorType: string): string {
  return `${errorMessage}\n${errorType}`;
}

function rounded(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000;
}
