import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import { pageOf } from "../../kernel/paging.ts";
import { like } from "../../kernel/policy.ts";
import type { Handlers } from "../define.ts";
import { badToken, notHere } from "./faults.ts";
import { isIndexed } from "./index-rules.ts";
import { groupArn } from "./names.ts";
import { type GroupRecord, groupsOf } from "./records.ts";

const LISTED = 50;

export const listGroups = {
  async ListLogGroups(input, { store, scope }) {
    const { limit = LISTED, nextToken } = input;
    if (input.dataSources) throw notHere("Data sources are not part of this platform.");
    const { items, token } = await store.transact((tx) =>
      pageOf(
        (after) => groupsOf(tx, scope, { after: after?.[0] }),
        ({ name }) => [name],
        { limit, token: nextToken, isWanted: (group) => isWanted(input, group), invalid: badToken },
      ),
    );
    const { NextToken } = token;
    return {
      logGroups: items.map((group) => ({
        logGroupName: group.name,
        logGroupArn: groupArn(group),
        logGroupClass: group.class,
      })),
      ...(NextToken === undefined ? {} : { nextToken: NextToken }),
    };
  },
} satisfies Handlers<typeof sdk>;

function isWanted(input: sdk.ListLogGroupsCommandInput, group: GroupRecord): boolean {
  const { logGroupNamePattern: pattern, logGroupClass, logGroupTags = [], accountIdentifiers } = input;
  const { fieldIndexNames = [] } = input;
  return (
    (pattern === undefined || pattern.split("|").some((one) => namesMatch(one, group.name))) &&
    (logGroupClass === undefined || group.class === logGroupClass) &&
    (!accountIdentifiers?.length || accountIdentifiers.includes(group.account)) &&
    logGroupTags.every((filter) => tagMatches(filter, group.tags)) &&
    fieldIndexNames.every((field) => isIndexed(group, field))
  );
}

/** `^` for a beginning, else any part of the name. */
function namesMatch(pattern: string, name: string): boolean {
  return pattern.startsWith("^") ? name.startsWith(pattern.slice(1)) : name.includes(pattern);
}

interface TagChoice {
  readonly key?: string | undefined;
  readonly values?: readonly string[] | undefined;
}

/** A value, or one with `*` in it whatever its case; `!` for any other. */
export function tagMatches({ key = "", values = [] }: TagChoice, tags: GroupRecord["tags"]): boolean {
  const value = tags[key];
  if (value === undefined) return false;
  if (values.length === 0) return true;
  return values.some((wanted) => {
    const isNegated = wanted.startsWith("!");
    const text = isNegated ? wanted.slice(1) : wanted;
    const found = text.includes("*") ? like(text.toLowerCase(), value.toLowerCase()) : text === value;
    return found !== isNegated;
  });
}
