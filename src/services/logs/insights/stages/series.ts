import type { Evaluate } from "../compile.ts";
import { numberOf } from "../values.ts";
import type { Gathering } from "./gathering.ts";

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-timeseries-functions.html

/**
 * How much a number changes from the first event in time to the last, for each second of an interval: over
 * five minutes in which it rises by 300,000, `rate(n, 1m)` is 5,000, as AWS was seen to answer.
 */
export function rate(value: Evaluate, intervalMs: number): Gathering {
  let first: { readonly ms: number; readonly number: number } | undefined;
  let last = first;
  return {
    add(row) {
      const number = numberOf(value(row));
      const ms = numberOf(row.get("@timestamp"));
      if (number === undefined || ms === undefined) return;
      if (!first || ms < first.ms) first = { ms, number };
      if (!last || ms >= last.ms) last = { ms, number };
    },
    result: () => (first && last ? ((last.number - first.number) * 1000) / intervalMs : undefined),
  };
}

const MOST_SAMPLES = 100_000;

/** How many numbers lie in each of so many ranges of one width. */
export function histogram(value: Evaluate, buckets: number): Gathering {
  const numbers: number[] = [];
  return {
    add(row) {
      const number = numberOf(value(row));
      if (number !== undefined && numbers.length < MOST_SAMPLES) numbers.push(number);
    },
    result() {
      if (numbers.length === 0) return undefined;
      const least = numbers.reduce((one, other) => Math.min(one, other));
      const most = numbers.reduce((one, other) => Math.max(one, other));
      const width = (most - least) / buckets || 1;
      const counts = new Array<number>(Math.floor(buckets)).fill(0);
      for (const number of numbers) {
        const at = Math.min(counts.length - 1, Math.floor((number - least) / width));
        counts[at] = (counts[at] ?? 0) + 1;
      }
      const edge = (at: number) => Math.round((least + at * width) * 10_000) / 10_000;
      return Object.fromEntries(counts.map((count, at) => [`${edge(at)}-${edge(at + 1)}`, count]));
    },
  };
}
