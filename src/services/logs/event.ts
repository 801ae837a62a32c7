/**
 * Where an event stands among those of its group: by its time, and by what tells events of one moment apart.
 * What was put comes before what functions wrote.
 */
export interface Position {
  /** Whole milliseconds since the epoch. */
  readonly timeMs: number;
  /** Of the stream, of the block in it, and of the event in the block; a line's are 0, its place and 0. */
  readonly stream: number;
  readonly block: number;
  readonly index: number;
  /** A function's line. */
  readonly isLine: boolean;
}

/** One event, wherever it is kept. */
export interface LogEvent extends Position {
  /** Its stream's name. */
  readonly streamName: string;
  readonly message: string;
  readonly ingestedMs: number;
}

export function comparePositions(one: Position, other: Position): number {
  return (
    one.timeMs - other.timeMs ||
    Number(one.isLine) - Number(other.isLine) ||
    one.stream - other.stream ||
    one.block - other.block ||
    one.index - other.index
  );
}

// AWS's ids of events are numbers of 56 digits: the milliseconds of the time, and 144 bits more.
const TIME = 144n;
const LINE = 143n;
const STREAM = 96n;
const BLOCK = 32n;
const DIGITS = 56;
const STREAM_MASK = (1n << (LINE - STREAM)) - 1n;
const BLOCK_MASK = (1n << (STREAM - BLOCK)) - 1n;
const INDEX_MASK = (1n << BLOCK) - 1n;

/** A position as an event's id. Ids sort as positions do. */
export function eventId({ timeMs, isLine, stream, block, index }: Position): string {
  const id =
    (BigInt(timeMs) << TIME) |
    (isLine ? 1n << LINE : 0n) |
    (BigInt(stream) << STREAM) |
    (BigInt(block) << BLOCK) |
    BigInt(index);
  return String(id).padStart(DIGITS, "0");
}

/** The position that an id stands for; undefined for what is none. */
export function parseEventId(text: string): Position | undefined {
  if (!/^\d{56}$/.test(text)) return undefined;
  const id = BigInt(text);
  const timeMs = Number(id >> TIME);
  if (!Number.isSafeInteger(timeMs)) return undefined;
  return {
    timeMs,
    isLine: ((id >> LINE) & 1n) === 1n,
    stream: Number((id >> STREAM) & STREAM_MASK),
    block: Number((id >> BLOCK) & BLOCK_MASK),
    index: Number(id & INDEX_MASK),
  };
}

/** The position right after another, in the order of all that there could be. */
export function after(position: Position): Position {
  return { ...position, index: position.index + 1 };
}

/** What comes before every event of a moment. */
export function startOf(timeMs: number): Position {
  return { timeMs, isLine: false, stream: 0, block: 0, index: 0 };
}
