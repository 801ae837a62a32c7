import type { GetMetricDataCommandInput, MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { beforeAll, describe, expect, test } from "vitest";
import { metric, useCloudWatch } from "./cloudwatch.fixture.ts";

const it = useCloudWatch();
const NS = "Math";

beforeAll(async () => {
  const at = (offset: number) => it.minute(offset);
  const row = (MetricName: string, values: readonly (number | undefined)[], host?: string) =>
    values.flatMap((Value, index) =>
      Value === undefined
        ? []
        : [
            {
              MetricName,
              Value,
              Timestamp: at(index - values.length),
              ...(host ? { Dimensions: [{ Name: "Host", Value: host }] } : {}),
            },
          ],
    );
  await it.put(NS, ...row("a", [1, 2, 3, 4]), ...row("b", [10, undefined, 30, 0]));
  await it.put(NS, ...row("Cpu", [1, 1, 1, 1], "web-1"), ...row("Cpu", [5, 5, 5, 5], "web-2"));
  await it.put(NS, ...row("Cpu", [3, 3, 3, 3], "db-1"));
});

const M = () => [metric("a", NS, "a", { ReturnData: false }), metric("b", NS, "b", { ReturnData: false })];

async function values(Expression: string, more: Partial<GetMetricDataCommandInput> = {}) {
  const window = { StartTime: it.minute(-4), EndTime: it.minute(), ...more };
  const results = await it.ask([...M(), { Id: "e", Expression }], window);
  const lines = results.map(({ Values }) => Values);
  return lines.length === 1 ? lines[0] : lines;
}

describe("expressions", () => {
  test.each<[string, unknown]>([
    ["a + b", [11, 33, 4]],
    ["a - 2 * a ^ 2", [-1, -6, -15, -28]],
    ["-(a) / 2", [-0.5, -1, -1.5, -2]],
    ["a / b", [0.1, 0.1]],
    ["a > 2", [0, 0, 1, 1]],
    ["a >= 2 AND b == 30", [0, 1, 0]],
    ["a < 2 || b == 0", [1, 0, 1]],
    ["SUM([a, b])", [11, 2, 33, 4]],
    ["AVG(METRICS())", [5.5, 2, 16.5, 2]],
    ["MAX(METRICS()) - MIN(METRICS())", [9, 0, 27, 4]],
    ["STDDEV([a, b])", [4.5, 0, 13.5, 2]],
    ["a * SUM(a)", [10, 20, 30, 40]],
    ["TIME_SERIES(MAX(b))", [30, 30, 30, 30]],
    ["FILL(b, 0)", [10, 0, 30, 0]],
    ["FILL(b, REPEAT)", [10, 10, 30, 0]],
    ["FILL(b, LINEAR)", [10, 20, 30, 0]],
    ["FILL(b, a)", [10, 2, 30, 0]],
    ["IF(a > 2, a, 0)", [0, 0, 3, 4]],
    ["IF(a > 2, b)", [30, 0]],
    ["RATE(a)", [1 / 60, 1 / 60, 1 / 60]],
    ["DIFF(b)", [20, -30]],
    ["DIFF_TIME(b)", [120, 60]],
    ["RUNNING_SUM(a)", [1, 3, 6, 10]],
    ["a * PERIOD(a)", [60, 120, 180, 240]],
    ["FIRST([a, b])", [1, 2, 3, 4]],
    ["LAST(METRICS())", [10, 30, 0]],
    ["CEIL(a / 2) + FLOOR(a / 2) + ABS(0 - a)", [2, 4, 6, 8]],
    ["LOG10(a * 10 / a)", [1, 1, 1, 1]],
    ["SLICE(SORT([a, b], MAX, DESC), 0, 1)", [10, 30, 0]],
    ["SORT([a, b], SUM, ASC, 1)", [1, 2, 3, 4]],
    ["a * METRIC_COUNT([a, b])", [2, 4, 6, 8]],
    ["DATAPOINT_COUNT([a, b])", [2, 1, 2, 2]],
    ["REMOVE_EMPTY([a, IF(a > 100, a)])", [1, 2, 3, 4]],
    [
      "[a, 7]",
      [
        [1, 2, 3, 4],
        [7, 7, 7, 7],
      ],
    ],
    ["SUM(SEARCH('{Math,Host} Cpu web', 'Average', 60))", [6, 6, 6, 6]],
    [
      "SEARCH('{Math,Host} Host=(\"web-1\" OR \"db-1\")', 'Sum')",
      [
        [3, 3, 3, 3],
        [1, 1, 1, 1],
      ],
    ],
    ["SUM(SEARCH('Namespace=\"Math\" MetricName=Cpu NOT db', 'Sum', 60))", [6, 6, 6, 6]],
  ])("%s", async (expression, expected) => {
    const found = await values(expression);
    const sorted = Array.isArray(found?.[0])
      ? [...(found as number[][])].sort((x, y) => (y[0] ?? 0) - (x[0] ?? 0))
      : found;
    const wanted = Array.isArray((expected as unknown[])[0])
      ? [...(expected as number[][])].sort((x, y) => (y[0] ?? 0) - (x[0] ?? 0))
      : expected;
    expect(sorted).toEqual(wanted);
  });

  test("dates are those of the datapoints", async () => {
    const at = it.minute(-4);
    const window = { EndTime: it.minute(-3) };
    expect(await values("MINUTE(a)", window)).toEqual([at.getUTCMinutes()]);
    expect(await values("HOUR(a) + 0 * DAY(a)", window)).toEqual([at.getUTCHours()]);
    expect(await values("YEAR(a) * 10000 + MONTH(a) * 100 + DATE(a)", window)).toEqual([
      Number(at.toISOString().slice(0, 10).replaceAll("-", "")),
    ]);
    expect(await values("EPOCH(a)", window)).toEqual([at.getTime() / 1000]);
  });

  test.each<[string, string]>([
    ["a +", "Unexpected end of expression"],
    ["a $ b", "Unexpected character"],
    ["NOSUCH(a)", "Unsupported function: NOSUCH"],
    ["c + 1", "Undefined identifier: c"],
    ["AVG(a)", "must return a time series"],
    ["e + 1", "refers to itself"],
    ["ANOMALY_DETECTION_BAND(a)", "does not train"],
  ])("%s is refused", async (expression, message) => {
    await expect(values(expression)).rejects.toThrow(message);
  });
});

describe("Metrics Insights", () => {
  test.each<[string, unknown]>([
    ['SELECT SUM(Cpu) FROM SCHEMA("Math", Host)', [["Cpu", 9]]],
    ["SELECT AVG(Cpu) FROM \"Math\" WHERE Host != 'db-1'", [["Cpu", 3]]],
    [
      'SELECT MAX(Cpu) FROM SCHEMA("Math", Host) GROUP BY Host ORDER BY MAX() DESC LIMIT 2',
      [
        ["web-2", 5],
        ["db-1", 3],
      ],
    ],
    ['SELECT COUNT(Cpu) FROM SCHEMA("Math", Host, Other)', [["Cpu", undefined]]],
  ])("%s", async (Expression, expected) => {
    const results = await it.ask([{ Id: "q", Expression, Period: 60 }]);
    expect(results.map(({ Label, Values }) => [Label, Values?.[0]])).toEqual(expected);
  });

  test("a query that cannot be read is refused", async () => {
    const asked = it.ask([{ Id: "q", Expression: "SELECT AVG(Cpu) FROM", Period: 60 }]);
    await expect(asked).rejects.toThrow("Error in expression 'q'");
  });
});

test("a page holds so many datapoints, and the newest come first unless asked otherwise", async () => {
  const queries = [metric("a", NS, "a"), metric("b", NS, "b")];
  const window = { StartTime: it.minute(-4), EndTime: it.minute(), MaxDatapoints: 5 };
  const { GetMetricDataCommand } = await import("@aws-sdk/client-cloudwatch");
  const page = (NextToken?: string) =>
    it.client.send(new GetMetricDataCommand({ MetricDataQueries: queries, ...window, NextToken }));
  const first = await page();
  expect(first.MetricDataResults?.map(({ Id, Values, StatusCode }) => [Id, Values, StatusCode])).toEqual([
    ["a", [4, 3, 2, 1], "Complete"],
    ["b", [0], "PartialData"],
  ]);
  const second = await page(first.NextToken);
  expect(second.MetricDataResults?.map(({ Id, Values }) => [Id, Values])).toEqual([["b", [30, 10]]]);
  expect(second.NextToken).toBeUndefined();
});

test("labels tell metrics apart, and can hold what the data comes to", async () => {
  const cpu = (Id: string, Host: string, Label?: string): MetricDataQuery => ({
    ...metric(Id, NS, "Cpu", { Dimensions: { Host } }),
    ...(Label ? { Label } : {}),
  });
  const labels = async (...queries: MetricDataQuery[]) => (await it.ask(queries)).map(({ Label }) => Label);
  expect(await labels(metric("a", NS, "a"))).toEqual(["a"]);
  expect(await labels(cpu("x", "web-1"), cpu("y", "db-1"))).toEqual(["web-1", "db-1"]);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as labels are written
  const dynamic = "${PROP('Dim.Host')} ${LABEL}: ${MAX} ${SUM} of ${DATAPOINT_COUNT} ${PROP('Stat')}";
  expect(await labels(cpu("x", "web-2", dynamic))).toEqual(["web-2 Cpu: 5 20 of 4 Sum"]);
  const time = it.minute(-1).toISOString().slice(11, 16);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as labels are written
  expect((await labels({ ...metric("a", NS, "a"), Label: "${LAST_TIME}" }))[0]).toContain(time);
});

test.each<[string, MetricDataQuery[], string]>([
  ["an id that begins with a capital", [metric("A", NS, "a")], "is not matching the expected pattern"],
  ["the same id twice", [metric("a", NS, "a"), metric("a", NS, "b")], "are not unique"],
  ["nothing that is returned", [metric("a", NS, "a", { ReturnData: false })], "ReturnData"],
  ["both kinds at once", [{ ...metric("a", NS, "a"), Expression: "1" }], "mutually exclusive"],
  ["a statistic that is none", [metric("a", NS, "a", { Stat: "Mean" })], "is not supported"],
])("a request with %s is refused", async (_, queries, message) => {
  await expect(it.ask(queries)).rejects.toThrow(message);
});
