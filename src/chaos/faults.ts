import { Fault } from "../kernel/faults.ts";
import type { RuleInput } from "./rules.ts";

type Wording = readonly [code: string, status: number, message: string];

const RATE_EXCEEDED: Wording = ["ThrottlingException", 400, "Rate exceeded"];

/** How each service says that it is asked too often. */
const THROTTLES: Readonly<Record<string, Wording>> = {
  dynamodb: [
    "ProvisionedThroughputExceededException",
    400,
    "The level of configured provisioned throughput for the table was exceeded. Consider increasing your " +
      "provisioning level with the UpdateTable API.",
  ],
  kinesis: ["ProvisionedThroughputExceededException", 400, "Rate exceeded for the shard."],
  lambda: ["TooManyRequestsException", 429, "Rate Exceeded."],
  s3: ["SlowDown", 503, "Please reduce your request rate."],
  sns: ["ThrottledException", 429, "Rate exceeded"],
  sqs: ["RequestThrottled", 403, "Request is throttled."],
  sts: ["Throttling", 400, "Rate exceeded"],
};

/** How each service says that it has failed, where it is not InternalFailure. */
const FAILURES: Readonly<Record<string, Wording>> = {
  dynamodb: ["InternalServerError", 500, "Internal server error"],
  "dynamodb-streams": ["InternalServerError", 500, "Internal server error"],
  events: ["InternalException", 500, "An internal error occurred."],
  lambda: ["ServiceException", 500, "An internal error occurred."],
  s3: ["InternalError", 500, "We encountered an internal error. Please try again."],
  sns: ["InternalErrorException", 500, "Internal error"],
};
const FAILURE: Wording = [
  "InternalFailure",
  500,
  "The request processing has failed because of an unknown error, exception or failure.",
];

/** What a call is answered that a rule befalls. */
export function faultOf(rule: RuleInput, service: string): Fault {
  const table = rule.kind === "throttle" ? THROTTLES : FAILURES;
  const wording = table[service] ?? (rule.kind === "throttle" ? RATE_EXCEEDED : FAILURE);
  const [code, status, message] = wording;
  const members =
    code === "TooManyRequestsException" ? { Reason: "CallerRateLimitExceeded", Type: "User" } : {};
  return new Fault(rule.code ?? code, rule.message ?? message, { status: rule.status ?? status, members });
}
