import { statementsIn } from "../../kernel/policy.ts";
import { invalid, invalidAttribute } from "./faults.ts";
import { type TopicName, topicArn } from "./names.ts";

export interface Policy {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement?: readonly Statement[];
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: unknown;
  readonly Condition?: unknown;
}

/** What may be granted, by the operations' names. */
export const ACTIONS = [
  "GetTopicAttributes",
  "SetTopicAttributes",
  "AddPermission",
  "RemovePermission",
  "DeleteTopic",
  "Subscribe",
  "ListSubscriptionsByTopic",
  "Publish",
] as const;

/** What further a policy may speak of. */
const OTHER_ACTIONS = ["GetDataProtectionPolicy", "PutDataProtectionPolicy", "ListTagsForResource"];
const OTHER_WRITES = ["TagResource", "UntagResource", "Receive", "Unsubscribe", "ConfirmSubscription"];
const KNOWN = new Set([...ACTIONS, ...OTHER_ACTIONS, ...OTHER_WRITES].map((name) => name.toLowerCase()));

/** The policy of a topic that was given none: its owner may do everything. */
export function defaultPolicy(topic: TopicName): string {
  const policy: Policy = {
    Version: "2008-10-17",
    Id: "__default_policy_ID",
    Statement: [
      {
        Sid: "__default_statement_ID",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: ACTIONS.map((name) => `SNS:${name}`),
        Resource: topicArn(topic),
        Condition: { StringEquals: { "AWS:SourceOwner": topic.account } },
      },
    ],
  };
  return JSON.stringify(policy);
}

export function outOfScope(): Error {
  return invalid("Policy statement action out of service scope!");
}

/** Refuses what is no policy of a topic. */
export function checkPolicy(text: string, among: boolean): void {
  const statements = statementsIn(text);
  if (!statements?.length) throw invalidAttribute("Policy Error: null", among);
  for (const statement of statements) {
    const { Effect, Action, NotAction, Principal } = statement as Statement;
    if (Effect !== "Allow" && Effect !== "Deny") throw invalidAttribute("Policy Error: null", among);
    if (Principal === undefined && !("NotPrincipal" in statement)) {
      throw invalidAttribute("Policy Error: PrincipalNotFound", among);
    }
    const actions = [Action ?? NotAction ?? []].flat();
    if (actions.length === 0) throw invalidAttribute("Policy Error: null", among);
    if (!actions.every(isInScope)) throw outOfScope();
  }
}

/** `SNS:Publish`, `sns:*`, `SNS:Get*` or `*`. */
function isInScope(action: unknown): boolean {
  const [service = "", name = ""] = String(action).toLowerCase().split(":");
  if (service === "*") return true;
  if (service !== "sns") return false;
  return name.includes("*") || KNOWN.has(name);
}
