/** How often and how fast a failed delivery is tried again. Delays are in seconds. */
export interface RetryPolicy {
  readonly minDelayTarget: number;
  readonly maxDelayTarget: number;
  readonly numRetries: number;
  readonly numNoDelayRetries: number;
  readonly numMinDelayRetries: number;
  readonly numMaxDelayRetries: number;
  readonly backoffFunction: string;
}

interface ThrottlePolicy {
  readonly maxReceivesPerSecond: number;
}

interface RequestPolicy {
  readonly headerContentType: string;
}

/** What holds for deliveries to one HTTP endpoint. */
export interface DeliveryPolicy {
  readonly healthyRetryPolicy: RetryPolicy | null;
  readonly sicklyRetryPolicy: null;
  readonly throttlePolicy: ThrottlePolicy | null;
  readonly requestPolicy: RequestPolicy | null;
  readonly guaranteed: false;
}

/** What a topic says for all of its HTTP endpoints. */
export interface TopicDeliveryPolicy {
  readonly http: {
    readonly defaultHealthyRetryPolicy?: RetryPolicy;
    readonly defaultThrottlePolicy?: ThrottlePolicy;
    readonly defaultRequestPolicy?: RequestPolicy;
    readonly disableSubscriptionOverrides: boolean;
  };
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html */
const DEFAULT_RETRIES: RetryPolicy = {
  minDelayTarget: 20,
  maxDelayTarget: 20,
  numRetries: 3,
  numMaxDelayRetries: 0,
  numNoDelayRetries: 0,
  numMinDelayRetries: 0,
  backoffFunction: "linear",
};
const DEFAULT_REQUEST: RequestPolicy = { headerContentType: "text/plain; charset=UTF-8" };

/** Of endpoints that are AWS's own: 100,015 retries in 23 days. */
export const MANAGED_RETRIES: RetryPolicy = {
  minDelayTarget: 1,
  maxDelayTarget: 20,
  numRetries: 100_015,
  numNoDelayRetries: 3,
  numMinDelayRetries: 2,
  numMaxDelayRetries: 100_000,
  backoffFunction: "exponential",
};

const MOST_SECONDS = 3600;
const MOST_RETRIES = 100;
const BACKOFFS = ["linear", "arithmetic", "geometric", "exponential"];
const CONTENT_TYPES = new Set([
  "application/atom+xml",
  "application/json",
  "application/octet-stream",
  "application/soap+xml",
  "application/x-www-form-urlencoded",
  "application/xhtml+xml",
  "application/xml",
  "text/css",
  "text/csv",
  "text/html",
  "text/plain",
  "text/xml",
]);

/** Why a policy is none; each caller makes its own fault of it. */
export class PolicyProblem extends Error {
  override readonly name = "PolicyProblem";
}

/** Seconds before the n-th retry (from 1), or undefined when it would be one too many. */
export function retryDelay(policy: RetryPolicy, retry: number): number | undefined {
  const { minDelayTarget: least, maxDelayTarget: most, numRetries } = policy;
  const { numNoDelayRetries, numMinDelayRetries, numMaxDelayRetries } = policy;
  if (retry > numRetries) return undefined;
  if (retry <= numNoDelayRetries) return 0;
  const step = retry - numNoDelayRetries - numMinDelayRetries;
  if (step <= 0) return least;
  const steps = numRetries - numNoDelayRetries - numMinDelayRetries - numMaxDelayRetries;
  if (step > steps) return most;
  return steps === 1 ? least : backOff(policy.backoffFunction, least, most, step - 1, steps - 1);
}

/** From `least` at 0 to `most` at `last`: each function grows faster than the one before. */
function backOff(kind: string, least: number, most: number, step: number, last: number): number {
  const span = most - least;
  if (kind === "arithmetic") return least + (span * step * (step + 1)) / (last * (last + 1));
  if (kind === "geometric") return least * (most / least) ** (step / last);
  if (kind === "exponential") return least + (span * (2 ** step - 1)) / (2 ** last - 1);
  return least + (span * step) / last;
}

/** What a topic's policy says, as AWS shows it: only what was given, each part made complete. */
export function readTopicPolicy(text: string): TopicDeliveryPolicy {
  const root = objectOf(parseJson(text), "");
  const http = objectOf(root.http, "http");
  const retries = http.defaultHealthyRetryPolicy;
  const throttle = http.defaultThrottlePolicy;
  const request = http.defaultRequestPolicy;
  const disabled = http.disableSubscriptionOverrides ?? false;
  if (typeof disabled !== "boolean") {
    throw new PolicyProblem("http.disableSubscriptionOverrides must be a boolean");
  }
  return {
    http: {
      ...(retries == null
        ? {}
        : { defaultHealthyRetryPolicy: retriesOf(retries, "http.defaultHealthyRetryPolicy") }),
      ...(throttle == null
        ? {}
        : { defaultThrottlePolicy: throttleOf(throttle, "http.defaultThrottlePolicy") }),
      ...(request == null ? {} : { defaultRequestPolicy: requestOf(request, "http.defaultRequestPolicy") }),
      disableSubscriptionOverrides: disabled,
    },
  };
}

/** What a subscription's policy says, as AWS shows it: with null for what it leaves open. */
export function readDeliveryPolicy(text: string): DeliveryPolicy {
  const { healthyRetryPolicy, throttlePolicy, requestPolicy } = objectOf(parseJson(text), "");
  return {
    healthyRetryPolicy:
      healthyRetryPolicy == null ? null : retriesOf(healthyRetryPolicy, "healthyRetryPolicy"),
    sicklyRetryPolicy: null,
    throttlePolicy: throttlePolicy == null ? null : throttleOf(throttlePolicy, "throttlePolicy"),
    requestPolicy: requestPolicy == null ? null : requestOf(requestPolicy, "requestPolicy"),
    guaranteed: false,
  };
}

/** A topic's policy with AWS's defaults. */
export function effectiveTopicPolicy(text: string | undefined): TopicDeliveryPolicy {
  const { http } = text ? readTopicPolicy(text) : { http: { disableSubscriptionOverrides: false } };
  return {
    http: {
      defaultHealthyRetryPolicy: DEFAULT_RETRIES,
      defaultRequestPolicy: DEFAULT_REQUEST,
      ...http,
    },
  };
}

/** What holds for a subscription: its own policy, its topic's, and AWS's defaults, in this order. */
export function effectivePolicy(topic: string | undefined, own: string | undefined): DeliveryPolicy {
  const { http } = effectiveTopicPolicy(topic);
  const given = own && !http.disableSubscriptionOverrides ? readDeliveryPolicy(own) : undefined;
  return {
    healthyRetryPolicy: given?.healthyRetryPolicy ?? http.defaultHealthyRetryPolicy ?? DEFAULT_RETRIES,
    sicklyRetryPolicy: null,
    throttlePolicy: given?.throttlePolicy ?? http.defaultThrottlePolicy ?? null,
    requestPolicy: given?.requestPolicy ?? http.defaultRequestPolicy ?? DEFAULT_REQUEST,
    guaranteed: false,
  };
}

/** How failed deliveries to an HTTP endpoint are tried again. */
export function retriesFor(policy: DeliveryPolicy): RetryPolicy {
  return policy.healthyRetryPolicy ?? DEFAULT_RETRIES;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PolicyProblem("failed to parse JSON.");
  }
}

type Members = Readonly<Record<string, unknown>>;

function objectOf(value: unknown, path: string): Members {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Members;
  throw new PolicyProblem(path === "" ? "must be a JSON object" : `${path} must be specified`);
}

function retriesOf(value: unknown, path: string): RetryPolicy {
  const given = objectOf(value, path);
  const whole = (name: keyof RetryPolicy, least: number, most: number): number => {
    const found = given[name] ?? DEFAULT_RETRIES[name];
    if (typeof found !== "number" || !Number.isInteger(found)) {
      throw new PolicyProblem(`${path}.${name} must be an integer`);
    }
    if (found < least) throw new PolicyProblem(`${path}.${name} must be greater than or equal to ${least}`);
    if (found > most) throw new PolicyProblem(`${path}.${name} must be less than or equal to ${most}`);
    return found;
  };
  const policy: RetryPolicy = {
    minDelayTarget: whole("minDelayTarget", 1, MOST_SECONDS),
    maxDelayTarget: whole("maxDelayTarget", 1, MOST_SECONDS),
    numRetries: whole("numRetries", 0, MOST_RETRIES),
    numMaxDelayRetries: whole("numMaxDelayRetries", 0, MOST_RETRIES),
    numNoDelayRetries: whole("numNoDelayRetries", 0, MOST_RETRIES),
    numMinDelayRetries: whole("numMinDelayRetries", 0, MOST_RETRIES),
    backoffFunction: String(given.backoffFunction ?? DEFAULT_RETRIES.backoffFunction),
  };
  checkTogether(policy, path);
  return policy;
}

function checkTogether(policy: RetryPolicy, path: string): void {
  const { minDelayTarget, maxDelayTarget, numRetries, backoffFunction } = policy;
  if (!BACKOFFS.includes(backoffFunction)) {
    throw new PolicyProblem(`${path}.backoffFunction must be one of ${BACKOFFS.join(", ")}`);
  }
  if (minDelayTarget > maxDelayTarget) {
    throw new PolicyProblem(`${path}.minDelayTarget must be less than or equal to maxDelayTarget`);
  }
  const named = policy.numNoDelayRetries + policy.numMinDelayRetries + policy.numMaxDelayRetries;
  if (named > numRetries) {
    throw new PolicyProblem(
      `${path}.numRetries must be greater than or equal to the sum of numNoDelayRetries, ` +
        "numMinDelayRetries and numMaxDelayRetries",
    );
  }
  let seconds = 0;
  for (let retry = 1; retry <= numRetries; retry++) seconds += retryDelay(policy, retry) ?? 0;
  if (seconds > MOST_SECONDS) {
    throw new PolicyProblem(`${path} must not retry for longer than ${MOST_SECONDS} seconds`);
  }
}

function throttleOf(value: unknown, path: string): ThrottlePolicy {
  const { maxReceivesPerSecond } = objectOf(value, path);
  if (
    typeof maxReceivesPerSecond !== "number" ||
    !Number.isInteger(maxReceivesPerSecond) ||
    maxReceivesPerSecond < 1
  ) {
    throw new PolicyProblem(`${path}.maxReceivesPerSecond must be an integer of at least 1`);
  }
  return { maxReceivesPerSecond };
}

function requestOf(value: unknown, path: string): RequestPolicy {
  const { headerContentType } = objectOf(value, path);
  const type = String(headerContentType).split(";")[0]?.trim().toLowerCase() ?? "";
  const known = typeof headerContentType === "string" && CONTENT_TYPES.has(type);
  // What is sent as a header is one line.
  if (!known || !/^[\x20-\x7e]*$/.test(headerContentType)) {
    throw new PolicyProblem(`${path}.headerContentType is not a supported content type`);
  }
  return { headerContentType };
}
