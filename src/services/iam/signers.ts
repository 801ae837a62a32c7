import type { Store } from "../../store/store.ts";
import type { Use } from "./signer-records.ts";

/** Of a role, whose sessions may make thousands of requests a second. */
const ROLE_APART_MS = 15 * 60_000;
const MOST_REMEMBERED = 1_000;

/** Users and roles, as those ask who find out who signed a request. Most requests are the root user's. */
export function createSigners(store: Store) {
  /** When the use of a role was last noted: what is noted again too early does no harm. */
  const noted = new Map<string, number>();
  const records = () => import("./signer-records.ts");
  return {
    /** Whose key it is; undefined for one that no user has. */
    owner: async (keyId: string) => (await records()).ownerOf(store, keyId),

    /** Notes when, for what and where a user's key or a role was used. */
    used(who: { accessKeyId: string; account: string; arn: string }, use: Use): void | Promise<void> {
      const { accessKeyId, account, arn } = who;
      if (arn.endsWith(":root")) return;
      if (arn.includes(":user/")) return records().then(({ noteKey }) => noteKey(store, accessKeyId, use));
      const [, role] = /:assumed-role\/([^/]+)\//.exec(arn) ?? [];
      const mark = `${account} ${role}`;
      if (role === undefined || use.ms - (noted.get(mark) ?? 0) < ROLE_APART_MS) return;
      if (noted.size >= MOST_REMEMBERED) noted.clear();
      noted.set(mark, use.ms);
      return records().then(({ noteRole }) => noteRole(store, account, role, use));
    },
  };
}
