import type * as sdk from "@aws-sdk/client-dynamodb";
import type { Handlers } from "../../define.ts";
import { fault, namedTableMissing } from "../faults.ts";
import { nextTableNumber, removeTableRecord, tableNames } from "../records.ts";
import { createFromSource } from "../replicas/accounts.ts";
import { leaveGroup } from "../replicas/members.ts";
import { endStream } from "../streams/records.ts";
import { invalid } from "../values/value.ts";
import { newTableRecord } from "./build.ts";
import { findTable, saveTable } from "./catalog.ts";
import { describeTable, isBusy } from "./describe.ts";
import { parseTableName } from "./names.ts";
import { checkPolicy } from "./policies.ts";
import { checkQuotas } from "./quotas.ts";
import { checkNewTable } from "./rules.ts";
import { checkTags } from "./tags.ts";

const MOST_NAMES = 100;

export const tables = {
  async CreateTable(input, context) {
    const { scope, name } = parseTableName(input.TableName ?? "", context.scope);
    if (input.GlobalTableSourceArn !== undefined) return createFromSource(context, input, scope, name);
    checkNewTable(input);
    if (input.Tags) checkTags(input.Tags);
    if (input.ResourcePolicy !== undefined) checkPolicy(input.ResourcePolicy);
    const id = context.ids.uuid();
    const policyRevision = context.ids.uuid();
    const nowMs = context.clock.now();
    return context.store.transact(async (tx) => {
      if (await findTable(tx, context.store, scope, name)) {
        throw fault("ResourceInUseException", `Table already exists: ${name}`);
      }
      const made = newTableRecord(input, { scope, name, id, number: await nextTableNumber(tx) }, nowMs);
      const text = input.ResourcePolicy;
      const policy =
        text === undefined ? {} : { policy: { text, revision: policyRevision, updatedMs: nowMs } };
      const record = { ...made, ...policy };
      await checkQuotas(tx, context, undefined, record);
      saveTable(tx, context, record);
      return { TableDescription: await describeTable(tx, record, nowMs, "CREATING") };
    });
  },

  async DescribeTable({ TableName = "" }, context) {
    const { scope, name } = parseTableName(TableName, context.scope);
    return context.store.transact(async (tx) => {
      const table = await findTable(tx, context.store, scope, name);
      if (!table) throw namedTableMissing(name);
      return { Table: await describeTable(tx, table.record, context.clock.now()) };
    });
  },

  async ListTables({ ExclusiveStartTableName, Limit = MOST_NAMES }, { store, scope }) {
    const names = await store.transact((tx) => tableNames(tx, scope, ExclusiveStartTableName, Limit + 1));
    const shown = names.slice(0, Limit);
    const last = shown.at(-1);
    return {
      TableNames: shown,
      ...(names.length > Limit && last !== undefined ? { LastEvaluatedTableName: last } : {}),
    };
  },

  async DeleteTable({ TableName = "" }, context) {
    const { scope, name } = parseTableName(TableName, context.scope);
    const description = await context.store.transact(async (tx) => {
      const table = await findTable(tx, context.store, scope, name);
      if (!table) throw namedTableMissing(name);
      if (table.record.deletionProtection) {
        throw invalid(
          "Resource cannot be deleted as it is currently protected against deletion. " +
            "Disable deletion protection first.",
        );
      }
      if (isBusy(table.record)) {
        throw fault(
          "ResourceInUseException",
          `Attempt to change a resource which is still in use: Table is being updated: ${name}`,
        );
      }
      const shown = await describeTable(tx, table.record, context.clock.now(), "DELETING");
      await leaveGroup(tx, context, table.record, context.clock.now());
      endStream(tx, table.record, context.clock.now());
      removeTableRecord(tx, table.record);
      return shown;
    });
    return { TableDescription: description };
  },
} satisfies Handlers<typeof sdk>;
