import type { HotKey } from "./hot-keys.ts";
import { PARTITION_CEILING } from "./partitions.ts";
import type { HotMinute, Units } from "./place.ts";

/** One finding: what was seen, what would be better, and how the numbers came about. */
export interface Finding {
  readonly kind: "billing" | "hot-key" | "index-writes" | "item-size" | "scan" | "throttle";
  readonly text: string;
  readonly formula: string;
  /** Of a hot key: the minute in which it was hottest, and its share of what one partition can do. */
  readonly hot?: HotMinute & { readonly share: number };
}

/** What was seen of a table or index since the platform started. */
export interface PlaceFacts {
  /** Absent for the table itself. */
  readonly index?: string;
  /** The partition key of the place. */
  readonly partitionKey: string;
  readonly consumed: Units;
  readonly partitions: number;
  readonly hotKeys: { readonly read: readonly HotKey[]; readonly write: readonly HotKey[] };
  readonly hotMinutes: readonly HotMinute[];
  readonly throttles: readonly (readonly [reason: string, count: number])[];
  readonly sizes: { readonly writes: number; readonly bytes: number; readonly nearlySmaller: number };
  readonly scans: {
    readonly scans: number;
    readonly units: number;
    readonly scanned: number;
    readonly returned: number;
    readonly filtered: readonly (readonly [name: string, count: number])[];
  };
}

export interface MinuteUse {
  readonly startMs: number;
  /** Units consumed in the minute, by the table itself. */
  readonly read: number;
  readonly write: number;
}

export interface TableFacts {
  readonly mode: "PROVISIONED" | "PAY_PER_REQUEST";
  readonly provisioned: Units;
  readonly places: readonly PlaceFacts[];
  readonly minutes: readonly MinuteUse[];
}

/** US dollars in us-east-1 since November 2024: https://aws.amazon.com/dynamodb/pricing/ */
const PRICE = {
  read: { onDemandPerMillion: 0.125, provisionedPerHour: 0.00013 },
  write: { onDemandPerMillion: 0.625, provisionedPerHour: 0.00065 },
} as const;
const SECONDS_PER_HOUR = 3600;
const MINUTE_SECONDS = 60;
/** What auto scaling leaves room for: the usual target utilization. */
const TARGET_SHARE = 0.7;
const MUCH_SCANNED = 4;
const FEW_WRITES = 20;
/** Writes that nearly fit a smaller unit are worth a word from this share on. */
const NEARLY_SHARE = 0.1;

/**
 * The utilization at which provisioned capacity costs as much as on demand: 28.9 % for reads and writes.
 */
function breakEven(kind: "read" | "write"): number {
  const { onDemandPerMillion, provisionedPerHour } = PRICE[kind];
  return provisionedPerHour / (SECONDS_PER_HOUR * (onDemandPerMillion / 1e6));
}

/** All that can be said of a table. */
export function adviceOf(facts: TableFacts): Finding[] {
  return [
    ...facts.places.flatMap(throttleFindings),
    ...facts.places.flatMap(hotKeyFindings),
    ...facts.places.flatMap((place) => scanFindings(place, facts.places)),
    ...facts.places.flatMap(sizeFindings),
    ...indexFindings(facts.places),
    ...(["read", "write"] as const).flatMap((kind) => billingFindings(facts, kind)),
  ];
}

function nameOf({ index }: PlaceFacts): string {
  return index === undefined ? "the table" : `the index ${index}`;
}

function throttleFindings(place: PlaceFacts): Finding[] {
  return place.throttles.map(([reason, count]) => ({
    kind: "throttle",
    text: `${count} requests to ${nameOf(place)} met a limit that throttles on AWS: ${reason}.`,
    formula: "counted: requests that began when the bucket of that limit was empty",
  }));
}

function hotKeyFindings(place: PlaceFacts): Finding[] {
  const seen = new Map<string, HotMinute>();
  for (const minute of place.hotMinutes) {
    const id = `${minute.kind} ${minute.key}`;
    const known = seen.get(id);
    if (!known || known.unitsPerSecond < minute.unitsPerSecond) seen.set(id, minute);
  }
  return [...seen.values()].map((minute) => {
    const { key, kind, unitsPerSecond } = minute;
    const ceiling = PARTITION_CEILING[kind];
    const where = place.index === undefined ? "Table" : "Index";
    const reason = `${where}${kind === "read" ? "Read" : "Write"}KeyRangeThroughputExceeded`;
    return {
      kind: "hot-key",
      text:
        `The key "${key}" of ${nameOf(place)} took ${round(unitsPerSecond)} ${kind} units a second for a ` +
        `minute: beyond ${ceiling} AWS throttles it (${reason}). Spread it over several keys.`,
      formula:
        `${round(unitsPerSecond)} / ${ceiling} = ` +
        `${percent(unitsPerSecond / ceiling)} of one partition's ceiling; told from 50 % on`,
      hot: { ...minute, share: unitsPerSecond / ceiling },
    };
  });
}

function scanFindings(place: PlaceFacts, places: readonly PlaceFacts[]): Finding[] {
  const { scans, units, scanned, returned, filtered } = place.scans;
  if (scans === 0 || scanned < MUCH_SCANNED * Math.max(1, returned)) return [];
  const names = filtered.map(([name]) => name);
  const better = places.find(({ partitionKey }) => names.includes(partitionKey));
  const [most] = filtered;
  const hint = better
    ? `Query ${nameOf(better)} by ${better.partitionKey} instead.`
    : most
      ? `An index with the partition key ${most[0]} would let it be a query.`
      : "Read by key where it can be.";
  return [
    {
      kind: "scan",
      text:
        `Scans of ${nameOf(place)} read ${scanned} items to return ${returned}, and consumed ` +
        `${round(units)} units. ${hint}`,
      formula:
        `${scans} pages; ${returned} / ${scanned} = ${percent(returned / scanned)} of what was read ` +
        "was used; told below 25 %",
    },
  ];
}

function sizeFindings(place: PlaceFacts): Finding[] {
  const { writes, bytes, nearlySmaller } = place.sizes;
  if (writes < FEW_WRITES || nearlySmaller / writes < NEARLY_SHARE) return [];
  return [
    {
      kind: "item-size",
      text:
        `${nearlySmaller} of ${writes} writes were of items at most 128 bytes above a whole unit of 1 KB. ` +
        `Shorter attribute names would save a unit of each: ${nearlySmaller} units.`,
      formula:
        `items of n × 1,024 + 1…128 bytes: ${nearlySmaller} / ${writes} = ` +
        `${percent(nearlySmaller / writes)}; ` +
        `the average item has ${Math.round(bytes / writes)} bytes; told from 10 % on`,
    },
  ];
}

function indexFindings(places: readonly PlaceFacts[]): Finding[] {
  const table = places.find(({ index }) => index === undefined);
  const indexes = places.filter(({ index, consumed }) => index !== undefined && consumed.write > 0);
  if (!table || table.consumed.write === 0 || indexes.length === 0) return [];
  const inIndexes = indexes.reduce((sum, { consumed }) => sum + consumed.write, 0);
  const factor = (table.consumed.write + inIndexes) / table.consumed.write;
  return [
    {
      kind: "index-writes",
      text:
        `Every unit written to the table costs ${factor.toFixed(2)} with its indexes. ` +
        "Smaller projections and fewer indexes make it less.",
      formula:
        `(${round(table.consumed.write)} table + ` +
        `${indexes.map(({ index, consumed }) => `${round(consumed.write)} ${index}`).join(" + ")}) / ` +
        `${round(table.consumed.write)} table = ${factor.toFixed(2)}`,
    },
  ];
}

function billingFindings({ mode, provisioned, minutes }: TableFacts, kind: "read" | "write"): Finding[] {
  const used = minutes.map((minute) => minute[kind]);
  const total = used.reduce((sum, units) => sum + units, 0);
  if (total === 0) return [];
  const first = minutes[0]?.startMs ?? 0;
  const last = minutes.at(-1)?.startMs ?? 0;
  const seconds = (last - first) / 1000 + MINUTE_SECONDS;
  const average = total / seconds;
  const peak = Math.max(...used) / MINUTE_SECONDS;
  const level = breakEven(kind);
  const isProvisioned = mode === "PROVISIONED";
  const needed = isProvisioned ? provisioned[kind] : Math.max(1, Math.ceil(peak / TARGET_SHARE));
  const share = average / needed;
  const cheaper = share < level ? "on demand" : "provisioned capacity";
  const now = isProvisioned ? "provisioned capacity" : "on demand";
  const { onDemandPerMillion, provisionedPerHour } = PRICE[kind];
  const onDemand = ((average * SECONDS_PER_HOUR) / 1e6) * onDemandPerMillion;
  const flat = needed * provisionedPerHour;
  const verdict =
    cheaper === now ? `${capital(now)} is the cheaper for it` : `${capital(cheaper)} would be cheaper`;
  return [
    {
      kind: "billing",
      text:
        `${kind === "read" ? "Reads" : "Writes"} use ${percent(share)} of ${needed} ` +
        `${isProvisioned ? "provisioned" : "needed"} units; the break-even is ${percent(level)}. ` +
        `${verdict}.`,
      formula:
        `average ${round(average)} a second over ${Math.round(seconds / MINUTE_SECONDS)} minutes` +
        ` / ${needed}` +
        `${isProvisioned ? "" : ` (peak minute ${round(peak)} / 0.7)`} = ${percent(share)}; on demand ` +
        `$${onDemand.toFixed(6)} an hour, provisioned $${flat.toFixed(6)}; break-even ` +
        `${provisionedPerHour} / (3600 × ${onDemandPerMillion} / 10^6) = ${percent(level)}`,
    },
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function round(units: number): string {
  return units >= 100 ? String(Math.round(units)) : String(Math.round(units * 100) / 100);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
