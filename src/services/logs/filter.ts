import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { requireGroup, requireStream } from "./catalog.ts";
import { eventId, type LogEvent, type Position } from "./event.ts";
import { invalid } from "./faults.ts";
import { namedGroup } from "./names.ts";
import { allOf, eventPages } from "./reading.ts";
import { type StreamRecord, streamsOf } from "./records.ts";
import { formatGroupToken, parseGroupToken } from "./tokens.ts";

/** What one answer carries, and how many events are looked at for it. */
const MOST_EVENTS = 10_000;
const MOST_BYTES = 1_048_576;
const MOST_SEARCHED = 100_000;
const END_OF_TIME_MS = 2 ** 41 - 2;

export const filter = {
  async FilterLogEvents(input, context) {
    const { store, scope, clock } = context;
    const { startTime: fromMs = 0, endTime, limit = MOST_EVENTS, nextToken } = input;
    const { logStreamNames: names, logStreamNamePrefix: prefix } = input;
    if (names && prefix !== undefined) {
      throw invalid("Only one of logStreamNames and logStreamNamePrefix can be specified.");
    }
    const isMatch = matcherOf(input.filterPattern);
    const beyond = nextToken === undefined ? undefined : parseGroupToken(nextToken);
    const { group, streams } = await store.transact(async (tx) => {
      const group = await requireGroup(tx, namedGroup(scope, input));
      return { group, streams: await wantedStreams(tx, group.number, names, prefix) };
    });
    // Here the end is included: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
    const untilMs = Math.min(endTime === undefined ? END_OF_TIME_MS : endTime + 1, END_OF_TIME_MS);
    const query = { group, ...(streams ? { streams } : {}), fromMs, untilMs, reverse: false, beyond };
    const { events, next } = await search(eventPages(context, query, clock.now()), isMatch, limit);
    return {
      events: events.map((event) => ({
        logStreamName: event.streamName,
        timestamp: event.timeMs,
        message: event.message,
        ingestionTime: event.ingestedMs,
        eventId: eventId(event),
      })),
      // AWS says nothing here any more.
      searchedLogStreams: [],
      ...(next === undefined ? {} : { nextToken: formatGroupToken(next) }),
    };
  },
} satisfies Handlers<typeof sdk>;

async function wantedStreams(
  tx: Transaction,
  group: number,
  names: readonly string[] | undefined,
  prefix: string | undefined,
): Promise<StreamRecord[] | undefined> {
  if (prefix !== undefined) return allOf(streamsOf(tx, group, { prefix }));
  if (!names) return undefined;
  const found: StreamRecord[] = [];
  for (const name of new Set(names)) found.push(await requireStream(tx, group, name));
  return found;
}

function matcherOf(pattern: string | undefined): (message: string) => boolean {
  return (message) => pattern === undefined || message.includes(pattern);
}

/** Events that match; where there may be more, the position that was looked at last. */
async function search(
  pages: AsyncIterable<readonly LogEvent[]>,
  isMatch: (message: string) => boolean,
  limit: number,
): Promise<{ readonly events: LogEvent[]; readonly next?: Position }> {
  const events: LogEvent[] = [];
  let searched = 0;
  let bytes = 0;
  let last: LogEvent | undefined;
  for await (const page of pages) {
    for (const event of page) {
      if (events.length >= limit || searched >= MOST_SEARCHED)
        return { events, ...(last ? { next: last } : {}) };
      if (isMatch(event.message)) {
        bytes += Buffer.byteLength(event.message);
        if (bytes > MOST_BYTES && events.length > 0) return { events, ...(last ? { next: last } : {}) };
        events.push(event);
      }
      searched++;
      last = event;
    }
  }
  return { events };
}
