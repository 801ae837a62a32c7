import { expect, test } from "vitest";
import { Fault } from "../../kernel/faults.ts";
import { failureOf } from "./failures.ts";

test.each([
  ["AccessDeniedException", 403, "NO_PERMISSIONS", false],
  ["AuthorizationErrorException", 403, "NO_PERMISSIONS", false],
  ["ResourceNotFoundException", 404, "NO_RESOURCE", false],
  ["QueueDoesNotExist", 400, "NO_RESOURCE", false],
  ["NotImplemented", 501, "NO_RESOURCE", false],
  ["ThrottlingException", 400, "THROTTLING", true],
  ["ProvisionedThroughputExceededException", 400, "THROTTLING", true],
  ["InvalidParameterValueException", 400, "INVALID_PARAMETER", false],
  ["MissingRequiredParameterException", 400, "INVALID_PARAMETER", false],
  ["InternalFailure", 500, "INTERNAL_ERROR", true],
  ["ServiceUnavailable", 503, "INTERNAL_ERROR", true],
  ["InvalidJson", 400, "INVALID_JSON", false],
  ["KmsDisabled", 400, "SDK_CLIENT_ERROR", false],
])("%s with status %i is %s; another attempt may do better: %s", (code, status, expected, retryable) => {
  expect(failureOf(new Fault(code, "why", { status }))).toEqual({
    code: expected,
    message: "why",
    retryable,
  });
});
