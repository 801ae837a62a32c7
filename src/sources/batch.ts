/** One record, as the loop sees it. */
export interface SourceRecord {
  /** What the target names a failed record by: a message id, a sequence number. */
  readonly id: string;
  /** The record in AWS's shape for its kind, as JSON text. */
  readonly json: string;
  readonly bytes: number;
  /** Epoch milliseconds: when the source took it in. */
  readonly arrivedMs: number;
  /** The header of the trace that wrote it. */
  readonly trace?: string | undefined;
  /** Deliveries of it that were begun before this one. */
  readonly tries: number;
}

/** Records that are delivered together. */
export interface Batch<Item extends SourceRecord = SourceRecord> {
  readonly records: readonly Item[];
  /** Deliveries of it that failed. */
  readonly tries: number;
  /** That of its deliveries before: all of them are attempts at one event. */
  readonly requestId?: string | undefined;
  readonly shardId?: string;
  readonly window?: TumblingWindow;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html */
export interface TumblingWindow {
  readonly startMs: number;
  readonly endMs: number;
  /** JSON text. */
  readonly state: string;
  readonly isFinal: boolean;
  readonly isEarly: boolean;
}

/**
 * What became of a delivery. done: `failed` lists the ids of records that were not; the others were.
 * failed: the target was reached and could not do it. refused: it was not reached (throttles, a target that
 * is gone), which uses up no retry. stopped: the loop guard will never let these records pass.
 */
export type Outcome =
  | ({ readonly kind: "done"; readonly failed: ReadonlySet<string>; readonly state?: string } & Answered)
  | ({ readonly kind: "failed" } & Answered & Problem)
  | ({ readonly kind: "refused" | "stopped"; readonly requestId: string } & Problem);

interface Answered {
  readonly requestId: string;
  readonly executedVersion?: string;
  readonly functionError?: string;
}

export interface Problem {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** Records of a shard that are given up. */
export interface Failure {
  readonly condition: "RetryAttemptsExhausted" | "RecordAgeExceeded" | "RecursiveInvocation";
  readonly shardId: string;
  readonly firstId: string;
  readonly lastId: string;
  readonly firstArrivedMs: number;
  readonly lastArrivedMs: number;
  readonly count: number;
  readonly tries: number;
  readonly nowMs: number;
  /** Of the latest delivery, where there was one. */
  readonly requestId: string;
  readonly executedVersion?: string | undefined;
  readonly functionError?: string | undefined;
  readonly delivered: boolean;
}
