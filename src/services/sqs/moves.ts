import type * as sdk from "@aws-sdk/client-sqs";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { Box } from "./box.ts";
import { fault, invalidParameter, invalidValue } from "./faults.ts";
import { parseQueueArn, type QueueName, queueArn } from "./names.ts";
import {
  type MoveTask,
  type QueueRecord,
  readActiveTask,
  readQueue,
  sourcesOf,
  tasksOf,
  writeTask,
} from "./records.ts";

const MOST_PER_SECOND = 500;
const MOST_RESULTS = 10;

type ArnMember = "SourceArn" | "DestinationArn";

export const moves = {
  async StartMessageMoveTask(input, context) {
    const { MaxNumberOfMessagesPerSecond: perSecond } = input;
    if (perSecond !== undefined && (perSecond < 1 || perSecond > MOST_PER_SECOND)) {
      const reason = "Must be an integer between 1 and 500, if provided.";
      throw invalidValue(perSecond, "MaxNumberOfMessagesPerSecond", reason);
    }
    const id = context.ids.uuid();
    const nowMs = Math.floor(context.clock.now());
    const source = await context.store.transact(async (tx) => {
      const queue = await queueOf(tx, input.SourceArn, "SourceArn");
      await requireDeadLetterQueue(tx, queue);
      const destination =
        input.DestinationArn === undefined
          ? undefined
          : await queueOf(tx, input.DestinationArn, "DestinationArn");
      if (destination && destination.fifo !== queue.fifo) {
        throw invalidParameter("The source and destination queues must be of the same type.");
      }
      if (await readActiveTask(tx, queue)) {
        throw invalidParameter(
          "There is already a task running. Only one active task is allowed for a source queue arn " +
            "at a given time.",
        );
      }
      writeTask(tx, {
        v: 1,
        id,
        source: nameOf(queue),
        ...(destination ? { destination: nameOf(destination) } : {}),
        ...(perSecond === undefined ? {} : { perSecond }),
        status: "RUNNING",
        moved: 0,
        toMove: await visibleIn(tx, queue, nowMs),
        startedMs: nowMs,
        nextMs: nowMs,
      });
      return queue;
    });
    return { TaskHandle: formatTaskHandle(id, queueArn(source)) };
  },

  async CancelMessageMoveTask({ TaskHandle = "" }, context) {
    const { taskId, sourceArn } = parseTaskHandle(TaskHandle);
    return context.store.transact(async (tx) => {
      const source = await queueOf(tx, sourceArn, "SourceArn");
      const active = await readActiveTask(tx, source);
      if (active?.id === taskId) {
        writeTask(tx, { ...active, status: "CANCELLED" });
        return { ApproximateNumberOfMessagesMoved: active.moved };
      }
      for await (const task of tasksOf(tx, source)) {
        if (task.id === taskId) {
          throw fault("UnsupportedOperation", "Only active message move tasks can be cancelled.");
        }
      }
      throw fault("ResourceNotFoundException", "Task does not exist.");
    });
  },

  async ListMessageMoveTasks({ SourceArn, MaxResults = 1 }, context) {
    if (MaxResults < 1 || MaxResults > MOST_RESULTS) {
      throw invalidValue(MaxResults, "MaxResults", "Must be an integer between 1 and 10, if provided.");
    }
    const tasks = await listTasks(context, SourceArn, MaxResults);
    return tasks.length > 0 ? { Results: tasks.map(entryOf) } : {};
  },
} satisfies Handlers<typeof sdk>;

function listTasks({ store }: Context, arn: string | undefined, limit: number): Promise<MoveTask[]> {
  return store.transact(async (tx) => {
    const tasks: MoveTask[] = [];
    for await (const task of tasksOf(tx, await queueOf(tx, arn, "SourceArn"))) {
      tasks.push(task);
      if (tasks.length >= limit) break;
    }
    return tasks;
  });
}

function entryOf(task: MoveTask): sdk.ListMessageMoveTasksResultEntry {
  const sourceArn = queueArn(task.source);
  return {
    ...(task.status === "RUNNING" ? { TaskHandle: formatTaskHandle(task.id, sourceArn) } : {}),
    Status: task.status,
    SourceArn: sourceArn,
    ...(task.destination ? { DestinationArn: queueArn(task.destination) } : {}),
    ...(task.perSecond === undefined ? {} : { MaxNumberOfMessagesPerSecond: task.perSecond }),
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    ...(task.failure === undefined ? {} : { FailureReason: task.failure }),
    StartedTimestamp: task.startedMs,
  };
}

const nameOf = ({ account, region, name }: QueueName): QueueName => ({ account, region, name });

async function queueOf(tx: Transaction, arn: string | undefined, member: ArnMember): Promise<QueueRecord> {
  const name = parseQueueArn(arn ?? "");
  if (!name) {
    throw invalidParameter(
      `You must use this format to specify the ${member}: ` +
        "arn:<partition>:<service>:<region>:<account-id>:<resource-id>",
    );
  }
  const queue = await readQueue(tx, name);
  if (queue) return queue;
  throw fault(
    "ResourceNotFoundException",
    `The resource that you specified for the ${member} parameter doesn't exist.`,
  );
}

async function requireDeadLetterQueue(tx: Transaction, queue: QueueRecord): Promise<void> {
  for await (const _source of sourcesOf(tx, queue)) return;
  throw invalidParameter("Source queue must be configured as a Dead Letter Queue.");
}

async function visibleIn(tx: Transaction, queue: QueueRecord, nowMs: number): Promise<number> {
  const box = new Box(tx, queue);
  await box.mature(nowMs);
  const { visible } = await box.counts();
  box.close();
  return visible;
}

function formatTaskHandle(taskId: string, sourceArn: string): string {
  return Buffer.from(JSON.stringify({ taskId, sourceArn })).toString("base64");
}

function parseTaskHandle(handle: string): { taskId: string; sourceArn: string } {
  try {
    const { taskId, sourceArn } = JSON.parse(Buffer.from(handle, "base64").toString());
    if (typeof taskId === "string" && typeof sourceArn === "string") return { taskId, sourceArn };
  } catch {
    // Refused below.
  }
  throw invalidParameter("Value for parameter TaskHandle is invalid.");
}
