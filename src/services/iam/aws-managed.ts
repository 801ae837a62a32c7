import { platformFault } from "../../kernel/faults.ts";
import { once } from "../../kernel/once.ts";
import { ACCESS_POLICIES } from "./aws-managed/access.ts";
import { MORE_ACCESS_POLICIES } from "./aws-managed/more-access.ts";
import { awsPolicyRecord, readPolicies } from "./aws-managed/notation.ts";
import { ROLE_POLICIES } from "./aws-managed/roles.ts";
import type { PolicyRecord } from "./records.ts";

const table = once(
  () =>
    new Map(
      [ROLE_POLICIES, ACCESS_POLICIES, MORE_ACCESS_POLICIES].flatMap((part) => [...readPolicies(part)]),
    ),
);

/** Those whose documents are known. */
export const awsPolicies = (): readonly PolicyRecord[] => [...table().values()];

/**
 * A policy of AWS. There are some fifteen hundred, more every week: one that is not in the table is taken to
 * exist, so that templates which name it deploy. What it allows is not known then.
 */
export function awsPolicy(arn: string): PolicyRecord | undefined {
  const [, address] = /^arn:aws:iam::aws:policy\/((?:[\w+=,.@-]+\/)*[\w+=,.@-]{1,128})$/.exec(arn) ?? [];
  if (address === undefined) return undefined;
  return table().get(arn) ?? awsPolicyRecord(address, { version: "v1", createdMs: 0, updatedMs: 0 });
}

/** The answer to what the document of a policy is whose name alone is known. */
export const unknownDocument = ({ name }: PolicyRecord) =>
  platformFault(
    "NotImplemented",
    `The document of AWS's managed policy ${name} is not part of this platform.`,
  );
