// What goes to people: kept to be read instead.
import {
  CheckIfPhoneNumberIsOptedOutCommand,
  ConfirmSubscriptionCommand,
  CreateSMSSandboxPhoneNumberCommand,
  DeleteSMSSandboxPhoneNumberCommand,
  GetSMSAttributesCommand,
  GetSMSSandboxAccountStatusCommand,
  GetSubscriptionAttributesCommand,
  ListOriginationNumbersCommand,
  ListPhoneNumbersOptedOutCommand,
  ListSMSSandboxPhoneNumbersCommand,
  ListSubscriptionsByTopicCommand,
  OptInPhoneNumberCommand,
  PublishCommand,
  type PublishCommandInput,
  SetSMSAttributesCommand,
  VerifySMSSandboxPhoneNumberCommand,
} from "@aws-sdk/client-sns";
import { describe, expect, test } from "vitest";
import { fresh, lettersTo, refusal, useSns } from "./sns.fixture.ts";

const on = useSns();
const invalid = (what: string) => ({
  name: "InvalidParameterException",
  message: `Invalid parameter: ${what}`,
});

const letters = (to: string) => lettersTo(on.nuage, to);
const say = (more: Omit<PublishCommandInput, "Message">, Message = "hello") =>
  on.sns.send(new PublishCommand({ Message, ...more }));

describe("an e-mail", () => {
  const attributes = async (SubscriptionArn: string) =>
    (await on.sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes;

  test("asks first; then the topic's messages come as letters", async () => {
    const topic = await on.topic("letters");
    const to = "ann@a.example";
    const arn = await on.subscribe(topic, "email", to);
    expect(await attributes(arn)).toMatchObject({ PendingConfirmation: "true" });
    await on.publish(topic, "unread");
    const [asked, ...none] = await letters(to);
    expect(none).toEqual([]);
    expect(asked).toMatchObject({
      protocol: "email",
      subject: "AWS Notification - Subscription Confirmation",
      body: expect.stringContaining(`?Action=ConfirmSubscription&TopicArn=${topic}&Token=`),
      confirms: true,
    });
    const url = `${on.nuage.endpoint}/_nuage/outbox?letter=${asked?.id}`;
    const confirmed = await fetch(url, { method: "POST" });
    expect(await confirmed.json()).toEqual({ subscriptionArn: arn });
    expect(await attributes(arn)).toMatchObject({ PendingConfirmation: "false" });
    await on.publish(topic, "read", { Subject: "news" });
    // A standard topic keeps no order.
    await on.nuage.idle();
    await on.publish(topic, "again");
    const [again, news] = await letters(to);
    expect(news).toMatchObject({ subject: "news", body: expect.stringMatching(/^read\n/) });
    expect(news?.body).toContain(`?Action=Unsubscribe&SubscriptionArn=${arn}`);
    expect(again).toMatchObject({ subject: "AWS Notification Message" });
  });

  test("as JSON is the envelope itself", async () => {
    const topic = await on.topic();
    const to = "json@a.example";
    await on.subscribe(topic, "email-json", to);
    const [asked] = await letters(to);
    const { Token, TopicArn } = JSON.parse(asked?.body ?? "");
    await on.sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token }));
    const MessageId = await on.publish(topic, "m");
    const [letter] = await letters(to);
    expect(JSON.parse(letter?.body ?? "")).toMatchObject({
      Type: "Notification",
      MessageId,
      Message: "m",
      Signature: expect.any(String),
    });
  });

  test("that is not answered in two days is forgotten", async () => {
    const topic = await on.topic();
    const to = "late@a.example";
    await on.subscribe(topic, "email", to);
    const [asked] = await letters(to);
    await on.nuage.advance(2 * 86_400_000 + 1000);
    const list = await on.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topic }));
    expect(list.Subscriptions).toEqual([]);
    const Token = /Token=([0-9a-f]+)/.exec(asked?.body ?? "")?.[1];
    const confirm = on.sns.send(new ConfirmSubscriptionCommand({ TopicArn: topic, Token }));
    expect(await refusal(confirm)).toEqual(invalid("Token"));
  });

  test("is told the end when a stranger asks for it, and how to go on", async () => {
    const topic = await on.topic();
    const to = "undo@a.example";
    const arn = await on.subscribe(topic, "email", to);
    const link = async () => /http\S+/.exec((await letters(to))[0]?.body ?? "")?.[0] ?? "";
    await fetch(await link());
    await fetch(`${on.nuage.endpoint}/?Action=Unsubscribe&SubscriptionArn=${arn}`);
    expect(await refusal(attributes(arn))).toMatchObject({ name: "NotFoundException" });
    expect((await letters(to))[0]).toMatchObject({
      subject: "AWS Notification - Unsubscribe Confirmation",
    });
    expect((await fetch(await link())).status).toBe(200);
    expect(await attributes(arn)).toMatchObject({ PendingConfirmation: "false", Endpoint: to });
  });
});

describe("a text message", () => {
  test("goes to a number, under the sender's name", async () => {
    const PhoneNumber = "+15550100001";
    await on.sns.send(new SetSMSAttributesCommand({ attributes: { DefaultSenderID: "Nuage" } }));
    const { MessageId } = await say({ PhoneNumber });
    await say({
      PhoneNumber,
      MessageAttributes: { "AWS.SNS.SMS.SenderID": { DataType: "String", StringValue: "Shop" } },
    });
    const [second, first] = await letters(PhoneNumber);
    expect(first).toMatchObject({ protocol: "sms", body: "hello", sender: "Nuage", messageId: MessageId });
    expect(second).toMatchObject({ sender: "Shop" });
    await on.sns.send(new SetSMSAttributesCommand({ attributes: { DefaultSenderID: "" } }));
  });

  test("of a topic begins with the topic's name", async () => {
    const to = "+15550100002";
    const topic = await on.topic(fresh("texts"), { DisplayName: "Shop" });
    await on.subscribe(topic, "sms", to);
    await on.publish(topic, JSON.stringify({ default: "long", sms: "short" }), { MessageStructure: "json" });
    expect((await letters(to)).map(({ body }) => body)).toEqual(["Shop> short"]);
  });

  test.each(["+1a234", "NAA+15551234567", ""])("cannot go to %j", async (PhoneNumber) => {
    expect(await refusal(say({ PhoneNumber }))).toEqual(
      invalid(`PhoneNumber Reason: ${PhoneNumber} is not valid to publish to`),
    );
  });

  test("has 1,600 characters at most, and no group", async () => {
    const PhoneNumber = "+15550100003";
    expect(await refusal(say({ PhoneNumber }, "x".repeat(1601)))).toEqual(invalid("Message too long"));
    expect(await refusal(say({ PhoneNumber, MessageGroupId: "g" }))).toMatchObject({
      message: expect.stringContaining("MessageGroupId"),
    });
  });

  test("is set up with attributes that are checked", async () => {
    const get = async (attributes?: string[]) =>
      (await on.sns.send(new GetSMSAttributesCommand({ attributes }))).attributes;
    const set = (attributes: Record<string, string>) =>
      on.sns.send(new SetSMSAttributesCommand({ attributes }));
    expect(await get()).toEqual({ MonthlySpendLimit: "1" });
    await set({ DefaultSMSType: "Promotional", DeliveryStatusSuccessSamplingRate: "100" });
    expect(await get()).toEqual({
      MonthlySpendLimit: "1",
      DefaultSMSType: "Promotional",
      DeliveryStatusSuccessSamplingRate: "100",
    });
    expect(await get(["DefaultSMSType"])).toEqual({ DefaultSMSType: "Promotional" });
    for (const [name, value, message] of [
      ["InvalidAttribute", "1", "InvalidAttribute is not a valid attribute"],
      ["DefaultSMSType", "Loud", "DefaultSMSType is invalid"],
      ["DefaultSenderID", "1234567890123", "DefaultSenderID is invalid"],
      ["DeliveryStatusSuccessSamplingRate", "101", "DeliveryStatusSuccessSamplingRate is invalid"],
    ] as const) {
      expect(await refusal(set({ [name]: value }))).toEqual({ name: "InvalidParameterException", message });
    }
  });

  test("does not reach a number whose owner answered STOP, until it is opted in again", async () => {
    const phoneNumber = "+15550100004";
    const topic = await on.topic();
    await on.subscribe(topic, "sms", phoneNumber);
    const isOut = async () =>
      (await on.sns.send(new CheckIfPhoneNumberIsOptedOutCommand({ phoneNumber }))).isOptedOut;
    const listed = async () => (await on.sns.send(new ListPhoneNumbersOptedOutCommand())).phoneNumbers;
    const stop = (number: string) =>
      fetch(`${on.nuage.endpoint}/_nuage/outbox?stop=${encodeURIComponent(number)}`, { method: "POST" });
    const optIn = () => on.sns.send(new OptInPhoneNumberCommand({ phoneNumber }));
    expect([await isOut(), await listed()]).toEqual([false, []]);
    expect((await stop("nobody")).status).toBe(400);
    expect((await stop(phoneNumber)).status).toBe(200);
    expect([await isOut(), await listed()]).toEqual([true, [phoneNumber]]);
    await say({ PhoneNumber: phoneNumber });
    await on.publish(topic, "unread");
    expect(await letters(phoneNumber)).toEqual([]);
    const verify = new CreateSMSSandboxPhoneNumberCommand({ PhoneNumber: phoneNumber });
    expect(await refusal(on.sns.send(verify))).toMatchObject({ name: "OptedOutException" });
    await optIn();
    await say({ PhoneNumber: phoneNumber });
    expect(await letters(phoneNumber)).toHaveLength(1);
    await stop(phoneNumber);
    expect(await refusal(optIn())).toMatchObject({
      message: expect.stringContaining("only once every 30 days"),
    });
    await on.nuage.advance(31 * 86_400_000);
    await optIn();
    expect([await isOut(), await listed()]).toEqual([false, []]);
    const wrong = new OptInPhoneNumberCommand({ phoneNumber: "none" });
    expect(await refusal(on.sns.send(wrong))).toEqual(
      invalid("PhoneNumber Reason: input incorrectly formatted"),
    );
    expect((await on.sns.send(new ListOriginationNumbersCommand())).PhoneNumbers).toEqual([]);
  });

  test("verifies a number with the code that it brings", async () => {
    const PhoneNumber = "+15550100005";
    expect((await on.sns.send(new GetSMSSandboxAccountStatusCommand())).IsInSandbox).toBe(false);
    await on.sns.send(new CreateSMSSandboxPhoneNumberCommand({ PhoneNumber, LanguageCode: "en-GB" }));
    const [letter] = await letters(PhoneNumber);
    const code = /\d{6}/.exec(letter?.body ?? "")?.[0] ?? "";
    const numbers = async () =>
      (await on.sns.send(new ListSMSSandboxPhoneNumbersCommand())).PhoneNumbers?.map(({ Status }) => Status);
    expect(await numbers()).toEqual(["Pending"]);
    const verify = (OneTimePassword: string) =>
      on.sns.send(new VerifySMSSandboxPhoneNumberCommand({ PhoneNumber, OneTimePassword }));
    const wrong = code === "000000" ? "000001" : "000000";
    expect(await refusal(verify(wrong))).toMatchObject({ name: "VerificationException" });
    expect(await refusal(verify("letters"))).toMatchObject({ name: "ValidationError" });
    await verify(code);
    expect(await numbers()).toEqual(["Verified"]);
    const again = new CreateSMSSandboxPhoneNumberCommand({ PhoneNumber });
    expect(await refusal(on.sns.send(again))).toMatchObject({ name: "UserErrorException" });
    await on.sns.send(new DeleteSMSSandboxPhoneNumberCommand({ PhoneNumber }));
    expect(await numbers()).toEqual([]);
    expect(await refusal(verify(code))).toMatchObject({ name: "ResourceNotFoundException" });
  });
});
