// What stacks have of queues, through templates that change.
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stacks, startStacks } from "../cloudformation/stacks.fixture.ts";

let on: Stacks;
beforeAll(async () => {
  on = await startStacks();
});
afterAll(() => on?.nuage.stop());

async function attributesOf(QueueName: string): Promise<Record<string, string | undefined>> {
  const sqs = on.nuage.client(SQSClient);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
  );
  return Attributes;
}

const queue = (name: string, more: string) => `
Resources:
  Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: ${name}, ${more} } }`;

test("a FIFO queue is as usual again when its template says no more of it", async () => {
  const scope = "DeduplicationScope: messageGroup, FifoThroughputLimit: perMessageGroupId";
  const high = `FifoQueue: true, ContentBasedDeduplication: true, ${scope}`;
  await on.create("fifo", queue("high.fifo", high));
  const { status } = await on.update("fifo", queue("high.fifo", "FifoQueue: true, DelaySeconds: '5'"));
  expect(status).toBe("UPDATE_COMPLETE");
  expect(await attributesOf("high.fifo")).toMatchObject({
    ContentBasedDeduplication: "false",
    DeduplicationScope: "queue",
    FifoThroughputLimit: "perQueue",
    DelaySeconds: "5",
  });
});

test("a queue's encryption goes from SQS to a key and back", async () => {
  await on.create("keyed", queue("keyed", "SqsManagedSseEnabled: true"));
  const own = "KmsMasterKeyId: alias/one, KmsDataKeyReusePeriodSeconds: 60";
  expect((await on.update("keyed", queue("keyed", own))).status).toBe("UPDATE_COMPLETE");
  expect(await attributesOf("keyed")).toMatchObject({
    KmsMasterKeyId: "alias/one",
    KmsDataKeyReusePeriodSeconds: "60",
    SqsManagedSseEnabled: "false",
  });
  expect((await on.update("keyed", queue("keyed", "DelaySeconds: 1"))).status).toBe("UPDATE_COMPLETE");
  expect(await attributesOf("keyed")).toMatchObject({ SqsManagedSseEnabled: "true" });
  expect(await attributesOf("keyed")).not.toHaveProperty("KmsMasterKeyId");
});

test("an inline policy is its queue's until it is taken away", async () => {
  const policy = (sid: string) => `
  Policy:
    Type: AWS::SQS::QueueInlinePolicy
    Properties:
      Queue: !Ref Queue
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Sid: ${sid}, Effect: Allow, Principal: "*", Action: sqs:SendMessage, Resource: "*" }]`;
  await on.create("inline", queue("inline", "DelaySeconds: 0") + policy("one"));
  expect((await attributesOf("inline")).Policy).toContain('"one"');
  await on.update("inline", queue("inline", "DelaySeconds: 0") + policy("two"));
  expect((await attributesOf("inline")).Policy).toContain('"two"');
  await on.update("inline", queue("inline", "DelaySeconds: 0"));
  expect(await attributesOf("inline")).not.toHaveProperty("Policy");
});
