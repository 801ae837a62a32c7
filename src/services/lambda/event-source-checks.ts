import { type Arn, parseArn } from "../../kernel/arn.ts";
import { Fault } from "../../kernel/faults.ts";
import type { Context } from "../define.ts";
import type { SourceKind } from "./event-source-settings.ts";
import { fault, missingSource } from "./faults.ts";

/** Event sources that AWS has and this platform does not, by the service of their ARN. */
const MISSING: Readonly<Record<string, string>> = {
  kafka: "Amazon MSK",
  "kafka-cluster": "Amazon MSK",
  mq: "Amazon MQ",
  rds: "Amazon DocumentDB",
  docdb: "Amazon DocumentDB",
};

/** What kind of source an ARN names. Faults: InvalidParameterValueException, or one that names it. */
export function kindOf(sourceArn: string | undefined, selfManaged: boolean): SourceKind {
  if (selfManaged) throw missingSource("Self-managed Apache Kafka");
  const arn = parseArn(sourceArn ?? "");
  if (!arn) throw invalid("Unrecognized event source.");
  const name = MISSING[arn.service];
  if (name !== undefined) throw missingSource(name);
  if (arn.service === "sqs") return "sqs";
  if (arn.service === "kinesis" && arn.resource.startsWith("stream/")) return "kinesis";
  if (arn.service === "dynamodb" && /^table\/[^/]+\/stream\/.+$/.test(arn.resource)) return "dynamodb";
  throw invalid("Unrecognized event source.");
}

/** The source is there, as the function's role sees it. `timeoutSeconds`: the function's. */
export async function checkSource(
  context: Context,
  kind: SourceKind,
  sourceArn: string,
  timeoutSeconds: number,
): Promise<void> {
  const arn = parseArn(sourceArn);
  if (!arn) throw invalid("Unrecognized event source.");
  if (kind === "sqs") await checkQueue(context, arn, timeoutSeconds);
  else await checkStream(context, kind, sourceArn);
}

async function checkQueue(context: Context, arn: Arn, timeoutSeconds: number): Promise<void> {
  if (arn.region !== context.scope.region)
    throw invalid(`The queue must be in the Region of the function: ${context.scope.region}.`);
  const QueueUrl = `${context.endpoint}/queue/${arn.region}/${arn.account}/${arn.resource}`;
  const { Attributes = {} } = await asked(
    context.call("sqs", "GetQueueAttributes", { QueueUrl, AttributeNames: ["VisibilityTimeout"] }),
    "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. " +
      "SQS Error Message: The specified queue does not exist for this wsdl version.",
  );
  const visibility = Number(Attributes.VisibilityTimeout ?? 30);
  if (visibility >= timeoutSeconds) return;
  throw invalid(
    `Queue visibility timeout: ${visibility} seconds is less than ` +
      `Function timeout: ${timeoutSeconds} seconds`,
  );
}

async function checkStream(context: Context, kind: "kinesis" | "dynamodb", sourceArn: string): Promise<void> {
  const StreamARN = sourceArn.replace(/\/consumer\/.*$/, "");
  const absent = `Stream not found: ${sourceArn}`;
  if (kind === "kinesis") {
    await asked(context.call("kinesis", "DescribeStreamSummary", { StreamARN }), absent);
    if (StreamARN === sourceArn) return;
    await asked(context.call("kinesis", "DescribeStreamConsumer", { ConsumerARN: sourceArn }), absent);
  } else await asked(context.call("dynamodb-streams", "DescribeStream", { StreamArn: sourceArn }), absent);
}

async function asked<Answer>(call: Promise<Answer>, absent: string): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // Another service's own failure is not the caller's to see.
    throw error.sender ? invalid(absent) : fault("ServiceException", "An internal error occurred.");
  }
}

const invalid = (message: string) => fault("InvalidParameterValueException", message);
