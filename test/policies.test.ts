// What a queue's policy lets in: told by default, kept to with `policies: enforce`.
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { startNuage } from "nuage/testing";
import { expect, test } from "vitest";

const queueArn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
const ruleArn = "arn:aws:events:us-east-1:000000000000:rule/all";

async function createWorld(policies: "observe" | "enforce") {
  const nuage = await startNuage({ policies, logLevel: "silent" });
  const sqs = nuage.client(SQSClient);
  const events = nuage.client(EventBridgeClient);
  const create = async (QueueName: string) =>
    (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? "";
  const [target, dead] = [await create("target"), await create("dead")];
  await events.send(new PutRuleCommand({ Name: "all", EventPattern: '{"source":["shop"]}' }));
  const Target = { Id: "1", Arn: queueArn("target"), DeadLetterConfig: { Arn: queueArn("dead") } };
  await events.send(new PutTargetsCommand({ Rule: "all", Targets: [Target] }));
  return {
    nuage,
    target,
    dead,
    async letIn(QueueUrl: string, name: string, source: string) {
      const statement = {
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: queueArn(name),
        Condition: { ArnEquals: { "aws:SourceArn": source } },
      };
      const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
    },
    async put() {
      const entry = { Source: "shop", DetailType: "order", Detail: "{}" };
      await events.send(new PutEventsCommand({ Entries: [entry] }));
      await nuage.idle();
    },
    async received(QueueUrl: string) {
      const command = new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ["All"],
      });
      return (await sqs.send(command)).Messages ?? [];
    },
  };
}

test("a queue without a policy gets a rule's events, unless policies are enforced", async () => {
  const world = await createWorld("observe");
  await world.put();
  expect(await world.received(world.target)).toHaveLength(1);
  await world.nuage.stop();
});

test("enforced, a queue gets what its policy lets in, and the dead-letter queue the rest", async () => {
  const world = await createWorld("enforce");
  await world.letIn(world.dead, "dead", ruleArn);
  await world.letIn(world.target, "target", `${ruleArn}-another`);
  await world.put();
  expect(await world.received(world.target)).toHaveLength(0);
  const [dead] = await world.received(world.dead);
  expect(dead?.MessageAttributes?.ERROR_CODE?.StringValue).toBe("NO_PERMISSIONS");
  await world.letIn(world.target, "target", ruleArn);
  await world.put();
  expect(await world.received(world.target)).toHaveLength(1);
  await world.nuage.stop();
});
