import type * as sdk from "@aws-sdk/client-iam";
import type { Handlers } from "../define.ts";
import { awsPolicies } from "./aws-managed.ts";
import { add, all, arnOf, listed, needByArn, remove } from "./entities.ts";
import { fault } from "./faults.ts";
import { type HolderKind, holders, needPolicy, policyUses, usesOf } from "./find-policy.ts";
import { born } from "./names.ts";
import { page } from "./paging.ts";
import { checkIdentityPolicy } from "./policy-document.ts";
import { checkManagedSize } from "./policy-sizes.ts";
import type { Holder, PolicyRecord } from "./records.ts";
import { shownTags, tagsMember, withTags } from "./tags.ts";

type Uses = ReturnType<typeof usesOf>;

const listedPolicy = (policy: PolicyRecord, { attachments, boundaries }: Uses) => ({
  PolicyName: policy.name,
  PolicyId: policy.id,
  Arn: arnOf("policy", policy),
  Path: policy.path,
  DefaultVersionId: policy.defaultVersion,
  AttachmentCount: attachments,
  PermissionsBoundaryUsageCount: boundaries,
  IsAttachable: true,
  CreateDate: new Date(policy.createdMs),
  UpdateDate: new Date(policy.updatedMs),
});

/** With what a list does not tell. */
export const shownPolicy = (policy: PolicyRecord, uses: Parameters<typeof usesOf>[0]) => ({
  ...listedPolicy(policy, usesOf(uses, policy)),
  ...(policy.description === undefined ? {} : { Description: policy.description }),
});

const UNUSED: Uses = { attachments: 0, boundaries: 0 };

/** `usage`: by what a policy is held, where only that counts. */
function isUsed({ attachments, boundaries }: Uses, usage: string | undefined): boolean {
  if (usage === "PermissionsPolicy") return attachments > 0;
  if (usage === "PermissionsBoundary") return boundaries > 0;
  return attachments + boundaries > 0;
}

export const policies = {
  async CreatePolicy({ PolicyName, Path, PolicyDocument = "", Description, Tags }, context) {
    checkIdentityPolicy(PolicyDocument, true);
    checkManagedSize(PolicyDocument);
    const base = born(context, "ANPA", PolicyName, { path: Path, tags: withTags({}, Tags) });
    const policy: PolicyRecord = {
      ...base,
      ...(Description === undefined ? {} : { description: Description }),
      updatedMs: base.createdMs,
      versions: [{ id: "v1", document: PolicyDocument, createdMs: base.createdMs }],
      defaultVersion: "v1",
      lastNumber: 1,
    };
    await context.store.transact((tx) => add(tx, "policy", policy));
    return { Policy: { ...listedPolicy(policy, UNUSED), ...tagsMember(policy.tags) } };
  },

  async GetPolicy({ PolicyArn }, { store, scope }) {
    const { policy, uses } = await store.transact(async (tx) => ({
      policy: await needPolicy(tx, scope.account, PolicyArn),
      uses: await policyUses(tx, scope.account),
    }));
    return { Policy: { ...shownPolicy(policy, uses), Tags: shownTags(policy.tags) } };
  },

  async ListPolicies(input, { store, scope }) {
    const { Scope = "All", OnlyAttached, PathPrefix = "/", PolicyUsageFilter } = input;
    const { found, uses } = await store.transact(async (tx) => ({
      found: await listed(all(tx, scope.account, "policy")),
      uses: await policyUses(tx, scope.account),
    }));
    const wanted = [...(Scope === "AWS" ? [] : found), ...(Scope === "Local" ? [] : awsPolicies())].filter(
      (policy) => {
        if (!policy.path.startsWith(PathPrefix)) return false;
        if (!OnlyAttached && PolicyUsageFilter === undefined) return true;
        return isUsed(usesOf(uses, policy), OnlyAttached ? "PermissionsPolicy" : PolicyUsageFilter);
      },
    );
    const { items, rest } = await page(wanted, (policy) => arnOf("policy", policy), input);
    return { Policies: items.map((policy) => listedPolicy(policy, usesOf(uses, policy))), ...rest };
  },

  async DeletePolicy({ PolicyArn }, { store, scope }) {
    await store.transact(async (tx) => {
      const policy = await needByArn(tx, scope.account, "policy", PolicyArn);
      const uses = usesOf(await policyUses(tx, scope.account), policy);
      if (isUsed(uses, undefined)) {
        throw fault("DeleteConflictException", "Cannot delete a policy attached to entities.");
      }
      if (policy.versions.length > 1) {
        throw fault(
          "DeleteConflictException",
          "This policy has more than one version. Before you delete a policy, you must delete the policy's " +
            "versions. The default version is deleted with the policy.",
        );
      }
      remove(tx, "policy", policy);
    });
    return {};
  },

  async ListEntitiesForPolicy(input, { store, scope }) {
    const { EntityFilter, PathPrefix = "/", PolicyUsageFilter } = input;
    const wanted: Readonly<Record<string, HolderKind>> = { User: "user", Group: "group", Role: "role" };
    const kind = EntityFilter === undefined ? undefined : wanted[EntityFilter];
    const found = await store.transact(async (tx) => {
      const arn = arnOf("policy", await needPolicy(tx, scope.account, input.PolicyArn));
      return listed(holders(tx, scope.account), ({ kind: own, holder }) => {
        if (EntityFilter !== undefined && own !== kind) return false;
        const attached = PolicyUsageFilter !== "PermissionsBoundary" && holder.attached.includes(arn);
        const bounds = PolicyUsageFilter !== "PermissionsPolicy" && holder.boundary === arn;
        return holder.path.startsWith(PathPrefix) && (attached || bounds);
      });
    });
    const { items, rest } = await page(found, ({ kind: own, holder }) => `${own}/${holder.name}`, input);
    const of = (own: HolderKind): Holder[] =>
      items.filter((item) => item.kind === own).map(({ holder }) => holder);
    return {
      PolicyGroups: of("group").map(({ name, id }) => ({ GroupName: name, GroupId: id })),
      PolicyUsers: of("user").map(({ name, id }) => ({ UserName: name, UserId: id })),
      PolicyRoles: of("role").map(({ name, id }) => ({ RoleName: name, RoleId: id })),
      ...rest,
    };
  },
} satisfies Handlers<typeof sdk>;
