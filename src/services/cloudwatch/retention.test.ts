import { GetMetricStatisticsCommand, ListMetricsCommand } from "@aws-sdk/client-cloudwatch";
import { expect, test } from "vitest";
import { useCloudWatch } from "./cloudwatch.fixture.ts";

const it = useCloudWatch();

test("data grow coarser by the clock, and are forgotten in the end", async () => {
  const startMs = it.minute().getTime();
  const datum = (seconds: number, Value: number) => ({
    MetricName: "Old",
    StorageResolution: 1,
    Value,
    Timestamp: new Date(startMs + seconds * 1000),
  });
  await it.put("Shop", datum(1, 1), datum(2, 2), datum(61, 4), datum(90, 8));
  /** How many datapoints there are by this period, and what they come to together. */
  const kept = async (Period: number) => {
    const { Datapoints = [] } = await it.client.send(
      new GetMetricStatisticsCommand({
        Namespace: "Shop",
        MetricName: "Old",
        StartTime: new Date(Math.floor(startMs / 3_600_000) * 3_600_000),
        EndTime: new Date(startMs + (Period < 60 ? 120_000 : 3_600_000)),
        Period: Period < 60 ? 10 : Period,
        Statistics: ["Sum"],
        ...(Period < 60 ? { StartTime: new Date(startMs) } : {}),
      }),
    );
    return [Datapoints.length, Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0)];
  };
  expect([await kept(10), await kept(60)]).toEqual([
    [3, 15],
    [2, 15],
  ]);
  await it.nuage.advance("4 hours");
  expect([await kept(10), await kept(60)]).toEqual([
    [0, 0],
    [2, 15],
  ]);
  await it.nuage.advance("16 days");
  expect([(await kept(60))[1], (await kept(300))[1]]).toEqual([0, 15]);
  await it.nuage.advance("50 days");
  expect([(await kept(300))[1], (await kept(3600))[1]]).toEqual([0, 15]);
  await it.nuage.advance("400 days");
  expect((await kept(3600))[1]).toBe(0);
  expect((await it.client.send(new ListMetricsCommand({}))).Metrics).toEqual([]);
});
