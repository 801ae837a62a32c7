import { parseArn } from "../kernel/arn.ts";
import { Fault } from "../kernel/faults.ts";
import type { AsyncEvent, FunctionVersion, InvocationResult } from "../kernel/functions.ts";
import type { Trace } from "../kernel/trace.ts";
import type { Condition } from "./backoff.ts";
import { type InvocationRecord, recordKey } from "./invocation-record.ts";
import type { DeliveryOptions } from "./options.ts";
import { deliverySpan, writeLine } from "./report.ts";

/** How an event ended, as a destination or a dead-letter queue hears of it. */
export interface Outcome {
  readonly version: FunctionVersion;
  readonly event: AsyncEvent;
  readonly condition: "Success" | Condition;
  readonly record: InvocationRecord;
  readonly result?: InvocationResult;
  /** With the function's own run counted, so that a loop through destinations is seen. */
  readonly trace: Trace;
  readonly nowMs: number;
}

/** Sends an invocation record to a queue, topic, event bus or bucket. A failure is reported, not thrown. */
export async function sendOutside(
  options: DeliveryOptions,
  destination: string,
  outcome: Outcome,
): Promise<void> {
  const body = JSON.stringify(outcome.record);
  await report(options, "destination", destination, outcome, async (call) => {
    const arn = parseArn(destination);
    if (arn?.service === "s3") {
      const Key = recordKey(outcome.version.name, outcome.nowMs, options.ids.uuid());
      return call("s3", "PutObject", {
        Bucket: arn.resource.split("/")[0] ?? "",
        Key,
        Body: new TextEncoder().encode(body),
        ContentType: "application/json",
      });
    }
    if (arn?.service === "events")
      return call("events", "PutEvents", { Entries: [busEntry(destination, outcome)] });
    return sendMessage(call, destination, body);
  });
}

/**
 * Sends the event itself to a dead-letter queue, with AWS's three attributes.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
 */
export async function deadLetter(options: DeliveryOptions, target: string, outcome: Outcome): Promise<void> {
  const { event, result } = outcome;
  const text = (StringValue: string, DataType = "String") => ({ DataType, StringValue });
  const attributes = {
    RequestID: text(event.requestId),
    ErrorCode: text(result ? "200" : "429", "Number"),
    ErrorMessage: text(errorMessage(result) ?? outcome.condition),
  };
  const body = new TextDecoder().decode(event.payload);
  await report(options, "dead-letter queue", target, outcome, (call) =>
    sendMessage(call, target, body, attributes),
  );
}

type Call = (service: string, operation: string, input: Record<string, unknown>) => Promise<unknown>;

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
  const found = await call("sqs", "GetQueueUrl", {
    QueueName: arn.resource,
    QueueOwnerAWSAccountId: arn.account,
  });
  const { QueueUrl } = found as { QueueUrl?: string };
  return call("sqs", "SendMessage", { QueueUrl, MessageBody: body, ...attributes });
}

function busEntry(destination: string, { event, record, condition, nowMs }: Outcome) {
  return {
    EventBusName: destination,
    Source: "lambda",
    DetailType: `Lambda Function Invocation Result - ${condition === "Success" ? "Success" : "Failure"}`,
    Detail: JSON.stringify(record),
    Resources: [destination, record.requestContext.functionArn ?? event.functionArn],
    Time: new Date(nowMs),
  };
}

/** Makes the calls in the function's name; what fails is told in its log and trace. */
async function report(
  options: DeliveryOptions,
  what: string,
  target: string,
  outcome: Outcome,
  send: (call: Call) => Promise<unknown>,
): Promise<void> {
  const { version, event, trace } = outcome;
  const scope = { account: version.account, region: version.region };
  try {
    await send((service, operation, input) =>
      options.call(service, operation, input, { scope, trace, role: version.role }),
    );
  } catch (error) {
    if (!(error instanceof Fault)) options.log.error("a destination could not be told", { target, error });
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
}

function errorMessage(result: InvocationResult | undefined): string | undefined {
  if (!result) return undefined;
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(result.payload));
    const { errorMessage } = parsed as { errorMessage?: unknown };
    return typeof errorMessage === "string" ? errorMessage : undefined;
  } catch {
    return undefined;
  }
}
