import type * as sdk from "@aws-sdk/client-iam";
import type { Handlers } from "../define.ts";
import { refuseWithPolicies } from "./attachments.ts";
import { add, all, change, find, listed, need, put, remove, rename } from "./entities.ts";
import { inUse, missing, overQuota } from "./faults.ts";
import { born } from "./names.ts";
import { page } from "./paging.ts";
import { QUOTAS } from "./quotas.ts";
import type { GroupRecord } from "./records.ts";
import { listedUser, shownGroup } from "./shown.ts";

export const groups = {
  async CreateGroup({ GroupName, Path }, context) {
    const group: GroupRecord = {
      ...born(context, "AGPA", GroupName, { path: Path }),
      inline: {},
      attached: [],
    };
    await context.store.transact((tx) => add(tx, "group", group));
    return { Group: shownGroup(group) };
  },

  async GetGroup(input, { store, scope }) {
    const { group, members } = await store.transact(async (tx) => {
      const found = await need(tx, scope.account, "group", input.GroupName);
      const isMember = (user: { groups: readonly string[] }) => user.groups.includes(found.name);
      return { group: found, members: await listed(all(tx, scope.account, "user"), isMember) };
    });
    const { items, rest } = await page(members, ({ name }) => name, input);
    return { Group: shownGroup(group), Users: items.map(listedUser), ...rest };
  },

  async ListGroups(input, { store, scope }) {
    const { PathPrefix = "/" } = input;
    const found = await store.transact((tx) =>
      listed(all(tx, scope.account, "group"), ({ path }) => path.startsWith(PathPrefix)),
    );
    const { items, rest } = await page(found, ({ name }) => name, input);
    return { Groups: items.map(shownGroup), ...rest };
  },

  async ListGroupsForUser(input, { store, scope }) {
    const found = await store.transact(async (tx) => {
      const user = await need(tx, scope.account, "user", input.UserName);
      const all = await Promise.all(user.groups.map((name) => find(tx, scope.account, "group", name)));
      return all.filter((group) => group !== undefined);
    });
    const { items, rest } = await page(found, ({ name }) => name, input);
    return { Groups: items.map(shownGroup), ...rest };
  },

  async UpdateGroup({ GroupName, NewGroupName, NewPath }, { store, scope }) {
    await store.transact(async (tx) => {
      const group = await need(tx, scope.account, "group", GroupName);
      const after = await rename(tx, "group", group, { name: NewGroupName, path: NewPath });
      for await (const user of all(tx, scope.account, "user")) {
        if (!user.groups.includes(group.name)) continue;
        put(tx, "user", {
          ...user,
          groups: user.groups.map((name) => (name === group.name ? after.name : name)),
        });
      }
    });
    return {};
  },

  async DeleteGroup({ GroupName }, { store, scope }) {
    await store.transact(async (tx) => {
      const group = await need(tx, scope.account, "group", GroupName);
      for await (const user of all(tx, scope.account, "user")) {
        if (user.groups.includes(group.name)) throw inUse("remove users from group first");
      }
      refuseWithPolicies(group);
      remove(tx, "group", group);
    });
    return {};
  },

  async AddUserToGroup({ GroupName, UserName }, context) {
    await change(context, "user", UserName, async (user, tx) => {
      const group = await need(tx, user.account, "group", GroupName);
      if (user.groups.includes(group.name)) return user;
      if (user.groups.length >= QUOTAS.GroupsPerUser) throw overQuota("GroupsPerUser", QUOTAS.GroupsPerUser);
      return { ...user, groups: [...user.groups, group.name] };
    });
    return {};
  },

  async RemoveUserFromGroup({ GroupName, UserName }, context) {
    await change(context, "user", UserName, async (user, tx) => {
      const group = await need(tx, user.account, "group", GroupName);
      if (!user.groups.includes(group.name)) {
        throw missing(`The user with name ${user.name} is not a member of the group ${group.name}.`);
      }
      return { ...user, groups: user.groups.filter((name) => name !== group.name) };
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;
