import { type Members, membersOf } from "./documents.ts";
import { partsOf } from "./embedding.ts";
import { derivedId, type Segment } from "./segment.ts";

/** By what SDKs call services, in any case: the kind, and the member of `aws` that names the resource. */
const RESOURCES: Readonly<Record<string, readonly [kind: string, member: string]>> = {
  dynamodb: ["AWS::DynamoDB::Table", "table_name"],
  sqs: ["AWS::SQS::Queue", "queue_url"],
  sns: ["AWS::SNS", "topic_arn"],
  s3: ["AWS::S3::Bucket", "bucket_name"],
};

/**
 * Of services that were called and sent no segment of their own: one inferred from the call, as X-Ray does.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-inferredsegments
 */
export function inferred(segments: readonly Segment[]): Segment[] {
  const answered = new Set(segments.map(({ parent_id: parent }) => parent));
  return segments.flatMap((segment) =>
    callsIn(segment)
      .filter(({ id }) => !answered.has(String(id)))
      .map((call) => inferredOf(call, segment.trace_id)),
  );
}

function callsIn(part: Members): Members[] {
  return partsOf(part).flatMap((each) => [
    ...(each.namespace === "aws" || each.namespace === "remote" ? [each] : []),
    ...callsIn(each),
  ]);
}

const KEPT = ["http", "aws", "error", "fault", "throttle", "in_progress"];

function inferredOf(call: Members, traceId: string): Segment {
  const name = String(call.name);
  return {
    ...Object.fromEntries(Object.entries(call).filter(([member]) => KEPT.includes(member))),
    id: derivedId(String(call.id), "inferred"),
    trace_id: traceId,
    parent_id: String(call.id),
    name,
    origin: call.namespace === "remote" ? "remote" : calledKind(name),
    start_time: Number(call.start_time),
    end_time: Number(call.end_time ?? call.start_time),
    inferred: true,
  };
}

/** What a service that was called is the kind of. */
export const calledKind = (name: string) => RESOURCES[name.toLowerCase()]?.[0] ?? `AWS::${name}`;

/** What a graph calls that which a segment is of: the resource, where one was called. */
export function nodeOf({ name, origin, aws, inferred }: Segment): { name: string; kind: string } {
  const resource = membersOf(aws)[RESOURCES[name.toLowerCase()]?.[1] ?? ""];
  return { name: inferred && typeof resource === "string" ? resource : name, kind: origin };
}
