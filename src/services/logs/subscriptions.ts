import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import { parseArn } from "../../kernel/arn.ts";
import { pageOf } from "../../kernel/paging.ts";
import type { Context, Handlers } from "../define.ts";
import { requireGroup } from "./catalog.ts";
import { checkAccess } from "./destination-access.ts";
import { badToken, fault, invalid, limitExceeded, missing, notHere } from "./faults.ts";
import { checkExpressions } from "./filter-limits.ts";
import { patternOf } from "./filter-patterns.ts";
import {
  deleteFilter,
  filtersOf,
  readFilter,
  type SubscriptionRecord,
  writeFilter,
} from "./filter-records.ts";
import { refreshWatch } from "./line-watch.ts";
import type { GroupName } from "./names.ts";
import { allOf } from "./reading.ts";
import { checkFunction, checkReach } from "./targets.ts";

const MOST_OF_A_GROUP = 2;
const LISTED = 50;

export const subscriptions = {
  async PutSubscriptionFilter(input, context) {
    const { logGroupName = "", filterName: name = "", filterPattern: pattern = "" } = input;
    const { destinationArn = "", roleArn } = input;
    const { store, scope, clock } = context;
    refuseMissing(input);
    patternOf(pattern);
    const group: GroupName = { ...scope, name: logGroupName };
    await store.transact(async (tx) => checkKnown(await requireGroup(tx, group)));
    await checkDestination(context, group, destinationArn, roleArn);
    await store.transact(async (tx) => {
      await requireGroup(tx, group);
      const known = await readFilter(tx, "subscription", group, name);
      const others = await allOf(filtersOf(tx, "subscription", group));
      if (!known && others.length >= MOST_OF_A_GROUP) throw limitExceeded("Resource limit exceeded.");
      await checkExpressions(tx, group, { kind: "subscription", name, pattern });
      writeFilter(tx, "subscription", group, {
        v: 1,
        name,
        pattern,
        destinationArn,
        ...(roleArn === undefined ? {} : { roleArn }),
        distribution: input.distribution ?? "ByLogStream",
        createdMs: known?.createdMs ?? Math.floor(clock.now()),
      });
    });
    await refreshWatch(store);
    return {};
  },

  async DescribeSubscriptionFilters(input, { store, scope }) {
    const { logGroupName = "", filterNamePrefix: prefix = "", limit = LISTED, nextToken } = input;
    const { items, token } = await store.transact(async (tx) => {
      const group = await requireGroup(tx, { ...scope, name: logGroupName });
      const isWanted = ({ name }: SubscriptionRecord) => name.startsWith(prefix);
      return pageOf(
        (after) => filtersOf(tx, "subscription", group, after?.[0]),
        ({ name }) => [name],
        { limit, token: nextToken, isWanted, invalid: badToken },
      );
    });
    const { NextToken } = token;
    return {
      subscriptionFilters: items.map((filter) => ({
        filterName: filter.name,
        logGroupName,
        filterPattern: filter.pattern,
        destinationArn: filter.destinationArn,
        ...(filter.roleArn === undefined ? {} : { roleArn: filter.roleArn }),
        distribution: filter.distribution,
        applyOnTransformedLogs: false,
        creationTime: filter.createdMs,
      })),
      ...(NextToken === undefined ? {} : { nextToken: NextToken }),
    };
  },

  async DeleteSubscriptionFilter({ logGroupName = "", filterName = "" }, { store, scope }) {
    await store.transact(async (tx) => {
      const group = await requireGroup(tx, { ...scope, name: logGroupName });
      if (!(await readFilter(tx, "subscription", group, filterName))) {
        throw missing("The specified subscription filter does not exist.");
      }
      deleteFilter(tx, "subscription", group, filterName);
    });
    await refreshWatch(store);
    return {};
  },
} satisfies Handlers<typeof sdk>;

function refuseMissing(input: sdk.PutSubscriptionFilterCommandInput): void {
  if (input.applyOnTransformedLogs) throw notHere("This platform does not transform log events.");
  if (input.fieldSelectionCriteria || input.emitSystemFields?.length) {
    throw notHere("Selection by system fields is not part of this platform.");
  }
}

function checkKnown({ class: groupClass }: { readonly class: string }): void {
  if (groupClass !== "STANDARD") {
    throw fault(
      "InvalidOperationException",
      `Subscription filters are not supported for log groups of class ${groupClass}.`,
    );
  }
}

/** Throws what AWS would say of a destination that it cannot reach, or that it may not. */
export async function checkDestination(
  context: Context,
  group: GroupName,
  arn: string,
  roleArn: string | undefined,
): Promise<void> {
  const service = parseArn(arn)?.service;
  if (service === "lambda") {
    if (roleArn !== undefined) throw invalid("destinationArn for vendor lambda cannot be used with roleArn");
    return checkFunction(context, group, arn);
  }
  if (service === "logs") return checkAccess(context, arn);
  if (service === undefined) throw invalid(`Invalid destinationArn: ${arn}`);
  if (service !== "kinesis" && service !== "firehose") {
    throw invalid(`PutSubscriptionFilter operation cannot work with destinationArn for vendor ${service}`);
  }
  if (roleArn === undefined) {
    throw invalid(`destinationArn for vendor ${service} cannot be used without roleArn`);
  }
  return checkReach(context, { arn, key: group.name });
}
