import type { Clock } from "../kernel/clock.ts";
import type {
  AsyncEvent,
  FunctionTarget,
  FunctionVersion,
  Invocation,
  InvocationResult,
} from "../kernel/functions.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Lifecycle } from "../kernel/lifecycle.ts";
import type { Log } from "../kernel/log.ts";
import type { Scope } from "../kernel/scope.ts";
import type { Recorder } from "../kernel/telemetry.ts";
import type { Trace } from "../kernel/trace.ts";
import type { Store, Transaction } from "../store/store.ts";
import { createAttempts } from "./attempt.ts";
import { createGate } from "./concurrency.ts";
import { appendEvent } from "./queue.ts";
import { createRunner } from "./run.ts";
import { createWorker } from "./worker.ts";

/** What delivery stands on. */
export interface DeliveryOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly recorder: Recorder;
  readonly lifecycle: Lifecycle;
  readonly compute: {
    invoke(version: FunctionVersion, invocation: Invocation): Promise<InvocationResult>;
  };
  /** What an ARN runs at this moment; asked anew at each attempt. */
  readonly resolve: (functionArn: string) => Promise<FunctionTarget | undefined>;
  /** Calls a service in process, for destinations. Throws the service's Fault. */
  readonly call: ServiceCall;
  /** Asynchronous events that run at once. */
  readonly concurrency?: number;
}

export type ServiceCall = (
  service: string,
  operation: string,
  input: Record<string, unknown>,
  as: { readonly scope: Scope; readonly trace: Trace; readonly role: string },
) => Promise<Record<string, unknown>>;

/** Everything that runs a function goes through here. */
export interface Delivery {
  /**
   * Runs a function and waits for its answer. Throws TooManyRequestsException above a concurrency limit
   * and RecursiveInvocationException when the chain of events has run this function 16 times.
   */
  invoke(target: FunctionTarget, invocation: Invocation): Promise<InvocationResult>;
  /** Puts an event into the asynchronous queue, in the caller's transaction. */
  enqueue(tx: Transaction, event: AsyncEvent): void;
  /** Begins to take events, those an earlier process left first. */
  start(): void;
  /**
   * Takes no more events and resolves when those under way have ended; end compute first, or together.
   * What fails because the platform ends is not counted against the event: the next start takes it again.
   */
  stop(): Promise<void>;
  /**
   * Resolves when no event is due or under way. Events that wait for a later attempt do not count.
   */
  settled(): Promise<void>;
}

const DEFAULT_CONCURRENCY = 32;

export function createDelivery(options: DeliveryOptions): Delivery {
  const { clock } = options;
  const run = createRunner(options, createGate());
  const attempt = createAttempts(options, run);
  const worker = createWorker(options, attempt, options.concurrency ?? DEFAULT_CONCURRENCY);
  return {
    invoke: (target, invocation) => run(target, invocation, undefined),
    enqueue: (tx, event) => appendEvent(tx, event, clock.now()),
    start: worker.start,
    stop: worker.stop,
    settled: worker.settled,
  };
}
