// What stacks have of schedules, through templates that change.
import { GetScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stacks, startStacks } from "../cloudformation/stacks.fixture.ts";

let on: Stacks;
beforeAll(async () => {
  on = await startStacks();
});
afterAll(() => on?.nuage.stop());

test("numbers that a template writes as text are numbers, and dates are dates", async () => {
  const target = (more: string) =>
    `{ Arn: !GetAtt Queue.Arn, RoleArn: "arn:aws:iam::000000000000:role/schedules", ${more} }`;
  const template = (more: string) => `
Parameters: { Retries: { Type: Number, Default: 2 } }
Resources:
  Queue: { Type: AWS::SQS::Queue }
  Schedule:
    Type: AWS::Scheduler::Schedule
    Properties: { Name: hourly, ScheduleExpression: rate(1 hour), ${more} }`;
  const seen = () => on.nuage.client(SchedulerClient).send(new GetScheduleCommand({ Name: "hourly" }));
  const window = 'FlexibleTimeWindow: { Mode: FLEXIBLE, MaximumWindowInMinutes: "5" }';
  const retried = target("RetryPolicy: { MaximumRetryAttempts: !Ref Retries }");
  const first = `${window}, EndDate: "2099-01-01T00:00:00Z", Target: ${retried}`;
  expect((await on.create("schedules", template(first))).status).toBe("CREATE_COMPLETE");
  expect(await seen()).toMatchObject({
    EndDate: new Date("2099-01-01T00:00:00Z"),
    FlexibleTimeWindow: { MaximumWindowInMinutes: 5 },
    Target: { RetryPolicy: { MaximumRetryAttempts: 2 } },
  });
  const next = `FlexibleTimeWindow: { Mode: "OFF" }, Target: ${target("Input: { a: 1 }")}`;
  expect((await on.update("schedules", template(next))).status).toBe("UPDATE_COMPLETE");
  const changed = await seen();
  expect(changed).toMatchObject({ FlexibleTimeWindow: { Mode: "OFF" }, Target: { Input: '{"a":1}' } });
  expect(changed.EndDate).toBeUndefined();
});

test("what a schedule's API refuses, its stack refuses with the same words", async () => {
  const window = "FlexibleTimeWindow: { Mode: FLEXIBLE, MaximumWindowInMinutes: 1441 }";
  const target =
    'Target: { Arn: "arn:aws:sqs:us-east-1:000000000000:q", RoleArn: "arn:aws:iam::000000000000:role/r" }';
  const properties = `ScheduleExpression: rate(1 hour), ${window}, ${target}`;
  await on.create(
    "wide",
    `Resources: { S: { Type: AWS::Scheduler::Schedule, Properties: { ${properties} } } }`,
  );
  expect((await on.reasons("wide", "S")).join()).toContain("must have value less than or equal to 1440");
});
