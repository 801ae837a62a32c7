import { parseArn } from "../kernel/arn.ts";
import type { Span } from "../kernel/telemetry.ts";
import { lastPart } from "../observe/summary.ts";

/** One link of the chain that a loop runs through. */
export interface Hop {
  /** function, queue, bucket, topic, table, stream, bus, rule, schedule, log group, or the service's name. */
  readonly kind: string;
  readonly name: string;
}

/**
 * The chain of resources of one round: from the function's run before to where it was stopped. Both ends are
 * the function. `spans` are those of the trace.
 */
export function roundPath(spans: readonly Span[], stopped: Span): Hop[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const round: Span[] = [stopped];
  const seen = new Set<Span>(round);
  for (let span = parentOf(byId, stopped); span && !seen.has(span); span = parentOf(byId, span)) {
    seen.add(span);
    round.unshift(span);
    if (span.kind === "invoke" && span.resource === stopped.resource) break;
  }
  const hops: Hop[] = [];
  for (const span of round) {
    for (const hop of hopsOf(span)) {
      const last = hops.at(-1);
      // What was called is what the event came from; a function that runs again is another link.
      const isSame = last?.kind === hop.kind && last.name === hop.name;
      if (!isSame || span.kind === "invoke" || span.kind === "stopped") hops.push(hop);
    }
  }
  // What a function printed leads to a trace of its own: the run before is in another one.
  const [begin] = round;
  if (begin === stopped || begin?.resource !== stopped.resource)
    hops.unshift({ kind: "function", name: stopped.name });
  return hops;
}

function parentOf(byId: ReadonlyMap<string, Span>, { parentId }: Span): Span | undefined {
  return parentId === undefined ? undefined : byId.get(parentId);
}

/** What a span says of the chain: the function that ran, what was called, what an event came from. */
function hopsOf(span: Span): Hop[] {
  if (span.kind === "invoke" || span.kind === "stopped") return [{ kind: "function", name: span.name }];
  if (span.kind === "call") return calledOf(span);
  const { sourceArn } = span.attributes;
  // What a function is told of as a destination comes from a function.
  return span.kind === "queue" && typeof sourceArn === "string" ? sourceOf(sourceArn) : [];
}

/** Attributes of calls that name a resource of a kind. */
const CALLED = [
  ["bucket", "bucket"],
  ["queueUrl", "queue"],
  ["topicArn", "topic"],
  ["tableName", "table"],
  ["streamName", "stream"],
  ["eventBus", "bus"],
  ["logGroup", "log group"],
] as const;

function calledOf({ name, attributes }: Span): Hop[] {
  for (const [attribute, kind] of CALLED) {
    const value = attributes[attribute];
    if (value !== undefined) return [{ kind, name: lastPart(String(value)) }];
  }
  if (name === "events.PutEvents") return [{ kind: "bus", name: "default" }];
  // A call of a function is followed by the function itself.
  return name.startsWith("lambda.") ? [] : [{ kind: name.split(".")[0] ?? name, name }];
}

function sourceOf(arn: string): Hop[] {
  const { service = "", resource = "" } = parseArn(arn) ?? {};
  const [first = "", second = ""] = resource.split("/");
  switch (service) {
    case "s3":
      return [{ kind: "bucket", name: first }];
    case "sqs":
      return [{ kind: "queue", name: resource }];
    case "sns":
      return [{ kind: "topic", name: resource.split(":")[0] ?? resource }];
    case "dynamodb":
      return [{ kind: "table", name: second }];
    case "kinesis":
      return [{ kind: "stream", name: second }];
    case "events":
      return [{ kind: "rule", name: lastPart(resource) }];
    case "scheduler":
      return [{ kind: "schedule", name: lastPart(resource) }];
    case "logs":
      return [{ kind: "log group", name: resource.replace(/^log-group:|:\*$/g, "") }];
    case "lambda":
      return [{ kind: "function", name: resource.split(":")[1] ?? resource }];
    default:
      return [];
  }
}
