import { numberOf } from "../values.ts";
import type { Occurrences } from "./occurrences.ts";
import { boundsOf } from "./quantiles.ts";
import { BLANK } from "./templates.ts";

/** Something unusual about a pattern, from 0 to 1. */
export interface Anomaly {
  readonly description: string;
  readonly score: number;
  /** Messages that show it. */
  readonly samples: readonly string[];
}

/** The time that patterns were looked for in. */
export interface Span {
  readonly firstMs: number;
  readonly lastMs: number;
  /** How many messages were seen in it. */
  readonly count: number;
}

const MOST_SAMPLES = 5;
/** Less often seen, nothing is usual, and so nothing unusual. */
const FEW = 10;
const INTERVALS = 20;
const MANY_DEVIATIONS = 3;
/** What first came in this last part of the time is new. */
const NEW_PART = 0.8;
const USUAL_PART = 0.95;
const FAR_RANGES = 3;
const HTTP_ERROR = /^[45]\d\d$/;
const HTTP_WORDS = /(?:status|http|code|response)\W*$/i;

/**
 * What is unusual about a pattern: how often it comes, that it came at all, and with what words, numbers and
 * codes. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Anomaly.html
 */
export function anomaliesOf(pattern: string, seen: Occurrences, span: Span): Anomaly[] {
  const literals = pattern.split(BLANK);
  const found = [unusualFrequency(seen, span), newPattern(seen, span)];
  for (const [at, words] of seen.columns.entries()) {
    if (HTTP_WORDS.test(literals[at] ?? "")) found.push(httpErrors(seen, words));
    else found.push(unusualWords(seen, words) ?? unusualNumbers(seen, words));
  }
  return found.filter((anomaly) => anomaly !== undefined);
}

/** Much more often in some interval of the time than in the others. */
function unusualFrequency({ kept }: Occurrences, { firstMs, lastMs }: Span): Anomaly | undefined {
  const lengthMs = (lastMs - firstMs + 1) / INTERVALS;
  if (kept.length < FEW || lengthMs <= 0) return undefined;
  const counts = new Array<number>(INTERVALS).fill(0);
  const intervalOf = (ms: number) => Math.min(INTERVALS - 1, Math.floor((ms - firstMs) / lengthMs));
  for (const { ms } of kept) counts[intervalOf(ms)] = (counts[intervalOf(ms)] ?? 0) + 1;
  const most = Math.max(...counts);
  const mean = kept.length / INTERVALS;
  const deviation = Math.sqrt(counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / INTERVALS);
  const off = deviation === 0 ? 0 : (most - mean) / deviation;
  if (off <= MANY_DEVIATIONS) return undefined;
  const at = counts.indexOf(most);
  const samples = kept.filter(({ ms }) => intervalOf(ms) === at).map(({ message }) => message);
  const description = `Pattern frequency anomaly: ${most} in an interval where ${round(mean)} are usual`;
  return { description, score: Math.min(1, off / (MANY_DEVIATIONS + 2)), samples };
}

function newPattern({ kept, firstMs }: Occurrences, span: Span): Anomaly | undefined {
  const part = (firstMs - span.firstMs) / (span.lastMs - span.firstMs);
  if (span.count < FEW || !(part >= NEW_PART)) return undefined;
  const description = `New pattern anomaly: first seen at ${new Date(firstMs).toISOString()}`;
  return { description, score: part, samples: kept.map(({ message }) => message) };
}

/** A word that is not the one that nearly always stands there. */
function unusualWords({ kept }: Occurrences, words: readonly string[]): Anomaly | undefined {
  if (kept.length < FEW) return undefined;
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const [[usual, count] = ["", 0]] = [...counts].sort(([, one], [, other]) => other - one);
  const share = count / kept.length;
  if (share < USUAL_PART || share === 1) return undefined;
  const off = words.flatMap((word, at) => (word === usual ? [] : [at]));
  const description = `Token variation anomaly: ${listed(off, words)} where ${usual} is usual`;
  return { description, score: share, samples: messagesAt(kept, off) };
}

function unusualNumbers({ kept }: Occurrences, words: readonly string[]): Anomaly | undefined {
  const numbers = words.map(numberOf);
  if (kept.length < FEW || numbers.includes(undefined)) return undefined;
  const { lower, upper } = boundsOf(numbers as number[], FAR_RANGES);
  // Where half of them are one number, or the least apart, no other is far off.
  if (upper === lower) return undefined;
  const off = (numbers as number[]).flatMap((number, at) => (number > upper || number < lower ? [at] : []));
  if (off.length === 0) return undefined;
  const usual = `${round(lower)} to ${round(upper)}`;
  const description = `Numerical token anomaly: ${listed(off, words)} where ${usual} are usual`;
  return { description, score: 1 - off.length / kept.length, samples: messagesAt(kept, off) };
}

function httpErrors({ kept }: Occurrences, words: readonly string[]): Anomaly | undefined {
  const off = words.flatMap((word, at) => (HTTP_ERROR.test(word) ? [at] : []));
  if (off.length === 0) return undefined;
  const hasFaults = off.some((at) => words[at]?.startsWith("5"));
  const description = `HTTP error code anomaly: ${listed(off, words)} in ${off.length} of ${kept.length}`;
  return { description, score: hasFaults ? 0.9 : 0.6, samples: messagesAt(kept, off) };
}

const round = (value: number): number => Math.round(value * 100) / 100;

const messagesAt = (kept: Occurrences["kept"], places: readonly number[]): string[] =>
  places.slice(0, MOST_SAMPLES).map((at) => kept[at]?.message ?? "");

function listed(places: readonly number[], words: readonly string[]): string {
  const different = [...new Set(places.map((at) => words[at] ?? ""))];
  return different.slice(0, MOST_SAMPLES).join(", ");
}
