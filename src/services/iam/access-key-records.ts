import type { Key, Store, Transaction, Value } from "../../store/store.ts";
import { arnOf, find } from "./entities.ts";
import type { AccessKeyRecord, UserRecord } from "./records.ts";

const keyOf = (id: string): Key => ["iamKey", id];
const ofUser = (account: string, user: string, ...id: string[]): Key => [
  ...["iam", account, "access-key", user.toLowerCase()],
  ...id,
];

export const readKey = async (tx: Transaction, id: string) =>
  (await tx.get(keyOf(id))) as AccessKeyRecord | undefined;

export function writeKey(tx: Transaction, key: AccessKeyRecord): void {
  tx.set(keyOf(key.id), key as unknown as Value);
  tx.set(ofUser(key.account, key.user, key.id), null);
}

export function removeKey(tx: Transaction, key: AccessKeyRecord): void {
  tx.delete(keyOf(key.id));
  tx.delete(ofUser(key.account, key.user, key.id));
}

export async function* keysOf(tx: Transaction, account: string, user: string) {
  for await (const [key] of tx.range({ prefix: ofUser(account, user) })) {
    const found = await readKey(tx, String(key.at(-1)));
    if (found) yield found;
  }
}

/** A user with another name takes the keys along. */
export async function moveKeys(tx: Transaction, user: UserRecord, name: string): Promise<void> {
  const keys: AccessKeyRecord[] = [];
  for await (const key of keysOf(tx, user.account, user.name)) keys.push(key);
  for (const key of keys) {
    removeKey(tx, key);
    writeKey(tx, { ...key, user: name });
  }
}

/** Uses of a key that follow each other sooner are one. */
const APART_MS = 60_000;

/** The users' access keys, as those ask who find out who signed a request. */
export function createAccessKeys(store: Store) {
  return {
    /** Whose key it is; undefined for one that no user has. */
    owner: (id: string) =>
      store.transact(async (tx) => {
        const key = await readKey(tx, id);
        const user = key && (await find(tx, key.account, "user", key.user));
        if (!user) return undefined;
        const { account, id: userId } = user;
        return { account, userId, arn: arnOf("user", user), isActive: key.status === "Active" };
      }),
    /** Notes when, for what and where a key was used. */
    used: (id: string, at: { ms: number; service: string; region: string }) =>
      store.transact(async (tx) => {
        const key = await readKey(tx, id);
        if (!key) return;
        const last = key.lastUsed;
        const isSame = last?.service === at.service && last.region === at.region;
        if (!isSame || at.ms - last.ms >= APART_MS) writeKey(tx, { ...key, lastUsed: at });
      }),
  };
}
