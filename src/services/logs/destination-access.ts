import { like, statementsIn } from "../../kernel/policy.ts";
import type { Context } from "../define.ts";
import { destinationOfArn, requireDestination } from "./destination-records.ts";
import { fault, invalid } from "./faults.ts";

const ACTION = "logs:PutSubscriptionFilter";

/** Another account may subscribe to a destination that its policy opens to it. */
export async function checkAccess({ store, scope }: Context, arn: string): Promise<void> {
  const name = destinationOfArn(arn);
  if (name?.region !== scope.region) throw invalid(`Invalid destinationArn: ${arn}`);
  const { accessPolicy } = await store.transact((tx) => requireDestination(tx, name));
  if (name.account === scope.account) return;
  const statements = accessPolicy === undefined ? [] : (statementsIn(accessPolicy) ?? []);
  const own = statements.filter(
    ({ Principal, Action }) =>
      listOf(Action).some((action) => like(String(action), ACTION)) && namesAccount(Principal, scope.account),
  );
  const isAllowed = own.some(({ Effect }) => Effect === "Allow");
  if (!isAllowed || own.some(({ Effect }) => Effect === "Deny")) {
    throw fault(
      "AccessDeniedException",
      `User: arn:aws:iam::${scope.account}:root is not authorized to perform: ${ACTION} on resource: ${arn}`,
    );
  }
}

function namesAccount(principal: unknown, account: string): boolean {
  const names =
    typeof principal === "object" && principal !== null && "AWS" in principal ? principal.AWS : principal;
  return listOf(names).some(
    (name) => name === "*" || name === account || String(name).startsWith(`arn:aws:iam::${account}:`),
  );
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
