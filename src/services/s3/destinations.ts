import { parseArn } from "../../kernel/arn.ts";
import { Fault } from "../../kernel/faults.ts";
import { policyAllows } from "../../kernel/policy.ts";
import type { Context, InvokeSource } from "../define.ts";

/** Why S3 may not send to a queue, in AWS's words; undefined when it may. */
export function queueRefusal(
  context: Context,
  queueArn: string,
  source: InvokeSource,
): Promise<string | undefined> {
  return refusal("queue", "sqs:SendMessage", source, async () => {
    const { Attributes } = await context.call("sqs", "GetQueueAttributes", {
      QueueUrl: queueUrl(context, queueArn),
      AttributeNames: ["Policy"],
    });
    return Attributes?.Policy;
  });
}

/** Why S3 may not publish to a topic, in AWS's words; undefined when it may. */
export function topicRefusal(
  context: Context,
  topicArn: string,
  source: InvokeSource,
): Promise<string | undefined> {
  return refusal("topic", "sns:Publish", source, async () => {
    const { Attributes } = await context.call("sns", "GetTopicAttributes", { TopicArn: topicArn });
    return Attributes?.Policy;
  });
}

async function refusal(
  kind: "queue" | "topic",
  action: string,
  source: InvokeSource,
  readPolicy: () => Promise<string | undefined>,
): Promise<string | undefined> {
  try {
    if (policyAllows(await readPolicy(), action, source)) return undefined;
    return `Permissions on the destination ${kind} do not allow S3 to publish notifications from this bucket`;
  } catch (error) {
    if (error instanceof Fault && error.sender) return `The destination ${kind} does not exist`;
    throw error;
  }
}

/** A URL that names the queue's region too, wherever it is asked from. */
export function queueUrl({ endpoint }: Context, queueArn: string): string {
  const { region, account, resource } = parseArn(queueArn) ?? {};
  return `${endpoint}/queue/${region}/${account}/${resource}`;
}
