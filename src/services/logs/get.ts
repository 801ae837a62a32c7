import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { Handlers } from "../define.ts";
import { requireGroup, requireStream } from "./catalog.ts";
import { after, comparePositions, type LogEvent, type Position, startOf } from "./event.ts";
import { invalid } from "./faults.ts";
import { namedGroup } from "./names.ts";
import { eventPages } from "./reading.ts";
import { formatStreamToken, parseStreamToken } from "./tokens.ts";

/** What one answer carries. */
const MOST_EVENTS = 10_000;
const MOST_BYTES = 1_048_576;
/** Later than all events: they are at most two hours in the future. */
const END_OF_TIME_MS = 2 ** 41 - 2;

export const get = {
  async GetLogEvents(input, context) {
    const { store, scope, clock } = context;
    const { logStreamName = "", startTime: fromMs = 0, endTime, limit = MOST_EVENTS, nextToken } = input;
    const token = nextToken === undefined ? undefined : parseStreamToken(nextToken);
    const name = namedGroup(scope, input);
    const untilMs = Math.min(endTime ?? END_OF_TIME_MS, END_OF_TIME_MS);
    if (endTime !== undefined && endTime < fromMs) {
      throw invalid("The endTime must be later than the startTime.");
    }
    const { group, stream } = await store.transact(async (tx) => {
      const group = await requireGroup(tx, name);
      return { group, stream: await requireStream(tx, group.number, logStreamName) };
    });
    const reverse = token ? token.direction === "b" : !input.startFromHead;
    const query = { group, streams: [stream], fromMs, untilMs, reverse, beyond: token?.position };
    const pages = eventPages(context, { ...query, few: limit }, clock.now());
    const events = await take(pages, limit);
    if (reverse) events.reverse();
    const tokens = tokensAround(events, token, { fromMs, untilMs, reverse });
    return {
      events: events.map(({ timeMs, message, ingestedMs }) => ({
        timestamp: timeMs,
        message,
        ingestionTime: ingestedMs,
      })),
      nextForwardToken: formatStreamToken({ direction: "f", position: tokens.forward }),
      nextBackwardToken: formatStreamToken({ direction: "b", position: tokens.backward }),
    };
  },
} satisfies Handlers<typeof sdk>;

/** So many events, and so much of them as fits into an answer; one in any case. */
async function take(pages: AsyncIterable<readonly LogEvent[]>, limit: number): Promise<LogEvent[]> {
  const taken: LogEvent[] = [];
  let bytes = 0;
  for await (const page of pages) {
    for (const event of page) {
      bytes += Buffer.byteLength(event.message);
      if (taken.length > 0 && (taken.length === limit || bytes > MOST_BYTES)) return taken;
      taken.push(event);
    }
    // What comes next is not asked for before it is known to be wanted.
    if (taken.length === limit) return taken;
  }
  return taken;
}

/**
 * Forward goes on after the last event, backward before the first. At an end, the token is the one that led
 * there, as on AWS; the other leads back to what came before.
 */
function tokensAround(
  events: readonly LogEvent[],
  token: { readonly position: Position } | undefined,
  range: { readonly fromMs: number; readonly untilMs: number; readonly reverse: boolean },
): { readonly forward: Position; readonly backward: Position } {
  const [first, last] = [events[0], events.at(-1)];
  if (first && last) return { forward: last, backward: first };
  if (token === undefined) {
    // Nothing is there yet: forward finds what comes, backward nothing but that.
    const at = startOf(range.reverse ? Math.min(range.untilMs, END_OF_TIME_MS) : range.fromMs);
    return { forward: range.reverse ? startOf(range.fromMs) : at, backward: at };
  }
  const { position } = token;
  return range.reverse
    ? { forward: before(position), backward: position }
    : { forward: position, backward: after(position) };
}

/** A position before one, so that what follows it begins with that one. */
function before(position: Position): Position {
  const { timeMs, index } = position;
  if (index > 0) return { ...position, index: index - 1 };
  const earlier = { timeMs: Math.max(0, timeMs - 1), isLine: true, stream: 0, block: 2 ** 53 - 1, index: 0 };
  return comparePositions(earlier, position) < 0 ? earlier : position;
}
