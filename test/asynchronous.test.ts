// Every cell of what AWS promises about asynchronous invocation, tried through its clients on a turned clock.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  CreateAliasCommand,
  DeleteFunctionCommand,
  InvokeCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  type PutFunctionEventInvokeConfigCommandInput,
  PutProvisionedConcurrencyConfigCommand,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Span } from "../src/kernel/telemetry.ts";
import { type Deliveries, startDeliveries } from "./deliveries.fixture.ts";
import { linesOf } from "./views.ts";

let world: Deliveries;
beforeEach(async () => {
  world = await startDeliveries();
});
afterEach(() => world.nuage.stop());

const FAILS = "export const handler = async () => { throw new TypeError('no luck'); };";
const WORKS = "export const handler = async ({ n }) => ({ twice: 2 * n });";
/** Fails on its first runs. The process goes on, and counts. */
const MENDS = `let runs = 0;
export const handler = async () => { if (++runs < 3) throw new TypeError("not yet"); return runs; };`;
const EXITS = "export const handler = async () => process.exit(7);";
const HANGS = "export const handler = () => new Promise(() => { setInterval(() => {}, 1000); });";

type Config = Omit<PutFunctionEventInvokeConfigCommandInput, "FunctionName">;

const configure = (FunctionName: string, config: Config) =>
  world.lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, ...config }));

/** Invokes asynchronously and gives the request's id. */
async function send(FunctionName: string, event: unknown = { n: 1 }, Qualifier?: string): Promise<string> {
  const Payload = JSON.stringify(event);
  const qualified = Qualifier === undefined ? {} : { Qualifier };
  const { StatusCode, $metadata } = await world.lambda.send(
    new InvokeCommand({ FunctionName, InvocationType: "Event", Payload, ...qualified }),
  );
  expect(StatusCode).toBe(202);
  await world.nuage.idle();
  return $metadata.requestId ?? "";
}

/** When the function ran for a request, in seconds after the first run, to the nearest ten. */
async function runsOf(requestId: string): Promise<number[]> {
  const { spans } = await world.ask<{ spans: Span[] }>(`/_nuage/traces/${requestId}`);
  const starts = spans
    .filter((span) => span.kind === "invoke" && span.requestId === requestId)
    .map(({ startMs }) => startMs)
    .sort((one, other) => one - other);
  return starts.map((startMs) => Math.round((startMs - (starts[0] ?? 0)) / 10_000) * 10);
}

/** The messages that a queue holds now. */
async function messagesOf(QueueUrl: string) {
  const { Messages = [] } = await world.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ["All"],
      VisibilityTimeout: 43_200,
    }),
  );
  return Messages;
}

describe("retries", () => {
  it.each([
    ["an error, by default", FAILS, {}, [0, 60, 180], "RetriesExhausted", 3],
    ["an error, once", FAILS, { MaximumRetryAttempts: 1 }, [0, 60], "RetriesExhausted", 2],
    ["an error, never", FAILS, { MaximumRetryAttempts: 0 }, [0], "RetriesExhausted", 1],
    ["a crash", EXITS, {}, [0, 60, 180], "RetriesExhausted", 3],
    ["an error that goes away", MENDS, {}, [0, 60, 180], "Success", 3],
    ["an event that grows too old", FAILS, { MaximumEventAgeInSeconds: 60 }, [0], "EventAgeExceeded", 1],
    [
      "one that grows too old later",
      FAILS,
      { MaximumEventAgeInSeconds: 100 },
      [0, 60],
      "EventAgeExceeded",
      2,
    ],
    ["none of a success", WORKS, {}, [0], "Success", 1],
  ])("of %s", async (_of, code, config, runs, condition, approximateInvokeCount) => {
    const told = await world.queue("told");
    await world.deploy("f", code);
    const destination = { Destination: told.arn };
    await configure("f", {
      ...config,
      DestinationConfig: { OnSuccess: destination, OnFailure: destination },
    });
    const requestId = await send("f");
    await world.nuage.advance("7 hours");
    expect(await runsOf(requestId)).toEqual(runs);
    const bodies = (await messagesOf(told.url)).map(({ Body = "" }) => JSON.parse(Body));
    expect(bodies).toHaveLength(1);
    expect(bodies[0].requestContext).toEqual({
      requestId,
      functionArn: expect.stringMatching(/:function:f:\$LATEST$/),
      condition,
      approximateInvokeCount,
    });
  });

  it("of a time-out are those of an error", async () => {
    await world.deploy("f", HANGS, { Timeout: 1 });
    const requestId = await send("f");
    await world.nuage.advance("7 hours");
    expect(await runsOf(requestId)).toEqual([0, 60, 180]);
  });

  it("follow what is configured for the version or the alias that was named", async () => {
    await world.deploy("f", FAILS);
    await world.lambda.send(new PublishVersionCommand({ FunctionName: "f" }));
    await world.lambda.send(
      new CreateAliasCommand({ FunctionName: "f", Name: "live", FunctionVersion: "1" }),
    );
    await configure("f", { MaximumRetryAttempts: 0 });
    await configure("f", { Qualifier: "live", MaximumRetryAttempts: 1 });
    const ids = [await send("f"), await send("f", {}, "live"), await send("f", {}, "1")];
    await world.nuage.advance("7 hours");
    const runs = await Promise.all(ids.map(runsOf));
    expect(runs.map(({ length }) => length)).toEqual([1, 2, 3]);
  });

  it("of a throttled function back off from a second to five minutes, for six hours", async () => {
    const told = await world.queue("told");
    await world.deploy("f", WORKS);
    await world.lambda.send(new PublishVersionCommand({ FunctionName: "f" }));
    await world.lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName: "f", ReservedConcurrentExecutions: 1 }),
    );
    // All of the reservation is provisioned for the version: nothing is left to $LATEST.
    await world.lambda.send(
      new PutProvisionedConcurrencyConfigCommand({
        FunctionName: "f",
        Qualifier: "1",
        ProvisionedConcurrentExecutions: 1,
      }),
    );
    await world.nuage.idle();
    await configure("f", { DestinationConfig: { OnFailure: { Destination: told.arn } } });
    const requestId = await send("f");
    await world.nuage.advance("7 hours");
    const { spans } = await world.ask<{ spans: Span[] }>(`/_nuage/traces/${requestId}`);
    const refusals = spans.filter(({ attributes }) => attributes.outcome === "refused");
    const gaps = refusals
      .slice(1)
      .map(({ startMs }, index) => Math.round((startMs - (refusals[index]?.startMs ?? 0)) / 1000));
    expect(gaps.slice(0, 11)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    expect(gaps.reduce((sum, gap) => sum + gap, 0)).toBeGreaterThan(5.8 * 3600);
    const [message] = await messagesOf(told.url);
    const record = JSON.parse(message?.Body ?? "");
    expect(record.requestContext).toMatchObject({ condition: "EventAgeExceeded", approximateInvokeCount: 0 });
    expect(record.responseContext).toBeUndefined();
  });

  it("are none for a function that is switched off: its event fails at once", async () => {
    const dead = await world.queue("dead");
    await world.deploy("f", WORKS, { DeadLetterConfig: { TargetArn: dead.arn } });
    await world.lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName: "f", ReservedConcurrentExecutions: 0 }),
    );
    const requestId = await send("f", { n: 5 });
    expect(await runsOf(requestId)).toEqual([]);
    const [message] = await messagesOf(dead.url);
    expect(message?.Body).toBe('{"n":5}');
    expect(message?.MessageAttributes).toMatchObject({
      RequestID: { DataType: "String", StringValue: requestId },
      ErrorCode: { DataType: "Number", StringValue: "429" },
      ErrorMessage: { DataType: "String" },
    });
  });

  it("end with the function, and its log says so", async () => {
    await world.deploy("f", FAILS);
    const requestId = await send("f");
    await world.lambda.send(new DeleteFunctionCommand({ FunctionName: "f" }));
    await world.nuage.advance("7 hours");
    expect(await runsOf(requestId)).toEqual([0]);
    const lines = await linesOf(world.nuage.endpoint, "f");
    expect(lines.at(-1)?.message).toContain(`${requestId} was dropped`);
  });
});

describe("a dead-letter queue", () => {
  it.each(["a queue", "a topic"])("that is %s gets the event with what went wrong", async (kind) => {
    const dead = await world.queue("dead");
    await world.deploy(
      "f",
      "export const handler = async () => { throw new TypeError('é'.repeat(2000)); };",
      {
        DeadLetterConfig: { TargetArn: kind === "a topic" ? await topic("dead-topic", dead.arn) : dead.arn },
      },
    );
    await configure("f", { MaximumRetryAttempts: 0 });
    const requestId = await send("f", { n: 5 });
    const [message] = await messagesOf(dead.url);
    expect(message?.Body).toBe('{"n":5}');
    expect(message?.MessageAttributes).toEqual({
      RequestID: { DataType: "String", StringValue: requestId },
      ErrorCode: { DataType: "Number", StringValue: "200" },
      ErrorMessage: { DataType: "String", StringValue: "é".repeat(512) },
    });
  });
});

/** A topic whose messages come into a queue as they were published. */
async function topic(Name: string, queueArn: string): Promise<string> {
  const sns = world.nuage.client(SNSClient);
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name }));
  const Attributes = { RawMessageDelivery: "true" };
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: queueArn, Attributes }));
  return TopicArn;
}

/** A bus whose events come into a queue. */
async function bus(Name: string, queueArn: string): Promise<string> {
  const events = world.nuage.client(EventBridgeClient);
  const { EventBusArn = "" } = await events.send(new CreateEventBusCommand({ Name }));
  const EventPattern = JSON.stringify({ source: ["lambda"] });
  await events.send(new PutRuleCommand({ EventBusName: Name, Name: "all", EventPattern }));
  await events.send(
    new PutTargetsCommand({ EventBusName: Name, Rule: "all", Targets: [{ Id: "queue", Arn: queueArn }] }),
  );
  return EventBusArn;
}

describe("a destination", () => {
  /** What it is told of a success and of a failure, but for the bucket, which hears of failures only. */
  const FAILURE = {
    version: "1.0",
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    requestContext: {
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      functionArn: "arn:aws:lambda:us-east-1:000000000000:function:fails:$LATEST",
      condition: "RetriesExhausted",
      approximateInvokeCount: 1,
    },
    requestPayload: { n: 2 },
    responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
    responsePayload: expect.objectContaining({ errorType: "TypeError", errorMessage: "no luck" }),
  };
  const SUCCESS = {
    ...FAILURE,
    requestContext: {
      ...FAILURE.requestContext,
      functionArn: "arn:aws:lambda:us-east-1:000000000000:function:works:$LATEST",
      condition: "Success",
    },
    requestPayload: { n: 1 },
    responseContext: { statusCode: 200, executedVersion: "$LATEST" },
    responsePayload: { twice: 2 },
  };

  async function sendBoth(onSuccess: string | undefined, onFailure: string): Promise<void> {
    await world.deploy("works", WORKS);
    await world.deploy("fails", FAILS);
    if (onSuccess) {
      await configure("works", { DestinationConfig: { OnSuccess: { Destination: onSuccess } } });
    }
    await configure("fails", {
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: onFailure } },
    });
    await send("works", { n: 1 });
    await send("fails", { n: 2 });
  }

  it.each(["queue", "topic", "function"])("that is a %s hears of successes and failures", async (kind) => {
    const told = await world.queue("told");
    const passOn = `import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
      const sqs = new SQSClient({});
      export const handler = (event) =>
        sqs.send(new SendMessageCommand({ QueueUrl: "${told.url}", MessageBody: JSON.stringify(event) }));`;
    const destination =
      kind === "queue"
        ? told.arn
        : kind === "topic"
          ? await topic("told", told.arn)
          : await world.deploy("passes-on", passOn);
    await sendBoth(destination, destination);
    const bodies = (await messagesOf(told.url)).map(({ Body = "" }) => JSON.parse(Body));
    expect(bodies).toHaveLength(2);
    expect(bodies).toEqual(expect.arrayContaining([SUCCESS, FAILURE]));
  });

  it("that is an event bus gets events whose detail is the record", async () => {
    const told = await world.queue("told");
    const arn = await bus("results", told.arn);
    await sendBoth(arn, arn);
    const bodies = (await messagesOf(told.url)).map(({ Body = "" }) => JSON.parse(Body));
    expect(bodies).toHaveLength(2);
    for (const [detail, result] of [
      [SUCCESS, "Success"],
      [FAILURE, "Failure"],
    ] as const) {
      expect(bodies).toContainEqual(
        expect.objectContaining({
          source: "lambda",
          "detail-type": `Lambda Function Invocation Result - ${result}`,
          resources: [arn, detail.requestContext.functionArn],
          detail,
        }),
      );
    }
  });

  it("that is a bucket gets failures under AWS's key", async () => {
    const s3 = world.nuage.client(S3Client);
    await s3.send(new CreateBucketCommand({ Bucket: "failures" }));
    await sendBoth(undefined, "arn:aws:s3:::failures");
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "failures" }));
    expect(Contents).toHaveLength(1);
    const Key = Contents[0]?.Key ?? "";
    const day = "\\d{4}/\\d\\d/\\d\\d/\\d{4}-\\d\\d-\\d\\dT\\d\\d\\.\\d\\d\\.\\d\\d";
    expect(Key).toMatch(new RegExp(`^aws/lambda/async/fails/${day}-[0-9a-f-]{36}$`));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: "failures", Key }));
    expect(JSON.parse((await Body?.transformToString()) ?? "")).toEqual(FAILURE);
  });

  it.each(["sqs.SendMessage", "events.PutEvents", "lambda.Invoke"])(
    "whose %s fails for now is told later, once",
    async (target) => {
      const told = await world.queue("told");
      const arn = target.startsWith("events") ? await bus("results", told.arn) : told.arn;
      const chaos = world.nuage.chaos({ kind: "error", target, times: 4 });
      await world.deploy("works", WORKS);
      await configure("works", { DestinationConfig: { OnSuccess: { Destination: arn } } });
      const sending = send("works").catch(() => send("works"));
      if (target === "lambda.Invoke") chaos.stop();
      await sending;
      const soon = await messagesOf(told.url);
      await world.nuage.advance("1 hour");
      const later = await messagesOf(told.url);
      expect([soon.length, later.length]).toEqual(target === "lambda.Invoke" ? [1, 0] : [0, 1]);
      if (target !== "lambda.Invoke") expect(chaos.strikes()).toBe(4);
    },
  );

  it("that is gone is given up, and the function's log says why", async () => {
    await world.deploy("works", WORKS);
    const gone = "arn:aws:sqs:us-east-1:000000000000:gone";
    await configure("works", { DestinationConfig: { OnSuccess: { Destination: gone } } });
    const requestId = await send("works");
    const lines = await linesOf(world.nuage.endpoint, "works");
    expect(lines.at(-1)?.message).toMatch(
      new RegExp(`^Event ${requestId} could not be sent to the destination ${gone}: .*queue does not exist`),
    );
  });
});

it("delivers an event twice on demand, under one request id", async () => {
  await world.deploy("f", WORKS);
  world.nuage.chaos({ kind: "duplicate", target: "f", times: 1 });
  const requestId = await send("f");
  expect(await runsOf(requestId)).toEqual([0, 0]);
});
