import type * as sdk from "@aws-sdk/client-iam";
import type { Handlers } from "../define.ts";
import { unknownDocument } from "./aws-managed.ts";
import { arnOf, needByArn, put } from "./entities.ts";
import { fault, missing } from "./faults.ts";
import { needPolicy } from "./find-policy.ts";
import { encoded, nowMs } from "./names.ts";
import { page } from "./paging.ts";
import { checkIdentityPolicy } from "./policy-document.ts";
import { checkManagedSize } from "./policy-sizes.ts";
import { QUOTAS } from "./quotas.ts";
import type { PolicyRecord, PolicyVersion } from "./records.ts";

const shown = (policy: PolicyRecord, { id, createdMs }: PolicyVersion) => ({
  VersionId: id,
  IsDefaultVersion: id === policy.defaultVersion,
  CreateDate: new Date(createdMs),
});

function needVersion(policy: PolicyRecord, version: string | undefined): PolicyVersion {
  const found = policy.versions.find(({ id }) => id === version);
  if (found) return found;
  if (policy.versions.length === 0) throw unknownDocument(policy);
  throw missing(`Policy ${arnOf("policy", policy)} version ${version} does not exist or is not attachable.`);
}

export const policyVersions = {
  async CreatePolicyVersion({ PolicyArn, PolicyDocument = "", SetAsDefault = false }, context) {
    const createdMs = nowMs(context);
    return context.store.transact(async (tx) => {
      const policy = await needByArn(tx, context.scope.account, "policy", PolicyArn);
      checkIdentityPolicy(PolicyDocument, true);
      checkManagedSize(PolicyDocument);
      if (policy.versions.length >= QUOTAS.VersionsPerPolicy) {
        throw fault(
          "LimitExceededException",
          `A managed policy can have up to ${QUOTAS.VersionsPerPolicy} versions. Before you create a new ` +
            "version, you must delete an existing version.",
        );
      }
      const lastNumber = policy.lastNumber + 1;
      const version = { id: `v${lastNumber}`, document: PolicyDocument, createdMs };
      const after: PolicyRecord = {
        ...policy,
        lastNumber,
        updatedMs: createdMs,
        versions: [...policy.versions, version],
        defaultVersion: SetAsDefault ? version.id : policy.defaultVersion,
      };
      put(tx, "policy", after);
      return { PolicyVersion: shown(after, version) };
    });
  },

  async GetPolicyVersion({ PolicyArn, VersionId }, { store, scope }) {
    const policy = await store.transact((tx) => needPolicy(tx, scope.account, PolicyArn));
    const version = needVersion(policy, VersionId);
    return { PolicyVersion: { Document: encoded(version.document), ...shown(policy, version) } };
  },

  async ListPolicyVersions(input, { store, scope }) {
    const policy = await store.transact((tx) => needPolicy(tx, scope.account, input.PolicyArn));
    // The latest first.
    const placeOf = ({ id }: PolicyVersion) => String(1e6 - Number(id.slice(1))).padStart(7, "0");
    const { items, rest } = await page(policy.versions, placeOf, input);
    return { Versions: items.map((version) => shown(policy, version)), ...rest };
  },

  async SetDefaultPolicyVersion({ PolicyArn, VersionId }, context) {
    const updatedMs = nowMs(context);
    await context.store.transact(async (tx) => {
      const policy = await needByArn(tx, context.scope.account, "policy", PolicyArn);
      put(tx, "policy", { ...policy, updatedMs, defaultVersion: needVersion(policy, VersionId).id });
    });
    return {};
  },

  async DeletePolicyVersion({ PolicyArn, VersionId }, { store, scope }) {
    await store.transact(async (tx) => {
      const policy = await needByArn(tx, scope.account, "policy", PolicyArn);
      const { id } = needVersion(policy, VersionId);
      if (id === policy.defaultVersion) {
        throw fault("DeleteConflictException", "Cannot delete the default version of a policy.");
      }
      put(tx, "policy", { ...policy, versions: policy.versions.filter((version) => version.id !== id) });
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;
