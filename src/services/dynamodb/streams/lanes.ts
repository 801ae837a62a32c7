import { INITIAL_ON_DEMAND } from "../capacity/growth.ts";
import { PARTITION_CEILING, partitionsFor } from "../capacity/partitions.ts";
import type { BillingRecord, StreamRecord, UnitsRecord } from "../records.ts";
import { lanesFor, split } from "./shards.ts";

/** A stream has as many shards side by side as its table has partitions. */
export function lanesOfTable(mode: BillingRecord["mode"], units: UnitsRecord): number {
  if (mode === "PROVISIONED") return lanesFor(partitionsFor(units.read, units.write));
  const { read, write } = INITIAL_ON_DEMAND;
  return lanesFor(Math.max(read / PARTITION_CEILING.read, write / PARTITION_CEILING.write));
}

/** The stream of a table whose throughput changed: its open shards are split where there must be more. */
export function regrown(stream: StreamRecord, billing: BillingRecord, nowMs: number): StreamRecord {
  if (!stream.enabled) return stream;
  return { ...stream, eras: split(stream.eras, lanesOfTable(billing.mode, billing.throughput), nowMs) };
}
