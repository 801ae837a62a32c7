import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { LineStream } from "../../kernel/lines.ts";
import { pageOf } from "../../kernel/paging.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { writeGone } from "./blocks.ts";
import { addGroup, requireGroup } from "./catalog.ts";
import { badToken, fault, invalid } from "./faults.ts";
import { deleteFilters, filtersOf } from "./filter-records.ts";
import { checkKey } from "./keys.ts";
import { contentsArn, groupArn, identifiedGroup } from "./names.ts";
import { allOf } from "./reading.ts";
import {
  deleteGroup,
  type GroupClass,
  type GroupRecord,
  groupsOf,
  readBytes,
  readGroup,
  streamsOf,
  writeCleared,
} from "./records.ts";
import { deletePolicyOf } from "./resource-policies.ts";
import { checkTags } from "./tag-rules.ts";

const LISTED = 50;

export const groups = {
  async CreateLogGroup(input, { store, scope, clock, principal }) {
    const { logGroupName: name = "", kmsKeyId, tags, logGroupClass, deletionProtectionEnabled } = input;
    if (/^aws\//i.test(name) && !principal.arn.endsWith(".amazonaws.com")) {
      throw invalid("Log groups starting with AWS/ are reserved for AWS.");
    }
    if (kmsKeyId !== undefined) checkKey(kmsKeyId);
    if (tags !== undefined) checkTags(tags);
    const more = {
      class: logGroupClass as GroupClass | undefined,
      kmsKeyId,
      tags,
      isProtected: deletionProtectionEnabled,
    };
    await store.transact(async (tx) => {
      if (await readGroup(tx, { ...scope, name })) {
        throw fault("ResourceAlreadyExistsException", "The specified log group already exists");
      }
      await addGroup(tx, { ...scope, name }, clock.now(), more);
    });
    return {};
  },

  async DeleteLogGroup({ logGroupName: name = "" }, { store, scope, lines }) {
    const streams = await store.transact(async (tx) => {
      const group = await requireGroup(tx, { ...scope, name });
      if (group.isProtected) {
        throw fault(
          "ValidationException",
          "Cannot delete log group with deletion protection enabled. Disable deletion protection first.",
        );
      }
      const written = await allOf(streamsOf(tx, group.number));
      deleteGroup(tx, group);
      deletePolicyOf(tx, group);
      deleteFilters(tx, group);
      writeGone(tx, group.number);
      if (group.linesAfter === undefined) return [];
      writeCleared(tx, lines.lastSeq, group);
      return written.filter(({ linesAfter }) => linesAfter !== undefined);
    });
    for (const stream of streams) lines.forget({ ...scope, group: name, stream: stream.name });
    return {};
  },

  async DescribeLogGroups(input, context) {
    const { store, scope } = context;
    const { limit = LISTED, nextToken } = input;
    const isWanted = choice(input);
    const { items, token } = await store.transact((tx) => {
      const found = (after?: readonly string[]) =>
        input.logGroupIdentifiers
          ? identified(tx, context, input.logGroupIdentifiers)
          : groupsOf(tx, scope, { prefix: input.logGroupNamePrefix, after: after?.[0] });
      const asked = { limit, token: nextToken, isWanted, invalid: badToken };
      return pageOf(found, ({ name }) => [name], asked);
    });
    const { NextToken } = token;
    return {
      logGroups: await describe(context, items),
      ...(NextToken === undefined ? {} : { nextToken: NextToken }),
    };
  },
} satisfies Handlers<typeof sdk>;

/** Which groups a list is asked for; throws what contradicts itself. */
function choice(input: sdk.DescribeLogGroupsCommandInput): (group: GroupRecord) => boolean {
  const { logGroupNamePrefix, logGroupNamePattern, logGroupIdentifiers, logGroupClass } = input;
  if (logGroupNamePrefix !== undefined && logGroupNamePattern !== undefined) {
    throw invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  }
  const others = [logGroupNamePrefix, logGroupNamePattern, logGroupClass];
  if (logGroupIdentifiers && others.some((one) => one !== undefined)) {
    throw invalid("LogGroupIdentifiers cannot be combined with other filters.");
  }
  const { accountIdentifiers: accounts, includeLinkedAccounts } = input;
  if (accounts?.length && !includeLinkedAccounts) {
    throw invalid("accountIdentifiers is only supported with includeLinkedAccounts set to true.");
  }
  return (group) =>
    (logGroupNamePattern === undefined || group.name.includes(logGroupNamePattern)) &&
    (logGroupClass === undefined || group.class === logGroupClass) &&
    (!accounts?.length || accounts.includes(group.account));
}

async function* identified(tx: Transaction, { scope }: Context, identifiers: readonly string[]) {
  for (const identifier of identifiers) {
    const group = await readGroup(tx, identifiedGroup(scope, identifier));
    if (group) yield group;
  }
}

async function describe(context: Context, found: readonly GroupRecord[]): Promise<sdk.LogGroup[]> {
  const { store, scope, lines } = context;
  const hasLines = found.some(({ linesAfter }) => linesAfter !== undefined);
  const written = hasLines ? await lines.streams(scope) : [];
  return store.transact(async (tx) => {
    const described: sdk.LogGroup[] = [];
    for (const group of found) {
      const storedBytes = (await readBytes(tx, group.number)) + lineBytes(group, written);
      described.push({
        logGroupName: group.name,
        creationTime: group.createdMs,
        metricFilterCount: (await allOf(filtersOf(tx, "metric", group))).length,
        arn: contentsArn(group),
        storedBytes,
        logGroupClass: group.class,
        logGroupArn: groupArn(group),
        ...(group.retentionDays === undefined ? {} : { retentionInDays: group.retentionDays }),
        ...(group.kmsKeyId === undefined ? {} : { kmsKeyId: group.kmsKeyId }),
        deletionProtectionEnabled: group.isProtected ?? false,
      });
    }
    return described;
  });
}

function lineBytes({ name, linesAfter }: GroupRecord, written: readonly LineStream[]): number {
  if (linesAfter === undefined) return 0;
  let bytes = 0;
  for (const stream of written) {
    if (stream.group === name && stream.lastSeq > linesAfter) bytes += stream.bytes;
  }
  return bytes;
}
