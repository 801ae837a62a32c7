import type * as sdk from "@aws-sdk/client-iam";
import type { Context, Handlers } from "../define.ts";
import { arnOf, change, need } from "./entities.ts";
import { fault, inUse, missing, overQuota } from "./faults.ts";
import { type HolderKind, needAttachable, needPolicy } from "./find-policy.ts";
import { page } from "./paging.ts";
import { QUOTAS } from "./quotas.ts";
import type { Holder } from "./records.ts";
import { modifiable } from "./service-linked.ts";

const MOST: Readonly<Record<HolderKind, readonly [string, number]>> = {
  user: ["PoliciesPerUser", QUOTAS.AttachedPoliciesPerUser],
  group: ["PoliciesPerGroup", QUOTAS.AttachedPoliciesPerGroup],
  role: ["PoliciesPerRole", QUOTAS.AttachedPoliciesPerRole],
};

/** What somebody holds policies of cannot be deleted. */
export function refuseWithPolicies({ attached, inline }: Holder): void {
  if (attached.length > 0) throw inUse("detach all policies first");
  if (Object.keys(inline).length > 0) throw inUse("delete policies first");
}

/** Only a service's own role may have a policy for such roles. */
function refuseForServices(arn: string): void {
  if (!arn.includes(":policy/aws-service-role/")) return;
  throw fault("PolicyNotAttachableException", "Cannot attach a Service Role Policy to a Customer Role.");
}

async function attach(
  context: Context,
  kind: HolderKind,
  name: string | undefined,
  arn = "",
): Promise<Record<never, never>> {
  await change(context, kind, name, async (holder, tx) => {
    const policy = arnOf("policy", await needAttachable(tx, holder.account, arn));
    refuseForServices(policy);
    modifiable(holder);
    if (holder.attached.includes(policy)) return holder;
    const [quota, most] = MOST[kind];
    if (holder.attached.length >= most) throw overQuota(quota, most);
    return { ...holder, attached: [...holder.attached, policy] };
  });
  return {};
}

async function detach(
  context: Context,
  kind: HolderKind,
  name: string | undefined,
  arn = "",
): Promise<Record<never, never>> {
  await change(context, kind, name, (holder) => {
    modifiable(holder);
    if (!holder.attached.includes(arn)) throw missing(`Policy ${arn} was not found.`);
    return { ...holder, attached: holder.attached.filter((one) => one !== arn) };
  });
  return {};
}

interface Asked {
  readonly PathPrefix?: string | undefined;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

async function attachedTo(context: Context, kind: HolderKind, name: string | undefined, asked: Asked) {
  const { PathPrefix = "/" } = asked;
  const { account } = context.scope;
  const found = await context.store.transact(async (tx) => {
    const { attached } = await need(tx, account, kind, name);
    const policies = await Promise.all(attached.map((arn) => needPolicy(tx, account, arn)));
    return policies.filter(({ path }) => path.startsWith(PathPrefix));
  });
  const shown = found.map((policy) => ({ PolicyName: policy.name, PolicyArn: arnOf("policy", policy) }));
  const { items, rest } = await page(shown, ({ PolicyName }) => PolicyName, asked);
  return { AttachedPolicies: items, ...rest };
}

export const attachments = {
  AttachUserPolicy: ({ UserName, PolicyArn }, context) => attach(context, "user", UserName, PolicyArn),
  AttachGroupPolicy: ({ GroupName, PolicyArn }, context) => attach(context, "group", GroupName, PolicyArn),
  AttachRolePolicy: ({ RoleName, PolicyArn }, context) => attach(context, "role", RoleName, PolicyArn),
  DetachUserPolicy: ({ UserName, PolicyArn }, context) => detach(context, "user", UserName, PolicyArn),
  DetachGroupPolicy: ({ GroupName, PolicyArn }, context) => detach(context, "group", GroupName, PolicyArn),
  DetachRolePolicy: ({ RoleName, PolicyArn }, context) => detach(context, "role", RoleName, PolicyArn),
  ListAttachedUserPolicies: (input, context) => attachedTo(context, "user", input.UserName, input),
  ListAttachedGroupPolicies: (input, context) => attachedTo(context, "group", input.GroupName, input),
  ListAttachedRolePolicies: (input, context) => attachedTo(context, "role", input.RoleName, input),
} satisfies Handlers<typeof sdk>;
