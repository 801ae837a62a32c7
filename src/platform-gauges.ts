import type { Clock } from "./kernel/clock.ts";
import { type Counted, type Metrics, readDimensions, type Series } from "./kernel/metrics.ts";
import { isGauge } from "./services/cloudwatch/data/looking.ts";
import type { Store } from "./store/store.ts";

type Parts = { readonly store: Store; readonly clock: Clock };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A queue without messages is told of for so long after the last was sent. */
const QUIET_MS = 6 * HOUR_MS;
/** What an active queue has a number of in every minute in which anything happens to it, if only 0. */
const QUEUE_COUNTS = [
  "NumberOfMessagesSent",
  "NumberOfMessagesReceived",
  "NumberOfMessagesDeleted",
  "NumberOfEmptyReceives",
];
const MINUTE_MS = 60_000;
/** So often it is told how much capacity there is, while it is used. */
const CAPACITY_MS = 5 * MINUTE_MS;

/**
 * What is not counted but is there, and is looked at when somebody asks: how many messages wait, how large
 * buckets are. Looking is what puts it among the metrics.
 */
export async function lookAt(parts: Parts, metrics: Metrics, series: Series): Promise<void> {
  if (isGauge(series)) await LOOKS[series.namespace]?.(parts, metrics, series);
}

type Look = (parts: Parts, metrics: Metrics, series: Series) => Promise<void>;

const LOOKS: Readonly<Record<string, Look>> = {
  "AWS/SQS": lookAtQueue,
  "AWS/S3": lookAtBucket,
  "AWS/DynamoDB": lookAtCapacity,
};

/** Queues and tables are looked at when something has happened to them. */
export async function lookAtActive(
  parts: Parts,
  metrics: Metrics,
  counted: readonly Counted[],
): Promise<void> {
  const active = new Map<string, Series>();
  for (const { series, startMs, tally } of counted) {
    const { account, region, namespace, dimensions } = series;
    if (isGauge(series) || tally.sum === 0) continue;
    if (namespace === "AWS/SQS") countNothing(metrics, series, startMs);
    else if (namespace !== "AWS/DynamoDB" || !dimensions.startsWith("TableName=")) continue;
    active.set(`${account} ${region} ${namespace} ${dimensions.split(",")[0]}`, series);
  }
  for (const series of active.values()) await LOOKS[series.namespace]?.(parts, metrics, series);
}

function countNothing(metrics: Metrics, series: Series, startMs: number): void {
  for (const name of QUEUE_COUNTS) {
    const other = { ...series, name };
    if (metrics.minutes(other, startMs, startMs + MINUTE_MS).length > 0) continue;
    metrics.counter(other).add(0, startMs);
  }
}

async function lookAtQueue({ store, clock }: Parts, metrics: Metrics, series: Series): Promise<void> {
  const { gaugesOf } = await import("./services/sqs/gauges.ts");
  const [[, name] = ["", ""]] = readDimensions(series.dimensions);
  const nowMs = clock.now();
  const gauges = await gaugesOf(store, { account: series.account, region: series.region, name }, nowMs);
  if (!gauges) return;
  const sent = { ...series, name: "NumberOfMessagesSent" };
  const isQuiet = metrics.minutes(sent, nowMs - QUIET_MS, nowMs + 1).length === 0;
  if (isQuiet && Object.values(gauges).every((value) => value === 0)) return;
  for (const [each, value] of Object.entries(gauges)) {
    metrics.counter({ ...series, name: each }).add(value, nowMs);
  }
}

/** Once a day, as on AWS. */
async function lookAtBucket({ store, clock }: Parts, metrics: Metrics, series: Series): Promise<void> {
  const todayMs = Math.floor(clock.now() / DAY_MS) * DAY_MS;
  const [[, bucket] = ["", ""]] = readDimensions(series.dimensions);
  const of = (name: string, kind: string): Series => {
    return { ...series, name, dimensions: `BucketName=${bucket},StorageType=${kind}` };
  };
  const objects = of("NumberOfObjects", "AllStorageTypes");
  if (metrics.minutes(objects, todayMs, todayMs + DAY_MS).length > 0) return;
  const { gaugesOf } = await import("./services/s3/gauges.ts");
  const found = await gaugesOf(store, bucket);
  metrics.counter(objects).add(found.objects, todayMs);
  for (const [kind, bytes] of found.bytes) metrics.counter(of("BucketSizeBytes", kind)).add(bytes, todayMs);
}

/** Of a table, and of its account. */
async function lookAtCapacity({ store, clock }: Parts, metrics: Metrics, series: Series): Promise<void> {
  const { gaugesOfAccount, gaugesOfTable } = await import("./services/dynamodb/capacity/gauges.ts");
  const table = readDimensions(series.dimensions).find(([name]) => name === "TableName")?.[1];
  const nowMs = clock.now();
  const slotMs = Math.floor(nowMs / CAPACITY_MS) * CAPACITY_MS;
  const found = await Promise.all([
    gaugesOfAccount(store, series),
    table === undefined ? [] : gaugesOfTable(store, series, table),
  ]);
  for (const { name, dimensions, value } of found.flat()) {
    const own = { ...series, name, dimensions };
    if (metrics.minutes(own, slotMs, nowMs + 1).length === 0) metrics.counter(own).add(value, nowMs);
  }
}
