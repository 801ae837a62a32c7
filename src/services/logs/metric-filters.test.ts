import {
  DeleteMetricFilterCommand,
  DescribeLogGroupsCommand,
  DescribeMetricFiltersCommand,
  PutMetricFilterCommand,
  type PutMetricFilterCommandInput,
  TestMetricFilterCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, test } from "vitest";
import { createMetrics } from "../../kernel/metrics.ts";
import type { LogEvent } from "./event.ts";
import type { MetricFilterRecord } from "./filter-records.ts";
import { useLogs } from "./logs.fixture.ts";
import { countMetrics } from "./metric-counting.ts";

const it = useLogs();

const TRANSFORMATION = { metricName: "Errors", metricNamespace: "App", metricValue: "1" };

function put(logGroupName: string, filterName: string, more: Partial<PutMetricFilterCommandInput> = {}) {
  const filter = { filterPattern: "ERROR", metricTransformations: [TRANSFORMATION], ...more };
  return it.logs.send(new PutMetricFilterCommand({ logGroupName, filterName, ...filter }));
}

test("metric filters are put, listed and deleted", async () => {
  for (const group of ["one", "two"]) await it.create(group);
  await put("one", "a", { metricTransformations: [{ ...TRANSFORMATION, defaultValue: 0, unit: "Count" }] });
  await put("one", "b");
  await put("two", "c", {
    filterPattern: "{ $.ms > 10 }",
    metricTransformations: [
      { metricName: "Ms", metricNamespace: "App", metricValue: "$.ms", dimensions: { Path: "$.path" } },
    ],
  });
  const list = async (more = {}) => {
    const answer = await it.logs.send(new DescribeMetricFiltersCommand(more));
    return { names: answer.metricFilters?.map(({ filterName }) => filterName), ...answer };
  };
  expect((await list({ logGroupName: "one" })).metricFilters?.[0]).toEqual({
    filterName: "a",
    filterPattern: "ERROR",
    metricTransformations: [{ ...TRANSFORMATION, defaultValue: 0, unit: "Count" }],
    creationTime: expect.any(Number),
    logGroupName: "one",
    applyOnTransformedLogs: false,
  });
  expect((await list()).names).toEqual(["a", "b", "c"]);
  const page = await list({ limit: 2 });
  expect((await list({ nextToken: page.nextToken })).names).toEqual(["c"]);
  expect((await list({ metricName: "Ms", metricNamespace: "App" })).names).toEqual(["c"]);
  expect((await list({ filterNamePrefix: "b" })).names).toEqual(["b"]);
  const { logGroups } = await it.logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "one" }));
  expect(logGroups?.[0]?.metricFilterCount).toBe(2);
  const remove = () => it.logs.send(new DeleteMetricFilterCommand({ logGroupName: "one", filterName: "a" }));
  await remove();
  await expect(remove()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test.each<[string, Partial<PutMetricFilterCommandInput>, string]>([
  ["a pattern that is none", { filterPattern: "{ x }" }, "Invalid filter pattern"],
  [
    "a default value beside dimensions",
    {
      filterPattern: "{ $.a = 1 }",
      metricTransformations: [{ ...TRANSFORMATION, defaultValue: 0, dimensions: { A: "$.a" } }],
    },
    "mutually exclusive",
  ],
  [
    "a value that a pattern of words cannot have",
    { metricTransformations: [{ ...TRANSFORMATION, metricValue: "$.a" }] },
    "invalid value $.a",
  ],
  ...[
    ["[a, b]", "$zzz"],
    ["[a, b]", "$3"],
    ["[a, b]", "$1"],
    ["[a, b]", "$.a"],
    ["{ $.a = 1 }", "$a"],
    ["[a, b]", "a"],
    ["[a, , b]", "$undefined"],
  ].map(([filterPattern = "", metricValue = ""]): [string, Partial<PutMetricFilterCommandInput>, string] => [
    `the value ${metricValue} of ${filterPattern}`,
    { filterPattern, metricTransformations: [{ ...TRANSFORMATION, metricValue }] },
    `invalid value ${metricValue}`,
  ]),
  [
    "a dimension of a field that the pattern has not",
    {
      filterPattern: "[a, b]",
      metricTransformations: [{ ...TRANSFORMATION, dimensions: { A: "$zzz" } }],
    },
    "dimension value must be valid selector",
  ],
  [
    "a dimension of a pattern of words",
    { metricTransformations: [{ ...TRANSFORMATION, dimensions: { A: "$.a" } }] },
    "The specified filter pattern does not support dimensions",
  ],
  [
    "a namespace with a colon",
    { metricTransformations: [{ ...TRANSFORMATION, metricNamespace: "a:b" }] },
    "failed to satisfy constraint",
  ],
])("%s is refused", async (_, more, message) => {
  await it.create("refused").catch(() => {});
  const refused = put("refused", "f", more);
  await expect(refused).rejects.toMatchObject({ name: "InvalidParameterException" });
  await expect(refused).rejects.toThrow(message);
});

test.each([
  ["[a, b]", "$b"],
  ["[a, b = 4*]", "$b"],
  ["[a, ..., b]", "$2"],
  ["[a, , b]", "$2"],
  ["{ $.a = 1 }", "$.b[0].c"],
])("of %s, %s is a value", async (filterPattern, metricValue) => {
  await it.create("values").catch(() => {});
  const metricTransformations = [{ ...TRANSFORMATION, metricValue, dimensions: { A: metricValue } }];
  await put("values", "f", { filterPattern, metricTransformations });
});

test("five filters of a group, of either kind, may hold regular expressions", async () => {
  await it.create("expressive");
  const expression = { filterPattern: "%ERR.R%" };
  for (const name of ["a", "b", "c", "d", "e"]) await put("expressive", name, expression);
  await expect(put("expressive", "f", expression)).rejects.toMatchObject({ name: "LimitExceededException" });
  await put("expressive", "f");
  await put("expressive", "e", { filterPattern: "%WARN.%" });
});

test("a pattern is tried on messages", async () => {
  const trying = (filterPattern: string, ...logEventMessages: string[]) =>
    it.logs.send(new TestMetricFilterCommand({ filterPattern, logEventMessages }));
  const words = await trying(
    "[ip, ..., status = 4*]",
    "1.1.1.1 GET 404",
    "1.1.1.1 GET 200",
    "2.2.2.2 x y 410",
  );
  expect(words.matches).toEqual([
    {
      eventNumber: 1,
      eventMessage: "1.1.1.1 GET 404",
      extractedValues: { $ip: "1.1.1.1", $2: "GET", $status: "404" },
    },
    {
      eventNumber: 3,
      eventMessage: "2.2.2.2 x y 410",
      extractedValues: { $ip: "2.2.2.2", $2: "x", $3: "y", $status: "410" },
    },
  ]);
  expect((await trying("", "anything")).matches).toHaveLength(1);
  const elements = await trying("{ $.codes[*] = 4* }", '{"codes":[200,404]}', '{"codes":[200]}');
  expect(elements.matches?.map(({ eventNumber }) => eventNumber)).toEqual([1]);
  await expect(trying("{", "x")).rejects.toMatchObject({ name: "InvalidParameterException" });
  // An expression that would take for ever is ended.
  await expect(trying(`%${"a*".repeat(30)}b%`, "a".repeat(5_000))).rejects.toThrow("took longer than");
});

describe("events are counted", () => {
  const group = { account: "000000000000", region: "us-east-1", name: "g" };
  const metric = { name: "M", namespace: "App", value: "1" };
  const filter = (pattern: string, more: Partial<MetricFilterRecord["metric"]> = {}) =>
    ({ v: 1, name: "f", pattern, createdMs: 0, metric: { ...metric, ...more } }) as const;
  const events = (...messages: [number, string][]) =>
    messages.map(([timeMs, message]) => ({ timeMs, message }) as LogEvent);
  const sums = (metrics: ReturnType<typeof createMetrics>, dimensions = "") =>
    metrics
      .minutes({ ...group, namespace: "App", name: "M", dimensions }, 0, 1e12)
      .map(({ startMs, sum }) => [startMs, sum]);

  test("by the minute, with a default where none matched", () => {
    const metrics = createMetrics();
    const filters = [filter("ERROR", { defaultValue: 0 })];
    countMetrics(metrics, group, filters, events([1_000, "ERROR"], [2_000, "ERROR"], [61_000, "fine"]));
    countMetrics(metrics, group, filters, events([3_000, "fine"], [62_000, "fine"]));
    expect(sums(metrics)).toEqual([
      [0, 2],
      [60_000, 0],
    ]);
  });

  test("with a value and dimensions of their own", () => {
    const metrics = createMetrics();
    const filters = [
      filter("{ $.ms = * }", { value: "$.ms", dimensions: { Path: "$.path", Code: "$.code" } }),
    ];
    countMetrics(
      metrics,
      group,
      filters,
      events(
        [0, '{"ms":5,"path":"/a","code":200}'],
        [0, '{"ms":"2.5","path":"/a","code":200}'],
        [0, '{"ms":"slow","path":"/a","code":200}'],
        [0, '{"ms":1,"path":"/a"}'],
      ),
    );
    expect(sums(metrics, "Path=/a,Code=200")).toEqual([[0, 7.5]]);
  });
});
