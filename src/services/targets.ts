import type { HttpParameters } from "@aws-sdk/client-eventbridge";
import { type Arn, parseArn } from "../kernel/arn.ts";
import { Fault } from "../kernel/faults.ts";
import type { Transaction } from "../store/store.ts";
import type { Context, InvokeSource } from "./define.ts";
import { logStreamOf, putLogs } from "./log-target.ts";

// How rules, schedules and pipes send one input to one target, whatever service it is of.

export interface TargetRequest {
  readonly arn: string;
  /** What the target is given: text, for most targets JSON. */
  readonly input: string;
  /** Who sends, as resource policies name it: a rule, a schedule, a pipe. */
  readonly sender: InvokeSource;
  /** A role to act in; without one the target's own policy must let the sender in, where there is one. */
  readonly roleArn?: string | undefined;
  /** SQS and SNS: of FIFO queues and topics, and of fair queues. */
  readonly messageGroupId?: string | undefined;
  readonly messageDeduplicationId?: string | undefined;
  /** Kinesis. */
  readonly partitionKey?: string | undefined;
  /** Event buses: the input is the event's detail. */
  readonly event?: TargetEvent | undefined;
  /** Log groups: when the event happened, in epoch milliseconds; now when absent. */
  readonly timeMs?: number | undefined;
  /** APIs: what the request bears beside the input; paths into an event have been followed. */
  readonly http?: HttpParameters | undefined;
  /** Functions: waits for the answer. Without it, the function is invoked asynchronously. */
  readonly synchronous?: boolean | undefined;
}

interface TargetEvent {
  readonly source: string;
  readonly detailType: string;
  readonly resources?: readonly string[];
  readonly time?: Date;
}

/** What became of the input. */
export interface Sent {
  /**
   * What is left to be written, to be called in the transaction in which the caller takes the work off its
   * own books: an asynchronous function then gets its input exactly once.
   */
  readonly write?: (tx: Transaction) => void | Promise<void>;
  /** A function's answer, when it was waited for, or an API's. */
  readonly answer?: Uint8Array;
}

type Send = (context: Context, target: TargetRequest, arn: Arn) => Promise<Sent>;

/** By the service that an ARN names: one function a kind of target. */
const KINDS: Readonly<Record<string, Send>> = {
  lambda: sendToFunction,
  sqs: sendToQueue,
  sns: sendToTopic,
  kinesis: sendToStream,
  events: sendToBus,
  logs: sendToLogGroup,
  "execute-api": sendToApi,
};

/** Targets that AWS has and this platform does not. */
const MISSING: Readonly<Record<string, string>> = {
  appsync: "AWS AppSync",
  athena: "Amazon Athena",
  batch: "AWS Batch",
  codebuild: "AWS CodeBuild",
  codepipeline: "AWS CodePipeline",
  ec2: "Amazon EC2",
  ecs: "Amazon ECS",
  firehose: "Amazon Data Firehose",
  glue: "AWS Glue",
  imagebuilder: "EC2 Image Builder",
  inspector: "Amazon Inspector",
  iotsitewise: "AWS IoT SiteWise",
  redshift: "Amazon Redshift",
  "redshift-serverless": "Amazon Redshift Serverless",
  sagemaker: "Amazon SageMaker",
  ssm: "AWS Systems Manager",
  "ssm-incidents": "AWS Systems Manager Incident Manager",
  states: "AWS Step Functions",
  timestream: "Amazon Timestream",
};

/**
 * Sends one input to a target, once. Throws the fault of the target's service, or one that names a service
 * that the platform does not have; `isRetryable` tells whether another attempt may do better.
 */
export async function sendToTarget(context: Context, target: TargetRequest): Promise<Sent> {
  const arn = parseArn(target.arn);
  if (!arn) throw new Fault("ValidationException", `Provided Arn is not in correct format: ${target.arn}`);
  const send = KINDS[arn.service];
  if (!send) throw missingService(arn.service);
  return send(context, target, arn);
}

function missingService(id: string): Fault {
  const name = MISSING[id] ?? id;
  return new Fault("NotImplemented", `${name} is not part of this platform: nothing can be sent to it.`, {
    status: 501,
  });
}

const RETRYABLE =
  /Throttl|TooManyRequests|ThroughputExceeded|RequestLimitExceeded|ServiceUnavailable|Internal|^ServiceException$/;

/** Throttles and failures of the target's service pass; missing targets and permissions do not. */
export function isRetryable({ code, status }: Fault): boolean {
  if (code === "NotImplemented") return false;
  return status === 429 || status >= 500 || RETRYABLE.test(code);
}

async function sendToFunction(context: Context, target: TargetRequest): Promise<Sent> {
  const { functions, ids, trace } = context;
  await checkInvoke(context, target);
  if (target.synchronous) return invoke(context, target);
  const event = {
    requestId: ids.uuid(),
    functionArn: target.arn,
    payload: new TextEncoder().encode(target.input),
    trace,
    source: target.sender.service.replace(/\.amazonaws\.com$/, ""),
    sourceArn: target.sender.sourceArn,
  };
  return { write: (tx) => functions.enqueue(tx, event) };
}

/** The function is there, and its resource policy lets the sender in unless a role does. */
async function checkInvoke({ functions }: Context, target: TargetRequest): Promise<void> {
  const { arn, sender, roleArn } = target;
  const found = await functions.permits(arn, sender);
  if (found === "missing") {
    throw new Fault("ResourceNotFoundException", `Function not found: ${arn}`, { status: 404 });
  }
  if (found === "allowed" || roleArn !== undefined) return;
  throw new Fault(
    "AccessDeniedException",
    `User: ${sender.service} is not authorized to perform: lambda:InvokeFunction on resource: ${arn} ` +
      "because no resource-based policy allows the lambda:InvokeFunction action",
    { status: 403 },
  );
}

async function invoke(context: Context, { arn, input }: TargetRequest): Promise<Sent> {
  const { Payload = new Uint8Array(0), FunctionError } = await context.call("lambda", "Invoke", {
    FunctionName: arn,
    Payload: new TextEncoder().encode(input),
  });
  if (FunctionError === undefined) return { answer: Payload };
  const message = `The function ${arn} answered with an error: ${new TextDecoder().decode(Payload)}`;
  throw new Fault("FunctionError", message, { status: 500 });
}

async function sendToApi(context: Context, target: TargetRequest, arn: Arn): Promise<Sent> {
  const { input, roleArn, http } = target;
  // Loaded by who needs it: most senders have nothing to do with HTTP.
  const { askApi } = await import("./api-target.ts");
  return { answer: await askApi(context, { arn, input, roleArn, http }) };
}

async function sendToQueue(context: Context, target: TargetRequest, arn: Arn): Promise<Sent> {
  const { input, messageGroupId, messageDeduplicationId } = target;
  await context.call("sqs", "SendMessage", {
    QueueUrl: queueUrl(context, arn),
    MessageBody: input,
    ...(messageGroupId === undefined ? {} : { MessageGroupId: messageGroupId }),
    ...(messageDeduplicationId === undefined ? {} : { MessageDeduplicationId: messageDeduplicationId }),
  });
  return {};
}

/**
 * Sends what could not be delivered to a dead-letter queue, with message attributes that say why; throws the
 * queue's fault.
 */
export async function sendToDeadLetterQueue(
  context: Context,
  queueArn: string,
  body: string,
  attributes: Readonly<Record<string, string | number>>,
): Promise<void> {
  const arn = parseArn(queueArn);
  if (arn?.service !== "sqs") throw new Fault("InvalidDestination", `${queueArn} is no queue.`);
  // A queue takes no empty attributes.
  const present = Object.entries(attributes).filter(([, value]) => value !== "");
  await context.call("sqs", "SendMessage", {
    QueueUrl: queueUrl(context, arn),
    MessageBody: body,
    MessageAttributes: Object.fromEntries(
      present.map(([name, value]) => [
        name,
        { DataType: typeof value === "number" ? "Number" : "String", StringValue: String(value) },
      ]),
    ),
  });
}

/** A URL that names the queue's region and account, wherever it is asked from. */
function queueUrl({ endpoint }: Context, { region, account, resource }: Arn): string {
  return `${endpoint}/queue/${region}/${account}/${resource}`;
}

async function sendToTopic(context: Context, target: TargetRequest): Promise<Sent> {
  const { messageGroupId, messageDeduplicationId } = target;
  await context.call("sns", "Publish", {
    TopicArn: target.arn,
    Message: target.input,
    ...(messageGroupId === undefined ? {} : { MessageGroupId: messageGroupId }),
    ...(messageDeduplicationId === undefined ? {} : { MessageDeduplicationId: messageDeduplicationId }),
  });
  return {};
}

async function sendToStream(context: Context, target: TargetRequest): Promise<Sent> {
  await context.call("kinesis", "PutRecord", {
    StreamARN: target.arn,
    Data: new TextEncoder().encode(target.input),
    PartitionKey: target.partitionKey || context.ids.uuid(),
  });
  return {};
}

async function sendToLogGroup(context: Context, target: TargetRequest, arn: Arn): Promise<Sent> {
  const { input: message, sender, timeMs = Math.floor(context.clock.now()) } = target;
  await putLogs(context, arn, logStreamOf(sender), [{ timeMs, message }]);
  return {};
}

async function sendToBus(context: Context, { arn, input, event }: TargetRequest): Promise<Sent> {
  if (!event) throw new Fault("ValidationException", "An event bus needs a source and a detail type.");
  const { Entries = [] } = await context.call("events", "PutEvents", {
    Entries: [
      {
        EventBusName: arn,
        Source: event.source,
        DetailType: event.detailType,
        Detail: input,
        ...(event.resources ? { Resources: [...event.resources] } : {}),
        ...(event.time ? { Time: event.time } : {}),
      },
    ],
  });
  const [entry] = Entries;
  if (entry?.ErrorCode === undefined) return {};
  throw new Fault(entry.ErrorCode, entry.ErrorMessage ?? "The event bus did not take the event.");
}
