import type * as sdk from "@aws-sdk/client-dynamodb";
import type { Handlers } from "../../define.ts";
import { fault, namedTableMissing } from "../faults.ts";
import { allTables } from "../records.ts";
import { findTable, saveTable, type Table } from "./catalog.ts";
import { parseTableName } from "./names.ts";
import type { InsightsRecord } from "./settings.ts";

const DEFAULT_MODE = "ACCESSED_AND_THROTTLED_KEYS";
const MOST_LISTED = 100;

/** Contributor insights are switched on and off and described; hot keys are shown by the table's meter. */
export const insights = {
  async UpdateContributorInsights(input, context) {
    const { TableName = "", IndexName, ContributorInsightsAction, ContributorInsightsMode } = input;
    const { scope, name } = parseTableName(TableName, context.scope);
    const mode = ContributorInsightsMode ?? DEFAULT_MODE;
    const enabling = ContributorInsightsAction === "ENABLE";
    await context.store.transact(async (tx) => {
      const table = await findTable(tx, context.store, scope, name);
      if (!table) throw namedTableMissing(name);
      checkIndex(table, IndexName);
      const index = IndexName ?? "";
      const others = (table.record.insights ?? []).filter((one) => one.index !== index);
      const own: InsightsRecord = { index, mode, updatedMs: context.clock.now() };
      saveTable(tx, context, { ...table.record, insights: enabling ? [...others, own] : others });
    });
    return {
      TableName: name,
      ...(IndexName === undefined ? {} : { IndexName }),
      ContributorInsightsStatus: enabling ? ("ENABLING" as const) : ("DISABLING" as const),
      ContributorInsightsMode: mode,
    };
  },

  async DescribeContributorInsights({ TableName = "", IndexName }, context) {
    const { scope, name } = parseTableName(TableName, context.scope);
    const table = await context.store.transact((tx) => findTable(tx, context.store, scope, name));
    if (!table) throw namedTableMissing(name);
    checkIndex(table, IndexName);
    const own = table.record.insights?.find(({ index }) => index === (IndexName ?? ""));
    return {
      TableName: name,
      ...(IndexName === undefined ? {} : { IndexName }),
      ContributorInsightsStatus: own ? ("ENABLED" as const) : ("DISABLED" as const),
      ...(own
        ? {
            ContributorInsightsRuleList: ruleNames(own, name),
            LastUpdateDateTime: new Date(own.updatedMs),
            ContributorInsightsMode: own.mode,
          }
        : {}),
    };
  },

  async ListContributorInsights({ TableName, NextToken, MaxResults = MOST_LISTED }, context) {
    const only = TableName === undefined ? undefined : parseTableName(TableName, context.scope).name;
    const { account, region } = context.scope;
    const all = await context.store.transact(async (tx) => {
      const found: { readonly name: string; readonly insights: readonly InsightsRecord[] }[] = [];
      for (const one of await allTables(tx)) {
        if (one.account !== account || one.region !== region || (only ?? one.name) !== one.name) continue;
        const table = await findTable(tx, context.store, one, one.name);
        found.push({ name: one.name, insights: table?.record.insights ?? [] });
      }
      return found;
    });
    const summaries = all.flatMap(({ name, insights }) =>
      insights.map(({ index, mode }) => ({
        TableName: name,
        ...(index === "" ? {} : { IndexName: index }),
        ContributorInsightsStatus: "ENABLED" as const,
        ContributorInsightsMode: mode,
      })),
    );
    const start = Number(NextToken ?? 0) || 0;
    const end = start + (MaxResults || MOST_LISTED);
    return {
      ContributorInsightsSummaries: summaries.slice(start, end),
      ...(end < summaries.length ? { NextToken: String(end) } : {}),
    };
  },
} satisfies Handlers<typeof sdk>;

function checkIndex(table: Table, indexName: string | undefined): void {
  if (indexName === undefined || table.record.globals.some(({ name }) => name === indexName)) return;
  throw fault("ResourceNotFoundException", `Requested resource not found: Index: ${indexName} not found`);
}

/** The rules that CloudWatch would keep, by their names. */
function ruleNames({ index, mode }: InsightsRecord, table: string): string[] {
  const place = index === "" ? table : `${table}-${index}`;
  const kinds = mode === DEFAULT_MODE ? ["PKC", "SKC", "PKT", "SKT"] : ["PKT", "SKT"];
  return kinds.map((kind) => `DynamoDBContributorInsights-${kind}-${place}`);
}
