/**
 * Sequence numbers as Kinesis has had them since 2015, told from those it gives: hexadecimal digits, read as
 * one number of 56 decimal ones. A 2; 9 digits of the second in which the shard was born; the last digit of
 * the shard's number; 16 of a counter; 2 zeros; 9 of the second of arrival; 8 of the shard's number; a 2.
 * The shard's birth comes first, so that all numbers of a child are larger than its parents'.
 */
export interface SequenceFacts {
  readonly shard: number;
  /** Epoch seconds. */
  readonly bornSec: number;
  /** Of the record, in the order of its stream. */
  readonly place: number;
  /** Epoch seconds. */
  readonly atSec: number;
}

interface Birth {
  readonly index: number;
  readonly bornSec: number;
}

/** Comes after the counter: what one place adds to the number. */
const STEP = 1n << 80n;
const PART_SIZE = 1e14;
const PART = BigInt(PART_SIZE);
const STEP_LOW = Number(STEP % PART);
const STEP_MIDDLE = Number(STEP / PART);
const TEXT = /^2([0-9a-f]{9})[0-9a-f]([0-7][0-9a-f]{15})00([0-9a-f]{9})([0-7][0-9a-f]{7})2$/;
const CLOSING_PLACE = 0x7fff_ffff_ffff_ffffn;

export function sequenceNumber(shard: Birth, place: number, atMs: number): string {
  return firstOf(shard, BigInt(place), atMs).toString();
}

/** Of records that lie one behind the other and came at the same time. */
export function sequenceNumbers(shard: Birth, place: number, count: number, atMs: number): string[] {
  const first = firstOf(shard, BigInt(place), atMs);
  if (count === 1) return [first.toString()];
  // Counted in parts: a page has thousands of them, and to write out a bigint takes longer than all else.
  let low = Number(first % PART);
  let middle = Number((first / PART) % PART);
  let high = first / PART / PART;
  let head = high.toString();
  const numbers: string[] = [];
  for (let at = 0; at < count; at++) {
    numbers.push(head + digits(middle) + digits(low));
    low += STEP_LOW;
    middle += STEP_MIDDLE;
    if (low >= PART_SIZE) {
      low -= PART_SIZE;
      middle++;
    }
    if (middle < PART_SIZE) continue;
    middle -= PART_SIZE;
    high++;
    head = high.toString();
  }
  return numbers;
}

/** All 14 of them. */
function digits(part: number): string {
  return String(part + PART_SIZE).slice(1);
}

/** Before the number of any record of the shard. */
export function startingNumber(shard: Birth): string {
  return sequenceNumber(shard, 0, shard.bornSec * 1000);
}

/** After the number of any record of the shard. */
export function endingNumber(shard: Birth, closedMs: number): string {
  return firstOf(shard, CLOSING_PLACE, closedMs).toString();
}

/** Undefined for a number that Kinesis cannot have given. */
export function parseSequence(text: string): SequenceFacts | undefined {
  const match = /^\d{1,129}$/.test(text) ? TEXT.exec(BigInt(text).toString(16)) : null;
  if (!match) return undefined;
  const [bornSec = 0, place = 0, atSec = 0, shard = 0] = match
    .slice(1)
    .map((hex) => Number.parseInt(hex, 16));
  return { shard, bornSec, place, atSec };
}

function firstOf({ index, bornSec }: Birth, place: bigint, atMs: number): bigint {
  const shard = BigInt(index);
  const head = (2n << 184n) | (BigInt(bornSec) << 148n) | ((shard & 15n) << 144n);
  const tail = (BigInt(Math.floor(atMs / 1000)) << 36n) | (shard << 4n) | 2n;
  return head | (place << 80n) | tail;
}
