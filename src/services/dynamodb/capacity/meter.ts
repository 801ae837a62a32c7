import { formatArn } from "../../../kernel/arn.ts";
import type { Fault } from "../../../kernel/faults.ts";
import type { Counter, Metrics, Series } from "../../../kernel/metrics.ts";
import type { Scope } from "../../../kernel/scope.ts";
import type { Recorder } from "../../../kernel/telemetry.ts";
import type { Store } from "../../../store/store.ts";
import type { CapacityMode } from "../../define.ts";
import { Place, type Terms, type Units } from "./place.ts";
import { type Kind, reasonOf, type Throttle, throttleFault, throttleMetric } from "./reasons.ts";

/** What the meter needs of a table; a TableRecord is one. */
export interface MeteredTable extends Scope {
  readonly name: string;
  /** A UUID: a table made again under its name begins anew. */
  readonly id: string;
  readonly billing: { readonly mode: Terms["mode"]; readonly throughput: Units };
  readonly onDemandLimits?: Units;
  readonly globals: readonly {
    readonly name: string;
    readonly throughput: Units;
    readonly onDemandLimits?: Units;
  }[];
}

/** What the meter needs of the platform; a Context has it. */
export interface MeterPorts {
  readonly store: Store;
  readonly clock: { now(): number };
  readonly recorder: Recorder;
  readonly metrics: Metrics;
  readonly capacity: CapacityMode;
  /** Where it is a call's use, its span says so. */
  note?(name: string, amount: number): void;
}

/** A use of a table or of a global index; local indexes consume their table's units. */
export interface Use {
  readonly table: MeteredTable;
  readonly index?: string | undefined;
  readonly kind: Kind;
  /** The partition key's value (its S, N or Base64 of B); absent for scans, which have no key. */
  readonly key?: string | undefined;
}

export interface Consumption extends Use {
  readonly units: number;
  /** The item's bytes, for writes of one item: advice looks at them. */
  readonly sizeBytes?: number;
}

/** A scan as advice sees it. */
export interface ScanNote {
  readonly table: MeteredTable;
  readonly index?: string | undefined;
  readonly units: number;
  readonly scanned: number;
  readonly returned: number;
  /** Attributes that the filter compares with `=`. */
  readonly filtered: readonly string[];
}

/** Writes of single items, and how many would have cost a unit less with a few bytes less. */
export interface SizeTotals {
  writes: number;
  bytes: number;
  nearlySmaller: number;
}

export interface ScanTotals {
  scans: number;
  units: number;
  scanned: number;
  returned: number;
  readonly filtered: Map<string, number>;
}

/** Bytes above a full unit that are worth saving. */
const NEARLY_BYTES = 128;
const UNIT_BYTES = 1024;
const NAMES_KEPT = 20;

/** What is known of one table or index since the platform started. */
export interface Metered {
  readonly place: Place;
  readonly consumed: Readonly<Record<Kind, Counter>>;
  readonly sizes: SizeTotals;
  readonly scans: ScanTotals;
  /** Requests by the reason they were, or would have been, throttled for. */
  readonly throttles: Map<string, number>;
  /** The metrics of throttles, by their names. */
  readonly throttled: Map<string, Counter>;
}

/** A table's or index's meter, and what its table's record says of its capacity. */
interface Known {
  readonly terms: Terms;
  readonly metered: Metered;
}

/** One platform's meters: this is memory of what can be seen again, and no truth. */
interface Meters {
  /** By the table's id, and the index's name. */
  readonly all: Map<string, Metered>;
  /** By the table's record, which is another after every change of it, and the index's name. */
  readonly known: WeakMap<MeteredTable, Map<string | undefined, Known>>;
}

const platforms = new WeakMap<Store, Meters>();

/**
 * To be asked before a request runs: a fault where it must be throttled (only with `enforce`). With
 * `observe` the throttle that AWS would have answered is recorded, and the request may run.
 */
export function throttleOf(ports: MeterPorts, use: Use): Fault | undefined {
  if (ports.capacity === "off") return undefined;
  const nowMs = ports.clock.now();
  const { terms, metered } = knownOf(ports, use, nowMs);
  const limit = metered.place.exceeded(terms, use.kind, use.key, nowMs);
  if (limit === undefined) return undefined;
  const { table, index, kind } = use;
  const resource = resourceOf(table, index);
  const throttle = { limit, kind, resource, isIndex: index !== undefined, mode: terms.mode };
  recordThrottle(ports, use, throttle, metered, nowMs);
  return ports.capacity === "enforce" ? throttleFault(throttle) : undefined;
}

/** As `throttleOf`, and throws the fault. */
export function admit(ports: MeterPorts, use: Use): void {
  const fault = throttleOf(ports, use);
  if (fault) throw fault;
}

/** Counts what a request consumed, once it has run, also when its condition failed or nothing was found. */
export function consume(ports: MeterPorts, consumption: Consumption): void {
  if (ports.capacity === "off") return;
  const { kind, units, key, sizeBytes } = consumption;
  ports.note?.(kind === "read" ? "readUnits" : "writeUnits", units);
  const nowMs = ports.clock.now();
  const { terms, metered } = knownOf(ports, consumption, nowMs);
  metered.place.take(terms, kind, units, key, nowMs);
  metered.consumed[kind].add(units, nowMs);
  if (sizeBytes === undefined) return;
  metered.sizes.writes++;
  metered.sizes.bytes += sizeBytes;
  const above = sizeBytes % UNIT_BYTES;
  if (sizeBytes > UNIT_BYTES && above > 0 && above <= NEARLY_BYTES) metered.sizes.nearlySmaller++;
}

/** Remembers a page of a scan, which `consume` counts besides. */
export function noteScan(ports: MeterPorts, note: ScanNote): void {
  if (ports.capacity === "off") return;
  const use: Use = { table: note.table, index: note.index, kind: "read" };
  const { scans } = knownOf(ports, use, ports.clock.now()).metered;
  scans.scans++;
  scans.units += note.units;
  scans.scanned += note.scanned;
  scans.returned += note.returned;
  for (const name of note.filtered) {
    if (scans.filtered.size < NAMES_KEPT || scans.filtered.has(name)) {
      scans.filtered.set(name, (scans.filtered.get(name) ?? 0) + 1);
    }
  }
}

/** What is known of a table (no index) or one of its global indexes; undefined when it was never used. */
export function readMeter(store: Store, table: MeteredTable, index?: string): Metered | undefined {
  return platforms.get(store)?.all.get(keyOf(table, index));
}

/** A table's or index's metric, as CloudWatch names it: `ConsumedReadCapacityUnits`. */
export function seriesOf(table: Scope & { name: string }, index: string | undefined, name: string): Series {
  const dimensions = index === undefined ? "" : `,GlobalSecondaryIndexName=${index}`;
  return {
    account: table.account,
    region: table.region,
    namespace: "AWS/DynamoDB",
    name,
    dimensions: `TableName=${table.name}${dimensions}`,
  };
}

function knownOf(ports: MeterPorts, use: Use, nowMs: number): Known {
  const { table, index } = use;
  let meters = platforms.get(ports.store);
  if (!meters) {
    meters = { all: new Map(), known: new WeakMap() };
    platforms.set(ports.store, meters);
  }
  let ofTable = meters.known.get(table);
  if (!ofTable) {
    ofTable = new Map();
    meters.known.set(table, ofTable);
  }
  let known = ofTable.get(index);
  if (!known) {
    const terms = termsOf(use);
    const key = keyOf(table, index);
    const metered = meters.all.get(key) ?? newMetered(ports, use, terms, nowMs);
    meters.all.set(key, metered);
    known = { terms, metered };
    ofTable.set(index, known);
  }
  return known;
}

function newMetered({ metrics }: MeterPorts, { table, index }: Use, terms: Terms, nowMs: number): Metered {
  const counter = (kind: string) => metrics.counter(seriesOf(table, index, `Consumed${kind}CapacityUnits`));
  return {
    place: new Place(terms, nowMs),
    consumed: { read: counter("Read"), write: counter("Write") },
    sizes: { writes: 0, bytes: 0, nearlySmaller: 0 },
    scans: { scans: 0, units: 0, scanned: 0, returned: 0, filtered: new Map() },
    throttles: new Map(),
    throttled: new Map(),
  };
}

function keyOf({ id }: MeteredTable, index: string | undefined): string {
  return index === undefined ? id : `${id}/${index}`;
}

function termsOf({ table, index }: Use): Terms {
  const own = index === undefined ? undefined : table.globals.find(({ name }) => name === index);
  const limits = own ? own.onDemandLimits : table.onDemandLimits;
  return {
    mode: table.billing.mode,
    provisioned: own?.throughput ?? table.billing.throughput,
    ...(limits ? { onDemandLimits: limits } : {}),
  };
}

function resourceOf(table: MeteredTable, index: string | undefined): string {
  const arn = formatArn("dynamodb", table, `table/${table.name}`);
  return index === undefined ? arn : `${arn}/index/${index}`;
}

function recordThrottle(ports: MeterPorts, use: Use, throttle: Throttle, metered: Metered, nowMs: number) {
  const { recorder, metrics, capacity } = ports;
  const { table, index, kind } = use;
  const reason = reasonOf(throttle);
  metered.throttles.set(reason, (metered.throttles.get(reason) ?? 0) + 1);
  recorder.usage({
    timeMs: nowMs,
    account: table.account,
    region: table.region,
    unit: `dynamodb:${capacity === "enforce" ? "throttled" : "would-throttle"}:${reason}`,
    quantity: 1,
    resource: throttle.resource,
  });
  const count = (name: string) => {
    const counter = metered.throttled.get(name) ?? metrics.counter(seriesOf(table, index, name));
    metered.throttled.set(name, counter);
    counter.add(1, nowMs);
  };
  count(`${kind === "read" ? "Read" : "Write"}ThrottleEvents`);
  count(throttleMetric(throttle));
}
