import { parseArn } from "../kernel/arn.ts";
import { Fault } from "../kernel/faults.ts";
import { SOURCE_KEYS, type SourceMapping } from "../kernel/sources.ts";
import { newTrace, parseTraceHeader } from "../kernel/trace.ts";
import { DONE, defineOutbox, type Job, type Outcome } from "../store/outbox.ts";
import type { Transaction } from "../store/store.ts";
import { backoffMs } from "./backoff.ts";
import type { Failure, SourceRecord } from "./batch.ts";
import { writeLine } from "./report.ts";
import type { SourcePorts } from "./source.ts";

/** What a destination is to hear, noted in the transaction that gives the records up. */
interface Notice {
  readonly mapping: SourceMapping;
  readonly destination: string;
  readonly shardId: string;
  /** JSON text. */
  readonly record: string;
  /** Buckets get the event itself too: the records as JSON text. */
  readonly payload?: string;
  readonly trace?: string | undefined;
}

type Ports = Pick<SourcePorts, "clock" | "ids" | "recorder" | "call" | "log" | "metrics">;

const outbox = defineOutbox<Notice>(SOURCE_KEYS.failures);
/** Attempts to tell a destination that fails itself. */
const MOST_ATTEMPTS = 8;

/** Notes what a mapping's destination is to hear of records that are given up. */
export function noteFailure(
  tx: Transaction,
  mapping: SourceMapping,
  record: Record<string, unknown>,
  failure: Failure,
  records: readonly SourceRecord[],
): void {
  const { onFailure: destination } = mapping.settings;
  if (destination === undefined) return;
  const isBucket = parseArn(destination)?.service === "s3";
  outbox.post(tx, failure.nowMs, {
    mapping,
    destination,
    shardId: failure.shardId,
    record: JSON.stringify(record),
    ...(isBucket ? { payload: `{"Records":[${records.map(({ json }) => json).join(",")}]}` } : {}),
    trace: records[0]?.trace,
  });
}

/** Tells destinations, until the signal ends it. */
export function tellDestinations(
  ports: Ports & Parameters<typeof outbox.run>[0],
  counted: (mapping: SourceMapping) => void,
): Promise<void> {
  return outbox.run(ports, (job) => tell(ports, job, counted));
}

async function tell(
  ports: Ports,
  { work, attempts }: Job<Notice>,
  counted: (mapping: SourceMapping) => void,
): Promise<Outcome<Notice>> {
  const { mapping, destination } = work;
  try {
    await send(ports, work);
    counted(mapping);
    return DONE;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (!error.sender && attempts + 1 < MOST_ATTEMPTS)
      return { kind: "later", dueMs: ports.clock.now() + backoffMs(attempts + 1) };
    const reason = `${error.code}: ${error.message}`;
    const message = `Failed records of ${mapping.arn} could not be told to ${destination}: ${reason}`;
    writeLine(ports, mapping, message, newTrace(ports.clock, ports.ids), "");
    const { account, region, name } = mapping;
    const series = { account, region, namespace: "AWS/Lambda", dimensions: `FunctionName=${name}` };
    ports.metrics.counter({ ...series, name: "DestinationDeliveryFailures" }).add(1, ports.clock.now());
    return DONE;
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html */
async function send(
  { call, clock, ids }: Ports,
  { mapping, destination, shardId, record, payload, trace }: Notice,
) {
  const arn = parseArn(destination);
  const { account, region, role } = mapping;
  const as = { scope: { account, region }, role, trace: parseTraceHeader(trace) ?? newTrace(clock, ids) };
  if (arn?.service === "s3") {
    const body = JSON.stringify({ ...JSON.parse(record), payload });
    return call(
      "s3",
      "PutObject",
      {
        Bucket: arn.resource.split("/")[0] ?? "",
        Key: failureKey(mapping.id, shardId, clock.now(), ids.uuid()),
        Body: new TextEncoder().encode(body),
        ContentType: "application/json",
      },
      as,
    );
  }
  if (arn?.service === "sns") return call("sns", "Publish", { TopicArn: destination, Message: record }, as);
  const QueueUrl = `/queue/${arn?.region}/${arn?.account}/${arn?.resource}`;
  return call("sqs", "SendMessage", { QueueUrl, MessageBody: record }, as);
}

function failureKey(mappingId: string, shardId: string, nowMs: number, uuid: string): string {
  const time = new Date(nowMs).toISOString();
  const day = time.slice(0, 10);
  const clock = time.slice(11, 19).replaceAll(":", ".");
  return `aws/lambda/${mappingId}/${shardId}/${day.replaceAll("-", "/")}/${day}T${clock}-${uuid}`;
}

/** What Lambda tells a mapping's destination. */
export function functionFailure(mapping: SourceMapping, failure: Failure): Record<string, unknown> {
  const { targetArn } = mapping;
  const response = {
    statusCode: 200,
    executedVersion: failure.executedVersion,
    ...(failure.functionError === undefined ? {} : { functionError: failure.functionError }),
  };
  return {
    requestContext: {
      requestId: failure.requestId,
      functionArn: targetArn,
      condition: failure.condition,
      approximateInvokeCount: failure.tries,
    },
    ...(failure.executedVersion === undefined ? {} : { responseContext: response }),
    version: "1.0",
    timestamp: new Date(failure.nowMs).toISOString(),
    ...batchInfo(mapping, failure),
  };
}

/** Which records of which shard were given up, under the name that their kind of stream has for it. */
export function batchInfo({ sourceArn }: SourceMapping, failure: Failure): Record<string, unknown> {
  const isKinesis = parseArn(sourceArn)?.service === "kinesis";
  return {
    [isKinesis ? "KinesisBatchInfo" : "DDBStreamBatchInfo"]: {
      shardId: failure.shardId,
      startSequenceNumber: failure.firstId,
      endSequenceNumber: failure.lastId,
      approximateArrivalOfFirstRecord: arrival(failure.firstArrivedMs, isKinesis),
      approximateArrivalOfLastRecord: arrival(failure.lastArrivedMs, isKinesis),
      batchSize: failure.count,
      streamArn: sourceArn,
    },
  };
}

/** DynamoDB tells times to the second. */
function arrival(timeMs: number, isExact: boolean): string {
  const time = new Date(isExact ? timeMs : Math.floor(timeMs / 1000) * 1000).toISOString();
  return isExact ? time : time.replace(".000Z", "Z");
}
