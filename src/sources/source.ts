import type { Clock } from "../kernel/clock.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Log } from "../kernel/log.ts";
import type { Metrics } from "../kernel/metrics.ts";
import type { Scope } from "../kernel/scope.ts";
import type { SourceMapping } from "../kernel/sources.ts";
import type { Recorder } from "../kernel/telemetry.ts";
import type { Trace } from "../kernel/trace.ts";
import type { Key, Store, Transaction } from "../store/store.ts";
import type { Lease } from "./lease.ts";
import type { ShardReader } from "./shard-reader.ts";

/** One kind of event source: what is its own beside the one worker loop. */
export interface EventSource {
  /** The service's name in the source's ARN: `sqs`. */
  readonly kind: string;
  /**
   * Reads the source of a mapping and hands on its records, through `runFlow`, until the world's signal
   * aborts; resolves once nothing of it is under way.
   */
  run(mapping: SourceMapping, world: MappingWorld): Promise<void>;
  /** Of streams: how their shards are read. */
  readonly shards?: (mapping: SourceMapping, world: MappingWorld) => ShardReader;
}

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

export type Deliver = (mapping: SourceMapping, batch: Batch) => Promise<Outcome>;

/** Whoever wants records: Lambda's event source mappings, pipes. */
export interface Consumer {
  readonly id: string;
  /** Changes below it when what is wanted changes. */
  readonly key: Key;
  /** All that is wanted, what rests among it. */
  list(): Promise<readonly SourceMapping[]>;
  /** A revision that was pending runs now, or has come to rest. */
  settled(mapping: SourceMapping): Promise<void>;
  /** How the latest batch of a stream ended, whenever that is not how the one before did. */
  processed(mapping: SourceMapping, result: string): Promise<void>;
  readonly deliver: Deliver;
  /** The document that a destination gets for records which are given up. */
  failureRecord(mapping: SourceMapping, failure: Failure): Record<string, unknown>;
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

/** Calls a service in process. Throws the service's Fault. */
export type ServiceCall = (
  service: string,
  operation: string,
  input: Record<string, unknown>,
  as: { readonly scope: Scope; readonly trace: Trace; readonly role: string },
) => Promise<Record<string, unknown>>;

/** What the services tell of their sources without being polled. */
export interface Watches {
  readonly sqs: {
    /**
     * Watches from the moment this resolves; `news` resolves when there may be more to receive other than
     * by the passing of time. Throws the service's fault for a queue that is gone.
     */
    watch(arn: string, signal: AbortSignal): Promise<Sight>;
    /** When the first of the messages that were hidden at a time shows itself. */
    nextMs(arn: string, afterMs: number): Promise<number | undefined>;
  };
  readonly dynamodb: ShardWatch & {
    /** The sequence number of a shard's last record that came before a time: its iterators know no times. */
    lastBefore(arn: string, shardId: string, timeMs: number): Promise<string | undefined>;
  };
  readonly kinesis: ShardWatch;
}

export interface ShardWatch {
  /** Throws the service's fault for a shard or a stream that is gone. */
  watch(arn: string, shardId: string, signal: AbortSignal): Promise<Sight>;
}

export interface Sight {
  readonly news: Promise<unknown>;
  /** When there is news by the passing of time. */
  readonly nextMs?: number | undefined;
}

/** What sources stand on. */
export interface SourcePorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly recorder: Recorder;
  readonly metrics: Metrics;
  readonly call: ServiceCall;
  readonly watches: Watches;
}

/** What one mapping is run with. */
export interface MappingWorld extends SourcePorts {
  /** Aborted when the mapping is to rest. */
  readonly signal: AbortSignal;
  readonly consumer: Consumer;
  readonly lease: Lease;
  /** Counts work that is due; the returned function ends it. */
  begin(): () => void;
  /** The platform itself ends: what fails now is nobody's failure. */
  isEnding(): boolean;
  /** Calls a service in the mapping's name. Reads of a source that nothing follows from leave no spans. */
  read(service: string, operation: string, input: Record<string, unknown>): Promise<Record<string, unknown>>;
  matches(view: () => unknown): boolean;
  /** Counts events of a mapping that wants it, as the metric of that name. */
  count(name: EventCount, count: number): void;
  /** Notes records that are given up, to be told to the mapping's destination after the transaction. */
  giveUp(tx: Transaction, failure: Failure, records: readonly SourceRecord[]): void;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#event-source-mapping-metrics */
export type EventCount =
  | "PolledEventCount"
  | "FilteredOutEventCount"
  | "InvokedEventCount"
  | "FailedInvokeEventCount"
  | "DroppedEventCount"
  | "OnFailureDestinationDeliveredEventCount"
  | "DeletedEventCount";
