import type { Clock } from "./kernel/clock.ts";
import type { Lifecycle } from "./kernel/lifecycle.ts";
import type { Lines } from "./kernel/lines.ts";
import type { Log } from "./kernel/log.ts";
import { type Counted, createMetrics, type Metrics } from "./kernel/metrics.ts";
import type { Exporter } from "./observe/export/exporter.ts";
import { Totals } from "./observe/export/totals.ts";
import { unitOfPlatformMetric } from "./services/cloudwatch/data/units.ts";
import type { Store } from "./store/store.ts";

interface Parts {
  readonly clock: Clock;
  readonly log: Log;
  readonly lifecycle: Lifecycle;
  readonly store: Store;
  readonly lines: Lines;
  readonly exporter: Pick<Exporter, "counted"> | undefined;
}

export interface MetricsRoom {
  readonly metrics: Metrics;
  /** All that came to CloudWatch since the platform began, added up. */
  readonly totals: Totals;
}

const MINUTE_MS = 60_000;
/** Alarms on metrics of high resolution look so often. */
const FAST_BEAT_MS = 10_000;

/**
 * What the platform counts of itself, handed to CloudWatch when the minute has ended in which something was
 * counted, when somebody asks, and at the end. Nothing is counted, nothing wakes. See decision 12.
 */
export function openMetrics({ clock, log, lifecycle, store, lines, exporter }: Parts): MetricsRoom {
  const keepAll = async () => {
    // What is counted while all is closed is kept at the end.
    if (lifecycle.signal.aborted) return;
    const end = lifecycle.begin();
    try {
      await metrics.settle();
    } catch (error) {
      log.warn("metrics could not be kept", { error });
    } finally {
      end();
    }
  };
  const totals = new Totals();
  const metrics: Metrics = createMetrics({
    begun(isHigh) {
      const beatMs = isHigh ? FAST_BEAT_MS : MINUTE_MS;
      const endMs = (Math.floor(clock.now() / beatMs) + 1) * beatMs;
      clock.at(endMs, () => void keepAll());
    },
    async look(series) {
      const { lookAt } = await import("./platform-gauges.ts");
      await lookAt({ store, clock }, metrics, series);
    },
    async keep(counted) {
      const { keepCounted } = await import("./services/cloudwatch/data/keeping.ts");
      await keepCounted(store, counted, clock.now());
      const { lookAtActive } = await import("./platform-gauges.ts");
      await lookAtActive({ store, clock }, metrics, counted);
    },
  });
  // Functions write metrics into their lines. See `countEmbedded`, which is for those that have any.
  lines.listen(({ source, message, account, region, group: name }) => {
    if (source !== "function" || !message.includes('"_aws"')) return;
    const end = lifecycle.begin();
    import("./services/logs/embedded.ts")
      .then(({ countEmbedded }) =>
        countEmbedded(metrics, { account, region, name }, message, {
          nowMs: clock.now(),
          isOfFunction: true,
        }),
      )
      .finally(end);
  });
  lifecycle.onClose("metrics", () => metrics.settle());
  metrics.listen((counted) => {
    const all = counted.map(withUnit);
    totals.add(all);
    exporter?.counted(all);
  });
  const clear = () => {
    metrics.clear();
    totals.clear();
  };
  return { metrics: { ...metrics, clear }, totals };
}

function withUnit(counted: Counted): Counted {
  const { series } = counted;
  if (series.unit !== undefined) return counted;
  return { ...counted, series: { ...series, unit: unitOfPlatformMetric(series.namespace, series.name) } };
}
