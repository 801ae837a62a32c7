import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";

/** Of HTTP APIs. Kept and given back: functions and addresses outside are reached without one. */
export interface VpcLinkRecord extends Scope {
  readonly v: 1;
  readonly id: string;
  readonly name: string;
  readonly createdMs: number;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

const key = ({ account, region }: Scope, ...rest: Key): Key => ["apigw", account, region, "vpcLink", ...rest];

export async function readVpcLink(
  tx: Transaction,
  scope: Scope,
  id: string,
): Promise<VpcLinkRecord | undefined> {
  return (await tx.get(key(scope, id))) as unknown as VpcLinkRecord | undefined;
}

export function writeVpcLink(tx: Transaction, link: VpcLinkRecord): void {
  tx.set(key(link, link.id), link as unknown as Value);
}

export function deleteVpcLink(tx: Transaction, link: VpcLinkRecord): void {
  tx.delete(key(link, link.id));
}

export async function* vpcLinksOf(tx: Transaction, scope: Scope) {
  for await (const [, value] of tx.range({ prefix: key(scope) })) yield value as unknown as VpcLinkRecord;
}
