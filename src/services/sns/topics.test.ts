import {
  AddPermissionCommand,
  CreateTopicCommand,
  DeleteTopicCommand,
  GetDataProtectionPolicyCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  PutDataProtectionPolicyCommand,
  RemovePermissionCommand,
  SetTopicAttributesCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-sns";
import { describe, expect, test } from "vitest";
import { fresh, refusal, useSns } from "./sns.fixture.ts";

const on = useSns();
const ACCOUNT = "000000000000";
const NOWHERE = `arn:aws:sns:us-east-1:${ACCOUNT}:nowhere`;
const invalid = (what: string) => ({
  name: "InvalidParameterException",
  message: `Invalid parameter: ${what}`,
});
const NO_TOPIC = { name: "NotFoundException", message: "Topic does not exist" };

const attributes = async (TopicArn: string): Promise<Record<string, string>> =>
  (await on.sns.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes ?? {};
const setTopic = (TopicArn: string, AttributeName: string, AttributeValue: string) =>
  on.sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue }));
const createWith = (Attributes: Record<string, string>, Name = fresh("made")) =>
  on.sns.send(new CreateTopicCommand({ Name, Attributes }));

describe("a topic", () => {
  test("that is new has AWS's defaults, and its owner's policy", async () => {
    const topic = await on.topic("plain");
    expect(topic).toBe(`arn:aws:sns:us-east-1:${ACCOUNT}:plain`);
    const { Policy = "", EffectiveDeliveryPolicy = "", ...rest } = await attributes(topic);
    expect(rest).toEqual({
      TopicArn: topic,
      Owner: ACCOUNT,
      DisplayName: "",
      SubscriptionsPending: "0",
      SubscriptionsConfirmed: "0",
      SubscriptionsDeleted: "0",
    });
    expect(JSON.parse(EffectiveDeliveryPolicy)).toEqual({
      http: {
        defaultHealthyRetryPolicy: {
          minDelayTarget: 20,
          maxDelayTarget: 20,
          numRetries: 3,
          numMaxDelayRetries: 0,
          numNoDelayRetries: 0,
          numMinDelayRetries: 0,
          backoffFunction: "linear",
        },
        disableSubscriptionOverrides: false,
        defaultRequestPolicy: { headerContentType: "text/plain; charset=UTF-8" },
      },
    });
    expect(JSON.parse(Policy)).toEqual({
      Version: "2008-10-17",
      Id: "__default_policy_ID",
      Statement: [
        {
          Sid: "__default_statement_ID",
          Effect: "Allow",
          Principal: { AWS: "*" },
          Action: [
            ...["SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission"],
            ...["SNS:RemovePermission", "SNS:DeleteTopic", "SNS:Subscribe"],
            ...["SNS:ListSubscriptionsByTopic", "SNS:Publish"],
          ],
          Resource: topic,
          Condition: { StringEquals: { "AWS:SourceOwner": ACCOUNT } },
        },
      ],
    });
  });

  test("of the FIFO kind says so, and takes settings that others do not", async () => {
    const given = { FifoThroughputScope: "MessageGroup", SignatureVersion: "2", DisplayName: "T" };
    const topic = await on.topic("kind.fifo", given);
    expect(await attributes(topic)).toMatchObject({
      FifoTopic: "true",
      ContentBasedDeduplication: "false",
      ...given,
    });
    await setTopic(topic, "ContentBasedDeduplication", "true");
    expect(await attributes(topic)).toMatchObject({ ContentBasedDeduplication: "true" });
    const plain = await on.topic();
    expect(await refusal(setTopic(plain, "ContentBasedDeduplication", "true"))).toEqual(
      invalid("ContentBasedDeduplication is not supported for standard topics"),
    );
    expect(await refusal(setTopic(topic, "TracingConfig", "Active"))).toEqual(
      invalid("TracingConfig is not supported for FIFO topics"),
    );
    expect(await attributes((await createWith({ FifoTopic: "false" })).TopicArn ?? "")).not.toHaveProperty(
      "FifoTopic",
    );
  });

  test("can be asked for twice, with the same or fewer settings and tags", async () => {
    const Tags = [
      { Key: "a", Value: "1" },
      { Key: "b", Value: "2" },
    ];
    const create = (more: object) => on.sns.send(new CreateTopicCommand({ Name: "twice", ...more }));
    const { TopicArn } = await create({ Tags, Attributes: { DisplayName: "D" } });
    for (const more of [{}, { Tags }, { Tags: Tags.slice(1) }, { Attributes: { DisplayName: "D" } }]) {
      expect((await create(more)).TopicArn).toBe(TopicArn);
    }
    expect(await refusal(create({ Tags: [{ Key: "c", Value: "3" }] }))).toEqual(
      invalid("Tags Reason: Topic already exists with different tags"),
    );
    expect(await refusal(create({ Attributes: { DisplayName: "E" } }))).toEqual(
      invalid("Attributes Reason: Topic already exists with different attributes"),
    );
  });

  test("is gone when it is deleted, with its subscriptions; twice is no mistake", async () => {
    const topic = await on.topic();
    const queue = await on.listener(topic);
    await on.sns.send(new DeleteTopicCommand({ TopicArn: topic }));
    await on.sns.send(new DeleteTopicCommand({ TopicArn: topic }));
    expect(await refusal(attributes(topic))).toEqual(NO_TOPIC);
    expect(await refusal(on.publish(topic, "m"))).toEqual(NO_TOPIC);
    const again = await on.topic(topic.split(":").at(-1));
    await on.publish(again, "m");
    expect(await on.bodies(queue)).toEqual([]);
    expect(await attributes(again)).toMatchObject({ SubscriptionsConfirmed: "0" });
  });

  test.each([
    ["", "Topic Name"],
    ["a b", "Topic Name"],
    ["a.fifo", "Topic Name"],
    ["x".repeat(257), "Topic Name"],
  ])("cannot be called %j", async (Name, what) => {
    const create = on.sns.send(new CreateTopicCommand({ Name }));
    expect(await refusal(create)).toMatchObject(invalid(what));
  });

  test.each([
    ["Unknown", "1", "AttributeName"],
    ["FifoTopic", "true", "AttributeName"],
    ["SignatureVersion", "3", "SignatureVersion: Invalid value [3]. Must be 1 or 2."],
    ["TracingConfig", "On", "TracingConfig: Invalid value [On]. Must be PassThrough or Active."],
    [
      "SQSSuccessFeedbackSampleRate",
      "101",
      "SQSSuccessFeedbackSampleRate: must be an integer between 0 and 100",
    ],
    ["LambdaFailureFeedbackRoleArn", "me", "LambdaFailureFeedbackRoleArn: must be the ARN of a role"],
    ["DeliveryPolicy", "{", "DeliveryPolicy: failed to parse JSON."],
    ["DeliveryPolicy", "{}", "DeliveryPolicy: http must be specified"],
    ["Policy", "{", "Policy Error: null"],
    ["Policy", '{"Statement":[null]}', "Policy Error: null"],
    ["Policy", '{"Statement":[{"Effect":"Allow","Action":"sns:*","Condition":null}]}', "Policy Error: null"],
    [
      "Policy",
      '{"Statement":{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage"}}',
      "Policy statement action out of service scope!",
    ],
    [
      "Policy",
      '{"Statement":[{"Effect":"Allow","Action":"sns:Publish"}]}',
      "Policy Error: PrincipalNotFound",
    ],
  ])("refuses %s %j", async (name, value, what) => {
    expect(await refusal(setTopic(await on.topic(), name, value))).toEqual(invalid(what));
  });

  test("says honestly that its messages are not archived", async () => {
    const topic = await on.topic("archive.fifo");
    expect(await refusal(setTopic(topic, "ArchivePolicy", '{"MessageRetentionPeriod":"30"}'))).toEqual(
      invalid("ArchivePolicy: this platform does not archive messages of topics."),
    );
  });

  test("keeps what AWS keeps, and goes back to a default that is emptied", async () => {
    const topic = await on.topic();
    const given = {
      KmsMasterKeyId: "alias/aws/sns",
      HTTPSuccessFeedbackRoleArn: `arn:aws:iam::${ACCOUNT}:role/r`,
      HTTPSuccessFeedbackSampleRate: "100",
      TracingConfig: "Active",
      DisplayName: "news",
    };
    for (const [name, value] of Object.entries(given)) await setTopic(topic, name, value);
    expect(await attributes(topic)).toMatchObject(given);
    await setTopic(topic, "DisplayName", "");
    expect(await attributes(topic)).toMatchObject({ DisplayName: "" });
    const statement = { Effect: "Allow", Principal: "*", Action: "sns:*", Resource: topic };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    await setTopic(topic, "Policy", Policy);
    expect(await attributes(topic)).toMatchObject({ Policy });
    await setTopic(topic, "Policy", "");
    expect((await attributes(topic)).Policy).toContain("__default_policy_ID");
  });
});

test("names that are no topic's are told apart", async () => {
  const ask = (TopicArn: string) => refusal(attributes(TopicArn));
  expect(await ask("topic")).toEqual(invalid("TopicArn Reason: An ARN must have at least 6 elements, not 1"));
  expect(await ask("arn:aws:sns:us-east-1:topic")).toEqual(
    invalid("TopicArn Reason: An ARN must have at least 6 elements, not 5"),
  );
  expect(await ask(`arn:aws:sns:eu-west-1:${ACCOUNT}:t`)).toEqual(invalid("TopicArn"));
  expect(await ask(`arn:aws:sqs:us-east-1:${ACCOUNT}:t`)).toEqual(invalid("TopicArn"));
  expect(await ask(NOWHERE)).toEqual(NO_TOPIC);
});

test("lists have pages of a hundred, by region and account", async () => {
  const sns = on.client("eu-central-1");
  const names = Array.from({ length: 101 }, (_, n) => `page-${String(n).padStart(3, "0")}`);
  await Promise.all(names.map((Name) => sns.send(new CreateTopicCommand({ Name }))));
  const first = await sns.send(new ListTopicsCommand());
  expect(first.Topics).toHaveLength(100);
  const { Topics, NextToken } = await sns.send(new ListTopicsCommand({ NextToken: first.NextToken }));
  expect(Topics).toEqual([{ TopicArn: `arn:aws:sns:eu-central-1:${ACCOUNT}:page-100` }]);
  expect(NextToken).toBeUndefined();
  expect(await refusal(sns.send(new ListTopicsCommand({ NextToken: "nonsense" })))).toEqual(
    invalid("NextToken Reason: Invalid token"),
  );
});

test("tags are added, changed and removed", async () => {
  const ResourceArn = await on.topic();
  const list = async () =>
    (await on.sns.send(new ListTagsForResourceCommand({ ResourceArn }))).Tags?.map(
      ({ Key, Value }) => `${Key}=${Value}`,
    );
  const tag = (...Tags: { Key: string; Value: string }[]) =>
    on.sns.send(new TagResourceCommand({ ResourceArn, Tags }));
  expect(await list()).toEqual([]);
  await tag({ Key: "a", Value: "1" }, { Key: "b", Value: "2" });
  await tag({ Key: "b", Value: "3" });
  await on.sns.send(new UntagResourceCommand({ ResourceArn, TagKeys: ["a"] }));
  expect(await list()).toEqual(["b=3"]);
  expect(await refusal(tag({ Key: "x", Value: "1" }, { Key: "x", Value: "2" }))).toEqual(
    invalid("Duplicated keys are not allowed."),
  );
  const many = Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}`, Value: "" }));
  expect(await refusal(tag(...many))).toMatchObject({ name: "TagLimitExceededException" });
  expect(await refusal(tag({ Key: "", Value: "" }))).toMatchObject({ name: "ValidationError" });
  const missing = new TagResourceCommand({ ResourceArn: NOWHERE, Tags: [] });
  expect(await refusal(on.sns.send(missing))).toEqual({
    name: "ResourceNotFoundException",
    message: "Resource does not exist",
  });
});

test("an answer that holds nothing has its result all the same, where the operation has one", async () => {
  const topic = await on.topic();
  const ask = async (Action: string, input: Record<string, string>) => {
    const signed = "Credential=test/20260101/us-east-1/sns/aws4_request, SignedHeaders=host, Signature=00";
    const headers = { authorization: `AWS4-HMAC-SHA256 ${signed}` };
    const body = new URLSearchParams({ Action, Version: "2010-03-31", ...input });
    return (await fetch(on.nuage.endpoint, { method: "POST", headers, body })).text();
  };
  const tags = { ResourceArn: topic, "Tags.member.1.Key": "k", "Tags.member.1.Value": "v" };
  expect(await ask("TagResource", tags)).toMatch(
    /^<TagResourceResponse [^>]*><TagResourceResult(><\/TagResourceResult>|\/>)<ResponseMetadata>/,
  );
  const name = { TopicArn: topic, AttributeName: "DisplayName", AttributeValue: "d" };
  expect(await ask("SetTopicAttributes", name)).toMatch(
    /^<SetTopicAttributesResponse [^>]*><ResponseMetadata>/,
  );
});

test("permissions are added to the policy and removed from it", async () => {
  const TopicArn = await on.topic();
  const add = (Label: string, ...ActionName: string[]) =>
    on.sns.send(new AddPermissionCommand({ TopicArn, Label, AWSAccountId: ["111122223333"], ActionName }));
  const remove = (Label: string) => on.sns.send(new RemovePermissionCommand({ TopicArn, Label }));
  await add("one", "Publish");
  await add("more", "Publish", "Subscribe");
  const statements = JSON.parse((await attributes(TopicArn)).Policy ?? "").Statement;
  expect(statements.slice(1)).toEqual([
    {
      Sid: "one",
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::111122223333:root" },
      Action: "SNS:Publish",
      Resource: TopicArn,
    },
    expect.objectContaining({ Sid: "more", Action: ["SNS:Publish", "SNS:Subscribe"] }),
  ]);
  expect(await refusal(add("one", "Publish"))).toEqual(invalid("Statement already exists"));
  expect(await refusal(add("bad", "Fly"))).toEqual(invalid("Policy statement action out of service scope!"));
  await remove("one");
  await remove("more");
  expect(JSON.parse((await attributes(TopicArn)).Policy ?? "").Statement).toHaveLength(1);
  expect(await refusal(remove("one"))).toMatchObject({ name: "NotFoundException" });
});

test("data protection policies are kept", async () => {
  const ResourceArn = await on.topic();
  const put = (DataProtectionPolicy: string) =>
    on.sns.send(new PutDataProtectionPolicyCommand({ ResourceArn, DataProtectionPolicy }));
  const get = async () =>
    (await on.sns.send(new GetDataProtectionPolicyCommand({ ResourceArn }))).DataProtectionPolicy;
  expect(await get()).toBe("");
  const statement = { Sid: "s", DataDirection: "Inbound", Principal: ["*"], Operation: { Deny: {} } };
  const policy = JSON.stringify({ Name: "p", Version: "2021-06-01", Statement: [statement] });
  await put(policy);
  expect(await get()).toBe(policy);
  expect(await refusal(put("{"))).toEqual(invalid("DataProtectionPolicy Reason: failed to parse JSON."));
  expect(await refusal(put('{"Name":"p"}'))).toEqual(
    invalid("DataProtectionPolicy Reason: Version must be 2021-06-01"),
  );
  expect(await get()).toBe(policy);
});
