import { describe, expect, test } from "vitest";
import {
  effectivePolicy,
  MANAGED_RETRIES,
  PolicyProblem,
  type RetryPolicy,
  readDeliveryPolicy,
  readTopicPolicy,
  retryDelay,
} from "./delivery-policy.ts";

/** All delays of a policy, in seconds. */
function delays(policy: RetryPolicy): number[] {
  const found: number[] = [];
  for (let retry = 1; ; retry++) {
    const delay = retryDelay(policy, retry);
    if (delay === undefined) return found;
    found.push(delay);
  }
}

describe("retries", () => {
  test("of AWS's own endpoints go on for 23 days", () => {
    const all = delays(MANAGED_RETRIES);
    expect(all).toHaveLength(100_015);
    expect(all.slice(0, 6)).toEqual([0, 0, 0, 1, 1, 1]);
    expect(all.slice(14, 17)).toEqual([20, 20, 20]);
    const days = all.reduce((sum, one) => sum + one, 0) / 86_400;
    expect(days).toBeGreaterThan(23);
    expect(days).toBeLessThan(24);
  });

  test.each(["linear", "arithmetic", "geometric", "exponential"])(
    "back off %s through four phases",
    (kind) => {
      const all = delays({
        minDelayTarget: 2,
        maxDelayTarget: 50,
        numRetries: 12,
        numNoDelayRetries: 2,
        numMinDelayRetries: 3,
        numMaxDelayRetries: 2,
        backoffFunction: kind,
      });
      expect(all.slice(0, 6)).toEqual([0, 0, 2, 2, 2, 2]);
      expect(all.slice(9)).toEqual([50, 50, 50]);
      const backoff = all.slice(5, 10);
      expect([...backoff].sort((a, b) => a - b)).toEqual(backoff);
      expect(new Set(backoff).size).toBe(5);
    },
  );

  test("differ by how late they grow", () => {
    const middle = (backoffFunction: string) =>
      retryDelay(
        {
          minDelayTarget: 1,
          maxDelayTarget: 100,
          numRetries: 9,
          numNoDelayRetries: 0,
          numMinDelayRetries: 0,
          numMaxDelayRetries: 0,
          backoffFunction,
        },
        5,
      ) ?? 0;
    expect(middle("linear")).toBe(50.5);
    expect(middle("arithmetic")).toBeLessThan(middle("linear"));
    expect(middle("geometric")).toBeCloseTo(10);
    expect(middle("exponential")).toBeLessThan(middle("geometric"));
  });
});

test("a subscription's policy goes before its topic's, unless the topic forbids it", () => {
  const own = '{"healthyRetryPolicy":{"numRetries":7},"throttlePolicy":{"maxReceivesPerSecond":5}}';
  const topic = (disabled: boolean) =>
    JSON.stringify({
      http: {
        defaultHealthyRetryPolicy: { numRetries: 1 },
        defaultRequestPolicy: { headerContentType: "application/json" },
        disableSubscriptionOverrides: disabled,
      },
    });
  expect(effectivePolicy(topic(false), own)).toMatchObject({
    healthyRetryPolicy: { numRetries: 7 },
    throttlePolicy: { maxReceivesPerSecond: 5 },
    requestPolicy: { headerContentType: "application/json" },
  });
  expect(effectivePolicy(topic(true), own)).toMatchObject({
    healthyRetryPolicy: { numRetries: 1 },
    throttlePolicy: null,
  });
  expect(effectivePolicy(undefined, undefined)).toMatchObject({ healthyRetryPolicy: { numRetries: 3 } });
});

test.each([
  [
    '{"healthyRetryPolicy":{"numRetries":101}}',
    "healthyRetryPolicy.numRetries must be less than or equal to 100",
  ],
  [
    '{"healthyRetryPolicy":{"numRetries":-1}}',
    "healthyRetryPolicy.numRetries must be greater than or equal to 0",
  ],
  ['{"healthyRetryPolicy":{"numRetries":"3"}}', "healthyRetryPolicy.numRetries must be an integer"],
  [
    '{"healthyRetryPolicy":{"minDelayTarget":30}}',
    "healthyRetryPolicy.minDelayTarget must be less than or equal to maxDelayTarget",
  ],
  ['{"healthyRetryPolicy":{"backoffFunction":"wild"}}', "healthyRetryPolicy.backoffFunction must be one of"],
  [
    '{"healthyRetryPolicy":{"numRetries":1,"numNoDelayRetries":2}}',
    "must be greater than or equal to the sum",
  ],
  [
    '{"healthyRetryPolicy":{"numRetries":100,"maxDelayTarget":3600,"minDelayTarget":3600}}',
    "must not retry for longer than 3600 seconds",
  ],
  ['{"throttlePolicy":{"maxReceivesPerSecond":0}}', "throttlePolicy.maxReceivesPerSecond must be an integer"],
  [
    '{"requestPolicy":{"headerContentType":"image/png"}}',
    "headerContentType is not a supported content type",
  ],
  ['{"requestPolicy":{"headerContentType":"text/plain;\\r\\nx: y"}}', "is not a supported content type"],
  ["[]", "must be a JSON object"],
  ["{", "failed to parse JSON."],
])("%s is no delivery policy", (text, message) => {
  expect(() => readDeliveryPolicy(text)).toThrow(PolicyProblem);
  expect(() => readDeliveryPolicy(text)).toThrow(message);
});

test("a topic's policy names its parts in full", () => {
  expect(() => readTopicPolicy('{"http":{"defaultHealthyRetryPolicy":{"numRetries":101}}}')).toThrow(
    "http.defaultHealthyRetryPolicy.numRetries must be less than or equal to 100",
  );
  expect(() => readTopicPolicy('{"http":{"disableSubscriptionOverrides":"no"}}')).toThrow(
    "http.disableSubscriptionOverrides must be a boolean",
  );
});
