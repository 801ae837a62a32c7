import { Fault } from "../kernel/faults.ts";
import type { SourceMapping } from "../kernel/sources.ts";
import type { Key, Transaction } from "../store/store.ts";
import type { Batch, Outcome, TumblingWindow } from "./batch.ts";
import { type BatchRoom, countFitting, type Flow, type Taken } from "./flow.ts";
import { LaneBook, withParts } from "./lane-book.ts";
import { LaneCursor } from "./lane-cursor.ts";
import {
  agedBefore,
  failureOf,
  finalPiece,
  isAfter,
  isThrough,
  judge,
  type Piece,
  pieceOf,
  type Verdict,
} from "./pieces.ts";
import { Polls } from "./polls.ts";
import { type LaneRecord, laneKey, type Position, putAside, type WindowRecord } from "./records.ts";
import { tellBlocked, tellGivenUp } from "./report.ts";
import { earlier } from "./rest.ts";
import type { ShardReader, StreamRecord } from "./shard-reader.ts";
import type { Progress } from "./shards.ts";
import type { MappingWorld } from "./source.ts";
import type { Sight } from "./watches.ts";
import { isOver, windowAfter, windowEvent, windowStart } from "./windows.ts";

/** Of a shard's records, those whose keys fall into one of so many parts. */
export interface LanePlace {
  readonly shardId: string;
  readonly lane: number;
  readonly lanes: number;
  /** Where it begins when nothing of it was done yet, and what it passes over. */
  readonly start: Progress;
}

/** What is under way: a lane has one batch at a time. */
interface Current {
  readonly piece: Piece;
  readonly window?: TumblingWindow | undefined;
}

const NOTHING: Taken<StreamRecord> = { records: [], more: false };
const AGAIN: Taken<StreamRecord> = { records: [], more: true };
/** Somebody has decided meanwhile, or has taken over: what they wrote is what counts. */
const OVERTAKEN = new Set(["LaneChanged", "LeaseLost"]);

/** One lane of one shard, in the order of its records: where it has come to is in the store. */
export class Lane implements Flow<StreamRecord> {
  readonly #mapping: SourceMapping;
  readonly #world: MappingWorld;
  readonly #reader: ShardReader;
  readonly #place: LanePlace;
  readonly #key: Key;
  readonly #book: LaneBook;
  #cursor: LaneCursor;
  readonly #polls: Polls;
  /** Records of all pieces that must be tried again; none: they must be read again. */
  #failed: StreamRecord[] = [];
  /** The last record that was handed on. */
  #handedTo: string | undefined;
  /** The window of what is being gathered. */
  #gatheringMs: number | undefined;
  #current: Current | undefined;
  #tellBlocked = () => {};

  constructor(mapping: SourceMapping, world: MappingWorld, reader: ShardReader, place: LanePlace) {
    this.#mapping = mapping;
    this.#world = world;
    this.#reader = reader;
    this.#place = place;
    this.#key = laneKey(mapping.id, place.shardId, place.lanes, place.lane);
    this.#book = new LaneBook(world.store, world.lease, this.#key, place.start.from);
    this.#cursor = this.#newCursor();
    this.#polls = new Polls(world.fidelity ? reader.pollMs : 0);
  }

  /** A lane that is blocked waits for its time, or for somebody who decides what becomes of it. */
  async watch(signal: AbortSignal): Promise<Sight> {
    const blocked = new Promise<void>((resolve) => {
      this.#tellBlocked = resolve;
    });
    if ((await this.#book.read()).pieces) {
      const decided = this.#world.store.watch(this.#key, signal);
      if (await this.#book.refresh()) this.#failed = [];
      // It may have been set free before it was watched.
      if ((await this.#book.read()).pieces) return { news: decided };
    }
    try {
      const { news, nextMs } = await this.#reader.watch(this.#place.shardId, signal);
      return { news: Promise.race([news, blocked]), nextMs };
    } catch (error) {
      if (!(await this.#isGone(error))) throw error;
      return { news: blocked };
    }
  }

  room() {
    return { most: 1 };
  }

  async take(room: BatchRoom): Promise<Taken<StreamRecord>> {
    try {
      return await this.#take(room);
    } catch (error) {
      if (!(await this.#isGone(error))) throw error;
      return { ...NOTHING, ended: true };
    }
  }

  async #take(room: BatchRoom): Promise<Taken<StreamRecord>> {
    const record = await this.#book.read();
    if (record.ended) return { ...NOTHING, ended: true };
    if (record.pieces) return this.#takePiece(record, record.pieces);
    const { buffer } = this.#cursor;
    const isDry = buffer.length === 0 && !this.#cursor.isRead;
    const pollMs = isDry ? this.#polls.nextMs(this.#world.clock.now()) : undefined;
    const read = isDry && pollMs === undefined ? await this.#read(record.from, room.records) : 0;
    if (await this.#dropAged(record)) return AGAIN;
    const window = this.#takeWindow(record, room);
    const taken = { ...window, nextMs: earlier(window.nextMs, pollMs) };
    if (taken.batch || taken.records.length > 0 || buffer.length > 0 || this.#gatheringMs !== undefined)
      return taken;
    return this.#goOn(record, taken, read > 0);
  }

  async #read(from: Position, limit: number): Promise<number> {
    const nowMs = this.#world.clock.now();
    const read = await this.#cursor.read(from, limit);
    this.#polls.wasRead(nowMs, this.#cursor.isFull);
    return read;
  }

  compose(records: readonly StreamRecord[]): Batch<StreamRecord> {
    const { buffer, readTo } = this.#cursor;
    const last = records.at(-1)?.id ?? "";
    // What was read behind the last one and is not wanted is done with when it is.
    const isAll = buffer.length === 0 && last === this.#handedTo;
    if (last === this.#handedTo) this.#gatheringMs = undefined;
    return this.#batch(pieceOf(records, isAll ? (readTo ?? last) : last), records);
  }

  async settle(batch: Batch<StreamRecord>, outcome: Outcome): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    try {
      if (current) await this.#settle(current, batch.records, outcome);
    } catch (error) {
      this.#forget();
      if (!(error instanceof Fault) || !OVERTAKEN.has(error.code)) throw error;
    }
  }

  async release(): Promise<void> {
    this.#forget();
  }

  /** Nothing is wanted of what was read: that is noted where something was, and the end of the shard is. */
  async #goOn(
    record: LaneRecord,
    taken: Taken<StreamRecord>,
    hasRead: boolean,
  ): Promise<Taken<StreamRecord>> {
    const { readTo, isRead } = this.#cursor;
    if (hasRead && readTo !== undefined) {
      await this.#book.write({ ...record, from: { at: "AFTER", sequence: readTo } });
      return AGAIN;
    }
    if (!isRead || record.window) return taken;
    await this.#book.write({ ...record, ended: true });
    return { ...NOTHING, ended: true };
  }

  async #settle({ piece, window }: Current, records: readonly StreamRecord[], outcome: Outcome) {
    const nowMs = this.#world.clock.now();
    const record = await this.#book.read();
    const verdict = judge(piece, records, outcome, this.#mapping.settings, nowMs);
    const others = record.pieces?.slice(1) ?? [];
    const pieces = isThrough(verdict) ? others : [...verdict.pieces, ...others];
    const doneTo = isThrough(verdict) ? piece.through : records[verdict.done - 1]?.id;
    const from = doneTo === undefined || piece.final ? record.from : after(doneTo);
    const open = piece.isInherited
      ? record.window
      : this.#windowAfter(record.window, window, outcome, verdict);
    const rest = records.slice(verdict.done);
    await this.#book.write(withParts(record, from, pieces, open), (tx) =>
      this.#writeGivenUp(tx, verdict, piece, rest, nowMs),
    );
    const failed = record.pieces ? this.#failed : rest;
    this.#failed = failed.filter(({ id }) => doneTo === undefined || isAfter(id, doneTo));
    if (pieces.length === 0) this.#failed = [];
    this.#tell(verdict, record.pieces === undefined);
    this.#count(verdict, records.length, outcome);
    await this.#world.consumer.processed(this.#mapping, resultOf(outcome));
  }

  #windowAfter(
    before: WindowRecord | undefined,
    window: TumblingWindow | undefined,
    outcome: Outcome,
    verdict: Verdict,
  ): WindowRecord | undefined {
    if (window?.isFinal) return isThrough(verdict) ? undefined : before;
    if (!window || outcome.kind !== "done" || outcome.state === undefined) return before;
    return windowAfter(window, outcome.state);
  }

  #writeGivenUp(
    tx: Transaction,
    { givenUp, pieces }: Verdict,
    before: Piece,
    records: readonly StreamRecord[],
    nowMs: number,
  ): void {
    const piece = pieces[0] ?? before;
    const { shardId } = this.#place;
    if (givenUp === undefined || givenUp === "skip") return;
    if (givenUp !== "quarantine") {
      this.#world.giveUp(tx, failureOf(piece, shardId, givenUp, nowMs), records);
      return;
    }
    const mapping = this.#mapping;
    const { errorType = "", errorMessage = "" } = piece.latest ?? {};
    for (const { id, json, arrivedMs, trace } of records) {
      putAside(tx, {
        ...{ v: 1, mapping, shardId, id, json, arrivedMs, trace },
        ...{ tries: piece.failures, errorType, errorMessage, asideMs: nowMs },
      });
    }
  }

  /** A lane that is blocked says so at once. */
  #tell({ givenUp, pieces }: Verdict, isNew: boolean): void {
    const [piece] = pieces;
    if (!piece) return;
    this.#tellBlocked();
    const { shardId } = this.#place;
    if (givenUp !== undefined) tellGivenUp(this.#world, this.#mapping, shardId, piece, givenUp);
    else if (isNew && this.#mapping.settings.mostRetries === undefined && piece.refusals === 0)
      tellBlocked(this.#world, this.#mapping, shardId, piece);
  }

  #count({ givenUp, done }: Verdict, count: number, outcome: Outcome): void {
    if (outcome.kind === "done" || outcome.kind === "failed") this.#world.count("InvokedEventCount", count);
    if (outcome.kind !== "done") this.#world.count("FailedInvokeEventCount", count);
    if (givenUp !== undefined) this.#world.count("DroppedEventCount", count - done);
  }

  /** The records of the first piece, once its time has come. */
  async #takePiece(record: LaneRecord, pieces: readonly Piece[]): Promise<Taken<StreamRecord>> {
    const nowMs = this.#world.clock.now();
    const [piece, ...others] = pieces;
    if (!piece) return NOTHING;
    if (piece.nextMs > nowMs) return { ...NOTHING, nextMs: piece.nextMs };
    if (piece.final) return this.#final(piece.final, record, piece);
    const through = pieces.at(-1)?.through ?? piece.through;
    if (this.#failed.length === 0) this.#failed = await this.#cursor.range(record.from, through);
    const own = this.#failed.filter(({ id }) => !isAfter(id, piece.through));
    const aged = agedBefore(own, nowMs - (await this.#mostAgeMs()));
    if (own.length > 0 && aged === 0)
      return { ...NOTHING, batch: this.#batch(pieceOf(own, piece.through, piece), own) };
    // The stream itself may have trimmed them.
    const old = own.length === 0 ? piece : pieceOf(own.slice(0, aged), piece.through, piece);
    const young = own.slice(aged);
    const kept = young.length > 0 ? [pieceOf(young, piece.through, piece), ...others] : others;
    const doneTo = young.length > 0 ? old.last : piece.through;
    await this.#drop(withParts(record, after(doneTo), kept, record.window), old, own.slice(0, aged));
    this.#failed = kept.length === 0 ? [] : this.#failed.filter(({ id }) => isAfter(id, doneTo));
    return AGAIN;
  }

  /** Gives up what became too old before it was handed on. */
  async #dropAged(record: LaneRecord): Promise<boolean> {
    const { mostAgeMs } = this.#mapping.settings;
    if (mostAgeMs === undefined || this.#gatheringMs !== undefined) return false;
    const { buffer, readTo } = this.#cursor;
    const aged = agedBefore(buffer, this.#world.clock.now() - mostAgeMs);
    if (aged === 0) return false;
    const old = buffer.splice(0, aged);
    const last = old.at(-1)?.id ?? "";
    const piece = pieceOf(old, buffer.length === 0 ? (readTo ?? last) : last);
    await this.#drop({ ...record, from: after(piece.through) }, piece, old);
    return true;
  }

  async #drop(next: LaneRecord, piece: Piece, records: readonly StreamRecord[]): Promise<void> {
    const nowMs = this.#world.clock.now();
    const failure = failureOf(piece, this.#place.shardId, "RecordAgeExceeded", nowMs);
    await this.#book.write(next, (tx) => this.#world.giveUp(tx, failure, records));
    tellGivenUp(this.#world, this.#mapping, this.#place.shardId, piece, "RecordAgeExceeded");
    this.#world.count("DroppedEventCount", piece.count);
  }

  /** What the stream itself no longer keeps is too old for everybody. */
  async #mostAgeMs(): Promise<number> {
    const { mostAgeMs = Number.POSITIVE_INFINITY } = this.#mapping.settings;
    return Math.min(mostAgeMs, await this.#reader.retentionMs());
  }

  /** Records of one tumbling window where there are any, or the window's last delivery when it is over. */
  #takeWindow(record: LaneRecord, room: BatchRoom): Taken<StreamRecord> {
    const { window } = record;
    const { tumblingMs } = this.#mapping.settings;
    const { buffer, isRead } = this.#cursor;
    // It was open when windows were switched off.
    if (tumblingMs === 0 && window) return this.#lastOf(window, record);
    if (tumblingMs === 0) return this.#hand(buffer.length, room, 0);
    const nowMs = this.#world.clock.now();
    const startMs = buffer[0] && windowStart(buffer[0].arrivedMs, tumblingMs);
    const gathering = this.#gatheringMs;
    if (gathering !== undefined) {
      const endMs = gathering + tumblingMs;
      if (startMs === undefined) return { ...NOTHING, closesMs: isRead ? nowMs : endMs, nextMs: endMs };
      if (startMs !== gathering) return { ...NOTHING, closesMs: nowMs };
    } else if (window && isOver(window, startMs, tumblingMs, isRead ? Number.POSITIVE_INFINITY : nowMs)) {
      return this.#lastOf(window, record);
    }
    if (startMs === undefined) return { ...NOTHING, nextMs: window && window.startMs + tumblingMs };
    const other = buffer.findIndex(({ arrivedMs }) => windowStart(arrivedMs, tumblingMs) !== startMs);
    return {
      closesMs: startMs + tumblingMs,
      ...this.#hand(other < 0 ? buffer.length : other, room, startMs),
    };
  }

  #hand(most: number, room: BatchRoom, gatheringMs: number): Taken<StreamRecord> {
    const { buffer } = this.#cursor;
    const count = countFitting(buffer.slice(0, Math.min(most, room.records)), room);
    const records = buffer.splice(0, count);
    if (records.length > 0) this.#gatheringMs = gatheringMs;
    this.#handedTo = records.at(-1)?.id ?? this.#handedTo;
    const isFull = count < Math.min(most, room.records);
    const closes = isFull || this.#cursor.isRead ? { closesMs: this.#world.clock.now() } : {};
    return { records, more: records.length > 0 && (buffer.length > 0 || this.#cursor.isFull), ...closes };
  }

  #lastOf(window: WindowRecord, record: LaneRecord): Taken<StreamRecord> {
    return this.#final(windowEvent(window, window.startMs, window.lengthMs, true), record);
  }

  #final(window: TumblingWindow, { from }: LaneRecord, before?: Piece): Taken<StreamRecord> {
    const piece = finalPiece(window, from.at === "AFTER" ? from.sequence : "", before);
    return { ...NOTHING, batch: this.#begin({ piece, window }, []) };
  }

  #batch(piece: Piece, records: readonly StreamRecord[]): Batch<StreamRecord> {
    const { tumblingMs } = this.#mapping.settings;
    if (tumblingMs === 0) return this.#begin({ piece }, records);
    const startMs = windowStart(piece.firstArrivedMs, tumblingMs);
    const open = this.#book.window;
    const state = open?.startMs === startMs ? open : undefined;
    return this.#begin({ piece, window: windowEvent(state, startMs, tumblingMs, false) }, records);
  }

  #begin(current: Current, records: readonly StreamRecord[]): Batch<StreamRecord> {
    this.#current = current;
    const { piece, window } = current;
    const { id: requestId, failures: tries = 0 } = piece.request ?? {};
    return { records, tries, requestId, shardId: this.#place.shardId, ...(window ? { window } : {}) };
  }

  /** Whether the stream is there, and no longer has the shard. */
  async #isGone(error: unknown): Promise<boolean> {
    if (!(error instanceof Fault) || error.code !== "ResourceNotFoundException") return false;
    const shards = await this.#reader.shards();
    return shards.every(({ id }) => id !== this.#place.shardId);
  }

  #forget(): void {
    this.#book.forget();
    this.#cursor = this.#newCursor();
    this.#failed = [];
    this.#handedTo = undefined;
    this.#gatheringMs = undefined;
  }

  #newCursor(): LaneCursor {
    const { start, ...place } = this.#place;
    return new LaneCursor({
      ...place,
      ...{ before: start.before, reader: this.#reader, matches: this.#world.matches },
      count: (read, unwanted) => {
        this.#world.count("PolledEventCount", read);
        this.#world.count("FilteredOutEventCount", unwanted);
      },
    });
  }
}

const after = (sequence: string): Position => ({ at: "AFTER", sequence });

/** As AWS words it in LastProcessingResult. */
function resultOf(outcome: Outcome): string {
  if (outcome.kind === "done" && outcome.failed.size === 0) return "OK";
  return "PROBLEM: Function call failed";
}
