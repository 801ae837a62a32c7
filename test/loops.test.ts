import {
  InvokeCommand,
  PutFunctionEventInvokeConfigCommand,
  PutFunctionRecursionConfigCommand,
} from "@aws-sdk/client-lambda";
import { GetQueueAttributesCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loops } from "../src/cli/loops.ts";
import type { LoopList } from "../src/cost/loops.ts";
import { type Deliveries, SENDS, startDeliveries } from "./deliveries.fixture.ts";

let world: Deliveries;
beforeEach(async () => {
  world = await startDeliveries();
});
afterEach(() => world.nuage.stop());

const found = () => world.ask<LoopList>("/_nuage/loops");
const runsOf = async (name: string) =>
  (await world.ask<{ traces: { spanCount: number }[] }>(`/_nuage/traces?function=${name}`)).traces;

test("a loop through a queue is stopped, and told with its path, its pace and its bill", async () => {
  const dead = await world.queue("dead");
  const jobs = await world.queue("jobs", {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 }),
  });
  await world.deploy("again", SENDS(jobs.url));
  await world.connect("again", jobs.arn);
  await world.start("again");
  await world.nuage.advance("5 minutes");

  const { loops: list, more } = await found();
  expect(more).toBe(false);
  expect(list).toHaveLength(1);
  const [loop] = list;
  expect(loop).toMatchObject({ functionName: "again", rounds: 16, chains: 1, region: "us-east-1" });
  expect(loop?.path).toEqual([
    { kind: "function", name: "again" },
    { kind: "queue", name: "jobs" },
    { kind: "function", name: "again" },
  ]);
  // One run, one message sent, received and deleted a round; the first was not received from the queue.
  const units = Object.fromEntries((loop?.round.lines ?? []).map(({ unit, quantity }) => [unit, quantity]));
  expect(units["lambda:Request"]).toBeCloseTo(1);
  expect(units["sqs:SendMessage"]).toBeCloseTo(1);
  expect(units["lambda:GB-second"]).toBeGreaterThan(0);
  const perHour = (loop?.roundsPerSecond ?? 0) * 3600;
  expect(loop?.hour?.usd).toBeCloseTo((loop?.round.usd ?? 0) * perHour, 6);
  expect(loop?.dayUsd).toBeCloseTo((loop?.hour?.usd ?? 0) * 24, 6);
  for (const { quantity, price, usd } of loop?.hour?.lines ?? []) {
    expect(usd).toBeCloseTo((quantity * price.usd) / price.per, 9);
    expect(price.source).not.toBe("");
  }
  // The message that went round too often has come to the queue's dead-letter queue.
  const asked = { QueueUrl: dead.url, AttributeNames: ["ApproximateNumberOfMessages" as const] };
  const { Attributes } = await world.sqs.send(new GetQueueAttributesCommand(asked));
  expect(Attributes?.ApproximateNumberOfMessages).toBe("1");

  const { out } = await world.run(loops);
  expect(out).toContain("stopped after 16 rounds");
  expect(out).toContain("function again → queue jobs → function again");
  expect(out).toMatch(
    /rounds a second\. Not stopped, it would have cost \$[\d.]+ an hour and \$[\d.]+ a day/,
  );
  expect(out).toMatch(/lambda:Request, Lambda request: [\d,.]+ × \$0\.2 per 1,000,000/);
});

test("a loop through two functions and two queues is told as one chain", async () => {
  const [ping, pong] = [await world.queue("ping"), await world.queue("pong")];
  await world.deploy("one", SENDS(ping.url));
  await world.deploy("two", SENDS(pong.url));
  await world.connect("two", ping.arn);
  await world.connect("one", pong.arn);
  await world.start("one");
  const [loop] = (await found()).loops;
  expect(loop?.path.map(({ name }) => name)).toEqual(["one", "ping", "two", "pong", "one"]);
});

test("a function that calls itself is refused, and its destination is told", async () => {
  const failures = await world.queue("failures");
  await world.deploy(
    "self",
    `import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
     const lambda = new LambdaClient({});
     export const handler = async () => {
       await lambda.send(new InvokeCommand({ FunctionName: "self", InvocationType: "Event" }));
     };`,
  );
  await world.lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: "self",
      DestinationConfig: { OnFailure: { Destination: failures.arn } },
    }),
  );
  await world.start("self");
  const { Messages = [] } = await world.sqs.send(new ReceiveMessageCommand({ QueueUrl: failures.url }));
  expect(Messages).toHaveLength(1);
  expect(JSON.parse(Messages[0]?.Body ?? "").requestContext).toMatchObject({ approximateInvokeCount: 0 });
  expect((await found()).loops[0]?.path.map(({ name }) => name)).toEqual(["self", "self"]);
});

test("a synchronous call that closes a loop is answered RecursiveInvocationException", async () => {
  await world.deploy(
    "deep",
    `const url = process.env.AWS_ENDPOINT_URL + "/2015-03-31/functions/deep/invocations";
     export const handler = async () => {
       const headers = { "x-amzn-trace-id": process.env._X_AMZN_TRACE_ID };
       const answer = await fetch(url, { method: "POST", headers, body: "{}" });
       if (answer.ok) return answer.json();
       return { name: answer.headers.get("x-amzn-errortype"), status: answer.status };
     };`,
  );
  const { Payload } = await world.lambda.send(new InvokeCommand({ FunctionName: "deep" }));
  expect(JSON.parse(new TextDecoder().decode(Payload))).toEqual({
    name: "RecursiveInvocationException",
    status: 400,
  });
  expect(await found()).toMatchObject({ loops: [{ functionName: "deep", rounds: 16 }] });
});

test("a fan-out is no loop, however many times it runs one function", async () => {
  const jobs = await world.queue("jobs");
  await world.deploy(
    "many",
    `import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
     import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
     const lambda = new LambdaClient({});
     const sqs = new SQSClient({});
     export const handler = async () => {
       for (let n = 0; n < 20; n++) {
         await lambda.send(new InvokeCommand({ FunctionName: "one", InvocationType: "Event" }));
         await sqs.send(new SendMessageCommand({ QueueUrl: "${jobs.url}", MessageBody: "job" }));
       }
     };`,
  );
  await world.deploy("one", "export const handler = async () => {};");
  await world.connect("one", jobs.arn);
  await world.start("many");
  const [trace] = await runsOf("one");
  const { spans } = await world.ask<{ spans: { kind: string; name: string }[] }>("/_nuage/traces/latest");
  expect(trace).toBeDefined();
  expect(spans.filter(({ kind, name }) => kind === "invoke" && name === "one")).toHaveLength(40);
  expect((await found()).loops).toEqual([]);
  expect((await world.run(loops)).out).toBe("No loop was stopped.\n");
});

test("a loop that is meant goes on with RecursiveLoop Allow", async () => {
  const jobs = await world.queue("jobs");
  await world.deploy(
    "walk",
    `import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
     const sqs = new SQSClient({});
     export const handler = async ({ left, Records = [{ body: left }] }) => {
       const next = Number(Records[0].body) - 1;
       if (next < 0) return;
       await sqs.send(new SendMessageCommand({ QueueUrl: "${jobs.url}", MessageBody: String(next) }));
     };`,
  );
  await world.lambda.send(
    new PutFunctionRecursionConfigCommand({ FunctionName: "walk", RecursiveLoop: "Allow" }),
  );
  await world.connect("walk", jobs.arn);
  await world.start("walk", { left: 40 });
  const { spans } = await world.ask<{ spans: { kind: string }[] }>("/_nuage/traces/latest");
  expect(spans.filter(({ kind }) => kind === "invoke")).toHaveLength(41);
  expect((await found()).loops).toEqual([]);
});
