import type { Chaos } from "../kernel/chaos.ts";
import type { Clock } from "../kernel/clock.ts";
import type { FunctionTarget, FunctionVersion, Invocation, InvocationResult } from "../kernel/functions.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Lifecycle } from "../kernel/lifecycle.ts";
import type { Log } from "../kernel/log.ts";
import type { Scope } from "../kernel/scope.ts";
import type { EventRecorder, Recorder } from "../kernel/telemetry.ts";
import type { Trace } from "../kernel/trace.ts";
import type { Store } from "../store/store.ts";
import type { FunctionMetrics } from "./metrics.ts";

/** What delivery stands on. */
export interface DeliveryOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly recorder: Recorder & EventRecorder;
  readonly metrics: FunctionMetrics;
  readonly lifecycle: Lifecycle;
  readonly compute: {
    invoke(version: FunctionVersion, invocation: Invocation): Promise<InvocationResult>;
    /** A version's environments: started for invocations, started ahead, and free among these. */
    census(version: FunctionVersion): {
      readonly onDemand: number;
      readonly provisioned: number;
      readonly free: number;
    };
  };
  /** What all functions of an account may run at once in a Region. */
  readonly accountConcurrency: number;
  /** What an ARN runs at this moment; asked anew at each attempt. */
  readonly resolve: (functionArn: string) => Promise<FunctionTarget | undefined>;
  /** Calls a service in process, for destinations. Throws the service's Fault. */
  readonly call: ServiceCall;
  readonly chaos: Chaos;
  /** Events take as long to their functions as on AWS. */
  readonly fidelity?: boolean;
  /** Asynchronous events that run at once. */
  readonly concurrency?: number;
}

export type ServiceCall = (
  service: string,
  operation: string,
  input: Record<string, unknown>,
  as: { readonly scope: Scope; readonly trace: Trace; readonly role: string; readonly name: string },
) => Promise<Record<string, unknown>>;
