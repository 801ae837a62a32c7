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
  /** Resources of kinds that the platform does not have are left out. */
  readonly leavesOut?: true;
  /** Aliases go to their new versions at once. */
  readonly isAtOnce?: true;
}

export interface StackRecord extends Scope {
  readonly v: 1;
  readonly stackId: string;
  readonly name: string;
  readonly status: sdk.StackStatus;
  readonly reason?: string | undefined;
  /** Why what was asked of it last went wrong, also when it has gone back since. */
  readonly failure?: string | undefined;
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
  /** What was asked of it last, and when. */
  readonly operation?: Operation | undefined;
  readonly retained?: readonly string[] | undefined;
  /** It is within another, and that one perhaps within another still. */
  readonly parentId?: string | undefined;
  readonly rootId?: string | undefined;
  /** How long it may take to be made. */
  readonly timeoutMinutes?: number | undefined;
  /** What a first making that goes wrong leaves is removed, whatever its deletion policies say. */
  readonly removesNew?: boolean | undefined;
  readonly triggers?: sdk.RollbackConfiguration | undefined;
  /** What the last look for drift has found. */
  readonly drift?: { readonly status: sdk.StackDriftStatus; readonly atMs: number } | undefined;
  readonly createdMs: number;
  readonly updatedMs?: number | undefined;
  readonly deletedMs?: number | undefined;
}

/** One of the things that are asked of a stack, with what holds for it alone. */
export interface Operation {
  readonly id: string;
  readonly sinceMs: number;
  /** Stands above the stack's own policy meanwhile. */
  readonly policy?: string | undefined;
  /** Logical ids of those that the way back passes over. */
  readonly skipped?: readonly string[] | undefined;
  /** What cannot be deleted is left behind. */
  readonly isForced?: boolean | undefined;
}

/** One physical resource. */
export interface Physical {
  readonly type: string;
  readonly id: string;
  readonly attributes: Properties;
  readonly properties: Properties;
  /** The stack's own, as they were handed on to it. */
  readonly tags?: Readonly<Record<string, string>>;
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
  readonly roleArn?: string | undefined;
  readonly triggers?: sdk.RollbackConfiguration | undefined;
  readonly onFailure?: sdk.OnStackFailure | undefined;
  readonly token?: string | undefined;
  readonly createdMs: number;
}

/** What happened to a stack or one of its resources. */
export interface EventRecord {
  readonly v: 1;
  readonly eventId: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: sdk.ResourceStatus;
  readonly reason?: string | undefined;
  readonly properties?: string | undefined;
  /** ClientRequestToken of what was asked. */
  readonly token?: string | undefined;
  readonly atMs: number;
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
