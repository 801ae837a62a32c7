import type * as sdk from "@aws-sdk/client-iam";
import type { Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { add, all, change, find, listed, need, remove } from "./entities.ts";
import { inUse, missing, overQuota } from "./faults.ts";
import { born } from "./names.ts";
import { page } from "./paging.ts";
import { QUOTAS } from "./quotas.ts";
import type { InstanceProfileRecord } from "./records.ts";
import { shownProfile } from "./shown.ts";
import { tagsMember, withTags } from "./tags.ts";

async function withRole(tx: Transaction, profile: InstanceProfileRecord) {
  const { account, role } = profile;
  return shownProfile(profile, role === undefined ? undefined : await find(tx, account, "role", role));
}

export const instanceProfiles = {
  async CreateInstanceProfile({ InstanceProfileName, Path, Tags }, context) {
    const profile: InstanceProfileRecord = born(context, "AIPA", InstanceProfileName, {
      path: Path,
      tags: withTags({}, Tags),
    });
    await context.store.transact((tx) => add(tx, "instance-profile", profile));
    return { InstanceProfile: { ...shownProfile(profile, undefined), ...tagsMember(profile.tags) } };
  },

  async GetInstanceProfile({ InstanceProfileName }, { store, scope }) {
    const InstanceProfile = await store.transact(async (tx) => {
      const profile = await need(tx, scope.account, "instance-profile", InstanceProfileName);
      return { ...(await withRole(tx, profile)), ...tagsMember(profile.tags) };
    });
    return { InstanceProfile };
  },

  async ListInstanceProfiles(input, { store, scope }) {
    const { PathPrefix = "/" } = input;
    const found = await store.transact(async (tx) => {
      const isWanted = ({ path }: InstanceProfileRecord) => path.startsWith(PathPrefix);
      const profiles = await listed(all(tx, scope.account, "instance-profile"), isWanted);
      return Promise.all(profiles.map((profile) => withRole(tx, profile)));
    });
    const { items, rest } = await page(found, (profile) => profile.InstanceProfileName, input);
    return { InstanceProfiles: items, ...rest };
  },

  async ListInstanceProfilesForRole(input, { store, scope }) {
    const found = await store.transact(async (tx) => {
      const role = await need(tx, scope.account, "role", input.RoleName);
      const isWanted = (profile: InstanceProfileRecord) => profile.role === role.name;
      const profiles = await listed(all(tx, scope.account, "instance-profile"), isWanted);
      return profiles.map((profile) => shownProfile(profile, role));
    });
    const { items, rest } = await page(found, (profile) => profile.InstanceProfileName, input);
    return { InstanceProfiles: items, ...rest };
  },

  async AddRoleToInstanceProfile({ InstanceProfileName, RoleName }, context) {
    await change(context, "instance-profile", InstanceProfileName, async (profile, tx) => {
      const role = await need(tx, profile.account, "role", RoleName);
      if (profile.role !== undefined) {
        throw overQuota("InstanceSessionsPerInstanceProfile", QUOTAS.RolesPerInstanceProfile);
      }
      return { ...profile, role: role.name };
    });
    return {};
  },

  async RemoveRoleFromInstanceProfile({ InstanceProfileName, RoleName }, context) {
    await change(context, "instance-profile", InstanceProfileName, async (profile, tx) => {
      const { name } = await need(tx, profile.account, "role", RoleName);
      const { role, ...rest } = profile;
      if (role !== name) throw missing(`Role ${name} in Instance Profile ${profile.name} cannot be found.`);
      return rest;
    });
    return {};
  },

  async DeleteInstanceProfile({ InstanceProfileName }, { store, scope }) {
    await store.transact(async (tx) => {
      const profile = await need(tx, scope.account, "instance-profile", InstanceProfileName);
      if (profile.role !== undefined) throw inUse("remove roles from instance profile first");
      remove(tx, "instance-profile", profile);
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;
