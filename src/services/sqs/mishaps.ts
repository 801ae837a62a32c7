import type { MishapKind } from "../../kernel/chaos.ts";
import type { Context } from "../define.ts";
import { type QueueName, queueArn } from "./names.ts";

/** How much later than asked a message arrives, in milliseconds: 0 unless somebody wants it so. */
export function lateByMs(context: Context, name: QueueName): number {
  return context.chaos.active ? (strike(context, "late", name)?.delayMs ?? 0) : 0;
}

/**
 * Whether a deleted message comes again, as when a server that holds a copy of it cannot be reached.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues.html
 */
export function comesAgain(context: Context, name: QueueName): boolean {
  return context.chaos.active && strike(context, "duplicate", name) !== undefined;
}

function strike(context: Context, kind: MishapKind, name: QueueName) {
  const { trace, requestId } = context;
  const { account, region } = name;
  const names = [name.name, queueArn(name)];
  return context.chaos.strike(kind, { service: "sqs", account, region, names, trace, requestId });
}
