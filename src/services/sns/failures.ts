import { Fault } from "../../kernel/faults.ts";
import { isRetryable } from "../targets.ts";

/** Why an attempt at a delivery came to nothing. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /**
   * Whether it may go better another time: what the endpoint is to blame for. What is gone, or refuses,
   * is not asked again. https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
   */
  readonly retryable: boolean;
}

/** Thrown by an attempt; anything else that it throws is a fault of a service, or a bug. */
export class DeliveryFailure extends Error {
  override readonly name = "DeliveryFailure";
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Whether an attempt threw why it came to nothing; all else is a bug. */
export function isFailure(error: unknown): error is DeliveryFailure | Fault {
  return error instanceof DeliveryFailure || error instanceof Fault;
}

/** The failure behind what an attempt threw; a bug is thrown on. */
export function failureOf(error: unknown): Failure {
  if (error instanceof DeliveryFailure) return error.failure;
  if (!(error instanceof Fault)) throw error;
  return { code: error.code, message: error.message, retryable: isRetryable(error) };
}
