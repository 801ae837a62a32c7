import type { Context } from "../define.ts";
import { readApplication, readPlatformEndpoint } from "./application-records.ts";
import { type Content, type Publishable, readContent, textFor } from "./contents.ts";
import { countDirect } from "./counting.ts";
import { isPhoneNumber } from "./endpoints.ts";
import { fault, invalid, notForThisTopic } from "./faults.ts";
import { type Letter, platformOf, postLetter, senderOf } from "./letters.ts";
import { requireArn } from "./names.ts";
import { readOptOut, readSettings } from "./phone-records.ts";

const MOST_SMS_CHARACTERS = 1600;

type Answer = { MessageId: string };

/** Sends a text message to one number. */
export async function publishToPhone(context: Context, number: string, given: Publishable): Promise<Answer> {
  if (!isPhoneNumber(number)) throw invalid(`PhoneNumber Reason: ${number} is not valid to publish to`);
  refuseOrder(given);
  const content = readContent(given, false);
  const body = textFor(content, "sms");
  if (body.length > MOST_SMS_CHARACTERS) throw invalid("Message too long");
  const type = content.attributes?.["AWS.SNS.SMS.SMSType"]?.text;
  if (type !== undefined && type !== "Promotional" && type !== "Transactional") {
    throw invalid("SMSType Reason: must be Promotional or Transactional");
  }
  const { store, scope } = context;
  const letter = letterOf(context, "sms", number, content);
  const isDelivered = await store.transact(async (tx) => {
    // It is accepted, and not delivered.
    if ((await readOptOut(tx, scope, number))?.out) return false;
    const { DefaultSenderID } = await readSettings(tx, scope);
    const sender = senderOf(content) ?? DefaultSenderID;
    postLetter(tx, { ...letter, body, ...(sender === undefined ? {} : { sender }) });
    return true;
  });
  const outcome = isDelivered ? "NumberOfNotificationsDelivered" : "NumberOfNotificationsFailed";
  countDirect(context, "PhoneNumber=PhoneNumberDirect", outcome);
  return { MessageId: letter.id };
}

/** Sends a message to one app on one device. */
export async function publishToEndpoint(context: Context, arn: string, given: Publishable): Promise<Answer> {
  const { region } = requireArn(arn, "TargetArn");
  if (region !== context.scope.region) throw invalid("TargetArn");
  refuseOrder(given);
  const content = readContent(given, true);
  const letter = letterOf(context, "application", arn, content);
  await context.store.transact(async (tx) => {
    const endpoint = await readPlatformEndpoint(tx, arn);
    if (!endpoint) throw invalid("TargetArn Reason: No endpoint found for the target arn specified");
    const application = await readApplication(tx, endpoint.application);
    if (application?.attributes.Enabled === "false") {
      throw fault("PlatformApplicationDisabledException", "Platform application is disabled");
    }
    if (endpoint.attributes.Enabled !== "true") {
      throw fault("EndpointDisabledException", "Endpoint is disabled");
    }
    const body = textFor(content, platformOf(arn));
    postLetter(tx, { ...letter, body });
  });
  const [, platform, application] = arn.split("/");
  countDirect(context, `Application=${application},Platform=${platform}`, "NumberOfNotificationsDelivered");
  return { MessageId: letter.id };
}

/** Only topics keep messages in order, and apart. */
function refuseOrder({ MessageDeduplicationId, MessageGroupId }: Publishable): void {
  for (const [name, value] of Object.entries({ MessageDeduplicationId, MessageGroupId })) {
    if (value !== undefined) throw notForThisTopic(name);
  }
}

function letterOf(
  { ids, clock, scope }: Context,
  protocol: Letter["protocol"],
  recipient: string,
  { text, subject }: Content,
): Letter {
  const id = ids.uuid();
  return {
    v: 1,
    id,
    messageId: id,
    ...scope,
    timeMs: Math.floor(clock.now()),
    protocol,
    recipient,
    ...(subject === undefined ? {} : { subject }),
    body: text,
  };
}
