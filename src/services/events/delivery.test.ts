import {
  CreateEventBusCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsCommandOutput,
  PutPermissionCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { DeleteQueueCommand } from "@aws-sdk/client-sqs";
import { describe, expect, test } from "vitest";
import { ANY_SOURCE, entry, fresh, useEvents } from "./events.fixture.ts";

const on = useEvents();

/** A bus with one rule for everything and one queue behind it. */
async function piped(target: Record<string, unknown> = {}) {
  const queue = await on.queue();
  const EventBusName = await on.bus();
  const Name = fresh("rule");
  await on.rule({ Name, EventBusName, EventPattern: ANY_SOURCE }, { Id: "q", Arn: queue.arn, ...target });
  return { queue, EventBusName, Name };
}

describe("an event", () => {
  test("arrives as AWS writes it", async () => {
    const { queue, EventBusName } = await piped();
    const Time = new Date("2024-05-06T07:08:09.876Z");
    const Detail = '{"big":12345678901234567890, "é":[1,null]}';
    const [id] = await on.put(entry({ EventBusName, Time, Detail, Resources: ["arn:a", "arn:b"] }));
    const [message] = await on.messages(queue);
    expect(message?.Body).toBe(
      `{"version":"0","id":"${id}","detail-type":"Order Placed","source":"shop.orders",` +
        `"account":"000000000000","time":"2024-05-06T07:08:09Z","region":"us-east-1",` +
        `"resources":["arn:a","arn:b"],"detail":${Detail}}`,
    );
  });

  test("goes to every matching rule's every target, and to no other", async () => {
    const EventBusName = await on.bus();
    const [one, two, three] = [await on.queue(), await on.queue(), await on.queue()];
    const rule = (Name: string, pattern: object) => ({
      Name,
      EventBusName,
      EventPattern: JSON.stringify(pattern),
    });
    await on.rule(
      rule("orders", { source: ["shop.orders"] }),
      { Id: "1", Arn: one.arn },
      { Id: "2", Arn: two.arn },
    );
    await on.rule(rule("large", { detail: { total: [{ numeric: [">", 100] }] } }), {
      Id: "1",
      Arn: three.arn,
    });
    await on.put(
      entry({ EventBusName, Detail: '{"total":50}' }),
      entry({ EventBusName, Detail: '{"total":500}' }),
      entry({ EventBusName, Source: "other", Detail: '{"total":501}' }),
    );
    const totals = async (queue: typeof one) =>
      (await on.bodies(queue)).map(({ detail }) => detail.total).sort();
    expect(await totals(one)).toEqual([50, 500]);
    expect(await totals(two)).toEqual([50, 500]);
    expect(await totals(three)).toEqual([500, 501]);
  });

  test("on its way is not held up by a change of its rule; later events follow the change", async () => {
    const { queue, EventBusName, Name } = await piped();
    await on.put(entry({ EventBusName }));
    await on.events.send(new DisableRuleCommand({ Name, EventBusName }));
    await on.put(entry({ EventBusName, Detail: '{"while":"disabled"}' }));
    await on.events.send(new EnableRuleCommand({ Name, EventBusName }));
    await on.put(entry({ EventBusName, Detail: '{"while":"enabled"}' }));
    await on.events.send(new RemoveTargetsCommand({ Rule: Name, EventBusName, Ids: ["q"] }));
    await on.put(entry({ EventBusName, Detail: '{"while":"removed"}' }));
    expect((await on.bodies(queue)).map(({ detail }) => detail)).toEqual([
      { order: 1 },
      { while: "enabled" },
    ]);
  });

  test("for a bus that is not there is taken, and dropped", async () => {
    expect(await on.put(entry({ EventBusName: "nowhere" }))).toEqual([
      expect.stringMatching(/^[\da-f-]{36}$/),
    ]);
  });

  test("reaches the default bus without a name, and a bus of another region by its ARN", async () => {
    const [here, there] = [await on.queue(), await on.queue()];
    await on.rule(
      { Name: "default-rule", EventPattern: '{"source":["to.default"]}' },
      { Id: "q", Arn: here.arn },
    );
    await on.put(entry({ Source: "to.default" }));
    expect(await on.bodies(here)).toHaveLength(1);
    const far = new EventBridgeClient({
      endpoint: on.nuage.endpoint,
      region: "eu-west-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const { EventBusArn } = await far.send(new CreateEventBusCommand({ Name: "far" }));
    far.destroy();
    expect(EventBusArn).toBe("arn:aws:events:eu-west-1:000000000000:event-bus/far");
    await on.put(entry({ EventBusName: EventBusArn }));
    expect(await on.bodies(there)).toEqual([]);
  });
});

describe("what a target is sent", () => {
  test.each([
    [{ Input: '{"own":true}' }, { own: true }],
    [{ InputPath: "$.detail" }, { order: 1 }],
    [
      {
        InputTransformer: {
          InputPathsMap: { order: "$.detail.order" },
          InputTemplate: '{"id":<order>,"rule":"<aws.events.rule-name>"}',
        },
      },
      { id: 1, rule: expect.stringMatching(/^rule-\d+$/) },
    ],
  ])("%o", async (target, expected) => {
    const { queue, EventBusName } = await piped(target);
    await on.put(entry({ EventBusName }));
    expect(await on.bodies(queue)).toEqual([expected]);
  });

  test("a FIFO queue gets the group of its target", async () => {
    const queue = await on.queue(`${fresh("ordered")}.fifo`, { ContentBasedDeduplication: "true" });
    const EventBusName = await on.bus();
    const SqsParameters = { MessageGroupId: "g" };
    const target = { Id: "q", Arn: queue.arn, SqsParameters };
    await on.rule({ Name: "fifo", EventBusName, EventPattern: ANY_SOURCE }, target);
    await on.put(entry({ EventBusName }));
    expect((await on.messages(queue)).map(({ Attributes }) => Attributes?.MessageGroupId)).toEqual(["g"]);
  });

  test("the trace of an entry goes along", async () => {
    const { queue, EventBusName } = await piped();
    const root = "1-5f84c7a1-aabbccddeeff001122334455";
    await on.put(entry({ EventBusName, TraceHeader: `Root=${root};Parent=53995c3f42cd8ad8;Sampled=1` }));
    await on.messages(queue);
    const answer = await fetch(`${on.nuage.endpoint}/_nuage/traces/${root}`);
    const { spans } = (await answer.json()) as { spans: { name: string }[] };
    expect(spans.map(({ name }) => name)).toContain("sqs.SendMessage");
  });
});

describe("PutEvents refuses", () => {
  const put = (...entries: object[]): Promise<PutEventsCommandOutput> =>
    on.events.send(new PutEventsCommand({ Entries: entries }));
  test.each([
    [
      { Source: undefined },
      "InvalidArgument",
      "Parameter Source is not valid. Reason: Source is a required argument.",
    ],
    [
      { DetailType: undefined },
      "InvalidArgument",
      "Parameter DetailType is not valid. Reason: DetailType is a required argument.",
    ],
    [
      { Detail: undefined },
      "InvalidArgument",
      "Parameter Detail is not valid. Reason: Detail is a required argument.",
    ],
    [
      { Detail: "" },
      "InvalidArgument",
      "Parameter Detail is not valid. Reason: Detail is a required argument.",
    ],
    [{ Detail: "{" }, "MalformedDetail", "Detail is malformed."],
    [{ Detail: "[1]" }, "MalformedDetail", "Detail is malformed."],
    [{ Detail: '"text"' }, "MalformedDetail", "Detail is malformed."],
    [{ Source: "aws.s3" }, "NotAuthorizedForSourceException", "Not authorized for the source."],
  ])("an entry with %o, and takes the others", async (wrong, ErrorCode, ErrorMessage) => {
    const { queue, EventBusName } = await piped();
    const answer = await put(entry({ EventBusName, ...wrong }), entry({ EventBusName }));
    expect(answer).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode, ErrorMessage }, { EventId: expect.any(String) }],
    });
    expect(await on.bodies(queue)).toHaveLength(1);
  });

  test.each([
    ["more than ten entries", Array(11).fill(entry()), "Member must have length less than or equal to 10"],
    ["no entries", [], "Member must have length greater than or equal to 1"],
    [
      "more than a mebibyte",
      [
        entry({ Detail: JSON.stringify({ text: "x".repeat(600_000) }) }),
        entry({ Detail: JSON.stringify({ text: "x".repeat(600_000) }) }),
      ],
      "Total size of the entries in the request is over the limit.",
    ],
    ["a bus's impossible name", [entry({ EventBusName: "no/such" })], "eventBusName"],
  ])("%s", async (_, entries, wording) => {
    const answer = put(...entries);
    await expect(answer).rejects.toMatchObject({ name: "ValidationException" });
    await expect(answer).rejects.toThrow(wording);
  });

  test("as AWS prints what it was given", async () => {
    await expect(put(...Array(11).fill(entry({ EventBusName: "b" })))).rejects.toThrow(
      "1 validation error detected: Value '[PutEventsRequestEntry(time=null, source=shop.orders, " +
        'resources=null, detailType=Order Placed, detail={"order":1}, eventBusName=b, traceHeader=null, ' +
        "kmsKeyIdentifier=null, internalMetadata=null), PutEventsRequestEntry(",
    );
  });

  test("just a mebibyte is taken", async () => {
    const text = "x".repeat(1_048_576 - 11 - 12 - '{"text":""}'.length);
    const { queue, EventBusName } = await piped({ InputPath: "$.source" });
    await on.put(entry({ EventBusName, Detail: `{"text":"${text}"}` }));
    expect(await on.bodies(queue)).toEqual(["shop.orders"]);
  });
});

describe("from bus to bus", () => {
  test("an event is passed on once, as it came, to another bus but no third", async () => {
    const [first, second, third] = [await on.bus(), await on.bus(), await on.bus()];
    const arn = (bus: string) => `arn:aws:events:us-east-1:000000000000:event-bus/${bus}`;
    const [queue, beyond, dead] = [await on.queue(), await on.queue(), await on.queue()];
    const all = { EventPattern: ANY_SOURCE };
    await on.rule({ Name: "on", EventBusName: first, ...all }, { Id: "b", Arn: arn(second) });
    await on.rule(
      { Name: "on", EventBusName: second, ...all },
      { Id: "q", Arn: queue.arn },
      { Id: "b", Arn: arn(third), DeadLetterConfig: { Arn: dead.arn } },
    );
    await on.rule({ Name: "on", EventBusName: third, ...all }, { Id: "q", Arn: beyond.arn });
    const [id] = await on.put(entry({ EventBusName: first }));
    expect(await on.bodies(queue)).toMatchObject([{ id, source: "shop.orders", detail: { order: 1 } }]);
    expect(await on.bodies(beyond)).toEqual([]);
    expect((await on.bodies(dead)).map((event) => event.id)).toEqual([id]);
  });

  test("a bus of another account takes events from whom its policy lets in", async () => {
    const other = new EventBridgeClient({
      endpoint: on.nuage.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "111111111111", secretAccessKey: "test" },
    });
    const { EventBusArn } = await other.send(new CreateEventBusCommand({ Name: "theirs" }));
    const put = () =>
      on.events.send(new PutEventsCommand({ Entries: [entry({ EventBusName: EventBusArn })] }));
    await expect(put()).rejects.toMatchObject({ name: "AccessDeniedException" });
    await expect(put()).rejects.toThrow("no resource-based policy allows the events:PutEvents action");
    const mine = await on.bus();
    const dead = await on.queue();
    await on.rule(
      { Name: "on", EventBusName: mine, EventPattern: ANY_SOURCE },
      {
        Id: "b",
        Arn: EventBusArn,
        RoleArn: "arn:aws:iam::000000000000:role/r",
        DeadLetterConfig: { Arn: dead.arn },
      },
    );
    await on.put(entry({ EventBusName: mine }));
    const [refused] = await on.messages(dead);
    expect(refused?.MessageAttributes?.ERROR_CODE?.StringValue).toBe("NO_PERMISSIONS");
    await other.send(
      new PutPermissionCommand({
        EventBusName: "theirs",
        Action: "events:PutEvents",
        Principal: "000000000000",
        StatementId: "us",
      }),
    );
    await expect(put()).resolves.toMatchObject({ FailedEntryCount: 0 });
    await on.put(entry({ EventBusName: mine }));
    expect(await on.messages(dead)).toEqual([]);
    other.destroy();
  });
});

describe("a delivery that fails for good", () => {
  test("goes to the dead-letter queue at once, with AWS's attributes", async () => {
    const dead = await on.queue();
    const { queue, EventBusName, Name } = await piped({ DeadLetterConfig: { Arn: dead.arn } });
    await on.sqs.send(new DeleteQueueCommand({ QueueUrl: queue.url }));
    const [id] = await on.put(entry({ EventBusName }));
    const [message] = await on.messages(dead);
    expect(JSON.parse(message?.Body ?? "")).toMatchObject({ id, detail: { order: 1 } });
    const attributes = Object.entries(message?.MessageAttributes ?? {}).map(([name, value]) => [
      name,
      value.StringValue,
    ]);
    expect(Object.fromEntries(attributes)).toEqual({
      RULE_ARN: `arn:aws:events:us-east-1:000000000000:rule/${EventBusName}/${Name}`,
      TARGET_ARN: queue.arn,
      ERROR_CODE: "NO_RESOURCE",
      ERROR_MESSAGE: "The specified queue does not exist.",
      RETRY_ATTEMPTS: "0",
    });
  });

  test.each([
    ["arn:aws:states:us-east-1:000000000000:stateMachine:m", "NO_RESOURCE", "AWS Step Functions is not part"],
    [
      "arn:aws:imagebuilder:us-east-1:000000000000:image-pipeline/i",
      "NO_RESOURCE",
      "EC2 Image Builder is not",
    ],
    ["arn:aws:firehose:us-east-1:000000000000:deliverystream/d", "NO_RESOURCE", "Data Firehose is not part"],
    ["arn:aws:lambda:us-east-1:000000000000:function:gone", "NO_RESOURCE", "Function not found"],
    ["arn:aws:events:us-east-1:000000000000:event-bus/gone", "NO_RESOURCE", "Event bus gone does not exist."],
  ])("%s is told as %s", async (Arn, code, wording) => {
    const dead = await on.queue();
    const EventBusName = await on.bus();
    const target = {
      Id: "t",
      Arn,
      RoleArn: "arn:aws:iam::000000000000:role/r",
      DeadLetterConfig: { Arn: dead.arn },
    };
    await on.rule({ Name: "r", EventBusName, EventPattern: ANY_SOURCE }, target);
    await on.put(entry({ EventBusName }));
    const [message] = await on.messages(dead);
    expect(message?.MessageAttributes?.ERROR_CODE?.StringValue).toBe(code);
    expect(message?.MessageAttributes?.ERROR_MESSAGE?.StringValue).toContain(wording);
  });

  test("waits for a dead-letter queue that is throttled", async () => {
    const dead = await on.queue();
    const { queue, EventBusName } = await piped({ DeadLetterConfig: { Arn: dead.arn } });
    await on.sqs.send(new DeleteQueueCommand({ QueueUrl: queue.url }));
    const resource = dead.arn.split(":").at(-1) ?? "";
    const chaos = on.nuage.chaos({ kind: "throttle", target: "sqs.SendMessage", resource });
    const [id] = await on.put(entry({ EventBusName }));
    expect(await on.messages(dead)).toEqual([]);
    await on.nuage.advance(5000);
    expect(chaos.strikes()).toBeGreaterThan(3);
    chaos.stop();
    await on.nuage.advance(2000);
    const [message, ...others] = await on.messages(dead);
    expect(JSON.parse(message?.Body ?? "")).toMatchObject({ id });
    expect(message?.MessageAttributes).toMatchObject({
      ERROR_CODE: { StringValue: "NO_RESOURCE" },
      RETRY_ATTEMPTS: { StringValue: "0" },
    });
    expect(others).toEqual([]);
  });

  test("a template that makes no JSON of the event is told too", async () => {
    const dead = await on.queue();
    const { EventBusName } = await piped({
      DeadLetterConfig: { Arn: dead.arn },
      InputTransformer: { InputPathsMap: { d: "$.detail" }, InputTemplate: '{"d":"<d>"}' },
    });
    await on.put(entry({ EventBusName }));
    const [message] = await on.messages(dead);
    expect(message?.MessageAttributes?.ERROR_CODE?.StringValue).toBe("INVALID_JSON");
  });
});
