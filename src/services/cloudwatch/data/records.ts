import type { Scope } from "../../../kernel/scope.ts";
import { addTally, newTally } from "../../../kernel/tally.ts";
import type { Key, Transaction, Value } from "../../../store/store.ts";
import { groupedBy } from "../grouped.ts";
import { type Block, type Point, packBlock, placeOf, unpackBlock } from "./blocks.ts";
import { type MetricName, metricId } from "./metric-name.ts";
import { dueMsOf, TIERS, tierFor } from "./tiers.ts";

/** A metric that has data. */
export interface MetricRecord extends MetricName {
  readonly v: 1;
  /** The latest moment of its data, near enough to tell what is active. */
  readonly lastMs: number;
}

/** A moment of a metric as it comes in. */
export interface NewPoint extends Point {
  /** Of high resolution. */
  readonly isHigh: boolean;
}

const ROOT = "cloudwatch";
const metricKey = ({ account, region, namespace, name }: MetricName, id: string): Key => [
  ...metricsKey({ account, region }),
  namespace,
  name,
  id,
];
const metricsKey = ({ account, region }: Scope): Key => [ROOT, "metric", account, region];
const tierKey = (id: string, tier: number): Key => [ROOT, "data", id, tier];
const blockKey = (id: string, tier: number, startMs: number): Key => [...tierKey(id, tier), startMs];
/** Blocks by when they are to be folded. */
export const EXPIRY: Key = ["cloudwatchExpiry"];
const expiryKey = (dueMs: number, id: string, tier: number, startMs: number): Key => [
  ...EXPIRY,
  dueMs,
  id,
  tier,
  startMs,
];
/** What has to do with alarms: a change of it may be work. */
export const ALARMS: Key = ["cloudwatchAlarms"];
/** Metrics that an alarm sleeps by: the first data wakes it. */
const SLEEPERS: Key = [...ALARMS, "sleeper"];
const sleeperKey = (id: string): Key => [...SLEEPERS, id];

const ACTIVE_STEP_MS = 5 * 60_000;

export async function addPoints(
  tx: Transaction,
  metric: MetricName,
  points: readonly NewPoint[],
  nowMs: number,
): Promise<void> {
  const id = metricId(metric);
  const key = metricKey(metric, id);
  const known = (await tx.get(key)) as unknown as MetricRecord | undefined;
  const lastMs = points.reduce((last, { startMs }) => Math.max(last, startMs), 0);
  if (!known || lastMs >= known.lastMs + ACTIVE_STEP_MS) {
    const { account, region, namespace, name, dimensions } = metric;
    const record: MetricRecord = { v: 1, account, region, namespace, name, dimensions, lastMs };
    tx.set(key, record as unknown as Value);
  }
  if ((await tx.get(sleeperKey(id))) !== undefined) tx.delete(sleeperKey(id));
  const byTier = groupedBy(points, ({ startMs, isHigh }) => tierFor(startMs, isHigh, nowMs));
  for (const [tier, some] of byTier) await addToTier(tx, { metric, id }, tier, some);
}

interface Named {
  readonly metric: MetricName;
  readonly id: string;
}

async function addToTier(
  tx: Transaction,
  { metric, id }: Named,
  tierNumber: number,
  points: readonly Point[],
): Promise<void> {
  const tier = TIERS[tierNumber];
  if (!tier) return;
  const { blockMs, resolutionMs } = tier;
  const blocks = groupedBy(points, ({ startMs }) => Math.floor(startMs / blockMs) * blockMs);
  for (const [blockStartMs, some] of blocks) {
    const key = blockKey(id, tierNumber, blockStartMs);
    const kept = await tx.get(key);
    const block = unpackBlock(kept, blockStartMs);
    for (const { startMs, unit, tally } of some) {
      addToBlock(block, { startMs: Math.floor(startMs / resolutionMs) * resolutionMs, unit, tally });
    }
    tx.set(key, packBlock(block, blockStartMs));
    if (kept !== undefined) continue;
    const { account, region, namespace, name } = metric;
    const due = { v: 1, account, region, namespace, name };
    tx.set(expiryKey(dueMsOf(tier, blockStartMs), id, tierNumber, blockStartMs), due);
  }
}

function addToBlock(block: Block, { startMs, unit, tally }: Point): void {
  const place = placeOf(startMs, unit);
  const point = block.get(place) ?? { startMs, unit, tally: newTally() };
  addTally(point.tally, tally);
  block.set(place, point);
}

/** All that is kept of a metric in [fromMs, toMs), no coarser than `resolutionMs`, in no order. */
export async function pointsOf(
  tx: Transaction,
  metric: MetricName,
  { fromMs, toMs, resolutionMs }: { fromMs: number; toMs: number; resolutionMs: number },
): Promise<Point[]> {
  const id = metricId(metric);
  const points: Point[] = [];
  for (const [number, tier] of TIERS.entries()) {
    if (tier.resolutionMs > resolutionMs) break;
    const prefix = tierKey(id, number);
    const firstMs = Math.floor(fromMs / tier.blockMs) * tier.blockMs;
    for await (const [key, value] of tx.range({ prefix, gte: [...prefix, firstMs], lt: [...prefix, toMs] })) {
      for (const point of unpackBlock(value, Number(key.at(-1))).values())
        if (point.startMs >= fromMs && point.startMs < toMs) points.push(point);
    }
  }
  return points;
}

/** Metrics of an account and region, by namespace and name; those after the place where a page ended. */
export async function* metricsOf(
  tx: Transaction,
  scope: Scope,
  {
    namespace,
    name,
    after,
  }: {
    readonly namespace?: string;
    readonly name?: string;
    readonly after?: readonly string[];
  } = {},
): AsyncGenerator<MetricRecord> {
  const narrow = namespace === undefined ? [] : name === undefined ? [namespace] : [namespace, name];
  const prefix = [...metricsKey(scope), ...narrow];
  const start = after === undefined ? {} : { gt: [...metricsKey(scope), ...after] };
  for await (const [, value] of tx.range({ prefix, ...start })) yield value as unknown as MetricRecord;
}

/** What `metricsOf` goes on after. */
export const placeOfMetric = (metric: MetricName): readonly string[] => [
  metric.namespace,
  metric.name,
  metricId(metric),
];

const MOST_FOLDED = 200;

/** Folds blocks that are due into the next tier; gives when more are. */
export async function foldDue(tx: Transaction, nowMs: number): Promise<number | undefined> {
  let folded = 0;
  for await (const [key, value] of tx.range({ prefix: EXPIRY }, { limit: MOST_FOLDED + 1 })) {
    const [, dueMs, id, tier, startMs] = key as [string, number, string, number, number];
    if (dueMs > nowMs || folded === MOST_FOLDED) return dueMs;
    await fold(
      tx,
      { metric: { ...(value as unknown as Expiring), dimensions: [] }, id },
      tier,
      startMs,
      nowMs,
    );
    tx.delete(key);
    folded++;
  }
  return undefined;
}

interface Expiring extends Scope {
  readonly namespace: string;
  readonly name: string;
}

async function fold(tx: Transaction, named: Named, tier: number, startMs: number, nowMs: number) {
  const key = blockKey(named.id, tier, startMs);
  const block = unpackBlock(await tx.get(key), startMs);
  tx.delete(key);
  const next = TIERS[tier + 1];
  if (next) return addToTier(tx, named, tier + 1, [...block.values()]);
  const own = metricKey(named.metric, named.id);
  const record = (await tx.get(own)) as unknown as MetricRecord | undefined;
  // Nothing is left of a metric whose last data is as old as that.
  if (record && nowMs - record.lastMs > (TIERS.at(-1)?.keptMs ?? 0)) tx.delete(own);
}

/** Has the first data of any of the metrics be told to those who watch the sleepers. */
export function sleepBy(tx: Transaction, metrics: readonly MetricName[]): void {
  for (const metric of metrics) tx.set(sleeperKey(metricId(metric)), null);
}

/** Whether an alarm still sleeps: nothing has come. */
export async function isAsleep(tx: Transaction, metrics: readonly MetricName[]): Promise<boolean> {
  for (const metric of metrics) if ((await tx.get(sleeperKey(metricId(metric)))) === undefined) return false;
  return true;
}
