import type * as sdk from "@aws-sdk/client-sqs";
import type { Context, Handlers } from "../define.ts";
import type { QueueAttributes } from "./attributes.ts";
import { invalidValue, missingParameter } from "./faults.ts";
import { parseQueueUrl, queueArn } from "./names.ts";
import { type QueueRecord, writeQueue } from "./records.ts";
import { requireQueue } from "./require.ts";

interface Policy {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement?: readonly Statement[] | Statement;
}

interface Statement {
  readonly Sid?: string;
}

/** What may be granted, by the operations' names. */
const ACTIONS = new Set([
  "*",
  "ChangeMessageVisibility",
  "DeleteMessage",
  "GetQueueAttributes",
  "GetQueueUrl",
  "ListDeadLetterSourceQueues",
  "PurgeQueue",
  "ReceiveMessage",
  "SendMessage",
]);

export const permissions = {
  async AddPermission(input, context) {
    const { Label = "", AWSAccountIds = [], Actions = [] } = input;
    checkLabel(Label);
    if (AWSAccountIds.length === 0) throw missingParameter("AWSAccountIds");
    if (Actions.length === 0) throw missingParameter("Actions");
    const unknown = Actions.find((action) => !ACTIONS.has(action));
    if (unknown !== undefined) {
      const reason = "Please refer to the appropriate WSDL for a list of valid actions. ";
      throw invalidValue(`SQS:${unknown}`, "ActionName", reason);
    }
    await changePolicy(context, input.QueueUrl, (policy, queue) => {
      const statements = statementsOf(policy);
      if (statements.some(({ Sid }) => Sid === Label)) throw invalidValue(Label, "Label", "Already exists.");
      const statement = {
        Sid: Label,
        Effect: "Allow",
        Principal: { AWS: oneOrMore(AWSAccountIds.map((account) => `arn:aws:iam::${account}:root`)) },
        Action: oneOrMore(Actions.map((action) => `SQS:${action}`)),
        Resource: queueArn(queue),
      };
      return {
        Version: "2008-10-17",
        Id: `${queueArn(queue)}/SQSDefaultPolicy`,
        ...policy,
        Statement: [...statements, statement],
      };
    });
    return {};
  },

  async RemovePermission(input, context) {
    const { Label = "" } = input;
    await changePolicy(context, input.QueueUrl, (policy) => {
      const statements = statementsOf(policy);
      const rest = statements.filter(({ Sid }) => Sid !== Label);
      if (rest.length === statements.length) throw invalidValue(Label, "Label", "can't find label.");
      return rest.length > 0 ? { ...policy, Statement: rest } : undefined;
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

function statementsOf({ Statement: statements = [] }: Policy): readonly Statement[] {
  return [statements].flat();
}

function checkLabel(label: string): void {
  if (/^[A-Za-z0-9_-]{1,80}$/.test(label)) return;
  const reason = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.";
  throw invalidValue(label, "Label", reason);
}

const oneOrMore = (values: string[]): string | string[] => (values.length === 1 ? `${values[0]}` : values);

async function changePolicy(
  context: Context,
  url: string | undefined,
  change: (policy: Policy, queue: QueueRecord) => Policy | undefined,
): Promise<void> {
  const name = parseQueueUrl(url ?? "", context.scope);
  await context.store.transact(async (tx) => {
    const queue = await requireQueue(tx, name);
    const { Policy: text, ...rest } = queue.attributes as QueueAttributes & { Policy?: string };
    const next = change(text ? JSON.parse(text) : {}, queue);
    const attributes: QueueAttributes = next ? { ...rest, Policy: JSON.stringify(next) } : rest;
    writeQueue(tx, { ...queue, attributes, modifiedMs: Math.floor(context.clock.now()) });
  });
}
