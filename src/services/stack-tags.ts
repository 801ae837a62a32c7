// The tags that CloudFormation gives what it makes. Nobody else can set, change or remove them: they are read
// from who owns what.
import type { Scope } from "../kernel/scope.ts";
import type { Key, Transaction } from "../store/store.ts";
import type { Context } from "./define.ts";

/** The stack that made a resource, and what it is called there. */
interface Owner {
  readonly stackId: string;
  readonly stackName: string;
  readonly logicalId: string;
}

/** By a resource's type and physical id; of an address only the path, for it is reached by several. */
const ownerKey = ({ account, region }: Scope, type: string, id: string): Key => [
  "stackOwner",
  account,
  region,
  type,
  id.replace(/^https?:\/\/[^/]+/, ""),
];

export function noteOwner(tx: Transaction, scope: Scope, type: string, id: string, owner: Owner): void {
  tx.set(ownerKey(scope, type, id), { v: 1, ...owner });
}

export function forgetOwner(tx: Transaction, scope: Scope, type: string, id: string): void {
  tx.delete(ownerKey(scope, type, id));
}

/**
 * Empty for what no stack has made.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
 */
export async function stackTags(
  { store, scope }: Pick<Context, "store" | "scope">,
  type: string,
  id: string,
): Promise<Record<string, string>> {
  const owner = await store.transact(
    async (tx) => (await tx.get(ownerKey(scope, type, id))) as Owner | undefined,
  );
  if (!owner) return {};
  return {
    "aws:cloudformation:stack-name": owner.stackName,
    "aws:cloudformation:logical-id": owner.logicalId,
    "aws:cloudformation:stack-id": owner.stackId,
  };
}
