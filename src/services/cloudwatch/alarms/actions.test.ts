import {
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  DescribeAlarmsForMetricCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
} from "@aws-sdk/client-cloudwatch";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { AddPermissionCommand, CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { strToU8, zipSync } from "fflate";
import { expect, test } from "vitest";
import { useAlarms } from "./alarms.fixture.ts";

const on = useAlarms();
const { it } = on;

async function topic(Name: string) {
  const sns = it.nuage.client(SNSClient);
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name }));
  const queue = await on.queue(Name);
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: queue.arn }));
  return { arn: TopicArn, received: queue.received };
}

async function history(AlarmName: string) {
  const { AlarmHistoryItems = [] } = await it.client.send(
    new DescribeAlarmHistoryCommand({ AlarmName, HistoryItemType: "Action" }),
  );
  return AlarmHistoryItems;
}

test("a topic hears of a state with everything there is to say of the alarm", async () => {
  const told = await topic("alarms");
  await on.alarm("Orders", {
    AlarmDescription: "Too many",
    AlarmActions: [told.arn],
    Dimensions: [{ Name: "Shop", Value: "one" }],
    TreatMissingData: "ignore",
  });
  await on.set("Orders", "OK");
  await on.set("Orders", "ALARM");
  const [body = "{}"] = await told.received();
  const { Subject, Message } = JSON.parse(body);
  expect(Subject).toBe('ALARM: "Orders" in US East (N. Virginia)');
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
  expect(JSON.parse(Message)).toEqual({
    AlarmName: "Orders",
    AlarmDescription: "Too many",
    AWSAccountId: it.nuage.account,
    AlarmConfigurationUpdatedTimestamp: time,
    NewStateValue: "ALARM",
    NewStateReason: "by hand",
    StateChangeTime: time,
    Region: "US East (N. Virginia)",
    AlarmArn: `arn:aws:cloudwatch:us-east-1:${it.nuage.account}:alarm:Orders`,
    OldStateValue: "OK",
    OKActions: [],
    AlarmActions: [told.arn],
    InsufficientDataActions: [],
    Trigger: {
      MetricName: "Orders",
      Namespace: "Shop",
      StatisticType: "Statistic",
      Statistic: "SUM",
      Unit: null,
      Dimensions: [{ value: "one", name: "Shop" }],
      Period: 60,
      EvaluationPeriods: 1,
      ComparisonOperator: "GreaterThanThreshold",
      Threshold: 1,
      TreatMissingData: "ignore",
      EvaluateLowSampleCountPercentile: "",
    },
  });
  expect((await history("Orders"))[0]?.HistorySummary).toBe(`Successfully executed action ${told.arn}`);
});

test("no action is taken while actions are disabled, or where the state is the same", async () => {
  const told = await topic("quiet");
  await on.alarm("Quiet", { AlarmActions: [told.arn], OKActions: [told.arn], TreatMissingData: "ignore" });
  await it.client.send(new DisableAlarmActionsCommand({ AlarmNames: ["Quiet", "nobody"] }));
  await on.set("Quiet", "ALARM");
  expect(await told.received()).toEqual([]);
  await it.client.send(new EnableAlarmActionsCommand({ AlarmNames: ["Quiet"] }));
  await on.set("Quiet", "ALARM");
  expect(await told.received()).toEqual([]);
  await on.set("Quiet", "OK");
  expect(await told.received()).toHaveLength(1);
});

test("a function is invoked once it lets alarms in", async () => {
  const lambda = it.nuage.client(LambdaClient);
  const queue = await on.queue("fn-results");
  const code = `import { SQSClient, SendMessageCommand } from "@aws-sdk/client-sqs";
export const handler = async (event) => {
  const QueueUrl = process.env.QUEUE;
  await new SQSClient({}).send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(event) }));
};`;
  const { FunctionArn = "" } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "on-alarm",
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: "arn:aws:iam::000000000000:role/any",
      Timeout: 20,
      Environment: { Variables: { QUEUE: `${it.nuage.endpoint}/${it.nuage.account}/fn-results` } },
      Code: { ZipFile: zipSync({ "index.mjs": strToU8(code) }) },
    }),
  );
  await on.alarm("Invoking", { AlarmActions: [FunctionArn], TreatMissingData: "ignore" });
  await on.set("Invoking", "ALARM");
  expect(await queue.received()).toEqual([]);
  expect((await history("Invoking"))[0]?.HistorySummary).toContain(`Failed to execute action ${FunctionArn}`);
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: "on-alarm",
      StatementId: "alarms",
      Action: "lambda:InvokeFunction",
      Principal: "lambda.alarms.cloudwatch.amazonaws.com",
    }),
  );
  await on.set("Invoking", "OK");
  await on.set("Invoking", "ALARM");
  const [body = "{}"] = await queue.received();
  expect(JSON.parse(body)).toMatchObject({
    source: "aws.cloudwatch",
    alarmArn: `arn:aws:cloudwatch:us-east-1:${it.nuage.account}:alarm:Invoking`,
    accountId: it.nuage.account,
    region: "us-east-1",
    alarmData: {
      alarmName: "Invoking",
      state: { value: "ALARM", reason: "by hand" },
      previousState: { value: "OK" },
      configuration: {
        metrics: [
          {
            metricStat: {
              metric: { namespace: "Shop", name: "Invoking", dimensions: {} },
              period: 60,
              stat: "Sum",
            },
            returnData: true,
          },
        ],
      },
    },
  });
});

test("the event bus gets every change of state", async () => {
  const events = it.nuage.client(EventBridgeClient);
  const queue = await on.queue("bus");
  const EventPattern = '{"source":["aws.cloudwatch"],"detail-type":["CloudWatch Alarm State Change"]}';
  await events.send(new PutRuleCommand({ Name: "alarms", EventPattern }));
  await events.send(new PutTargetsCommand({ Rule: "alarms", Targets: [{ Id: "q", Arn: queue.arn }] }));
  await on.alarm("Bus", { TreatMissingData: "ignore" });
  await on.set("Bus", "ALARM");
  const found = (await queue.received()).map((body) => JSON.parse(body));
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({
    "detail-type": "CloudWatch Alarm State Change",
    resources: [`arn:aws:cloudwatch:us-east-1:${it.nuage.account}:alarm:Bus`],
    detail: { alarmName: "Bus", state: { value: "ALARM" }, previousState: { value: "INSUFFICIENT_DATA" } },
  });
});

test("the event bus hears when an alarm is made, changed and deleted", async () => {
  const events = it.nuage.client(EventBridgeClient);
  const queue = await on.queue("configured");
  const EventPattern = JSON.stringify({
    "detail-type": ["CloudWatch Alarm Configuration Change"],
    resources: [{ suffix: ":alarm:Made" }],
  });
  await events.send(new PutRuleCommand({ Name: "configured", EventPattern }));
  await events.send(new PutTargetsCommand({ Rule: "configured", Targets: [{ Id: "q", Arn: queue.arn }] }));
  await on.alarm("Made", { AlarmDescription: "first", TreatMissingData: "ignore" });
  await on.alarm("Made", { AlarmDescription: "second", EvaluationPeriods: 2 });
  await it.client.send(new DeleteAlarmsCommand({ AlarmNames: ["Made"] }));
  const found = (await queue.received()).map((body) => JSON.parse(body));
  const timestamp = expect.stringMatching(/\+0000$/);
  const first = {
    alarmName: "Made",
    description: "first",
    evaluationPeriods: 1,
    threshold: 1,
    comparisonOperator: "GreaterThanThreshold",
    treatMissingData: "ignore",
    metrics: [
      {
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/),
        metricStat: {
          metric: { namespace: "Shop", name: "Made", dimensions: {} },
          period: 60,
          stat: "Sum",
        },
        returnData: true,
      },
    ],
    actionsEnabled: true,
    timestamp,
    okActions: [],
    alarmActions: [],
    insufficientDataActions: [],
  };
  expect(found).toMatchObject([
    { source: "aws.cloudwatch", resources: [`arn:aws:cloudwatch:us-east-1:${it.nuage.account}:alarm:Made`] },
    {},
    {},
  ]);
  expect(found.map(({ detail }) => detail.operation)).toEqual(["create", "update", "delete"]);
  expect(found[0].detail).toEqual({
    alarmName: "Made",
    operation: "create",
    state: { value: "INSUFFICIENT_DATA", timestamp },
    configuration: first,
  });
  expect(found[1].detail.previousConfiguration).toEqual(first);
  expect(found[1].detail.configuration).toMatchObject({ description: "second", evaluationPeriods: 2 });
});

test("an action that nobody here can take is said to have failed", async () => {
  const arn = "arn:aws:automate:us-east-1:ec2:stop";
  await on.alarm("Machine", { AlarmActions: [arn], TreatMissingData: "ignore" });
  await on.set("Machine", "ALARM");
  await it.nuage.idle();
  expect((await history("Machine"))[0]?.HistorySummary).toContain("not part of this platform");
});

test("alarms are found by names, states, actions and metrics, page by page", async () => {
  const { nuage, client } = it;
  await nuage.reset();
  const action = "arn:aws:automate:us-east-1:ec2:stop";
  await on.alarm("x1", { AlarmActions: [action], MetricName: "M" });
  await on.alarm("x2", { Dimensions: [{ Name: "A", Value: "1" }], MetricName: "M" });
  await on.alarm("y");
  await on.composite("z", "ALARM(y)");
  await on.set("y", "ALARM");
  const names = async (more: object) => {
    const { MetricAlarms = [], CompositeAlarms = [] } = await client.send(new DescribeAlarmsCommand(more));
    return [...MetricAlarms, ...CompositeAlarms].map(({ AlarmName }) => AlarmName);
  };
  expect(await names({})).toEqual(["x1", "x2", "y"]);
  expect(await names({ AlarmTypes: ["CompositeAlarm"] })).toEqual(["z"]);
  expect(await names({ AlarmNamePrefix: "x" })).toEqual(["x1", "x2"]);
  expect(await names({ StateValue: "ALARM" })).toEqual(["y"]);
  expect(await names({ ActionPrefix: "arn:aws:automate" })).toEqual(["x1"]);
  const page = await client.send(new DescribeAlarmsCommand({ MaxRecords: 2 }));
  expect(await names({ MaxRecords: 2, NextToken: page.NextToken })).toEqual(["y"]);
  const ofMetric = async (more: object) => {
    const asked = { Namespace: "Shop", MetricName: "M", ...more };
    const { MetricAlarms = [] } = await client.send(new DescribeAlarmsForMetricCommand(asked));
    return MetricAlarms.map(({ AlarmName }) => AlarmName);
  };
  expect(await ofMetric({})).toEqual(["x1"]);
  expect(await ofMetric({ Dimensions: [{ Name: "A", Value: "1" }] })).toEqual(["x2"]);
  expect(await ofMetric({ Period: 300 })).toEqual([]);
  await client.send(new DeleteAlarmsCommand({ AlarmNames: ["x1", "nobody"] }));
  expect(await names({ AlarmNamePrefix: "x" })).toEqual(["x2"]);
});
