import type { Transaction } from "../../store/store.ts";
import { awsPolicy, unknownDocument } from "./aws-managed.ts";
import { all, arnOf, needByArn } from "./entities.ts";
import { fault } from "./faults.ts";
import type { Holder, PolicyRecord } from "./records.ts";

/** A managed policy, the account's own or one of AWS. */
export async function needPolicy(
  tx: Transaction,
  account: string,
  arn: string | undefined = "",
): Promise<PolicyRecord> {
  return awsPolicy(arn) ?? needByArn(tx, account, "policy", arn);
}

/** The same, where it is to be attached. */
export async function needAttachable(tx: Transaction, account: string, arn: string): Promise<PolicyRecord> {
  try {
    return await needPolicy(tx, account, arn);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "NoSuchEntityException") throw error;
    throw fault("NoSuchEntityException", `Policy ${arn} does not exist or is not attachable.`);
  }
}

/** What a policy says in its default version. */
export function documentOf(policy: PolicyRecord): string {
  const version = policy.versions.find(({ id }) => id === policy.defaultVersion);
  if (!version) throw unknownDocument(policy);
  return version.document;
}

/** Who has policies. */
export type HolderKind = "user" | "group" | "role";

const HOLDERS = ["user", "group", "role"] as const;

export async function* holders(tx: Transaction, account: string) {
  for (const kind of HOLDERS) {
    for await (const holder of all(tx, account, kind)) yield { kind, holder: holder as Holder };
  }
}

/** How often policies are attached, and how often they are boundaries, by their ARNs. */
export async function policyUses(tx: Transaction, account: string) {
  const attached = new Map<string, number>();
  const boundaries = new Map<string, number>();
  const count = (counts: Map<string, number>, arn: string) => counts.set(arn, (counts.get(arn) ?? 0) + 1);
  for await (const { holder } of holders(tx, account)) {
    for (const arn of holder.attached) count(attached, arn);
    if (holder.boundary !== undefined) count(boundaries, holder.boundary);
  }
  return { attached, boundaries };
}

/** Whether a policy is attached, bounds somebody, or either. */
export const usesOf = (uses: Awaited<ReturnType<typeof policyUses>>, policy: PolicyRecord) => {
  const arn = arnOf("policy", policy);
  return { attachments: uses.attached.get(arn) ?? 0, boundaries: uses.boundaries.get(arn) ?? 0 };
};
