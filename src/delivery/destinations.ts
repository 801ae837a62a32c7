import { parseArn } from "../kernel/arn.ts";
import { Fault } from "../kernel/faults.ts";
import { recordKey } from "./invocation-record.ts";
import type { DeliveryOptions } from "./options.ts";
import type { Ended, QueuedEvent } from "./queue.ts";
import { deliverySpan, writeLine } from "./report.ts";

/** What is left to be told of an event that has ended; nothing when it is done. */
export type Left = Pick<Ended, "destination" | "deadLetterTarget">;

/**
 * Tells the dead-letter queue and the destination of an event that has ended. What fails for now, because
 * a service is throttled or has failed itself, is left to be told later, unless this is the `last` attempt.
 * What fails for good is reported and given up, as on AWS.
 */
export async function tellOutside(
  options: DeliveryOptions,
  record: QueuedEvent,
  ended: Ended,
  last: boolean,
): Promise<Left> {
  const { destination, deadLetterTarget } = ended;
  const left: { destination?: string; deadLetterTarget?: string } = {};
  if (deadLetterTarget) {
    const send: Send = (call) => deadLetter(call, deadLetterTarget, record, ended);
    const isTold = await tell(options, record, ended, {
      what: "dead-letter queue",
      target: deadLetterTarget,
      send,
      last,
    });
    if (!isTold) left.deadLetterTarget = deadLetterTarget;
  }
  if (destination) {
    const send: Send = (call) => sendRecord(options, call, destination, ended);
    const isTold = await tell(options, record, ended, {
      what: "destination",
      target: destination,
      send,
      last,
    });
    if (!isTold) left.destination = destination;
  }
  return left;
}

type Call = (service: string, operation: string, input: Record<string, unknown>) => Promise<unknown>;
type Send = (call: Call) => Promise<unknown>;

/** Sends an invocation record to a queue, topic, event bus or bucket. */
function sendRecord(
  options: DeliveryOptions,
  call: Call,
  destination: string,
  ended: Ended,
): Promise<unknown> {
  const arn = parseArn(destination);
  if (arn?.service === "s3") {
    return call("s3", "PutObject", {
      Bucket: arn.resource.split("/")[0] ?? "",
      Key: recordKey(ended.version.name, ended.atMs, options.ids.uuid()),
      Body: new TextEncoder().encode(ended.record),
      ContentType: "application/json",
    });
  }
  return arn?.service === "events"
    ? putEvent(call, destination, ended)
    : sendMessage(call, destination, ended.record);
}

const LONGEST_ERROR_BYTES = 1024;

/**
 * Sends the event itself to a dead-letter queue, with AWS's three attributes.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
 */
function deadLetter(call: Call, target: string, { event }: QueuedEvent, ended: Ended): Promise<unknown> {
  const text = (StringValue: string, DataType = "String") => ({ DataType, StringValue });
  const message = Buffer.from(ended.errorMessage).subarray(0, LONGEST_ERROR_BYTES).toString("utf8");
  const attributes = {
    RequestID: text(event.requestId),
    ErrorCode: text(String(ended.errorCode), "Number"),
    ErrorMessage: text(message),
  };
  return sendMessage(call, target, new TextDecoder().decode(event.payload), attributes);
}

async function sendMessage(
  call: Call,
  target: string,
  body: string,
  MessageAttributes?: Record<string, unknown>,
): Promise<unknown> {
  const arn = parseArn(target);
  const attributes = MessageAttributes ? { MessageAttributes } : {};
  if (arn?.service === "sns")
    return call("sns", "Publish", { TopicArn: target, Message: body, ...attributes });
  if (arn?.service !== "sqs") throw new Fault("InvalidDestination", `${target} is no destination.`);
  const QueueUrl = `/queue/${arn.region}/${arn.account}/${arn.resource}`;
  return call("sqs", "SendMessage", { QueueUrl, MessageBody: body, ...attributes });
}

async function putEvent(call: Call, destination: string, { record, condition, atMs }: Ended): Promise<void> {
  const { requestContext } = JSON.parse(record) as { requestContext: { functionArn: string } };
  const answer = await call("events", "PutEvents", {
    Entries: [
      {
        EventBusName: destination,
        Source: "lambda",
        DetailType: `Lambda Function Invocation Result - ${condition === "Success" ? "Success" : "Failure"}`,
        Detail: record,
        Resources: [destination, requestContext.functionArn],
        Time: new Date(atMs),
      },
    ],
  });
  // A bus that does not take an event says so in its answer.
  const [entry] = (answer as { Entries?: { ErrorCode?: string; ErrorMessage?: string }[] }).Entries ?? [];
  if (entry?.ErrorCode)
    throw new Fault(entry.ErrorCode, entry.ErrorMessage ?? "The bus did not take the event.");
}

interface Telling {
  readonly what: string;
  readonly target: string;
  readonly send: Send;
  readonly last: boolean;
}

/** Makes the calls in the function's name. False when it is to be tried again. */
async function tell(
  options: DeliveryOptions,
  { event }: QueuedEvent,
  { version, trace }: Ended,
  { what, target, send, last }: Telling,
): Promise<boolean> {
  const scope = { account: version.account, region: version.region };
  try {
    await send((service, operation, input) =>
      options.call(service, operation, input, { scope, trace, role: version.role, name: version.name }),
    );
  } catch (error) {
    if (!(error instanceof Fault)) options.log.error("a destination could not be told", { target, error });
    if (!last && mayPass(error)) return false;
    const metric = what === "destination" ? "DestinationDeliveryFailures" : "DeadLetterErrors";
    options.metrics.add(version, metric);
    const reason = error instanceof Fault ? `${error.code}: ${error.message}` : String(error);
    const message = `Event ${event.requestId} could not be sent to the ${what} ${target}: ${reason}`;
    deliverySpan(
      options,
      version,
      { requestId: event.requestId, trace },
      {
        kind: "queue",
        startMs: options.clock.now(),
        durationMs: 0,
        status: "fault",
        errorType: "DestinationDeliveryFailure",
        errorMessage: message,
        attributes: { outcome: "DestinationDeliveryFailure", destination: target },
      },
    );
    writeLine(options, version, message, event);
  }
  return true;
}

const PASSING = /Throttl|SlowDown|TooManyRequests|RequestLimitExceeded|ServiceUnavailable|Internal/;

/** Throttles and failures of a service pass; missing queues, permissions and sizes do not. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof Fault)) return true;
  if (error.status === 501) return false;
  return error.status === 429 || error.status >= 500 || PASSING.test(error.code);
}
