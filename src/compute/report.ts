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

export function initStart(version: FunctionVersion, initializationType: InitializationType): PlatformLine {
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
        phase: "init",
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
): PlatformLine {
  const metrics = { durationMs: rounded(durationMs), producedBytes };
  return {
    text: end(requestId),
    json: {
      type: "platform.runtimeDone",
      record: { requestId, status, ...(errorType ? { errorType } : {}), metrics },
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
      record: { requestId, metrics, status, ...(errorType ? { errorType } : {}) },
    },
    level: status === "success" ? "INFO" : "WARN",
  };
}

/** What a crash leaves in the log beside its REPORT. */
export function fatalText(errorMessage: string, errorType: string): string {
  return `${errorMessage}\n${errorType}`;
}

function rounded(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000;
}
