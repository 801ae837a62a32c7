import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import { parseArn } from "../../kernel/arn.ts";
import { pageOf } from "../../kernel/paging.ts";
import { statementsIn } from "../../kernel/policy.ts";
import type { Handlers } from "../define.ts";
import {
  type DestinationRecord,
  deleteDestination,
  destinationsOf,
  readDestination,
  requireDestination,
  writeDestination,
} from "./destination-records.ts";
import { badToken, invalid } from "./faults.ts";
import { destinationArn } from "./names.ts";
import { checkTags } from "./tag-rules.ts";
import { checkReach } from "./targets.ts";

const LISTED = 50;
/** Destinations: streams that other accounts may subscribe to their groups. */
export const destinations = {
  async PutDestination(input, context) {
    const { destinationName: name = "", targetArn = "", roleArn = "", tags = {} } = input;
    const { store, scope, clock } = context;
    if (!parseArn(roleArn)) throw invalid("Invalid roleArn.");
    checkTags(tags);
    await checkReach(context, { arn: targetArn, key: name });
    return store.transact(async (tx) => {
      const known = await readDestination(tx, { ...scope, name });
      const record: DestinationRecord = {
        v: 1,
        ...scope,
        name,
        createdMs: Math.floor(clock.now()),
        tags,
        ...known,
        targetArn,
        roleArn,
      };
      writeDestination(tx, record);
      return { destination: describe(record) };
    });
  },

  async PutDestinationPolicy({ destinationName: name = "", accessPolicy = "" }, { store, scope }) {
    if (!statementsIn(accessPolicy)?.length) throw invalid("The access policy is not valid.");
    await store.transact(async (tx) => {
      const record = await requireDestination(tx, { ...scope, name });
      writeDestination(tx, { ...record, accessPolicy });
    });
    return {};
  },

  async DescribeDestinations(input, { store, scope }) {
    const { DestinationNamePrefix: prefix = "", limit = LISTED, nextToken } = input;
    const isWanted = ({ name }: DestinationRecord) => name.startsWith(prefix);
    const { items, token } = await store.transact((tx) =>
      pageOf(
        (after) => destinationsOf(tx, scope, after?.[0]),
        ({ name }) => [name],
        { limit, token: nextToken, isWanted, invalid: badToken },
      ),
    );
    const { NextToken } = token;
    return {
      destinations: items.map(describe),
      ...(NextToken === undefined ? {} : { nextToken: NextToken }),
    };
  },

  async DeleteDestination({ destinationName: name = "" }, { store, scope }) {
    await store.transact(async (tx) => {
      await requireDestination(tx, { ...scope, name });
      deleteDestination(tx, { ...scope, name });
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

function describe(record: DestinationRecord): sdk.Destination {
  const { name, targetArn, roleArn, accessPolicy, createdMs } = record;
  return {
    destinationName: name,
    targetArn,
    roleArn,
    ...(accessPolicy === undefined ? {} : { accessPolicy }),
    arn: destinationArn(record),
    creationTime: createdMs,
  };
}
