import {
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  type PutRuleCommandInput,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target,
  TestEventPatternCommand,
} from "@aws-sdk/client-eventbridge";
import { describe, expect, test } from "vitest";
import { ANY_SOURCE, fresh, useEvents } from "./events.fixture.ts";

const on = useEvents();
const QUEUE = "arn:aws:sqs:us-east-1:000000000000:q";
const ROLE = "arn:aws:iam::000000000000:role/r";

describe("a rule", () => {
  test("is described as it was put, and put again it is another", async () => {
    const EventBusName = await on.bus();
    const { RuleArn } = await on.events.send(
      new PutRuleCommand({
        Name: "r",
        EventBusName,
        EventPattern: ANY_SOURCE,
        Description: "all",
        RoleArn: ROLE,
        State: "DISABLED",
      }),
    );
    expect(RuleArn).toBe(`arn:aws:events:us-east-1:000000000000:rule/${EventBusName}/r`);
    const describeRule = () => on.events.send(new DescribeRuleCommand({ Name: "r", EventBusName }));
    const { $metadata: _, ...shown } = await describeRule();
    expect(shown).toEqual({
      Name: "r",
      Arn: RuleArn,
      EventPattern: ANY_SOURCE,
      State: "DISABLED",
      Description: "all",
      RoleArn: ROLE,
      EventBusName,
      CreatedBy: "000000000000",
    });
    await on.events.send(new PutRuleCommand({ Name: "r", EventBusName, EventPattern: '{"a":["b"]}' }));
    const { $metadata: __, ...again } = await describeRule();
    expect(again).toEqual({
      Name: "r",
      Arn: RuleArn,
      EventPattern: '{"a":["b"]}',
      State: "ENABLED",
      EventBusName,
      CreatedBy: "000000000000",
    });
  });

  test("of the default bus does not name it", async () => {
    const Name = fresh("plain");
    const arn = `arn:aws:events:us-east-1:000000000000:rule/${Name}`;
    expect(await on.rule({ Name, ScheduleExpression: "rate(5 minutes)" })).toBe(arn);
    const { Rules } = await on.events.send(new ListRulesCommand({ NamePrefix: Name }));
    expect(Rules).toEqual([
      { Name, Arn: arn, State: "ENABLED", ScheduleExpression: "rate(5 minutes)", EventBusName: "default" },
    ]);
  });

  test("is switched off and on", async () => {
    const Name = fresh("switched");
    await on.rule({ Name, EventPattern: ANY_SOURCE });
    const state = async () => (await on.events.send(new DescribeRuleCommand({ Name }))).State;
    await on.events.send(new DisableRuleCommand({ Name }));
    expect(await state()).toBe("DISABLED");
    await on.events.send(new EnableRuleCommand({ Name }));
    expect(await state()).toBe("ENABLED");
  });

  test("keeps its targets when it is put again, and stays while it has any", async () => {
    const Name = fresh("kept");
    await on.rule({ Name, EventPattern: ANY_SOURCE }, { Id: "t", Arn: QUEUE });
    await on.rule({ Name, EventPattern: '{"a":[1]}' });
    const listed = await on.events.send(new ListTargetsByRuleCommand({ Rule: Name }));
    expect(listed.Targets).toEqual([{ Id: "t", Arn: QUEUE }]);
    await expect(on.events.send(new DeleteRuleCommand({ Name }))).rejects.toMatchObject({
      name: "ValidationException",
      message: "Rule can't be deleted since it has targets.",
    });
    await on.events.send(new RemoveTargetsCommand({ Rule: Name, Ids: ["t"] }));
    await on.events.send(new DeleteRuleCommand({ Name }));
    await on.events.send(new DeleteRuleCommand({ Name }));
    await expect(on.events.send(new DescribeRuleCommand({ Name }))).rejects.toThrow(
      `Rule ${Name} does not exist on EventBus default.`,
    );
  });

  test("is listed in pages, by prefix", async () => {
    const EventBusName = await on.bus();
    for (const Name of ["b-1", "a-3", "a-1", "a-2"])
      await on.rule({ Name, EventBusName, EventPattern: ANY_SOURCE });
    const page = (NextToken?: string) =>
      on.events.send(new ListRulesCommand({ EventBusName, NamePrefix: "a-", Limit: 2, NextToken }));
    const first = await page();
    const second = await page(first.NextToken);
    expect([first, second].map(({ Rules = [] }) => Rules.map(({ Name }) => Name))).toEqual([
      ["a-1", "a-2"],
      ["a-3"],
    ]);
    expect(second.NextToken).toBeUndefined();
    await expect(page("nonsense")).rejects.toThrow("Parameter NextToken is not valid.");
  });

  test("keeps its bus from being deleted", async () => {
    const EventBusName = await on.bus();
    await on.rule({ Name: "r", EventBusName, EventPattern: ANY_SOURCE });
    const remove = () => on.events.send(new DeleteEventBusCommand({ Name: EventBusName }));
    await expect(remove()).rejects.toThrow("since it has rules");
    await on.events.send(new DeleteRuleCommand({ Name: "r", EventBusName }));
    await remove();
    await expect(on.events.send(new ListRulesCommand({ EventBusName }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: `Event bus ${EventBusName} does not exist.`,
    });
  });

  test.each<[Partial<PutRuleCommandInput>, string, string]>([
    [{}, "ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified."],
    [
      { ScheduleExpression: "rate(1 minutes)" },
      "ValidationException",
      "Parameter ScheduleExpression is not valid.",
    ],
    [
      { ScheduleExpression: "rate(5 minute)" },
      "ValidationException",
      "Parameter ScheduleExpression is not valid.",
    ],
    [
      { ScheduleExpression: "rate(0 minutes)" },
      "ValidationException",
      "Parameter ScheduleExpression is not valid.",
    ],
    [
      { ScheduleExpression: "rate(10 seconds)" },
      "ValidationException",
      "Parameter ScheduleExpression is not valid.",
    ],
    [
      { ScheduleExpression: " rate(5 minutes)" },
      "ValidationException",
      "Parameter ScheduleExpression is not valid.",
    ],
    [
      { ScheduleExpression: "rate( 5 minutes )" },
      "ValidationException",
      "Parameter ScheduleExpression is not valid.",
    ],
    [
      { ScheduleExpression: "cron(0 1 * * * *)" },
      "ValidationException",
      "Parameter ScheduleExpression is not valid.",
    ],
    [
      { ScheduleExpression: "cron(71 8 1 * ? *)" },
      "ValidationException",
      "Parameter ScheduleExpression is not valid.",
    ],
    [
      { ScheduleExpression: "at(2030-01-01T00:00:00)" },
      "ValidationException",
      "ScheduleExpression is not valid.",
    ],
    [
      { EventBusName: "own", ScheduleExpression: "rate(5 minutes)" },
      "ValidationException",
      "ScheduleExpression is supported only on the default event bus.",
    ],
    [{ EventPattern: "{" }, "InvalidEventPatternException", "Event pattern is not valid. Reason: "],
    [{ EventPattern: '{"a":"b"}' }, "InvalidEventPatternException", '"a" must be an object or an array'],
    [{ EventPattern: '{"a":[]}' }, "InvalidEventPatternException", "Empty arrays are not allowed"],
    [
      { EventPattern: ANY_SOURCE, EventBusName: "gone" },
      "ResourceNotFoundException",
      "Event bus gone does not exist.",
    ],
    [
      { EventPattern: ANY_SOURCE, Name: "a b" },
      "ValidationException",
      "regular expression pattern: [\\.\\-_A-Za-z0-9]+",
    ],
    [{ EventPattern: ANY_SOURCE, Name: "x".repeat(65) }, "ValidationException", "less than or equal to 64"],
    [
      { EventPattern: ANY_SOURCE, State: "OFF" as never },
      "ValidationException",
      "enum value set: [ENABLED, DISABLED",
    ],
  ])("%o is refused", async (input, name, wording) => {
    const answer = on.events.send(new PutRuleCommand({ Name: "refused", ...input }));
    await expect(answer).rejects.toMatchObject({ name });
    await expect(answer).rejects.toThrow(wording);
  });

  test.each([
    ["DescribeRule", () => new DescribeRuleCommand({ Name: "no" })],
    ["EnableRule", () => new EnableRuleCommand({ Name: "no" })],
    ["DisableRule", () => new DisableRuleCommand({ Name: "no" })],
    ["ListTargetsByRule", () => new ListTargetsByRuleCommand({ Rule: "no" })],
    ["PutTargets", () => new PutTargetsCommand({ Rule: "no", Targets: [{ Id: "t", Arn: QUEUE }] })],
    ["RemoveTargets", () => new RemoveTargetsCommand({ Rule: "no", Ids: ["t"] })],
  ])("that is not there is told by %s", async (_, command) => {
    await expect(on.events.send(command() as DescribeRuleCommand)).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Rule no does not exist on EventBus default.",
    });
  });
});

describe("targets", () => {
  const put = (Rule: string, ...Targets: Target[]) =>
    on.events.send(new PutTargetsCommand({ Rule, Targets }));

  test("are put, changed by their ids, listed in pages and removed, each for itself", async () => {
    const Name = fresh("many");
    await on.rule({ Name, EventPattern: ANY_SOURCE });
    const answer = await put(Name, ...["c", "a", "b"].map((Id) => ({ Id, Arn: QUEUE })));
    expect(answer).toMatchObject({ FailedEntryCount: 0, FailedEntries: [] });
    await put(Name, { Id: "a", Arn: QUEUE, Input: "{}" });
    const page = (NextToken?: string) =>
      on.events.send(new ListTargetsByRuleCommand({ Rule: Name, Limit: 2, NextToken }));
    const first = await page();
    expect(first.Targets).toEqual([
      { Id: "c", Arn: QUEUE },
      { Id: "a", Arn: QUEUE, Input: "{}" },
    ]);
    expect((await page(first.NextToken)).Targets).toEqual([{ Id: "b", Arn: QUEUE }]);
    const removed = await on.events.send(new RemoveTargetsCommand({ Rule: Name, Ids: ["a", "z"] }));
    expect(removed).toMatchObject({
      FailedEntryCount: 1,
      FailedEntries: [{ TargetId: "z", ErrorCode: "ResourceNotFoundException" }],
    });
    expect((await page()).Targets?.map(({ Id }) => Id)).toEqual(["c", "b"]);
  });

  test("are five at most", async () => {
    const Name = fresh("full");
    await on.rule({ Name, EventPattern: ANY_SOURCE });
    await put(Name, ...[1, 2, 3, 4, 5].map((id) => ({ Id: `${id}`, Arn: QUEUE })));
    await put(Name, { Id: "5", Arn: QUEUE });
    await expect(put(Name, { Id: "6", Arn: QUEUE })).rejects.toMatchObject({
      name: "LimitExceededException",
      message: "The requested resource exceeds the maximum number allowed.",
    });
  });

  test("lead to the names of their rules", async () => {
    const EventBusName = await on.bus();
    for (const Name of ["one", "two", "three"]) {
      await on.rule(
        { Name, EventBusName, EventPattern: ANY_SOURCE },
        { Id: "t", Arn: Name === "two" ? `${QUEUE}-other` : QUEUE },
      );
    }
    const names = (TargetArn: string, Limit?: number) =>
      on.events.send(new ListRuleNamesByTargetCommand({ TargetArn, EventBusName, Limit }));
    expect((await names(QUEUE)).RuleNames).toEqual(["one", "three"]);
    expect((await names("arn:aws:sqs:us-east-1:000000000000:none")).RuleNames).toEqual([]);
    const first = await names(QUEUE, 1);
    expect(first.RuleNames).toEqual(["one"]);
    expect(first.NextToken).toBeDefined();
  });

  const base = { Id: "t", Arn: QUEUE };
  test.each<[Partial<Target>, string]>([
    [{ Arn: "queue" }, "Parameter queue is not valid. Reason: Provided Arn is not in correct format."],
    [
      { Id: "!@#$" },
      "'targets.1.member.id' failed to satisfy constraint: Member must satisfy regular expression",
    ],
    [{ Id: "x".repeat(65) }, "Member must have length less than or equal to 64"],
    [
      { Input: "{}", InputPath: "$.a" },
      "Only one of Input, InputPath, or InputTransformer must be provided for target t.",
    ],
    [{ Input: "{" }, "JSON syntax error in input for target t"],
    [{ InputPath: "detail" }, "InputPath for target t is not a valid JSON path."],
    [{ InputPath: "$['detail']" }, "InputPath for target t is not a valid JSON path."],
    [
      { InputTransformer: { InputPathsMap: { a: "$.a" }, InputTemplate: '"<b>"' } },
      "InputTemplate for target t contains invalid placeholder b.",
    ],
    [
      { InputTransformer: { InputPathsMap: { a: "a" }, InputTemplate: '"<a>"' } },
      "InputPathsMap for target t contains invalid JSON path a.",
    ],
    [
      { InputTransformer: { InputPathsMap: { AWSx: "$.a" }, InputTemplate: '"x"' } },
      "InputPathsMap for target t contains invalid key AWSx.",
    ],
    [
      { InputTransformer: { InputPathsMap: { a: "$.a" }, InputTemplate: "<a> is here" } },
      "Invalid InputTemplate for target t",
    ],
    [{ Arn: "arn:aws:s3:::bucket" }, "s3 is not a supported service for a target."],
    [
      { Arn: "arn:aws:lambda:us-east-1:000000000000:layer:l:1" },
      "Parameter arn:aws:lambda:us-east-1:000000000000:layer:l:1 is not valid. " +
        "Reason: Provided Arn is not in correct format.",
    ],
    [
      { Arn: "arn:aws:glue:us-east-1:000000000000:job/j", RoleArn: ROLE },
      "Reason: Provided Arn is not in correct format.",
    ],
    [
      { Arn: "arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/x", RoleArn: ROLE },
      "RoleArn is not supported for target arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/x.",
    ],
    [{ Arn: `${QUEUE}.fifo` }, "Parameter(s) SqsParameters must be specified for target: t."],
    [
      { Arn: "arn:aws:ecs:us-east-1:000000000000:cluster/c", RoleArn: ROLE },
      "Parameter(s) EcsParameters must be specified for target: t.",
    ],
    [
      { Arn: "arn:aws:states:us-east-1:000000000000:stateMachine:m" },
      "RoleArn is required for target arn:aws:states:us-east-1:000000000000:stateMachine:m.",
    ],
    [
      { Arn: "arn:aws:kinesis:us-east-1:000000000000:stream/s" },
      "RoleArn is required for target arn:aws:kinesis:us-east-1:000000000000:stream/s.",
    ],
    [
      { Arn: "arn:aws:events:eu-west-1:000000000000:event-bus/b" },
      "RoleArn is required for target arn:aws:events:eu-west-1:000000000000:event-bus/b.",
    ],
    [{ Arn: "arn:aws:sqs:eu-west-1:000000000000:q" }, "The target must be in the same Region as the rule."],
    [
      { Arn: "arn:aws:events:us-east-1:000000000000:event-bus/b", Input: "{}" },
      "are not supported for target t",
    ],
    [
      { DeadLetterConfig: { Arn: "arn:aws:sns:us-east-1:000000000000:t" } },
      "Dead-letter queue must be an SQS queue.",
    ],
    [{ RetryPolicy: { MaximumRetryAttempts: 186 } }, "Member must have value less than or equal to 185"],
    [{ RetryPolicy: { MaximumEventAgeInSeconds: 59 } }, "Member must have value greater than or equal to 60"],
  ])("%o are refused", async (target, wording) => {
    const Name = "targeted";
    await on.rule({ Name, EventPattern: ANY_SOURCE });
    const answer = put(Name, { ...base, ...target });
    await expect(answer).rejects.toMatchObject({ name: "ValidationException" });
    await expect(answer).rejects.toThrow(wording);
    expect((await on.events.send(new ListTargetsByRuleCommand({ Rule: Name }))).Targets).toEqual([]);
  });
});

describe("TestEventPattern", () => {
  const EVENT = {
    id: "1",
    account: "000000000000",
    source: "s",
    time: "2024-01-01T00:00:00Z",
    region: "us-east-1",
    resources: [],
    "detail-type": "t",
    detail: { a: 1 },
  };
  const ask = (EventPattern: string, event: unknown) =>
    on.events.send(
      new TestEventPatternCommand({
        EventPattern,
        Event: typeof event === "string" ? event : JSON.stringify(event),
      }),
    );

  test("tells whether an event matches", async () => {
    expect((await ask('{"detail":{"a":[1]}}', EVENT)).Result).toBe(true);
    expect((await ask('{"detail":{"a":[2]}}', EVENT)).Result).toBe(false);
  });

  test.each(["{", "[]", "1", JSON.stringify({ ...EVENT, time: undefined })])(
    "%s is no event",
    async (event) => {
      await expect(ask('{"a":[1]}', event)).rejects.toMatchObject({
        name: "ValidationException",
        message: "Parameter Event is not valid.",
      });
    },
  );

  test("refuses what is no pattern", async () => {
    await expect(ask('{"int":42}', EVENT)).rejects.toMatchObject({
      name: "InvalidEventPatternException",
      message: expect.stringMatching(
        /^Event pattern is not valid. Reason: "int" must be an object or an array/,
      ),
    });
  });
});
