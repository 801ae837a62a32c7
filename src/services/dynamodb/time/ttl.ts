import type * as sdk from "@aws-sdk/client-dynamodb";
import type { Transaction } from "../../../store/store.ts";
import type { Handlers } from "../../define.ts";
import { namedTableMissing } from "../faults.ts";
import type { ExpiryRecord, TableRecord } from "../records.ts";
import { membersOf } from "../replicas/members.ts";
import { findTable, saveTable } from "../tables/catalog.ts";
import { parseTableName } from "../tables/names.ts";
import { invalid } from "../values/value.ts";
import { setDue } from "./due.ts";

/** Measured on AWS: the second change is refused after 1,811 s and taken after 1,872 s, not after an hour. */
const COOLDOWN_MS = 31 * 60_000;

export const timeToLive = {
  async UpdateTimeToLive({ TableName = "", TimeToLiveSpecification: asked }, context) {
    const { scope, name } = parseTableName(TableName, context.scope);
    const { AttributeName: attribute = "", Enabled: enabled = false } = asked ?? {};
    await context.store.transact(async (tx) => {
      const table = await findTable(tx, context.store, scope, name);
      if (!table) throw namedTableMissing(name);
      const nowMs = context.clock.now();
      checkChange(table.record.expiry, attribute, enabled, nowMs);
      if (table.record.group?.consistency === "STRONG") {
        throw invalid("Time to Live is not supported by tables with multi-Region strong consistency");
      }
      const expiry: ExpiryRecord = { attribute, enabled, changedMs: nowMs };
      for (const record of [table.record, ...(await membersOf(tx, table.record))]) {
        saveTable(tx, context, { ...record, expiry });
        if (enabled) fillExpiry(tx, record, nowMs);
      }
    });
    return { TimeToLiveSpecification: { AttributeName: attribute, Enabled: enabled } };
  },

  async DescribeTimeToLive({ TableName = "" }, context) {
    const { scope, name } = parseTableName(TableName, context.scope);
    const table = await context.store.transact((tx) => findTable(tx, context.store, scope, name));
    if (!table) throw namedTableMissing(name);
    const { expiry } = table.record;
    // A table that was switched off looks like one that never was on.
    return {
      TimeToLiveDescription: expiry?.enabled
        ? { TimeToLiveStatus: "ENABLED", AttributeName: expiry.attribute }
        : { TimeToLiveStatus: "DISABLED" },
    };
  },
} satisfies Handlers<typeof sdk>;

/** Refuses what changes nothing, and a change too soon after the last, in AWS's order. */
function checkChange(
  current: ExpiryRecord | undefined,
  attribute: string,
  enabled: boolean,
  nowMs: number,
): void {
  if (current?.enabled) {
    if (current.attribute !== attribute) {
      throw invalid(
        "TimeToLive is active on a different AttributeName: " +
          `current AttributeName is ${current.attribute}`,
      );
    }
    if (enabled) throw invalid("TimeToLive is already enabled");
  } else if (!enabled) {
    throw invalid("TimeToLive is already disabled");
  }
  if (current && nowMs - current.changedMs < COOLDOWN_MS) {
    throw invalid("Time to live has been modified multiple times within a fixed interval");
  }
}

/** Has the items that are there already found: once, and in pieces. */
function fillExpiry(tx: Transaction, { account, region, name, number }: TableRecord, nowMs: number): void {
  setDue(tx, nowMs, "fill", [number], [account, region, name]);
}
