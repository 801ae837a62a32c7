const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

/** How long is waited after so many failures in a row: a second, doubling up to a minute. */
export function backoffMs(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(20, Math.max(0, failures - 1)));
}
