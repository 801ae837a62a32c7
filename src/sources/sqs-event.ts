import { parseArn } from "../kernel/arn.ts";
import type { SourceRecord } from "./batch.ts";

/** A message as a receive in process gives it: with the trace of its sender, which the wire does not know. */
export interface QueueMessage {
  readonly MessageId?: string;
  readonly ReceiptHandle?: string;
  readonly MD5OfBody?: string;
  readonly Body?: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MD5OfMessageAttributes?: string;
  readonly MessageAttributes?: Readonly<Record<string, MessageAttribute>>;
  readonly Trace?: string;
  /** Noted by the receiver: when the message shows itself again. */
  readonly hiddenUntilMs?: number;
}

interface MessageAttribute {
  readonly DataType?: string;
  readonly StringValue?: string;
  readonly BinaryValue?: Uint8Array;
}

export interface QueueRecord extends SourceRecord {
  readonly handle: string;
  readonly hiddenUntilMs: number;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
export function recordOf(message: QueueMessage, queueArn: string): QueueRecord {
  const { MessageId = "", ReceiptHandle = "", Body = "", Attributes = {} } = message;
  const json = JSON.stringify({
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: Attributes,
    messageAttributes: attributesOf(message.MessageAttributes ?? {}),
    ...(message.MD5OfMessageAttributes ? { md5OfMessageAttributes: message.MD5OfMessageAttributes } : {}),
    md5OfBody: message.MD5OfBody ?? "",
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: parseArn(queueArn)?.region ?? "",
  });
  return {
    id: MessageId,
    handle: ReceiptHandle,
    hiddenUntilMs: message.hiddenUntilMs ?? Number.POSITIVE_INFINITY,
    json,
    bytes: Buffer.byteLength(json),
    arrivedMs: Number(Attributes.SentTimestamp ?? 0),
    trace: message.Trace,
    tries: Math.max(0, Number(Attributes.ApproximateReceiveCount ?? 1) - 1),
  };
}

function attributesOf(attributes: Readonly<Record<string, MessageAttribute>>) {
  const shown: Record<string, object> = {};
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes)) {
    shown[name] = {
      ...(StringValue === undefined ? {} : { stringValue: StringValue }),
      ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString("base64") }),
      stringListValues: [],
      binaryListValues: [],
      dataType: DataType,
    };
  }
  return shown;
}

/** What filters see: a body that is JSON as what it stands for. */
export function viewOf({ json }: QueueRecord): unknown {
  const record = JSON.parse(json) as { body: string };
  try {
    return { ...record, body: JSON.parse(record.body) as unknown };
  } catch {
    return record;
  }
}
