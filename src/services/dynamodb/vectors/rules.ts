import type {
  AttributeDefinition,
  CreateVectorIndexAction,
  KeySchemaElement,
  UpdateTableCommandInput,
  VectorIndex,
} from "@aws-sdk/client-dynamodb";
import { fault } from "../faults.ts";
import type { TableRecord } from "../records.ts";
import { invalid } from "../values/value.ts";
import { type VectorIndexRecord, vectorRecord } from "./record.ts";

/*
 * Limits and words are those of Amazon DynamoDB in August 2026.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/VectorSearch.Requirements.md
 */
const MOST_INDEXES = 5;
const MOST_DIMENSIONS = 4096;
const MOST_FILTERS = 18;
const PARAMETERS = "One or more parameter values were invalid: ";
const ONE_AT_A_TIME =
  "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table";

type Definition = VectorIndex | CreateVectorIndexAction;

/** What a new index must go with. */
interface Surroundings {
  readonly mode: string | undefined;
  readonly definitions: readonly AttributeDefinition[];
  /** Of the table. */
  readonly keys: readonly KeySchemaElement[];
  readonly existing: readonly VectorIndexRecord[];
}

/** Refuses vector indexes that a new table cannot have. `names` are those of its other indexes. */
export function checkVectorIndexes(
  indexes: readonly VectorIndex[],
  surroundings: Surroundings,
  names: Set<string>,
): void {
  if (indexes.length === 0) throw wrong("List of VectorIndexes is empty");
  checkMode(surroundings.mode);
  if (indexes.length > MOST_INDEXES) {
    throw wrong(`VectorIndex count exceeds the per-table limit of ${MOST_INDEXES}`);
  }
  const dimensions = new Map<string, number>();
  for (const index of indexes) {
    const { IndexName = "" } = index;
    if (names.has(IndexName)) throw wrong(`Duplicate index name: ${IndexName}`);
    names.add(IndexName);
    checkDefinition(index, surroundings, dimensions);
  }
}

/** What can be said of index updates without their table. Faults: as AWS's. */
export function checkVectorUpdates(input: UpdateTableCommandInput): void {
  const updates = input.VectorIndexUpdates ?? [];
  for (const { Create, Delete } of updates) {
    if (!Create && !Delete) {
      throw wrong("One of VectorIndexUpdate.Create, VectorIndexUpdate.Delete must not be null");
    }
    if (Create && Delete) {
      throw wrong("Only one of VectorIndexUpdate.Create, VectorIndexUpdate.Delete can be specified");
    }
  }
  const online = (input.GlobalSecondaryIndexUpdates ?? []).filter(({ Create, Delete }) => Create ?? Delete);
  if (updates.length + (updates.length > 0 ? online.length : 0) > 1) {
    throw fault("LimitExceededException", ONE_AT_A_TIME);
  }
}

/** The table with its vector indexes changed: a new one is `backfilling`, one to go is `deleting`. */
export function changeVectors(record: TableRecord, input: UpdateTableCommandInput): TableRecord {
  const { vectors = [] } = record;
  if (vectors.length > 0) checkMode(record.billing.mode);
  let changed = record;
  for (const { Create, Delete } of input.VectorIndexUpdates ?? []) {
    if (Create) changed = createVector(changed, Create, input.AttributeDefinitions ?? []);
    else if (Delete) changed = deleteVector(changed, Delete.IndexName);
  }
  return changed;
}

function createVector(
  record: TableRecord,
  creation: CreateVectorIndexAction,
  definitions: readonly AttributeDefinition[],
): TableRecord {
  const { vectors: existing = [], locals, globals, keys, attributes } = record;
  checkMode(record.billing.mode);
  const taken = [...existing, ...locals, ...globals].some(({ name }) => name === creation.IndexName);
  if (taken) throw invalid("Attempting to create an index which already exists");
  if (existing.length >= MOST_INDEXES) {
    throw fault(
      "LimitExceededException",
      "Subscriber limit exceeded: Number of vector secondary indexes exceeds per-table limit of " +
        MOST_INDEXES,
    );
  }
  const key = keys.find(({ name }) => name === creation.VectorAttribute?.AttributeName);
  if (key) {
    const type = attributes.find(({ name }) => name === key.name)?.type ?? "S";
    throw wrong(
      "Attributes cannot be redefined. Please check that your attribute has the same type as previously " +
        `defined. Existing schema: Schema:[SchemaElement: key{${key.name}:${type}:${key.role}}] ` +
        `New schema: VectorIndexSchema:[VectorAttribute: key{${key.name}:L:${creation.Dimensions}}]`,
    );
  }
  const dimensions = new Map(existing.map(({ attribute, dimensions }) => [attribute, dimensions]));
  const keySchema = keys.map(({ name, role }) => ({ AttributeName: name, KeyType: role }));
  checkDefinition(
    creation,
    { mode: record.billing.mode, definitions, keys: keySchema, existing },
    dimensions,
  );
  const index = vectorRecord(creation, record.nextIndex, "backfilling");
  return { ...record, vectors: [...existing, index], nextIndex: record.nextIndex + 1 };
}

function deleteVector(record: TableRecord, indexName: string | undefined): TableRecord {
  const { vectors = [] } = record;
  if (!vectors.some(({ name }) => name === indexName)) {
    throw fault("ResourceNotFoundException", "Requested resource not found");
  }
  return {
    ...record,
    vectors: vectors.map((index) =>
      index.name === indexName ? { ...index, state: "deleting" as const } : index,
    ),
  };
}

function checkMode(mode: string | undefined): void {
  if (mode === "PAY_PER_REQUEST") return;
  throw wrong("Vector indexes are only supported for PAY_PER_REQUEST tables");
}

/** `dimensions` holds how many each attribute's vectors have, and learns of this index's. */
function checkDefinition(
  index: Definition,
  { definitions, keys }: Surroundings,
  dimensions: Map<string, number>,
): void {
  const { Dimensions = 0, SearchSchema = [], VectorAttribute } = index;
  if (Dimensions < 1 || Dimensions > MOST_DIMENSIONS) {
    throw wrong(`Number of dimensions must be between 1 and ${MOST_DIMENSIONS} inclusive.`);
  }
  const attribute = VectorAttribute?.AttributeName ?? "";
  const defined = definitions.map(({ AttributeName }) => AttributeName);
  if (defined.includes(attribute) || keys.some(({ AttributeName }) => AttributeName === attribute)) {
    throw wrong(
      `Conflicting attribute definition for '${attribute}'. An attribute cannot be defined in ` +
        "AttributeDefinitions when used as a VectorAttribute.",
    );
  }
  if ((dimensions.get(attribute) ?? Dimensions) !== Dimensions) {
    throw wrong(
      `Conflicting attribute definition for '${attribute}'. All VectorIndexes on the same vector attribute ` +
        "must use the same dimensions.",
    );
  }
  dimensions.set(attribute, Dimensions);
  if (SearchSchema.some(({ AttributeName }) => !defined.includes(AttributeName))) {
    throw wrong("One element in SearchSchema is not defined in attribute definitions");
  }
  checkSchema(SearchSchema);
  checkProjection(index);
}

function checkSchema(schema: NonNullable<VectorIndex["SearchSchema"]>): void {
  const names = schema.map(({ AttributeName }) => AttributeName);
  if (new Set(names).size < names.length) throw wrong("SearchSchema contains duplicate attribute names");
  const hashes = schema.filter(({ SearchSchemaElementType }) => SearchSchemaElementType === "HASH").length;
  if (hashes > 1) throw wrong("SearchSchema must not contain more than one HASH element");
  if (schema.length - hashes > MOST_FILTERS) {
    throw wrong(`SearchSchema must not contain more than ${MOST_FILTERS} INLINE_FILTER elements`);
  }
}

function checkProjection({ Projection }: Definition): void {
  const type = Projection?.ProjectionType;
  if (type === undefined) throw wrong("Unknown ProjectionType: null");
  if (Projection?.NonKeyAttributes && type !== "INCLUDE") {
    throw wrong(`ProjectionType is ${type}, but NonKeyAttributes is specified`);
  }
  if (!Projection?.NonKeyAttributes && type === "INCLUDE") {
    throw wrong("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
  }
}

function wrong(message: string) {
  return invalid(PARAMETERS + message);
}
