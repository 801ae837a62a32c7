// What services left to be done goes on after a restart, though nobody calls them.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { startNuage } from "nuage/testing";
import { afterEach, beforeEach, expect, test } from "vitest";

let data: string;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "nuage-resume-"));
});
afterEach(() => rm(data, { recursive: true, force: true }));

test("a schedule's time comes after a restart", async () => {
  const before = await startNuage({ data });
  const { QueueUrl } = await before.client(SQSClient).send(new CreateQueueCommand({ QueueName: "due" }));
  const { Attributes } = await before
    .client(SQSClient)
    .send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
  const at = new Date(before.clock.now() + 3_600_000).toISOString().slice(0, 19);
  await before.client(SchedulerClient).send(
    new CreateScheduleCommand({
      Name: "once",
      ScheduleExpression: `at(${at})`,
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: {
        Arn: Attributes?.QueueArn,
        RoleArn: "arn:aws:iam::000000000000:role/scheduler",
        Input: "it is time",
      },
    }),
  );
  await before.stop();

  await using after = await startNuage({ data });
  await after.advance("2 hours");
  const url = QueueUrl?.replace(/^http:\/\/[^/]+/, after.endpoint);
  const { Messages } = await after.client(SQSClient).send(new ReceiveMessageCommand({ QueueUrl: url }));
  expect(Messages?.map(({ Body }) => Body)).toEqual(["it is time"]);
});

test("a reset forgets what was to be done, and what comes after it is done", async () => {
  await using nuage = await startNuage();
  const sqs = nuage.client(SQSClient);
  const scheduler = nuage.client(SchedulerClient);
  const schedule = async (name: string) => {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    const target = {
      Arn: `arn:aws:sqs:us-east-1:000000000000:${name}`,
      RoleArn: "arn:aws:iam::000000000000:role/scheduler",
      Input: name,
    };
    const at = new Date(nuage.clock.now() + 3_600_000).toISOString().slice(0, 19);
    const rest = { ScheduleExpression: `at(${at})`, FlexibleTimeWindow: { Mode: "OFF" as const } };
    await scheduler.send(new CreateScheduleCommand({ Name: name, ...rest, Target: target }));
    return QueueUrl;
  };
  await schedule("forgotten");
  await nuage.reset();
  const kept = await schedule("kept");
  const { QueueUrl: again } = await sqs.send(new CreateQueueCommand({ QueueName: "forgotten" }));
  await nuage.advance("2 hours");
  const bodies = async (url: string | undefined) => {
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url }));
    return Messages?.map(({ Body }) => Body) ?? [];
  };
  expect(await bodies(kept)).toEqual(["kept"]);
  expect(await bodies(again)).toEqual([]);
});
