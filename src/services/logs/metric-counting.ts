import { type Metrics, type Series, writeDimensions } from "../../kernel/metrics.ts";
import type { LogEvent } from "./event.ts";
import { patternOf, withinTime } from "./filter-patterns.ts";
import type { MetricFilterRecord } from "./filter-records.ts";
import type { GroupName } from "./names.ts";
import type { Extract } from "./pattern/pattern.ts";

/** What the expressions of one filter may take with one batch. */
const LONGEST_MS = 2_000;
const MINUTE_MS = 60_000;

/** Counts events into the metrics of a group's filters. */
export function countMetrics(
  metrics: Metrics,
  group: GroupName,
  filters: readonly MetricFilterRecord[],
  events: readonly LogEvent[],
): void {
  for (const filter of filters) {
    const pattern = patternOf(filter.pattern);
    const count = () => {
      for (const event of events) {
        const extract = pattern.match(event.message);
        if (extract) countMatch(metrics, group, filter, extract, event.timeMs);
      }
    };
    if (pattern.expressions > 0) withinTime(LONGEST_MS, count);
    else count();
    countNothing(metrics, group, filter, events);
  }
}

function countMatch(
  metrics: Metrics,
  group: GroupName,
  { metric }: MetricFilterRecord,
  extract: Extract,
  timeMs: number,
): void {
  const text = metric.value.startsWith("$") ? extract.value(metric.value) : metric.value;
  const value = Number(text);
  if (text === undefined || text.trim() === "" || !Number.isFinite(value)) return;
  const dimensions: [string, string][] = [];
  for (const [name, selector] of Object.entries(metric.dimensions ?? {})) {
    const found = extract.value(selector);
    if (found === undefined) return;
    dimensions.push([name, found]);
  }
  metrics.counter(seriesOf(group, metric, writeDimensions(dimensions))).add(value, timeMs);
}

/** A minute in which events came and none matched has the default value, once. */
function countNothing(
  metrics: Metrics,
  group: GroupName,
  { metric }: MetricFilterRecord,
  events: readonly LogEvent[],
): void {
  const { defaultValue } = metric;
  if (defaultValue === undefined) return;
  const series = seriesOf(group, metric, "");
  for (const minute of new Set(events.map(({ timeMs }) => Math.floor(timeMs / MINUTE_MS)))) {
    const startMs = minute * MINUTE_MS;
    if (metrics.minutes(series, startMs, startMs + MINUTE_MS).length > 0) continue;
    metrics.counter(series).add(defaultValue, startMs);
  }
}

function seriesOf(
  { account, region }: GroupName,
  { namespace, name, unit = "None" }: MetricFilterRecord["metric"],
  dimensions: string,
): Series {
  return { account, region, namespace, name, dimensions, unit };
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html */
type Name = "IncomingLogEvents" | "IncomingBytes" | "EMFParsingErrors" | "EMFValidationErrors";

/** What AWS counts of every group. */
export function count(metrics: Metrics, group: GroupName, name: Name, value: number, nowMs: number): void {
  const { account, region } = group;
  const dimensions = writeDimensions([["LogGroupName", group.name]]);
  metrics.counter({ account, region, namespace: "AWS/Logs", name, dimensions }).add(value, nowMs);
}
