import type { Store } from "../../store/store.ts";
import { readKey, writeKey } from "./access-key-records.ts";
import { arnOf, find, put } from "./entities.ts";

/** When, for what and where somebody signed. */
export interface Use {
  readonly ms: number;
  readonly service: string;
  readonly region: string;
}

/** Uses of a key that follow each other sooner are one. */
const KEY_APART_MS = 60_000;

export const ownerOf = (store: Store, keyId: string) =>
  store.transact(async (tx) => {
    const key = await readKey(tx, keyId);
    const user = key && (await find(tx, key.account, "user", key.user));
    if (!user) return undefined;
    const { account, id: userId } = user;
    return { account, userId, arn: arnOf("user", user), isActive: key.status === "Active" };
  });

export const noteKey = (store: Store, keyId: string, use: Use) =>
  store.transact(async (tx) => {
    const key = await readKey(tx, keyId);
    if (!key) return;
    const last = key.lastUsed;
    const isSame = last?.service === use.service && last.region === use.region;
    if (!isSame || use.ms - last.ms >= KEY_APART_MS) writeKey(tx, { ...key, lastUsed: use });
  });

export const noteRole = (store: Store, account: string, role: string, use: Use) =>
  store.transact(async (tx) => {
    const record = await find(tx, account, "role", role);
    if (record) put(tx, "role", { ...record, lastUsed: { ms: use.ms, region: use.region } });
  });
