import type { Key, KeyPart, Transaction } from "../../../store/store.ts";
import { type TableRecord, versionsPrefix } from "../records.ts";
import { setDue } from "../time/due.ts";

/** When and where an item was last written, as its replica knows: the later write wins. */
export interface Version {
  readonly v: 1;
  readonly atMs: number;
  readonly region: string;
  /** The write was a deletion. */
  readonly gone?: true;
}

/** So long a deletion is remembered, so that no earlier write that comes late brings the item back. */
const DELETION_KEPT_MS = 86_400_000;

const versionKey = (table: number, parts: readonly KeyPart[]): Key => [...versionsPrefix(table), ...parts];

/** Parts as they follow the table's in an item's key. */
export async function versionOf(
  tx: Transaction,
  table: number,
  parts: readonly KeyPart[],
): Promise<Version | undefined> {
  return (await tx.get(versionKey(table, parts))) as unknown as Version | undefined;
}

export function putVersion(
  tx: Transaction,
  table: number,
  parts: readonly KeyPart[],
  version: Version,
  nowMs: number,
): void {
  tx.set(versionKey(table, parts), { ...version });
  if (version.gone) setDue(tx, nowMs + DELETION_KEPT_MS, "deletion", [table, ...parts], version.atMs);
}

/** Forgets a deletion, unless the item was written since. */
export async function forgetDeletion(
  tx: Transaction,
  [table, ...parts]: readonly KeyPart[],
  atMs: number,
): Promise<void> {
  const version = await versionOf(tx, Number(table), parts);
  if (version?.gone && version.atMs === atMs) tx.delete(versionKey(Number(table), parts));
}

export function isLater(one: Version, other: Version): boolean {
  return one.atMs > other.atMs || (one.atMs === other.atMs && one.region > other.region);
}

/**
 * Whether it is this replica that removes an item that has expired: the others follow it. It is the one that
 * the item was written to last, or the first of all.
 */
export async function expiresHere(
  tx: Transaction,
  { region, number, group }: TableRecord,
  parts: readonly KeyPart[],
): Promise<boolean> {
  if (!group) return true;
  const regions = [region, ...group.others.map((other) => other.region)].sort();
  const version = await versionOf(tx, number, parts);
  const last = regions.find((one) => one === version?.region);
  return (last ?? regions[0]) === region;
}
