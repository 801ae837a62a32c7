import { CloudFormationClient, CreateStackCommand, DeleteStackCommand } from "@aws-sdk/client-cloudformation";
import {
  DescribeAlarmsCommand,
  ListDashboardsCommand,
  ListTagsForResourceCommand,
} from "@aws-sdk/client-cloudwatch";
import { expect, test } from "vitest";
import { useCloudWatch } from "./cloudwatch.fixture.ts";

const it = useCloudWatch();

test("stacks have alarms and dashboards", async () => {
  const cloudformation = it.nuage.client(CloudFormationClient);
  const template = {
    Resources: {
      Errors: {
        Type: "AWS::CloudWatch::Alarm",
        Properties: {
          Namespace: "AWS/Lambda",
          MetricName: "Errors",
          Dimensions: [{ Name: "FunctionName", Value: "f" }],
          Statistic: "Sum",
          Period: "60",
          EvaluationPeriods: "1",
          Threshold: "1",
          ComparisonOperator: "GreaterThanThreshold",
          Tags: [{ Key: "a", Value: "1" }],
        },
      },
      All: {
        Type: "AWS::CloudWatch::CompositeAlarm",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: as templates write it
        Properties: { AlarmName: "all", AlarmRule: { "Fn::Sub": 'ALARM("${Errors}")' } },
      },
      Board: {
        Type: "AWS::CloudWatch::Dashboard",
        Properties: { DashboardName: "board", DashboardBody: '{"widgets":[]}' },
      },
    },
  };
  const StackName = "watched";
  await cloudformation.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template) }));
  await it.nuage.idle();
  const alarms = async () => {
    const { MetricAlarms = [], CompositeAlarms = [] } = await it.client.send(
      new DescribeAlarmsCommand({ AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }),
    );
    return [...MetricAlarms, ...CompositeAlarms];
  };
  const [errors, all] = await alarms();
  expect(errors).toMatchObject({
    Period: 60,
    Threshold: 1,
    AlarmName: expect.stringMatching(/^watched-Errors-/),
  });
  expect(all).toMatchObject({ AlarmName: "all", AlarmRule: `ALARM("${errors?.AlarmName}")` });
  const { Tags } = await it.client.send(new ListTagsForResourceCommand({ ResourceARN: errors?.AlarmArn }));
  expect(Tags).toContainEqual({ Key: "a", Value: "1" });
  const boards = () => it.client.send(new ListDashboardsCommand({}));
  expect((await boards()).DashboardEntries).toHaveLength(1);
  await cloudformation.send(new DeleteStackCommand({ StackName }));
  await it.nuage.idle();
  expect(await alarms()).toEqual([]);
  expect((await boards()).DashboardEntries).toEqual([]);
});
