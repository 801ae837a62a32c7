import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  PutRuleCommand,
} from "@aws-sdk/client-eventbridge";
import { expect, test } from "vitest";
import { fresh, useEvents } from "./events.fixture.ts";
import { isRuleSchedule } from "./schedules.ts";

const on = useEvents();
const MINUTE_MS = 60_000;

async function scheduled(ScheduleExpression: string, more: { EventPattern?: string } = {}) {
  const queue = await on.queue();
  const Name = fresh("schedule");
  const arn = await on.rule({ Name, ScheduleExpression, ...more }, { Id: "q", Arn: queue.arn });
  return { queue, Name, arn };
}

/** The platform has taken in what it was told before its clock is turned. */
async function advance(durationMs: number): Promise<void> {
  await on.nuage.idle();
  await on.nuage.advance(durationMs);
}

const remove = async (Name: string) => {
  await on.events.send(new DisableRuleCommand({ Name }));
};

test("a rate runs from when the rule was put, with AWS's event", async () => {
  const startMs = on.nuage.clock.now();
  const { queue, Name, arn } = await scheduled("rate(5 minutes)");
  await advance(5 * MINUTE_MS - 5000);
  expect(await on.bodies(queue)).toEqual([]);
  await advance(10_000);
  const [event] = await on.bodies(queue);
  expect(event).toEqual({
    version: "0",
    id: expect.stringMatching(/^[\da-f-]{36}$/),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: "000000000000",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    region: "us-east-1",
    resources: [arn],
    detail: {},
  });
  expect(Date.parse(event.time) - startMs).toBeGreaterThan(5 * MINUTE_MS - 2000);
  await advance(20 * MINUTE_MS);
  expect(await on.bodies(queue)).toHaveLength(4);
  await remove(Name);
});

test("a cron expression runs at its times of UTC", async () => {
  const { queue, Name } = await scheduled("cron(0 10 * * ? *)");
  await advance(72 * 60 * MINUTE_MS);
  const times = (await on.bodies(queue)).map(({ time }) => time);
  expect(times).toHaveLength(3);
  for (const time of times) expect(time).toMatch(/T10:00:00Z$/);
  await remove(Name);
});

test("a rule that is off does not run, and counts anew when it is on again", async () => {
  const { queue, Name } = await scheduled("rate(1 hour)");
  await advance(50 * MINUTE_MS);
  await on.events.send(new DisableRuleCommand({ Name }));
  await advance(60 * MINUTE_MS);
  await on.events.send(new EnableRuleCommand({ Name }));
  await advance(50 * MINUTE_MS);
  expect(await on.bodies(queue)).toEqual([]);
  await advance(11 * MINUTE_MS);
  expect(await on.bodies(queue)).toHaveLength(1);
  await remove(Name);
});

test("a rule that is put again runs by its new schedule alone, and one that is gone no more", async () => {
  const { queue, Name } = await scheduled("rate(1 minute)");
  await on.events.send(new PutRuleCommand({ Name, ScheduleExpression: "rate(10 minutes)" }));
  await advance(11 * MINUTE_MS);
  expect(await on.bodies(queue)).toHaveLength(1);
  const empty = fresh("empty");
  await on.rule({ Name: empty, ScheduleExpression: "rate(1 minute)" });
  await advance(2 * MINUTE_MS);
  await on.events.send(new DeleteRuleCommand({ Name: empty }));
  await advance(2 * MINUTE_MS);
  await expect(on.events.send(new DescribeRuleCommand({ Name: empty }))).rejects.toThrow("does not exist");
  await remove(Name);
});

test("a rule with a pattern too gets both; no other rule sees its schedule's events", async () => {
  const all = await on.queue();
  const watcher = fresh("watcher");
  await on.rule({ Name: watcher, EventPattern: '{"source":["aws.events"]}' }, { Id: "q", Arn: all.arn });
  const { queue, Name } = await scheduled("rate(1 minute)", { EventPattern: '{"source":["both"]}' });
  await on.put({ Source: "both", DetailType: "d", Detail: "{}" });
  await advance(MINUTE_MS + 1000);
  const sources = (await on.bodies(queue)).map(({ source }) => source);
  expect(sources.sort()).toEqual(["aws.events", "both"]);
  expect(await on.bodies(all)).toEqual([]);
  await remove(Name);
  await remove(watcher);
});

test.each([
  ["rate(1 minute)", true],
  ["rate(2 minutes)", true],
  ["rate(1 day)", true],
  ["cron(0 12 * * ? *)", true],
  ["rate(1 minutes)", false],
  ["rate(1 hours)", false],
  ["rate(10 minute)", false],
  ["rate(10 MINUTES)", false],
  ["rate(10)", false],
  ["rate(-10 minutes)", false],
  ["rate(10 years)", false],
  ["rate(999999999999 days)", false],
  ["cron(0 12 * * ? *) ", false],
  ["at(2030-01-01T00:00:00)", false],
])("%s is a rule's schedule: %s", (text, valid) => {
  expect(isRuleSchedule(text)).toBe(valid);
});
