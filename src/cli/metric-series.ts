import {
  type CloudWatchClient,
  GetMetricDataCommand,
  type Metric,
  type MetricDataQuery,
  paginateListMetrics,
} from "@aws-sdk/client-cloudwatch";
import { UserError } from "../kernel/faults.ts";
import { refusalsOf } from "./aws-session.ts";

/** What is wanted of which time. */
export interface Wanted {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly periodSeconds: number;
  /** Of all; otherwise each metric has the one that suits it. */
  readonly stat: string | undefined;
}

/** One line of a chart. */
export interface MetricSeries {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly stat: string;
  /** Epoch milliseconds and values, the oldest first; moments without data are not among them. */
  readonly points: readonly (readonly [timeMs: number, value: number])[];
}

export type Dimensions = Readonly<Record<string, string>>;

/** Queries in one request. */
const AT_ONCE = 500;

/** The metrics that there are, of a namespace and with dimensions where they are named. */
export async function listMetrics(
  client: CloudWatchClient,
  namespace: string | undefined,
  dimensions: Dimensions,
): Promise<Metric[]> {
  const found: Metric[] = [];
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  await refusalsOf(
    (async () => {
      for await (const page of paginateListMetrics({ client }, { Dimensions }))
        found.push(...(page.Metrics ?? []));
    })(),
  );
  const wanted = namespace?.toLowerCase();
  return found.filter(({ Namespace = "" }) => {
    const own = Namespace.toLowerCase();
    return wanted === undefined || own === wanted || own === `aws/${wanted}`;
  });
}

/** Those of one name; where nothing is said of dimensions, by the fewest that there are. */
export function named(metrics: readonly Metric[], name: string, dimensions: Dimensions): Metric[] {
  const same = metrics.filter(({ MetricName = "" }) => MetricName.toLowerCase() === name.toLowerCase());
  const sizes = same.map(({ Dimensions = [] }) => Dimensions.length).filter((size) => size > 0);
  const asked = Object.keys(dimensions).length;
  const least = asked > 0 ? asked : Math.min(...sizes);
  const exact = same.filter(({ Dimensions = [] }) => Dimensions.length === least);
  return exact.length > 0 ? exact : same;
}

/** What the metrics were, each by itself. */
export async function readMetrics(
  client: CloudWatchClient,
  metrics: readonly Metric[],
  wanted: Wanted,
): Promise<MetricSeries[]> {
  const series: MetricSeries[] = [];
  for (let at = 0; at < metrics.length; at += AT_ONCE) {
    const some = metrics.slice(at, at + AT_ONCE);
    const queries = some.map((metric, index) => queryOf(`m${index}`, metric, wanted, true));
    const found = await read(client, queries, wanted);
    for (const [index, { Namespace = "", MetricName = "", Dimensions = [] }] of some.entries()) {
      series.push({
        namespace: Namespace,
        name: MetricName,
        dimensions: Object.fromEntries(Dimensions.map(({ Name = "", Value = "" }) => [Name, Value])),
        stat: wanted.stat ?? statOf(Namespace, MetricName),
        points: found.find(({ id }) => id === `m${index}`)?.points ?? [],
      });
    }
  }
  return series;
}

/** What an expression comes to: one line, or as many as a SEARCH finds. */
export async function readMath(
  client: CloudWatchClient,
  expression: string,
  parts: ReadonlyMap<string, Metric & { readonly stat?: string | undefined }>,
  wanted: Wanted,
): Promise<MetricSeries[]> {
  const queries: MetricDataQuery[] = Array.from(parts, ([id, part]) =>
    queryOf(id, part, { ...wanted, stat: part.stat ?? wanted.stat }, false),
  );
  queries.push({ Id: "wanted", Expression: expression, Period: wanted.periodSeconds });
  const found = await read(client, queries, wanted);
  return found.map(({ label, points }) => ({
    namespace: "",
    name: label === "wanted" ? expression : label,
    dimensions: {},
    stat: "",
    points,
  }));
}

function queryOf(Id: string, metric: Metric, wanted: Wanted, ReturnData: boolean): MetricDataQuery {
  const { Namespace, MetricName, Dimensions } = metric;
  const Stat = wanted.stat ?? statOf(Namespace ?? "", MetricName ?? "");
  const Metric = { Namespace, MetricName, Dimensions };
  return { Id, ReturnData, MetricStat: { Metric, Period: wanted.periodSeconds, Stat } };
}

interface Found {
  readonly id: string;
  readonly label: string;
  readonly points: [number, number][];
}

async function read(
  client: CloudWatchClient,
  MetricDataQueries: MetricDataQuery[],
  { fromMs, untilMs }: Wanted,
): Promise<Found[]> {
  const found = new Map<string, Found>();
  let NextToken: string | undefined;
  do {
    const page = await refusalsOf(
      client.send(
        new GetMetricDataCommand({
          MetricDataQueries,
          StartTime: new Date(fromMs),
          EndTime: new Date(untilMs),
          ScanBy: "TimestampAscending",
          NextToken,
        }),
      ),
    );
    for (const { Id = "", Label = "", Timestamps = [], Values = [], Messages } of page.MetricDataResults ??
      []) {
      const problem = Messages?.[0]?.Value;
      if (problem !== undefined && Values.length === 0) throw new UserError(problem);
      const known = found.get(`${Id} ${Label}`) ?? { id: Id, label: Label, points: [] };
      found.set(`${Id} ${Label}`, known);
      for (const [at, value] of Values.entries()) known.points.push([Timestamps[at]?.getTime() ?? 0, value]);
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return [...found.values()];
}

/** The statistic that one usually asks for: of what happens its sum, of what takes time its mean. */
function statOf(namespace: string, name: string): string {
  if (/ConcurrentExecutions|Approximate|Utilization$|NumberOfObjects|BucketSizeBytes|IteratorAge/.test(name))
    return "Maximum";
  if (/Duration|Latency|Time$|Size$|Age$/.test(name)) return "Average";
  return namespace.startsWith("AWS/") ? "Sum" : "Average";
}
