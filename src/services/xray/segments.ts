// Traces as X-Ray tells them: what the platform saw, as segments. Pure.
import { createHash } from "node:crypto";
import type { Span } from "../../kernel/telemetry.ts";
import { type Members, membersOf } from "./documents.ts";

export interface Segment extends Members {
  readonly id: string;
  readonly name: string;
  readonly trace_id: string;
  readonly parent_id?: string;
  readonly origin: string;
  readonly start_time: number;
  readonly end_time: number;
}

/** The segments of a trace: services called from outside, functions, and what they traced themselves. */
export function segmentsOf(spans: readonly Span[]): Segment[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  return spans.flatMap((span) => {
    if (span.kind === "invoke") return functionSegments(span, spans);
    if (span.kind === "custom") return ownDocument(span);
    const parent = span.parentId === undefined ? undefined : byId.get(span.parentId);
    // What a function calls lies in its segment.
    return span.kind === "call" && parent?.kind !== "invoke" ? [serviceSegment(span)] : [];
  });
}

/** Others than the platform's own ids. */
const derivedId = (spanId: string, what: string) =>
  createHash("sha256").update(`${spanId} ${what}`).digest("hex").slice(0, 16);

function functionSegments(span: Span, spans: readonly Span[]): Segment[] {
  const ownId = derivedId(span.spanId, "service");
  const children = spans.filter(({ parentId }) => parentId === span.spanId);
  const waited = spans.find(({ kind, spanId }) => kind === "queue" && spanId === span.parentId);
  const shared = {
    trace_id: span.traceId,
    name: span.name,
    ...times(span),
    ...flags(span),
    resource_arn: span.resource,
    aws: { request_id: span.requestId, account_id: span.account, function_arn: span.resource },
  };
  const parts = children.filter(({ kind }) => kind === "init" || kind === "call");
  return [
    {
      ...shared,
      id: ownId,
      ...(span.parentId ? { parent_id: span.parentId } : {}),
      origin: "AWS::Lambda",
      http: { response: { status: span.status === "ok" ? 200 : 500 } },
      ...(waited ? { subsegments: [{ ...partOf(waited), name: "Dwell Time" }] } : {}),
    },
    {
      ...shared,
      id: span.spanId,
      parent_id: ownId,
      origin: "AWS::Lambda::Function",
      ...(span.errorType ? { cause: causeOf(span) } : {}),
      subsegments: parts.map((each) =>
        each.kind === "init" ? { ...partOf(each), name: "Initialization" } : callPart(each),
      ),
    },
  ];
}

function serviceSegment(span: Span): Segment {
  const [service = "", operation = ""] = span.name.split(".");
  return {
    trace_id: span.traceId,
    id: span.spanId,
    ...(span.parentId ? { parent_id: span.parentId } : {}),
    name: SERVICES[service]?.[0] ?? service,
    origin: SERVICES[service]?.[1] ?? `AWS::${service}`,
    ...times(span),
    ...flags(span),
    aws: { operation, region: span.region, account_id: span.account, request_id: span.requestId },
    ...httpOf(span),
    ...(span.errorType ? { cause: causeOf(span) } : {}),
  };
}

function ownDocument(span: Span): Segment[] {
  const { document } = span.attributes;
  if (typeof document !== "string") return [];
  const parsed = membersOf(JSON.parse(document));
  const origin = typeof parsed.origin === "string" ? parsed.origin : "";
  return [{ ...parsed, origin } as Segment];
}

function callPart(span: Span): Members {
  const [service = "", operation = ""] = span.name.split(".");
  return {
    ...partOf(span),
    name: SERVICES[service]?.[0] ?? service,
    namespace: "aws",
    aws: { operation, region: span.region, request_id: span.requestId, ...resourceOf(span) },
    ...httpOf(span),
    ...(span.errorType ? { cause: causeOf(span) } : {}),
  };
}

function resourceOf({ attributes }: Span): Members {
  const names = {
    tableName: "table_name",
    queueUrl: "queue_url",
    topicArn: "topic_arn",
    bucket: "bucket_name",
  };
  const found = Object.entries(names).filter(([name]) => attributes[name] !== undefined);
  return Object.fromEntries(found.map(([name, as]) => [as, attributes[name]]));
}

const partOf = (span: Span): Members => ({
  id: span.spanId,
  name: span.name,
  ...times(span),
  ...flags(span),
});

const times = ({ startMs, durationMs }: Span) => ({
  start_time: startMs / 1000,
  end_time: (startMs + durationMs) / 1000,
});

const flags = ({ status }: Span): Members => ({
  ...(status === "fault" ? { fault: true } : {}),
  ...(status === "error" || status === "throttle" ? { error: true } : {}),
  ...(status === "throttle" ? { throttle: true } : {}),
});

const httpOf = ({ attributes }: Span): Members =>
  typeof attributes.httpStatus === "number" ? { http: { response: { status: attributes.httpStatus } } } : {};

const causeOf = ({ errorType, errorMessage = "", spanId }: Span): Members => ({
  exceptions: [{ id: derivedId(spanId, "exception"), type: errorType, message: errorMessage }],
});

/** What X-Ray calls services, and their kinds. */
const SERVICES: Readonly<Record<string, readonly [name: string, origin: string]>> = {
  dynamodb: ["DynamoDB", "AWS::DynamoDB"],
  sqs: ["SQS", "AWS::SQS"],
  sns: ["SNS", "AWS::SNS"],
  s3: ["S3", "AWS::S3"],
  kinesis: ["Kinesis", "AWS::Kinesis"],
  events: ["Events", "AWS::Events"],
  lambda: ["Lambda", "AWS::Lambda"],
  sts: ["STS", "AWS::STS"],
  ssm: ["SSM", "AWS::SSM"],
  secretsmanager: ["SecretsManager", "AWS::SecretsManager"],
  kms: ["KMS", "AWS::KMS"],
  apigateway: ["API Gateway", "AWS::ApiGateway::Stage"],
};
