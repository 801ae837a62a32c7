import type { LineStream } from "../kernel/lines.ts";
import type { LogLine } from "../kernel/telemetry.ts";
import type { Numbered } from "./model.ts";

/** Streams remembered as known; when there are more, all of them are told of again. */
const MOST_KNOWN = 100_000;

type Name = Pick<LogLine, "account" | "region" | "group" | "stream">;

/** Notices streams of lines that are new, so that nobody has to search all lines for them. */
export class NewStreams {
  readonly #known = new Set<string>();
  #fresh: LineStream[] = [];
  /** Most lines come right after another of the same stream. */
  #last: Name | undefined;

  /** Costs two comparisons for a line of the same stream as the last. */
  note(line: LogLine, seq: number): void {
    const last = this.#last;
    if (last && last.stream === line.stream && last.group === line.group && isSameScope(last, line)) return;
    const { account, region, group, stream, timeMs } = line;
    this.#last = { account, region, group, stream };
    const id = idOf(line);
    if (this.#known.has(id)) return;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.add(id);
    const whole = { firstMs: timeMs, lastMs: timeMs, lastSeq: seq, bytes: 0 };
    this.#fresh.push({ account, region, group, stream, ...whole });
  }

  /** Those that came up since the last call. */
  take(): LineStream[] {
    return this.#fresh.splice(0);
  }

  /** The next line of the stream makes it new again. */
  forget(name: Name): void {
    this.#last = undefined;
    this.#known.delete(idOf(name));
  }

  clear(): void {
    this.#last = undefined;
    this.#known.clear();
    this.#fresh = [];
  }
}

/** What is kept of each stream, by its first line's time. */
export function summariseStreams(lines: readonly Numbered<LogLine>[]): LineStream[] {
  const streams = new Map<string, LineStream>();
  for (const { seq, record } of lines) {
    const { account, region, group, stream, timeMs, message } = record;
    const id = idOf(record);
    const known = streams.get(id);
    streams.set(id, {
      account,
      region,
      group,
      stream,
      firstMs: Math.min(known?.firstMs ?? timeMs, timeMs),
      lastMs: Math.max(known?.lastMs ?? timeMs, timeMs),
      lastSeq: Math.max(known?.lastSeq ?? seq, seq),
      bytes: (known?.bytes ?? 0) + Buffer.byteLength(message),
    });
  }
  return [...streams.values()].sort((one, other) => one.firstMs - other.firstMs);
}

function isSameScope(one: Name, other: Name): boolean {
  return one.region === other.region && one.account === other.account;
}

function idOf({ account, region, group, stream }: Name): string {
  return `${account} ${region} ${group} ${stream}`;
}
