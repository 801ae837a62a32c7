import { DescribeAlarmHistoryCommand } from "@aws-sdk/client-cloudwatch";
import { describe, expect, test } from "vitest";
import { metric } from "../cloudwatch.fixture.ts";
import { type AlarmInput, useAlarms } from "./alarms.fixture.ts";
import { decide, type Slot } from "./evaluation.ts";
import { reasonOf } from "./reasons.ts";

const on = useAlarms();
const { it } = on;

test("an alarm follows its metric, and says why", async () => {
  await on.alarm("Errors", { DatapointsToAlarm: 1 });
  expect(await on.describe("Errors")).toMatchObject({
    StateValue: "INSUFFICIENT_DATA",
    StateReason: "Unchecked: Initial alarm creation",
  });
  await it.nextMinute();
  expect(await on.describe("Errors")).toMatchObject({ StateValue: "INSUFFICIENT_DATA" });
  const at = it.minute();
  await it.put("Shop", { MetricName: "Errors", Value: 5, Timestamp: at });
  await it.nextMinute();
  const [, month, day] = /^\d\d(\d\d-\d\d)-(\d\d)/.exec(at.toISOString()) ?? [];
  const [year = "", monthOfYear = ""] = (month ?? "").split("-");
  const date = `${day}/${monthOfYear}/${year} ${at.toISOString().slice(11, 19)}`;
  const alarm = await on.describe("Errors");
  expect(alarm.StateValue).toBe("ALARM");
  expect(alarm.StateReason).toBe(
    `Threshold Crossed: 1 out of the last 1 datapoints [5.0 (${date})] was greater than the ` +
      "threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition).",
  );
  expect(JSON.parse(alarm.StateReasonData ?? "")).toMatchObject({
    version: "1.0",
    statistic: "Sum",
    period: 60,
    recentDatapoints: [5],
    threshold: 1,
    evaluatedDatapoints: [{ timestamp: at.toISOString().replace("Z", "+0000"), sampleCount: 1, value: 5 }],
  });
  await it.put("Shop", { MetricName: "Errors", Value: 0, Timestamp: it.minute() });
  await it.nextMinute();
  expect((await on.describe("Errors")).StateReason).toContain(
    "was not greater than the threshold (1.0) (minimum 1 datapoint for ALARM -> OK transition).",
  );
  // The data go on counting for two periods more than the alarm's own.
  await it.nuage.advance("5 minutes");
  expect(await on.describe("Errors")).toMatchObject({
    StateValue: "INSUFFICIENT_DATA",
    StateReason: "Insufficient Data: 1 datapoint was unknown.",
  });
  const { AlarmHistoryItems = [] } = await it.client.send(
    new DescribeAlarmHistoryCommand({ AlarmName: "Errors", ScanBy: "TimestampAscending" }),
  );
  expect(AlarmHistoryItems.map(({ HistorySummary }) => HistorySummary)).toEqual([
    'Alarm "Errors" created',
    "Alarm updated from INSUFFICIENT_DATA to ALARM",
    "Alarm updated from ALARM to OK",
    "Alarm updated from OK to INSUFFICIENT_DATA",
  ]);
  expect(JSON.parse(AlarmHistoryItems[1]?.HistoryData ?? "")).toMatchObject({
    version: "1.0",
    oldState: { stateValue: "INSUFFICIENT_DATA" },
    newState: { stateValue: "ALARM", stateReasonData: { threshold: 1 } },
  });
});

test.each<[string, AlarmInput, number, string]>([
  ["GreaterThanOrEqualToThreshold", {}, 1, "ALARM"],
  ["GreaterThanThreshold", {}, 1, "OK"],
  ["LessThanThreshold", {}, 1, "OK"],
  ["LessThanThreshold", {}, 0.5, "ALARM"],
  ["LessThanOrEqualToThreshold", {}, 1, "ALARM"],
])("%s", async (operator, more, Value, expected) => {
  const name = `Compare ${operator} ${Value}`;
  await on.alarm(name, { ComparisonOperator: operator as "LessThanThreshold", ...more });
  await it.put("Shop", { MetricName: name, Value, Timestamp: it.minute() });
  await it.nextMinute();
  expect(await on.state(name)).toBe(expected);
});

test("two of three minutes are enough where they are to be, and the minutes pass one by one", async () => {
  await on.alarm("TwoOfThree", { EvaluationPeriods: 3, DatapointsToAlarm: 2 });
  const seen: (string | undefined)[] = [];
  for (const Value of [5, 0, 5, 0, 0]) {
    await it.put("Shop", { MetricName: "TwoOfThree", Value, Timestamp: it.minute() });
    await it.nextMinute();
    seen.push(await on.state("TwoOfThree"));
  }
  expect(seen).toEqual(["INSUFFICIENT_DATA", "OK", "ALARM", "OK", "OK"]);
});

describe("missing data", () => {
  const treatments = ["missing", "ignore", "breaching", "notBreaching"] as const;
  /** The oldest first, as AWS's own table has them. */
  const verdicts = (data: string, datapointsToAlarm: number) => {
    const range = [...data.replaceAll(" ", "")].reverse().map((sign, age): Slot => {
      const startMs = 1000 - age;
      return sign === "-" ? { startMs } : { startMs, value: sign === "X" ? 1 : 0 };
    });
    const terms = { evaluationPeriods: 3, datapointsToAlarm, isBreaching: (value: number) => value > 0 };
    return treatments.map((treatMissing) => decide(range, { ...terms, treatMissing }).state ?? "same");
  };
  test.each<[string, number, string[]]>([
    ["0 - X - X", 3, ["OK", "OK", "OK", "OK"]],
    ["- - - - 0", 3, ["OK", "OK", "OK", "OK"]],
    ["- - - - -", 3, ["INSUFFICIENT_DATA", "same", "ALARM", "OK"]],
    ["0 X X - X", 3, ["ALARM", "ALARM", "ALARM", "ALARM"]],
    ["- - X - -", 3, ["ALARM", "same", "ALARM", "OK"]],
    // A breaching value that is too young: what comes next may be none.
    ["- - - - X", 3, ["same", "same", "ALARM", "OK"]],
    ["- - - X -", 3, ["same", "same", "ALARM", "OK"]],
    ["0 - X - X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]],
    ["0 0 X 0 X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]],
    ["0 - X - -", 2, ["OK", "OK", "ALARM", "OK"]],
    ["- - - - 0", 2, ["OK", "OK", "ALARM", "OK"]],
    ["- - - X -", 2, ["ALARM", "same", "ALARM", "OK"]],
  ])("%s, %i to alarm", (data, datapointsToAlarm, expected) => {
    expect(verdicts(data, datapointsToAlarm)).toEqual(expected);
  });

  // As AWS's alarms have told it.
  const moment = (...ages: number[]) => ages.map((age) => `(01/01/70 00:0${5 - age}:00)`);
  test.each<[string, number | undefined, "breaching" | "notBreaching", string]>([
    [
      "0 - - - X",
      undefined,
      "breaching",
      `1 datapoint [0.0 ${moment(4)}] was not greater than the threshold (0.5) and 1 missing datapoint was ` +
        "treated as [Breaching].",
    ],
    [
      "- - - X X",
      undefined,
      "breaching",
      `2 datapoints [1.0 ${moment(0)}, 1.0 ${moment(1)}] were greater than the threshold (0.5) and ` +
        "1 missing datapoint was treated as [Breaching].",
    ],
    [
      "X X X X X",
      undefined,
      "breaching",
      `3 datapoints [${moment(0, 1, 2)
        .map((at) => `1.0 ${at}`)
        .join(", ")}] were greater than the threshold (0.5).`,
    ],
    [
      "- - - - X",
      1,
      "notBreaching",
      `1 out of the last 3 datapoints [1.0 ${moment(0)}] was greater than the threshold (0.5) and ` +
        "2 missing datapoints were treated as [NonBreaching] " +
        "(minimum 1 datapoint for OK -> ALARM transition).",
    ],
    [
      "- - - - 0",
      2,
      "breaching",
      "1 datapoint was received for 3 periods and 2 missing datapoints were treated as [Breaching].",
    ],
    [
      "- - - - -",
      2,
      "notBreaching",
      "no datapoints were received for 3 periods and 3 missing datapoints were treated as [NonBreaching].",
    ],
  ])("%s, %s to alarm, %s: why", (data, asked, treatMissing, expected) => {
    const slots = [...data.replaceAll(" ", "")].reverse().map((sign, age): Slot => {
      const startMs = (5 - age) * 60_000;
      return sign === "-" ? { startMs } : { startMs, value: sign === "X" ? 1 : 0 };
    });
    const terms = {
      evaluationPeriods: 3,
      datapointsToAlarm: asked ?? 3,
      treatMissing,
      isBreaching: (value: number) => value > 0.5,
    };
    const verdict = decide(slots, terms);
    const reason = reasonOf(verdict.state ?? "OK", verdict, {
      ...terms,
      isCounting: asked !== undefined,
      comparison: "GreaterThanThreshold",
      threshold: 0.5,
      before: { value: "OK", reason: "", sinceMs: 0 },
    });
    expect(reason).toBe(`Threshold Crossed: ${expected}`);
  });

  test("changes nothing of an alarm on DynamoDB, whatever it says of it", async () => {
    const table = { Namespace: "AWS/DynamoDB", TreatMissingData: "breaching" };
    await on.alarm("Table", table);
    await on.alarm("TableMath", {
      TreatMissingData: "notBreaching",
      Metrics: [metric("a", "AWS/DynamoDB", "ThrottledRequests")],
    });
    await it.nuage.advance("3 minutes");
    const states = async () => [await on.state("Table"), await on.state("TableMath")];
    expect(await states()).toEqual(["INSUFFICIENT_DATA", "INSUFFICIENT_DATA"]);
    await on.set("Table", "OK");
    await it.nuage.advance("10 minutes");
    expect(await on.state("Table")).toBe("OK");
  });

  test("can count as breaching, and is said to", async () => {
    await on.alarm("Silent", { TreatMissingData: "breaching" });
    await it.nextMinute();
    expect(await on.describe("Silent")).toMatchObject({
      StateValue: "ALARM",
      StateReason:
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was " +
        "treated as [Breaching].",
    });
    // An alarm that has nothing to look at sleeps until there is: a month passes at once.
    await it.nuage.advance("30 days");
    await it.put("Shop", { MetricName: "Silent", Value: 0, Timestamp: it.minute() });
    await it.nextMinute();
    expect(await on.state("Silent")).toBe("OK");
  });
});

test("alarms look at metric math, at percentiles of enough samples, and every ten seconds", async () => {
  const returned = (Id: string, Expression: string) => ({ Id, Expression, ReturnData: true });
  await on.alarm("Rate", {
    Threshold: 50,
    Metrics: [
      metric("e", "Shop", "Failed", { ReturnData: false }),
      metric("t", "Shop", "Total", { ReturnData: false }),
      returned("rate", "100 * e / t"),
    ],
  });
  await on.alarm("Slow", { ExtendedStatistic: "p90", EvaluateLowSampleCountPercentile: "ignore" });
  await on.alarm("Fast", { Period: 10 });
  const Timestamp = it.minute();
  await it.put(
    "Shop",
    { MetricName: "Failed", Value: 6, Timestamp },
    { MetricName: "Total", Value: 10, Timestamp },
  );
  await it.put("Shop", { MetricName: "Slow", Value: 5, Timestamp });
  await it.put("Shop", { MetricName: "Fast", Value: 5, StorageResolution: 1 });
  await it.nuage.advance("11 seconds");
  expect(await on.state("Fast")).toBe("ALARM");
  await it.nextMinute();
  expect([await on.state("Rate"), await on.state("Slow")]).toEqual(["ALARM", "INSUFFICIENT_DATA"]);
  await it.put("Shop", { MetricName: "Slow", Values: [5], Counts: [200], Timestamp: it.minute() });
  await it.nuage.advance("3 minutes");
  expect(await on.state("Slow")).toBe("ALARM");
});

test("a state that is set lasts until the next look, and a changed alarm keeps its state", async () => {
  await on.alarm("Set", { TreatMissingData: "notBreaching" });
  await it.nextMinute();
  expect(await on.state("Set")).toBe("OK");
  await on.set("Set", "ALARM");
  await on.alarm("Set", { TreatMissingData: "notBreaching", Threshold: 7 });
  expect(await on.describe("Set")).toMatchObject({
    StateValue: "ALARM",
    StateReason: "by hand",
    Threshold: 7,
  });
  await it.nextMinute();
  expect(await on.state("Set")).toBe("OK");
  await expect(on.set("Nobody", "OK")).rejects.toMatchObject({ name: "ResourceNotFound" });
});

test.each<[string, AlarmInput, string]>([
  ["more datapoints than periods", { DatapointsToAlarm: 2 }, "must be smaller or equal"],
  ["a treatment that is none", { TreatMissingData: "maybe" }, "maybe for parameter TreatMissingData"],
  ["a period of 45 seconds", { Period: 45 }, "Period must be 10, 20, 30 or a multiple of 60"],
  ["periods of two days", { Period: 300, EvaluationPeriods: 577 }, "more than a day"],
  ["two statistics", { Statistic: "Sum", ExtendedStatistic: "p9" }, "mutually exclusive"],
  ["an action that is no ARN", { AlarmActions: ["me"] }, "Invalid arn syntax: me"],
  [
    "an action on what alarms cannot act on",
    { OKActions: ["arn:aws:sqs:us-east-1:000000000000:queue"] },
    "Invalid arn syntax: arn:aws:sqs:us-east-1:000000000000:queue",
  ],
  [
    "an action on a function's event source",
    { AlarmActions: ["arn:aws:lambda:us-east-1:000000000000:event-source-mapping:1"] },
    "Invalid arn syntax: arn:aws:lambda",
  ],
  [
    "an action in another Region",
    { InsufficientDataActions: ["arn:aws:sns:eu-west-1:000000000000:topic"] },
    "Invalid region eu-west-1 specified. Only us-east-1 is supported.",
  ],
  [
    "an action in another partition",
    { AlarmActions: ["arn:aws-cn:sns:us-east-1:000000000000:topic"] },
    "Invalid partition aws-cn specified. Only aws is supported.",
  ],
  [
    "a band that is not named",
    { ComparisonOperator: "LessThanLowerThreshold" },
    "ComparisonOperators for ranges require ThresholdMetricId to be set",
  ],
  ["a band", { ComparisonOperator: "LessThanLowerThreshold", ThresholdMetricId: "b" }, "does not train"],
  ["queries beside a metric", { Metrics: [metric("a", "N", "a")], MetricName: "x" }, "mutually exclusive"],
  [
    "two queries that return data",
    { Metrics: [metric("a", "N", "a"), metric("b", "N", "b")] },
    "Exactly one element of the metrics list should return data.",
  ],
])("an alarm with %s is refused", async (_, more, message) => {
  await expect(on.alarm("Refused", more)).rejects.toThrow(message);
});
