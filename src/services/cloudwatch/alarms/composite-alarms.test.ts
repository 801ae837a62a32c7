import { DeleteAlarmsCommand, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { beforeAll, describe, expect, test } from "vitest";
import { useAlarms } from "./alarms.fixture.ts";

const on = useAlarms();
const { it } = on;

beforeAll(async () => {
  // They stay as they are set: nobody measures anything.
  for (const name of ["a", "b", "c"]) await on.alarm(name, { TreatMissingData: "ignore" });
});

test.each<[string, string]>([
  ['ALARM("a") AND NOT ALARM(b)', "ALARM"],
  ["ALARM(a) AND ALARM(b)", "OK"],
  ["ALARM(b) OR ALARM(a)", "ALARM"],
  ["NOT (OK(b) OR ALARM(c))", "OK"],
  ["OK(b) AND INSUFFICIENT_DATA(c)", "ALARM"],
  ["ALARM(arn:aws:cloudwatch:us-east-1:000000000000:alarm:a)", "ALARM"],
  ["TRUE AND NOT FALSE", "ALARM"],
  ["AT_LEAST(1, ALARM, (a, b, c))", "ALARM"],
  ["AT_LEAST(50%, ALARM, (a, b, c))", "OK"],
  ["AT_LEAST(2, NOT ALARM, (a, b, c))", "ALARM"],
])("%s", async (rule, expected) => {
  await on.set("a", "ALARM");
  await on.set("b", "OK");
  await on.composite("rule", rule);
  expect(await on.state("rule")).toBe(expected);
});

test("a composite alarm follows its children, and theirs follow it", async () => {
  await on.composite("inner", "ALARM(a)");
  await on.composite("outer", "ALARM(inner) OR ALARM(b)");
  await on.set("a", "OK");
  expect([await on.state("inner"), await on.state("outer")]).toEqual(["OK", "OK"]);
  await on.set("a", "ALARM");
  const outer = await on.describe("outer");
  expect(outer).toMatchObject({ StateValue: "ALARM", AlarmRule: "ALARM(inner) OR ALARM(b)" });
  expect(outer.StateReason).toMatch(
    /^arn:aws:cloudwatch:.*:alarm:inner transitioned to ALARM at \w+ \d\d \w+, \d{4} .* UTC$/,
  );
  expect(JSON.parse(outer.StateReasonData ?? "").triggeringAlarms[0].state.value).toBe("ALARM");
  const family = async (more: object) => {
    const found = await it.client.send(new DescribeAlarmsCommand(more));
    return [...(found.MetricAlarms ?? []), ...(found.CompositeAlarms ?? [])].map(
      ({ AlarmName }) => AlarmName,
    );
  };
  expect(await family({ ChildrenOfAlarmName: "outer" })).toEqual(["b", "inner"]);
  expect(await family({ ParentsOfAlarmName: "inner" })).toEqual(["outer"]);
  const remove = (...AlarmNames: string[]) => it.client.send(new DeleteAlarmsCommand({ AlarmNames }));
  await expect(remove("inner")).rejects.toThrow("composite alarm(s) depending on it");
  await remove("outer");
  await remove("inner");
  expect(await on.describe("inner")).toEqual({});
});

test.each<[string, string]>([
  ["ALARM(nobody)", "[nobody] in the alarm rule do not exist"],
  ["ALARM(a) AND", "it ends too early"],
  ["BROKEN(a)", "'BROKEN' is not one of"],
  ["ALARM(a", "it ends too early"],
  ["ALARM(a) ALARM(b)", "unexpected 'ALARM'"],
])("the rule %s is refused", async (rule, message) => {
  await expect(on.composite("refused", rule)).rejects.toThrow(message);
});

test("a composite alarm tells topics, but acts on no machine", async () => {
  const put = (...AlarmActions: string[]) => on.composite("acting", "ALARM(a)", { AlarmActions });
  await put("arn:aws:sns:us-east-1:000000000000:topic", "arn:aws:lambda:us-east-1:000000000000:function:f:1");
  await expect(put("arn:aws:automate:us-east-1:ec2:stop")).rejects.toThrow(
    "Invalid arn syntax: arn:aws:automate:us-east-1:ec2:stop",
  );
});

describe("a suppressor", () => {
  test("keeps actions back, for as long as it and the periods say", async () => {
    const sns = it.nuage.client(SNSClient);
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "pages" }));
    const queue = await on.queue("pages");
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: queue.arn }));
    await on.set("a", "OK");
    await on.set("c", "OK");
    await on.composite("quiet", "ALARM(a)", {
      AlarmActions: [TopicArn],
      ActionsSuppressor: "c",
      ActionsSuppressorWaitPeriod: 60,
      ActionsSuppressorExtensionPeriod: 120,
    });
    await on.set("a", "ALARM");
    expect(await on.describe("quiet")).toMatchObject({
      StateValue: "ALARM",
      ActionsSuppressedBy: "WaitPeriod",
      ActionsSuppressedReason: "Actions suppressed by WaitPeriod",
    });
    await on.set("c", "ALARM");
    expect(await on.describe("quiet")).toMatchObject({ ActionsSuppressedBy: "Alarm" });
    await it.nuage.advance("5 minutes");
    expect(await queue.received()).toEqual([]);
    await on.set("c", "OK");
    expect(await on.describe("quiet")).toMatchObject({ ActionsSuppressedBy: "ExtensionPeriod" });
    await it.nuage.advance("121 seconds");
    expect((await on.describe("quiet")).ActionsSuppressedBy).toBeUndefined();
    expect(await queue.received()).toHaveLength(1);
    // Nobody suppresses: the wait is all there is.
    await on.set("a", "OK");
    await on.set("a", "ALARM");
    expect(await queue.received()).toEqual([]);
    await it.nuage.advance("61 seconds");
    expect(await queue.received()).toHaveLength(1);
  });
});
