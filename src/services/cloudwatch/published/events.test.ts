import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { under, usePublished } from "./published.fixture.ts";

const published = usePublished();
const { it } = published;

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html

/** Of rules, buses and all. */
const EACH = {
  IngestionToInvocationCompleteLatency: "Milliseconds",
  IngestionToInvocationStartLatency: "Milliseconds",
  IngestionToInvocationSuccessLatency: "Milliseconds",
  InvocationAttempts: "Count",
  SuccessfulInvocationAttempts: "Count",
  TriggeredRules: "Count",
};
const RULE = { ...EACH, Invocations: "Count", MatchedEvents: "Count" };
const RETRIED = { RetryInvocationAttempts: "Count" };
const ALL = {
  ...EACH,
  ...RETRIED,
  Invocations: "Count",
  InvocationsCreated: "Count",
  PutEventsApproximateCallCount: "Count",
  PutEventsApproximateFailedCount: "Count",
  PutEventsApproximateSuccessCount: "Count",
  PutEventsEntriesCount: "Count",
  PutEventsFailedEntriesCount: "Count",
  PutEventsLatency: "Milliseconds",
  PutEventsRequestSize: "Bytes",
};

test("rules, buses and requests publish what AWS's do", async () => {
  const [events, sqs] = [it.nuage.client(EventBridgeClient), it.nuage.client(SQSClient)];
  const arnOf = (queue: string) => `arn:aws:sqs:us-east-1:${it.nuage.account}:${queue}`;
  for (const QueueName of ["all", "dead"]) await sqs.send(new CreateQueueCommand({ QueueName }));
  await events.send(new CreateEventBusCommand({ Name: "own" }));
  const rule = async (EventBusName: string, Rule: string, ...Targets: Target[]) => {
    await events.send(new PutRuleCommand({ Name: Rule, EventBusName, EventPattern: '{"source":["me"]}' }));
    await events.send(new PutTargetsCommand({ Rule, EventBusName, Targets }));
  };
  const to = (Id: string, queue: string, deadLetters?: string): Target => ({
    Id,
    Arn: arnOf(queue),
    ...(deadLetters ? { DeadLetterConfig: { Arn: arnOf(deadLetters) } } : {}),
  });
  await rule("default", "first", to("a", "all"), to("b", "gone", "dead"), to("c", "gone", "nowhere"));
  await rule("default", "second", to("a", "all"));
  await rule("own", "third", to("a", "all"));
  const put = (...buses: string[]) =>
    events.send(
      new PutEventsCommand({
        Entries: buses.map((EventBusName) => ({
          EventBusName,
          Source: "me",
          DetailType: "x",
          Detail: EventBusName === "broken" ? "{" : "{}",
        })),
      }),
    );
  await put("default", "own", "broken");
  await put().catch(() => {});
  await it.nuage.idle();
  // The queue is slow: the event is delivered once more.
  const chaos = it.nuage.chaos({ kind: "throttle", target: "sqs.SendMessage", rate: 1 });
  await put("own");
  await it.nuage.idle();
  chaos.stop();
  await it.nuage.advance("1 day");

  expect(await published.rows("AWS/Events")).toEqual(
    [
      ...under("RuleName=first", {
        ...RULE,
        FailedInvocations: "Count",
        InvocationsFailedToBeSentToDlq: "Count",
        InvocationsSentToDlq: "Count",
      }),
      ...under("RuleName=second", RULE),
      ...under("EventBusName=own,RuleName=third", { ...RULE, ...RETRIED }),
      ...under("EventBusName=default", { ...EACH, MatchedEvents: "Count" }),
      ...under("EventBusName=own", { ...EACH, ...RETRIED, MatchedEvents: "Count" }),
      ...under("-", ALL),
    ].sort(),
  );
  expect(await published.values("AWS/Events", "RuleName=first")).toMatchObject({
    MatchedEvents: 1,
    TriggeredRules: 1,
    Invocations: 3,
    InvocationAttempts: 3,
    SuccessfulInvocationAttempts: 1,
    FailedInvocations: 2,
  });
  expect(await published.values("AWS/Events", "EventBusName=default")).toMatchObject({
    MatchedEvents: 1,
    TriggeredRules: 2,
  });
  expect(await published.values("AWS/Events", "-")).toMatchObject({
    InvocationsCreated: 6,
    TriggeredRules: 4,
    PutEventsApproximateCallCount: 3,
    PutEventsApproximateSuccessCount: 2,
    PutEventsApproximateFailedCount: 1,
    PutEventsEntriesCount: 4,
    PutEventsFailedEntriesCount: 1,
    PutEventsRequestSize: 19,
  });
});
