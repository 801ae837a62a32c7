// Secure strings are kept encrypted, by a key of the account's own in each Region.
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction } from "../../store/store.ts";

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const keyOf = ({ account, region }: Scope): Key => ["ssmSeal", account, region];

/** The account's key, which is made when it is first needed; `fresh`: what it is then, 64 hex. */
export async function sealOf(tx: Transaction, scope: Scope, fresh: string): Promise<Buffer> {
  const known = (await tx.get(keyOf(scope))) as string | undefined;
  if (known === undefined) tx.set(keyOf(scope), fresh);
  return Buffer.from(known ?? fresh, "hex");
}

export async function readSeal(tx: Transaction, scope: Scope): Promise<Buffer | undefined> {
  const known = (await tx.get(keyOf(scope))) as string | undefined;
  return known === undefined ? undefined : Buffer.from(known, "hex");
}

/** `arn`: of the parameter; what is sealed for one cannot be opened as another's. `nonce`: 24 hex. */
export function seal(key: Buffer, arn: string, nonce: string, text: string): string {
  const start = Buffer.from(nonce, "hex");
  const cipher = createCipheriv(CIPHER, key, start).setAAD(Buffer.from(arn));
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([start, sealed, cipher.getAuthTag()]).toString("base64");
}

export function unseal(key: Buffer, arn: string, sealed: string): string {
  const bytes = Buffer.from(sealed, "base64");
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(arn));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
  return Buffer.concat([text, decipher.final()]).toString("utf8");
}
