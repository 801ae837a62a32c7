import {
  DeleteDashboardsCommand,
  GetDashboardCommand,
  GetMetricWidgetImageCommand,
  ListDashboardsCommand,
  ListTagsForResourceCommand,
  PutDashboardCommand,
  PutMetricAlarmCommand,
  PutMetricStreamCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch";
import { expect, test } from "vitest";
import { useCloudWatch } from "../cloudwatch.fixture.ts";

const it = useCloudWatch();

const put = (DashboardName: string, body: object | string) => {
  const DashboardBody = typeof body === "string" ? body : JSON.stringify(body);
  return it.client.send(new PutDashboardCommand({ DashboardName, DashboardBody }));
};
const text = { type: "text", x: 0, y: 0, width: 6, height: 6, properties: { markdown: "hi" } };

test("dashboards are put, read, listed and deleted", async () => {
  const widgets = [text, { type: "metric", properties: { metrics: [["NS", "Name"]] } }];
  const { DashboardValidationMessages } = await put("shop", { widgets });
  expect(DashboardValidationMessages).toEqual([
    { DataPath: "/widgets/1/properties", Message: expect.stringContaining('"region"') },
  ]);
  await put("other", { widgets: [] });
  const shop = await it.client.send(new GetDashboardCommand({ DashboardName: "shop" }));
  expect(JSON.parse(shop.DashboardBody ?? "")).toEqual({ widgets });
  expect(shop.DashboardArn).toBe(`arn:aws:cloudwatch::${it.nuage.account}:dashboard/shop`);
  const list = async (DashboardNamePrefix?: string) => {
    const { DashboardEntries = [] } = await it.client.send(
      new ListDashboardsCommand({ DashboardNamePrefix }),
    );
    return DashboardEntries.map(({ DashboardName, Size }) => [DashboardName, Size]);
  };
  expect(await list()).toEqual([
    ["other", 14],
    ["shop", shop.DashboardBody?.length],
  ]);
  const remove = (...DashboardNames: string[]) =>
    it.client.send(new DeleteDashboardsCommand({ DashboardNames }));
  await expect(remove("shop", "nobody")).rejects.toThrow("Dashboard nobody does not exist");
  await remove("shop");
  expect(await list("o")).toHaveLength(1);
  expect(await list("s")).toEqual([]);
});

test.each<[string, object | string, string]>([
  ["that is no JSON", "{", ""],
  ["without widgets", {}, ""],
  ["with a widget of no kind", { widgets: [{ ...text, type: "pie" }] }, "/widgets/0/type"],
  ["with a widget that is too wide", { widgets: [{ ...text, width: 25 }] }, "/widgets/0/width"],
  ["with a text without words", { widgets: [{ ...text, properties: {} }] }, "/widgets/0/properties"],
])("a body %s is refused", async (_, body, path) => {
  const refused = put("refused", body);
  await expect(refused).rejects.toMatchObject({
    name: "DashboardInvalidInputError",
    dashboardValidationMessages: [{ DataPath: path }],
  });
});

test("alarms and dashboards have tags", async () => {
  await put("tagged", { widgets: [] });
  await it.client.send(
    new PutMetricAlarmCommand({
      AlarmName: "tagged",
      Namespace: "N",
      MetricName: "M",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "LessThanThreshold",
      Tags: [{ Key: "a", Value: "1" }],
    }),
  );
  const { account } = it.nuage;
  for (const ResourceARN of [
    `arn:aws:cloudwatch:us-east-1:${account}:alarm:tagged`,
    `arn:aws:cloudwatch::${account}:dashboard/tagged`,
  ]) {
    await it.client.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: "b", Value: "2" }] }));
    await it.client.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["a"] }));
    const { Tags } = await it.client.send(new ListTagsForResourceCommand({ ResourceARN }));
    expect(Tags).toEqual([{ Key: "b", Value: "2" }]);
  }
  const missing = new ListTagsForResourceCommand({
    ResourceARN: `arn:aws:cloudwatch:us-east-1:${account}:alarm:x`,
  });
  await expect(it.client.send(missing)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("what is not here says so by name", async () => {
  const image = new GetMetricWidgetImageCommand({ MetricWidget: "{}" });
  await expect(it.client.send(image)).rejects.toThrow("GetMetricWidgetImage");
  const stream = new PutMetricStreamCommand({
    Name: "s",
    FirehoseArn: "f",
    RoleArn: "r",
    OutputFormat: "json",
  });
  await expect(it.client.send(stream)).rejects.toThrow("PutMetricStream");
});
