import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";

/** What names a scalable target within its account and region. */
export interface TargetName {
  readonly namespace: string;
  /** `table/orders` or `table/orders/index/byDate` */
  readonly resourceId: string;
  /** `dynamodb:table:WriteCapacityUnits` */
  readonly dimension: string;
}

export interface TargetRecord extends Scope, TargetName {
  readonly v: 1;
  readonly id: string;
  readonly min: number;
  readonly max: number;
  readonly roleArn: string;
  readonly createdMs: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly suspended: { readonly in: boolean; readonly out: boolean; readonly scheduled: boolean };
}

/** Of the alarms that have a policy carried out. */
export interface AlarmNames {
  readonly high: string;
  readonly low: string;
}

export interface PolicyRecord extends Scope, TargetName {
  readonly v: 1;
  readonly name: string;
  readonly arn: string;
  readonly createdMs: number;
  readonly targetPercent: number;
  readonly metric: string;
  readonly scaleOutCooldownSeconds?: number;
  readonly scaleInCooldownSeconds?: number;
  readonly disableScaleIn: boolean;
  readonly lastOutMs?: number;
  readonly lastInMs?: number;
  readonly alarms?: AlarmNames;
  /** What was provisioned when the alarms were put; absent until they are, and where they are out of date. */
  readonly alarmedUnits?: number;
}

export interface ActionRecord extends Scope, TargetName {
  readonly v: 1;
  readonly name: string;
  readonly arn: string;
  readonly createdMs: number;
  readonly schedule: string;
  readonly timezone?: string;
  readonly startMs?: number;
  readonly endMs?: number;
  readonly min?: number;
  readonly max?: number;
  /** When it runs next; absent when it will not any more. */
  readonly nextMs?: number;
}

export interface ActivityRecord extends Scope, TargetName {
  readonly v: 1;
  readonly id: string;
  readonly description: string;
  readonly cause: string;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly status: "Successful" | "Failed";
  readonly message: string;
}

/** What is worked on by the clock lies under this: targets, policies and scheduled actions. */
export const WATCHED: Key = ["scaling", "work"];
const ACTIVITIES: Key = ["scaling", "activity"];
const KEPT_ACTIVITIES_MS = 42 * 86_400_000;

type Kind = "target" | "policy" | "action";
interface Kinds {
  readonly target: TargetRecord;
  readonly policy: PolicyRecord;
  readonly action: ActionRecord;
}

function keyOf(kind: Kind, { account, region }: Scope, own: TargetName, name: string): Key {
  return [...WATCHED, kind, account, region, own.namespace, own.resourceId, own.dimension, name];
}

function nameOf(record: Kinds[Kind]): string {
  return "name" in record ? record.name : "";
}

export async function findRecord<K extends Kind>(
  tx: Transaction,
  kind: K,
  scope: Scope,
  own: TargetName,
  name = "",
): Promise<Kinds[K] | undefined> {
  return (await tx.get(keyOf(kind, scope, own, name))) as unknown as Kinds[K] | undefined;
}

export function putRecord<K extends Kind>(tx: Transaction, kind: K, record: Kinds[K]): void {
  tx.set(keyOf(kind, record, record, nameOf(record)), record as unknown as Value);
}

export function removeRecord<K extends Kind>(tx: Transaction, kind: K, record: Kinds[K]): void {
  tx.delete(keyOf(kind, record, record, nameOf(record)));
}

/** All of a kind: everywhere, or of a scope and namespace. */
export async function recordsOf<K extends Kind>(
  tx: Transaction,
  kind: K,
  of?: Scope & { readonly namespace: string },
): Promise<Kinds[K][]> {
  const found: unknown[] = [];
  const prefix = [...WATCHED, kind, ...(of ? [of.account, of.region, of.namespace] : [])];
  for await (const [, value] of tx.range({ prefix })) found.push(value);
  return found as Kinds[K][];
}

export async function noteActivity(tx: Transaction, activity: ActivityRecord): Promise<void> {
  tx.clear({ prefix: ACTIVITIES, lt: [...ACTIVITIES, activity.startedMs - KEPT_ACTIVITIES_MS] });
  tx.set([...ACTIVITIES, activity.startedMs, activity.id], activity as unknown as Value);
}

/** A scope's activities, the latest first. */
export async function activitiesOf(
  tx: Transaction,
  { account, region, namespace }: Scope & { readonly namespace: string },
): Promise<ActivityRecord[]> {
  const found: ActivityRecord[] = [];
  for await (const [, value] of tx.range({ prefix: ACTIVITIES }, { reverse: true })) {
    const activity = value as unknown as ActivityRecord;
    const isIt =
      activity.account === account && activity.region === region && activity.namespace === namespace;
    if (isIt) found.push(activity);
  }
  return found;
}
