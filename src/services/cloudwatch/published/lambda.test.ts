import { CreateStreamCommand, KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import {
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  InvokeCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  PutProvisionedConcurrencyConfigCommand,
} from "@aws-sdk/client-lambda";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lambda, startLambda } from "../../lambda/lambda.fixture.ts";
import { serve } from "../../lambda/urls/urls.fixture.ts";
import { readingOf, under } from "./published.fixture.ts";

// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html

const INVOKED = { Duration: "Milliseconds", Errors: "Count", Invocations: "Count", Throttles: "Count" };
const RUNNING = { ConcurrentExecutions: "Count" };
const PROVISIONED = {
  ProvisionedConcurrencyInvocations: "Count",
  ProvisionedConcurrencyUtilization: "Percent",
  ProvisionedConcurrentExecutions: "Count",
};
const ASYNC = {
  AsyncEventAge: "Milliseconds",
  AsyncEventsDropped: "Count",
  AsyncEventsReceived: "Count",
  DeadLetterErrors: "Count",
  DestinationDeliveryFailures: "Count",
};
const ACCOUNT = {
  ...INVOKED,
  ...RUNNING,
  ClaimedAccountConcurrency: "Count",
  UnreservedConcurrentExecutions: "Count",
};
const URL_REQUESTS = {
  Url4xxCount: "Count",
  Url5xxCount: "Count",
  UrlRequestCount: "Count",
  UrlRequestLatency: "Milliseconds",
};

const CODE = "export const handler = async ({ fail }) => { if (fail) throw new Error('no'); return 1; };";

let on: Lambda;
beforeAll(async () => {
  on = await startLambda();
});
afterAll(() => on.nuage.stop());

test("functions publish what AWS's do, by names, qualifiers, versions and URLs, and in all", async () => {
  const { lambda, nuage } = on;
  const published = readingOf(on);
  const invoke = (FunctionName: string, event = {}, more = {}) =>
    lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event), ...more }));

  await on.create("plain", CODE);
  await lambda.send(new PublishVersionCommand({ FunctionName: "plain" }));
  await lambda.send(new CreateAliasCommand({ FunctionName: "plain", Name: "live", FunctionVersion: "1" }));
  await invoke("plain");
  await invoke("plain", { fail: true }, { Qualifier: "live" });

  await on.create("ready", CODE);
  await lambda.send(new PublishVersionCommand({ FunctionName: "ready" }));
  await lambda.send(
    new PutProvisionedConcurrencyConfigCommand({
      FunctionName: "ready",
      Qualifier: "1",
      ProvisionedConcurrentExecutions: 1,
    }),
  );
  await nuage.idle();
  await invoke("ready", {}, { Qualifier: "1" });

  await on.create("dying", CODE, {
    DeadLetterConfig: { TargetArn: `arn:aws:sqs:us-east-1:${nuage.account}:nowhere` },
  });
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: "dying",
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: `arn:aws:sqs:us-east-1:${nuage.account}:nowhere` } },
    }),
  );
  await invoke("dying", { fail: true }, { InvocationType: "Event" });

  await on.create("closed", CODE);
  await lambda.send(
    new PutFunctionConcurrencyCommand({ FunctionName: "closed", ReservedConcurrentExecutions: 0 }),
  );
  await expect(invoke("closed")).rejects.toMatchObject({ name: "TooManyRequestsException" });

  const url = await serve(on, "site", CODE);
  await (await fetch(url)).text();
  await nuage.advance("1 hour");

  const rows = await published.rows("AWS/Lambda");
  const own = (name: string, ...tables: Record<string, string>[]) =>
    tables.flatMap((table) => under(`FunctionName=${name}`, table));
  const qualified = (name: string, resource: string, ...tables: Record<string, string>[]) =>
    tables.flatMap((table) => under(`FunctionName=${name},Resource=${resource}`, table));
  expect(rows).toEqual(
    [
      ...under("-", ACCOUNT),
      ...under("-", PROVISIONED),
      ...under("-", ASYNC),
      ...own("plain", INVOKED, RUNNING),
      ...qualified("plain", "plain", INVOKED, RUNNING),
      ...qualified("plain", "plain:live", INVOKED, RUNNING),
      ...under("FunctionName=plain,Resource=plain:live,ExecutedVersion=1", { ...INVOKED, ...RUNNING }),
      ...own("ready", INVOKED, RUNNING, PROVISIONED),
      ...qualified("ready", "ready:1", INVOKED, RUNNING, PROVISIONED),
      ...own("dying", INVOKED, RUNNING, ASYNC),
      ...qualified("dying", "dying", INVOKED, RUNNING),
      ...own("closed", { Throttles: "Count" }),
      ...qualified("closed", "closed", { Throttles: "Count" }),
      ...own("site", INVOKED, RUNNING, URL_REQUESTS),
      ...qualified("site", "site", INVOKED, RUNNING, URL_REQUESTS),
    ].sort(),
  );
  expect(await published.values("AWS/Lambda", "FunctionName=site")).toMatchObject({ UrlRequestCount: 1 });
  expect(await published.values("AWS/Lambda", "-", "Maximum")).toMatchObject({
    ClaimedAccountConcurrency: 2,
  });
});

test("event source mappings publish what AWS's do", async () => {
  const { lambda, nuage } = on;
  const published = readingOf(on);
  const [kinesis, sqs] = [nuage.client(KinesisClient), nuage.client(SQSClient)];
  await on.create("reader", CODE);
  await sqs.send(new CreateQueueCommand({ QueueName: "jobs" }));
  await kinesis.send(new CreateStreamCommand({ StreamName: "clicks", ShardCount: 1 }));
  await nuage.idle();
  const map = (source: string, more = {}) =>
    lambda.send(
      new CreateEventSourceMappingCommand({
        FunctionName: "reader",
        EventSourceArn: `arn:aws:${source.replace("ACCOUNT", nuage.account)}`,
        MetricsConfig: { Metrics: ["EventCount"] },
        ...more,
      }),
    );
  const FilterCriteria = { Filters: [{ Pattern: '{"body":{"wanted":[true]}}' }] };
  const { UUID: ofQueue } = await map("sqs:us-east-1:ACCOUNT:jobs", { FilterCriteria });
  const { UUID: ofStream } = await map("kinesis:us-east-1:ACCOUNT:stream/clicks", {
    StartingPosition: "TRIM_HORIZON",
    FilterCriteria: { Filters: [{ Pattern: '{"data":{"wanted":[true]}}' }] },
  });
  await nuage.advance("1 minute");
  const QueueUrl = `${nuage.endpoint}/${nuage.account}/jobs`;
  for (const wanted of [true, false]) {
    const text = JSON.stringify({ wanted });
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: text }));
    const Data = Buffer.from(text);
    await kinesis.send(new PutRecordCommand({ StreamName: "clicks", Data, PartitionKey: "k" }));
  }
  await nuage.advance("1 minute");
  const counts = { FilteredOutEventCount: "Count", InvokedEventCount: "Count", PolledEventCount: "Count" };
  const rows = (await published.rows("AWS/Lambda")).filter((row) => /EventSource|IteratorAge/.test(row));
  expect(rows).toEqual(
    [
      ...under(`EventSourceMappingUUID=${ofQueue}`, { ...counts, DeletedEventCount: "Count" }),
      ...under(`EventSourceMappingUUID=${ofStream}`, counts),
      ...under("FunctionName=reader", { IteratorAge: "Milliseconds" }),
    ].sort(),
  );
  expect(await published.values("AWS/Lambda", `EventSourceMappingUUID=${ofQueue}`)).toEqual({
    DeletedEventCount: 1,
    FilteredOutEventCount: 1,
    InvokedEventCount: 1,
    PolledEventCount: 2,
  });
});
