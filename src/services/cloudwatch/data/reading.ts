import { addTally, newTally, type Tally } from "../../../kernel/tally.ts";
import type { Transaction } from "../../../store/store.ts";
import type { MetricName } from "./metric-name.ts";
import { pointsOf } from "./records.ts";
import type { Unit } from "./units.ts";

export interface Window {
  /** Epoch milliseconds, on the period's beat. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly periodMs: number;
  /** Only what was put in this unit. */
  readonly unit?: Unit | undefined;
}

/** What a metric holds of each period that has data, by when it begins, the oldest first. */
export async function readPeriods(
  tx: Transaction,
  metric: MetricName,
  window: Window,
): Promise<Map<number, Tally>> {
  const byUnit = await readPeriodsByUnit(tx, metric, window);
  const all = new Map<number, Tally>();
  for (const periods of byUnit.values()) {
    for (const [startMs, tally] of periods) {
      const known = all.get(startMs);
      if (known) addTally(known, tally);
      else all.set(startMs, tally);
    }
  }
  return byUnit.size > 1 ? new Map([...all].sort(([one], [other]) => one - other)) : all;
}

/** The same for each unit that data came in. */
export async function readPeriodsByUnit(
  tx: Transaction,
  metric: MetricName,
  { fromMs, toMs, periodMs, unit }: Window,
): Promise<Map<Unit, Map<number, Tally>>> {
  const points = await pointsOf(tx, metric, { fromMs, toMs, resolutionMs: periodMs });
  points.sort((one, other) => one.startMs - other.startMs);
  const byUnit = new Map<Unit, Map<number, Tally>>();
  for (const point of points) {
    if (unit !== undefined && point.unit !== unit) continue;
    const periods = byUnit.get(point.unit) ?? new Map<number, Tally>();
    byUnit.set(point.unit, periods);
    const startMs = fromMs + Math.floor((point.startMs - fromMs) / periodMs) * periodMs;
    const tally = periods.get(startMs) ?? newTally();
    addTally(tally, point.tally);
    periods.set(startMs, tally);
  }
  return byUnit;
}
