import {
  CreateEventBusCommand,
  type CreateEventBusCommandInput,
  DeleteEventBusCommand,
  DescribeEventBusCommand,
  ListEventBusesCommand,
  ListTagsForResourceCommand,
  PutPermissionCommand,
  type PutPermissionCommandInput,
  RemovePermissionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateEventBusCommand,
} from "@aws-sdk/client-eventbridge";
import { describe, expect, test } from "vitest";
import { ANY_SOURCE, fresh, useEvents } from "./events.fixture.ts";

const on = useEvents();
const arnOf = (name: string) => `arn:aws:events:us-east-1:000000000000:event-bus/${name}`;
const describeBus = (Name?: string) => on.events.send(new DescribeEventBusCommand({ Name }));

describe("a bus", () => {
  test("is there by default", async () => {
    const { $metadata: _, ...bus } = await describeBus();
    expect(bus).toEqual({
      Name: "default",
      Arn: arnOf("default"),
      CreationTime: expect.any(Date),
      LastModifiedTime: expect.any(Date),
    });
    expect((await describeBus()).CreationTime).toEqual(bus.CreationTime);
    const { EventBuses } = await on.events.send(new ListEventBusesCommand({}));
    expect(EventBuses?.map(({ Name }) => Name)).toContain("default");
  });

  test("is made, described by name and ARN, changed, listed and deleted", async () => {
    const Name = fresh("own");
    const settings = {
      Description: "orders",
      KmsKeyIdentifier: "alias/key",
      DeadLetterConfig: { Arn: "arn:aws:sqs:us-east-1:000000000000:dead" },
      LogConfig: { IncludeDetail: "FULL", Level: "INFO" },
    } as const;
    const made = await on.events.send(new CreateEventBusCommand({ Name, ...settings }));
    expect(made).toMatchObject({ EventBusArn: arnOf(Name), ...settings });
    expect(await describeBus(arnOf(Name))).toMatchObject({ Name, Arn: arnOf(Name), ...settings });
    const changed = await on.events.send(new UpdateEventBusCommand({ Name, Description: "more" }));
    expect(changed).toMatchObject({ Arn: arnOf(Name), Name, ...settings, Description: "more" });
    const list = new ListEventBusesCommand({ NamePrefix: Name });
    expect((await on.events.send(list)).EventBuses).toEqual([
      {
        Name,
        Arn: arnOf(Name),
        Description: "more",
        CreationTime: expect.any(Date),
        LastModifiedTime: expect.any(Date),
      },
    ]);
    await on.events.send(new DeleteEventBusCommand({ Name }));
    await on.events.send(new DeleteEventBusCommand({ Name }));
    await expect(describeBus(Name)).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: `Event bus ${Name} does not exist.`,
    });
  });

  test("comes in pages", async () => {
    for (const name of ["page-1", "page-2", "page-3"]) await on.bus(name);
    const page = (NextToken?: string) =>
      on.events.send(new ListEventBusesCommand({ NamePrefix: "page-", Limit: 2, NextToken }));
    const first = await page();
    expect(first.EventBuses?.map(({ Name }) => Name)).toEqual(["page-1", "page-2"]);
    const second = await page(first.NextToken);
    expect(second.EventBuses?.map(({ Name }) => Name)).toEqual(["page-3"]);
    expect(second.NextToken).toBeUndefined();
  });

  test.each<[Partial<CreateEventBusCommandInput>, string, string]>([
    [{ Name: "default" }, "ResourceAlreadyExistsException", "Event bus default already exists."],
    [{ Name: "a/b" }, "ValidationException", "must not contain '/'"],
    [{ Name: "a b" }, "ValidationException", "regular expression pattern: [/\\.\\-_A-Za-z0-9]+"],
    [{ Name: "x".repeat(257) }, "ValidationException", "less than or equal to 256"],
    [
      { Name: "aws.partner/a/b", EventSourceName: "aws.partner/a/b" },
      "ResourceNotFoundException",
      "Event source aws.partner/a/b does not exist.",
    ],
    [
      { Name: "tagged", Tags: [{ Key: "aws:x", Value: "" }] },
      "ValidationException",
      "must not begin with aws:",
    ],
    [
      {
        Name: "tagged",
        Tags: [
          { Key: "k", Value: "1" },
          { Key: "k", Value: "2" },
        ],
      },
      "ValidationException",
      "Duplicated keys are not allowed.",
    ],
    [
      { Name: "dead", DeadLetterConfig: { Arn: "arn:aws:sns:us-east-1:000000000000:t" } },
      "ValidationException",
      "DeadLetterConfig.Arn is not valid",
    ],
  ])("with %o is refused", async (input, name, wording) => {
    const answer = on.events.send(new CreateEventBusCommand(input as CreateEventBusCommandInput));
    await expect(answer).rejects.toMatchObject({ name });
    await expect(answer).rejects.toThrow(wording);
  });

  test("of the same name is refused, and the default one stays", async () => {
    const Name = await on.bus();
    await expect(on.events.send(new CreateEventBusCommand({ Name }))).rejects.toThrow(
      `Event bus ${Name} already exists.`,
    );
    await expect(on.events.send(new DeleteEventBusCommand({ Name: "default" }))).rejects.toMatchObject({
      name: "ValidationException",
      message: "Cannot delete event bus default.",
    });
  });
});

describe("permissions", () => {
  const policyOf = async (bus: string) => JSON.parse((await describeBus(bus)).Policy ?? "null");
  const allow = (EventBusName: string, more: Partial<PutPermissionCommandInput> = {}) =>
    on.events.send(
      new PutPermissionCommand({
        EventBusName,
        Action: "events:PutEvents",
        Principal: "111111111111",
        StatementId: "one",
        ...more,
      }),
    );

  test("are put by statement and taken away again", async () => {
    const bus = await on.bus();
    await allow(bus);
    await allow(bus, { StatementId: "all", Principal: "*" });
    const statement = { Effect: "Allow", Action: "events:PutEvents", Resource: arnOf(bus) };
    const one = { Sid: "one", ...statement, Principal: { AWS: "arn:aws:iam::111111111111:root" } };
    const all = { Sid: "all", ...statement, Principal: "*" };
    expect(await policyOf(bus)).toEqual({ Version: "2012-10-17", Statement: [one, all] });
    const Condition = { Type: "StringEquals", Key: "aws:PrincipalOrgID", Value: "o-1" };
    await allow(bus, { StatementId: "all", Principal: "*", Condition });
    expect((await policyOf(bus)).Statement[1].Condition).toEqual({
      StringEquals: { "aws:PrincipalOrgID": "o-1" },
    });
    await on.events.send(new RemovePermissionCommand({ EventBusName: bus, StatementId: "one" }));
    expect((await policyOf(bus)).Statement).toHaveLength(1);
    await on.events.send(new RemovePermissionCommand({ EventBusName: bus, RemoveAllPermissions: true }));
    expect((await describeBus(bus)).Policy).toBeUndefined();
  });

  test("are put as a whole policy", async () => {
    const bus = await on.bus();
    const policy = {
      Version: "2012-10-17",
      Statement: [{ Sid: "x", Effect: "Deny", Principal: "*", Action: "*" }],
    };
    await on.events.send(new PutPermissionCommand({ EventBusName: bus, Policy: JSON.stringify(policy) }));
    expect(await policyOf(bus)).toEqual(policy);
  });

  test.each<[PutPermissionCommandInput, string, string]>([
    [{ Policy: "{" }, "ValidationException", "This policy contains invalid Json"],
    [{ Policy: '{"Statement":[null]}' }, "ValidationException", "This policy contains invalid Json"],
    [
      { Policy: `{"Statement":${"[".repeat(9000)}${"]".repeat(9000)}}` },
      "ValidationException",
      "This policy contains invalid Json",
    ],
    [
      { Policy: JSON.stringify({ Statement: [{ Sid: "x".repeat(11_000) }] }) },
      "PolicyLengthExceededException",
      "10240",
    ],
    [
      { Action: "events:PutEvents", Principal: "*" },
      "ValidationException",
      "Parameter StatementId is required.",
    ],
    [
      { Action: "events:PutEvents", StatementId: "s" },
      "ValidationException",
      "Parameter Principal is required.",
    ],
    [
      { Action: "events:PutRule", StatementId: "s", Principal: "*" },
      "ValidationException",
      "Provided value in parameter 'action' is not supported.",
    ],
    [{ Action: "s3:Get", StatementId: "s", Principal: "*" }, "ValidationException", "events:[a-zA-Z]+"],
    [
      { Action: "events:PutEvents", StatementId: "s", Principal: "1" },
      "ValidationException",
      "(\\d{12}|\\*)",
    ],
    [
      { EventBusName: "gone", Action: "events:PutEvents", StatementId: "s", Principal: "*" },
      "ResourceNotFoundException",
      "Event bus gone does not exist.",
    ],
  ])("%o are refused", async (input, name, wording) => {
    const answer = on.events.send(new PutPermissionCommand(input));
    await expect(answer).rejects.toMatchObject({ name });
    await expect(answer).rejects.toThrow(wording);
  });

  test("that are not there are not taken away", async () => {
    const EventBusName = await on.bus();
    const remove = (input: object) => on.events.send(new RemovePermissionCommand({ EventBusName, ...input }));
    await expect(remove({ StatementId: "no" })).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Statement with the provided id does not exist.",
    });
    await expect(remove({})).rejects.toThrow("Parameter StatementId is required.");
  });
});

describe("tags", () => {
  const tagsOf = async (ResourceARN: string) =>
    (await on.events.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags;
  const TWO = [
    { Key: "tag1", Value: "value1" },
    { Key: "__proto__", Value: "value2" },
  ];

  test.each(["bus", "rule"])("of a %s are put and taken away", async (kind) => {
    const EventBusName = await on.bus();
    const rule = await on.rule({
      Name: "r",
      EventBusName,
      EventPattern: ANY_SOURCE,
      Tags: [{ Key: "k", Value: "v" }],
    });
    const ResourceARN = kind === "bus" ? arnOf(EventBusName) : rule;
    if (kind === "rule") expect(await tagsOf(rule)).toEqual([{ Key: "k", Value: "v" }]);
    await on.events.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["k"] }));
    await on.events.send(new TagResourceCommand({ ResourceARN, Tags: TWO }));
    expect(await tagsOf(ResourceARN)).toEqual(TWO);
    await on.events.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["__proto__", "none"] }));
    expect(await tagsOf(ResourceARN)).toEqual([TWO[0]]);
    const many = Array.from({ length: 50 }, (_, at) => ({ Key: `k${at}`, Value: "" }));
    await expect(on.events.send(new TagResourceCommand({ ResourceARN, Tags: many }))).rejects.toMatchObject({
      name: "LimitExceededException",
    });
  });

  test.each([
    [arnOf("gone"), "ResourceNotFoundException", "Event bus gone does not exist."],
    [
      "arn:aws:events:us-east-1:000000000000:rule/gone",
      "ResourceNotFoundException",
      "Rule gone does not exist on EventBus default.",
    ],
    ["arn:aws:sqs:us-east-1:000000000000:q", "ValidationException", "Provided Arn is not in correct format."],
  ])("%s has none", async (ResourceARN, name, wording) => {
    for (const command of [
      new ListTagsForResourceCommand({ ResourceARN }),
      new TagResourceCommand({ ResourceARN, Tags: TWO }),
      new UntagResourceCommand({ ResourceARN, TagKeys: ["a"] }),
    ]) {
      const answer = on.events.send(command as ListTagsForResourceCommand);
      await expect(answer).rejects.toMatchObject({ name });
      await expect(answer).rejects.toThrow(wording);
    }
  });
});
