import { availableParallelism } from "node:os";
import type { AsyncEvent, FunctionTarget, Invocation, InvocationResult } from "../kernel/functions.ts";
import type { Transaction } from "../store/store.ts";
import { createAttempts } from "./attempt.ts";
import { eventsAtOnce } from "./bounds.ts";
import { Gate } from "./concurrency.ts";
import type { DeliveryOptions } from "./options.ts";
import { appendEvent } from "./queue.ts";
import { createRunner, type Underway } from "./run.ts";
import { createThrottleBook, type ThrottleRow } from "./throttles.ts";
import { Worker } from "./worker.ts";

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
  /** What runs now. */
  executions(): readonly Underway[];
  /** Who was throttled since, by the minute. */
  throttles(sinceMs: number): Promise<ThrottleRow[]>;
}

export function createDelivery(options: DeliveryOptions): Delivery {
  const { clock } = options;
  const throttles = createThrottleBook(options);
  const underway = new Set<Underway>();
  const run = createRunner(options, new Gate(options), throttles, underway);
  const attempt = createAttempts(options, run);
  const worker = new Worker(
    options,
    attempt,
    options.concurrency ?? eventsAtOnce(availableParallelism(), process.availableMemory()),
  );
  return {
    invoke: (target, invocation) => run(target, invocation, undefined),
    enqueue: (tx, event) => appendEvent(tx, event, clock.now()),
    start: () => worker.start(),
    stop: () => worker.stop(),
    settled: () => worker.settled(),
    executions: () => [...underway],
    throttles: (sinceMs) => throttles.rows(sinceMs),
  };
}
