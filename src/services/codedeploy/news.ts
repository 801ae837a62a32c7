// What others are told of deployments: triggers of their groups, and rules of the event bus.
import type * as sdk from "@aws-sdk/client-codedeploy";
import { parseArn } from "../../kernel/arn.ts";
import { Fault } from "../../kernel/faults.ts";
import { DONE, defineOutbox } from "../../store/outbox.ts";
import type { Transaction } from "../../store/store.ts";
import type { Background } from "../define.ts";
import { type DeploymentRecord, type GroupRecord, groupKey, read } from "./records.ts";
import { groupArn } from "./tags.ts";

declare module "../define.ts" {
  interface Sdks {
    events: typeof import("@aws-sdk/client-eventbridge");
    sns: typeof import("@aws-sdk/client-sns");
  }
}

interface News {
  readonly account: string;
  readonly region: string;
  /** A topic; without it the default event bus. */
  readonly topic?: string;
  readonly subject: string;
  /** JSON text. */
  readonly message: string;
  readonly resources: readonly string[];
}

const outbox = defineOutbox<News>("codedeployOutbox");

/** What each status is called in events, and by which trigger. */
const WORDS: Readonly<
  Partial<Record<DeploymentRecord["status"], { state: string; trigger: sdk.TriggerEventType }>>
> = {
  InProgress: { state: "START", trigger: "DeploymentStart" },
  Succeeded: { state: "SUCCESS", trigger: "DeploymentSuccess" },
  Failed: { state: "FAILURE", trigger: "DeploymentFailure" },
  Stopped: { state: "STOP", trigger: "DeploymentStop" },
};

/** Notes, in the transaction that changes a deployment's status, what is to be told. */
export async function tell(tx: Transaction, record: DeploymentRecord, nowMs: number): Promise<void> {
  const words = WORDS[record.status];
  if (!words) return;
  const { account, region, application, group, id } = record;
  const found = await read<GroupRecord>(tx, groupKey(record, application, group));
  const base = { account, region, resources: [groupArn(record, application, group)] };
  const detail = {
    region,
    deploymentId: id,
    instanceGroupId: found?.id ?? "",
    deploymentGroup: group,
    state: words.state,
    application,
  };
  outbox.post(tx, nowMs, { ...base, subject: "", message: JSON.stringify(detail) });
  const isRollback = record.creator === "codeDeployRollback" && record.status === "InProgress";
  const wanted = isRollback ? ["DeploymentRollback", words.trigger] : [words.trigger];
  for (const { triggerEvents = [], triggerTargetArn, triggerName } of found?.triggers ?? []) {
    if (!triggerTargetArn || !triggerEvents.some((event) => wanted.includes(event))) continue;
    outbox.post(tx, nowMs, {
      ...base,
      topic: triggerTargetArn,
      subject: `${record.status.toUpperCase()}: AWS CodeDeploy ${id} in ${region} to ${application}`.slice(
        0,
        100,
      ),
      message: JSON.stringify(noticeOf(record, triggerName ?? "")),
    });
  }
}

/** https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-sns-event-notifications-json-format.html */
function noticeOf(record: DeploymentRecord, eventTriggerName: string) {
  const time = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toUTCString());
  return {
    region: record.region,
    accountId: record.account,
    eventTriggerName,
    applicationName: record.application,
    deploymentId: record.id,
    deploymentGroupName: record.group,
    createTime: time(record.createdMs),
    completeTime: time(record.completedMs),
    status: record.status === "InProgress" ? "CREATED" : record.status.toUpperCase(),
    ...(record.error
      ? {
          errorInformation: JSON.stringify({
            ErrorCode: record.error.code,
            ErrorMessage: record.error.message,
          }),
        }
      : {}),
    ...(record.rollbackInfo ? { rollbackInformation: JSON.stringify(record.rollbackInfo) } : {}),
  };
}

/** Tells it. Who is not there any more is not told. */
export function deliverNews(world: Background): Promise<void> {
  return outbox.run(world, async ({ work }) => {
    const { topic, subject, message, resources, account, region } = work;
    const [sourceArn = ""] = resources;
    const sender = { service: "codedeploy.amazonaws.com", sourceArn, sourceAccount: account };
    try {
      if (topic) {
        const at = { account, region: parseArn(topic)?.region ?? region };
        const publish = { TopicArn: topic, Subject: subject, Message: message };
        await world.as(at, undefined, sender).call("sns", "Publish", publish);
      } else {
        const DetailType = "CodeDeploy Deployment State-change Notification";
        const entry = { Source: "aws.codedeploy", DetailType, Detail: message, Resources: [...resources] };
        await world.as(work, undefined, sender).call("events", "PutEvents", { Entries: [entry] });
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      world.log.warn("news of a deployment was refused", {
        target: topic ?? "the event bus",
        error: error.message,
      });
    }
    return DONE;
  });
}
