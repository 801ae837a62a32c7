import {
  GetMetricStatisticsCommand,
  type GetMetricStatisticsCommandInput,
  ListMetricsCommand,
  type MetricDatum,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { describe, expect, test } from "vitest";
import { useCloudWatch } from "./cloudwatch.fixture.ts";

const it = useCloudWatch();

function statistics(MetricName: string, more: Partial<GetMetricStatisticsCommandInput> = {}) {
  return it.client.send(
    new GetMetricStatisticsCommand({
      Namespace: "Shop",
      MetricName,
      StartTime: it.minute(-60),
      EndTime: it.minute(5),
      Period: 60,
      ...(more.ExtendedStatistics
        ? {}
        : { Statistics: ["Sum", "Average", "Minimum", "Maximum", "SampleCount"] }),
      ...more,
    }),
  );
}

test("values of one minute come together, each unit by itself", async () => {
  const at = it.minute();
  const datum = { MetricName: "Orders", Timestamp: at };
  await it.put("Shop", { ...datum, Value: 2, Unit: "Count" }, { ...datum, Value: 4, Unit: "Count" });
  await it.put("Shop", { ...datum, Values: [10, 20], Counts: [1, 3], Unit: "Count" });
  await it.put("Shop", { ...datum, Value: 7 });
  const { Label, Datapoints } = await statistics("Orders");
  expect(Label).toBe("Orders");
  expect(Datapoints).toEqual([
    { Timestamp: at, Unit: "Count", Sum: 76, Average: 76 / 6, Minimum: 2, Maximum: 20, SampleCount: 6 },
    { Timestamp: at, Unit: "None", Sum: 7, Average: 7, Minimum: 7, Maximum: 7, SampleCount: 1 },
  ]);
  expect((await statistics("Orders", { Unit: "None" })).Datapoints).toHaveLength(1);
  expect((await statistics("Orders", { Unit: "Bytes" })).Datapoints).toEqual([]);
});

test("the order of dimensions is no matter, each set of them is a metric", async () => {
  const [a, b] = [
    { Name: "A", Value: "1" },
    { Name: "B", Value: "2" },
  ];
  await it.put("Shop", { MetricName: "Dim", Value: 1, Dimensions: [a, b] });
  await it.put("Shop", { MetricName: "Dim", Value: 2, Dimensions: [b, a] });
  await it.put("Shop", { MetricName: "Dim", Value: 9, Dimensions: [a] });
  const sum = async (Dimensions?: (typeof a)[]) =>
    (await statistics("Dim", { ...(Dimensions ? { Dimensions } : {}), Statistics: ["Sum"] })).Datapoints?.[0]
      ?.Sum;
  expect([await sum([b, a]), await sum([a]), await sum([b]), await sum()]).toEqual([
    3,
    9,
    undefined,
    undefined,
  ]);
});

test("percentiles and trimmed statistics are exact", async () => {
  const Values = Array.from({ length: 100 }, (_, at) => at + 1);
  await it.put("Shop", { MetricName: "Ms", Values, Timestamp: it.minute() });
  const wanted = ["p50", "p99", "p100", "tm90", "tc(:50)", "TS(90%:)", "PR(:25)", "IQM", "wm98"];
  const { Datapoints } = await statistics("Ms", { ExtendedStatistics: wanted });
  expect(Datapoints?.[0]?.ExtendedStatistics).toEqual({
    p50: 50.5,
    p99: expect.closeTo(99.01, 5),
    p100: 100,
    tm90: 45.5,
    "tc(:50)": 50,
    "TS(90%:)": 955,
    "PR(:25)": 25,
    IQM: 50.5,
    wm98: expect.closeTo(50.47, 5),
  });
});

test("a set of statistics counts, and has no percentiles unless all its values are one", async () => {
  const set = { SampleCount: 4, Sum: 20, Minimum: 1, Maximum: 9 };
  await it.put("Shop", { MetricName: "Set", StatisticValues: set, Timestamp: it.minute() });
  const { Datapoints } = await statistics("Set");
  expect(Datapoints?.[0]).toMatchObject({ Sum: 20, Average: 5, SampleCount: 4 });
  const none = await statistics("Set", { ExtendedStatistics: ["p90"] });
  expect(none.Datapoints?.[0]?.ExtendedStatistics).toBeUndefined();
  const same = { SampleCount: 4, Sum: 20, Minimum: 5, Maximum: 5 };
  await it.put("Shop", { MetricName: "Same", StatisticValues: same, Timestamp: it.minute() });
  const found = await statistics("Same", { ExtendedStatistics: ["p90"] });
  expect(found.Datapoints?.[0]?.ExtendedStatistics).toEqual({ p90: 5 });
});

test("data of high resolution is told by the second, other data by the minute", async () => {
  const at = it.minute();
  const datum = (seconds: number, StorageResolution: number): MetricDatum => ({
    MetricName: `Res${StorageResolution}`,
    Timestamp: new Date(at.getTime() + seconds * 1000),
    Value: seconds,
    StorageResolution,
  });
  for (const resolution of [1, 60]) await it.put("Shop", datum(1, resolution), datum(12, resolution));
  const times = async (name: string, Period: number) => {
    const StartTime = at;
    const EndTime = it.minute(1);
    const found = await statistics(name, { Period, StartTime, EndTime, Statistics: ["Sum"] });
    return found.Datapoints?.map(({ Timestamp, Sum }) => [(Timestamp?.getTime() ?? 0) - at.getTime(), Sum]);
  };
  expect(await times("Res1", 1)).toEqual([
    [1000, 1],
    [12_000, 12],
  ]);
  expect(await times("Res1", 10)).toEqual([
    [0, 1],
    [10_000, 12],
  ]);
  expect(await times("Res1", 60)).toEqual([[0, 13]]);
  expect(await times("Res60", 1)).toEqual([]);
  expect(await times("Res60", 60)).toEqual([[0, 13]]);
});

test("metrics are listed by namespace, name and dimensions, page by page", async () => {
  const Dimensions = [{ Name: "Table", Value: "t" }];
  const many = Array.from({ length: 501 }, (_, at) => ({ MetricName: `M${at}`, Value: 1 }));
  await it.put("Many", ...many);
  await it.put("Many2", { MetricName: "M1", Value: 1, Dimensions });
  const list = (more = {}) => it.client.send(new ListMetricsCommand(more));
  const first = await list({ Namespace: "Many" });
  expect(first.Metrics).toHaveLength(500);
  const { Metrics, NextToken } = await list({ Namespace: "Many", NextToken: first.NextToken });
  expect([Metrics?.length, NextToken]).toEqual([1, undefined]);
  const found = (await list({ MetricName: "M1" })).Metrics;
  expect(found).toEqual([
    { Namespace: "Many", MetricName: "M1", Dimensions: [] },
    { Namespace: "Many2", MetricName: "M1", Dimensions },
  ]);
  expect((await list({ Dimensions: [{ Name: "Table" }] })).Metrics).toHaveLength(1);
  expect((await list({ Dimensions: [{ Name: "Table", Value: "other" }] })).Metrics).toEqual([]);
  await expect(list({ NextToken: "what" })).rejects.toMatchObject({ name: "InvalidNextToken" });
});

describe("what is put is checked", () => {
  const hours = (count: number) => new Date(it.nuage.clock.now() + count * 3_600_000);
  test.each<[string, () => MetricDatum, string]>([
    ["without a value", () => ({ MetricName: "X" }), "MetricData.member.1.Value"],
    ["with two kinds of value", () => ({ MetricName: "X", Value: 1, Values: [1] }), "mutually exclusive"],
    [
      "of three weeks ago",
      () => ({ MetricName: "X", Value: 1, Timestamp: hours(-337) }),
      "two weeks in the past",
    ],
    ["of tomorrow", () => ({ MetricName: "X", Value: 1, Timestamp: hours(2.1) }), "two hours in the future"],
    ["that is no number", () => ({ MetricName: "X", Value: Number.NaN }), "is invalid"],
    ["with a resolution of 5", () => ({ MetricName: "X", Value: 1, StorageResolution: 5 }), "either 1 or 60"],
    ["with more counts than values", () => ({ MetricName: "X", Values: [1], Counts: [1, 2] }), "same size"],
    [
      "in a unit that is none",
      () => ({ MetricName: "X", Value: 1, Unit: "Apples" as "Count" }),
      "enum value set",
    ],
    [
      "with a dimension twice",
      () => ({
        MetricName: "X",
        Value: 1,
        Dimensions: [
          { Name: "a", Value: "1" },
          { Name: "a", Value: "2" },
        ],
      }),
      "duplicate names",
    ],
  ])("a value %s is refused", async (_, datum, message) => {
    await expect(it.put("Shop", datum())).rejects.toThrow(message);
  });

  test("namespaces of AWS's own and more than 1,000 data are refused", async () => {
    await expect(it.put("AWS/Lambda", { MetricName: "X", Value: 1 })).rejects.toMatchObject({
      name: "InvalidParameterValueException",
    });
    const many = Array.from({ length: 1001 }, () => ({ MetricName: "X", Value: 1 }));
    await expect(it.put("Shop", ...many)).rejects.toThrow("greater than 1000");
  });
});

test.each<[string, Partial<GetMetricStatisticsCommandInput>, string]>([
  ["a period of 45 seconds", { Period: 45 }, "multiple of 60"],
  ["more than 1,440 datapoints", { Period: 1 }, "exceeds the limit of 1,440"],
  ["a time that ends before it begins", { EndTime: new Date(0) }, "StartTime must be less than"],
  ["a percentile over 100", { ExtendedStatistics: ["p101"] }, "p101 for parameter ExtendedStatistics"],
])("statistics with %s are refused", async (_, more, message) => {
  await expect(statistics("Orders", more)).rejects.toThrow(message);
});

test("large requests come compressed", async () => {
  const MetricData = Array.from({ length: 200 }, (_, at) => ({
    MetricName: "Zipped",
    Value: 1,
    Dimensions: [{ Name: "Number", Value: `a rather long value that fills the request ${at}` }],
  }));
  await it.client.send(new PutMetricDataCommand({ Namespace: "Zip", MetricData }));
  const { Metrics } = await it.client.send(new ListMetricsCommand({ Namespace: "Zip" }));
  expect(Metrics).toHaveLength(200);
});
