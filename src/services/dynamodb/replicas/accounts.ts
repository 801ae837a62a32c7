import type { CreateTableCommandInput, UpdateTableCommandInput } from "@aws-sdk/client-dynamodb";
import type { Scope } from "../../../kernel/scope.ts";
import type { Context } from "../../define.ts";
import { fault, namedTableMissing } from "../faults.ts";
import type { TableRecord } from "../records.ts";
import { encryptionRecord } from "../tables/build.ts";
import { findTable, saveTable } from "../tables/catalog.ts";
import { describeTable } from "../tables/describe.ts";
import { parseTableArn } from "../tables/names.ts";
import { checkPolicy } from "../tables/policies.ts";
import { wrongParameter } from "../tables/rules.ts";
import { checkTags } from "../tables/tags.ts";
import { invalid } from "../values/value.ts";
import { addReplica } from "./members.ts";

/*
 * Global tables of several accounts: each replica is another account's, in a region of its own, and has the
 * settings of the first. Their resource policies are kept, and nobody is kept out by them, as elsewhere.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_MA_HowItWorks.html
 */

/** What a new replica has from its source, and cannot be given of its own. */
const SHARED = [
  "AttributeDefinitions",
  "KeySchema",
  "LocalSecondaryIndexes",
  "GlobalSecondaryIndexes",
  "VectorIndexes",
  "BillingMode",
  "ProvisionedThroughput",
  "OnDemandThroughput",
  "WarmThroughput",
  "StreamSpecification",
] as const satisfies readonly (keyof CreateTableCommandInput)[];

/**
 * Makes a table as a replica of another account's, which must share its settings.
 * Faults: ValidationException, ResourceNotFoundException, ResourceInUseException.
 */
export async function createFromSource(
  context: Context,
  input: CreateTableCommandInput,
  scope: Scope,
  name: string,
) {
  const source = parseTableArn(input.GlobalTableSourceArn ?? "");
  if (!source) {
    throw invalid(`Invalid TableArn: Invalid ResourceArn provided as input ${input.GlobalTableSourceArn}`);
  }
  const own = SHARED.find((member) => input[member] !== undefined);
  if (own) throw wrongParameter(`${own} cannot be specified when GlobalTableSourceArn is specified`);
  if (input.GlobalTableSettingsReplicationMode !== "ENABLED") {
    throw wrongParameter(
      "GlobalTableSettingsReplicationMode must be ENABLED when GlobalTableSourceArn is specified",
    );
  }
  if (source.name !== name) throw wrongParameter("All replicas of a global table must have the same name");
  if (input.Tags) checkTags(input.Tags);
  if (input.ResourcePolicy !== undefined) checkPolicy(input.ResourcePolicy);
  const policyRevision = context.ids.uuid();
  return context.store.transact(async (tx) => {
    if (await findTable(tx, context.store, scope, name)) {
      throw fault("ResourceInUseException", `Table already exists: ${name}`);
    }
    const table = await findTable(tx, context.store, source.scope, name);
    if (!table || table.record.loading) throw namedTableMissing(name);
    checkSource(table.record, scope);
    const nowMs = context.clock.now();
    const create = { RegionName: scope.region };
    const joined = await addReplica(
      tx,
      context,
      table.record,
      create,
      { isStrong: false },
      nowMs,
      scope.account,
    );
    saveTable(tx, context, joined);
    const made = await findTable(tx, context.store, scope, name);
    if (!made) throw namedTableMissing(name);
    const record = withOwnSettings(made.record, input, policyRevision, nowMs);
    saveTable(tx, context, record);
    return { TableDescription: await describeTable(tx, record, nowMs) };
  });
}

/** What replicas do not share, as the request has it. */
function withOwnSettings(
  record: TableRecord,
  input: CreateTableCommandInput,
  revision: string,
  nowMs: number,
): TableRecord {
  const { Tags = [], TableClass, SSESpecification, ResourcePolicy: text } = input;
  return {
    ...record,
    deletionProtection: input.DeletionProtectionEnabled ?? false,
    tags: Tags.map(({ Key = "", Value = "" }) => ({ key: Key, value: Value })),
    ...(TableClass ? { tableClass: { name: TableClass } } : {}),
    ...(SSESpecification?.Enabled ? { encryption: encryptionRecord(SSESpecification, record) } : {}),
    ...(text === undefined ? {} : { policy: { text, revision, updatedMs: nowMs } }),
  };
}

function checkSource({ sharesSettings, group, account, region }: TableRecord, joining: Scope): void {
  if (!sharesSettings) {
    throw invalid("GlobalTableSettingsReplicationMode of the source table must be ENABLED");
  }
  if (group && !group.accounts) {
    throw invalid("A global table of one account cannot have replicas in other accounts");
  }
  const members: Readonly<Record<string, string>> = { [region]: account, ...group?.accounts };
  if (Object.values(members).includes(joining.account)) {
    throw invalid("Each replica of a multi-account global table must be in an account of its own");
  }
  if (Object.hasOwn(members, joining.region)) {
    throw invalid(`The global table has a replica in ${joining.region} already`);
  }
}

/** Faults: ValidationException where replicas are each their own account's to make and to delete. */
export function checkOneAccount({ group }: TableRecord): void {
  if (!group?.accounts) return;
  throw invalid("Replicas of a multi-account global table are created and deleted in their own accounts");
}

/** Whether a table shares its settings, once it was asked to. Faults: ValidationException. */
export function changeSharing(record: TableRecord, input: UpdateTableCommandInput): TableRecord {
  const mode = input.GlobalTableSettingsReplicationMode;
  if (mode === undefined) return record;
  const { sharesSettings: _, ...rest } = record;
  if (mode === "ENABLED") return { ...rest, sharesSettings: true };
  if (record.group?.accounts) {
    throw invalid("GlobalTableSettingsReplicationMode must be ENABLED for a multi-account global table");
  }
  return rest;
}
