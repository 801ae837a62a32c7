import type { GlobalIndexRecord, TableRecord, ThroughputRecord, UnitsRecord } from "../records.ts";
import { encryptionRecord } from "../tables/build.ts";
import type { IndexOverride, OverridesRecord } from "./group.ts";

/**
 * A replica with what its group has in common, as another member has it: keys, indexes, mode and written
 * units are the same everywhere, read units and table class unless the replica has its own. Protection,
 * recovery, tags, policies and insights are each replica's alone.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
 */
export function synchronized(own: TableRecord, replica: TableRecord): TableRecord {
  const { overrides } = replica;
  const {
    encryption: _e,
    tableClass: _c,
    onDemandLimits: _l,
    warmThroughput: _w,
    vectors: _v,
    ...kept
  } = replica;
  const { globals, vectors, nextIndex } = synchronizedIndexes(own, replica);
  const tableClass = overrides?.tableClass ? replica.tableClass : own.tableClass;
  const encryption = encryptionOf(own, replica);
  return {
    ...kept,
    attributes: own.attributes,
    billing: {
      ...own.billing,
      throughput: withRead(own.billing.throughput, overrides?.read),
    },
    globals,
    nextIndex,
    ...(vectors.length > 0 ? { vectors } : {}),
    ...(tableClass ? { tableClass } : {}),
    ...(encryption ? { encryption } : {}),
    ...(own.onDemandLimits ? { onDemandLimits: limits(own.onDemandLimits, overrides?.maxRead) } : {}),
    ...(own.warmThroughput ? { warmThroughput: own.warmThroughput } : {}),
  };
}

/** Encryption is of one sort everywhere; each region has keys of its own. */
function encryptionOf(own: TableRecord, replica: TableRecord): TableRecord["encryption"] {
  if (replica.overrides?.encryption) return replica.encryption;
  return own.encryption && (replica.encryption ?? encryptionRecord({}, replica));
}

function synchronizedIndexes(own: TableRecord, replica: TableRecord) {
  let { nextIndex } = replica;
  const globals = own.globals
    .filter(({ state }) => state !== "deleting")
    .map((index): GlobalIndexRecord => {
      const there = replica.globals.find(({ name }) => name === index.name);
      const override = replica.overrides?.indexes?.find(({ name }) => name === index.name);
      const number = there?.number ?? nextIndex++;
      return { ...overridden(index, override), number, state: there?.state ?? "backfilling" };
    });
  const vectors = (own.vectors ?? [])
    .filter(({ state }) => state !== "deleting")
    .map((index) => {
      const there = replica.vectors?.find(({ name }) => name === index.name);
      const state = there?.state ?? ("backfilling" as const);
      return { ...index, number: there?.number ?? nextIndex++, state };
    });
  return { globals, vectors, nextIndex };
}

function overridden(index: GlobalIndexRecord, override: IndexOverride | undefined): GlobalIndexRecord {
  return {
    ...index,
    throughput: withRead(index.throughput, override?.read),
    ...(index.onDemandLimits ? { onDemandLimits: limits(index.onDemandLimits, override?.maxRead) } : {}),
  };
}

function withRead(throughput: ThroughputRecord, read: number | undefined): ThroughputRecord {
  return read === undefined ? throughput : { ...throughput, read };
}

function limits(own: UnitsRecord, maxRead: number | undefined): UnitsRecord {
  return { ...own, read: maxRead ?? own.read };
}

/** A replica with overrides changed. */
export function withOverrides(replica: TableRecord, overrides: OverridesRecord): TableRecord {
  const { billing, globals, onDemandLimits } = replica;
  const merged: OverridesRecord = { ...replica.overrides, ...overrides };
  return {
    ...replica,
    overrides: merged,
    billing: { ...billing, throughput: withRead(billing.throughput, merged.read) },
    globals: globals.map((index) =>
      overridden(
        index,
        merged.indexes?.find(({ name }) => name === index.name),
      ),
    ),
    ...(onDemandLimits || merged.maxRead !== undefined
      ? { onDemandLimits: limits(onDemandLimits ?? { read: -1, write: -1 }, merged.maxRead) }
      : {}),
  };
}
