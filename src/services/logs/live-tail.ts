import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { Context, Handlers } from "../define.ts";
import { requireGroup } from "./catalog.ts";
import type { LogEvent } from "./event.ts";
import { fault, invalid } from "./faults.ts";
import { patternOf, withinTime } from "./filter-patterns.ts";
import { listen } from "./hub.ts";
import { type GroupName, groupArn, groupOfArn } from "./names.ts";
import { eventOfLine } from "./reading.ts";

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html

const LIFETIME_MS = 3 * 3_600_000;
const UPDATE_MS = 1_000;
/** Events of one update; of more, some are left out. */
const MOST_IN_UPDATE = 500;
/** Events that wait for a slow client. */
const MOST_WAITING = 5_000;
/** What the expressions of the filter may take with the events of one second. */
const LONGEST_MS = 1_000;

export const liveTail = {
  async StartLiveTail(input, context) {
    const { logGroupIdentifiers = [], logStreamNames, logStreamNamePrefixes } = input;
    const groups = logGroupIdentifiers.map((identifier) => {
      const group = groupOfArn(identifier);
      if (!group || identifier.endsWith("*") || group.region !== context.scope.region) {
        throw invalid(`Invalid log group identifier: ${identifier}. Specify log groups by their ARNs.`);
      }
      return group;
    });
    if (logStreamNames && logStreamNamePrefixes) {
      throw invalid("Only one of logStreamNames and logStreamNamePrefixes can be specified.");
    }
    if ((logStreamNames || logStreamNamePrefixes) && groups.length > 1) {
      throw invalid("Log streams can be specified only with a single log group.");
    }
    const pattern = patternOf(input.logEventFilterPattern ?? "");
    await context.store.transact(async (tx) => {
      for (const name of groups) {
        const group = await requireGroup(tx, name);
        if (group.class !== "STANDARD") {
          throw fault(
            "InvalidOperationException",
            `Live Tail is not supported for log groups of class ${group.class}.`,
          );
        }
      }
    });
    const isWanted = (event: LogEvent) =>
      (logStreamNames?.includes(event.streamName) ?? true) &&
      (logStreamNamePrefixes?.some((prefix) => event.streamName.startsWith(prefix)) ?? true);
    const find = (events: readonly Seen[]) => {
      const found = () => events.filter(({ event }) => isWanted(event) && pattern.match(event.message));
      return pattern.expressions > 0 ? (withinTime(LONGEST_MS, found) ?? []) : found();
    };
    const session = new Session(context, groups);
    // The handlers' types take every stream for one of bytes.
    return { responseStream: session.events(input, find) as never };
  },
} satisfies Handlers<typeof sdk>;

interface Seen {
  readonly group: GroupName;
  readonly event: LogEvent;
}

/** Hears from its beginning, so that nothing is missed between the answer and the first look. */
class Session {
  readonly #context: Context;
  readonly #endsMs: number;
  readonly #stops: readonly (() => void)[];
  #seen: Seen[] = [];

  constructor(context: Context, groups: readonly GroupName[]) {
    this.#context = context;
    const { store, lines, clock, signal } = context;
    this.#endsMs = clock.now() + LIFETIME_MS;
    const wanted = new Map(groups.map((group) => [groupArn(group), group]));
    this.#stops = [
      listen(store, (name, events) => {
        const group = wanted.get(groupArn(name));
        if (group) this.#hear(events.map((event) => ({ group, event })));
      }),
      lines.listen((line) => {
        const group = wanted.get(groupArn({ ...line, name: line.group }));
        if (group) this.#hear([{ group, event: eventOfLine(line) }]);
      }),
    ];
    signal.addEventListener("abort", () => this.#stop());
  }

  async *events(
    input: sdk.StartLiveTailCommandInput,
    find: (seen: readonly Seen[]) => readonly Seen[],
  ): AsyncGenerator<sdk.StartLiveTailResponseStream> {
    const { clock, signal, ids, requestId } = this.#context;
    const { logGroupIdentifiers, logStreamNames, logStreamNamePrefixes, logEventFilterPattern } = input;
    try {
      yield {
        sessionStart: {
          requestId,
          sessionId: ids.uuid(),
          logGroupIdentifiers,
          logStreamNames: logStreamNames ?? [],
          logStreamNamePrefixes: logStreamNamePrefixes ?? [],
          logEventFilterPattern: logEventFilterPattern ?? "",
        },
      };
      for (let nextMs = clock.now() + UPDATE_MS; ; nextMs += UPDATE_MS) {
        await this.#pause(Math.min(nextMs, this.#endsMs));
        if (signal.aborted) return;
        if (clock.now() >= this.#endsMs) {
          throw fault("SessionTimeoutException", "The Live Tail session has timed out after three hours.");
        }
        yield { sessionUpdate: updateOf(find(this.#seen.splice(0))) };
      }
    } finally {
      this.#stop();
    }
  }

  #hear(seen: readonly Seen[]): void {
    this.#seen.push(...seen);
    if (this.#seen.length > MOST_WAITING) this.#seen.splice(0, this.#seen.length - MOST_WAITING);
  }

  #stop(): void {
    for (const stop of this.#stops) stop();
  }

  /** Until a moment, or the end of the call. */
  #pause(untilMs: number): Promise<void> {
    const { clock, signal } = this.#context;
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const goOn = this.#context.rest();
      const wake = () => {
        timer.cancel();
        signal.removeEventListener("abort", wake);
        goOn();
        resolve();
      };
      const timer = clock.at(untilMs, wake);
      signal.addEventListener("abort", wake);
    });
  }
}

function updateOf(found: readonly Seen[]): sdk.LiveTailSessionUpdate {
  const sampled = found.length > MOST_IN_UPDATE;
  const step = found.length / MOST_IN_UPDATE;
  const shown = sampled
    ? Array.from({ length: MOST_IN_UPDATE }, (_, at) => found[Math.floor(at * step)] as Seen)
    : found;
  return {
    sessionMetadata: { sampled },
    sessionResults: shown.map(({ group, event }) => ({
      logStreamName: event.streamName,
      logGroupIdentifier: `${group.account}:${group.name}`,
      message: event.message,
      timestamp: event.timeMs,
      ingestionTime: event.ingestedMs,
    })),
  };
}
