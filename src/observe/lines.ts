import type { LineStream, Lines, PlacedLine } from "../kernel/lines.ts";
import type { LogLine } from "../kernel/telemetry.ts";
import type { LogPage, LogQuery, StreamQuery } from "./model.ts";
import type { NewStreams } from "./streams.ts";

type Listener = (line: PlacedLine) => void;

/** Who hears each line as it is recorded. Costs nothing while there is nobody. */
export class Listeners {
  readonly #listeners = new Set<Listener>();

  publish(line: LogLine, seq: number): void {
    if (this.#listeners.size === 0) return;
    for (const listener of this.#listeners) listener({ seq, ...line });
  }

  add(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

interface Parts {
  readonly hasHistory: boolean;
  readonly newStreams: NewStreams;
  readonly listeners: Listeners;
  logs(query: LogQuery): Promise<LogPage>;
  streams(query: StreamQuery): Promise<readonly LineStream[]>;
  lastSeq(): number;
}

export function linesOf({ hasHistory, newStreams, listeners, logs, streams, lastSeq }: Parts): Lines {
  return {
    hasHistory,
    newStreams: () => newStreams.take(),
    forget: (stream) => newStreams.forget(stream),
    streams,
    listen: (listener) => listeners.add(listener),
    get lastSeq() {
      return lastSeq();
    },
    async read({ account, region, group, streams, fromMs, untilMs, order, beyond, limit }) {
      const where = { account, region, groups: [group], sinceMs: fromMs, untilMs };
      const { lines, more } = await logs({
        ...where,
        ...(streams === undefined ? {} : { streams }),
        ...(beyond === undefined ? {} : { beyond }),
        order,
        limit,
      });
      return { lines, more };
    },
  };
}
