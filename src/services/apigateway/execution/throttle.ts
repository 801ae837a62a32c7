import type { Background } from "../../define.ts";
import { perPlatform } from "./per-platform.ts";

// Token buckets: so many requests a second, and so many at once.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** What an account may do in a Region, over all its APIs. */
export const ACCOUNT_RATE: Rate = { perSecond: 10_000, burst: 5_000 };

interface Bucket {
  tokens: number;
  atMs: number;
}

const MOST_BUCKETS = 10_000;
const bucketsOf = perPlatform(() => new Map<string, Bucket>());

/** Takes one from each of the buckets named, or from none where one of them is empty. */
export function passes(
  { store, clock }: Pick<Background, "store" | "clock">,
  wanted: readonly (readonly [name: string, rate: Rate])[],
): boolean {
  const buckets = bucketsOf(store);
  const nowMs = clock.now();
  const taken: Bucket[] = [];
  for (const [name, rate] of wanted) {
    const bucket = filled(buckets, name, rate, nowMs);
    if (bucket.tokens < 1) return false;
    taken.push(bucket);
  }
  for (const bucket of taken) bucket.tokens--;
  return true;
}

function filled(buckets: Map<string, Bucket>, name: string, rate: Rate, nowMs: number): Bucket {
  const known = buckets.get(name);
  if (!known) {
    // Full ones are as good as new: what is thrown away forgives a few requests at most.
    if (buckets.size >= MOST_BUCKETS) buckets.clear();
    const made = { tokens: rate.burst, atMs: nowMs };
    buckets.set(name, made);
    return made;
  }
  const elapsedMs = Math.max(0, nowMs - known.atMs);
  known.tokens = Math.min(rate.burst, known.tokens + (elapsedMs / 1000) * rate.perSecond);
  known.atMs = nowMs;
  return known;
}
