import { createHash } from "node:crypto";
import type { Scope } from "../../../kernel/scope.ts";
import type { Key, Transaction } from "../../../store/store.ts";
import { fault } from "../faults.ts";

/** For how long a repeated token finds what it did. */
const KEPT_MS = 10 * 60 * 1000;
/** Forgotten at each new token: they come one by one, so they go faster than they come. */
const FORGOTTEN_AT_ONCE = 4;

const ROOT = "ddb";
const TOKEN = "token";
const TOKEN_TIME = "tokenTime";

interface TokenRecord {
  readonly v: 1;
  readonly digest: string;
  readonly atMs: number;
}

/** A text that requests with the same parameters share. */
export function digestOf(parameters: object): string {
  const text = JSON.stringify(parameters, (_name, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
  );
  return createHash("sha256").update(text).digest("base64");
}

/**
 * Remembers a client's token, and says whether it was used before with the same parameters: then nothing is
 * to be done again. Faults: IdempotentParameterMismatchException.
 */
export async function wasDone(
  tx: Transaction,
  { account, region }: Scope,
  token: string,
  digest: string,
  nowMs: number,
): Promise<boolean> {
  const key: Key = [ROOT, TOKEN, account, region, token];
  const known = (await tx.get(key)) as unknown as TokenRecord | undefined;
  if (known && nowMs - known.atMs < KEPT_MS) {
    if (known.digest === digest) return true;
    throw fault(
      "IdempotentParameterMismatchException",
      "The provided client token is already in use with different request parameters",
    );
  }
  const record: TokenRecord = { v: 1, digest, atMs: nowMs };
  tx.set(key, { ...record });
  tx.set([ROOT, TOKEN_TIME, nowMs, account, region, token], null);
  await forgetOld(tx, nowMs);
  return false;
}

async function forgetOld(tx: Transaction, nowMs: number): Promise<void> {
  const range = { prefix: [ROOT, TOKEN_TIME], lt: [ROOT, TOKEN_TIME, nowMs - KEPT_MS] };
  for await (const [key] of tx.range(range, { limit: FORGOTTEN_AT_ONCE })) {
    const [, , atMs, account, region, token] = key;
    tx.delete(key);
    const place: Key = [ROOT, TOKEN, String(account), String(region), String(token)];
    const record = (await tx.get(place)) as unknown as TokenRecord | undefined;
    // The token may have been used anew since.
    if (record?.atMs === atMs) tx.delete(place);
  }
}
