import type * as sdk from "@aws-sdk/client-scheduler";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";
import { DEFAULT_GROUP, type GroupName, type ScheduleName } from "./names.ts";

export interface GroupRecord extends GroupName {
  readonly v: 1;
  readonly state: sdk.ScheduleGroupState;
  readonly createdMs: number;
  readonly modifiedMs: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Of the call that made it. */
  readonly token?: string;
}

export interface ScheduleRecord extends ScheduleName {
  readonly v: 1;
  /** Changes with every change: what was on its way for an earlier state is known to be old. */
  readonly revision: string;
  readonly expression: string;
  readonly timezone: string;
  readonly state: sdk.ScheduleState;
  readonly target: sdk.Target;
  /** The longest that an occurrence may wait; 0 without a flexible window. */
  readonly windowMinutes: number;
  readonly startMs?: number;
  readonly endMs?: number;
  readonly description?: string;
  readonly kmsKey?: string;
  readonly after: sdk.ActionAfterCompletion;
  /** From when a rate counts: its first occurrence. */
  readonly sinceMs: number;
  readonly createdMs: number;
  readonly modifiedMs: number;
  /** The next occurrence, and the moment at or behind it when it is invoked. */
  readonly next?: { readonly timeMs: number; readonly dueMs: number };
  /** Of the call that made or changed it: what happens is of that chain of events. */
  readonly trace?: string;
  /** Of the call that made it, and what the call asked for. */
  readonly token: string;
  readonly asked: string;
}

/** Schedules by the moment when they are invoked. */
export const DUE: Key = ["schedulerDue"];
/** Groups whose schedules are being deleted. */
export const DELETING: Key = ["schedulerDeleting"];

const groupKey = ({ account, region, group }: GroupName): Key => ["schedulerGroup", account, region, group];
const scheduleKey = ({ account, region, group, name }: ScheduleName): Key => [
  ...schedulesOf({ account, region, group }),
  name,
];
const schedulesOf = ({ account, region, group }: GroupName): Key => ["schedule", account, region, group];
const dueKey = (dueMs: number, { account, region, group, name }: ScheduleName): Key => [
  ...DUE,
  ...[dueMs, account, region, group, name],
];
const deletingKey = ({ account, region, group }: GroupName): Key => [...DELETING, account, region, group];

/** The default group is there without having been made. */
export async function readGroup(tx: Transaction, name: GroupName): Promise<GroupRecord | undefined> {
  const found = (await tx.get(groupKey(name))) as unknown as GroupRecord | undefined;
  return found ?? (name.group === DEFAULT_GROUP ? defaultGroup(name) : undefined);
}

function defaultGroup({ account, region }: Scope): GroupRecord {
  const name = { account, region, group: DEFAULT_GROUP };
  return { v: 1, ...name, state: "ACTIVE", createdMs: 0, modifiedMs: 0, tags: {} };
}

export function writeGroup(tx: Transaction, group: GroupRecord): void {
  tx.set(groupKey(group), group as unknown as Value);
  if (group.state === "DELETING") tx.set(deletingKey(group), null);
}

/** All groups of an account in a region, in the order of their names. */
export async function groupsOf(tx: Transaction, scope: Scope): Promise<GroupRecord[]> {
  const groups = [];
  const prefix = ["schedulerGroup", scope.account, scope.region];
  for await (const [, value] of tx.range({ prefix })) groups.push(value as unknown as GroupRecord);
  if (!groups.some(({ group }) => group === DEFAULT_GROUP)) groups.push(defaultGroup(scope));
  return groups.sort((one, other) => (one.group < other.group ? -1 : 1));
}

export async function readSchedule(tx: Transaction, name: ScheduleName): Promise<ScheduleRecord | undefined> {
  return (await tx.get(scheduleKey(name))) as unknown as ScheduleRecord | undefined;
}

/** Writes a schedule in place of what was there, and its place in time. */
export function writeSchedule(tx: Transaction, schedule: ScheduleRecord, old?: ScheduleRecord): void {
  if (old?.next) tx.delete(dueKey(old.next.dueMs, old));
  tx.set(scheduleKey(schedule), schedule as unknown as Value);
  if (schedule.next) tx.set(dueKey(schedule.next.dueMs, schedule), null);
}

export function removeSchedule(tx: Transaction, schedule: ScheduleRecord): void {
  tx.delete(scheduleKey(schedule));
  if (schedule.next) tx.delete(dueKey(schedule.next.dueMs, schedule));
}

/** Schedules in the order of their groups and names, of one group or of all, behind one of them. */
export async function* schedulesAfter(
  tx: Transaction,
  { account, region }: Scope,
  group: string | undefined,
  after: readonly string[] | undefined,
): AsyncIterable<ScheduleRecord> {
  const all: Key = ["schedule", account, region];
  const prefix = group === undefined ? all : [...all, group];
  const range = after === undefined ? { prefix } : { prefix, gt: [...all, ...after] };
  for await (const [, value] of tx.range(range)) yield value as unknown as ScheduleRecord;
}

/** What is invoked next, the earliest first. */
export async function* dueSchedules(
  tx: Transaction,
  limit: number,
): AsyncIterable<{ readonly dueMs: number; readonly of: ScheduleName; forget(): void }> {
  for await (const [key] of tx.range({ prefix: DUE }, { limit })) {
    const [dueMs, account, region, group, name] = key.slice(DUE.length);
    yield {
      dueMs: Number(dueMs),
      of: { account: String(account), region: String(region), group: String(group), name: String(name) },
      forget: () => tx.delete(key),
    };
  }
}

export async function firstDueMs(tx: Transaction): Promise<number | undefined> {
  for await (const { dueMs } of dueSchedules(tx, 1)) return dueMs;
  return undefined;
}

/** The first group that is to be emptied; `forget` removes it when it is. */
export async function firstDeleting(
  tx: Transaction,
): Promise<{ readonly of: GroupName; forget(): void } | undefined> {
  for await (const [key] of tx.range({ prefix: DELETING }, { limit: 1 })) {
    const [account, region, group] = key.slice(DELETING.length).map(String);
    const of = { account: account ?? "", region: region ?? "", group: group ?? "" };
    return {
      of,
      forget() {
        tx.delete(key);
        tx.delete(groupKey(of));
      },
    };
  }
  return undefined;
}
