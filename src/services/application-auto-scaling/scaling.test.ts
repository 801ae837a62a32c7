import {
  ApplicationAutoScalingClient,
  DeleteScalingPolicyCommand,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingActivitiesCommand,
  DescribeScalingPoliciesCommand,
  DescribeScheduledActionsCommand,
  PutScalingPolicyCommand,
  PutScheduledActionCommand,
  RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
} from "@aws-sdk/client-cloudwatch";
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

const MINUTE_MS = 60_000;
const TARGET = {
  ServiceNamespace: "dynamodb",
  ResourceId: "table/orders",
  ScalableDimension: "dynamodb:table:WriteCapacityUnits",
} as const;

let nuage: Nuage;
let scaling: ApplicationAutoScalingClient;
let db: DynamoDBClient;
beforeAll(async () => {
  nuage = await startNuage();
  scaling = nuage.client(ApplicationAutoScalingClient);
  scaling.config.maxAttempts = async () => 1;
  db = nuage.client(DynamoDBClient);
});
afterAll(() => nuage.stop());
beforeEach(async () => {
  await nuage.reset();
  await db.send(
    new CreateTableCommand({
      TableName: "orders",
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
    }),
  );
});

const register = (MinCapacity: number, MaxCapacity: number) =>
  scaling.send(new RegisterScalableTargetCommand({ ...TARGET, MinCapacity, MaxCapacity }));

const follow = (TargetValue: number) =>
  scaling.send(
    new PutScalingPolicyCommand({
      ...TARGET,
      PolicyName: "half",
      PolicyType: "TargetTrackingScaling",
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue,
        PredefinedMetricSpecification: { PredefinedMetricType: "DynamoDBWriteCapacityUtilization" },
      },
    }),
  );

async function capacity(): Promise<number | undefined> {
  const { Table } = await db.send(new DescribeTableCommand({ TableName: "orders" }));
  return Table?.ProvisionedThroughput?.WriteCapacityUnits;
}

/** Consumes write units in this minute, and lets it end. */
async function minute(units: number): Promise<void> {
  const text = "x".repeat(units * 1024 - 200);
  await db.send(new PutItemCommand({ TableName: "orders", Item: { id: { S: "a" }, text: { S: text } } }));
  await nuage.advance(MINUTE_MS);
}

test("a table under load gets more units after two minutes, and fewer after 15 quiet ones", async () => {
  await register(2, 50);
  await follow(50);
  // Begin with a minute, so that what is consumed lies within one.
  await nuage.advance(MINUTE_MS - (nuage.clock.now() % MINUTE_MS) + 1_000);
  await minute(300);
  expect(await capacity()).toBe(5);
  await minute(300);
  expect(await capacity()).toBe(10);
  for (let at = 0; at < 14; at++) await minute(60);
  expect(await capacity()).toBe(10);
  await minute(60);
  await minute(60);
  expect(await capacity()).toBeLessThan(10);
  expect(await capacity()).toBeGreaterThanOrEqual(2);
  const { ScalingActivities = [] } = await scaling.send(
    new DescribeScalingActivitiesCommand({ ServiceNamespace: "dynamodb" }),
  );
  expect(ScalingActivities.map(({ StatusCode }) => StatusCode)).toEqual(["Successful", "Successful"]);
  const causes = ["AlarmLow", "AlarmHigh"].map((side) =>
    expect.stringMatching(
      `^monitor alarm TargetTracking-table/orders-${side}-[0-9a-f-]+ in state ALARM triggered policy half$`,
    ),
  );
  expect(ScalingActivities.map(({ Cause }) => Cause)).toEqual(causes);
  expect(ScalingActivities.at(-1)).toMatchObject({
    Description: "Setting write capacity units to 10.",
    ResourceId: "table/orders",
  });
});

test("a policy has alarms, which follow the table's units and go with it", async () => {
  await register(1, 50);
  const named = { ...TARGET, PolicyName: "half" };
  const cloudwatch = nuage.client(CloudWatchClient);
  const alarms = async () => {
    const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({}));
    return MetricAlarms.map((alarm) => [
      alarm.AlarmName?.replace(/-[0-9a-f-]{36}$/, ""),
      `${alarm.MetricName} ${alarm.Statistic} ${alarm.Period} s`,
      `${alarm.ComparisonOperator} ${alarm.Threshold} ${alarm.EvaluationPeriods} times`,
      alarm.AlarmActions,
    ]);
  };
  const { PolicyARN, Alarms = [] } = await follow(50);
  const expected = (high: number, low: number) => {
    const metric = "ConsumedWriteCapacityUnits Sum 60 s";
    return [
      ["TargetTracking-table/orders-AlarmHigh", metric, `GreaterThanThreshold ${high} 2 times`, [PolicyARN]],
      ["TargetTracking-table/orders-AlarmLow", metric, `LessThanThreshold ${low} 15 times`, [PolicyARN]],
    ];
  };
  expect(await alarms()).toEqual(expected(150, 90));
  expect(Alarms.map(({ AlarmARN }) => AlarmARN)).toEqual(
    Alarms.map(({ AlarmName }) => `arn:aws:cloudwatch:us-east-1:000000000000:alarm:${AlarmName}`),
  );
  const { ScalingPolicies = [] } = await scaling.send(
    new DescribeScalingPoliciesCommand({ ServiceNamespace: "dynamodb" }),
  );
  expect(ScalingPolicies[0]?.Alarms).toEqual(Alarms);

  // Another target, or other units by whomever, and they are the same alarms with other thresholds.
  expect((await follow(70)).Alarms).toEqual(Alarms);
  expect(await alarms()).toEqual(expected(210, 150));
  await register(10, 50);
  await nuage.advance(MINUTE_MS);
  expect(await alarms()).toEqual(expected(420, 300));

  await scaling.send(new DeleteScalingPolicyCommand(named));
  expect(await alarms()).toEqual([]);
  await follow(50);
  expect(await alarms()).toHaveLength(2);
  await scaling.send(new DeregisterScalableTargetCommand(TARGET));
  expect(await alarms()).toEqual([]);
});

test("a table whose policy's alarms somebody keeps from acting is not scaled", async () => {
  await register(2, 50);
  const { Alarms = [] } = await follow(50);
  const cloudwatch = nuage.client(CloudWatchClient);
  const AlarmNames = Alarms.map(({ AlarmName = "" }) => AlarmName);
  await cloudwatch.send(new DisableAlarmActionsCommand({ AlarmNames }));
  await nuage.advance(MINUTE_MS - (nuage.clock.now() % MINUTE_MS) + 1_000);
  for (let at = 0; at < 3; at++) await minute(300);
  const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames }));
  expect(MetricAlarms.map(({ StateValue }) => StateValue)).toContain("ALARM");
  expect(await capacity()).toBe(5);
  await cloudwatch.send(new EnableAlarmActionsCommand({ AlarmNames }));
  await minute(300);
  expect(await capacity()).toBe(10);
});

test("a table that is not used keeps its units", async () => {
  await register(1, 50);
  await follow(50);
  await nuage.advance(60 * MINUTE_MS);
  expect(await capacity()).toBe(5);
});

test("a table is brought within the bounds of its target", async () => {
  await register(8, 50);
  await nuage.idle();
  expect(await capacity()).toBe(8);
  await register(1, 3);
  await nuage.idle();
  expect(await capacity()).toBe(3);
});

test("a scheduled action moves the bounds at its time", async () => {
  await register(1, 50);
  const at = new Date(nuage.clock.now() + 90 * MINUTE_MS).toISOString().slice(0, 19);
  await scaling.send(
    new PutScheduledActionCommand({
      ...TARGET,
      ScheduledActionName: "morning",
      Schedule: `at(${at})`,
      ScalableTargetAction: { MinCapacity: 20 },
    }),
  );
  await nuage.advance(80 * MINUTE_MS);
  expect(await capacity()).toBe(5);
  await nuage.advance(11 * MINUTE_MS);
  expect(await capacity()).toBe(20);
  const { ScheduledActions } = await scaling.send(
    new DescribeScheduledActionsCommand({ ServiceNamespace: "dynamodb" }),
  );
  expect(ScheduledActions).toMatchObject([{ ScheduledActionName: "morning", Schedule: `at(${at})` }]);
});

test("targets and policies are described and deleted", async () => {
  await register(1, 50);
  await follow(50);
  const targets = await scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: "dynamodb" }));
  expect(targets.ScalableTargets).toMatchObject([{ ...TARGET, MinCapacity: 1, MaxCapacity: 50 }]);
  const named = { ...TARGET, PolicyName: "half" };
  const policies = await scaling.send(new DescribeScalingPoliciesCommand({ ServiceNamespace: "dynamodb" }));
  expect(policies.ScalingPolicies).toMatchObject([
    {
      ...named,
      PolicyType: "TargetTrackingScaling",
      TargetTrackingScalingPolicyConfiguration: { TargetValue: 50 },
    },
  ]);
  await scaling.send(new DeleteScalingPolicyCommand(named));
  await expect(scaling.send(new DeleteScalingPolicyCommand(named))).rejects.toMatchObject({
    name: "ObjectNotFoundException",
  });
  await scaling.send(new DeregisterScalableTargetCommand(TARGET));
  await expect(scaling.send(new DeregisterScalableTargetCommand(TARGET))).rejects.toMatchObject({
    name: "ObjectNotFoundException",
    message:
      "No scalable target found for service namespace: dynamodb, resource ID: table/orders, " +
      "scalable dimension: dynamodb:table:WriteCapacityUnits",
  });
});

test("what makes no sense is refused", async () => {
  await expect(register(10, 5)).rejects.toMatchObject({
    message: "Maximum capacity cannot be less than minimum capacity",
  });
  await expect(follow(50)).rejects.toMatchObject({ name: "ObjectNotFoundException" });
  await register(1, 5);
  await expect(follow(95)).rejects.toMatchObject({ name: "ValidationException" });
  const wrong = new RegisterScalableTargetCommand({
    ...TARGET,
    ResourceId: "table/orders/index/byDate",
    MinCapacity: 1,
    MaxCapacity: 2,
  });
  await expect(scaling.send(wrong)).rejects.toMatchObject({ name: "ValidationException" });
});
