import type { Scope } from "./scope.ts";
import type { LogLine } from "./telemetry.ts";

/** A stream of lines that functions wrote: one environment's. */
export interface LineStream extends Scope {
  readonly group: string;
  readonly stream: string;
  /** Of its oldest and its latest line that are kept, in milliseconds since the epoch. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** The place of its latest line in the order of recording. */
  readonly lastSeq: number;
  /** Of its messages, in UTF-8. */
  readonly bytes: number;
}

/** A line with its place in the order of recording, which grows across restarts. */
export interface PlacedLine extends LogLine {
  readonly seq: number;
}

/** Lines of one group in the order of their times, those of one moment as they were recorded. */
export interface LineQuery extends Scope {
  readonly group: string;
  /** Any of these; all streams when absent. */
  readonly streams?: readonly string[];
  /** Epoch milliseconds, included. */
  readonly fromMs: number;
  /** Epoch milliseconds, excluded. */
  readonly untilMs: number;
  readonly order: "oldest" | "latest";
  /** Lines that follow this one in the order. */
  readonly beyond?: { readonly timeMs: number; readonly seq: number };
  readonly limit: number;
}

/**
 * Lines that functions and those who run them wrote, as the platform keeps them. They are bounded: what was
 * evicted is gone. CloudWatch Logs shows them as events of log groups that nobody put.
 */
export interface Lines {
  /** Whether lines of earlier runs may be kept. */
  readonly hasHistory: boolean;
  /** Streams whose first line came since the last call, or since the platform started. */
  newStreams(): readonly LineStream[];
  /** The next line of the stream makes it new again. */
  forget(stream: Scope & Pick<LineStream, "group" | "stream">): void;
  /** What is kept of each stream; of the group, or of all, earlier runs' too. */
  streams(of: Partial<Scope> & { readonly group?: string }): Promise<readonly LineStream[]>;
  read(query: LineQuery): Promise<{ readonly lines: readonly PlacedLine[]; readonly more: boolean }>;
  /** Calls `listener` with each line as it is recorded, until the function returned is called. */
  listen(listener: (line: PlacedLine) => void): () => void;
  /** The place of the line that was recorded last. */
  readonly lastSeq: number;
}
