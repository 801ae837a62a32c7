import type * as sdk from "@aws-sdk/client-xray";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Value } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { fault } from "./faults.ts";

const keyOf = ({ account, region }: Scope, ...name: string[]): Key => [
  "xrayPolicy",
  account,
  region,
  ...name,
];
const MOST_POLICIES = 5;
const LONGEST_BYTES = 5120;

interface PolicyRecord {
  readonly v: 1;
  readonly name: string;
  readonly document: string;
  readonly revision: number;
  readonly updatedMs: number;
}

const describe = ({ name, document, revision, updatedMs }: PolicyRecord): sdk.ResourcePolicy => ({
  PolicyName: name,
  PolicyDocument: document,
  PolicyRevisionId: String(revision),
  LastUpdatedTime: new Date(updatedMs),
});

/** Who else may send segments, such as topics: kept, with the revision that guards against lost changes. */
export const policies = {
  async PutResourcePolicy(input, { store, scope, clock }) {
    const { PolicyName: name = "", PolicyDocument: document = "", PolicyRevisionId: expected } = input;
    checkDocument(document);
    const record = await store.transact(async (tx) => {
      const found = (await tx.get(keyOf(scope, name))) as unknown as PolicyRecord | undefined;
      if (expected !== undefined && expected !== String(found?.revision ?? 0)) throw staleRevision();
      let count = 0;
      for await (const _ of tx.range({ prefix: keyOf(scope) })) count++;
      if (!found && count >= MOST_POLICIES) {
        throw fault("PolicyCountLimitExceededException", "Maximum number of resource policies exceeded.");
      }
      const revision = (found?.revision ?? 0) + 1;
      const next: PolicyRecord = { v: 1, name, document, revision, updatedMs: clock.now() };
      tx.set(keyOf(scope, name), next as unknown as Value);
      return next;
    });
    return { ResourcePolicy: describe(record) };
  },

  async DeleteResourcePolicy({ PolicyName: name = "", PolicyRevisionId: expected }, { store, scope }) {
    await store.transact(async (tx) => {
      const found = (await tx.get(keyOf(scope, name))) as unknown as PolicyRecord | undefined;
      if (found && expected !== undefined && expected !== String(found.revision)) throw staleRevision();
      tx.delete(keyOf(scope, name));
    });
    return {};
  },

  async ListResourcePolicies(_input, { store, scope }) {
    const ResourcePolicies = await store.transact(async (tx) => {
      const all: sdk.ResourcePolicy[] = [];
      for await (const [, value] of tx.range({ prefix: keyOf(scope) }))
        all.push(describe(value as unknown as PolicyRecord));
      return all;
    });
    return { ResourcePolicies };
  },
} satisfies Handlers<typeof sdk>;

const staleRevision = () =>
  fault("InvalidPolicyRevisionIdException", "The policy revision id does not match the current one.");

function checkDocument(document: string): void {
  if (Buffer.byteLength(document) > LONGEST_BYTES) {
    throw fault("PolicySizeLimitExceededException", "Resource policy document is larger than 5KB.");
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    parsed = undefined;
  }
  if (typeof parsed === "object" && parsed !== null && "Statement" in parsed) return;
  throw fault("MalformedPolicyDocumentException", "Invalid policy document.");
}
