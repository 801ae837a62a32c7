import type * as sdk from "@aws-sdk/client-iam";
import type { Handlers } from "../define.ts";
import { keysOf, moveKeys } from "./access-key-records.ts";
import { refuseWithPolicies } from "./attachments.ts";
import { boundaryFor } from "./boundaries.ts";
import { add, all, listed, need, put, remove, rename } from "./entities.ts";
import { inUse } from "./faults.ts";
import { born, userNamed } from "./names.ts";
import { page } from "./paging.ts";
import type { UserRecord } from "./records.ts";
import { listedUser, shownUser } from "./shown.ts";
import { withTags } from "./tags.ts";

export const users = {
  async CreateUser(input, context) {
    const { UserName, Path, Tags, PermissionsBoundary } = input;
    const base = born(context, "AIDA", UserName, { path: Path, tags: withTags({}, Tags) });
    const user = await context.store.transact(async (tx) => {
      const made: UserRecord = {
        ...base,
        inline: {},
        attached: [],
        ...(await boundaryFor(tx, base.account, PermissionsBoundary)),
        groups: [],
        sshKeys: [],
        signingCertificates: [],
        serviceCredentials: [],
      };
      await add(tx, "user", made);
      return made;
    });
    return { User: shownUser(user) };
  },

  async GetUser({ UserName }, context) {
    const { account, arn } = context.principal;
    if (UserName === undefined && arn.endsWith(":root")) {
      return { User: { Path: "/", UserName: undefined, UserId: account, Arn: arn, CreateDate: new Date(0) } };
    }
    const name = userNamed(context, UserName);
    const user = await context.store.transact((tx) => need(tx, context.scope.account, "user", name));
    return { User: shownUser(user) };
  },

  async ListUsers(input, { store, scope }) {
    const { PathPrefix = "/" } = input;
    const found = await store.transact((tx) =>
      listed(all(tx, scope.account, "user"), ({ path }) => path.startsWith(PathPrefix)),
    );
    const { items, rest } = await page(found, ({ name }) => name, input);
    return { Users: items.map(listedUser), ...rest };
  },

  async UpdateUser({ UserName, NewUserName, NewPath }, { store, scope }) {
    await store.transact(async (tx) => {
      const user = await need(tx, scope.account, "user", UserName);
      const after = await rename(tx, "user", user, { name: NewUserName, path: NewPath });
      await moveKeys(tx, user, after.name);
      for await (const device of all(tx, scope.account, "mfa")) {
        if (device.user === user.name) put(tx, "mfa", { ...device, user: after.name });
      }
    });
    return {};
  },

  async DeleteUser({ UserName }, { store, scope }) {
    await store.transact(async (tx) => {
      const user = await need(tx, scope.account, "user", UserName);
      const keys = await listed(keysOf(tx, scope.account, user.name));
      const devices = await listed(all(tx, scope.account, "mfa"), (device) => device.user === user.name);
      if (keys.length > 0) throw inUse("delete access keys first");
      if (user.signingCertificates.length > 0) throw inUse("delete signing certificate first");
      if (user.sshKeys.length > 0) throw inUse("delete SSH public keys first");
      if (user.serviceCredentials.length > 0) throw inUse("delete service specific credentials first");
      if (user.login) throw inUse("delete login profile first");
      if (devices.length > 0) throw inUse("delete MFA device first");
      if (user.groups.length > 0) throw inUse("remove users from group first");
      refuseWithPolicies(user);
      remove(tx, "user", user);
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;
