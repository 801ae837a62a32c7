import type { Clock } from "../kernel/clock.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Log } from "../kernel/log.ts";
import type { Metrics } from "../kernel/metrics.ts";
import type { Scope } from "../kernel/scope.ts";
import type { SourceMapping } from "../kernel/sources.ts";
import type { Recorder } from "../kernel/telemetry.ts";
import type { Trace } from "../kernel/trace.ts";
import type { Key, Store, Transaction } from "../store/store.ts";
import type { Batch, Failure, Outcome, SourceRecord } from "./batch.ts";
import type { Lease } from "./lease.ts";
import type { ShardReader } from "./shard-reader.ts";
import type { Watches } from "./watches.ts";

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

/** Calls a service in process. Throws the service's Fault. */
export type ServiceCall = (
  service: string,
  operation: string,
  input: Record<string, unknown>,
  as: { readonly scope: Scope; readonly trace: Trace; readonly role: string },
) => Promise<Record<string, unknown>>;

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
  /** Sources are read at the pace that AWS reads them at, not as soon as there is something. */
  readonly fidelity: boolean;
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
