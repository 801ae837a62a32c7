import { type Counted, readDimensions } from "../../../kernel/metrics.ts";
import type { Store } from "../../../store/store.ts";
import { whenever } from "../../../store/whenever.ts";
import type { Background } from "../../define.ts";
import { groupedBy } from "../grouped.ts";
import { addPoints, EXPIRY, foldDue, type NewPoint } from "./records.ts";
import { isUnit, unitOfPlatformMetric } from "./units.ts";

/** Metrics in one transaction: others wait for no longer than that takes. */
const AT_ONCE = 100;

/** Keeps what the platform itself has counted. */
export async function keepCounted(store: Store, counted: readonly Counted[], nowMs: number): Promise<void> {
  const metrics = [...groupedBy(counted, ({ series }) => series)];
  for (let at = 0; at < metrics.length; at += AT_ONCE) {
    const some = metrics.slice(at, at + AT_ONCE).map(([series, minutes]) => {
      const { account, region, namespace, name, dimensions, unit, isHigh = false } = series;
      const points = minutes.map(({ startMs, tally }): NewPoint => {
        const own = isUnit(unit) ? unit : unitOfPlatformMetric(namespace, name);
        return { startMs, tally, unit: own, isHigh };
      });
      return { metric: { account, region, namespace, name, dimensions: readDimensions(dimensions) }, points };
    });
    await store.transact(async (tx) => {
      for (const { metric, points } of some) await addPoints(tx, metric, points, nowMs);
    });
  }
}

/** Folds data that has grown old into coarser data, and forgets the oldest, by the clock. */
export function folding(world: Background): Promise<void> {
  const { store, clock } = world;
  return whenever(world, EXPIRY, () => store.transact((tx) => foldDue(tx, clock.now())));
}
