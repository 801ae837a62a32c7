import type * as sdk from "@aws-sdk/client-iam";
import type { Handlers } from "../define.ts";
import { refuseWithPolicies } from "./attachments.ts";
import { boundaryFor } from "./boundaries.ts";
import { add, all, change, listed, need, remove } from "./entities.ts";
import { inUse } from "./faults.ts";
import { born } from "./names.ts";
import { page } from "./paging.ts";
import { checkTrustPolicy } from "./policy-document.ts";
import { checkTrustSize } from "./policy-sizes.ts";
import type { RoleRecord } from "./records.ts";
import { modifiable } from "./service-linked.ts";
import { listedRole, shownRole } from "./shown.ts";
import { withTags } from "./tags.ts";

const DEFAULT_SECONDS = 3600;

export const roles = {
  async CreateRole(input, context) {
    const { RoleName, Path, Tags, Description, AssumeRolePolicyDocument: trust = "" } = input;
    checkTrustPolicy(trust);
    checkTrustSize(trust);
    const base = born(context, "AROA", RoleName, { path: Path, tags: withTags({}, Tags) });
    const role = await context.store.transact(async (tx) => {
      const made: RoleRecord = {
        ...base,
        trust,
        ...(Description === undefined ? {} : { description: Description }),
        maxSessionSeconds: input.MaxSessionDuration ?? DEFAULT_SECONDS,
        inline: {},
        attached: [],
        ...(await boundaryFor(tx, base.account, input.PermissionsBoundary)),
      };
      await add(tx, "role", made);
      return made;
    });
    const { RoleLastUsed: _, ...shown } = shownRole(role);
    return { Role: shown };
  },

  async GetRole({ RoleName }, { store, scope }) {
    const role = await store.transact((tx) => need(tx, scope.account, "role", RoleName));
    return { Role: shownRole(role) };
  },

  async ListRoles(input, { store, scope }) {
    const { PathPrefix = "/" } = input;
    const found = await store.transact((tx) =>
      listed(all(tx, scope.account, "role"), ({ path }) => path.startsWith(PathPrefix)),
    );
    const { items, rest } = await page(found, ({ name }) => name, input);
    return { Roles: items.map(listedRole), ...rest };
  },

  async UpdateRole({ RoleName, Description, MaxSessionDuration }, context) {
    await change(context, "role", RoleName, (role) => ({
      ...(MaxSessionDuration === undefined ? role : modifiable(role)),
      ...(Description === undefined ? {} : { description: Description }),
      ...(MaxSessionDuration === undefined ? {} : { maxSessionSeconds: MaxSessionDuration }),
    }));
    return {};
  },

  async UpdateRoleDescription({ RoleName, Description = "" }, context) {
    const role = await change(context, "role", RoleName, (before) => ({
      ...before,
      description: Description,
    }));
    return { Role: shownRole(role) };
  },

  async UpdateAssumeRolePolicy({ RoleName, PolicyDocument = "" }, context) {
    await change(context, "role", RoleName, (role) => {
      modifiable(role);
      checkTrustPolicy(PolicyDocument);
      checkTrustSize(PolicyDocument);
      return { ...role, trust: PolicyDocument };
    });
    return {};
  },

  async DeleteRole({ RoleName }, { store, scope }) {
    await store.transact(async (tx) => {
      const role = modifiable(await need(tx, scope.account, "role", RoleName));
      for await (const profile of all(tx, scope.account, "instance-profile")) {
        if (profile.role === role.name) throw inUse("remove roles from instance profile first");
      }
      refuseWithPolicies(role);
      remove(tx, "role", role);
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;
