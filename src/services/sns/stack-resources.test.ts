// What stacks have of topics and subscriptions, through templates that change.
import {
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsCommand,
  SNSClient,
} from "@aws-sdk/client-sns";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stacks, startStacks } from "../cloudformation/stacks.fixture.ts";

let on: Stacks;
beforeAll(async () => {
  on = await startStacks();
});
afterAll(() => on?.nuage.stop());

const send: SNSClient["send"] = (...args: unknown[]) =>
  (on.nuage.client(SNSClient).send as (...args: unknown[]) => never)(...args);

async function topicAttributes(name: string): Promise<Record<string, string | undefined>> {
  const TopicArn = `arn:aws:sns:us-east-1:000000000000:${name}`;
  return (await send(new GetTopicAttributesCommand({ TopicArn }))).Attributes ?? {};
}

test("a subscription's filter goes from attributes to the body, and back", async () => {
  const template = (more: string) => `
Resources:
  Topic: { Type: AWS::SNS::Topic }
  Queue: { Type: AWS::SQS::Queue }
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: { TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Queue.Arn${more} }`;
  const filter = async () => {
    const { Subscriptions: [one] = [] } = await send(new ListSubscriptionsCommand({}));
    const { SubscriptionArn } = one ?? {};
    const { Attributes } = await send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
    const { FilterPolicy, FilterPolicyScope, RawMessageDelivery } = Attributes ?? {};
    return [FilterPolicy, FilterPolicyScope, RawMessageDelivery];
  };
  const flat = ", FilterPolicy: { a: [x] }, RawMessageDelivery: true";
  await on.create("filtered", template(flat));
  expect(await filter()).toEqual(['{"a":["x"]}', "MessageAttributes", "true"]);
  const nested = ", FilterPolicy: { a: { b: [x] } }, FilterPolicyScope: MessageBody";
  expect((await on.update("filtered", template(nested))).status).toBe("UPDATE_COMPLETE");
  expect(await filter()).toEqual(['{"a":{"b":["x"]}}', "MessageBody", "false"]);
  expect((await on.update("filtered", template(flat))).status).toBe("UPDATE_COMPLETE");
  expect(await filter()).toEqual(['{"a":["x"]}', "MessageAttributes", "true"]);
  await on.update("filtered", template(nested));
  expect((await on.update("filtered", template(""))).status).toBe("UPDATE_COMPLETE");
  expect(await filter()).toEqual([undefined, undefined, "false"]);
});

test("a topic's delivery logs are kept, and no archive is pretended", async () => {
  const topic = (more: string) => `
Resources:
  Topic: { Type: AWS::SNS::Topic, Properties: { TopicName: logged, ${more} } }`;
  const role = "arn:aws:iam::000000000000:role/logs";
  const logging = `{ Protocol: http/s, SuccessFeedbackSampleRate: 10, FailureFeedbackRoleArn: "${role}" }`;
  const made = await on.create("logged", topic(`DeliveryStatusLogging: [${logging}]`));
  expect(made.status).toBe("CREATE_COMPLETE");
  expect(await topicAttributes("logged")).toMatchObject({
    HTTPFailureFeedbackRoleArn: role,
    HTTPSuccessFeedbackSampleRate: "10",
  });
  await on.update("logged", topic("DisplayName: Quiet"));
  expect(await topicAttributes("logged")).not.toHaveProperty("HTTPFailureFeedbackRoleArn");
  const archived = "Properties: { FifoTopic: true, ArchivePolicy: { MessageRetentionPeriod: 3 } }";
  await on.create("archived", `Resources: { Topic: { Type: AWS::SNS::Topic, ${archived} } }`);
  expect((await on.reasons("archived", "Topic")).join()).toContain("does not archive messages of topics");
});

test("policies are topics' until they are taken away", async () => {
  const document = (sid: string) =>
    `{ Statement: [{ Sid: ${sid}, Effect: Allow, Principal: "*", Action: sns:Publish, Resource: "*" }] }`;
  const topics = `
Resources:
  One: { Type: AWS::SNS::Topic, Properties: { TopicName: one } }
  Two: { Type: AWS::SNS::Topic, Properties: { TopicName: two } }`;
  const policies = (of: string) => `${topics}
  Inline:
    Type: AWS::SNS::TopicInlinePolicy
    Properties: { TopicArn: !Ref One, PolicyDocument: ${document("inline")} }
  Policy:
    Type: AWS::SNS::TopicPolicy
    Properties: { Topics: [${of}], PolicyDocument: ${document("shared")} }`;
  const policy = async (name: string) => (await topicAttributes(name)).Policy;
  await on.create("policies", policies("!Ref Two"));
  expect(await policy("one")).toContain('"inline"');
  expect(await policy("two")).toContain('"shared"');
  expect((await on.update("policies", topics)).status).toBe("UPDATE_COMPLETE");
  expect(await policy("one")).toContain("__default_policy_ID");
  expect(await policy("two")).toContain("__default_policy_ID");
});
