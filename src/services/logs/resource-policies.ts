import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import { pageOf } from "../../kernel/paging.ts";
import { statementsIn } from "../../kernel/policy.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { requireGroup } from "./catalog.ts";
import { badToken, fault, invalid, limitExceeded, missing } from "./faults.ts";
import { type GroupName, groupArn, groupOfArn } from "./names.ts";
import { read, write } from "./records.ts";

interface PolicyRecord {
  readonly v: 1;
  readonly name?: string;
  readonly resourceArn?: string;
  readonly document: string;
  readonly updatedMs: number;
  readonly revision: string;
}

const MOST_POLICIES = 10;
const LISTED = 50;

type Kind = "ACCOUNT" | "RESOURCE";
const policiesKey = ({ account, region }: Scope, kind: Kind, ...name: string[]): Key => [
  "logs",
  "policy",
  account,
  region,
  kind,
  ...name,
];

/** Who else may write: services that act for a resource. */
export const resourcePolicies = {
  async PutResourcePolicy(input, context) {
    const { policyDocument: document = "", expectedRevisionId } = input;
    const { store, scope, clock, ids } = context;
    if (!statementsIn(document)?.length) throw invalid("The policy document is not valid.");
    const { kind, name } = named(input);
    return store.transact(async (tx) => {
      const group = kind === "RESOURCE" ? await requireGroup(tx, groupNamed(name)) : undefined;
      const key = policiesKey(scope, kind, name);
      const known = await read<PolicyRecord>(tx, key);
      checkRevision(known, expectedRevisionId);
      if (!known && kind === "ACCOUNT" && (await countOf(tx, scope)) >= MOST_POLICIES) {
        throw limitExceeded("Resource limit exceeded.");
      }
      const record: PolicyRecord = {
        v: 1,
        ...(group ? { resourceArn: groupArn(group) } : { name }),
        ...(group && input.policyName !== undefined ? { name: input.policyName } : {}),
        document,
        updatedMs: Math.floor(clock.now()),
        revision: ids.hex(32),
      };
      write(tx, key, record);
      return { resourcePolicy: describe(kind, record), revisionId: record.revision };
    });
  },

  async DeleteResourcePolicy(input, { store, scope }) {
    const { kind, name } = named(input);
    await store.transact(async (tx) => {
      const key = policiesKey(scope, kind, name);
      const known = await read<PolicyRecord>(tx, key);
      if (!known) throw missing(`Policy with name [${input.policyName ?? name}] does not exist.`);
      checkRevision(known, input.expectedRevisionId);
      tx.delete(key);
    });
    return {};
  },

  async DescribeResourcePolicies(input, { store, scope }) {
    const { limit = LISTED, nextToken, resourceArn } = input;
    const kind: Kind = input.policyScope ?? (resourceArn === undefined ? "ACCOUNT" : "RESOURCE");
    const isWanted = ([, policy]: readonly [string, PolicyRecord]) =>
      resourceArn === undefined || policy.resourceArn === groupArn(groupNamed(resourceArn));
    const { items, token } = await store.transact((tx) =>
      pageOf(
        (after) => policiesIn(tx, scope, kind, after?.[0]),
        ([name]) => [name],
        { limit, token: nextToken, isWanted, invalid: badToken },
      ),
    );
    const { NextToken } = token;
    return {
      resourcePolicies: items.map(([, policy]) => describe(kind, policy)),
      ...(NextToken === undefined ? {} : { nextToken: NextToken }),
    };
  },
} satisfies Handlers<typeof sdk>;

/** The documents of the policies that speak of a group. */
export async function policiesFor(tx: Transaction, group: GroupName): Promise<string[]> {
  const documents: string[] = [];
  for await (const [, { document }] of policiesIn(tx, group, "ACCOUNT")) documents.push(document);
  const own = await read<PolicyRecord>(tx, policiesKey(group, "RESOURCE", groupArn(group)));
  return own ? [...documents, own.document] : documents;
}

/** A policy goes with its group. */
export const deletePolicyOf = (tx: Transaction, group: GroupName) =>
  tx.delete(policiesKey(group, "RESOURCE", groupArn(group)));

async function* policiesIn(tx: Transaction, scope: Scope, kind: Kind, after?: string) {
  const prefix = policiesKey(scope, kind);
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [key, value] of tx.range(range)) {
    yield [String(key.at(-1)), value as unknown as PolicyRecord] as const;
  }
}

async function countOf(tx: Transaction, scope: Scope): Promise<number> {
  let count = 0;
  for await (const _ of policiesIn(tx, scope, "ACCOUNT")) count++;
  return count;
}

function named(input: {
  readonly policyName?: string | undefined;
  readonly resourceArn?: string | undefined;
}): {
  readonly kind: Kind;
  readonly name: string;
} {
  const { policyName, resourceArn } = input;
  if (resourceArn !== undefined) return { kind: "RESOURCE", name: groupArn(groupNamed(resourceArn)) };
  if (policyName === undefined) throw invalid("Either policyName or resourceArn must be specified.");
  return { kind: "ACCOUNT", name: policyName };
}

function groupNamed(arn: string): GroupName {
  const group = groupOfArn(arn);
  if (!group) throw invalid(`Invalid resource ARN: ${arn}`);
  return group;
}

function checkRevision(known: PolicyRecord | undefined, expected: string | undefined): void {
  if (expected === undefined || expected === known?.revision) return;
  throw fault("OperationAbortedException", "The policy was changed since the revision that is expected.");
}

function describe(kind: Kind, { name, resourceArn, document, updatedMs, revision }: PolicyRecord) {
  return {
    ...(name === undefined ? {} : { policyName: name }),
    policyDocument: document,
    lastUpdatedTime: updatedMs,
    policyScope: kind,
    ...(resourceArn === undefined ? {} : { resourceArn }),
    revisionId: revision,
  };
}
