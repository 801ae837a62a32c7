import { parseArn } from "../kernel/arn.ts";
import type { Span } from "../kernel/telemetry.ts";
import type { TraceSummary } from "./model.ts";

/** What a trace amounts to. `spans` are of one trace, in any order, at least one. */
export function summarise(spans: readonly [Span, ...Span[]]): TraceSummary {
  const root = rootOf(spans);
  let startMs = Number.POSITIVE_INFINITY;
  let endMs = Number.NEGATIVE_INFINITY;
  let errorCount = 0;
  let coldStarts = 0;
  let stopped = false;
  for (const span of spans) {
    startMs = Math.min(startMs, span.startMs);
    endMs = Math.max(endMs, span.startMs + span.durationMs);
    if (span.status !== "ok") errorCount++;
    if (span.kind === "init") coldStarts++;
    if (span.kind === "stopped") stopped = true;
  }
  return {
    traceId: root.traceId,
    entry: describe(root),
    root,
    startMs,
    durationMs: endMs - startMs,
    spanCount: spans.length,
    errorCount,
    coldStarts,
    stopped,
    functions: functionsOf(spans),
  };
}

/** The first span whose parent is not among them: the caller may have named a span of its own. */
export function rootOf(spans: readonly [Span, ...Span[]]): Span {
  const known = new Set(spans.map((span) => span.spanId));
  let root: Span | undefined;
  for (const span of spans) {
    if (span.parentId !== undefined && known.has(span.parentId)) continue;
    if (!root || span.startMs < root.startMs) root = span;
  }
  return root ?? spans[0];
}

/** `s3.PutObject photos/cat.jpg`: the name, and what it acted on in the words of its service. */
function describe(span: Span): string {
  const target = targetOf(span);
  return target === "" || target === span.name ? span.name : `${span.name} ${target}`;
}

/** What calls note of their subject, where they know no ARN. */
const SUBJECTS = [
  "functionName",
  "tableName",
  "queueUrl",
  "topicArn",
  "streamName",
  "eventBus",
  "roleArn",
] as const;

/** What a span acted on: `photos/cat.jpg` for an object, a function's name, else the last part of an ARN. */
export function targetOf({ resource, attributes }: Span): string {
  const { bucket, key } = attributes;
  if (bucket !== undefined) return key === undefined ? String(bucket) : `${bucket}/${key}`;
  if (resource === undefined) {
    const subject = SUBJECTS.map((name) => attributes[name]).find((value) => value !== undefined);
    return subject === undefined ? "" : lastPart(String(subject));
  }
  const arn = parseArn(resource);
  if (!arn) return resource;
  return arn.service === "s3" ? arn.resource : lastPart(arn.resource);
}

/** `resize` of `function:resize`, of a queue's address and of an ARN. */
export function lastPart(name: string): string {
  return name.slice(Math.max(name.lastIndexOf(":"), name.lastIndexOf("/")) + 1);
}

/** Traces that begin alike are retained alike: by the operation and, in S3, the bucket it acted on. */
export function entryGroup(span: Span): string {
  const target = targetOf(span);
  const first = target.split("/", 1)[0] ?? "";
  return first === "" ? span.name : `${span.name} ${first}`;
}

function functionsOf(spans: readonly Span[]): string[] {
  const runs = spans.filter((span) => span.kind === "invoke" || span.kind === "stopped");
  runs.sort((a, b) => a.startMs - b.startMs);
  return [...new Set(runs.map((span) => span.name))];
}
