import type * as sdk from "@aws-sdk/client-sns";
import type { Handlers } from "../define.ts";
import { fault, invalid } from "./faults.ts";
import { topicArn } from "./names.ts";
import { ACTIONS, defaultPolicy, outOfScope, type Policy } from "./policy.ts";
import type { TopicRecord } from "./records.ts";
import { changeTopic } from "./topics.ts";

export const permissions = {
  async AddPermission(input, context) {
    const { Label = "", AWSAccountId: accounts = [], ActionName: actions = [] } = input;
    if (!/^[\w-]{1,80}$/.test(Label)) throw invalid("Label");
    if (accounts.length === 0) throw invalid("AWSAccountId");
    const unknown = accounts.find((account) => !/^\d{12}$/.test(account));
    if (unknown !== undefined) throw invalid("Policy Error: PrincipalNotFound");
    if (actions.length === 0) throw invalid("ActionName");
    if (!actions.every(isAction)) throw outOfScope();
    await changePolicy(context, input.TopicArn, (policy, topic) => {
      const statements = policy.Statement ?? [];
      if (statements.some(({ Sid }) => Sid === Label)) throw invalid("Statement already exists");
      const statement = {
        Sid: Label,
        Effect: "Allow",
        Principal: { AWS: oneOrMore(accounts.map((account) => `arn:aws:iam::${account}:root`)) },
        Action: oneOrMore(actions.map((action) => `SNS:${action}`)),
        Resource: topicArn(topic),
      };
      return { ...policy, Statement: [...statements, statement] };
    });
    return {};
  },

  async RemovePermission(input, context) {
    const { Label = "" } = input;
    await changePolicy(context, input.TopicArn, (policy) => {
      const statements = policy.Statement ?? [];
      const rest = statements.filter(({ Sid }) => Sid !== Label);
      if (rest.length === statements.length) {
        throw fault("NotFoundException", `Statement ${Label} does not exist`);
      }
      return { ...policy, Statement: rest };
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

function isAction(name: string): boolean {
  return name === "*" || (ACTIONS as readonly string[]).includes(name);
}

const oneOrMore = (values: string[]): string | string[] => (values.length === 1 ? `${values[0]}` : values);

function changePolicy(
  context: Parameters<typeof changeTopic>[0],
  arn: string | undefined,
  change: (policy: Policy, topic: TopicRecord) => Policy,
): Promise<void> {
  return changeTopic(context, arn, (topic) => {
    const policy = JSON.parse(topic.attributes.Policy ?? defaultPolicy(topic)) as Policy;
    const listed = { ...policy, Statement: [policy.Statement ?? []].flat() };
    const next = JSON.stringify(change(listed, topic));
    return { ...topic, attributes: { ...topic.attributes, Policy: next } };
  });
}
