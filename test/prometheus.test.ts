// What Prometheus reads of the platform.
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFunction, invoke as run } from "./functions.fixture.ts";

let nuage: Nuage;
beforeAll(async () => {
  nuage = await startNuage();
});
afterAll(() => nuage.stop());

async function scrape(accept?: string) {
  const response = await fetch(`${nuage.endpoint}/_nuage/metrics`, accept ? { headers: { accept } } : {});
  return { type: response.headers.get("content-type"), text: await response.text() };
}

/** The value of the one line that begins so. */
async function valueAt(name: string): Promise<number> {
  const { text } = await scrape();
  const lines = text.split("\n").filter((line) => line.startsWith(name));
  expect(lines).toHaveLength(1);
  return Number(lines[0]?.split(" ").at(-1));
}

const PLACE = 'account="000000000000",region="us-east-1"';

test("numbers grow with what happens, with dimensions as labels", async () => {
  const lambda = nuage.client(LambdaClient);
  await createFunction(lambda, "count", "export const handler = async () => 1;");
  const invoke = () => run(lambda, "count");
  await invoke();
  const invocations = `aws_lambda_invocations_sum{${PLACE},function_name="count"}`;
  expect(await valueAt(invocations)).toBe(1);
  await nuage.advance("5 minutes");
  await invoke();
  await invoke();
  expect(await valueAt(invocations)).toBe(3);
  const duration = "aws_lambda_duration_milliseconds";
  expect(await valueAt(`${duration}_count{${PLACE},function_name="count"}`)).toBe(3);
  expect(await valueAt(`${duration}{${PLACE},function_name="count",quantile="0.99"}`)).toBeGreaterThan(0);
});

test("what waits in a queue is told as it is now", async () => {
  const sqs = nuage.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "jobs" }));
  const name = `aws_sqs_approximate_number_of_messages_visible{${PLACE},queue_name="jobs"}`;
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "one" }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "two" }));
  expect(await valueAt(name)).toBe(2);
  await nuage.advance("2 minutes");
  await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 1 }));
  expect(await valueAt(name)).toBe(1);
});

test("both formats, and names and texts as they must be", async () => {
  await nuage.client(CloudWatchClient).send(
    new PutMetricDataCommand({
      Namespace: "Shop/EU",
      MetricData: [
        {
          MetricName: "2ndPrice",
          Value: 3,
          Unit: "Count",
          Dimensions: [{ Name: "Region", Value: 'a"\\\nb' }],
        },
      ],
    }),
  );
  const plain = await scrape();
  expect(plain.type).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(plain.text).toContain("# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total ");
  expect(plain.text).toContain('nuage_build_info{version="');
  expect(plain.text).toContain(
    `# HELP shop_eu_2nd_price Shop/EU 2ndPrice in Count\n# TYPE shop_eu_2nd_price summary\n`,
  );
  expect(plain.text).toContain(`shop_eu_2nd_price_sum{${PLACE},dimension_region="a\\"\\\\\\nb"} 3\n`);
  const accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2";
  const open = await scrape(accept);
  expect(open.type).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
  expect(open.text).toContain("# TYPE process_cpu_seconds counter\nprocess_cpu_seconds_total ");
  expect(open.text.endsWith("\n# EOF\n")).toBe(true);
  for (const { text } of [plain, open]) {
    const families = text.split("\n").filter((line) => line.startsWith("# TYPE"));
    expect(new Set(families).size).toBe(families.length);
  }
});
