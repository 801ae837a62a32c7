import type { GlobalSecondaryIndexUpdate, UpdateTableCommandInput } from "@aws-sdk/client-dynamodb";
import { fault } from "../faults.ts";
import type { AttributeDefinitionRecord, GlobalIndexRecord, TableRecord } from "../records.ts";
import { invalid } from "../values/value.ts";
import { changeVectors } from "../vectors/rules.ts";
import { definitionRecords, globalRecord, limitsRecord, warmRecord } from "./build.ts";
import { checkGlobalKeys, checkGlobalThroughput, MOST_GLOBALS, wrongParameter } from "./rules.ts";

/** Checks what can be said of index updates without their table. Faults: as AWS's. */
export function checkIndexUpdates(updates: readonly GlobalSecondaryIndexUpdate[]): void {
  const seen = new Set<string>();
  for (const { Create, Update, Delete } of updates) {
    const given = [Create, Update, Delete].filter((one) => one !== undefined);
    if (given.length === 0) {
      throw wrongParameter(
        "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, " +
          "GlobalSecondaryIndexUpdate.Delete must not be null",
      );
    }
    if (given.length > 1) {
      throw wrongParameter(
        "Only one of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, " +
          "GlobalSecondaryIndexUpdate.Delete can be specified",
      );
    }
    const name = (Create ?? Update ?? Delete)?.IndexName ?? "";
    if (seen.has(name)) {
      throw wrongParameter(
        `Only one global secondary index update per index is allowed simultaneously. Index: ${name}`,
      );
    }
    seen.add(name);
  }
  if (updates.filter(({ Create, Delete }) => Create ?? Delete).length > 1) {
    throw fault(
      "LimitExceededException",
      "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
    );
  }
}

/** The table with its global indexes changed: a new one is `backfilling`, one to go is `deleting`. */
export function changeIndexes(record: TableRecord, input: UpdateTableCommandInput): TableRecord {
  let changed: TableRecord = { ...record, attributes: mergeDefinitions(record, input) };
  for (const { Create, Update, Delete } of input.GlobalSecondaryIndexUpdates ?? []) {
    if (Create) changed = createIndex(changed, Create);
    if (Update) changed = updateIndex(changed, Update);
    if (Delete) changed = deleteIndex(changed, Delete.IndexName);
  }
  changed = changeVectors(changed, input);
  return { ...changed, attributes: usedDefinitions(changed) };
}

function mergeDefinitions(
  record: TableRecord,
  input: UpdateTableCommandInput,
): readonly AttributeDefinitionRecord[] {
  const merged = new Map(record.attributes.map((one) => [one.name, one]));
  for (const one of definitionRecords(input.AttributeDefinitions ?? [])) {
    const old = merged.get(one.name);
    if (old && old.type !== one.type) {
      throw wrongParameter(`Attribute ${one.name} is already defined with type ${old.type}`);
    }
    merged.set(one.name, one);
  }
  return [...merged.values()];
}

/** A definition that no key needs any more goes with its index. */
function usedDefinitions({ attributes, keys, locals, globals, vectors = [] }: TableRecord) {
  const kept = globals.filter(({ state }) => state !== "deleting");
  const searched = vectors.filter(({ state }) => state !== "deleting").map(({ schema }) => schema);
  const used = new Set(
    [keys, ...[...locals, ...kept].map((index) => index.keys), ...searched].flatMap((list) =>
      list.map(({ name }) => name),
    ),
  );
  return attributes.filter(({ name }) => used.has(name));
}

type Creation = NonNullable<GlobalSecondaryIndexUpdate["Create"]>;
type Change = NonNullable<GlobalSecondaryIndexUpdate["Update"]>;

function createIndex(record: TableRecord, creation: Creation): TableRecord {
  const defined = record.attributes.map(({ name }) => name);
  checkGlobalKeys(creation, defined);
  const { locals, globals, vectors = [] } = record;
  if ([...locals, ...globals, ...vectors].some(({ name }) => name === creation.IndexName)) {
    throw invalid("Attempting to create an index which already exists");
  }
  checkGlobalThroughput(creation, record.billing.mode);
  if (record.globals.length >= MOST_GLOBALS) {
    throw fault(
      "LimitExceededException",
      "Subscriber limit exceeded: Number of Global Secondary Indexes exceeds per-table " +
        `limit of ${MOST_GLOBALS}`,
    );
  }
  const index = globalRecord(creation, record.nextIndex, "backfilling");
  return { ...record, globals: [...record.globals, index], nextIndex: record.nextIndex + 1 };
}

function deleteIndex(record: TableRecord, indexName: string | undefined): TableRecord {
  return replaceIndex(record, indexName, (index) => ({ ...index, state: "deleting" }));
}

function updateIndex(record: TableRecord, update: Change): TableRecord {
  const { ProvisionedThroughput, OnDemandThroughput, WarmThroughput } = update;
  // Units were changed with the table's.
  if (ProvisionedThroughput && record.billing.mode === "PAY_PER_REQUEST") {
    checkGlobalThroughput(update, record.billing.mode);
  }
  return replaceIndex(record, update.IndexName, (index) => ({
    ...index,
    ...(OnDemandThroughput ? { onDemandLimits: limitsRecord(OnDemandThroughput) } : {}),
    ...(WarmThroughput ? { warmThroughput: warmRecord(WarmThroughput) } : {}),
  }));
}

function replaceIndex(
  record: TableRecord,
  indexName: string | undefined,
  change: (index: GlobalIndexRecord) => GlobalIndexRecord,
): TableRecord {
  if (!record.globals.some(({ name }) => name === indexName)) {
    throw fault("ResourceNotFoundException", "Requested resource not found");
  }
  return {
    ...record,
    globals: record.globals.map((index) => (index.name === indexName ? change(index) : index)),
  };
}
