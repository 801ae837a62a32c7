import type { SourceMapping } from "../kernel/sources.ts";
import { newTrace } from "../kernel/trace.ts";
import { noteFailure } from "./failures.ts";
import { createFilter } from "./filters.ts";
import { Lease } from "./lease.ts";
import { leaseKey } from "./records.ts";
import type { Consumer, EventCount, MappingWorld, SourcePorts } from "./source.ts";

export interface WorldOptions extends SourcePorts {
  /** Names this process among those that share the store. */
  readonly holder: string;
  /** Aborted when the platform ends. */
  readonly signal: AbortSignal;
  /** Counts work that is due. */
  begin(): () => void;
}

/** What one mapping is run with, until its signal aborts. */
export function worldOf(
  options: WorldOptions,
  consumer: Consumer,
  mapping: SourceMapping,
  signal: AbortSignal,
): MappingWorld {
  const { store, clock, ids, log, recorder, metrics, call, watches, fidelity, holder, begin } = options;
  const { account, region, role, settings } = mapping;
  const as = () => ({
    ...{ scope: { account, region }, role },
    trace: { ...newTrace(clock, ids), sampled: false },
  });
  return {
    ...{ store, clock, ids, log, recorder, metrics, call, watches, fidelity, begin, signal, consumer },
    lease: new Lease(store, clock, leaseKey(mapping.id), holder),
    isEnding: () => options.signal.aborted,
    read: (service, operation, input) => call(service, operation, input, as()),
    matches: createFilter(settings.filters),
    count: (name, count) => countEvents(options, mapping, name, count),
    giveUp: (tx, failure, records) =>
      noteFailure(tx, mapping, consumer.failureRecord(mapping, failure), failure, records),
  };
}

/** Counts events of a mapping that wants it. */
export function countEvents(
  { metrics, clock }: Pick<SourcePorts, "metrics" | "clock">,
  { account, region, id, settings }: SourceMapping,
  name: EventCount,
  count: number,
): void {
  if (!settings.countsEvents || count === 0) return;
  const series = { account, region, namespace: "AWS/Lambda", dimensions: `EventSourceMappingUUID=${id}` };
  metrics.counter({ ...series, name }).add(count, clock.now());
}
