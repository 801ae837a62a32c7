import type { Scope } from "./scope.ts";

/** What the keys begin with under which the store has what is wanted, and what is still to be told. */
export const SOURCE_KEYS = { mappings: "lambdaSource", pipes: "pipe", failures: "sourceFailures" } as const;

/**
 * What someone wants of an event source: which source, how its records are batched, and what failures come
 * to. Plain data: a Lambda event source mapping is one, and so is the source of a pipe.
 */
export interface SourceMapping extends Scope {
  /** Unique among all: checkpoints lie under it. */
  readonly id: string;
  /** Of the mapping or pipe itself. */
  readonly arn: string;
  /** Of what is given the batches, with its qualifier. */
  readonly targetArn: string;
  /** What people call the target: a function's name. */
  readonly name: string;
  readonly sourceArn: string;
  /** In whose name the source is read. */
  readonly role: string;
  /** Where it is told what became of records. */
  readonly logGroup: string;
  /** Changes with every change of what is wanted: the source is then read anew, from its checkpoints. */
  readonly revision: string;
  readonly active: boolean;
  /** Nobody has been told yet that this revision runs, or rests. */
  readonly pending: boolean;
  readonly settings: SourceSettings;
}

/** Absent members of a kind that has them: no limit. */
export interface SourceSettings {
  readonly batchSize: number;
  /** How long a batch is gathered, counted from its first record. */
  readonly windowMs: number;
  /** Patterns: a record that fits one of them is delivered; all are when there are none. */
  readonly filters: readonly string[];
  /** The target tells which records of a batch failed. */
  readonly reportsItems: boolean;
  /** Counts of events are wanted as metrics. */
  readonly countsEvents: boolean;
  /** Queues: the longest that a delivery takes. */
  readonly deliveryMs: number;
  /** Queues: batches under way at once. */
  readonly maximumConcurrency?: number;
  /** Queues: pollers kept for this mapping alone; each has ten batches under way. */
  readonly pollers?: { readonly least: number; readonly most: number };
  /** Streams, as all that follow. */
  readonly start?: StartingPosition;
  readonly parallelization: number;
  readonly tumblingMs: number;
  readonly bisects: boolean;
  readonly mostRetries?: number;
  readonly mostAgeMs?: number;
  /** ARN of a queue, topic or bucket that hears of records which are given up. */
  readonly onFailure?: string;
}

/** LATEST: what came at this time or later. */
export type StartingPosition =
  | { readonly at: "TRIM_HORIZON" }
  | { readonly at: "LATEST" | "AT_TIMESTAMP"; readonly timeMs: number };
