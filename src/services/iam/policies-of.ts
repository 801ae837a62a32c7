import type { Transaction } from "../../store/store.ts";
import { find } from "./entities.ts";
import { missing } from "./faults.ts";
import { documentOf, type HolderKind, needPolicy } from "./find-policy.ts";
import type { Holder } from "./records.ts";
import type { SourcePolicy } from "./simulation.ts";

/** A user, group or role by its ARN. */
export async function needHolder(tx: Transaction, account: string, arn: string) {
  const [, owner = "", kind = "", name = ""] =
    /^arn:aws:iam::(\d{12}):(user|group|role)\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
  const holder = owner === account ? await find(tx, account, kind as HolderKind, name) : undefined;
  if (!holder) throw missing(`The entity ${arn} cannot be found.`);
  return { kind: kind as HolderKind, holder };
}

async function own(tx: Transaction, kind: HolderKind, holder: Holder): Promise<SourcePolicy[]> {
  const inline = Object.entries(holder.inline).map(([name, text]) => ({
    id: `${kind}_${holder.name}_${name}`,
    text,
  }));
  const managed: SourcePolicy[] = [];
  for (const arn of holder.attached) {
    const policy = await needPolicy(tx, holder.account, arn);
    managed.push({ id: policy.name, text: documentOf(policy) });
  }
  return [...inline, ...managed];
}

/** All policies that say what somebody may do: a user's groups' too. */
export async function policiesOf(tx: Transaction, kind: HolderKind, holder: Holder): Promise<SourcePolicy[]> {
  const policies = await own(tx, kind, holder);
  if (!("groups" in holder)) return policies;
  for (const name of holder.groups as readonly string[]) {
    const group = await find(tx, holder.account, "group", name);
    if (group) policies.push(...(await own(tx, "group", group)));
  }
  return policies;
}

export async function boundaryOf(
  tx: Transaction,
  { account, boundary }: Holder,
): Promise<SourcePolicy | undefined> {
  if (boundary === undefined) return undefined;
  const policy = await needPolicy(tx, account, boundary);
  return { id: policy.name, text: documentOf(policy) };
}
