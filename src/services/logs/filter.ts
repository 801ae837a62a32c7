import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { requireGroup, requireStream } from "./catalog.ts";
import { eventId, type LogEvent, type Position } from "./event.ts";
import { invalid } from "./faults.ts";
import { bounded, patternOf } from "./filter-patterns.ts";
import { namedGroup } from "./names.ts";
import type { FilterPattern } from "./pattern/pattern.ts";
import { allOf, eventPages } from "./reading.ts";
import { type StreamRecord, streamsOf } from "./records.ts";
import { formatGroupToken, parseGroupToken } from "./tokens.ts";

/** What one answer carries, and how many events are looked at for it. */
const MOST_EVENTS = 10_000;
const MOST_BYTES = 1_048_576;
const MOST_SEARCHED = 100_000;
/** What one page of events may take to be matched with regular expressions. */
const LONGEST_MS = 5_000;
const END_OF_TIME_MS = 2 ** 41 - 2;

export const filter = {
  async FilterLogEvents(input, context) {
    const { store, scope, clock } = context;
    const { startTime: fromMs = 0, endTime, limit = MOST_EVENTS, nextToken } = input;
    const { logStreamNames: names, logStreamNamePrefix: prefix } = input;
    if (names && prefix !== undefined) {
      throw invalid("Only one of logStreamNames and logStreamNamePrefix can be specified.");
    }
    const pattern = patternOf(input.filterPattern ?? "");
    const beyond = nextToken === undefined ? undefined : parseGroupToken(nextToken);
    const { group, streams } = await store.transact(async (tx) => {
      const group = await requireGroup(tx, namedGroup(scope, input));
      return { group, streams: await wantedStreams(tx, group.number, names, prefix) };
    });
    // Here the end is included: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
    const untilMs = Math.min(endTime === undefined ? END_OF_TIME_MS : endTime + 1, END_OF_TIME_MS);
    const query = { group, ...(streams ? { streams } : {}), fromMs, untilMs, reverse: false, beyond };
    const { events, next } = await search(eventPages(context, query, clock.now()), pattern, limit);
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

/** Of a page, the events that match. */
function matching(page: readonly LogEvent[], pattern: FilterPattern): readonly LogEvent[] {
  const found = () => page.filter(({ message }) => pattern.match(message) !== undefined);
  return pattern.expressions > 0 ? bounded(LONGEST_MS, found) : found();
}

/** Events that match; where there may be more, the position that was looked at last. */
async function search(
  pages: AsyncIterable<readonly LogEvent[]>,
  pattern: FilterPattern,
  limit: number,
): Promise<{ readonly events: LogEvent[]; readonly next?: Position }> {
  const events: LogEvent[] = [];
  let searched = 0;
  let bytes = 0;
  for await (const page of pages) {
    for (const event of matching(page, pattern)) {
      bytes += Buffer.byteLength(event.message);
      const last = events.at(-1);
      if (last && (events.length === limit || bytes > MOST_BYTES)) return { events, next: last };
      events.push(event);
    }
    searched += page.length;
    const last = page.at(-1);
    if (searched >= MOST_SEARCHED && last) return { events, next: last };
  }
  return { events };
}
