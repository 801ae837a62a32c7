// What is asked of stacks while something is done with them, and what is done when that goes wrong.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sdk from "@aws-sdk/client-cloudformation";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Stacks, startStacks } from "./stacks.fixture.ts";

let on: Stacks;
beforeAll(async () => {
  on = await startStacks();
});
afterAll(() => on?.nuage.stop());

/** A topic that custom resources are asked through, and the queue where the requests are read. */
async function startDesk(nuage: Nuage) {
  const sns = nuage.client(SNSClient);
  const sqs = nuage.client(SQSClient);
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "desk" }));
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "desk" }));
  const Endpoint = "arn:aws:sqs:us-east-1:000000000000:desk";
  await sns.send(
    new SubscribeCommand({
      TopicArn,
      Protocol: "sqs",
      Endpoint,
      Attributes: { RawMessageDelivery: "true" },
    }),
  );
  return { TopicArn, QueueUrl };
}

async function nextRequest(nuage: Nuage, QueueUrl: string): Promise<Record<string, string>> {
  const sqs = nuage.client(SQSClient);
  await nuage.idle();
  const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  if (!message) return {};
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
  return JSON.parse(message.Body ?? "{}");
}

async function answer(nuage: Nuage, request: Record<string, string>, more: object = {}): Promise<void> {
  const { StackId, RequestId, LogicalResourceId, ResponseURL = "" } = request;
  const body = {
    Status: "SUCCESS",
    StackId,
    RequestId,
    LogicalResourceId,
    PhysicalResourceId: "it",
    ...more,
  };
  const { pathname } = new URL(ResponseURL);
  const put = { method: "PUT", body: JSON.stringify(body) };
  expect((await fetch(`${nuage.endpoint}${pathname}`, put)).status).toBe(200);
  await nuage.idle();
}

const CUSTOM = (TopicArn: string, properties: string, more = "") => `
Resources:
  Thing:
    Type: Custom::Thing
    Properties: { ServiceToken: "${TopicArn}"${properties} }
${more}`;

const queues = async (QueueNamePrefix: string) =>
  (await on.nuage.client(SQSClient).send(new ListQueuesCommand({ QueueNamePrefix }))).QueueUrls ?? [];

const WAITING = `
Resources:
  Queue: { Type: AWS::SQS::Queue }
  Wait:
    Type: AWS::CloudFormation::WaitCondition
    CreationPolicy: { ResourceSignal: { Count: 2, Timeout: PT1H } }
Outputs: { Data: { Value: !GetAtt Wait.Data } }`;

describe("waiting", () => {
  const signal = (StackName: string, UniqueId: string, Status: sdk.ResourceSignalStatus = "SUCCESS") =>
    on.client.send(new sdk.SignalResourceCommand({ StackName, LogicalResourceId: "Wait", UniqueId, Status }));

  test("for signals to a resource, as many as it wants", async () => {
    await on.create("signals", WAITING);
    await signal("signals", "one");
    await signal("signals", "one");
    await on.nuage.idle();
    expect((await on.see("signals")).status).toBe("CREATE_IN_PROGRESS");
    await signal("signals", "two");
    await on.nuage.idle();
    expect((await on.see("signals")).status).toBe("CREATE_COMPLETE");
    await expect(signal("signals", "three")).rejects.toMatchObject({ name: "ValidationError" });
  });

  test("ends with its time", async () => {
    await on.create("late", WAITING);
    await on.nuage.advance("61 minutes");
    expect((await on.see("late")).status).toBe("ROLLBACK_COMPLETE");
    expect(await on.reasons("late", "Wait")).toEqual([
      "WaitCondition timed out. Received 0 conditions when expecting 2",
    ]);
  });

  test("ends with the time of the stack", async () => {
    await on.create("limited", WAITING, { TimeoutInMinutes: 5 });
    await on.nuage.advance("6 minutes");
    expect((await on.see("limited")).status).toBe("ROLLBACK_COMPLETE");
    expect(await on.reasons("limited", "limited")).toContain(
      "Stack creation time exceeded the specified timeout. Rollback requested by user.",
    );
    expect(await queues("limited-")).toEqual([]);
  });

  test("ends where the stack is deleted meanwhile, or another resource fails", async () => {
    await on.create("gone", WAITING);
    const { Stacks: [stack] = [] } = await on.client.send(
      new sdk.DescribeStacksCommand({ StackName: "gone" }),
    );
    await on.remove("gone");
    expect((await on.see(stack?.StackId ?? "")).status).toBe("DELETE_COMPLETE");
    expect(await queues("gone-")).toEqual([]);
    const failing = "Bad: { Type: AWS::SQS::Queue, Properties: { DelaySeconds: 9999 } }";
    const bad = WAITING.replace("Resources:", `Resources:\n  ${failing}`);
    expect((await on.create("one-fails", bad)).status).toBe("ROLLBACK_COMPLETE");
    expect(await on.reasons("one-fails", "Wait")).toEqual(["Resource creation cancelled"]);
  });
});

describe("custom resources", () => {
  test("an update that is called off goes back, and the time of a request is its own", async () => {
    const { TopicArn, QueueUrl } = await startDesk(on.nuage);
    await on.create("asked", CUSTOM(TopicArn, ", Size: 1"));
    const create = await nextRequest(on.nuage, QueueUrl);
    expect(create).toMatchObject({ RequestType: "Create", ResourceProperties: { Size: "1" } });
    await answer(on.nuage, create);
    expect((await on.see("asked")).status).toBe("CREATE_COMPLETE");
    await on.update("asked", CUSTOM(TopicArn, ", Size: 2"));
    const update = await nextRequest(on.nuage, QueueUrl);
    expect(update.RequestType).toBe("Update");
    await on.client.send(new sdk.CancelUpdateStackCommand({ StackName: "asked" }));
    const back = await nextRequest(on.nuage, QueueUrl);
    expect(back).toMatchObject({ ResourceProperties: { Size: "1" }, OldResourceProperties: { Size: "1" } });
    await answer(on.nuage, back);
    expect((await on.see("asked")).status).toBe("UPDATE_ROLLBACK_COMPLETE");
    // What fails on the way back can be passed over.
    await on.update("asked", CUSTOM(TopicArn, ", Size: 3, ServiceTimeout: 60"));
    await nextRequest(on.nuage, QueueUrl);
    await on.nuage.advance("61s");
    await answer(on.nuage, await nextRequest(on.nuage, QueueUrl), { Status: "FAILED", Reason: "no" });
    expect((await on.see("asked")).status).toBe("UPDATE_ROLLBACK_FAILED");
    const reasons = (await on.reasons("asked", "Thing")).join("\n");
    expect(reasons).toContain("did not receive a response");
    expect(reasons).toContain("Received response status [FAILED]");
    await on.client.send(
      new sdk.ContinueUpdateRollbackCommand({ StackName: "asked", ResourcesToSkip: ["Thing"] }),
    );
    await on.nuage.idle();
    expect((await on.see("asked")).status).toBe("UPDATE_ROLLBACK_COMPLETE");
    // What cannot be deleted is left behind when that is wanted.
    await on.remove("asked");
    await answer(on.nuage, await nextRequest(on.nuage, QueueUrl), { Status: "FAILED" });
    expect((await on.see("asked")).status).toBe("DELETE_FAILED");
    await on.client.send(
      new sdk.DeleteStackCommand({ StackName: "asked", DeletionMode: "FORCE_DELETE_STACK" }),
    );
    await answer(on.nuage, await nextRequest(on.nuage, QueueUrl), { Status: "FAILED" });
    await expect(on.see("asked")).rejects.toMatchObject({ message: "Stack with id asked does not exist" });
  });

  test("one that was made in part is deleted by the id it gave", async () => {
    const { TopicArn, QueueUrl } = await startDesk(on.nuage);
    await on.create("partly", CUSTOM(TopicArn, ""));
    const create = await nextRequest(on.nuage, QueueUrl);
    await answer(on.nuage, create, { Status: "FAILED", Reason: "half way", PhysicalResourceId: "half" });
    const remove = await nextRequest(on.nuage, QueueUrl);
    expect(remove).toMatchObject({ RequestType: "Delete", PhysicalResourceId: "half" });
    await answer(on.nuage, remove);
    expect((await on.see("partly")).status).toBe("ROLLBACK_COMPLETE");
  });

  test("one that replaced itself is there again when the stack goes back", async () => {
    const { TopicArn, QueueUrl } = await startDesk(on.nuage);
    await on.create("swapped", CUSTOM(TopicArn, ", Size: 1"));
    await answer(on.nuage, await nextRequest(on.nuage, QueueUrl), { PhysicalResourceId: "one" });
    const bad = "  Bad: { Type: AWS::SQS::Queue, DependsOn: Thing, Properties: { DelaySeconds: 9999 } }";
    await on.update("swapped", CUSTOM(TopicArn, ", Size: 2", bad));
    await answer(on.nuage, await nextRequest(on.nuage, QueueUrl), { PhysicalResourceId: "two" });
    const back = await nextRequest(on.nuage, QueueUrl);
    expect(back).toMatchObject({ RequestType: "Update", PhysicalResourceId: "two" });
    await answer(on.nuage, back, { PhysicalResourceId: "one" });
    const remove = await nextRequest(on.nuage, QueueUrl);
    expect(remove).toMatchObject({ RequestType: "Delete", PhysicalResourceId: "two" });
    await answer(on.nuage, remove);
    expect((await on.see("swapped")).status).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(await nextRequest(on.nuage, QueueUrl)).toEqual({});
  });

  test("a restart goes on waiting for the answer", async () => {
    const data = await mkdtemp(join(tmpdir(), "nuage-stacks-"));
    try {
      const first = await startStacks({ data });
      const { TopicArn, QueueUrl } = await startDesk(first.nuage);
      await first.create("kept", CUSTOM(TopicArn, ""));
      const request = await nextRequest(first.nuage, QueueUrl);
      await first.nuage.stop();
      const second = await startStacks({ data });
      await second.nuage.idle();
      await answer(second.nuage, request);
      expect((await second.see("kept")).status).toBe("CREATE_COMPLETE");
      const url = await second.nuage.client(SQSClient).send(new GetQueueUrlCommand({ QueueName: "desk" }));
      // It was not asked again.
      expect(await nextRequest(second.nuage, url.QueueUrl ?? "")).toEqual({});
      await second.nuage.stop();
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  });
});

const PROTECTED = (delay: number, name = "") => `
Resources:
  Kept: { Type: AWS::SQS::Queue, Properties: { DelaySeconds: ${delay}${name} } }
  Free: { Type: AWS::SQS::Queue, Properties: { DelaySeconds: ${delay} } }`;

test("a policy says what updates may change", async () => {
  const allow = { Effect: "Allow", Action: "Update:*", Principal: "*", Resource: "*" };
  const deny = {
    ...allow,
    Effect: "Deny",
    Action: ["Update:Replace", "Update:Delete"],
    Resource: "LogicalResourceId/Kept",
  };
  const StackPolicyBody = JSON.stringify({ Statement: [allow, deny] });
  await on.create("policed", PROTECTED(1), { StackPolicyBody });
  expect((await on.update("policed", PROTECTED(2))).status).toBe("UPDATE_COMPLETE");
  const replacing = PROTECTED(2, ", QueueName: policed-new");
  expect((await on.update("policed", replacing)).status).toBe("UPDATE_ROLLBACK_COMPLETE");
  expect(await on.reasons("policed", "Kept")).toContain(
    "Action denied by stack policy: Statement [#2] does not allow [Update:Replace] for resource " +
      "[LogicalResourceId/Kept]",
  );
  const removing = "Resources: { Free: { Type: AWS::SQS::Queue } }";
  expect((await on.update("policed", removing)).status).toBe("UPDATE_ROLLBACK_COMPLETE");
  const during = { StackPolicyDuringUpdateBody: JSON.stringify({ Statement: [allow] }) };
  expect((await on.update("policed", replacing, during)).status).toBe("UPDATE_COMPLETE");
  await on.client.send(
    new sdk.SetStackPolicyCommand({
      StackName: "policed",
      StackPolicyBody: JSON.stringify({ Statement: [{ ...allow, Effect: "Deny" }] }),
    }),
  );
  expect((await on.update("policed", PROTECTED(3))).status).toBe("UPDATE_ROLLBACK_COMPLETE");
  const wrong = new sdk.SetStackPolicyCommand({ StackName: "policed", StackPolicyBody: "{}" });
  await expect(on.client.send(wrong)).rejects.toMatchObject({
    message: "Error validating stack policy: Invalid stack policy",
  });
});

test("topics hear what happens", async () => {
  const { TopicArn, QueueUrl } = await startDesk(on.nuage);
  await on.create("told", "Resources: { Queue: { Type: AWS::SQS::Queue } }", {
    NotificationARNs: [TopicArn],
  });
  const sqs = on.nuage.client(SQSClient);
  const bodies: string[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) break;
    bodies.push(...Messages.map(({ Body = "" }) => Body));
  }
  const statuses = bodies.map((body) => /ResourceStatus='(\w+)'/.exec(body)?.[1]);
  expect(statuses.toSorted()).toEqual([
    "CREATE_COMPLETE",
    "CREATE_COMPLETE",
    ...Array(3).fill("CREATE_IN_PROGRESS"),
  ]);
  expect(bodies.join("\n")).toMatch(/^StackId='arn:aws:cloudformation:us-east-1:000000000000:stack\/told\//m);
});

test("a stack within another that fails goes with it", async () => {
  const inner = "Resources: { Bad: { Type: AWS::SQS::Queue, Properties: { DelaySeconds: 9999 } } }";
  const outer = `
Resources:
  Inner: { Type: AWS::CloudFormation::Stack, Properties: { TemplateBody: "${inner}", StackName: within } }`;
  expect((await on.create("around", outer)).status).toBe("ROLLBACK_COMPLETE");
  const why = "was not successfully created: The following resource(s) failed to create: [Bad]. ";
  expect(await on.reasons("around", "Inner")).toEqual([
    expect.stringMatching(/^Embedded stack arn:aws:cloudformation:.*:stack\/within\//),
  ]);
  expect((await on.reasons("around", "Inner")).join()).toContain(why);
  await expect(on.see("within")).rejects.toMatchObject({ message: "Stack with id within does not exist" });
});

test("events are those of AWS, and what is kept except on creation goes when that fails", async () => {
  const kept = "Kept: { Type: AWS::SQS::Queue, DeletionPolicy: RetainExceptOnCreate }";
  await on.create("steps", `Resources: { ${kept} }`);
  const { StackEvents = [] } = await on.client.send(
    new sdk.DescribeStackEventsCommand({ StackName: "steps" }),
  );
  expect(
    StackEvents.map((event) => [event.LogicalResourceId, event.ResourceStatus, event.ResourceStatusReason]),
  ).toEqual([
    ["steps", "CREATE_COMPLETE", undefined],
    ["Kept", "CREATE_COMPLETE", undefined],
    ["Kept", "CREATE_IN_PROGRESS", "Resource creation Initiated"],
    ["Kept", "CREATE_IN_PROGRESS", undefined],
    ["steps", "CREATE_IN_PROGRESS", "User Initiated"],
  ]);
  await on.remove("steps");
  expect(await queues("steps-")).toHaveLength(1);
  const bad = "Bad: { Type: AWS::SQS::Queue, DependsOn: Kept, Properties: { DelaySeconds: 9999 } }";
  await on.create("unmade", `Resources: { ${kept}, ${bad} }`);
  expect(await queues("unmade-")).toEqual([]);
});
