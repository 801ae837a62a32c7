/** Units that may be consumed: they come at a rate, and what is not used is kept up to a limit. */
export interface Bucket {
  tokens: number;
  atMs: number;
}

export function fullBucket(tokens: number, nowMs: number): Bucket {
  return { tokens, atMs: nowMs };
}

/** Adds what came since the last look; at most `most` units are kept. Changes the bucket. */
export function refill(bucket: Bucket, unitsPerSecond: number, most: number, nowMs: number): void {
  const elapsedMs = Math.max(0, nowMs - bucket.atMs);
  bucket.tokens = Math.min(most, bucket.tokens + (elapsedMs / 1000) * unitsPerSecond);
  bucket.atMs = Math.max(bucket.atMs, nowMs);
}

/**
 * Whether a request may begin. A request's size is known only when it has run, so anything above nothing
 * lets it in, and a large one leaves a debt that those after it wait for.
 */
export function hasTokens(bucket: Bucket): boolean {
  return bucket.tokens > 0;
}
