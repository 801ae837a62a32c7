import type { Transaction } from "../../store/store.ts";
import { groupMissing, streamMissing } from "./faults.ts";
import type { GroupName } from "./names.ts";
import {
  type GroupClass,
  type GroupRecord,
  nextNumber,
  readCleared,
  readGroup,
  readStream,
  type StreamRecord,
  writeGroup,
  writeStream,
} from "./records.ts";

/** Throws ResourceNotFoundException. */
export async function requireGroup(tx: Transaction, name: GroupName): Promise<GroupRecord> {
  const group = await readGroup(tx, name);
  if (!group) throw groupMissing();
  return group;
}

/** Throws ResourceNotFoundException. */
export async function requireStream(tx: Transaction, group: number, name: string): Promise<StreamRecord> {
  const stream = await readStream(tx, group, name);
  if (!stream) throw streamMissing();
  return stream;
}

interface NewGroup {
  readonly class?: GroupClass | undefined;
  readonly kmsKeyId?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly isProtected?: boolean | undefined;
}

export async function addGroup(
  tx: Transaction,
  { account, region, name }: GroupName,
  nowMs: number,
  more: NewGroup = {},
): Promise<GroupRecord> {
  const group: GroupRecord = {
    v: 1,
    account,
    region,
    name,
    number: await nextNumber(tx),
    createdMs: Math.floor(nowMs),
    class: more.class ?? "STANDARD",
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html
    ...(more.class === "DELIVERY" ? { retentionDays: 1 } : {}),
    tags: more.tags ?? {},
    ...(more.kmsKeyId === undefined ? {} : { kmsKeyId: more.kmsKeyId }),
    ...(more.isProtected ? { isProtected: true as const } : {}),
  };
  writeGroup(tx, group);
  return group;
}

export async function addStream(
  tx: Transaction,
  group: GroupRecord,
  name: string,
  nowMs: number,
): Promise<StreamRecord> {
  const number = await nextNumber(tx, group.number);
  const stream: StreamRecord = { v: 1, name, number, createdMs: Math.floor(nowMs), blocks: 0 };
  writeStream(tx, group.number, stream);
  return stream;
}

/** Has a function's lines shown in a stream: what of them was not deleted with an earlier one. */
export async function adoptStream(
  tx: Transaction,
  name: GroupName,
  streamName: string,
  firstMs: number,
): Promise<void> {
  let group = (await readGroup(tx, name)) ?? (await addGroup(tx, name, firstMs));
  if (group.linesAfter === undefined) {
    group = { ...group, linesAfter: await readCleared(tx, name) };
    writeGroup(tx, group);
  }
  const stream =
    (await readStream(tx, group.number, streamName)) ?? (await addStream(tx, group, streamName, firstMs));
  if (stream.linesAfter !== undefined) return;
  const linesAfter = await readCleared(tx, name, streamName);
  writeStream(tx, group.number, { ...stream, linesAfter });
}
