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

/** What is named within another: two of the latter may have one of the same name. */
const WITHIN: Readonly<Record<string, string>> = {
  "AWS::ApiGateway::Stage": "RestApiId",
  "AWS::ApiGatewayV2::Stage": "ApiId",
};

interface Made {
  readonly type: string;
  readonly id: string;
  readonly properties: { readonly [name: string]: unknown };
}

const keyOf = (scope: Scope, { type, id, properties }: Made): Key => {
  const outer = WITHIN[type];
  return ownerKey(scope, type, outer === undefined ? id : `${properties[outer]}/${id}`);
};

/** By a resource's type and physical id; of an address only the path, for it is reached by several. */
const ownerKey = ({ account, region }: Scope, type: string, id: string): Key => [
  "stackOwner",
  account,
  region,
  type,
  id.replace(/^https?:\/\/[^/]+/, ""),
];

export function noteOwner(tx: Transaction, scope: Scope, made: Made, owner: Owner): void {
  tx.set(keyOf(scope, made), { v: 1, ...owner });
}

export function forgetOwner(tx: Transaction, scope: Scope, made: Made): void {
  tx.delete(keyOf(scope, made));
}

/**
 * Empty for what no stack has made; `id`: of what is named within another, both. Not every service has them:
 * `cloudFormationSystemTags` in the schema of a type says so.
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
