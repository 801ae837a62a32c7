import { like, statementsIn } from "../../kernel/policy.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { checkSender } from "../sender-policy.ts";
import { contentsArn, type GroupName, groupArn } from "./names.ts";
import { policiesFor } from "./resource-policies.ts";

/**
 * A service that writes for a rule or an API must be let in by a resource policy, as on AWS; whom the
 * platform does not refuse it tells of once.
 */
export async function checkSource(
  context: Context,
  tx: Transaction,
  group: GroupName,
  action: "logs:CreateLogStream" | "logs:PutLogEvents",
): Promise<void> {
  if (!context.principal.sender) return;
  const documents = await policiesFor(tx, group);
  const statements = documents
    .flatMap((document) => statementsIn(document) ?? [])
    .filter((statement) => speaksOf(statement, group));
  const policy = JSON.stringify({ Statement: statements });
  checkSender(context, { arn: groupArn(group), policy, action });
}

/** A policy of a group need not name it. */
function speaksOf(statement: { readonly Resource?: unknown }, group: GroupName): boolean {
  const { Resource: resource = "*" } = statement;
  const patterns = (Array.isArray(resource) ? resource : [resource]).map(String);
  const names = [groupArn(group), contentsArn(group), `${groupArn(group)}:log-stream:`];
  return patterns.some((pattern) => names.some((name) => like(pattern, name)));
}
