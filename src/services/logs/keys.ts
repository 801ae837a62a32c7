import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { Handlers } from "../define.ts";
import { requireGroup } from "./catalog.ts";
import { invalid } from "./faults.ts";
import { identifiedGroup } from "./names.ts";
import { writeGroup } from "./records.ts";

/** Keys of groups are kept and shown: nothing is encrypted. */
export const keys = {
  async AssociateKmsKey(input, { store, scope }) {
    const { kmsKeyId = "" } = input;
    checkKey(kmsKeyId);
    await store.transact(async (tx) => {
      const group = await requireGroup(tx, identifiedGroup(scope, target(input)));
      writeGroup(tx, { ...group, kmsKeyId });
    });
    return {};
  },

  async DisassociateKmsKey(input, { store, scope }) {
    await store.transact(async (tx) => {
      const group = await requireGroup(tx, identifiedGroup(scope, target(input)));
      const { kmsKeyId: _, ...rest } = group;
      writeGroup(tx, rest);
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

function target({ logGroupName, resourceIdentifier }: sdk.DisassociateKmsKeyCommandInput): string {
  if (logGroupName !== undefined && resourceIdentifier !== undefined) {
    throw invalid("Only one of logGroupName and resourceIdentifier can be specified.");
  }
  const identifier = logGroupName ?? resourceIdentifier;
  if (identifier === undefined) throw invalid("Either logGroupName or resourceIdentifier must be specified.");
  if (/:query-result:\*$/.test(identifier)) {
    throw invalid(
      "Results of queries are not encrypted by this platform: a key cannot be associated with them.",
    );
  }
  return identifier;
}

/** Keys are named by their ARNs; whether there is one nobody knows here. */
export function checkKey(kmsKeyId: string): void {
  if (!/^arn:[^:]+:kms:[^:]+:\d{12}:key\/.+/.test(kmsKeyId)) {
    throw invalid(`The specified KMS Key Id could not be found. KMS Key Id: ${kmsKeyId}`);
  }
}
