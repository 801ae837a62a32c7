import type { Clock } from "../../../kernel/clock.ts";
import type { Metrics } from "../../../kernel/metrics.ts";
import type { Scope } from "../../../kernel/scope.ts";
import type { Store } from "../../../store/store.ts";
import type { TableRecord } from "../records.ts";
import { findTable } from "../tables/catalog.ts";
import { tableArn } from "../tables/names.ts";
import { adviceOf, type Finding, type MinuteUse, type PlaceFacts, type TableFacts } from "./advice.ts";
import { readMeter, seriesOf } from "./meter.ts";

/** What `nuage table` shows. */
export interface TableReport extends TableFacts, Scope {
  readonly name: string;
  readonly arn: string;
  readonly findings: readonly Finding[];
}

const SHOWN_KEYS = 5;
const DAY_MS = 86_400_000;

/** What is known of a table's use since the platform started; undefined when there is no such table. */
export async function reportOn(
  ports: { readonly store: Store; readonly metrics: Metrics; readonly clock: Clock },
  scope: Scope,
  name: string,
): Promise<TableReport | undefined> {
  const { store } = ports;
  const table = await store.transact((tx) => findTable(tx, store, scope, name));
  if (!table) return undefined;
  const { record } = table;
  const nowMs = ports.clock.now();
  const names = [undefined, ...record.globals.map((index) => index.name)];
  const facts: TableFacts = {
    mode: record.billing.mode,
    provisioned: { read: record.billing.throughput.read, write: record.billing.throughput.write },
    places: names.map((index) => placeFacts(store, record, index, nowMs)),
    minutes: minutesOf(ports.metrics, record, nowMs),
  };
  const arn = tableArn(record, record.name);
  return { ...scope, name, arn, ...facts, findings: adviceOf(facts) };
}

function placeFacts(store: Store, record: TableRecord, index: string | undefined, nowMs: number): PlaceFacts {
  const keys = index === undefined ? record.keys : record.globals.find(({ name }) => name === index)?.keys;
  const partitionKey = keys?.find(({ role }) => role === "HASH")?.name ?? "";
  const metered = readMeter(store, record, index);
  const own = { ...(index === undefined ? {} : { index }), partitionKey };
  if (!metered) {
    return {
      ...own,
      consumed: { read: 0, write: 0 },
      partitions: 0,
      hotKeys: { read: [], write: [] },
      hotMinutes: [],
      throttles: [],
      sizes: { writes: 0, bytes: 0, nearlySmaller: 0 },
      scans: { scans: 0, units: 0, scanned: 0, returned: 0, filtered: [] },
    };
  }
  const { place, sizes, scans, throttles } = metered;
  return {
    ...own,
    consumed: { read: place.totalsOf("read").units, write: place.totalsOf("write").units },
    partitions: place.partitionCount,
    hotKeys: { read: place.keysOf("read").top(SHOWN_KEYS), write: place.keysOf("write").top(SHOWN_KEYS) },
    hotMinutes: place.hotMinutes(nowMs),
    throttles: [...throttles],
    sizes,
    scans: { ...scans, filtered: [...scans.filtered].sort(([, one], [, other]) => other - one) },
  };
}

function minutesOf(metrics: Metrics, record: TableRecord, nowMs: number): MinuteUse[] {
  const minutes = new Map<number, MinuteUse>();
  for (const kind of ["read", "write"] as const) {
    const name = kind === "read" ? "ConsumedReadCapacityUnits" : "ConsumedWriteCapacityUnits";
    for (const { startMs, sum } of metrics.minutes(
      seriesOf(record, undefined, name),
      nowMs - DAY_MS,
      nowMs + 1,
    )) {
      minutes.set(startMs, { startMs, read: 0, write: 0, ...minutes.get(startMs), [kind]: sum });
    }
  }
  return [...minutes.values()].sort((one, other) => one.startMs - other.startMs);
}
