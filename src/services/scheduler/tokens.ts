import type { Key, Transaction } from "../../store/store.ts";

/** What a deletion was asked for with; a call that is repeated has the same. */
export interface Deletion {
  readonly arn: string;
  readonly token: string | undefined;
}

/** How long a repeated call is known again. */
const KNOWN_MS = 3_600_000;
const FORGOTTEN_AT_ONCE = 10;

const TOKENS: Key = ["schedulerTokens"];
const ENDS: Key = ["schedulerTokenEnds"];

/** Whether this very call has deleted its resource before. */
export async function wasDeleted(tx: Transaction, { arn, token }: Deletion, nowMs: number): Promise<boolean> {
  if (token === undefined) return false;
  const endsMs = await tx.get([...TOKENS, arn, token]);
  return typeof endsMs === "number" && endsMs > nowMs;
}

export async function noteDeletion(tx: Transaction, { arn, token }: Deletion, nowMs: number): Promise<void> {
  if (token === undefined) return;
  const old = { prefix: ENDS, lt: [...ENDS, nowMs] };
  for await (const [key] of tx.range(old, { limit: FORGOTTEN_AT_ONCE })) {
    tx.delete(key);
    tx.delete([...TOKENS, ...key.slice(ENDS.length + 1)]);
  }
  tx.set([...TOKENS, arn, token], nowMs + KNOWN_MS);
  tx.set([...ENDS, nowMs + KNOWN_MS, arn, token], null);
}
