// Segments as OpenTelemetry's spans, as the log group of spans and retrieved traces have them. Pure.
// https://opentelemetry.io/docs/specs/semconv/
import { type Members, membersOf } from "./documents.ts";

type Attribute = string | number | boolean | readonly string[];
type Attributes = Readonly<Record<string, Attribute>>;

export interface OtelSpan {
  readonly resource: { readonly attributes: Attributes };
  /** 32 hex. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly flags: number;
  readonly name: string;
  readonly kind: "SERVER" | "CLIENT" | "INTERNAL";
  readonly startTimeUnixNano: number;
  readonly endTimeUnixNano: number;
  readonly durationNano: number;
  readonly attributes: Attributes;
  readonly status: { readonly code: "UNSET" | "ERROR"; readonly message?: string };
  readonly events?: readonly object[];
}

const SAMPLED = 1;

/** A segment and all that lies within it. What is only inferred, or still in progress, is no span. */
export function otelSpans(segment: Members): OtelSpan[] {
  const traceId = String(segment.trace_id).replace(/^1-/, "").replaceAll("-", "");
  const aws = membersOf(segment.aws);
  const resource = {
    attributes: withoutNothing({
      "service.name": segment.name,
      "cloud.provider": segment.origin || segment.aws ? "aws" : undefined,
      "cloud.platform": PLATFORMS[String(segment.origin)],
      "cloud.resource_id": segment.resource_arn,
      "cloud.account.id": aws.account_id,
      "cloud.region": aws.region,
    }),
  };
  if (segment.inferred === true) return [];
  const isWhole = segment.type !== "subsegment";
  return partsOf(segment, textIn(segment.parent_id), isWhole, { traceId, resource });
}

type Shared = Pick<OtelSpan, "traceId" | "resource">;

function partsOf(part: Members, parent: string | undefined, isWhole: boolean, shared: Shared): OtelSpan[] {
  const { id, name, start_time: start, end_time: end, subsegments } = part;
  if (typeof id !== "string" || typeof start !== "number" || typeof end !== "number") return [];
  const [startNano, endNano] = [nanosOf(start), nanosOf(end)];
  const exceptions = exceptionsOf(part, endNano);
  const within = Array.isArray(subsegments) ? subsegments.map(membersOf) : [];
  const span: OtelSpan = {
    resource: shared.resource,
    traceId: shared.traceId,
    spanId: id,
    ...(parent === undefined ? {} : { parentSpanId: parent }),
    flags: SAMPLED,
    name: String(name),
    kind: kindOf(part, isWhole),
    startTimeUnixNano: startNano,
    endTimeUnixNano: endNano,
    durationNano: Math.max(0, Math.round((end - start) * 1e6) * 1000),
    attributes: attributesOf(part),
    status: statusOf(part),
    ...(exceptions.length > 0 ? { events: exceptions } : {}),
  };
  return [span, ...within.flatMap((each) => partsOf(each, id, false, shared))];
}

/** To the microsecond: a number holds no more. */
const nanosOf = (seconds: number) => Math.round(seconds * 1e6) * 1000;

function kindOf({ namespace }: Members, isWhole: boolean): OtelSpan["kind"] {
  if (isWhole) return "SERVER";
  return namespace === "aws" || namespace === "remote" ? "CLIENT" : "INTERNAL";
}

function statusOf(part: Members): OtelSpan["status"] {
  if (part.fault !== true && part.error !== true) return { code: "UNSET" };
  const [first] = causesOf(part);
  const message = textIn(first?.message);
  return { code: "ERROR", ...(message === undefined ? {} : { message }) };
}

function attributesOf(part: Members): Attributes {
  const annotations = membersOf(part.annotations);
  const { request, response } = membersOf(part.http);
  const [asked, answered] = [membersOf(request), membersOf(response)];
  const [aws, sql] = [membersOf(part.aws), membersOf(part.sql)];
  const keys = Object.keys(annotations);
  return withoutNothing({
    ...annotations,
    "aws.xray.annotations": keys.length > 0 ? keys : undefined,
    "http.request.method": asked.method,
    "url.full": asked.url,
    "user_agent.original": asked.user_agent,
    "client.address": asked.client_ip,
    "http.response.status_code": answered.status,
    "http.response.body.size": answered.content_length,
    "rpc.system": part.namespace === "aws" ? "aws-api" : undefined,
    "rpc.service": part.namespace === "aws" ? part.name : undefined,
    "rpc.method": aws.operation,
    "aws.request_id": aws.request_id,
    "aws.dynamodb.table_names": textIn(aws.table_name) ? [String(aws.table_name)] : undefined,
    "aws.sqs.queue.url": aws.queue_url,
    "aws.sns.topic.arn": aws.topic_arn,
    "aws.s3.bucket": aws.bucket_name,
    "db.system.name": sql.database_type,
    "db.query.text": sql.sanitized_query,
    "enduser.id": part.user,
    "error.type": textIn(causesOf(part)[0]?.type),
  });
}

function exceptionsOf(part: Members, timeUnixNano: number): object[] {
  return causesOf(part).map(({ type, message }) => ({
    timeUnixNano,
    name: "exception",
    attributes: withoutNothing({ "exception.type": type, "exception.message": message }),
  }));
}

function causesOf(part: Members): Members[] {
  const { exceptions } = membersOf(part.cause);
  return Array.isArray(exceptions) ? exceptions.map(membersOf) : [];
}

const textIn = (value: unknown) => (typeof value === "string" ? value : undefined);

function withoutNothing(found: Readonly<Record<string, unknown>>): Attributes {
  const known = Object.entries(found).filter(
    ([, value]) => Array.isArray(value) || ["string", "number", "boolean"].includes(typeof value),
  );
  return Object.fromEntries(known) as Attributes;
}

/** By the origins of segments. */
const PLATFORMS: Readonly<Record<string, string>> = {
  "AWS::Lambda": "aws_lambda",
  "AWS::Lambda::Function": "aws_lambda",
  "AWS::EC2::Instance": "aws_ec2",
  "AWS::ECS::Container": "aws_ecs",
  "AWS::ECS::Fargate": "aws_ecs",
  "AWS::EKS::Container": "aws_eks",
  "AWS::ElasticBeanstalk::Environment": "aws_elastic_beanstalk",
};
