import type * as sdk from "@aws-sdk/client-iam";
import type { Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { all, arnOf, listed } from "./entities.ts";
import { needPolicy, policyUses } from "./find-policy.ts";
import { encoded } from "./names.ts";
import { page } from "./paging.ts";
import { shownPolicy } from "./policies.ts";
import type { Holder, PolicyRecord } from "./records.ts";
import { shownGroup, shownProfile, shownRole, shownUser } from "./shown.ts";
import { shownTags } from "./tags.ts";

const inlineOf = ({ inline }: Holder) =>
  Object.entries(inline).map(([PolicyName, document]) => ({
    PolicyName,
    PolicyDocument: encoded(document),
  }));

const attachedTo = (tx: Transaction, { account, attached }: Holder) =>
  Promise.all(
    attached.map(async (arn) => ({
      PolicyName: (await needPolicy(tx, account, arn)).name,
      PolicyArn: arn,
    })),
  );

/** One thing that the answer tells, and where it belongs. */
type Detail =
  | { readonly UserDetailList: sdk.UserDetail }
  | { readonly GroupDetailList: sdk.GroupDetail }
  | { readonly RoleDetailList: sdk.RoleDetail }
  | { readonly Policies: sdk.ManagedPolicyDetail };

interface Placed {
  readonly place: string;
  readonly detail: Detail;
}

async function userDetails(tx: Transaction, account: string): Promise<Placed[]> {
  const users = await listed(all(tx, account, "user"));
  return Promise.all(
    users.map(async (user) => ({
      place: `user/${user.name}`,
      detail: {
        UserDetailList: {
          ...shownUser(user),
          UserPolicyList: inlineOf(user),
          GroupList: [...user.groups],
          AttachedManagedPolicies: await attachedTo(tx, user),
          Tags: shownTags(user.tags),
        },
      },
    })),
  );
}

async function groupDetails(tx: Transaction, account: string): Promise<Placed[]> {
  const groups = await listed(all(tx, account, "group"));
  return Promise.all(
    groups.map(async (group) => ({
      place: `group/${group.name}`,
      detail: {
        GroupDetailList: {
          ...shownGroup(group),
          GroupPolicyList: inlineOf(group),
          AttachedManagedPolicies: await attachedTo(tx, group),
        },
      },
    })),
  );
}

async function roleDetails(tx: Transaction, account: string): Promise<Placed[]> {
  const roles = await listed(all(tx, account, "role"));
  const profiles = await listed(all(tx, account, "instance-profile"));
  return Promise.all(
    roles.map(async (role) => {
      const { Description: _, MaxSessionDuration: __, ...shown } = shownRole(role);
      return {
        place: `role/${role.name}`,
        detail: {
          RoleDetailList: {
            ...shown,
            InstanceProfileList: profiles
              .filter((profile) => profile.role === role.name)
              .map((profile) => shownProfile(profile, role)),
            RolePolicyList: inlineOf(role),
            AttachedManagedPolicies: await attachedTo(tx, role),
            Tags: shownTags(role.tags),
          },
        },
      };
    }),
  );
}

/** The account's own policies, and those of AWS that somebody has. */
async function policyDetails(tx: Transaction, account: string, isWanted: (kind: string) => boolean) {
  const uses = await policyUses(tx, account);
  const own = isWanted("LocalManagedPolicy") ? await listed(all(tx, account, "policy")) : [];
  const arns = new Set([...uses.attached.keys(), ...uses.boundaries.keys()]);
  const ofAws: PolicyRecord[] = [];
  for (const arn of isWanted("AWSManagedPolicy") ? arns : []) {
    if (arn.startsWith("arn:aws:iam::aws:")) ofAws.push(await needPolicy(tx, account, arn));
  }
  return [...own, ...ofAws].map(
    (policy): Placed => ({
      place: `z/${arnOf("policy", policy)}`,
      detail: {
        Policies: {
          ...shownPolicy(policy, uses),
          PolicyVersionList: policy.versions.map(({ id, document, createdMs }) => ({
            Document: encoded(document),
            VersionId: id,
            IsDefaultVersion: id === policy.defaultVersion,
            CreateDate: new Date(createdMs),
          })),
        },
      },
    }),
  );
}

export const authorizationDetails = {
  async GetAccountAuthorizationDetails(input, { store, scope }) {
    const { Filter = [] } = input;
    const isWanted = (kind: string) => Filter.length === 0 || (Filter as string[]).includes(kind);
    const { account } = scope;
    const found = await store.transact(async (tx) => [
      ...(isWanted("User") ? await userDetails(tx, account) : []),
      ...(isWanted("Group") ? await groupDetails(tx, account) : []),
      ...(isWanted("Role") ? await roleDetails(tx, account) : []),
      ...(await policyDetails(tx, account, isWanted)),
    ]);
    const { items, rest } = await page(found, ({ place }) => place, input);
    const details = items.map(({ detail }) => detail);
    return {
      UserDetailList: details.flatMap((one) => ("UserDetailList" in one ? [one.UserDetailList] : [])),
      GroupDetailList: details.flatMap((one) => ("GroupDetailList" in one ? [one.GroupDetailList] : [])),
      RoleDetailList: details.flatMap((one) => ("RoleDetailList" in one ? [one.RoleDetailList] : [])),
      Policies: details.flatMap((one) => ("Policies" in one ? [one.Policies] : [])),
      ...rest,
    };
  },
} satisfies Handlers<typeof sdk>;
