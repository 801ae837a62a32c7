import type * as sdk from "@aws-sdk/client-sqs";
import { statementsIn } from "../../kernel/policy.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import {
  type COMPUTED,
  checkAttributes,
  checkTogether,
  differingAttribute,
  isAttributeName,
  numberOf,
  type QueueAttributes,
  shownAttributes,
  withChanges,
} from "./attributes.ts";
import { Box } from "./box.ts";
import { checkRedriveAllowPolicy, checkRedrivePolicy, relink } from "./dead-letters.ts";
import { fault } from "./faults.ts";
import { checkQueueName, parseQueueUrl, type QueueName, queueArn, queueUrl } from "./names.ts";
import { pageOf } from "./paging.ts";
import { clearExpired } from "./receiving.ts";
import {
  abandonBox,
  deleteQueueRecord,
  forgetDeletion,
  type QueueRecord,
  queuesOf,
  readDeletedMs,
  readQueue,
  writeQueue,
} from "./records.ts";
import { requireQueue } from "./require.ts";
import { checkTags } from "./tags.ts";

/** A name is free again, and a queue may be purged again, after this. */
const A_MINUTE_MS = 60_000;

export const queues = {
  async CreateQueue(input, context) {
    const given = (input.Attributes ?? {}) as Record<string, string>;
    const name: QueueName = { ...context.scope, name: input.QueueName ?? "" };
    const fifo = given.FifoQueue === "true";
    checkQueueName(name.name, fifo);
    checkAttributes(given, fifo);
    checkTogether(given);
    checkTags(input.tags ?? {}, name.name);
    const id = context.ids.hex(16);
    const box = context.ids.hex(16);
    const nowMs = Math.floor(context.clock.now());
    await context.store.transact(async (tx) => {
      const existing = await readQueue(tx, name);
      if (existing) return refuseDifference(existing, given);
      const deletedMs = await readDeletedMs(tx, name);
      if (deletedMs !== undefined && deletedMs + A_MINUTE_MS > nowMs) {
        throw fault(
          "QueueDeletedRecently",
          "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
        );
      }
      await checkPolicies(tx, name, given, fifo);
      const attributes = withChanges({}, given);
      const times = { createdMs: nowMs, modifiedMs: nowMs };
      forgetDeletion(tx, name);
      writeQueue(tx, { v: 1, ...name, id, box, fifo, ...times, attributes, tags: input.tags ?? {} });
      relink(tx, name, {}, attributes);
    });
    return { QueueUrl: queueUrl(context, name) };
  },

  async DeleteQueue(input, context) {
    const name = parseQueueUrl(input.QueueUrl ?? "", context.scope);
    await context.store.transact(async (tx) => {
      const queue = await requireQueue(tx, name);
      relink(tx, queue, queue.attributes, {});
      deleteQueueRecord(tx, queue, Math.floor(context.clock.now()));
    });
    return {};
  },

  async GetQueueUrl(input, context) {
    const { region, account } = context.scope;
    const name = { region, account: input.QueueOwnerAWSAccountId ?? account, name: input.QueueName ?? "" };
    await context.store.transact((tx) => requireQueue(tx, name));
    return { QueueUrl: queueUrl(context, name) };
  },

  async ListQueues(input, context) {
    const { store, scope } = context;
    const page = await store.transact((tx) =>
      pageOf(
        (after) => queuesOf(tx, scope, input.QueueNamePrefix ?? "", after),
        input,
        ({ name }) => name,
      ),
    );
    if (page.items.length === 0) return {};
    return { QueueUrls: page.items.map((queue) => queueUrl(context, queue)), ...page.token };
  },

  async GetQueueAttributes(input, context) {
    const wanted = input.AttributeNames ?? [];
    const unknown = wanted.find((name) => !isAttributeName(name));
    if (unknown !== undefined) throw fault("InvalidAttributeName", `Unknown Attribute ${unknown}.`);
    const name = parseQueueUrl(input.QueueUrl ?? "", context.scope);
    const all: Record<string, string> = await context.store.transact(async (tx) => {
      const queue = await requireQueue(tx, name);
      const known = { ...shownAttributes(queue.attributes, queue.fifo), ...datesOf(queue) };
      const counts = needsCounts(wanted) ? await countsOf(tx, queue, context) : {};
      return { ...known, ...counts };
    });
    const shown = Object.entries(all).filter(
      ([name]) => wanted.includes("All") || wanted.includes(name as never),
    );
    return shown.length > 0 ? { Attributes: Object.fromEntries(shown) } : {};
  },

  async SetQueueAttributes(input, context) {
    const given = (input.Attributes ?? {}) as Record<string, string>;
    const name = parseQueueUrl(input.QueueUrl ?? "", context.scope);
    await context.store.transact(async (tx) => {
      const queue = await requireQueue(tx, name);
      if (given.FifoQueue !== undefined && queue.fifo && given.FifoQueue !== "true") {
        throw fault(
          "InvalidAttributeValue",
          "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
        );
      }
      checkAttributes(given, queue.fifo);
      await checkPolicies(tx, queue, given, queue.fifo);
      const attributes = withChanges(queue.attributes, given);
      checkTogether(attributes);
      relink(tx, queue, queue.attributes, attributes);
      writeQueue(tx, { ...queue, attributes, modifiedMs: Math.floor(context.clock.now()) });
    });
    return {};
  },

  async PurgeQueue(input, context) {
    const name = parseQueueUrl(input.QueueUrl ?? "", context.scope);
    const box = context.ids.hex(16);
    const nowMs = Math.floor(context.clock.now());
    await context.store.transact(async (tx) => {
      const queue = await requireQueue(tx, name);
      if (queue.purgedMs !== undefined && queue.purgedMs + A_MINUTE_MS > nowMs) {
        throw fault(
          "PurgeQueueInProgress",
          `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`,
        );
      }
      abandonBox(tx, queue.box);
      writeQueue(tx, { ...queue, box, purgedMs: nowMs });
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

/** The same queue asked for again is no mistake: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html */
function refuseDifference({ attributes, fifo }: QueueRecord, asked: QueueAttributes): void {
  const name = differingAttribute(attributes, asked, fifo);
  if (name === undefined) return;
  throw fault(
    "QueueNameExists",
    `A queue already exists with the same name and a different value for attribute ${name}`,
  );
}

async function checkPolicies(tx: Transaction, queue: QueueName, given: QueueAttributes, fifo: boolean) {
  const { Policy, RedrivePolicy, RedriveAllowPolicy } = given;
  if (Policy && !statementsIn(Policy)) {
    throw fault("InvalidAttributeValue", "Invalid value for the parameter Policy.");
  }
  if (RedrivePolicy) await checkRedrivePolicy(tx, queue, RedrivePolicy, fifo);
  if (RedriveAllowPolicy) checkRedriveAllowPolicy(RedriveAllowPolicy);
}

function datesOf(queue: QueueRecord): Record<string, string> {
  return {
    QueueArn: queueArn(queue),
    CreatedTimestamp: String(Math.floor(queue.createdMs / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.modifiedMs / 1000)),
  };
}

function needsCounts(wanted: readonly string[]): boolean {
  return wanted.some((name) => name === "All" || name.startsWith("ApproximateNumber"));
}

async function countsOf(tx: Transaction, queue: QueueRecord, { clock }: Context) {
  const box = new Box(tx, queue);
  const nowMs = Math.floor(clock.now());
  await clearExpired(box, nowMs, numberOf(queue.attributes, "MessageRetentionPeriod") * 1000);
  await box.mature(nowMs);
  const { visible, flight, delayed } = await box.counts();
  box.close();
  return {
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    ApproximateNumberOfMessagesNotVisible: String(flight),
  } satisfies Partial<Record<(typeof COMPUTED)[number], string>>;
}
