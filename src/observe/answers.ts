/** What the messages of one answer weigh at most: the engine has little memory, and a line may be 256 KiB. */
const ANSWER_BYTES = 8_000_000;

/** How many of some lines, by what their messages weigh, make one answer: one in any case. */
export function howManyFit(sizes: readonly number[], limit: number): number {
  let bytes = 0;
  for (const [index, size] of sizes.slice(0, limit).entries()) {
    bytes += size;
    if (bytes > ANSWER_BYTES && index > 0) return index;
  }
  return Math.min(sizes.length, limit);
}
