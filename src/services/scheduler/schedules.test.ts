import {
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { describe, expect, test } from "vitest";
import { fresh, OFF, ROLE, useScheduler } from "./scheduler.fixture.ts";

const it = useScheduler();
const ARN = "arn:aws:sqs:us-east-1:000000000000:somewhere";
const target = { Arn: ARN, RoleArn: ROLE };
const base = { ScheduleExpression: "rate(1 day)", FlexibleTimeWindow: OFF, Target: target };
const far = () => new Date(it.nuage.clock.now() + 86_400_000);

const refused = async (sent: Promise<unknown>): Promise<string> => {
  const error = await sent.then(
    () => undefined,
    (problem: Error) => problem,
  );
  return `${error?.name}: ${error?.message}`;
};
const create = (more: object) =>
  it.scheduler.send(new CreateScheduleCommand({ Name: fresh("s"), ...base, ...more }));

test("a schedule is shown as it was made, with AWS's defaults", async () => {
  const StartDate = new Date(Math.ceil(it.nuage.clock.now() / 1000) * 1000 + 60_000);
  const { ScheduleArn } = await it.scheduler.send(
    new CreateScheduleCommand({
      Name: "shown",
      ...base,
      Description: "d",
      StartDate,
      FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 5 },
      Target: { ...target, Input: "x", RetryPolicy: { MaximumRetryAttempts: 1 } },
      KmsKeyArn: "arn:aws:kms:us-east-1:000000000000:key/k",
    }),
  );
  expect(ScheduleArn).toBe("arn:aws:scheduler:us-east-1:000000000000:schedule/default/shown");
  const shown = await it.scheduler.send(new GetScheduleCommand({ Name: "shown" }));
  expect(shown).toMatchObject({
    Arn: ScheduleArn,
    GroupName: "default",
    ScheduleExpression: "rate(1 day)",
    ScheduleExpressionTimezone: "UTC",
    State: "ENABLED",
    ActionAfterCompletion: "NONE",
    Description: "d",
    StartDate,
    KmsKeyArn: "arn:aws:kms:us-east-1:000000000000:key/k",
    FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 5 },
    Target: {
      ...target,
      Input: "x",
      RetryPolicy: { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 86_400 },
    },
  });
  expect(shown.CreationDate).toBeInstanceOf(Date);
});

test("an update takes the place of everything but the creation date", async () => {
  await create({ Name: "updated", Description: "before", State: "DISABLED" });
  const before = await it.scheduler.send(new GetScheduleCommand({ Name: "updated" }));
  await it.advance(5000);
  await it.scheduler.send(
    new UpdateScheduleCommand({ Name: "updated", ...base, ScheduleExpression: "cron(0 12 * * ? *)" }),
  );
  const after = await it.scheduler.send(new GetScheduleCommand({ Name: "updated" }));
  expect(after).toMatchObject({ State: "ENABLED", ScheduleExpression: "cron(0 12 * * ? *)" });
  expect(after.Description).toBeUndefined();
  expect(after.CreationDate).toEqual(before.CreationDate);
  expect(Number(after.LastModificationDate)).toBeGreaterThan(Number(before.LastModificationDate));
});

describe("refuses", () => {
  const cases: readonly [what: string, more: () => object, message: string][] = [
    ["an unknown expression", () => ({ ScheduleExpression: "often" }), "Invalid Schedule Expression often."],
    ["a wrong cron", () => ({ ScheduleExpression: "cron(0 12 * * * *)" }), "Invalid Schedule Expression"],
    [
      "a wrong date",
      () => ({ ScheduleExpression: "at(2030-02-30T00:00:00)" }),
      "Invalid Schedule Expression",
    ],
    ["a time zone", () => ({ ScheduleExpressionTimezone: "Mars/North" }), "timezone is not supported"],
    ["an early start", () => ({ StartDate: new Date(0) }), "cannot be earlier than 5 minutes ago."],
    ["an early end", () => ({ EndDate: new Date(0) }), "EndDate you specify cannot be in the past."],
    [
      "an end before the start",
      () => ({ StartDate: far(), EndDate: new Date(Number(far()) - 60_000) }),
      "must come before the EndDate.",
    ],
    ["a window without length", () => ({ FlexibleTimeWindow: { Mode: "FLEXIBLE" } }), "must be specified"],
    [
      "a length without window",
      () => ({ FlexibleTimeWindow: { Mode: "OFF", MaximumWindowInMinutes: 1 } }),
      "must not be specified",
    ],
    ["no ARN", () => ({ Target: { ...target, Arn: "x" } }), "Provided Arn is not in correct format."],
    [
      "an event bus without source",
      () => ({ Target: { ...target, Arn: "arn:aws:events:us-east-1:000000000000:event-bus/default" } }),
      "EventBridgeParameters must be specified",
    ],
    [
      "a stream without key",
      () => ({ Target: { ...target, Arn: "arn:aws:kinesis:us-east-1:000000000000:stream/s" } }),
      "KinesisParameters must be specified",
    ],
    [
      "a FIFO queue without group",
      () => ({ Target: { ...target, Arn: `${ARN}.fifo` } }),
      "SqsParameters must",
    ],
    [
      "parameters of another service",
      () => ({ Target: { ...target, KinesisParameters: { PartitionKey: "k" } } }),
      "KinesisParameters must not be specified for a target of the service sqs.",
    ],
    [
      "an operation that reads",
      () => ({ Target: { ...target, Arn: "arn:aws:scheduler:::aws-sdk:sqs:receiveMessage" } }),
      "receiveMessage API is not supported",
    ],
    [
      "an operation without input",
      () => ({ Target: { ...target, Arn: "arn:aws:scheduler:::aws-sdk:sqs:sendMessage" } }),
      "You must provide an input to set this target for your schedule",
    ],
    [
      "an operation with a Region",
      () => ({ Target: { ...target, Arn: "arn:aws:scheduler:us-east-1:0:aws-sdk:sqs:sendMessage" } }),
      "scheduler is not a supported service for a target.",
    ],
    [
      "a bucket",
      () => ({ Target: { ...target, Arn: "arn:aws:s3:::bucket" } }),
      "s3 is not a supported service for a target.",
    ],
    [
      "a log group",
      () => ({ Target: { ...target, Arn: "arn:aws:logs:us-east-1:000000000000:log-group:g" } }),
      "logs is not a supported service for a target.",
    ],
    [
      "an API destination",
      () => ({ Target: { ...target, Arn: "arn:aws:events:us-east-1:000000000000:api-destination/a/1" } }),
      "Provided Arn is not in correct format.",
    ],
    [
      "input that is no JSON",
      () => ({ Target: { ...target, Arn: "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", Input: "{" } }),
      "Invalid RequestJson provided. Reason",
    ],
    ["a name", () => ({ Name: "a b" }), "Member must satisfy regular expression pattern"],
    [
      "a FIFO dead-letter queue",
      () => ({ Target: { ...target, DeadLetterConfig: { Arn: `${ARN}.fifo` } } }),
      "Member must satisfy regular expression pattern",
    ],
    [
      "too many retries",
      () => ({ Target: { ...target, RetryPolicy: { MaximumRetryAttempts: 186 } } }),
      "less than or equal to 185",
    ],
  ];
  for (const [what, more, message] of cases) {
    test(what, async () => {
      const answer = await refused(create(more()));
      expect(answer).toMatch(/^ValidationException: /);
      expect(answer).toContain(message);
    });
  }
});

test("a call that is repeated with its token is answered again, another one is a conflict", async () => {
  const asked = { Name: "once", ...base, ClientToken: "t" };
  const send = (more: object) => it.scheduler.send(new CreateScheduleCommand({ ...asked, ...more }));
  const { ScheduleArn } = await send({});
  expect((await send({})).ScheduleArn).toBe(ScheduleArn);
  const conflict = "ConflictException: Schedule once already exists.";
  expect(await refused(send({ ClientToken: "u" }))).toBe(conflict);
  expect(await refused(send({ Description: "other" }))).toBe(conflict);
  const remove = (ClientToken: string) =>
    it.scheduler.send(new DeleteScheduleCommand({ Name: "once", ClientToken }));
  await remove("d");
  await remove("d");
  expect(await refused(remove("e"))).toBe("ResourceNotFoundException: Schedule once does not exist.");
});

test("schedules and groups that are not there are told by name", async () => {
  const missing = "ResourceNotFoundException: Schedule nobody does not exist.";
  const noGroup = "ResourceNotFoundException: Schedule group nowhere does not exist.";
  const { scheduler } = it;
  expect(await refused(scheduler.send(new GetScheduleCommand({ Name: "nobody" })))).toBe(missing);
  expect(await refused(scheduler.send(new UpdateScheduleCommand({ Name: "nobody", ...base })))).toBe(missing);
  expect(await refused(scheduler.send(new DeleteScheduleCommand({ Name: "nobody" })))).toBe(missing);
  expect(await refused(create({ GroupName: "nowhere" }))).toBe(noGroup);
  expect(await refused(scheduler.send(new GetScheduleCommand({ Name: "a", GroupName: "nowhere" })))).toBe(
    noGroup,
  );
  expect(await refused(scheduler.send(new ListSchedulesCommand({ GroupName: "nowhere" })))).toBe(noGroup);
  expect(await refused(scheduler.send(new GetScheduleGroupCommand({ Name: "nowhere" })))).toBe(noGroup);
  expect(await refused(scheduler.send(new DeleteScheduleGroupCommand({ Name: "nowhere" })))).toBe(noGroup);
});

test("lists are filtered, and come in pages that miss and repeat nothing", async () => {
  await it.scheduler.send(new CreateScheduleGroupCommand({ Name: "paged" }));
  for (let n = 0; n < 7; n++) {
    const State = n % 2 ? ("DISABLED" as const) : ("ENABLED" as const);
    await create({ Name: `p-${n}`, GroupName: "paged", State });
  }
  await create({ Name: "other", GroupName: "paged" });
  const list = async (more: object) => {
    const names: string[] = [];
    let NextToken: string | undefined;
    do {
      const command = new ListSchedulesCommand({ GroupName: "paged", MaxResults: 3, NextToken, ...more });
      const answer = await it.scheduler.send(command);
      expect(answer.Schedules?.length).toBeLessThanOrEqual(3);
      names.push(...(answer.Schedules ?? []).map(({ Name = "" }) => Name));
      NextToken = answer.NextToken;
    } while (NextToken);
    return names;
  };
  expect(await list({})).toEqual(["other", "p-0", "p-1", "p-2", "p-3", "p-4", "p-5", "p-6"]);
  expect(await list({ NamePrefix: "p-" })).toHaveLength(7);
  expect(await list({ State: "DISABLED" })).toEqual(["p-1", "p-3", "p-5"]);
  expect(await list({ GroupName: undefined, NamePrefix: "p-" })).toHaveLength(7);
  const [first] = (await it.scheduler.send(new ListSchedulesCommand({ GroupName: "paged" }))).Schedules ?? [];
  expect(first).toMatchObject({ Name: "other", GroupName: "paged", State: "ENABLED", Target: { Arn: ARN } });
  const forged = it.scheduler.send(new ListSchedulesCommand({ NextToken: "forged" }));
  expect(await refused(forged)).toBe("ValidationException: Invalid NextToken provided.");
});

test("groups are made, tagged and listed, and take their schedules with them", async () => {
  const { scheduler } = it;
  const group = { Name: "team", Tags: [{ Key: "a", Value: "1" }], ClientToken: "g" };
  const { ScheduleGroupArn: ResourceArn = "" } = await scheduler.send(new CreateScheduleGroupCommand(group));
  expect(ResourceArn).toBe("arn:aws:scheduler:us-east-1:000000000000:schedule-group/team");
  await scheduler.send(new CreateScheduleGroupCommand(group));
  expect(await refused(scheduler.send(new CreateScheduleGroupCommand({ Name: "team" })))).toBe(
    "ConflictException: Schedule group team already exists.",
  );
  await scheduler.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: "b", Value: "2" }] }));
  await scheduler.send(new UntagResourceCommand({ ResourceArn, TagKeys: ["a"] }));
  const { Tags } = await scheduler.send(new ListTagsForResourceCommand({ ResourceArn }));
  expect(Tags).toEqual([{ Key: "b", Value: "2" }]);
  const names = (await scheduler.send(new ListScheduleGroupsCommand({}))).ScheduleGroups?.map(
    ({ Name }) => Name,
  );
  expect(names).toContain("default");
  expect(names).toContain("team");
  for (let n = 0; n < 3; n++) await create({ Name: `of-${n}`, GroupName: "team" });
  await scheduler.send(new DeleteScheduleGroupCommand({ Name: "team" }));
  await it.nuage.idle();
  expect(await refused(scheduler.send(new GetScheduleGroupCommand({ Name: "team" })))).toContain("NotFound");
  const left = await scheduler.send(new ListSchedulesCommand({ NamePrefix: "of-" }));
  expect(left.Schedules).toEqual([]);
  expect(await refused(scheduler.send(new DeleteScheduleGroupCommand({ Name: "default" })))).toContain(
    "default schedule group cannot be deleted",
  );
  expect(await scheduler.send(new GetScheduleGroupCommand({ Name: "default" }))).toMatchObject({
    State: "ACTIVE",
  });
});
