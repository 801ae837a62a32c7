import type * as sdk from "@aws-sdk/client-dynamodb";
import type { SearchVectorsCommandInput } from "@aws-sdk/client-dynamodb";
import type { Transaction } from "../../../store/store.ts";
import type { Handlers } from "../../define.ts";
import type { Condition } from "../expressions/ast.ts";
import {
  checkExpressionParameters,
  type ReadyProjection,
  readExpressions,
} from "../expressions/expressions.ts";
import { getTable, type Table, type VectorIndex } from "../tables/catalog.ts";
import { equalValues } from "../values/compare.ts";
import { type AttributeValue, attributeOf, type Item, invalid, typeOf } from "../values/value.ts";
import { entryBytes, readEntry, type VectorEntry, vectorPrefix } from "./entries.ts";
import { compareScores, floatOf, floatText, scoreOf } from "./score.ts";

const MOST_RESULTS = 100;
/** Every search counts for so much at least. */
const LEAST_BYTES = 1024;

/** One `attribute = :value` of a search's condition. */
interface Equality {
  readonly attribute: string;
  readonly value: AttributeValue;
}

interface Found {
  readonly entry: VectorEntry;
  readonly score: number;
}

export const vectorSearch = {
  async SearchVectors(input, context) {
    const { TopK: most = 0, SearchVector: elements = [], IndexName: name = "" } = input;
    if (most > MOST_RESULTS) {
      throw invalid(
        `Provided TopK value '${most}' is out of valid range. ` +
          `The value must be between 1 and ${MOST_RESULTS} inclusive`,
      );
    }
    const { equalities, projection } = readSearch(input);
    return context.store.transact(async (tx) => {
      const table = await getTable(tx, context, input.TableName);
      const index = indexOf(table, name);
      const searched = searchedVector(index, elements);
      const partition = checkEqualities(index, equalities);
      const filters = equalities.filter(({ attribute }) => attribute !== index.partition);
      const found = await nearest(tx, table, index, { searched, partition, filters, most });
      const results = found.best.map(({ entry, score }) => ({
        Item: shown(index, entry, projection),
        Score: score,
      }));
      const isAsked = input.ReturnConsumedCapacity === "TOTAL" || input.ReturnConsumedCapacity === "INDEXES";
      const consumed = { VectorSearchRequestBytes: Math.max(LEAST_BYTES, found.bytes) };
      return { SearchResults: results, ...(isAsked ? { ConsumedCapacity: consumed } : {}) };
    });
  },
} satisfies Handlers<typeof sdk>;

function readSearch(input: SearchVectorsCommandInput) {
  checkExpressionParameters({ ...input }, ["SearchConditionExpression", "ProjectionExpression"], []);
  const { SearchConditionExpression, ProjectionExpression } = input;
  const { ExpressionAttributeNames, ExpressionAttributeValues } = input;
  const read = readExpressions({
    SearchConditionExpression,
    ProjectionExpression,
    ExpressionAttributeNames,
    ExpressionAttributeValues,
  });
  return {
    equalities: read.search ? equalitiesOf(read.search.condition) : [],
    projection: read.projection,
  };
}

/** Faults: ValidationException for a condition of anything but `=`, joined by AND. */
function equalitiesOf(condition: Condition): Equality[] {
  if (condition.kind === "and") return condition.conditions.flatMap(equalitiesOf);
  const wrong = invalid(
    "Invalid SearchConditionExpression: Invalid comparator used in SearchConditionExpression",
  );
  if (condition.kind !== "test" || condition.operator !== "=") throw wrong;
  const path = condition.operands.find((operand) => operand.kind === "path")?.path;
  const value = condition.operands.find((operand) => operand.kind === "value")?.value;
  const [attribute] = path ?? [];
  if (path?.length !== 1 || typeof attribute !== "string" || !value) throw wrong;
  return [{ attribute, value }];
}

function indexOf({ vectors }: Table, name: string): VectorIndex {
  const index = vectors.find((one) => one.name === name);
  if (!index) throw invalid(`The table does not have the specified index: ${name}`);
  if (index.record.state === "backfilling") throw invalid(`Cannot search backfilling vector index: ${name}`);
  return index;
}

function searchedVector({ record }: VectorIndex, elements: readonly AttributeValue[]): Float32Array {
  const floats = elements.map(({ N }) => floatOf(N));
  if (floats.includes(undefined)) {
    throw invalid(
      "Search vector contains invalid values. All values in the search vector must be a 32-bit " +
        "floating-point number attribute",
    );
  }
  if (floats.length !== record.dimensions) {
    throw invalid(
      `Input search vector dimension ${floats.length} does not match vector index dimension ` +
        record.dimensions,
    );
  }
  return Float32Array.from(floats.map((float) => float ?? 0));
}

/** The value of the index's partition key, where it has one. Faults: ValidationException. */
function checkEqualities(
  { record, schema, partition }: VectorIndex,
  equalities: readonly Equality[],
): AttributeValue | undefined {
  const stranger = equalities.find(({ attribute }) => !record.schema.some(({ name }) => name === attribute));
  if (stranger) {
    throw invalid(
      "SearchConditionExpression must not contain any attributes that is not in SearchSchema. " +
        `Invalid attribute: ${stranger.attribute}`,
    );
  }
  if (partition === undefined) return undefined;
  const value = equalities.find(({ attribute }) => attribute === partition)?.value;
  if (!value) throw invalid("SearchConditionExpression must be provided when SearchSchema has a HASH key");
  const declared = schema.partitions.find(({ name }) => name === partition)?.type;
  if (typeOf(value) !== declared) {
    throw invalid(
      `Type of '${partition}' attribute in SearchConditionExpression (${typeOf(value)}) does not match ` +
        `type in search schema (${declared})`,
    );
  }
  if (value.S === "") {
    throw invalid(
      "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain " +
        `an empty string value. Key: ${partition}`,
    );
  }
  return value;
}

interface Search {
  readonly searched: Float32Array;
  readonly partition: AttributeValue | undefined;
  readonly filters: readonly Equality[];
  readonly most: number;
}

/** Looks at every entry there is: what it finds is exact, where Amazon's search is approximate. */
async function nearest(tx: Transaction, table: Table, index: VectorIndex, search: Search) {
  const { distance } = index.record;
  const { filters, most } = search;
  let best: Found[] = [];
  let bytes = 0;
  const sort = () => {
    best.sort((one, other) => compareScores(distance, one.score, other.score));
    best = best.slice(0, most);
  };
  const prefix = vectorPrefix(table, index, search.partition);
  for await (const [, value] of tx.range({ prefix }, { keys: false })) {
    const entry = readEntry(value);
    bytes += entryBytes(index, entry);
    if (!filters.every((filter) => holds(filter, entry.item))) continue;
    best.push({ entry, score: scoreOf(distance, search.searched, entry.vector) });
    if (best.length >= 2 * most) sort();
  }
  sort();
  return { best, bytes };
}

function holds({ attribute, value }: Equality, item: Item): boolean {
  const own = attributeOf(item, attribute);
  return own !== undefined && equalValues(own, value);
}

/** A vector is given back only where it is asked for by name, as the index keeps it. */
function shown(index: VectorIndex, entry: VectorEntry, projection: ReadyProjection | undefined): Item {
  if (!projection) return entry.item;
  const { attribute } = index.record;
  const isProjected = !index.projected || index.projected.has(attribute);
  if (!isProjected || !projection.paths.some(([name]) => name === attribute)) {
    return projection.project(entry.item);
  }
  const list = [...entry.vector].map((float) => ({ N: floatText(float) }));
  return projection.project({ ...entry.item, [attribute]: { L: list } });
}
