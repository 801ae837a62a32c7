import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";
import type { IndexPolicy } from "./index-rules.ts";
import type { GroupName } from "./names.ts";

export type GroupClass = "STANDARD" | "INFREQUENT_ACCESS" | "DELIVERY";

export interface GroupRecord extends GroupName {
  readonly v: 1;
  /** Among all groups that there ever were: what belongs to it lies under it. */
  readonly number: number;
  readonly createdMs: number;
  readonly class: GroupClass;
  readonly retentionDays?: number;
  readonly kmsKeyId?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly isProtected?: true;
  readonly indexPolicy?: IndexPolicy;
  /** Of a group that functions write to: their lines after this place in the order of recording are in it. */
  readonly linesAfter?: number;
}

export interface StreamRecord {
  readonly v: 1;
  readonly name: string;
  /** Among all streams that there ever were in the group. */
  readonly number: number;
  readonly createdMs: number;
  /** How many blocks of events were put into it. */
  readonly blocks: number;
  /** The oldest and the latest time of its events, and when it was put to last. */
  readonly firstMs?: number;
  readonly lastMs?: number;
  readonly putMs?: number;
  /** Of a stream that a function writes: its lines after this place are in it. */
  readonly linesAfter?: number;
}

const ROOT = "logs";
const groupKey = ({ account, region, name }: GroupName): Key => [ROOT, "group", account, region, name];
const streamsKey = (group: number): Key => [ROOT, "stream", group];
const streamKey = (group: number, name: string): Key => [...streamsKey(group), name];
const serialKey = (...of: number[]): Key => [ROOT, "serial", ...of];
const bytesKey = (group: number): Key => [ROOT, "bytes", group];
const clearedKey = ({ account, region, name }: GroupName, ...stream: string[]): Key => [
  ROOT,
  "cleared",
  account,
  region,
  name,
  ...stream,
];
/** Groups whose events expire, by their numbers. */
export const RETAINED: Key = ["logsRetained"];
const retainedKey = (group: number): Key => [...RETAINED, group];

export const read = async <Shape>(tx: Transaction, key: Key) => (await tx.get(key)) as Shape | undefined;
export const write = (tx: Transaction, key: Key, record: object) => tx.set(key, record as Value);

export const readGroup = (tx: Transaction, name: GroupName) => read<GroupRecord>(tx, groupKey(name));

export function writeGroup(tx: Transaction, group: GroupRecord): void {
  write(tx, groupKey(group), group);
  if (group.retentionDays === undefined) tx.delete(retainedKey(group.number));
  else write(tx, retainedKey(group.number), nameOf(group));
}

/** What belongs to it lies under its number still. */
export function deleteGroup(tx: Transaction, group: GroupRecord): void {
  tx.delete(groupKey(group));
  tx.delete(retainedKey(group.number));
  tx.delete(bytesKey(group.number));
  tx.delete(serialKey(group.number));
  tx.clear({ prefix: streamsKey(group.number) });
  tx.clear({ prefix: clearedKey(group) });
}

function nameOf({ account, region, name }: GroupName): GroupName {
  return { account, region, name };
}

/** Groups of an account and region in the order of their names; those after `after`, with a prefix. */
export async function* groupsOf(
  tx: Transaction,
  { account, region }: Scope,
  {
    prefix: namePrefix,
    after,
  }: { readonly prefix?: string | undefined; readonly after?: string | undefined } = {},
): AsyncGenerator<GroupRecord> {
  const prefix = [ROOT, "group", account, region];
  const start = namePrefix === undefined ? {} : { gte: [...prefix, namePrefix] };
  const range = after === undefined ? { prefix, ...start } : { prefix, ...start, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) {
    const group = value as unknown as GroupRecord;
    if (namePrefix !== undefined && !group.name.startsWith(namePrefix)) return;
    yield group;
  }
}

/** Groups whose events expire. */
export async function* retainedGroups(tx: Transaction): AsyncGenerator<GroupName> {
  for await (const [, value] of tx.range({ prefix: RETAINED })) yield value as unknown as GroupName;
}

/** A number for a new group, or for a new stream of a group. */
export async function nextNumber(tx: Transaction, ...group: number[]): Promise<number> {
  const next = ((await read<number>(tx, serialKey(...group))) ?? 0) + 1;
  tx.set(serialKey(...group), next);
  return next;
}

export const readStream = (tx: Transaction, group: number, name: string) =>
  read<StreamRecord>(tx, streamKey(group, name));

export const writeStream = (tx: Transaction, group: number, stream: StreamRecord) =>
  write(tx, streamKey(group, stream.name), stream);

export const deleteStream = (tx: Transaction, group: number, name: string) =>
  tx.delete(streamKey(group, name));

/** Streams of a group in the order of their names; those after `after`, with a prefix. */
export async function* streamsOf(
  tx: Transaction,
  group: number,
  {
    prefix: namePrefix,
    after,
  }: { readonly prefix?: string | undefined; readonly after?: string | undefined } = {},
): AsyncGenerator<StreamRecord> {
  const prefix = streamsKey(group);
  const start = namePrefix === undefined ? {} : { gte: [...prefix, namePrefix] };
  const range = after === undefined ? { prefix, ...start } : { prefix, ...start, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) {
    const stream = value as unknown as StreamRecord;
    if (namePrefix !== undefined && !stream.name.startsWith(namePrefix)) return;
    yield stream;
  }
}

/** What a group's events weigh: their messages and 26 bytes each. */
export async function readBytes(tx: Transaction, group: number): Promise<number> {
  return Number((await read<bigint>(tx, bytesKey(group))) ?? 0n);
}

export const addBytes = (tx: Transaction, group: number, bytes: number) =>
  tx.add(bytesKey(group), BigInt(bytes));

/** Up to which place functions' lines went away with a group or a stream that was deleted. */
export async function readCleared(tx: Transaction, group: GroupName, stream?: string): Promise<number> {
  const ofGroup = (await read<number>(tx, clearedKey(group))) ?? 0;
  const ofStream = stream === undefined ? 0 : ((await read<number>(tx, clearedKey(group, stream))) ?? 0);
  return Math.max(ofGroup, ofStream);
}

export const writeCleared = (tx: Transaction, seq: number, group: GroupName, ...stream: string[]) =>
  tx.set(clearedKey(group, ...stream), seq);
