import { InvokeCommand, LambdaClient, PutFunctionEventInvokeConfigCommand } from "@aws-sdk/client-lambda";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { Nuage } from "nuage/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startDeliveries } from "./deliveries.fixture.ts";
import { createFunction, invoke as run } from "./functions.fixture.ts";
import { traceOf } from "./views.ts";

let nuage: Nuage;
let lambda: LambdaClient;
let sqs: SQSClient;

beforeEach(async () => {
  ({ nuage } = await startDeliveries());
  lambda = nuage.client(LambdaClient);
  sqs = nuage.client(SQSClient);
});
afterEach(() => nuage.stop());

async function queue(QueueName: string): Promise<{ url: string; arn: string }> {
  const { QueueUrl: url = "" } = await sqs.send(new CreateQueueCommand({ QueueName }));
  const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["QueueArn"] });
  return { url, arn: (await sqs.send(command)).Attributes?.QueueArn ?? "" };
}

const deploy = (name: string, code: string, deadLetters?: string) =>
  createFunction(lambda, name, code, deadLetters ? { DeadLetterConfig: { TargetArn: deadLetters } } : {});

const invoke = (name: string, event: unknown) => run(lambda, name, event, "Event");

async function receive(QueueUrl: string) {
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MessageAttributeNames: ["All"],
    MessageSystemAttributeNames: ["AWSTraceHeader"],
  });
  return (await sqs.send(command)).Messages ?? [];
}

test("a function's success is told to its destination queue, in the trace of the event", async () => {
  const { url, arn } = await queue("done");
  await deploy("works", "export const handler = async (event) => ({ doubled: event.n * 2 });");
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: "works",
      DestinationConfig: { OnSuccess: { Destination: arn } },
    }),
  );
  await invoke("works", { n: 21 });
  await nuage.idle();
  const [message] = await receive(url);
  expect(JSON.parse(message?.Body ?? "")).toMatchObject({
    requestContext: { condition: "Success" },
    requestPayload: { n: 21 },
    responsePayload: { doubled: 42 },
  });
  const { summary } = await traceOf(nuage.endpoint, "lambda.Invoke");
  // The chain of events that led to the message travels on with it.
  expect(message?.Attributes?.AWSTraceHeader).toContain(`Root=${summary.traceId};`);
  expect(message?.Attributes?.AWSTraceHeader).toMatch(/;Lineage=[0-9a-f]{8}:1$/);
});

test("an event that failed for good goes to the dead-letter queue, with AWS's attributes", async () => {
  const { url, arn } = await queue("failed");
  await deploy("fails", "export const handler = async () => { throw new TypeError('no luck'); };", arn);
  await invoke("fails", { n: 1 });
  await nuage.idle();
  expect(await receive(url)).toEqual([]);
  await nuage.advance(10 * 60_000);
  const [message] = await receive(url);
  expect(message?.Body).toBe('{"n":1}');
  expect(message?.MessageAttributes).toMatchObject({
    ErrorCode: { DataType: "Number", StringValue: "200" },
    ErrorMessage: { DataType: "String", StringValue: "no luck" },
    RequestID: { DataType: "String" },
  });
});

test("a function that sends a message sends its trace along", async () => {
  const { url } = await queue("sent");
  await deploy(
    "sends",
    `import { SQSClient, SendMessageCommand } from "@aws-sdk/client-sqs";
     export const handler = (event) =>
       new SQSClient().send(new SendMessageCommand({ QueueUrl: event.url, MessageBody: "hello" }));`,
  );
  await lambda.send(new InvokeCommand({ FunctionName: "sends", Payload: JSON.stringify({ url }) }));
  const [message] = await receive(url);
  expect(message?.Body).toBe("hello");
  const detail = await traceOf(nuage.endpoint, "lambda.Invoke");
  expect(message?.Attributes?.AWSTraceHeader).toContain(detail.summary.traceId);
  expect(detail.spans.map(({ name }) => name)).toContain("sqs.SendMessage");
});
