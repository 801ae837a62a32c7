import type { Clock } from "../kernel/clock.ts";
import type { FunctionVersion, Invocation, InvocationResult, Provisioning } from "../kernel/functions.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Log } from "../kernel/log.ts";
import type { Recorder } from "../kernel/telemetry.ts";

/** Runs functions in environments: one process each, one request at a time. */
export interface Compute {
  invoke(version: FunctionVersion, invocation: Invocation): Promise<InvocationResult>;
  /** Has processes of this runtime waiting and the code unpacked. Returns at once. */
  prepare(version: FunctionVersion): void;
  /** Has so many environments of a version started ahead and kept; resolves when they are, or cannot be. */
  provision(version: FunctionVersion, count: number): Promise<Provisioning>;
  /** The environments of a version that are there now. */
  census(version: FunctionVersion): Census;
  /** Ends the environments of a function once they are idle. */
  retire(functionArn: string): void;
  /** Kills every environment, whatever it is doing, and resolves when all are gone. Others may follow. */
  reset(): Promise<void>;
  /** Sends SIGTERM to every environment and resolves when all are gone; SIGKILL after a moment. */
  close(): Promise<void>;
}

export interface Census {
  /** Started for invocations, and those that are starting. */
  readonly onDemand: number;
  /** Started ahead and initialised, and those of them that no invocation occupies. */
  readonly provisioned: number;
  readonly free: number;
}

export interface ComputeOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly recorder: Recorder;
  /** Where code is unpacked and where `/tmp` of environments lies. */
  readonly folder: string;
  /** `http://localhost:4566`: what functions find as AWS_ENDPOINT_URL. */
  readonly endpoint: () => string;
  /** The same under the name that queues' URLs have: what they find as AWS_ENDPOINT_URL_SQS. */
  readonly queueEndpoint: () => string;
  /** Variables by which functions' own tracing finds the platform. */
  readonly tracing: () => Readonly<Record<string, string>>;
  /** The zip's bytes by `FunctionVersion.codeBlob`. */
  readonly readCode: (codeBlob: string) => Promise<Uint8Array>;
  /** Credentials of the function's role for its environment variables. */
  readonly credentials: (version: FunctionVersion) => FunctionCredentials;
  /** Stops a process between invocations, as AWS does. */
  readonly freeze: boolean;
}

export interface FunctionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}
