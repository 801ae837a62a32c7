import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { DeleteScheduleCommand, UpdateScheduleCommand } from "@aws-sdk/client-scheduler";
import { DeleteQueueCommand, type Message } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { fresh, OFF, ROLE, useScheduler } from "./scheduler.fixture.ts";

const it = useScheduler();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test("a one-time schedule invokes its target once, at its time in its zone", async () => {
  const queue = await it.queue();
  const time = it.wall(2 * HOUR);
  const Input = '{"at":"<aws.scheduler.scheduled-time>","by":"<aws.scheduler.schedule-arn>"}';
  const zoned = new Date(Date.parse(`${time}Z`) + 9 * HOUR).toISOString().slice(0, 19);
  const name = await it.schedule(
    { Arn: queue.arn, Input },
    { ScheduleExpression: `at(${zoned})`, ScheduleExpressionTimezone: "Asia/Tokyo" },
  );
  await it.advance(2 * HOUR - MINUTE);
  expect(await it.bodies(queue)).toEqual([]);
  await it.advance(2 * MINUTE);
  const by = `arn:aws:scheduler:us-east-1:000000000000:schedule/default/${name}`;
  expect(await it.bodies(queue)).toEqual([JSON.stringify({ at: `${time}Z`, by })]);
  await it.advance(48 * HOUR);
  expect(await it.bodies(queue)).toEqual([]);
  expect(await it.exists(name)).toBe(true);
});

test("turning the clock by days runs every occurrence, in order", async () => {
  const queue = await it.queue();
  const StartDate = new Date(Math.ceil(it.nuage.clock.now() / HOUR) * HOUR + HOUR);
  await it.schedule(
    { Arn: queue.arn, Input: "<aws.scheduler.scheduled-time>" },
    { ScheduleExpression: "rate(1 hour)", StartDate, EndDate: new Date(Number(StartDate) + 72 * HOUR) },
  );
  await it.advance(4 * 24 * HOUR);
  const times = Array.from({ length: 73 }, (_, at) =>
    new Date(Number(StartDate) + at * HOUR).toISOString().replace(".000", ""),
  );
  expect(await it.bodies(queue)).toEqual(times);
});

test("a rate without a start date begins at once, and waits while it is disabled", async () => {
  const queue = await it.queue();
  const name = await it.schedule({ Arn: queue.arn, Input: "x" }, { ScheduleExpression: "rate(5 minutes)" });
  expect(await it.bodies(queue)).toEqual(["x"]);
  const update = (State: "ENABLED" | "DISABLED") =>
    it.scheduler.send(
      new UpdateScheduleCommand({
        Name: name,
        ScheduleExpression: "rate(5 minutes)",
        FlexibleTimeWindow: OFF,
        Target: { Arn: queue.arn, RoleArn: ROLE, Input: "y" },
        State,
      }),
    );
  await update("DISABLED");
  await it.advance(HOUR);
  expect(await it.bodies(queue)).toEqual([]);
  await update("ENABLED");
  await it.advance(11 * MINUTE);
  expect(await it.bodies(queue)).toEqual(["y", "y", "y"]);
  await it.scheduler.send(new DeleteScheduleCommand({ Name: name }));
  await it.advance(HOUR);
  expect(await it.bodies(queue)).toEqual([]);
});

test("cron follows a zone whose clocks are turned", async () => {
  const queue = await it.queue({ MessageRetentionPeriod: "1209600" });
  // From a winter's day on: the last Sunday of March is on the way.
  const now = new Date(it.nuage.clock.now());
  const winter = Date.UTC(now.getUTCFullYear() + 1, 2, 20);
  const StartDate = new Date(winter);
  await it.schedule(
    { Arn: queue.arn, Input: "<aws.scheduler.scheduled-time>" },
    {
      ScheduleExpression: "cron(0 8 * * ? *)",
      ScheduleExpressionTimezone: "Europe/Berlin",
      StartDate,
      EndDate: new Date(winter + 13 * 24 * HOUR),
    },
  );
  await it.advance(winter + 13 * 24 * HOUR - it.nuage.clock.now());
  const hours = (await it.bodies(queue)).map((time) => time.slice(11, 16));
  expect(hours).toHaveLength(13);
  expect(new Set(hours)).toEqual(new Set(["07:00", "06:00"]));
  expect([...hours].sort().reverse()).toEqual(hours);
});

test("a flexible window delays each occurrence by chance, and loses none", async () => {
  const queue = await it.queue();
  const StartDate = new Date(Math.ceil(it.nuage.clock.now() / 1000) * 1000 + HOUR);
  await it.schedule(
    { Arn: queue.arn, Input: "<aws.scheduler.scheduled-time>" },
    {
      ScheduleExpression: "rate(1 hour)",
      StartDate,
      EndDate: new Date(Number(StartDate) + 9 * HOUR),
      FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 30 },
    },
  );
  await it.advance(12 * HOUR);
  const delays = (await it.messages(queue)).map(
    ({ Body = "", Attributes }) => Number(Attributes?.SentTimestamp) - Date.parse(Body),
  );
  expect(delays).toHaveLength(10);
  for (const delay of delays) expect(delay).toBeGreaterThanOrEqual(0);
  for (const delay of delays) expect(delay).toBeLessThan(30 * MINUTE + 1000);
  expect(new Set(delays.map((delay) => Math.floor(delay / MINUTE))).size).toBeGreaterThan(2);
});

test("a schedule that is to be deleted after its completion goes with its last invocation", async () => {
  const queue = await it.queue();
  const once = await it.schedule(
    { Arn: queue.arn, Input: "once" },
    { ScheduleExpression: `at(${it.wall(HOUR)})`, ActionAfterCompletion: "DELETE" },
  );
  const twice = await it.schedule(
    { Arn: queue.arn, Input: "twice" },
    {
      ScheduleExpression: "rate(1 hour)",
      ActionAfterCompletion: "DELETE",
      EndDate: new Date(it.nuage.clock.now() + 1.5 * HOUR),
    },
  );
  expect([await it.exists(once), await it.exists(twice)]).toEqual([true, true]);
  await it.advance(2 * HOUR);
  expect((await it.bodies(queue)).sort()).toEqual(["once", "twice", "twice"]);
  expect([await it.exists(once), await it.exists(twice)]).toEqual([false, false]);
});

test("without input a target is told of the schedule", async () => {
  const queue = await it.queue();
  const name = await it.schedule({ Arn: queue.arn });
  const [body = ""] = await it.bodies(queue);
  expect(JSON.parse(body)).toMatchObject({
    version: "0",
    "detail-type": "Scheduled Event",
    source: "aws.scheduler",
    account: "000000000000",
    region: "us-east-1",
    resources: [`arn:aws:scheduler:us-east-1:000000000000:schedule/default/${name}`],
    detail: "{}",
  });
});

test("a FIFO queue gets the message group of the target", async () => {
  const queue = await it.queue({ FifoQueue: "true", ContentBasedDeduplication: "true" });
  await it.schedule({ Arn: queue.arn, Input: "x", SqsParameters: { MessageGroupId: "g" } });
  const [message] = await it.messages(queue);
  expect(message?.Attributes?.MessageGroupId).toBe("g");
});

test("universal targets call any operation of the platform", async () => {
  const queue = await it.queue();
  const call = (action: string, input: object) =>
    it.schedule({ Arn: `arn:aws:scheduler:::aws-sdk:${action}`, Input: JSON.stringify(input) });
  await call("sqs:sendMessage", {
    QueueUrl: queue.url,
    MessageBody: "<aws.scheduler.attempt-number>",
    MessageAttributes: { blob: { DataType: "Binary", BinaryValue: "bytes" } },
  });
  const [message] = await it.messages(queue);
  expect(message?.Body).toBe("1");
  expect(Buffer.from(message?.MessageAttributes?.blob?.BinaryValue ?? []).toString()).toBe("bytes");
  const name = fresh("made");
  await call("sqs:createQueue", { QueueName: name, Attributes: { DelaySeconds: "3" } });
  await it.nuage.idle();
  await expect(
    it.sqs.send(new DeleteQueueCommand({ QueueUrl: queue.url.replace(/[^/]+$/, name) })),
  ).resolves.toBeDefined();
});

test("a log group is a universal target", async () => {
  const logs = it.nuage.client(CloudWatchLogsClient);
  const stream = { logGroupName: "scheduled", logStreamName: "s" };
  await logs.send(new CreateLogGroupCommand(stream));
  await logs.send(new CreateLogStreamCommand(stream));
  const logEvents = [
    { timestamp: Math.floor(it.nuage.clock.now()), message: "<aws.scheduler.attempt-number>" },
  ];
  const Input = JSON.stringify({ ...stream, logEvents });
  await it.schedule({ Arn: "arn:aws:scheduler:::aws-sdk:cloudwatchlogs:putLogEvents", Input });
  await it.nuage.idle();
  const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName: "scheduled" }));
  expect(events?.map(({ message }) => message)).toEqual(["1"]);
});

const why = (attributes: Record<string, string | undefined> | undefined) =>
  attributes?.EXHAUSTED_RETRY_CONDITION ?? "";
const attributesOf = (message: Message | undefined): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(message?.MessageAttributes ?? {}).map(([name, { StringValue }]) => [name, StringValue]),
  );

test("what can never succeed goes to the dead-letter queue at once, with what is known of it", async () => {
  const dead = await it.queue();
  const DeadLetterConfig = { Arn: dead.arn };
  const gone = "arn:aws:sqs:us-east-1:000000000000:gone";
  const name = await it.schedule({ Arn: gone, Input: "lost", DeadLetterConfig });
  const [message] = await it.messages(dead);
  expect(message?.Body).toBe("lost");
  expect(attributesOf(message)).toEqual({
    ERROR_CODE: "QueueDoesNotExist",
    ERROR_MESSAGE: expect.stringContaining("queue"),
    EXECUTION_ID: expect.stringMatching(/^[0-9a-f]{16}$/),
    IS_PAYLOAD_TRUNCATED: "false",
    RETRY_ATTEMPTS: "0",
    SCHEDULE_ARN: `arn:aws:scheduler:us-east-1:000000000000:schedule/default/${name}`,
    SCHEDULED_TIME: expect.stringMatching(/^\d{4}-.*Z$/),
    TARGET_ARN: gone,
  });
  for (const [Arn, code] of [
    ["arn:aws:states:us-east-1:000000000000:stateMachine:m", "NotImplemented"],
    ["arn:aws:scheduler:::aws-sdk:glacier:createVault", "NotImplemented"],
    ["arn:aws:scheduler:::aws-sdk:constructor:call", "NotImplemented"],
    ["arn:aws:scheduler:::aws-sdk:sqs:sendPigeon", "NotImplemented"],
    ["arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "MissingRequiredParameterException"],
    ["arn:aws:lambda:us-east-1:000000000000:function:gone", "ResourceNotFoundException"],
  ] as const) {
    await it.schedule({ Arn, Input: "{}", DeadLetterConfig });
    const [told] = await it.messages(dead);
    expect(attributesOf(told).ERROR_CODE, Arn).toBe(code);
  }
});

test("a dead-letter queue that is throttled is told when it no longer is", async () => {
  const dead = await it.queue();
  const resource = dead.arn.split(":").at(-1) ?? "";
  const chaos = it.nuage.chaos({ kind: "throttle", target: "sqs.SendMessage", resource });
  const gone = "arn:aws:sqs:us-east-1:000000000000:gone";
  const more = { ScheduleExpression: `at(${it.wall()})`, ActionAfterCompletion: "DELETE" } as const;
  const name = await it.schedule({ Arn: gone, Input: "late", DeadLetterConfig: { Arn: dead.arn } }, more);
  expect(await it.bodies(dead)).toEqual([]);
  await it.advance(5000);
  expect(await it.exists(name)).toBe(true);
  expect(chaos.strikes()).toBeGreaterThan(3);
  chaos.stop();
  await it.advance(2000);
  const [told, ...others] = await it.messages(dead);
  expect(told?.Body).toBe("late");
  expect(attributesOf(told)).toMatchObject({ ERROR_CODE: "QueueDoesNotExist", RETRY_ATTEMPTS: "0" });
  expect(others).toEqual([]);
  expect(await it.exists(name)).toBe(false);
});

test("throttles are retried as often as the policy has it, while the event may live", async () => {
  const dead = await it.queue();
  const queue = await it.queue();
  const target = "sqs.SendMessage";
  const chaos = it.nuage.chaos({ kind: "throttle", target, resource: queue.arn.split(":").at(-1) ?? "" });
  const once = () => ({ ScheduleExpression: `at(${it.wall()})` });
  const policy = (MaximumRetryAttempts: number, MaximumEventAgeInSeconds: number) => ({
    Arn: queue.arn,
    Input: "<aws.scheduler.attempt-number>",
    DeadLetterConfig: { Arn: dead.arn },
    RetryPolicy: { MaximumRetryAttempts, MaximumEventAgeInSeconds },
  });
  await it.schedule(policy(3, 86_400), once());
  await it.schedule(policy(185, 60), once());
  await it.advance(HOUR);
  const told = (await it.messages(dead)).map((message) => {
    const told: Record<string, string | undefined> = { ...attributesOf(message), body: message.Body };
    return told;
  });
  const [byAge, byCount] = told.sort((one, other) => why(one).localeCompare(why(other)));
  expect([why(byAge), why(byCount)]).toEqual(["MaximumEventAgeInSeconds", "MaximumRetryAttempts"]);
  expect(byCount).toMatchObject({ RETRY_ATTEMPTS: "3", body: "4" });
  expect(Number(byAge?.RETRY_ATTEMPTS)).toBeGreaterThan(3);
  await it.schedule(policy(185, 86_400), once());
  await it.advance(MINUTE);
  chaos.stop();
  await it.advance(HOUR);
  const [attempt = ""] = await it.bodies(queue);
  expect(Number(attempt)).toBeGreaterThan(3);
});
