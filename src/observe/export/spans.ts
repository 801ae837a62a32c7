import type { Span } from "../../kernel/telemetry.ts";
import { type Attributes, nanosOf, pairsOf, traceIdOf } from "./attributes.ts";

/** A trace that the span goes on with too, and the span of it that is nearest to the cause, where known. */
export interface Link {
  readonly root: string;
  readonly spanId: string | undefined;
}

const KINDS = { internal: 1, server: 2, client: 3, consumer: 5 } as const;
const ERROR = 2;
const SAMPLED = 1;
const NO_SPAN = "0".repeat(16);

/** A span as OTLP has it; undefined where its trace has no id that OpenTelemetry knows. */
export function otlpSpan(span: Span, links: readonly Link[]): object | undefined {
  const traceId = traceIdOf(span.traceId);
  if (traceId === undefined) return undefined;
  const kind = kindOf(span);
  const endTimeUnixNano = nanosOf(span.startMs + Math.max(0, span.durationMs));
  return {
    traceId,
    spanId: span.spanId,
    ...(span.parentId === undefined ? {} : { parentSpanId: span.parentId }),
    name: nameOf(span),
    kind: KINDS[kind],
    startTimeUnixNano: nanosOf(span.startMs),
    endTimeUnixNano,
    attributes: pairsOf(attributesOf(span)),
    ...(span.errorType === undefined ? {} : { events: [exceptionOf(span, endTimeUnixNano)] }),
    ...(links.length === 0 ? {} : { links: links.flatMap(otlpLink) }),
    ...(isFailed(span, kind) ? { status: { message: span.errorMessage ?? "", code: ERROR } } : {}),
    flags: SAMPLED,
  };
}

/** The roots that a batch's span names besides its own. */
export function linksOf({ attributes }: Span): readonly string[] {
  return typeof attributes.links === "string" ? attributes.links.split(",") : [];
}

function otlpLink({ root, spanId = NO_SPAN }: Link): object[] {
  const traceId = traceIdOf(root);
  return traceId === undefined ? [] : [{ traceId, spanId }];
}

/** Calls of functions are their clients' part, as the AWS SDKs' own tracing has it. */
function kindOf({ kind, attributes }: Span): keyof typeof KINDS {
  if (kind === "call") return attributes.caller === undefined ? "server" : "client";
  if (kind === "queue") return "consumer";
  if (kind !== "invoke") return "internal";
  return triggerOf(attributes) === "pubsub" ? "consumer" : "server";
}

/** By the conventions for HTTP, a server that refuses a bad request has not failed. */
function isFailed({ status }: Span, kind: keyof typeof KINDS): boolean {
  return status !== "ok" && !(status === "error" && kind === "server");
}

function nameOf({ kind, name }: Span): string {
  if (kind === "queue") return `wait ${name}`;
  return kind === "init" || kind === "stopped" || kind === "left" ? `${kind} ${name}` : name;
}

function exceptionOf({ errorType, errorMessage }: Span, timeUnixNano: string): object {
  const attributes = pairsOf({ "exception.type": errorType, "exception.message": errorMessage });
  return { timeUnixNano, name: "exception", attributes };
}

/** Names of https://opentelemetry.io/docs/specs/semconv/ where it has one, elsewhere `nuage.` and our own. */
function attributesOf(span: Span): Attributes {
  const { kind, requestId, resource, errorType, status } = span;
  const own: Record<string, Attributes[string]> = {
    "nuage.kind": kind,
    "error.type": errorType ?? (status === "ok" ? undefined : status),
  };
  if (kind === "custom") return { ...own, ...ownOf(span.attributes) };
  if (kind === "call") Object.assign(own, callOf(span));
  else if (kind === "invoke") Object.assign(own, runOf(span));
  else if (kind === "queue") Object.assign(own, waitOf(span));
  own["aws.request_id"] = requestId;
  if (resource !== undefined) own["cloud.resource_id"] = resource;
  return { ...own, ...ownOf(span.attributes) };
}

/** Told by conventional names, or with the resource. */
const TOLD = new Set([
  ...[
    "httpStatus",
    "bytesIn",
    "bytesOut",
    "bucket",
    "key",
    "tableName",
    "queueUrl",
    "topicArn",
    "streamName",
  ],
  ...["functionName", "coldStart", "version", "environment", "service", "links"],
]);

function ownOf(attributes: Span["attributes"]): Attributes {
  return Object.fromEntries(
    Object.entries(attributes)
      .filter(([name]) => !TOLD.has(name))
      .map(([name, value]) => [
        name.startsWith("annotation.") ? name.slice("annotation.".length) : `nuage.${name}`,
        value,
      ]),
  );
}

function callOf({ name, attributes }: Span): Attributes {
  const { httpStatus, bytesIn, bytesOut, bucket, key, tableName } = attributes;
  const { queueUrl, topicArn, streamName, functionName } = attributes;
  const sizes = {
    "http.response.status_code": httpStatus,
    "http.request.body.size": bytesIn,
    "http.response.body.size": bytesOut,
  };
  const [, service, operation] = /^([a-z0-9-]+)\.(\w+)$/.exec(name) ?? [];
  // A request to a user's own address: `apigateway GET /orders`.
  if (service === undefined) {
    const [, method, route] = /^\S+ ([A-Z]+) (\/.*)$/.exec(name) ?? [];
    return { ...sizes, "http.request.method": method, "http.route": route };
  }
  return {
    "rpc.system": "aws-api",
    "rpc.service": service,
    "rpc.method": operation,
    ...sizes,
    "aws.s3.bucket": bucket,
    "aws.s3.key": bucket === undefined ? undefined : key,
    "db.system.name": tableName === undefined ? undefined : "aws.dynamodb",
    "db.operation.name": tableName === undefined ? undefined : operation,
    "aws.dynamodb.table_names": tableName === undefined ? undefined : [String(tableName)],
    "messaging.system": service === "sqs" ? "aws_sqs" : service === "sns" ? "aws.sns" : undefined,
    "messaging.destination.name": lastOf(queueUrl, "/") ?? lastOf(topicArn, ":"),
    "aws.sqs.queue.url": queueUrl,
    "aws.sns.topic.arn": topicArn,
    "aws.kinesis.stream_name": streamName,
    "faas.invoked_name": functionName,
    "faas.invoked_provider": functionName === undefined ? undefined : "aws",
  };
}

const lastOf = (value: Span["attributes"][string] | undefined, sign: string): string | undefined =>
  typeof value === "string" ? value.split(sign).at(-1) : undefined;

function runOf({ requestId, resource, attributes }: Span): Attributes {
  return {
    "faas.invocation_id": requestId,
    "faas.coldstart": attributes.coldStart,
    "faas.trigger": triggerOf(attributes),
    "aws.lambda.invoked_arn": resource,
  };
}

function waitOf({ attributes }: Span): Attributes {
  const { source, sourceArn, batchSize } = attributes;
  return {
    "messaging.system":
      typeof source !== "string" ? undefined : source === "sqs" ? "aws_sqs" : `aws.${source}`,
    "messaging.operation.name": "wait",
    "messaging.destination.name": lastOf(sourceArn, ":"),
    "messaging.batch.message_count": batchSize,
  };
}

const TRIGGERS: Readonly<Record<string, string>> = {
  apigateway: "http",
  dynamodb: "datasource",
  s3: "datasource",
  scheduler: "timer",
  sqs: "pubsub",
  sns: "pubsub",
  kinesis: "pubsub",
  events: "pubsub",
};

function triggerOf({ source }: Span["attributes"]): string {
  return TRIGGERS[String(source)] ?? "other";
}
