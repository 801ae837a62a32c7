// Traces as X-Ray tells them: what the platform saw, as segments. Pure.
import type { Span } from "../../kernel/telemetry.ts";
import { type Members, membersOf } from "./documents.ts";
import { embedded } from "./embedding.ts";
import { calledKind, inferred } from "./inferring.ts";
import { derivedId, type Segment } from "./segment.ts";

/**
 * The segments of a trace: services called from outside, functions with what they traced themselves, and what
 * they called, as far as that is known.
 */
export function segmentsOf(spans: readonly Span[]): Segment[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const told = spans.flatMap((span) => {
    if (span.kind === "invoke") return functionSegments(span, spans);
    if (span.kind === "custom") return ownDocument(span);
    const parent = span.parentId === undefined ? undefined : byId.get(span.parentId);
    // What a function calls lies in its segment.
    return span.kind === "call" && parent?.kind !== "invoke" ? [serviceSegment(span, parent)] : [];
  });
  const whole = embedded(told);
  return [...whole, ...inferred(whole)];
}

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
  const parts = children.flatMap((each) => {
    if (each.kind === "init") return [{ ...partOf(each), name: "Initialization" }];
    return each.kind === "call" ? [callPart(each)] : tracedPart(each, spans);
  });
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
      subsegments: parts,
    },
  ];
}

/** @param caller what a function traced itself, where that is what calls. */
function serviceSegment(span: Span, caller: Span | undefined): Segment {
  const [service = "", operation = ""] = span.name.split(".");
  const name = SERVICES[service]?.[0] ?? service;
  return {
    trace_id: span.traceId,
    id: span.spanId,
    ...(span.parentId ? { parent_id: span.parentId } : {}),
    name,
    origin: SERVICES[service]?.[1] ?? `AWS::${service}`,
    ...(caller?.kind === "custom" ? { origin: calledKind(name), inferred: true } : {}),
    ...times(span),
    ...flags(span),
    aws: {
      operation,
      region: span.region,
      account_id: span.account,
      request_id: span.requestId,
      ...resourceOf(span),
    },
    ...httpOf(span),
    ...(span.errorType ? { cause: causeOf(span) } : {}),
  };
}

/** What a function traced with OpenTelemetry, with what lies in it: there is no document of it. */
function tracedPart(span: Span, spans: readonly Span[]): Members[] {
  if (span.kind !== "custom" || span.attributes.document !== undefined) return [];
  const within = spans.filter(({ parentId }) => parentId === span.spanId);
  const annotations = Object.entries(span.attributes).flatMap(([name, value]) =>
    name.startsWith("annotation.") ? [[name.slice("annotation.".length), value] as const] : [],
  );
  return [
    {
      ...partOf(span),
      ...(annotations.length > 0 ? { annotations: Object.fromEntries(annotations) } : {}),
      ...(span.errorType ? { cause: causeOf(span) } : {}),
      subsegments: within.flatMap((each) => tracedPart(each, spans)),
    },
  ];
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
