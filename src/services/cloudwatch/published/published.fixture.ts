import {
  CloudWatchClient,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  type Metric,
  paginateListMetrics,
} from "@aws-sdk/client-cloudwatch";
import type { Nuage } from "nuage/testing";
import { useCloudWatch } from "../cloudwatch.fixture.ts";

const DAY_SECONDS = 86_400;
const AT_ONCE = 500;

/** A platform, and what AWS's services publish on it. */
export function usePublished(options: Parameters<typeof useCloudWatch>[0] = {}) {
  const it = useCloudWatch(options);
  return { it, ...readingOf(it) };
}

/** What AWS's services publish, as a user finds it; `on`: a platform, once the tests run. */
export function readingOf(on: { readonly nuage: Nuage }) {
  const client = () => on.nuage.client(CloudWatchClient);
  const span = () => ({
    StartTime: new Date(on.nuage.clock.now() - 2 * DAY_SECONDS * 1000),
    EndTime: new Date(on.nuage.clock.now() + 1000),
  });

  async function listed(Namespace: string): Promise<Metric[]> {
    const found: Metric[] = [];
    for await (const page of paginateListMetrics({ client: client() }, { Namespace }))
      found.push(...(page.Metrics ?? []));
    return found;
  }

  async function unitOf(metric: Metric): Promise<string> {
    const asked = { ...metric, Period: DAY_SECONDS, Statistics: ["Sum" as const], ...span() };
    const { Datapoints = [] } = await client().send(new GetMetricStatisticsCommand(asked as never));
    return [...new Set(Datapoints.map(({ Unit }) => Unit))].join("/");
  }

  return {
    /** Every metric of a namespace with data: `Name Dimension=value,… Unit`, in order. */
    async rows(namespace: string): Promise<string[]> {
      await on.nuage.idle();
      const rows: string[] = [];
      for (const metric of await listed(namespace)) {
        const dimensions = (metric.Dimensions ?? []).map(({ Name, Value }) => `${Name}=${Value}`).join(",");
        rows.push([metric.MetricName, dimensions || "-", await unitOf(metric)].join(" "));
      }
      return rows.sort();
    },
    /** What a statistic comes to of each metric of a namespace with these dimensions, by name. */
    async values(namespace: string, dimensions: string, Stat = "Sum"): Promise<Record<string, number>> {
      const metrics = (await listed(namespace)).filter(
        ({ Dimensions = [] }) =>
          (Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).join(",") || "-") === dimensions,
      );
      const values: Record<string, number> = {};
      for (let at = 0; at < metrics.length; at += AT_ONCE) {
        const MetricDataQueries = metrics.slice(at, at + AT_ONCE).map((Metric, index) => ({
          Id: `m${index}`,
          Label: Metric.MetricName ?? "",
          MetricStat: { Metric, Period: DAY_SECONDS, Stat },
        }));
        const { MetricDataResults = [] } = await client().send(
          new GetMetricDataCommand({ MetricDataQueries, ...span() }),
        );
        for (const { Label = "", Values = [] } of MetricDataResults)
          values[Label] =
            Stat === "Sum" ? Values.reduce((sum, one) => sum + one, 0) : (Values[0] ?? Number.NaN);
      }
      return values;
    },
  };
}

/** A table of `Name Unit` under a set of dimensions, as rows. */
export function under(dimensions: string, table: Readonly<Record<string, string>>): string[] {
  return Object.entries(table).map(([name, unit]) => `${name} ${dimensions} ${unit}`);
}
