import { PatternError } from "./pattern-error.ts";

const MOST_KEYS = 5;
const MOST_COMBINATIONS = 150;
const MOST_NUMBER = 1e9;

/**
 * Refuses a filter policy of SNS (parsed JSON, known to be a pattern) that is beyond AWS's limits: more than
 * five keys, more than 150 combinations of values, numbers beyond a billion. The combinations are the number
 * of values of each key times the key's depth, multiplied.
 * https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
 */
export function checkFilterPolicy(policy: unknown): void {
  const keys = [...listsOf(policy, 1)];
  if (keys.length > MOST_KEYS) {
    throw new PatternError(`Filter policy can not have more than ${MOST_KEYS} keys`);
  }
  let combinations = 1;
  for (const { values, depth } of keys) combinations *= values.length * depth;
  if (combinations > MOST_COMBINATIONS) throw new PatternError("Filter policy is too complex");
  for (const { values } of keys) {
    for (const value of values) {
      if (typeof value === "number" && Math.abs(value) > MOST_NUMBER) {
        throw new PatternError("Value must be between -1.0E9 and 1.0E9, inclusive");
      }
    }
  }
}

interface List {
  readonly values: readonly unknown[];
  readonly depth: number;
}

/** The lists of values in a policy; what is in a `$or` counts as if it stood beside it. */
function* listsOf(policy: unknown, depth: number): Generator<List> {
  for (const [name, value] of Object.entries(policy as object)) {
    if (!Array.isArray(value)) yield* listsOf(value, depth + 1);
    else if (name === "$or") for (const way of value) yield* listsOf(way, depth);
    else yield { values: value, depth };
  }
}
