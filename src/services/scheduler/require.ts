import type { Transaction } from "../../store/store.ts";
import { fault, groupMissing, scheduleMissing } from "./faults.ts";
import type { GroupName, ScheduleName } from "./names.ts";
import { type GroupRecord, readGroup, readSchedule, type ScheduleRecord } from "./records.ts";

export async function requireGroup(tx: Transaction, name: GroupName): Promise<GroupRecord> {
  const group = await readGroup(tx, name);
  if (!group) throw groupMissing(name.group);
  return group;
}

/** A group that takes changes. */
export async function requireActiveGroup(tx: Transaction, name: GroupName): Promise<GroupRecord> {
  const group = await requireGroup(tx, name);
  if (group.state === "ACTIVE") return group;
  throw fault("ConflictException", `Schedule group ${name.group} is being deleted.`);
}

export async function requireSchedule(tx: Transaction, name: ScheduleName): Promise<ScheduleRecord> {
  const schedule = await readSchedule(tx, name);
  if (schedule) return schedule;
  await requireGroup(tx, name);
  throw scheduleMissing(name.name);
}
