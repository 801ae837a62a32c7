import type {
  AttributeDefinition,
  CreateTableCommandInput,
  GlobalSecondaryIndex,
  KeySchemaElement,
  LocalSecondaryIndex,
  ProvisionedThroughput,
} from "@aws-sdk/client-dynamodb";
import { fault } from "../faults.ts";
import { invalid } from "../values/value.ts";
import { checkVectorIndexes } from "../vectors/rules.ts";

const MOST_UNITS = 1_000_000_000_000;
const MOST_LOCALS = 5;
export const MOST_GLOBALS = 20;
/** Of all indexes of a table together, those that a projection of INCLUDE names. */
const MOST_INCLUDED = 100;
/** Of a global index's key, for each role. */
const MOST_KEY_ATTRIBUTES = 4;
const PARAMETERS = "One or more parameter values were invalid: ";
const BOTH_SAME = "Both the Hash Key and the Range Key element in the KeySchema have the same name";

/** AWS's ValidationException about parameter values. */
export function wrongParameter(message: string) {
  return invalid(PARAMETERS + message);
}

/** Refuses, in AWS's order and words, a table that cannot be. Faults: ValidationException. */
export function checkNewTable(input: CreateTableCommandInput): void {
  checkBilling(input);
  const definitions = input.AttributeDefinitions ?? [];
  const keys = input.KeySchema ?? [];
  const defined = namesOf(definitions);
  checkTableKeys(keys, definitions);
  const vectors = input.VectorIndexes;
  const indexed = (input.LocalSecondaryIndexes ?? input.GlobalSecondaryIndexes ?? vectors) !== undefined;
  if (!indexed && keys.length !== definitions.length) {
    throw wrongParameter(
      "Number of attributes in KeySchema does not exactly match number of attributes defined in " +
        "AttributeDefinitions",
    );
  }
  const seen = new Set<string>();
  if (input.LocalSecondaryIndexes) checkLocals(input.LocalSecondaryIndexes, keys, defined, seen);
  if (input.GlobalSecondaryIndexes) {
    checkGlobals(input.GlobalSecondaryIndexes, defined, seen, input.BillingMode);
  }
  const indexes = [...(input.LocalSecondaryIndexes ?? []), ...(input.GlobalSecondaryIndexes ?? [])];
  if (vectors) {
    checkVectorIndexes(vectors, { mode: input.BillingMode, definitions, keys, existing: [] }, seen);
  }
  checkIncluded(indexes);
  const searched = (vectors ?? []).map(({ SearchSchema }) => SearchSchema ?? []);
  checkAllUsed(defined, [keys, ...indexes.map((index) => index.KeySchema ?? []), ...searched]);
  if (input.StreamSpecification?.StreamEnabled === true && !input.StreamSpecification.StreamViewType) {
    throw wrongParameter("StreamSpecification.StreamViewType must be specified if the stream is enabled");
  }
}

function checkBilling({ BillingMode, ProvisionedThroughput, OnDemandThroughput }: CreateTableCommandInput) {
  if (BillingMode === "PAY_PER_REQUEST") {
    if (ProvisionedThroughput) {
      throw wrongParameter(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode " +
          "is PAY_PER_REQUEST",
      );
    }
    return;
  }
  if (!ProvisionedThroughput?.ReadCapacityUnits || !ProvisionedThroughput.WriteCapacityUnits) {
    throw wrongParameter(
      "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
    );
  }
  if (OnDemandThroughput) {
    throw wrongParameter("OnDemandThroughput cannot be specified when BillingMode is PROVISIONED");
  }
  checkUnits(ProvisionedThroughput);
}

/** Faults: ValidationException for more units than DynamoDB can count. */
export function checkUnits({
  ReadCapacityUnits = 0,
  WriteCapacityUnits = 0,
}: Partial<ProvisionedThroughput>) {
  for (const [name, units] of Object.entries({ ReadCapacityUnits, WriteCapacityUnits })) {
    if (Number(units) > MOST_UNITS) throw invalid(`Given value ${units} for ${name} is out of bounds`);
  }
}

function checkTableKeys(keys: readonly KeySchemaElement[], definitions: readonly AttributeDefinition[]) {
  if (keys.length > 2) {
    throw invalid(
      `1 validation error detected: Value '[${keys.map(elementText).join(", ")}]' at 'keySchema' failed to ` +
        "satisfy constraint: Member must have length less than or equal to 2",
    );
  }
  if (keys.length > definitions.length) {
    throw invalid("Invalid KeySchema: Some index key attribute have no definition");
  }
  checkDefined(keys, namesOf(definitions));
  checkKeyRoles(keys);
  const names = namesOf(definitions);
  if (new Set(names).size < names.length) {
    throw wrongParameter("Duplicate AttributeName found in AttributeDefinitions");
  }
}

function elementText({ AttributeName, KeyType }: KeySchemaElement): string {
  return `KeySchemaElement(attributeName=${AttributeName}, keyType=${KeyType})`;
}

interface Named {
  readonly AttributeName?: string | undefined;
}

function namesOf(list: readonly Named[]): string[] {
  return list.map(({ AttributeName = "" }) => AttributeName);
}

function checkDefined(keys: readonly KeySchemaElement[], defined: readonly string[]): void {
  const names = namesOf(keys);
  if (names.every((name) => defined.includes(name))) return;
  throw wrongParameter(
    "Some index key attributes are not defined in AttributeDefinitions. " +
      `Keys: [${names.join(", ")}], AttributeDefinitions: [${defined.join(", ")}]`,
  );
}

function checkKeyRoles(keys: readonly KeySchemaElement[]): void {
  const [first, second] = keys;
  if (second && first?.AttributeName === second.AttributeName) throw invalid(BOTH_SAME);
  if (first?.KeyType !== "HASH") {
    throw invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  }
  if (second && second.KeyType !== "RANGE") {
    throw invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  }
}

function checkLocals(
  locals: readonly LocalSecondaryIndex[],
  keys: readonly KeySchemaElement[],
  defined: readonly string[],
  seen: Set<string>,
): void {
  if (locals.length === 0) throw wrongParameter("List of LocalSecondaryIndexes is empty");
  if (keys.length !== 2) {
    throw wrongParameter(
      "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex",
    );
  }
  for (const index of locals) checkLocal(index, keys[0]?.AttributeName, defined, seen);
  if (locals.length > MOST_LOCALS) {
    throw wrongParameter(`Number of LocalSecondaryIndexes exceeds per-table limit of ${MOST_LOCALS}`);
  }
}

function checkLocal(
  index: LocalSecondaryIndex,
  tableHash: string | undefined,
  defined: readonly string[],
  seen: Set<string>,
): void {
  const keys = index.KeySchema ?? [];
  checkDefined(keys, defined);
  checkKeyRoles(keys);
  if (keys.length !== 2) {
    throw wrongParameter(`Index KeySchema does not have a range key for index: ${index.IndexName}`);
  }
  const hash = keys[0]?.AttributeName;
  if (hash !== tableHash) {
    throw wrongParameter(
      "Index KeySchema does not have the same leading hash key as table KeySchema for index: " +
        `${index.IndexName}. index hash key: ${hash}, table hash key: ${tableHash}`,
    );
  }
  checkProjection(index);
  checkIndexName(index.IndexName, seen);
}

function checkGlobals(
  globals: readonly GlobalSecondaryIndex[],
  defined: readonly string[],
  seen: Set<string>,
  billing: string | undefined,
): void {
  if (globals.length === 0) throw wrongParameter("List of GlobalSecondaryIndexes is empty");
  for (const index of globals) {
    checkGlobalKeys(index, defined);
    checkGlobalThroughput(index, billing);
    checkIndexName(index.IndexName, seen);
  }
  if (globals.length > MOST_GLOBALS) {
    throw wrongParameter(`GlobalSecondaryIndex count exceeds the per-table limit of ${MOST_GLOBALS}`);
  }
}

/** What holds for a new global index, whether it comes with its table or later. */
export function checkGlobalKeys(
  index: Pick<GlobalSecondaryIndex, "KeySchema" | "Projection">,
  defined: readonly string[],
): void {
  const keys = index.KeySchema ?? [];
  checkDefined(keys, defined);
  if (keys.length > 2) checkSeveral(keys);
  else if (keys.every(({ KeyType }) => KeyType === "HASH")) checkNames(keys);
  else checkKeyRoles(keys);
  checkProjection(index);
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html */
function checkSeveral(keys: readonly KeySchemaElement[]): void {
  checkNames(keys);
  const roles = keys.map(({ KeyType }) => KeyType);
  const hashes = roles.filter((role) => role === "HASH").length;
  if (hashes === 0 || roles[0] !== "HASH") {
    throw invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  }
  if (roles.lastIndexOf("HASH") >= hashes) {
    throw invalid("Invalid KeySchema: HASH key elements must come before RANGE key elements");
  }
  if (hashes > MOST_KEY_ATTRIBUTES || keys.length - hashes > MOST_KEY_ATTRIBUTES) {
    throw invalid(
      `Invalid KeySchema: No more than ${MOST_KEY_ATTRIBUTES} HASH and ${MOST_KEY_ATTRIBUTES} RANGE key ` +
        "elements are allowed",
    );
  }
}

function checkNames(keys: readonly KeySchemaElement[]): void {
  const names = namesOf(keys);
  if (new Set(names).size < names.length) throw invalid(BOTH_SAME);
}

/** On-demand tables have indexes without units, provisioned tables with them. */
export function checkGlobalThroughput(
  { IndexName, ProvisionedThroughput }: Pick<GlobalSecondaryIndex, "IndexName" | "ProvisionedThroughput">,
  billing: string | undefined,
): void {
  if (billing === "PAY_PER_REQUEST") {
    if (!ProvisionedThroughput) return;
    throw wrongParameter(
      `ProvisionedThroughput should not be specified for index: ${IndexName} when ` +
        "BillingMode is PAY_PER_REQUEST",
    );
  }
  if (!ProvisionedThroughput) {
    throw wrongParameter(`ProvisionedThroughput must be specified for index: ${IndexName}`);
  }
  checkUnits(ProvisionedThroughput);
}

function checkProjection({ Projection }: Pick<GlobalSecondaryIndex, "Projection">): void {
  const type = Projection?.ProjectionType;
  if (type === undefined) throw wrongParameter("Unknown ProjectionType: null");
  const included = Projection?.NonKeyAttributes;
  if (included && type !== "INCLUDE") {
    throw wrongParameter(`ProjectionType is ${type}, but NonKeyAttributes is specified`);
  }
  if (!included && type === "INCLUDE") {
    throw wrongParameter("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
  }
}

function checkIndexName(name: string | undefined, seen: Set<string>): void {
  if (name === undefined) return;
  if (seen.has(name)) throw wrongParameter(`Duplicate index name: ${name}`);
  seen.add(name);
}

/** Faults: LimitExceededException when the indexes of a table include too many attributes together. */
function checkIncluded(indexes: readonly Pick<GlobalSecondaryIndex, "Projection">[]): void {
  const count = indexes.reduce((sum, { Projection }) => sum + (Projection?.NonKeyAttributes?.length ?? 0), 0);
  if (count <= MOST_INCLUDED) return;
  throw fault(
    "LimitExceededException",
    `${PARAMETERS}Number of projected attributes across all secondary indexes exceeds ` +
      `the limit of ${MOST_INCLUDED}`,
  );
}

/** Every attribute that is defined must be in a key. */
function checkAllUsed(defined: readonly string[], keys: readonly (readonly Named[])[]): void {
  const used = new Set(keys.flatMap(namesOf));
  if (defined.every((name) => used.has(name))) return;
  throw wrongParameter(
    "Some AttributeDefinitions are not used. " +
      `AttributeDefinitions: [${defined.join(", ")}], keys used: [${[...used].join(", ")}]`,
  );
}
