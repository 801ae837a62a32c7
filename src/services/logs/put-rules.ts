import type { RejectedLogEventsInfo } from "@aws-sdk/client-cloudwatch-logs";
import { EVENT_OVERHEAD_BYTES } from "./blocks.ts";
import { invalid } from "./faults.ts";

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BATCH_BYTES = 1_048_576;
const EVENT_BYTES = 1_048_576;
const LONGEST_SPAN_MS = DAY_MS;
const OLDEST_MS = 14 * DAY_MS;
const NEWEST_MS = 2 * HOUR_MS;

interface Given {
  readonly timestamp: number | undefined;
  readonly message: string | undefined;
}

export interface CheckedEvent {
  readonly timeMs: number;
  readonly message: string;
  /** With what AWS adds for each. */
  readonly bytes: number;
}

/** A batch's events, weighed; throws InvalidParameterException for a batch that AWS refuses whole. */
export function checkBatch(given: readonly Given[]): CheckedEvent[] {
  const events = given.map(({ timestamp = 0, message = "" }) => ({
    timeMs: timestamp,
    message,
    bytes: Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES,
  }));
  const total = events.reduce((sum, { bytes }) => sum + bytes, 0);
  const largest = events.find(({ bytes }) => bytes > EVENT_BYTES);
  if (largest) {
    throw invalid(`Log event too large: ${largest.bytes} bytes exceeds limit of ${EVENT_BYTES}`);
  }
  if (total > BATCH_BYTES) {
    throw invalid(`Upload too large: ${total} bytes exceeds limit of ${BATCH_BYTES}`);
  }
  if (events.some(({ timeMs }, index) => timeMs < (events[index - 1]?.timeMs ?? 0))) {
    throw invalid("Log events in a single PutLogEvents request must be in chronological order.");
  }
  const span = (events.at(-1)?.timeMs ?? 0) - (events[0]?.timeMs ?? 0);
  if (span > LONGEST_SPAN_MS) {
    throw invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  }
  return events;
}

/** The events of a batch that are taken, and what is told of the others. */
export function sortOut<Event extends { readonly timeMs: number }>(
  events: readonly Event[],
  nowMs: number,
  expiredBeforeMs: number,
): { readonly taken: readonly Event[]; readonly rejected: RejectedLogEventsInfo | undefined } {
  const count = (isMet: (event: Event) => boolean) => {
    const first = events.findIndex((event) => !isMet(event));
    return first < 0 ? events.length : first;
  };
  const tooOld = count(({ timeMs }) => timeMs < nowMs - OLDEST_MS);
  const expired = count(({ timeMs }) => timeMs < expiredBeforeMs);
  const notNew = count(({ timeMs }) => timeMs <= nowMs + NEWEST_MS);
  const rejected = {
    ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
    ...(expired > 0 ? { expiredLogEventEndIndex: expired } : {}),
    ...(notNew < events.length ? { tooNewLogEventStartIndex: notNew } : {}),
  };
  return {
    taken: events.slice(Math.max(tooOld, expired), notNew),
    rejected: Object.keys(rejected).length > 0 ? rejected : undefined,
  };
}
