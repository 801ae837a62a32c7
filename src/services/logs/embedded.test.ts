import { CloudWatchClient, GetMetricStatisticsCommand, ListMetricsCommand } from "@aws-sdk/client-cloudwatch";
import { PutLogEventsCommand, PutMetricFilterCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { expect, test } from "vitest";
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
  expect(Metrics?.map(({ MetricName }) => MetricName)).toEqual(["IncomingBytes", "IncomingLogEvents"]);
});
