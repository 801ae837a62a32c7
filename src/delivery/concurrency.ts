import { Fault } from "../kernel/faults.ts";
import type { FunctionTarget } from "../kernel/functions.ts";

/** Counts executions under way and refuses those above a limit. */
export interface Gate {
  /** Begins one execution; call the answer when it has ended. Throws TooManyRequestsException. */
  enter(target: FunctionTarget): () => void;
}

/**
 * A reservation is a function's own limit, and takes its share out of the account's; functions without
 * one share the rest. https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */
export function createGate(): Gate {
  const running = new Map<string, number>();
  return {
    enter(target) {
      const { version, reservedConcurrency } = target;
      const reserved = reservedConcurrency !== undefined;
      const pool = reserved ? version.arn : `${version.account}/${version.region}`;
      const count = running.get(pool) ?? 0;
      if (count >= (reservedConcurrency ?? target.unreservedConcurrency)) throw throttled(reserved);
      running.set(pool, count + 1);
      return () => {
        const left = (running.get(pool) ?? 1) - 1;
        if (left === 0) running.delete(pool);
        else running.set(pool, left);
      };
    },
  };
}

function throttled(reserved: boolean): Fault {
  const Reason = reserved
    ? "ReservedFunctionConcurrentInvocationLimitExceeded"
    : "ConcurrentInvocationLimitExceeded";
  return new Fault("TooManyRequestsException", "Rate Exceeded.", {
    status: 429,
    members: { Reason, Type: "User" },
  });
}
