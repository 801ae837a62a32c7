import type { Store, Transaction } from "../../store/store.ts";
import { readKey, writeKey } from "./access-key-records.ts";
import { arnOf, find, put } from "./entities.ts";

interface Use {
  readonly ms: number;
  readonly service: string;
  readonly region: string;
}

/** Uses of a key that follow each other sooner are one. */
const KEY_APART_MS = 60_000;
/** Of a role, whose sessions may make thousands of requests a second. */
const ROLE_APART_MS = 15 * 60_000;
const MOST_REMEMBERED = 1_000;

/** Users and roles, as those ask who find out who signed a request. */
export function createSigners(store: Store) {
  /** When the use of a role was last noted: what is noted again too early does no harm. */
  const noted = new Map<string, number>();
  return {
    /** Whose key it is; undefined for one that no user has. */
    owner: (keyId: string) =>
      store.transact(async (tx) => {
        const key = await readKey(tx, keyId);
        const user = key && (await find(tx, key.account, "user", key.user));
        if (!user) return undefined;
        const { account, id: userId } = user;
        return { account, userId, arn: arnOf("user", user), isActive: key.status === "Active" };
      }),

    /** Notes when, for what and where a user's key or a role was used. */
    used(who: { accessKeyId: string; account: string; arn: string }, use: Use): void | Promise<void> {
      const { accessKeyId, account, arn } = who;
      if (arn.endsWith(":root")) return;
      if (arn.includes(":user/")) return store.transact((tx) => noteKey(tx, accessKeyId, use));
      const [, role] = /:assumed-role\/([^/]+)\//.exec(arn) ?? [];
      const mark = `${account} ${role}`;
      if (role === undefined || use.ms - (noted.get(mark) ?? 0) < ROLE_APART_MS) return;
      if (noted.size >= MOST_REMEMBERED) noted.clear();
      noted.set(mark, use.ms);
      return store.transact(async (tx) => {
        const record = await find(tx, account, "role", role);
        if (record) put(tx, "role", { ...record, lastUsed: { ms: use.ms, region: use.region } });
      });
    },
  };
}

async function noteKey(tx: Transaction, id: string, use: Use): Promise<void> {
  const key = await readKey(tx, id);
  if (!key) return;
  const last = key.lastUsed;
  const isSame = last?.service === use.service && last.region === use.region;
  if (!isSame || use.ms - last.ms >= KEY_APART_MS) writeKey(tx, { ...key, lastUsed: use });
}
