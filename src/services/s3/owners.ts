import { createHash } from "node:crypto";

/** The canonical user id of an account: 64 hexadecimal digits, the same every time. */
export function canonicalId(account: string): string {
  return createHash("sha256").update(`canonical user of ${account}`).digest("hex");
}

/** The Owner member of answers. */
export function ownerOf(account: string): { ID: string; DisplayName: string } {
  return { ID: canonicalId(account), DisplayName: account };
}
