import type * as sdk from "@aws-sdk/client-s3";
import { parseArn } from "../../kernel/arn.ts";
import type { Context, Handlers } from "../define.ts";
import { queueRefusal, topicRefusal } from "./destinations.ts";
import { bucketArn, coversEvent, testEvent } from "./events.ts";
import { fault, invalidArgument } from "./faults.ts";
import { post } from "./outbox.ts";
import { getBucket, type Notification, putBucket } from "./records.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html */
const EVENTS: ReadonlySet<string> = new Set([
  "s3:IntelligentTiering",
  "s3:LifecycleExpiration:*",
  "s3:LifecycleExpiration:Delete",
  "s3:LifecycleExpiration:DeleteMarkerCreated",
  "s3:LifecycleTransition",
  "s3:ObjectAcl:Put",
  "s3:ObjectCreated:*",
  "s3:ObjectCreated:CompleteMultipartUpload",
  "s3:ObjectCreated:Copy",
  "s3:ObjectCreated:Post",
  "s3:ObjectCreated:Put",
  "s3:ObjectRemoved:*",
  "s3:ObjectRemoved:Delete",
  "s3:ObjectRemoved:DeleteMarkerCreated",
  "s3:ObjectRestore:*",
  "s3:ObjectRestore:Completed",
  "s3:ObjectRestore:Delete",
  "s3:ObjectRestore:Post",
  "s3:ObjectTagging:*",
  "s3:ObjectTagging:Delete",
  "s3:ObjectTagging:Put",
  "s3:ReducedRedundancyLostObject",
  "s3:Replication:*",
  "s3:Replication:OperationFailedReplication",
  "s3:Replication:OperationMissedThreshold",
  "s3:Replication:OperationNotTracked",
  "s3:Replication:OperationReplicatedAfterThreshold",
]);

const MAX_ID_CHARACTERS = 255;
const MAX_FILTER_CHARACTERS = 1024;

export const notifications = {
  async GetBucketNotificationConfiguration(input, { store }) {
    const bucket = await store.transact((tx) => getBucket(tx, input));
    const { functions, queues, topics } = byDestination(bucket.notifications);
    return {
      ...(bucket.eventBridge ? { EventBridgeConfiguration: {} } : {}),
      ...(functions.length ? { LambdaFunctionConfigurations: functions.map(functionConfiguration) } : {}),
      ...(queues.length ? { QueueConfigurations: queues.map(queueConfiguration) } : {}),
      ...(topics.length ? { TopicConfigurations: topics.map(topicConfiguration) } : {}),
    };
  },

  async PutBucketNotificationConfiguration(input, context) {
    const configuration = input.NotificationConfiguration ?? {};
    const name = input.Bucket ?? "";
    const { LambdaFunctionConfigurations = [], QueueConfigurations = [] } = configuration;
    const { TopicConfigurations = [], EventBridgeConfiguration } = configuration;
    const given = [...LambdaFunctionConfigurations, ...QueueConfigurations, ...TopicConfigurations];
    const wanted = given.map((one) => ({ ...notificationOf(one), id: one.Id || context.ids.uuid() }));
    checkTogether(wanted);
    const { account, region } = await context.store.transact((tx) => getBucket(tx, input));
    if (!input.SkipDestinationValidation) {
      checkRegions(wanted, region);
      await checkDestinations(wanted, name, account, context);
    }
    await context.store.transact(async (tx) => {
      const { eventBridge: _before, ...bucket } = await getBucket(tx, input);
      const eventBridge = EventBridgeConfiguration ? { eventBridge: true as const } : {};
      putBucket(tx, name, { ...bucket, ...eventBridge, notifications: wanted });
      const body = JSON.stringify(testEvent(name, context.clock.now(), context.requestId));
      for (const { queueArn, topicArn } of wanted) {
        if (queueArn) post(tx, context, { to: "queue", arn: queueArn, body });
        if (topicArn) post(tx, context, { to: "topic", arn: topicArn, body });
      }
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

function byDestination(all: readonly Notification[]) {
  return {
    functions: all.filter(({ functionArn }) => functionArn !== undefined),
    queues: all.filter(({ queueArn }) => queueArn !== undefined),
    topics: all.filter(({ topicArn }) => topicArn !== undefined),
  };
}

type Given = Partial<sdk.LambdaFunctionConfiguration> &
  Partial<sdk.QueueConfiguration> &
  Partial<sdk.TopicConfiguration>;

/** One configuration of a request, its rules checked. */
export function notificationOf(given: Given): Omit<Notification, "id"> {
  return { ...destinationOf(given), ...choiceOf(given) };
}

function destinationOf({ LambdaFunctionArn, QueueArn, TopicArn }: Given) {
  if (QueueArn !== undefined) {
    refuseFifo("sqs", "FIFO SQS queues are not supported.", "Queue", QueueArn);
    return { queueArn: QueueArn };
  }
  if (TopicArn !== undefined) {
    refuseFifo("sns", "FIFO SNS topics are not supported.", "Topic", TopicArn);
    return { topicArn: TopicArn };
  }
  const functionArn = LambdaFunctionArn ?? "";
  const arn = parseArn(functionArn);
  if (arn?.service !== "lambda" || !/^function:[\w-]+(?::[\w$-]+)?$/.test(arn.resource)) {
    throw invalidArgument("The ARN could not be parsed", "CloudFunction", functionArn);
  }
  return { functionArn };
}

function refuseFifo(service: string, wording: string, argument: string, text: string): void {
  const arn = parseArn(text);
  if (arn?.service !== service) throw invalidArgument("The ARN could not be parsed", argument, text);
  if (arn.resource.endsWith(".fifo")) throw invalidArgument(wording, argument, text);
}

/** Which events of which keys are asked for. */
function choiceOf(given: Given): Pick<Notification, "events" | "prefix" | "suffix" | "rules"> {
  if ((given.Id?.length ?? 0) > MAX_ID_CHARACTERS) {
    throw invalidArgument("Configuration Id is too long", "Id", given.Id);
  }
  const events = given.Events ?? [];
  if (events.length === 0) throw fault("MalformedXML");
  for (const event of events) {
    if (EVENTS.has(event)) continue;
    throw invalidArgument("A specified event is not supported for notifications.", "Event", event);
  }
  const rules = (given.Filter?.Key?.FilterRules ?? []).map(ruleOf);
  const filterValue = (name: "Prefix" | "Suffix"): string => {
    const [first, second] = rules.filter((rule) => rule.name === name);
    if (second) {
      const wording = `Cannot specify more than one ${name.toLowerCase()} rule in a filter.`;
      throw invalidArgument(wording, "FilterRule.Name", name);
    }
    return first?.value ?? "";
  };
  return { events, prefix: filterValue("Prefix"), suffix: filterValue("Suffix"), rules };
}

function ruleOf(rule: sdk.FilterRule): Notification["rules"][number] {
  const asked = rule.Name?.toLowerCase();
  const name = asked === "prefix" ? "Prefix" : asked === "suffix" ? "Suffix" : undefined;
  if (!name) {
    throw invalidArgument("filter rule name must be either prefix or suffix", "FilterRule.Name", rule.Name);
  }
  const value = rule.Value ?? "";
  if (value.length > MAX_FILTER_CHARACTERS) {
    throw invalidArgument("Size of filter rule value cannot exceed 1024 bytes", "FilterRule.Value", value);
  }
  return { name, value };
}

/**
 * No two configurations may ask for the same event of the same key.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
 */
export function checkTogether(wanted: readonly Notification[]): void {
  const seen = new Set<string>();
  for (const { id } of wanted) {
    if (seen.has(id)) {
      throw invalidArgument("Same ID used for multiple configurations. IDs must be unique", "Id", id);
    }
    seen.add(id);
  }
  for (const [index, one] of wanted.entries()) {
    for (const other of wanted.slice(index + 1)) if (overlap(one, other)) throw overlapping(one, other);
  }
}

function overlap(one: Notification, other: Notification): boolean {
  const { prefix, suffix } = other;
  return (
    one.events.some((event) => other.events.some((e) => coversEvent(event, e) || coversEvent(e, event))) &&
    (one.prefix.startsWith(prefix) || prefix.startsWith(one.prefix)) &&
    (one.suffix.endsWith(suffix) || suffix.endsWith(one.suffix))
  );
}

function overlapping(one: Notification, other: Notification) {
  const filtered = one.prefix !== "" || one.suffix !== "" || other.prefix !== "" || other.suffix !== "";
  const wording = filtered
    ? "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules " +
      "if the prefixes are overlapping for the same event type."
    : "Configurations overlap. Configurations on the same bucket cannot share a common event type.";
  return fault("InvalidArgument", {}, wording);
}

/** A queue or topic of another region is never told. */
function checkRegions(wanted: readonly Notification[], region: string): void {
  for (const { queueArn, topicArn } of wanted) {
    const arn = queueArn ?? topicArn;
    if (arn === undefined || parseArn(arn)?.region === region) continue;
    const wording =
      "The notification destination service region is not valid for the bucket location constraint";
    throw invalidArgument(wording, queueArn === undefined ? "Topic" : "Queue", arn);
  }
}

/** Every destination must be there and let S3 act for this bucket. AWS names each that is not. */
async function checkDestinations(
  wanted: readonly Notification[],
  bucket: string,
  sourceAccount: string,
  context: Context,
): Promise<void> {
  const source = { service: "s3.amazonaws.com", sourceArn: bucketArn(bucket), sourceAccount };
  const members: Record<string, string> = {};
  let refused = 0;
  const refuse = (arn: string, reason: string) => {
    refused++;
    members[`ArgumentName${refused}`] = `${arn}, null`;
    members[`ArgumentValue${refused}`] = reason;
  };
  const { functions, queues, topics } = byDestination(wanted);
  for (const functionArn of new Set(functions.map((one) => one.functionArn ?? ""))) {
    const permits = await context.functions.permits(functionArn, source);
    if (permits !== "allowed") refuse(functionArn, `Not authorized to invoke function [${functionArn}]`);
  }
  for (const queueArn of new Set(queues.map((one) => one.queueArn ?? ""))) {
    const reason = await queueRefusal(context, queueArn, source);
    if (reason !== undefined) refuse(queueArn, reason);
  }
  for (const topicArn of new Set(topics.map((one) => one.topicArn ?? ""))) {
    const reason = await topicRefusal(context, topicArn, source);
    if (reason !== undefined) refuse(topicArn, reason);
  }
  const wording = "Unable to validate the following destination configurations";
  if (refused) throw fault("InvalidArgument", members, wording);
}

function functionConfiguration(notification: Notification): sdk.LambdaFunctionConfiguration {
  return { ...shownChoice(notification), LambdaFunctionArn: notification.functionArn };
}

function queueConfiguration(notification: Notification): sdk.QueueConfiguration {
  return { ...shownChoice(notification), QueueArn: notification.queueArn };
}

function topicConfiguration(notification: Notification): sdk.TopicConfiguration {
  return { ...shownChoice(notification), TopicArn: notification.topicArn };
}

function shownChoice({ id, events, rules }: Notification) {
  const filter = rules.length
    ? {
        Filter: {
          Key: { FilterRules: rules.map(({ name, value }) => ({ Name: filterName(name), Value: value })) },
        },
      }
    : {};
  return { Id: id, Events: [...events] as sdk.Event[], ...filter };
}

/** AWS answers with a capital whatever was asked; the SDK's type knows the lower case only. */
function filterName(name: "Prefix" | "Suffix"): sdk.FilterRuleName {
  return name as unknown as sdk.FilterRuleName;
}
