import type * as sdk from "@aws-sdk/client-sqs";
import type { Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import type { QueueAttributes } from "./attributes.ts";
import { Box } from "./box.ts";
import { invalidValue } from "./faults.ts";
import { parseQueueArn, parseQueueUrl, type QueueName, queueArn, queueUrl } from "./names.ts";
import { pageOf } from "./paging.ts";
import {
  linkSource,
  type MessageKey,
  type QueueRecord,
  readQueue,
  type StoredMessage,
  sourcesOf,
  unlinkSource,
} from "./records.ts";
import { requireQueue } from "./require.ts";
import { putFifo, sendStandard } from "./sending.ts";

/** A redrive policy as it takes effect. */
export interface Redrive {
  readonly target: QueueName;
  readonly mostReceives: number;
}

const MOST_RECEIVES = 1000;
const MOST_ALLOWED_SOURCES = 10;

/** The redrive policy in a queue's attributes, which were checked when they were set. */
export function redriveOf({ RedrivePolicy }: QueueAttributes): Redrive | undefined {
  if (!RedrivePolicy) return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(RedrivePolicy);
  const target = parseQueueArn(String(deadLetterTargetArn));
  return target && { target, mostReceives: Number(maxReceiveCount) };
}

/**
 * Checks a redrive policy that is about to be set, against the queue it names.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
 */
export async function checkRedrivePolicy(tx: Transaction, queue: QueueName, policy: string, fifo: boolean) {
  const refuse = (reason: string) => invalidValue(policy, "RedrivePolicy", reason);
  const { deadLetterTargetArn, maxReceiveCount, ...rest } = parseObject(policy) ?? {};
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw refuse(`Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount].`);
  if (deadLetterTargetArn === undefined || maxReceiveCount === undefined) {
    throw refuse(
      "Redrive policy does not contain mandatory attribute: " +
        `${deadLetterTargetArn === undefined ? "deadLetterTargetArn" : "maxReceiveCount"}.`,
    );
  }
  const count =
    typeof maxReceiveCount === "number" ? maxReceiveCount : Number(String(maxReceiveCount) || "x");
  if (!Number.isInteger(count) || count < 1 || count > MOST_RECEIVES) {
    throw refuse(
      `Invalid value for maxReceiveCount: ${maxReceiveCount}, ` +
        "valid values are from 1 to 1000 both inclusive.",
    );
  }
  const target = parseQueueArn(String(deadLetterTargetArn));
  if (!target) throw refuse("Invalid value for deadLetterTargetArn.");
  if (target.account !== queue.account || target.region !== queue.region) {
    throw refuse("Dead-letter queue must be in the same account and region as the source.");
  }
  const deadLetters = await readQueue(tx, target);
  if (!deadLetters) throw refuse("Dead letter target does not exist.");
  if (deadLetters.fifo !== fifo) throw refuse("Dead-letter queue must be same type of queue as the source.");
  if (!allowsSource(deadLetters, queue)) {
    throw refuse(
      `Queue ${queueArn(target)} does not allow ${queueArn(queue)} to use it as a dead-letter queue.`,
    );
  }
}

function allowsSource({ attributes }: QueueRecord, source: QueueName): boolean {
  if (!attributes.RedriveAllowPolicy) return true;
  const { redrivePermission, sourceQueueArns = [] } = JSON.parse(attributes.RedriveAllowPolicy);
  if (redrivePermission === "denyAll") return false;
  return redrivePermission !== "byQueue" || sourceQueueArns.includes(queueArn(source));
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
export function checkRedriveAllowPolicy(policy: string): void {
  const refuse = (reason: string) => invalidValue(policy, "RedriveAllowPolicy", reason);
  const { redrivePermission, sourceQueueArns } = parseObject(policy) ?? {};
  if (!["allowAll", "denyAll", "byQueue"].includes(String(redrivePermission))) {
    throw refuse("Invalid value for redrivePermission. Valid values are: [allowAll, denyAll, byQueue].");
  }
  if (redrivePermission !== "byQueue") {
    if (sourceQueueArns === undefined) return;
    throw refuse("sourceQueueArns can only be given when redrivePermission is byQueue.");
  }
  if (!Array.isArray(sourceQueueArns) || sourceQueueArns.length === 0) {
    throw refuse("sourceQueueArns must be given when redrivePermission is byQueue.");
  }
  if (sourceQueueArns.length > MOST_ALLOWED_SOURCES) throw refuse("At most 10 source queues can be given.");
  if (!sourceQueueArns.every((arn) => typeof arn === "string" && parseQueueArn(arn))) {
    throw refuse("Invalid value for sourceQueueArns.");
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps the list of a dead-letter queue's sources in step with a queue's redrive policy. */
export function relink(
  tx: Transaction,
  queue: QueueName,
  before: QueueAttributes,
  after: QueueAttributes,
): void {
  const old = redriveOf(before);
  const next = redriveOf(after);
  if (old) unlinkSource(tx, old.target, queue.name);
  if (next) linkSource(tx, next.target, queue.name);
}

/**
 * Moves a message that was received too often. False when its dead-letter queue is gone: then it stays and
 * is received once more, as nothing may be lost.
 */
export async function moveToDeadLetters(
  from: Box,
  key: MessageKey,
  message: StoredMessage,
  { target }: Redrive,
  nowMs: number,
): Promise<boolean> {
  const deadLetters = await readQueue(from.tx, target);
  if (!deadLetters || deadLetters.box === from.queue.box) return false;
  const content = await from.content(message);
  await from.put(key, message, undefined);
  const to = new Box(from.tx, deadLetters);
  const { token: _token, receivedMs: _receivedMs, ordinal: _ordinal, ...rest } = message;
  const moved = { ...rest, content, source: queueArn(from.queue), state: "visible" } as const;
  // Its age still counts from the first send; a FIFO queue begins anew.
  if (deadLetters.fifo) await putFifo(to, { ...moved, sentMs: nowMs, visibleMs: nowMs });
  else await sendStandard(to, { ...moved, visibleMs: message.sentMs }, nowMs);
  to.close();
  return true;
}

export const deadLetters = {
  async ListDeadLetterSourceQueues(input, context) {
    const target = parseQueueUrl(input.QueueUrl ?? "", context.scope);
    const page = await context.store.transact(async (tx) => {
      const queue = await requireQueue(tx, target);
      return pageOf(
        (after) => sourcesOf(tx, queue, after),
        input,
        (name) => name,
      );
    });
    const queueUrls = page.items.map((name) => queueUrl(context, { account: target.account, name }));
    return { queueUrls, ...page.token };
  },
} satisfies Handlers<typeof sdk>;
