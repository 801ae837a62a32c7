import type * as sdk from "@aws-sdk/client-dynamodb";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { fault } from "../faults.ts";
import { invalid } from "../values/value.ts";
import { saveTable, type Table } from "./catalog.ts";
import { tableOfArn } from "./tags.ts";

const MOST_POLICY_BYTES = 20 * 1024;
/** An expected revision that says there must be no policy yet. */
const NO_POLICY = "NO_POLICY";

/** Policies are kept and given back; nobody is kept out by them. */
export const policies = {
  async PutResourcePolicy({ ResourceArn = "", Policy = "", ExpectedRevisionId }, context) {
    checkPolicy(Policy);
    const revision = context.ids.uuid();
    return context.store.transact(async (tx) => {
      const { record } = await policyOwner(tx, context, ResourceArn);
      checkRevision(record.policy?.revision, ExpectedRevisionId);
      if (record.policy?.text === Policy) return { RevisionId: record.policy.revision };
      const policy = { text: Policy, revision, updatedMs: context.clock.now() };
      saveTable(tx, context, { ...record, policy });
      return { RevisionId: revision };
    });
  },

  async GetResourcePolicy({ ResourceArn = "" }, context) {
    return context.store.transact(async (tx) => {
      const { policy } = (await policyOwner(tx, context, ResourceArn)).record;
      if (!policy) throw noPolicy(ResourceArn);
      return { Policy: policy.text, RevisionId: policy.revision };
    });
  },

  async DeleteResourcePolicy({ ResourceArn = "", ExpectedRevisionId }, context) {
    return context.store.transact(async (tx) => {
      const { record } = await policyOwner(tx, context, ResourceArn);
      checkRevision(record.policy?.revision, ExpectedRevisionId);
      const { policy, ...rest } = record;
      if (!policy) return {};
      saveTable(tx, context, rest);
      return { RevisionId: policy.revision };
    });
  },
} satisfies Handlers<typeof sdk>;

function policyOwner(tx: Transaction, context: Context, arn: string): Promise<Table> {
  return tableOfArn(tx, context, arn.replace(/\/stream\/[^/]+$/, ""));
}

function checkPolicy(policy: string): void {
  if (Buffer.byteLength(policy) > MOST_POLICY_BYTES) {
    throw fault("LimitExceededException", "Resource policy size exceeds the limit of 20 KB");
  }
  if (!isObject(policy)) throw invalid("Invalid policy document: Syntax errors in policy");
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function checkRevision(current: string | undefined, expected: string | undefined): void {
  if (expected === undefined || expected === (current ?? NO_POLICY)) return;
  throw fault("PolicyNotFoundException", "The policy's revision is not the one that was expected");
}

function noPolicy(arn: string) {
  return fault(
    "PolicyNotFoundException",
    `Resource-based policy not found for the provided ResourceArn: ${arn}`,
  );
}
