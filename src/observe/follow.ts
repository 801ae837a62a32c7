import type { LogLine } from "../kernel/telemetry.ts";
import { matchesLine } from "./match.ts";
import type { LogPage, LogQuery, StoredLine } from "./model.ts";

/** A reader that is further behind than this reads from storage until it has caught up. */
const QUEUE_LINES = 10_000;
const PAGE_LINES = 2_000;

export interface FollowSource {
  /** The place of the last line recorded. */
  lastSeq(): number;
  /** Lines recorded before this call are found by it. */
  logs(query: LogQuery): Promise<LogPage>;
}

/** Readers of lines as they are recorded. */
export class Followers {
  readonly #source: FollowSource;
  readonly #readers = new Set<Reader>();

  constructor(source: FollowSource) {
    this.#source = source;
  }

  /** Hands a line that was just recorded to every reader. Cheap when there are none. */
  publish(line: LogLine, seq: number): void {
    for (const reader of this.#readers) reader.push(line, seq);
  }

  /**
   * The lines that match already, then each one as it is recorded, in order and each once, until the
   * signal aborts. `query.afterSeq` resumes after a line; otherwise the history is the latest
   * `query.limit` lines. A slow reader holds up nobody: what it missed it reads from storage.
   */
  async *follow(query: LogQuery, signal: AbortSignal): AsyncGenerator<StoredLine> {
    const reader = new Reader(query);
    this.#readers.add(reader);
    const stop = () => reader.wake();
    signal.addEventListener("abort", stop);
    try {
      let cursor = query.afterSeq;
      if (cursor === undefined) {
        cursor = this.#source.lastSeq();
        if (query.limit !== 0) {
          const page = await this.#source.logs({ ...query, untilSeq: cursor, order: "latest" });
          yield* page.lines.toReversed();
        }
      } else reader.lagging = true;
      while (!signal.aborted) {
        if (reader.lagging) cursor = yield* this.#catchUp(query, reader, cursor);
        for (const line of reader.take()) {
          if (line.seq <= cursor) continue;
          yield line;
          cursor = line.seq;
        }
        if (!reader.lagging && !signal.aborted) await reader.arrival();
      }
    } finally {
      signal.removeEventListener("abort", stop);
      this.#readers.delete(reader);
    }
  }

  /** Reads what was recorded after `cursor` from storage; lines from now on are queued meanwhile. */
  async *#catchUp(query: LogQuery, reader: Reader, from: number): AsyncGenerator<StoredLine, number> {
    reader.restart();
    const until = this.#source.lastSeq();
    let cursor = from;
    for (;;) {
      const bounds = { afterSeq: cursor, untilSeq: until, limit: PAGE_LINES, order: "oldest" } as const;
      const page = await this.#source.logs({ ...query, ...bounds });
      yield* page.lines;
      cursor = page.lines.at(-1)?.seq ?? cursor;
      if (!page.more) return until;
    }
  }
}

class Reader {
  lagging = false;
  #queue: StoredLine[] = [];
  #waiting: (() => void) | undefined;
  readonly #query: LogQuery;

  constructor(query: LogQuery) {
    const { afterSeq: _afterSeq, untilSeq: _untilSeq, ...conditions } = query;
    this.#query = conditions;
  }

  push(line: LogLine, seq: number): void {
    if (this.lagging || !matchesLine(this.#query, line, seq)) return;
    if (this.#queue.length >= QUEUE_LINES) {
      this.#queue = [];
      this.lagging = true;
    } else this.#queue.push({ seq, ...line });
    this.wake();
  }

  /** What has come in, up to now. */
  take(): StoredLine[] {
    return this.#queue.splice(0);
  }

  restart(): void {
    this.#queue = [];
    this.lagging = false;
  }

  wake(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }

  arrival(): Promise<void> {
    if (this.#queue.length > 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
}
