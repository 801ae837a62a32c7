import type { Key, Transaction, Value } from "../../store/store.ts";
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
