import {
  CreateEventSourceMappingCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
} from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, expect, test } from "vitest";
import { throttles } from "../src/cli/throttles.ts";
import type { ThrottleReport } from "../src/delivery/throttle-report.ts";
import { type Deliveries, startDeliveries } from "./deliveries.fixture.ts";

let world: Deliveries;
beforeEach(async () => {
  world = await startDeliveries({ accountConcurrency: 2 });
});
afterEach(() => world.nuage.stop());

const WAITS = `
export const handler = async () => {
  await new Promise((resolve) => setTimeout(resolve, 400));
};`;
const report = (query = "") => world.ask<ThrottleReport>(`/_nuage/throttles?${query}`);

/** Synchronous invocations side by side, without the SDK's own retries: how many were throttled. */
async function burst(FunctionName: string, count: number): Promise<string[]> {
  const { endpoint, region } = world.nuage;
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const lambda = new LambdaClient({ endpoint, region, credentials, maxAttempts: 1 });
  const ended = await Promise.allSettled(
    Array.from({ length: count }, () => lambda.send(new InvokeCommand({ FunctionName }))),
  );
  lambda.destroy();
  return ended.flatMap((each) => (each.status === "rejected" ? [each.reason.Reason] : []));
}

test("who was throttled is told with the limit, the caller, the times and what would help", async () => {
  await world.deploy("slow", WAITS);
  await world.deploy("off", WAITS);
  await world.lambda.send(
    new PutFunctionConcurrencyCommand({ FunctionName: "off", ReservedConcurrentExecutions: 0 }),
  );
  expect(await burst("slow", 5)).toEqual(Array(3).fill("ConcurrentInvocationLimitExceeded"));
  expect(await burst("off", 1)).toEqual(["ReservedFunctionConcurrentInvocationLimitExceeded"]);

  const { throttles: lines, count } = await report();
  expect(count).toBe(4);
  expect(lines).toMatchObject([
    {
      functionName: "slow",
      reason: "ConcurrentInvocationLimitExceeded",
      limit: 2,
      source: "invoke",
      sourceArn: expect.stringMatching(/^arn:aws:iam::000000000000:/),
      count: 3,
      help: expect.stringContaining("All 2 executions that the account leaves"),
    },
    {
      functionName: "off",
      reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
      limit: 0,
      count: 1,
      help: expect.stringContaining("switched off"),
    },
  ]);
  expect((await report("function=off")).count).toBe(1);

  const { out } = await world.run(throttles);
  expect(out).toMatch(/slow +account concurrency +2 +invoke root +3/);
  expect(out).toContain("4 throttles in all");
  await world.nuage.advance("1 hour");
  expect((await report("since=10m")).throttles).toEqual([]);
  expect((await world.run(throttles, "--since", "10m")).out).toBe("Nothing was throttled.\n");
});

test("asynchronous events that are throttled wait and go through in the end", async () => {
  await world.deploy("slow", WAITS);
  await Promise.all(
    Array.from({ length: 12 }, () =>
      world.lambda.send(new InvokeCommand({ FunctionName: "slow", InvocationType: "Event" })),
    ),
  );
  await world.nuage.idle();
  await world.nuage.advance("30 minutes");
  const { traces } = await world.ask<{ traces: unknown[] }>("/_nuage/traces?function=slow&limit=100");
  expect(traces).toHaveLength(12);
  const [line] = (await report()).throttles;
  expect(line).toMatchObject({ functionName: "slow", source: "lambda" });
  // Once is enough for the others to wait in the queue: tried two by two, 30 would have been refused.
  expect(line?.count).toBeGreaterThanOrEqual(1);
  expect(line?.count).toBeLessThan(20);
});

test("messages that a reservation throttles are told with their queue", async () => {
  const jobs = await world.queue("jobs", { VisibilityTimeout: "60" });
  await world.deploy("off", "export const handler = async () => {};");
  await world.lambda.send(
    new PutFunctionConcurrencyCommand({ FunctionName: "off", ReservedConcurrentExecutions: 0 }),
  );
  await world.lambda.send(
    new CreateEventSourceMappingCommand({ FunctionName: "off", EventSourceArn: jobs.arn }),
  );
  await world.nuage.idle();
  await world.deploy(
    "sends",
    `import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
     const sqs = new SQSClient({});
     const message = new SendMessageCommand({ QueueUrl: "${jobs.url}", MessageBody: "m" });
     export const handler = () => sqs.send(message);`,
  );
  await world.start("sends");
  const [line] = (await report("function=off")).throttles;
  expect(line).toMatchObject({ source: "sqs", sourceArn: jobs.arn });
});
