import { Fault } from "../../kernel/faults.ts";
import { isRetryable } from "../targets.ts";

/** A delivery that failed, as the dead-letter queue is told of it. */
export interface Failure {
  /** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html#eb-rule-dlq */
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^(ConnectionFailure)$/, "CONNECTION_FAILURE"],
  [/^(TargetError)$/, "ERROR_FROM_TARGET"],
  [/^(Timeout)$/, "TIMEOUT"],
  [/^InvalidJson$/, "INVALID_JSON"],
  [/^ThirdAccountHop$/, "THIRD_ACCOUNT_HOP_DETECTED"],
  [/^ThirdRegionHop$/, "THIRD_REGION_HOP_DETECTED"],
  [/AccessDenied|NotAuthorized|Unauthorized|AuthorizationError|Forbidden/, "NO_PERMISSIONS"],
  [/NotFound|DoesNotExist|NonExistent|NoSuch|^NotImplemented$/, "NO_RESOURCE"],
  [/Throttl|TooManyRequests|ThroughputExceeded|RequestLimitExceeded/, "THROTTLING"],
  [/LimitExceeded/, "RESOURCE_LIMIT_EXCEEDED"],
  [/Validation|Invalid|MissingRequired|MissingParameter|TooLong|TooLarge/, "INVALID_PARAMETER"],
  [/Internal|ServiceUnavailable|ServiceException/, "INTERNAL_ERROR"],
];

/** Of a fault that some failures name themselves: whether another attempt may do better. */
export function failureOf(error: Fault): Failure {
  const { code, message } = error;
  const kind = KINDS.find(([pattern]) => pattern.test(code))?.[1] ?? "SDK_CLIENT_ERROR";
  return { code: kind, message, retryable: isRetryable(error) };
}

/** A failure of the connection to somebody outside, or of what he answered. */
export function outsideFault(
  code: "ConnectionFailure" | "TargetError" | "ThrottlingException" | "Timeout",
  message: string,
  retryable: boolean,
): Fault {
  return new Fault(code, message, { status: retryable ? 503 : 400 });
}
