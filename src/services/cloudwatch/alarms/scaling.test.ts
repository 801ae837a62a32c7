import {
  ApplicationAutoScalingClient,
  DescribeScalingActivitiesCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { DescribeAlarmHistoryCommand } from "@aws-sdk/client-cloudwatch";
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { useAlarms } from "./alarms.fixture.ts";

const on = useAlarms();
const { it } = on;

const TARGET = {
  ServiceNamespace: "dynamodb",
  ResourceId: "table/orders",
  ScalableDimension: "dynamodb:table:WriteCapacityUnits",
} as const;

test("an alarm has a scaling policy carried out, every minute that it stays", async () => {
  const db = it.nuage.client(DynamoDBClient);
  const scaling = it.nuage.client(ApplicationAutoScalingClient);
  await db.send(
    new CreateTableCommand({
      TableName: "orders",
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
    }),
  );
  await scaling.send(new RegisterScalableTargetCommand({ ...TARGET, MinCapacity: 5, MaxCapacity: 50 }));
  const { PolicyARN = "" } = await scaling.send(
    new PutScalingPolicyCommand({
      ...TARGET,
      PolicyName: "half",
      PolicyType: "TargetTrackingScaling",
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 50,
        PredefinedMetricSpecification: { PredefinedMetricType: "DynamoDBWriteCapacityUtilization" },
      },
    }),
  );
  const capacity = async () => {
    const { Table } = await db.send(new DescribeTableCommand({ TableName: "orders" }));
    return Table?.ProvisionedThroughput?.WriteCapacityUnits;
  };
  const write = async (units: number) => {
    const text = { S: "x".repeat(units * 1024 - 200) };
    await db.send(new PutItemCommand({ TableName: "orders", Item: { id: { S: "a" }, text } }));
    await it.nextMinute();
    await it.nuage.idle();
  };
  await it.nextMinute();
  await on.alarm("Busy", {
    Namespace: "AWS/DynamoDB",
    MetricName: "ConsumedWriteCapacityUnits",
    Dimensions: [{ Name: "TableName", Value: "orders" }],
    Threshold: 200,
    AlarmActions: [PolicyARN],
  });
  // The policy by itself would wait for a second minute.
  await write(300);
  expect([await on.state("Busy"), await capacity()]).toEqual(["ALARM", 10]);
  await write(390);
  expect(await capacity()).toBe(13);
  const { ScalingActivities = [] } = await scaling.send(
    new DescribeScalingActivitiesCommand({ ServiceNamespace: "dynamodb" }),
  );
  expect(ScalingActivities.map(({ Cause }) => Cause)).toContain(
    "monitor alarm Busy in state ALARM triggered policy half",
  );
  const { AlarmHistoryItems = [] } = await it.client.send(
    new DescribeAlarmHistoryCommand({ AlarmName: "Busy", HistoryItemType: "Action" }),
  );
  expect(AlarmHistoryItems.map(({ HistorySummary }) => HistorySummary)).toEqual([
    `Successfully executed action ${PolicyARN}`,
    `Successfully executed action ${PolicyARN}`,
  ]);
});

test("a policy that is not there, or not of this platform, is said to have failed", async () => {
  const gone = `arn:aws:autoscaling:us-east-1:${it.nuage.account}:scalingPolicy:1:resource/dynamodb/table/x:policyName/y`;
  const group = `arn:aws:autoscaling:us-east-1:${it.nuage.account}:scalingPolicy:1:autoScalingGroupName/x:policyName/y`;
  await on.alarm("Failing", { AlarmActions: [gone, group], TreatMissingData: "ignore" });
  await on.set("Failing", "ALARM");
  await it.nuage.idle();
  const { AlarmHistoryItems = [] } = await it.client.send(
    new DescribeAlarmHistoryCommand({ AlarmName: "Failing", HistoryItemType: "Action" }),
  );
  const told = AlarmHistoryItems.map(({ HistorySummary = "" }) => HistorySummary).join();
  expect(told).toContain("No scaling policy found for ARN");
  expect(told).toContain("Groups of Amazon EC2 Auto Scaling are not part of this platform.");
});
