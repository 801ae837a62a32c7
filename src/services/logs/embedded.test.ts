import { CloudWatchClient, GetMetricStatisticsCommand, ListMetricsCommand } from "@aws-sdk/client-cloudwatch";
import { PutLogEventsCommand, PutMetricFilterCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { useLogs } from "./logs.fixture.ts";

const it = useLogs();

const embedded = (Timestamp: number, more: object = {}) => ({
  _aws: {
    Timestamp,
    CloudWatchMetrics: [
      {
        Namespace: "Embedded",
        Dimensions: [["Page"], ["Page", "Kind"]],
        Metrics: [{ Name: "Ms", Unit: "Milliseconds" }, { Name: "Many" }, { Name: "Absent" }],
      },
    ],
  },
  Page: "a=b,c",
  Kind: "fast",
  Ms: 12,
  Many: [1, 2, 3],
  ...more,
});

async function sum(Namespace: string, MetricName: string, dimensions: Record<string, string>) {
  const cloudwatch = it.nuage.client(CloudWatchClient);
  const nowMs = it.nuage.clock.now();
  const { Datapoints = [] } = await cloudwatch.send(
    new GetMetricStatisticsCommand({
      Namespace,
      MetricName,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      StartTime: new Date(nowMs - 3_600_000),
      EndTime: new Date(nowMs + 3_600_000),
      Period: 86_400,
      Statistics: ["Sum"],
    }),
  );
  return Datapoints.map(({ Sum, Unit }) => [Sum, Unit]);
}

async function put(logGroupName: string, ...messages: string[]) {
  const timestamp = Math.floor(it.nuage.clock.now());
  const logEvents = messages.map((message) => ({ timestamp, message }));
  await it.logs.send(new PutLogEventsCommand({ logGroupName, logStreamName: "s", logEvents }));
}

test("metrics that are written into events are counted under each set of dimensions", async () => {
  await it.create("embedded");
  const now = Math.floor(it.nuage.clock.now());
  const broken = [
    embedded(now - 15 * 86_400_000),
    embedded(now, { Kind: undefined }),
    embedded(now, { Page: 7 }),
    embedded(now, { Ms: "slow", Many: undefined }),
  ];
  await put(
    "embedded",
    JSON.stringify(embedded(now)),
    '{"_aws":',
    ...broken.map((one) => JSON.stringify(one)),
  );
  expect(await sum("Embedded", "Ms", { Page: "a=b,c" })).toEqual([[12, "Milliseconds"]]);
  expect(await sum("Embedded", "Ms", { Page: "a=b,c", Kind: "fast" })).toEqual([[12, "Milliseconds"]]);
  expect(await sum("Embedded", "Many", { Page: "a=b,c" })).toEqual([[6, "None"]]);
  expect(await sum("Embedded", "Absent", { Page: "a=b,c" })).toEqual([]);
});

test("so are those that a function writes, and what metric filters find", async () => {
  const lambda = it.nuage.client(LambdaClient);
  const code = `export const handler = async (event) => { console.log(JSON.stringify(event)); };`;
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "embedding",
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: "arn:aws:iam::000000000000:role/any",
      Code: { ZipFile: zipSync({ "index.mjs": strToU8(code) }) },
    }),
  );
  const event = embedded(Math.floor(it.nuage.clock.now()), { Page: "function" });
  await lambda.send(new InvokeCommand({ FunctionName: "embedding", Payload: JSON.stringify(event) }));
  await it.nuage.idle();
  expect(await sum("Embedded", "Ms", { Page: "function" })).toEqual([[12, "Milliseconds"]]);

  await it.logs.send(
    new PutMetricFilterCommand({
      logGroupName: "embedded",
      filterName: "paths",
      filterPattern: "{ $.status = 5* }",
      metricTransformations: [
        {
          metricName: "Failed",
          metricNamespace: "Web",
          metricValue: "1",
          dimensions: { Path: "$.path" },
          unit: "Count",
        },
      ],
    }),
  );
  await put("embedded", '{"status":"500","path":"/a,b"}', '{"status":"200","path":"/a,b"}');
  expect(await sum("Web", "Failed", { Path: "/a,b" })).toEqual([[1, "Count"]]);
  const cloudwatch = it.nuage.client(CloudWatchClient);
  const { Metrics } = await cloudwatch.send(new ListMetricsCommand({ Namespace: "AWS/Logs" }));
  expect([...new Set(Metrics?.map(({ MetricName }) => MetricName))]).toEqual([
    "EMFValidationErrors",
    "IncomingBytes",
    "IncomingLogEvents",
  ]);
});

describe("a document that breaks the format", () => {
  const directive = { Namespace: "Broken", Dimensions: [[]], Metrics: [{ Name: "Ms" }] };
  const document = (more: object, Ms: unknown = 12) => ({
    _aws: { Timestamp: Math.floor(it.nuage.clock.now()), CloudWatchMetrics: [{ ...directive, ...more }] },
    Ms,
    Text: "x",
    ...Object.fromEntries(Array.from({ length: 31 }, (_, at) => [`D${at}`, "x"])),
  });
  const names = (count: number) => Array.from({ length: count }, (_, at) => `D${at}`);

  test.each<[string, object, unknown?]>([
    ["no namespace", { Namespace: undefined }],
    ["a namespace of AWS's", { Namespace: "AWS/Lambda" }],
    ["too long a namespace", { Namespace: "n".repeat(256) }],
    ["no dimensions", { Dimensions: undefined }],
    ["no set of dimensions", { Dimensions: [] }],
    ["31 dimensions", { Dimensions: [names(31)] }],
    ["a dimension that is a number", { Dimensions: [["Ms"]] }],
    ["101 metrics", { Metrics: Array.from({ length: 101 }, () => ({ Name: "Ms" })) }],
    ["a unit that is none", { Metrics: [{ Name: "Ms", Unit: "Parsecs" }] }],
    ["a resolution that is none", { Metrics: [{ Name: "Ms", StorageResolution: 10 }] }],
    ["101 values", {}, Array.from({ length: 101 }, () => 1)],
    ["a nested value", {}, { Ms: 1 }],
    ["a text for a value", {}, "1"],
  ])("%s: is left out, and counted", async (title, more, value) => {
    const group = `broken ${title}`.replaceAll(/[^\w]/g, "-");
    await it.create(group);
    await put(group, JSON.stringify(document(more, value)));
    expect(await sum("Broken", "Ms", {})).toEqual([]);
    expect(await sum("AWS/Logs", "EMFValidationErrors", { LogGroupName: group })).toEqual([[1, "Count"]]);
  });

  test("a document is all of an event, and is read as JSON", async () => {
    await it.create("unread");
    await put("unread", `2026\tid\tINFO\t${JSON.stringify(document({}))}`, '{"_aws":{"CloudWatchMetrics":');
    expect(await sum("Broken", "Ms", {})).toEqual([]);
    expect(await sum("AWS/Logs", "EMFParsingErrors", { LogGroupName: "unread" })).toEqual([[2, "Count"]]);
  });

  test("none of it: 30 dimensions, 100 values, units and directives of their own", async () => {
    await it.create("whole");
    const whole = document({ Namespace: "Whole", Dimensions: [names(30), ["D0"], []] }, Array(100).fill(2));
    const second = {
      Namespace: "Whole",
      Dimensions: [[]],
      Metrics: [{ Name: "More", Unit: "Bytes/Second" }],
    };
    whole._aws.CloudWatchMetrics.push(second);
    await put("whole", JSON.stringify({ ...whole, More: 7, _own: { any: ["thing"] } }));
    const dimensions = Object.fromEntries(names(30).map((name) => [name, "x"]));
    expect(await sum("Whole", "Ms", dimensions)).toEqual([[200, "None"]]);
    expect(await sum("Whole", "Ms", { D0: "x" })).toEqual([[200, "None"]]);
    expect(await sum("Whole", "Ms", {})).toEqual([[200, "None"]]);
    expect(await sum("Whole", "More", {})).toEqual([[7, "Bytes/Second"]]);
    expect(await sum("AWS/Logs", "EMFValidationErrors", { LogGroupName: "whole" })).toEqual([]);
  });
});

test("metrics of a resolution of one second are kept by the second", async () => {
  await it.create("fast");
  const second = Math.floor(it.nuage.clock.now() / 1000) * 1000;
  const document = (Timestamp: number, Fast: number) =>
    JSON.stringify({
      _aws: {
        Timestamp,
        CloudWatchMetrics: [
          { Namespace: "Fast", Dimensions: [[]], Metrics: [{ Name: "Fast", StorageResolution: 1 }] },
        ],
      },
      Fast,
    });
  await put("fast", document(second - 2_000, 1), document(second - 1_500, 2), document(second - 1_000, 4));
  const { Datapoints = [] } = await it.nuage.client(CloudWatchClient).send(
    new GetMetricStatisticsCommand({
      Namespace: "Fast",
      MetricName: "Fast",
      StartTime: new Date(second - 5_000),
      EndTime: new Date(second),
      Period: 1,
      Statistics: ["Sum"],
    }),
  );
  const found = Datapoints.map(({ Timestamp, Sum }) => [(Timestamp?.getTime() ?? 0) - second, Sum]);
  expect(found.sort()).toEqual([
    [-1_000, 4],
    [-2_000, 3],
  ]);
});
