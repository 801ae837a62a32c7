import { fault, overQuota } from "./faults.ts";
import { QUOTAS } from "./quotas.ts";

/** White space is not counted. */
const sizeOf = (document: string) => document.replace(/\s/g, "").length;

const INLINE = {
  user: QUOTAS.UserPolicySize,
  group: QUOTAS.GroupPolicySize,
  role: QUOTAS.RolePolicySize,
} as const;

/** All inline policies of one together. */
export function checkInlineSize(
  kind: keyof typeof INLINE,
  name: string,
  inline: Readonly<Record<string, string>>,
): void {
  const size = Object.values(inline).reduce((sum, document) => sum + sizeOf(document), 0);
  if (size <= INLINE[kind]) return;
  throw fault(
    "LimitExceededException",
    `Maximum policy size of ${INLINE[kind]} bytes exceeded for ${kind} ${name}`,
  );
}

export function checkManagedSize(document: string): void {
  if (sizeOf(document) > QUOTAS.PolicySize) throw overQuota("PolicySize", QUOTAS.PolicySize);
}

export function checkTrustSize(document: string): void {
  if (sizeOf(document) > QUOTAS.AssumeRolePolicySize) {
    throw overQuota("ACLSizePerRole", QUOTAS.AssumeRolePolicySize);
  }
}
