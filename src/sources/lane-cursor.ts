import { Fault } from "../kernel/faults.ts";
import { isAfter } from "./pieces.ts";
import type { LanesBefore, Position } from "./records.ts";
import type { ShardPage, ShardReader, StreamRecord } from "./shard-reader.ts";
import { isDoneBefore, laneOf } from "./shards.ts";

interface CursorOptions {
  readonly reader: ShardReader;
  readonly shardId: string;
  readonly lane: number;
  readonly lanes: number;
  readonly before: readonly LanesBefore[];
  readonly matches: (view: () => unknown) => boolean;
  /** Told of the records that were read, and of those that no filter keeps. */
  readonly count: (read: number, unwanted: number) => void;
}

/** What a shard gives anew from its beginning. */
const ANEW = new Set(["TrimmedDataAccessException", "InvalidArgumentException"]);
const MOST_READ = 10_000;
/** A page that is so large may have been cut, though it has fewer records than were asked for. */
const LARGE_PAGE_BYTES = 128 * 1024;

/** Reads a shard in order, and keeps what belongs to one lane and is wanted. */
export class LaneCursor {
  readonly #options: CursorOptions;
  #iterator: string | undefined;
  /** Read and wanted, and not taken yet. */
  readonly buffer: StreamRecord[] = [];
  /** The last record that was read, wanted or not. */
  readTo: string | undefined;
  /** The latest page may have been as large as it may be. */
  isFull = false;
  /** The shard is closed and read to its end. */
  isRead = false;

  constructor(options: CursorOptions) {
    this.#options = options;
  }

  /** Reads a page into the buffer, from a position when it reads for the first time; gives what it held. */
  async read(from: Position, limit: number): Promise<number> {
    this.#iterator ??= await this.#open(from);
    const page = await this.#page(this.#iterator, limit);
    this.#iterator = page.next;
    const bytes = page.records.reduce((sum, record) => sum + record.bytes, 0);
    this.isFull = page.records.length >= limit || bytes >= LARGE_PAGE_BYTES;
    this.isRead = page.next === undefined;
    this.readTo = page.records.at(-1)?.id ?? this.readTo;
    const own = page.records.filter((record) => this.#isOwn(record));
    const wanted = own.filter(({ view }) => this.#options.matches(view));
    this.#options.count(own.length, own.length - wanted.length);
    this.buffer.push(...wanted);
    return page.records.length;
  }

  /** What belongs to the lane and is wanted, from a position through a record. */
  async range(from: Position, through: string): Promise<StreamRecord[]> {
    const { reader, shardId } = this.#options;
    const found: StreamRecord[] = [];
    let iterator: string | undefined = await this.#open(from);
    while (iterator !== undefined) {
      const page: ShardPage = await reader.read(shardId, iterator, MOST_READ);
      for (const record of page.records) {
        if (isAfter(record.id, through)) return found;
        if (this.#isOwn(record) && this.#options.matches(record.view)) found.push(record);
      }
      iterator = page.records.length > 0 ? page.next : undefined;
    }
    return found;
  }

  async #open(from: Position): Promise<string> {
    const { reader, shardId } = this.#options;
    try {
      return await reader.iterator(shardId, from);
    } catch (error) {
      if (!(error instanceof Fault) || !ANEW.has(error.code) || from.at === "TRIM_HORIZON") throw error;
      return reader.iterator(shardId, { at: "TRIM_HORIZON" });
    }
  }

  /** An iterator that has expired, or stands before what was trimmed, is given anew. */
  async #page(iterator: string, limit: number): Promise<ShardPage> {
    const { reader, shardId, lanes } = this.#options;
    const most = Math.min(MOST_READ, limit * lanes);
    try {
      return await reader.read(shardId, iterator, most);
    } catch (error) {
      const code = error instanceof Fault ? error.code : "";
      if (code !== "ExpiredIteratorException" && code !== "TrimmedDataAccessException") throw error;
      this.#iterator = await this.#open(
        this.readTo === undefined ? { at: "TRIM_HORIZON" } : { at: "AFTER", sequence: this.readTo },
      );
      return reader.read(shardId, this.#iterator, most);
    }
  }

  /** Whether it belongs to the lane, and other lanes had not done it before. */
  #isOwn(record: StreamRecord): boolean {
    const { lane, lanes, before } = this.#options;
    return laneOf(record.key, lanes) === lane && !isDoneBefore(before, record);
  }
}
