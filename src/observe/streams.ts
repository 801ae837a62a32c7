import type { LineStream } from "../kernel/lines.ts";
import type { LogLine } from "../kernel/telemetry.ts";
import type { Numbered } from "./model.ts";

/** Streams remembered as known; when there are more, all of them are told of again. */
const MOST_KNOWN = 100_000;

type Name = Pick<LogLine, "account" | "region" | "group" | "stream">;

/** Notices streams of lines that are new, so that nobody has to search all lines for them. */
export class NewStreams {
  /** By group, then by stream: no name is put together to look one up. */
  readonly #known = new Map<string, Map<string, Name[]>>();
  #size = 0;
  #fresh: LineStream[] = [];

  note(line: LogLine, seq: number): void {
    const { group, stream } = line;
    const streams = this.#known.get(group)?.get(stream);
    if (streams?.some((name) => isSameScope(name, line))) return;
    const { account, region, timeMs } = line;
    this.#add({ account, region, group, stream });
    const whole = { firstMs: timeMs, lastMs: timeMs, lastSeq: seq, bytes: 0 };
    this.#fresh.push({ account, region, group, stream, ...whole });
  }

  /** Those that came up since the last call. */
  take(): LineStream[] {
    return this.#fresh.splice(0);
  }

  /** The next line of the stream makes it new again. */
  forget(name: Name): void {
    const streams = this.#known.get(name.group);
    const names = streams?.get(name.stream);
    const at = names?.findIndex((known) => isSameScope(known, name)) ?? -1;
    if (at < 0) return;
    names?.splice(at, 1);
    if (names?.length === 0) streams?.delete(name.stream);
    this.#size--;
  }

  clear(): void {
    this.#known.clear();
    this.#size = 0;
    this.#fresh = [];
  }

  #add(name: Name): void {
    if (this.#size >= MOST_KNOWN) {
      this.#known.clear();
      this.#size = 0;
    }
    const streams = this.#known.get(name.group) ?? new Map<string, Name[]>();
    this.#known.set(name.group, streams);
    streams.set(name.stream, [...(streams.get(name.stream) ?? []), name]);
    this.#size++;
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
