import type * as sdk from "@aws-sdk/client-dynamodb";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { fault } from "../faults.ts";
import type { TableRecord } from "../records.ts";
import { findStream } from "../streams/records.ts";
import { invalid } from "../values/value.ts";
import { saveTable } from "./catalog.ts";
import type { PolicyRecord } from "./settings.ts";
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
      const { record, label } = await policyOwner(tx, context, ResourceArn);
      const known = policyOf(record, label);
      checkRevision(known?.revision, ExpectedRevisionId);
      if (known?.text === Policy) return { RevisionId: known.revision };
      const policy = { text: Policy, revision, updatedMs: context.clock.now() };
      saveTable(tx, context, withPolicy(record, label, policy));
      return { RevisionId: revision };
    });
  },

  async GetResourcePolicy({ ResourceArn = "" }, context) {
    return context.store.transact(async (tx) => {
      const { record, label } = await policyOwner(tx, context, ResourceArn);
      const policy = policyOf(record, label);
      if (!policy) throw noPolicy(ResourceArn);
      return { Policy: policy.text, RevisionId: policy.revision };
    });
  },

  async DeleteResourcePolicy({ ResourceArn = "", ExpectedRevisionId }, context) {
    return context.store.transact(async (tx) => {
      const { record, label } = await policyOwner(tx, context, ResourceArn);
      const policy = policyOf(record, label);
      checkRevision(policy?.revision, ExpectedRevisionId);
      if (!policy) return {};
      saveTable(tx, context, withPolicy(record, label, undefined));
      return { RevisionId: policy.revision };
    });
  },
} satisfies Handlers<typeof sdk>;

/** What has a policy of its own: a table, or one of its streams by its label. */
interface Owner {
  readonly record: TableRecord;
  readonly label: string | undefined;
}

/** Faults: ResourceNotFoundException. */
async function policyOwner(tx: Transaction, context: Context, arn: string): Promise<Owner> {
  const [, table = arn, label] = /^(.*)\/stream\/([^/]+)$/.exec(arn) ?? [];
  const { record } = await tableOfArn(tx, context, table);
  if (label !== undefined && !(await findStream(tx, record, record.name, label))) {
    throw fault("ResourceNotFoundException", `Requested resource not found: ResourcArn: ${arn} not found`);
  }
  return { record, label };
}

function policyOf({ policy, streamPolicies }: TableRecord, label: string | undefined) {
  return label === undefined ? policy : streamPolicies?.[label];
}

function withPolicy(
  record: TableRecord,
  label: string | undefined,
  next: PolicyRecord | undefined,
): TableRecord {
  const { policy: _, streamPolicies = {}, ...rest } = record;
  if (label === undefined) {
    const kept = record.streamPolicies ? { streamPolicies } : {};
    return { ...rest, ...kept, ...(next ? { policy: next } : {}) };
  }
  const others = Object.entries(streamPolicies).filter(([other]) => other !== label);
  return {
    ...record,
    streamPolicies: Object.fromEntries([...others, ...(next ? [[label, next] as const] : [])]),
  };
}

/** Faults: ValidationException for what is no policy, LimitExceededException for one that is too long. */
export function checkPolicy(policy: string): void {
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
