import type * as sdk from "@aws-sdk/client-iam";
import type { Handlers } from "../define.ts";
import { all, listed, readAccount, writeAccount } from "./entities.ts";
import { fault, missing } from "./faults.ts";
import { QUOTAS } from "./quotas.ts";

export const account = {
  async CreateAccountAlias({ AccountAlias = "" }, { store, scope }) {
    if (/^\d{12}$/.test(AccountAlias)) {
      throw fault("InvalidInputException", "The account alias must not be an account ID.");
    }
    await store.transact(async (tx) => {
      writeAccount(tx, scope.account, { ...(await readAccount(tx, scope.account)), alias: AccountAlias });
    });
    return {};
  },

  async DeleteAccountAlias({ AccountAlias = "" }, { store, scope }) {
    await store.transact(async (tx) => {
      const { alias, ...rest } = await readAccount(tx, scope.account);
      if (alias !== AccountAlias) {
        throw missing(`The account alias ${AccountAlias} cannot be found.`);
      }
      writeAccount(tx, scope.account, rest);
    });
    return {};
  },

  async ListAccountAliases(_input, { store, scope }) {
    const { alias } = await store.transact((tx) => readAccount(tx, scope.account));
    return { AccountAliases: alias === undefined ? [] : [alias], IsTruncated: false };
  },

  async SetSecurityTokenServicePreferences({ GlobalEndpointTokenVersion }, { store, scope }) {
    await store.transact(async (tx) => {
      const before = await readAccount(tx, scope.account);
      writeAccount(tx, scope.account, {
        ...before,
        ...(GlobalEndpointTokenVersion === undefined ? {} : { tokenVersion: GlobalEndpointTokenVersion }),
      });
    });
    return {};
  },

  async GetAccountSummary(_input, { store, scope }) {
    const counts = await store.transact(async (tx) => {
      const count = async (kind: Parameters<typeof all>[2]) =>
        (await listed(all(tx, scope.account, kind))).length;
      const policies = await listed(all(tx, scope.account, "policy"));
      const devices = await listed(all(tx, scope.account, "mfa"));
      const { tokenVersion = "v1Token" } = await readAccount(tx, scope.account);
      return {
        Users: await count("user"),
        Groups: await count("group"),
        Roles: await count("role"),
        InstanceProfiles: await count("instance-profile"),
        ServerCertificates: await count("server-certificate"),
        Providers: (await count("oidc-provider")) + (await count("saml-provider")),
        Policies: policies.length,
        PolicyVersionsInUse: policies.reduce((sum, { versions }) => sum + versions.length, 0),
        MFADevices: devices.length,
        MFADevicesInUse: devices.filter(({ user }) => user !== undefined).length,
        GlobalEndpointTokenVersion: tokenVersion === "v2Token" ? 2 : 1,
      };
    });
    return { SummaryMap: { ...counts, ...OF_THE_ROOT, ...LIMITS } };
  },
} satisfies Handlers<typeof sdk>;

const OF_THE_ROOT = {
  AccountAccessKeysPresent: 0,
  AccountMFAEnabled: 0,
  AccountPasswordPresent: 1,
  AccountSigningCertificatesPresent: 0,
};

const LIMITS = {
  UsersQuota: QUOTAS.Users,
  GroupsQuota: QUOTAS.Groups,
  RolesQuota: QUOTAS.Roles,
  PoliciesQuota: QUOTAS.Policies,
  InstanceProfilesQuota: QUOTAS.InstanceProfiles,
  ServerCertificatesQuota: QUOTAS.ServerCertificates,
  AccessKeysPerUserQuota: QUOTAS.AccessKeysPerUser,
  SigningCertificatesPerUserQuota: QUOTAS.SigningCertificatesPerUser,
  GroupsPerUserQuota: QUOTAS.GroupsPerUser,
  AttachedPoliciesPerGroupQuota: QUOTAS.AttachedPoliciesPerGroup,
  AttachedPoliciesPerRoleQuota: QUOTAS.AttachedPoliciesPerRole,
  AttachedPoliciesPerUserQuota: QUOTAS.AttachedPoliciesPerUser,
  PolicySizeQuota: QUOTAS.PolicySize,
  UserPolicySizeQuota: QUOTAS.UserPolicySize,
  GroupPolicySizeQuota: QUOTAS.GroupPolicySize,
  AssumeRolePolicySizeQuota: QUOTAS.AssumeRolePolicySize,
  VersionsPerPolicyQuota: QUOTAS.VersionsPerPolicy,
  PolicyVersionsInUseQuota: 10_000,
};
