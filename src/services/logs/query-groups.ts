import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { Context } from "../define.ts";
import { invalid, missing } from "./faults.ts";
import type { Source } from "./insights/reading/ast.ts";
import { tagMatches } from "./list-groups.ts";
import { identifiedGroup } from "./names.ts";
import { groupsOf as allGroups, type GroupRecord, readGroup } from "./records.ts";

const MOST_GROUPS = 50;

/** The groups that a request names. */
export function groupsOf(
  { store, scope }: Context,
  input: sdk.StartQueryCommandInput,
): Promise<readonly GroupRecord[]> {
  const { logGroupName, logGroupNames, logGroupIdentifiers } = input;
  const given = [logGroupName === undefined ? undefined : [logGroupName], logGroupNames, logGroupIdentifiers];
  const [identifiers, ...others] = given.filter((one) => one !== undefined);
  if (!identifiers?.length || others.length > 0) {
    throw invalid(
      "Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be specified in the request.",
    );
  }
  if (identifiers.length > MOST_GROUPS)
    throw invalid(`At most ${MOST_GROUPS} log groups can be queried at once.`);
  return namedGroups({ store, scope }, identifiers);
}

/** The groups that `SOURCE` says. */
export async function sourceGroups(context: Context, source: Source): Promise<readonly GroupRecord[]> {
  if (source.kind === "names") return await namedGroups(context, source.names);
  const { prefixes = [""], classes, accounts, tags } = source;
  const { store, scope } = context;
  if (accounts && !accounts.includes(scope.account)) return [];
  // No group here is one that AWS's services or others' fill by themselves.
  if (source.dataSources) return [];
  return await store.transact(async (tx) => {
    const groups: GroupRecord[] = [];
    for await (const group of allGroups(tx, scope, {})) {
      const isNamed = prefixes.some((prefix) => group.name.startsWith(prefix));
      if (isNamed && classes.includes(group.class) && tags.every((tag) => tagMatches(tag, group.tags)))
        groups.push(group);
    }
    return groups;
  });
}

async function namedGroups(
  { store, scope }: Pick<Context, "store" | "scope">,
  identifiers: readonly string[],
): Promise<readonly GroupRecord[]> {
  return await store.transact(async (tx) => {
    const groups: GroupRecord[] = [];
    for (const identifier of new Set(identifiers)) {
      const group = await readGroup(tx, identifiedGroup(scope, identifier));
      if (!group) {
        throw missing(`Log group '${identifier}' does not exist for account ID '${scope.account}'`);
      }
      groups.push(group);
    }
    return groups;
  });
}
