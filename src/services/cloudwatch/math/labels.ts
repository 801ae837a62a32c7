import type { MetricName } from "../data/metric-name.ts";
import { AGGREGATES } from "./aggregates.ts";
import type { Timeline } from "./values.ts";

interface Facts {
  readonly timeline: Timeline;
  /** What the label would be without one of its own. */
  readonly plain: string;
  /** `+0130` */
  readonly timezone: string | undefined;
  readonly expression?: string | undefined;
}

const VARIABLE = /\$\{([^}]*)\}/g;
const PROPERTY = /^PROP\(['"](.*)['"]\)$/;

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph-dynamic-labels.html */
export function writeLabel(label: string, facts: Facts): string {
  return label.replace(VARIABLE, (whole, name: string) => variable(name.trim(), facts) ?? whole);
}

function variable(name: string, facts: Facts): string | undefined {
  if (name === "LABEL") return facts.plain;
  const property = PROPERTY.exec(name)?.[1];
  if (property !== undefined) return propertyOf(property, facts) ?? "";
  const points = [...facts.timeline.points];
  const values = points.map(([, value]) => value);
  if (name === "DATAPOINT_COUNT") return String(values.length);
  const [kind = "", part = ""] = name.split("_");
  const most = AGGREGATES.MAX(values);
  const least = AGGREGATES.MIN(values);
  const known: Record<string, number | undefined> = {
    MIN: least,
    MAX: most,
    AVG: AGGREGATES.AVG(values),
    SUM: AGGREGATES.SUM(values),
    FIRST: values[0],
    LAST: values.at(-1),
  };
  if (!Object.hasOwn(known, kind)) return undefined;
  if (values.length === 0) return "--";
  const value = known[kind] ?? 0;
  if (part === "") return written(value);
  const first = points[0]?.[0] ?? 0;
  const last = points.at(-1)?.[0] ?? 0;
  if (part === "RANGE")
    return kind === "MIN" || kind === "MAX" ? `[${written(least)}, ${written(most)}]` : undefined;
  if (part !== "TIME" || kind === "AVG" || kind === "SUM") return undefined;
  const at = kind === "FIRST" ? first : kind === "LAST" ? last : points.find(([, one]) => one === value)?.[0];
  return timeText(at ?? first, facts.timezone);
}

function propertyOf(property: string, { timeline, expression }: Facts): string | undefined {
  if (property === "Period") return String(timeline.periodMs / 1000);
  if (property === "Expression") return expression;
  const { metric, stat } = timeline.of ?? {};
  if (!metric) return undefined;
  if (property.startsWith("Dim.")) return metric.dimensions.find(([name]) => name === property.slice(4))?.[1];
  const properties: Record<string, string | undefined> = {
    MetricName: metric.name,
    Namespace: metric.namespace,
    Stat: stat,
    Region: metric.region,
    AccountId: metric.account,
  };
  return properties[property];
}

function written(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function timeText(atMs: number, timezone: string | undefined): string {
  const [, sign = "+", hours = "0", minutes = "0"] = /^([+-])(\d{2})(\d{2})$/.exec(timezone ?? "") ?? [];
  const offsetMs = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  return new Date(atMs + offsetMs).toISOString().slice(0, 16).replace("T", " ");
}

/** Without a label of its own a metric is called by what tells it from the others. */
export function plainLabels(timelines: readonly (Timeline | undefined)[]): (string | undefined)[] {
  const all = timelines.flatMap((each) => (each?.of ? [each.of] : []));
  const differ = (part: (one: { metric: MetricName; stat: string }) => string) =>
    new Set(all.map(part)).size > 1;
  const [byNamespace, byName, byStat] = [
    differ(({ metric }) => metric.namespace),
    differ(({ metric }) => metric.name),
    differ(({ stat }) => stat),
  ];
  const names = new Set(all.flatMap(({ metric }) => metric.dimensions.map(([name]) => name)));
  const telling = [...names].filter((name) =>
    differ(({ metric }) => metric.dimensions.find(([own]) => own === name)?.[1] ?? ""),
  );
  return timelines.map((each) => {
    if (!each?.of) return undefined;
    const { metric, stat } = each.of;
    const values = metric.dimensions.filter(([name]) => telling.includes(name)).map(([, value]) => value);
    const isTold = byNamespace || values.length > 0 || byStat;
    const parts = [
      ...(byNamespace ? [metric.namespace] : []),
      ...values,
      ...(byName || !isTold ? [metric.name] : []),
      ...(byStat ? [stat] : []),
    ];
    return parts.join(" ");
  });
}
