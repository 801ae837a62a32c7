import { Fault } from "../kernel/faults.ts";
import type { FunctionTarget, FunctionVersion } from "../kernel/functions.ts";
import { Bucket } from "./bucket.ts";
import type { DeliveryOptions } from "./options.ts";

/** The limits that throttle, by what a TooManyRequestsException gives as its Reason. */
export type ThrottleReason =
  | "ConcurrentInvocationLimitExceeded"
  | "ReservedFunctionConcurrentInvocationLimitExceeded"
  | "FunctionInvocationRateLimitExceeded"
  | "ReservedFunctionInvocationRateLimitExceeded"
  | "CallerRateLimitExceeded";

/** A limit that was reached, and how much it allows: executions, requests a second, or new environments. */
export interface Throttle {
  readonly reason: ThrottleReason;
  readonly limit: number;
}

/** Leave to run; `leave` when the execution has ended. */
export interface Admission {
  /** It has an environment that was started ahead. */
  readonly provisioned: boolean;
  /** There are such environments, and all of them are taken. */
  readonly spilled: boolean;
  leave(): void;
}

// https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html: per function, filled up continuously.
const NEW_ENVIRONMENTS = 1000;
const NEW_ENVIRONMENTS_PER_SECOND = 100;
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: of each environment. */
const REQUESTS_PER_SECOND = 10;
/** Functions whose rates are remembered: one that has not run for long has its whole rate anyway. */
const MOST_RATES = 10_000;

/** Executions under way. */
export interface Running {
  readonly ofFunction: number;
  readonly ofAccount: number;
  /** Of all functions that have no share of their own. */
  readonly unreserved: number;
  /** Of the environments that a version was given ahead: how many are taken, and of how many. */
  readonly provisioned: number;
  readonly ofProvisioned: number;
}

type GateOptions = Pick<DeliveryOptions, "clock" | "accountConcurrency"> & {
  readonly compute: Pick<DeliveryOptions["compute"], "census">;
};

/**
 * A reservation is a function's own limit, and takes its share out of the account's; functions without
 * one share the rest. What is provisioned serves first, and what goes beyond it spills over.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */
export class Gate {
  readonly #options: GateOptions;
  /** Executions under way, by what they count against. */
  readonly #running = new Map<string, number>();
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Begins one execution, or says which limit is in its way. Synchronous ones have limits of their own. */
  enter(target: FunctionTarget, synchronous: boolean): Admission | Throttle {
    const { version, reservedConcurrency, provisionedConcurrency = 0 } = target;
    const { accountConcurrency, compute } = this.#options;
    const ahead = provisionedConcurrency > 0 ? this.#enterProvisioned(version) : undefined;
    if (ahead) return ahead;
    const isReserved = reservedConcurrency !== undefined;
    const limit = isReserved
      ? reservedConcurrency - provisionedConcurrency
      : accountConcurrency - target.claimedConcurrency;
    const pool = isReserved ? version.arn : `${version.account}/${version.region}`;
    if (this.#count(pool) >= limit) {
      return isReserved
        ? { reason: "ReservedFunctionConcurrentInvocationLimitExceeded", limit: reservedConcurrency }
        : { reason: "ConcurrentInvocationLimitExceeded", limit };
    }
    const perSecond = REQUESTS_PER_SECOND * (isReserved ? reservedConcurrency : accountConcurrency);
    const requests = synchronous ? this.#bucket(`requests ${pool}`, perSecond) : undefined;
    if (requests && !this.#allows(requests, perSecond, perSecond)) {
      const reason = isReserved ? "ReservedFunctionInvocationRateLimitExceeded" : "CallerRateLimitExceeded";
      return { reason, limit: perSecond };
    }
    const fleet = `${version.arn}:${version.version}`;
    const isStart = this.#count(fleet) >= compute.census(version).onDemand;
    const starts = isStart ? this.#bucket(`starts ${version.arn}`, NEW_ENVIRONMENTS) : undefined;
    if (starts && !this.#allows(starts, NEW_ENVIRONMENTS, NEW_ENVIRONMENTS_PER_SECOND)) {
      return { reason: "FunctionInvocationRateLimitExceeded", limit: NEW_ENVIRONMENTS };
    }
    requests?.take();
    starts?.take();
    const spilled = provisionedConcurrency > 0 && compute.census(version).provisioned > 0;
    return { provisioned: false, spilled, leave: this.#begin(pool, fleet, ...ownKeys(version)) };
  }

  running(version: FunctionVersion): Running {
    const [ofFunction, ofAccount] = ownKeys(version).map((key) => this.#count(key));
    return {
      ofFunction: ofFunction ?? 0,
      ofAccount: ofAccount ?? 0,
      unreserved: this.#count(`${version.account}/${version.region}`),
      provisioned: this.#count(aheadKey(version)),
      ofProvisioned: this.#options.compute.census(version).provisioned,
    };
  }

  #enterProvisioned(version: FunctionVersion): Admission | undefined {
    const { provisioned, free } = this.#options.compute.census(version);
    if (free === 0) return undefined;
    const perSecond = REQUESTS_PER_SECOND * provisioned;
    const requests = this.#bucket(`provisioned ${version.arn}:${version.version}`, perSecond);
    if (!this.#allows(requests, perSecond, perSecond)) return undefined;
    requests.take();
    const leave = this.#begin(aheadKey(version), ...ownKeys(version));
    return { provisioned: true, spilled: false, leave };
  }

  #bucket(key: string, capacity: number): Bucket {
    const known = this.#buckets.get(key);
    if (known) return known;
    if (this.#buckets.size >= MOST_RATES) this.#buckets.clear();
    const bucket = new Bucket(capacity, this.#options.clock.now());
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #allows(bucket: Bucket, capacity: number, perSecond: number): boolean {
    return bucket.allows(capacity, perSecond, this.#options.clock.now());
  }

  #count(key: string): number {
    return this.#running.get(key) ?? 0;
  }

  #begin(...keys: readonly string[]): () => void {
    for (const key of keys) this.#running.set(key, this.#count(key) + 1);
    return () => {
      for (const key of keys) {
        const left = this.#count(key) - 1;
        if (left === 0) this.#running.delete(key);
        else this.#running.set(key, left);
      }
    };
  }
}

const aheadKey = ({ arn, version }: FunctionVersion): string => `ahead ${arn}:${version}`;

function ownKeys({ arn, account, region }: FunctionVersion): string[] {
  return [`function ${arn}`, `all of ${account}/${region}`];
}

export function throttleFault({ reason }: Throttle): Fault {
  return new Fault("TooManyRequestsException", "Rate Exceeded.", {
    status: 429,
    members: { Reason: reason, Type: "User" },
  });
}
