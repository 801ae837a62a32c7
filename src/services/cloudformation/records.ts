import type * as sdk from "@aws-sdk/client-cloudformation";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";
import type { Properties } from "../resource-types.ts";

/** What a stack is to be, or was: a template with its parameters. */
export interface Wanted {
  readonly template: string;
  /** What its transforms have made of it, where it has any. */
  readonly processed?: string;
  /** What the Parameter Store had for parameters that name one, by its name. */
  readonly stored?: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

export interface StackRecord extends Scope {
  readonly v: 1;
  readonly stackId: string;
  readonly name: string;
  readonly status: sdk.StackStatus;
  readonly reason?: string | undefined;
  readonly wanted: Wanted;
  /** What it was before an update that is under way or went wrong. */
  readonly before?: Wanted | undefined;
  readonly outputs: readonly sdk.Output[];
  readonly capabilities: readonly string[];
  readonly notificationArns: readonly string[];
  readonly roleArn?: string | undefined;
  readonly onFailure: "ROLLBACK" | "DELETE" | "DO_NOTHING";
  readonly isProtected: boolean;
  readonly policy?: string | undefined;
  readonly changeSetId?: string | undefined;
  readonly token?: string | undefined;
  readonly retained?: readonly string[] | undefined;
  readonly createdMs: number;
  readonly updatedMs?: number | undefined;
  readonly deletedMs?: number | undefined;
}

/** One physical resource. */
export interface Physical {
  readonly type: string;
  readonly id: string;
  readonly attributes: Properties;
  readonly properties: Properties;
}

export interface ResourceRecord {
  readonly v: 1;
  readonly logicalId: string;
  readonly type: string;
  readonly status: sdk.ResourceStatus;
  readonly reason?: string | undefined;
  /** What there is now. */
  readonly physical?: Physical | undefined;
  /** What was replaced and is still to be removed. */
  readonly replaced: readonly Physical[];
  /** How often it has been made: each one has a name of its own. */
  readonly generation: number;
  /** Logical ids of those that it needs. */
  readonly needs: readonly string[];
  readonly deletionPolicy: string;
  readonly updateReplacePolicy: string;
  readonly metadata?: string | undefined;
  readonly updatedMs: number;
}

export interface ExportRecord {
  readonly v: 1;
  readonly name: string;
  readonly value: string;
  readonly stackId: string;
}

export interface ChangeSetRecord extends Scope {
  readonly v: 1;
  readonly id: string;
  readonly name: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly kind: "CREATE" | "UPDATE";
  readonly status: sdk.ChangeSetStatus;
  readonly execution: sdk.ExecutionStatus;
  readonly reason?: string | undefined;
  readonly description?: string | undefined;
  readonly wanted: Wanted;
  readonly changes: readonly sdk.Change[];
  readonly capabilities: readonly string[];
  readonly notificationArns: readonly string[];
  readonly createdMs: number;
}

export const stackKey = ({ account, region }: Scope, stackId: string): Key => [
  "cfnStack",
  account,
  region,
  stackId,
];
/** The stack of a name that is not deleted. */
export const nameKey = ({ account, region }: Scope, name: string): Key => ["cfnName", account, region, name];
export const resourceKey = (stackId: string, logicalId: string): Key => ["cfnResource", stackId, logicalId];
export const eventsKey = (stackId: string): Key => ["cfnEvents", stackId];
export const exportKey = ({ account, region }: Scope, name: string): Key => [
  "cfnExport",
  account,
  region,
  name,
];
/** That a stack uses what another one exports. */
export const importKey = ({ account, region }: Scope, name: string, stackId: string): Key => [
  "cfnImport",
  account,
  region,
  name,
  stackId,
];
export const changeSetKey = (stackId: string, id: string): Key => ["cfnChangeSet", stackId, id];
/** Stacks that something is to be done with. */
export const WORK: Key = ["cfnWork"];
export const workKey = ({ account, region }: Scope, stackId: string): Key => [
  ...WORK,
  account,
  region,
  stackId,
];

export const prefixOf = (key: Key): Key => key.slice(0, -1);

export async function read<Record>(tx: Transaction, key: Key): Promise<Record | undefined> {
  return (await tx.get(key)) as Record | undefined;
}

export function write(tx: Transaction, key: Key, record: object): void {
  tx.set(key, record as Value);
}

export async function readAll<Record>(tx: Transaction, prefix: Key): Promise<Record[]> {
  const records: Record[] = [];
  for await (const [, value] of tx.range({ prefix })) records.push(value as Record);
  return records;
}
