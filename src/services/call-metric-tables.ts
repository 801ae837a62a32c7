import type { Fault } from "../kernel/faults.ts";

/** A call once it has ended. */
export interface Ended {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Without it, it failed with `fault`. */
  readonly output?: Readonly<Record<string, unknown>>;
  readonly fault?: Fault;
  readonly durationMs: number;
  /** One of AWS's own services made it. */
  readonly isByService: boolean;
}

/** Adds a value to a metric of the service. */
type Add = (name: string, dimensions: string, value: number) => void;

/** What CloudWatch counts of a service can be told from its calls, whoever makes them. */
export interface CallMetrics {
  readonly namespace: string;
  readonly operations: readonly string[];
  count(ended: Ended, add: Add): void;
}

type Members = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const list = (value: unknown): readonly Members[] => (Array.isArray(value) ? (value as Members[]) : []);
const bytes = (value: unknown): number => (typeof value === "string" ? Buffer.byteLength(value) : 0);
/** The name at the end of an ARN or a URL, or the name itself. */
const lastOf = (value: unknown, separator: string): string => text(value).split(separator).at(-1) ?? "";

const isThrottle = ({ fault }: Ended): boolean =>
  fault !== undefined && /Throughput|Throttl|RequestLimitExceeded|SlowDown/.test(fault.code);

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html */
export const sqs: CallMetrics = {
  namespace: "AWS/SQS",
  operations: ["SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessage", "DeleteMessageBatch"],
  count({ operation, input, output }, add) {
    if (!output) return;
    const dimensions = `QueueName=${lastOf(input.QueueUrl, "/")}`;
    if (operation === "ReceiveMessage") {
      const received = list(output.Messages).length;
      add("NumberOfMessagesReceived", dimensions, received);
      if (received === 0) add("NumberOfEmptyReceives", dimensions, 1);
    } else if (operation.startsWith("Delete")) {
      const deleted = operation === "DeleteMessage" ? 1 : list(output.Successful).length;
      add("NumberOfMessagesDeleted", dimensions, deleted);
    } else {
      const taken = new Set(list(output.Successful).map(({ Id }) => Id));
      const sent =
        operation === "SendMessage" ? [input] : list(input.Entries).filter(({ Id }) => taken.has(Id));
      add("NumberOfMessagesSent", dimensions, sent.length);
      for (const { MessageBody } of sent) add("SentMessageSize", dimensions, bytes(MessageBody));
    }
  },
};

/** https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html */
export const sns: CallMetrics = {
  namespace: "AWS/SNS",
  operations: ["Publish", "PublishBatch"],
  count({ operation, input, output }, add) {
    if (!output) return;
    const dimensions = receiverOf(input);
    const taken = new Set(list(output.Successful).map(({ Id }) => Id));
    const published =
      operation === "Publish"
        ? [input]
        : list(input.PublishBatchRequestEntries).filter(({ Id }) => taken.has(Id));
    add("NumberOfMessagesPublished", dimensions, published.length);
    for (const { Message } of published) add("PublishSize", dimensions, bytes(Message));
  },
};

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html */
export const events: CallMetrics = {
  namespace: "AWS/Events",
  operations: ["PutEvents", "PutPartnerEvents"],
  count(ended, add) {
    const { operation, input, output, durationMs, isByService } = ended;
    // What AWS's services send is none of a user's requests.
    if (isByService) return;
    const one = (name: string, value = 1) => add(`${operation}${name}`, "", value);
    const entries = list(input.Entries);
    one("ApproximateCallCount");
    one(`Approximate${isThrottle(ended) ? "Throttled" : output ? "Success" : "Failed"}Count`);
    one("EntriesCount", entries.length);
    one("Latency", durationMs);
    if (output) one("FailedEntriesCount", Number(output.FailedEntryCount ?? 0));
    if (operation === "PutEvents")
      one(
        "RequestSize",
        entries.map(entrySize).reduce((sum, size) => sum + size, 0),
      );
    for (const { Source } of operation === "PutPartnerEvents" && output ? entries : [])
      add("Events", `EventSourceName=${text(Source)}`, 1);
  },
};

const TIME_BYTES = 14;

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
function entrySize({ Time, Source, DetailType, Detail, Resources }: Members): number {
  const resources = Array.isArray(Resources) ? Resources : [];
  const texts = [Source, DetailType, Detail, ...resources];
  return texts.reduce<number>((sum, one) => sum + bytes(one), Time === undefined ? 0 : TIME_BYTES);
}

/** A topic, an app of a platform, or a telephone. */
function receiverOf({ TopicArn, TargetArn, PhoneNumber }: Members): string {
  if (PhoneNumber !== undefined) return "PhoneNumber=PhoneNumberDirect";
  const [, platform, application] = /:endpoint\/([^/]+)\/([^/]+)\//.exec(text(TargetArn)) ?? [];
  if (application !== undefined) return `Application=${application},Platform=${platform}`;
  return `TopicName=${lastOf(TopicArn ?? TargetArn, ":")}`;
}

const OF_ONE_TABLE = ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"];

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html */
export const dynamodb: CallMetrics = {
  namespace: "AWS/DynamoDB",
  operations: [
    ...OF_ONE_TABLE,
    ...["BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems"],
    ...["ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"],
  ],
  count(ended, add) {
    const { operation, input, output, fault, durationMs } = ended;
    const tables = tablesOf(operation, input);
    if (fault && !isThrottle(ended) && fault.status < 500 && !COUNTED_APART.includes(fault.code)) {
      add("UserErrors", "", 1);
    }
    const reasons = list(fault?.members?.CancellationReasons).map(({ Code }) => Code);
    for (const table of tables) {
      const [ofTable, ofOperation] = [`TableName=${table}`, `TableName=${table},Operation=${operation}`];
      if (output) add("SuccessfulRequestLatency", ofOperation, durationMs);
      if (isThrottle(ended)) add("ThrottledRequests", ofOperation, 1);
      if (fault && fault.status >= 500) add("SystemErrors", ofOperation, 1);
      if (fault?.code === "ConditionalCheckFailedException")
        add("ConditionalCheckFailedRequests", ofTable, 1);
      if (fault?.code === "TransactionConflictException" || reasons.includes("TransactionConflict"))
        add("TransactionConflict", ofTable, 1);
      if (output && (operation === "Query" || operation === "Scan" || Array.isArray(output.Items))) {
        add("ReturnedItemCount", ofOperation, list(output.Items).length);
      }
    }
  },
};

/** Errors that have metrics of their own. */
const COUNTED_APART = ["ConditionalCheckFailedException", "TransactionConflictException"];
/** The table in a PartiQL statement. */
const IN_STATEMENT = /\b(?:FROM|INTO|UPDATE)\s+"?([\w.-]+)/i;

function tablesOf(operation: string, input: Members): readonly string[] {
  if (/Statement|ExecuteTransaction/.test(operation)) {
    const statements = [input, ...list(input.Statements), ...list(input.TransactStatements)];
    const named = statements.flatMap(({ Statement }) => IN_STATEMENT.exec(text(Statement))?.[1] ?? []);
    return [...new Set(named)];
  }
  if (OF_ONE_TABLE.includes(operation)) return [lastOf(input.TableName, "/")];
  if (operation.startsWith("Batch")) {
    return Object.keys((input.RequestItems ?? {}) as Members).map((name) => lastOf(name, "/"));
  }
  const parts = list(input.TransactItems).flatMap((item) => Object.values(item) as Members[]);
  return [...new Set(parts.map(({ TableName }) => lastOf(TableName, "/")))];
}

/**
 * What its shards count themselves, and reads, which name no stream, is not here.
 * https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html
 */
export const kinesis: CallMetrics = {
  namespace: "AWS/Kinesis",
  operations: ["PutRecord", "PutRecords"],
  count(ended, add) {
    const { operation, input, output, durationMs } = ended;
    const stream = text(input.StreamName) || lastOf(input.StreamARN, "/");
    if (stream === "") return;
    const dimensions = `StreamName=${stream}`;
    add(`${operation}.Success`, dimensions, output ? 1 : 0);
    if (!output) return;
    add(`${operation}.Latency`, dimensions, durationMs);
    const records = operation === "PutRecord" ? [input] : list(input.Records);
    add(`${operation}.Bytes`, dimensions, sizeOf(records));
    if (operation === "PutRecords") {
      const failed = Number(output.FailedRecordCount ?? 0);
      const all = records.length;
      const throttled = list(output.Records).filter(({ ErrorCode }) =>
        /^ProvisionedThroughput/.test(text(ErrorCode)),
      );
      add("PutRecords.ThrottledRecords", dimensions, throttled.length);
      add("PutRecords.TotalRecords", dimensions, all);
      add("PutRecords.SuccessfulRecords", dimensions, all - failed);
      add("PutRecords.FailedRecords", dimensions, failed);
    }
  },
};

/** Of the data of all records. */
const sizeOf = (records: readonly unknown[]): number =>
  records.reduce<number>((sum, record) => {
    const { Data } = record as Members;
    return sum + (Data instanceof Uint8Array ? Data.byteLength : 0);
  }, 0);

/** What kind of request an operation is to S3. */
const S3_KINDS: Readonly<Record<string, string>> = {
  GetObject: "GetRequests",
  GetObjectAcl: "GetRequests",
  GetObjectAttributes: "GetRequests",
  GetObjectTagging: "GetRequests",
  HeadObject: "HeadRequests",
  HeadBucket: "HeadRequests",
  PutObject: "PutRequests",
  PutObjectAcl: "PutRequests",
  PutObjectTagging: "PutRequests",
  CopyObject: "PutRequests",
  UploadPart: "PutRequests",
  UploadPartCopy: "PutRequests",
  DeleteObject: "DeleteRequests",
  // A POST by its method, but counted with what it does.
  DeleteObjects: "DeleteRequests",
  DeleteObjectTagging: "DeleteRequests",
  AbortMultipartUpload: "DeleteRequests",
  CreateMultipartUpload: "PostRequests",
  CompleteMultipartUpload: "PostRequests",
  ListObjects: "ListRequests",
  ListObjectsV2: "ListRequests",
  ListObjectVersions: "ListRequests",
  ListMultipartUploads: "ListRequests",
};

/**
 * Request metrics, as of a bucket with a filter for all of it, which is here without being asked for.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
 */
export const s3: CallMetrics = {
  namespace: "AWS/S3",
  operations: Object.keys(S3_KINDS),
  count({ operation, input, output, fault, durationMs }, add) {
    const dimensions = `BucketName=${text(input.Bucket)},FilterId=EntireBucket`;
    const one: Add = (name, _, value) => add(name, dimensions, value);
    one("AllRequests", "", 1);
    one(S3_KINDS[operation] ?? "AllRequests", "", 1);
    one("4xxErrors", "", fault && fault.status < 500 ? 1 : 0);
    one("5xxErrors", "", fault && fault.status >= 500 ? 1 : 0);
    one("FirstByteLatency", "", durationMs);
    one("TotalRequestLatency", "", durationMs);
    if (operation === "GetObject" && output) one("BytesDownloaded", "", Number(output.ContentLength ?? 0));
    const isUpload = operation === "PutObject" || operation === "UploadPart";
    if (isUpload && output) one("BytesUploaded", "", Number(input.ContentLength ?? 0));
  },
};
