// What rules send to log groups, which let them in by a resource policy.
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { PutTargetsCommand, type Target } from "@aws-sdk/client-eventbridge";
import { beforeAll, expect, test } from "vitest";
import { ANY_SOURCE, entry, fresh, useEvents } from "./events.fixture.ts";

const on = useEvents({ policies: "enforce" });
const arnOf = (group: string) => `arn:aws:logs:us-east-1:000000000000:log-group:${group}`;
let logs: CloudWatchLogsClient;

const document = (service: string, Resource: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: {
      Effect: "Allow",
      Principal: { Service: [service, "delivery.logs.amazonaws.com"] },
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource,
    },
  });

beforeAll(async () => {
  logs = on.nuage.client(CloudWatchLogsClient);
  const policyDocument = document("events.amazonaws.com", `${arnOf("/aws/events/*")}:*`);
  await logs.send(new PutResourcePolicyCommand({ policyName: "rules", policyDocument }));
});

/** A group, and a rule on a bus of its own that leads there; `put` gives what the group got of an event. */
async function logged(prefix: string, more: Partial<Target> = {}) {
  const logGroupName = fresh(prefix);
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const EventBusName = await on.bus();
  await on.rule(
    { Name: "r", EventBusName, EventPattern: ANY_SOURCE },
    { Id: "t", Arn: arnOf(logGroupName), ...more },
  );
  const put = async (event = entry()) => {
    await on.put({ ...event, EventBusName });
    await on.nuage.idle();
    return (await logs.send(new FilterLogEventsCommand({ logGroupName }))).events ?? [];
  };
  return { logGroupName, EventBusName, put };
}

test("an event is a message at its own time, in a stream of the rule's own", async () => {
  const { logGroupName, put } = await logged("/aws/events/orders");
  const Time = new Date((Math.floor(on.nuage.clock.now() / 1000) - 3600) * 1000);
  const [event] = await put(entry({ Time }));
  expect(event?.timestamp).toBe(Time.getTime());
  expect(JSON.parse(event?.message ?? "")).toMatchObject({ source: "shop.orders", detail: { order: 1 } });
  expect(await put()).toHaveLength(2);
  const { logStreams = [] } = await logs.send(new DescribeLogStreamsCommand({ logGroupName }));
  expect(logStreams.map(({ logStreamName }) => logStreamName)).toEqual([
    expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
  ]);
});

test.each([
  [
    "a time and an object",
    "$.detail",
    '{"timestamp":<time>,"message":<told>}',
    '{"order":12345678901234567890}',
  ],
  ["a number and a text", "$.source", '{"timestamp":<ms>,"message":"from <told>"}', "from shop.orders"],
])("a transformer gives %s", async (_, told, InputTemplate, message) => {
  const ms = Math.floor(on.nuage.clock.now() / 1000) * 1000;
  const InputPathsMap = { time: "$.time", ms: "$.detail.ms", told };
  const { put } = await logged("/aws/events/shaped", { InputTransformer: { InputPathsMap, InputTemplate } });
  const Detail = told === "$.detail" ? '{"order":12345678901234567890}' : `{"ms":${ms}}`;
  const events = await put(entry({ Detail, Time: new Date(ms) }));
  expect(events).toMatchObject([{ timestamp: ms, message }]);
});

test("ARNs may end in an asterisk, as other services give them", async () => {
  const { EventBusName, logGroupName, put } = await logged("/aws/events/starred");
  const Targets = [{ Id: "t", Arn: `${arnOf(logGroupName)}:*` }];
  await on.events.send(new PutTargetsCommand({ Rule: "r", EventBusName, Targets }));
  expect(await put()).toHaveLength(1);
});

test("a transformer must make a timestamp and a message", async () => {
  const EventBusName = await on.bus();
  await on.rule({ Name: "r", EventBusName, EventPattern: ANY_SOURCE });
  for (const InputTemplate of ['"text"', '{"message":"x"}', '{"timestamp":1,"message":"x","more":1}']) {
    const Targets = [{ Id: "t", Arn: arnOf("/aws/events/x"), InputTransformer: { InputTemplate } }];
    await expect(on.events.send(new PutTargetsCommand({ Rule: "r", EventBusName, Targets }))).rejects.toThrow(
      'must have the form {"timestamp":<timestamp>,"message":<message>}',
    );
  }
});

test.each([
  ["that no policy opens", "/private/orders", "NO_PERMISSIONS"],
  ["that is not there", "gone", "NO_RESOURCE"],
])("a group %s is told of in the dead-letter queue", async (_, group, code) => {
  const name = fresh("dead");
  const arn = `arn:aws:sqs:us-east-1:000000000000:${name}`;
  const Policy = document("events.amazonaws.com", arn).replace(/logs:\w+/g, "sqs:SendMessage");
  const dead = await on.queue(name, { Policy });
  const DeadLetterConfig = { Arn: dead.arn };
  const more = group === "gone" ? { Arn: arnOf("/aws/events/gone"), DeadLetterConfig } : { DeadLetterConfig };
  const { put } = await logged(group, more);
  expect(await put()).toEqual([]);
  const [message] = await on.messages(dead);
  expect(message?.MessageAttributes?.ERROR_CODE?.StringValue).toBe(code);
});
