import type { Span } from "../kernel/telemetry.ts";
import type { Quantity } from "./bill.ts";
import { CHUNK_BYTES } from "./prices.ts";

/** What the spans of a trace put on AWS's bill: runs of functions, their calls, and polls of queues. */
export function usageOf(spans: readonly Span[]): Quantity[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  return spans.flatMap((span) => {
    if (span.kind === "invoke") return runOf(span);
    if (span.kind === "queue") return pollsOf(span);
    return span.kind === "call" && isBilled(span, byId) ? callOf(span) : [];
  });
}

function runOf({ attributes }: Span): Quantity[] {
  const { memoryMb, billedDurationMs, provisioned, architecture } = attributes;
  const gigabyteSeconds = (Number(memoryMb ?? 0) / 1024) * (Number(billedDurationMs ?? 0) / 1000);
  const arm = architecture === "arm64" ? "-ARM" : "";
  const unit = `lambda:${provisioned ? "Provisioned-" : ""}GB-second${arm}`;
  return [
    { unit: "lambda:Request", quantity: 1 },
    { unit, quantity: gigabyteSeconds },
  ];
}

/** A mapping receives and deletes a queue's messages at the queue's price. */
function pollsOf({ attributes: { source, mapping, outcome } }: Span): Quantity[] {
  if (source !== "sqs" || mapping === undefined || outcome !== undefined) return [];
  return [
    { unit: "sqs:ReceiveMessage", quantity: 1 },
    { unit: "sqs:DeleteMessage", quantity: 1 },
  ];
}

/** A service's calls of another are its own affair; those in a function's name, to destinations, are not. */
function isBilled({ parentId, attributes, name }: Span, byId: ReadonlyMap<string, Span>): boolean {
  // A run is on the bill by itself.
  if (name.startsWith("lambda.Invoke")) return false;
  if (attributes.internal !== true) return true;
  const parent = parentId === undefined ? undefined : byId.get(parentId);
  return parent?.kind === "invoke" || parent?.kind === "queue";
}

function callOf({ name, attributes }: Span): Quantity[] {
  const unit = name.replace(".", ":");
  const chunk = CHUNK_BYTES[name.split(".")[0] ?? ""];
  const bytes = Number(attributes.bytesIn ?? 0);
  return [{ unit, quantity: chunk === undefined ? 1 : Math.max(1, Math.ceil(bytes / chunk)) }];
}
