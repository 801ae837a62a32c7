import {
  CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  type MetricDataQuery,
  type MetricDatum,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { startNuage } from "nuage/testing";
import { afterAll, beforeAll } from "vitest";

const MINUTE_MS = 60_000;

/** A platform with a client of CloudWatch, whose clock stands at the beginning of a minute. */
export function useCloudWatch(options: Parameters<typeof startNuage>[0] = {}) {
  const it = {} as Awaited<ReturnType<typeof begin>>;
  beforeAll(async () => {
    Object.assign(it, await begin(options));
  });
  afterAll(() => it.nuage?.stop());
  return it;
}

async function begin(options: Parameters<typeof startNuage>[0]) {
  const nuage = await startNuage(options);
  const client = nuage.client(CloudWatchClient);
  /** The minute that has begun, or one so many minutes from it. */
  const minute = (offset = 0) => new Date((Math.floor(nuage.clock.now() / MINUTE_MS) + offset) * MINUTE_MS);
  return {
    nuage,
    client,
    minute,
    async nextMinute() {
      const now = nuage.clock.now();
      await nuage.advance(Math.ceil(now / MINUTE_MS) * MINUTE_MS - now + 1);
    },
    put: (Namespace: string, ...MetricData: MetricDatum[]) =>
      client.send(new PutMetricDataCommand({ Namespace, MetricData })),
    /** What queries of the last hour come to, the oldest first, by their ids. */
    async ask(queries: MetricDataQuery[], more: Partial<GetMetricDataCommandInput> = {}) {
      const input: GetMetricDataCommandInput = {
        MetricDataQueries: queries,
        StartTime: minute(-60),
        EndTime: minute(10),
        ScanBy: "TimestampAscending",
        ...more,
      };
      const { MetricDataResults = [] } = await client.send(new GetMetricDataCommand(input));
      return MetricDataResults;
    },
  };
}

/** A query of one metric. */
export function metric(
  Id: string,
  Namespace: string,
  MetricName: string,
  more: { Stat?: string; Period?: number; Dimensions?: Record<string, string>; ReturnData?: boolean } = {},
): MetricDataQuery {
  const { Stat = "Sum", Period = 60, Dimensions = {}, ReturnData = true } = more;
  const dimensions = Object.entries(Dimensions).map(([Name, Value]) => ({ Name, Value }));
  return {
    Id,
    MetricStat: { Metric: { Namespace, MetricName, Dimensions: dimensions }, Stat, Period },
    ReturnData,
  };
}
