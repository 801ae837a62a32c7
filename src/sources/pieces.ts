import type { SourceSettings } from "../kernel/sources.ts";
import { backoffMs } from "./backoff.ts";
import type { Failure, Outcome, SourceRecord, TumblingWindow } from "./batch.ts";

// What becomes of a stream's batch that failed: it is tried again whole, in halves, or from the record that
// failed on, until it is done, has been tried often enough, or is too old.
// https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html

/** Records of a lane, one after another, that are delivered again. */
export interface Piece {
  /** Sequence numbers of the first and the last of its records. */
  readonly first: string;
  readonly last: string;
  /** It reaches so far, beyond its last record where none of those behind it is wanted. */
  readonly through: string;
  readonly count: number;
  readonly firstArrivedMs: number;
  readonly lastArrivedMs: number;
  /** Deliveries that used up a retry, and those that failed in all. */
  readonly tries: number;
  readonly failures: number;
  /** The event that deliveries of just these records are attempts at. */
  readonly request?: Request | undefined;
  /** Deliveries in a row that the target did not take. */
  readonly refusals: number;
  readonly nextMs: number;
  readonly latest?: LatestFailure;
  /** Somebody asked for what fails of it to be set aside, or to be dropped. */
  readonly aside?: "quarantine" | "skip";
  /** The last delivery of a tumbling window: it has no records. */
  readonly final?: TumblingWindow;
  /** Of a window that other lanes before had open: the lane's own goes on. */
  readonly isInherited?: true;
}

interface Request {
  readonly id: string;
  /** Attempts that failed. */
  readonly failures: number;
}

export interface LatestFailure {
  readonly requestId: string;
  readonly errorType: string;
  readonly errorMessage: string;
  readonly executedVersion?: string;
  readonly functionError?: string;
  readonly atMs: number;
}

/** What follows from a delivery. `done`: as many of its records, from the first, are done with. */
export interface Verdict {
  readonly done: number;
  /** To be tried again. */
  readonly pieces: readonly Piece[];
  /** The rest is given up. */
  readonly givenUp?: Failure["condition"] | "quarantine" | "skip";
}

/** Nothing of what was delivered must be tried again. */
export const isThrough = ({ pieces, givenUp }: Verdict): boolean =>
  pieces.length === 0 || givenUp !== undefined;

/** A piece of so many records, which was tried as it is, as a part of another, or not yet. */
export function pieceOf(records: readonly SourceRecord[], through: string, before?: Piece): Piece {
  const [first] = records;
  const last = records.at(-1);
  const fresh = { tries: 0, failures: 0, refusals: 0, nextMs: 0 };
  const { request, ...facts } = before ?? { ...fresh, request: undefined };
  const ends = { first: first?.id ?? through, last: last?.id ?? through };
  const isSame = before?.first === ends.first && before.last === ends.last;
  return {
    ...facts,
    ...ends,
    ...(request && isSame ? { request } : {}),
    through,
    count: records.length,
    firstArrivedMs: first?.arrivedMs ?? 0,
    lastArrivedMs: last?.arrivedMs ?? 0,
  };
}

/** The last delivery of a window: it is told of by the record before it, and by the window's times. */
export function finalPiece(final: TumblingWindow, lastId: string, before?: Piece): Piece {
  const { startMs: firstArrivedMs, endMs: lastArrivedMs } = final;
  return { ...pieceOf([], lastId, before), firstArrivedMs, lastArrivedMs, final };
}

export function judge(
  piece: Piece,
  records: readonly SourceRecord[],
  outcome: Outcome,
  settings: SourceSettings,
  nowMs: number,
): Verdict {
  const before = piece.request?.failures ?? 0;
  const request = { id: outcome.requestId, failures: before + (outcome.kind === "refused" ? 0 : 1) };
  if (outcome.kind === "done") {
    const at = records.findIndex(({ id }) => outcome.failed.has(id));
    if (at < 0) return { done: records.length, pieces: [] };
    const rest = pieceOf(records.slice(at), piece.through, {
      ...piece,
      request,
      latest: partial(outcome, nowMs),
    });
    const verdict = judgeFailure(rest, records.slice(at), settings, nowMs, at > 0);
    return { ...verdict, done: at };
  }
  if (outcome.kind === "stopped") return { done: 0, pieces: [], givenUp: "RecursiveInvocation" };
  const { kind: _, ...facts } = outcome;
  const failed: Piece = { ...piece, request, latest: { ...facts, atMs: nowMs } };
  if (outcome.kind === "failed") return judgeFailure(failed, records, settings, nowMs, false);
  const refusals = piece.refusals + 1;
  return { done: 0, pieces: [{ ...failed, refusals, nextMs: nowMs + backoffMs(refusals) }] };
}

/** `isCut`: records before it went well, so that it has been split already, just before what failed. */
function judgeFailure(
  before: Piece,
  records: readonly SourceRecord[],
  { bisects, mostRetries = Number.POSITIVE_INFINITY }: SourceSettings,
  nowMs: number,
  isCut: boolean,
): Verdict {
  const piece: Piece = { ...before, failures: before.failures + 1, refusals: 0 };
  const splits = bisects || piece.aside !== undefined;
  if (splits && isCut) return { done: 0, pieces: [{ ...piece, nextMs: nowMs }] };
  if (splits && records.length > 1) return { done: 0, pieces: halves(piece, records, nowMs) };
  if (piece.aside !== undefined) return { done: 0, pieces: [piece], givenUp: piece.aside };
  const tries = piece.tries + 1;
  if (tries > mostRetries) return { done: 0, pieces: [piece], givenUp: "RetryAttemptsExhausted" };
  return { done: 0, pieces: [{ ...piece, tries, nextMs: nowMs + backoffMs(tries) }] };
}

/** Splitting uses up no retry. */
function halves(piece: Piece, records: readonly SourceRecord[], nowMs: number): Piece[] {
  const middle = Math.ceil(records.length / 2);
  const first = records.slice(0, middle);
  const due = { ...piece, nextMs: nowMs };
  return [
    pieceOf(first, first.at(-1)?.id ?? piece.through, due),
    pieceOf(records.slice(middle), piece.through, due),
  ];
}

function partial(outcome: Extract<Outcome, { kind: "done" }>, nowMs: number): LatestFailure {
  const { requestId, executedVersion, failed } = outcome;
  const count = failed.size === 1 ? "1 record" : `${failed.size} records`;
  return {
    requestId,
    errorType: "BatchItemFailures",
    errorMessage: `The function reported ${count} of its batch as failed.`,
    ...(executedVersion === undefined ? {} : { executedVersion }),
    atMs: nowMs,
  };
}

/** How many records, from the first, came before a time. */
export function agedBefore(records: readonly SourceRecord[], timeMs: number): number {
  const young = records.findIndex(({ arrivedMs }) => arrivedMs > timeMs);
  return young < 0 ? records.length : young;
}

export function failureOf(
  piece: Piece,
  shardId: string,
  condition: Failure["condition"],
  nowMs: number,
): Failure {
  const { latest } = piece;
  return {
    condition,
    shardId,
    firstId: piece.first,
    lastId: piece.last,
    firstArrivedMs: piece.firstArrivedMs,
    lastArrivedMs: piece.lastArrivedMs,
    count: piece.count,
    tries: piece.failures,
    nowMs,
    requestId: latest?.requestId ?? "",
    executedVersion: latest?.executedVersion,
    functionError: latest?.functionError,
    delivered: latest !== undefined,
  };
}

/** Sequence numbers are decimal numbers of many digits. */
export function isAfter(one: string, other: string): boolean {
  return one.length === other.length ? one > other : one.length > other.length;
}
