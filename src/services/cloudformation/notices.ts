// What happens to a stack is told to its notification topics, in the order in which it happens.
import { DONE, defineOutbox } from "../../store/outbox.ts";
import type { Transaction } from "../../store/store.ts";
import type { Background } from "../define.ts";
import type { EventRecord, StackRecord } from "./records.ts";

interface Notice {
  readonly topic: string;
  readonly account: string;
  readonly region: string;
  readonly message: string;
}

const outbox = defineOutbox<Notice>("cfnNotice");

export function postNotice(tx: Transaction, stack: StackRecord, event: EventRecord): void {
  const { account, region, notificationArns } = stack;
  for (const topic of notificationArns) {
    const notice = { topic, account, region, message: messageOf(stack, event) };
    outbox.post(tx, event.atMs, notice, { lane: `${stack.stackId} ${topic}` });
  }
}

/** One member a line, as AWS writes it. */
function messageOf({ stackId, name, account }: StackRecord, event: EventRecord): string {
  const members: Readonly<Record<string, string | undefined>> = {
    StackId: stackId,
    Timestamp: new Date(event.atMs).toISOString(),
    EventId: event.eventId,
    LogicalResourceId: event.logicalId,
    Namespace: account,
    PhysicalResourceId: event.physicalId,
    ResourceProperties: event.properties ?? "null",
    ResourceStatus: event.status,
    ResourceStatusReason: event.reason ?? "",
    ResourceType: event.type,
    StackName: name,
    ClientRequestToken: event.token ?? "null",
  };
  return Object.entries(members)
    .map(([member, value]) => `${member}='${value}'\n`)
    .join("");
}

/** A topic that is gone, or that refuses, keeps nothing back. */
export function sendNotices(world: Background): Promise<void> {
  return outbox.run(world, async ({ work: { topic, account, region, message } }) => {
    const context = world.as({ account, region: topic.split(":")[3] ?? region });
    try {
      await context.call("sns", "Publish", {
        TopicArn: topic,
        Subject: "AWS CloudFormation Notification",
        Message: message,
      });
    } catch (error) {
      world.log.warn("a stack's topic was not told", { topic, error });
    }
    return DONE;
  });
}
