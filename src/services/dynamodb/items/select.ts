import type { ReadyProjection } from "../expressions/expressions.ts";
import type { Index, Table } from "../tables/catalog.ts";
import { attributesOf, checkKey, type KeySchema } from "../values/keys.ts";
import { type Item, invalid } from "../values/value.ts";

/** What Query and Scan have in common. */
export interface Selection {
  readonly IndexName?: string | undefined;
  readonly Select?: string | undefined;
  readonly ConsistentRead?: boolean | undefined;
  readonly AttributesToGet?: readonly string[] | undefined;
  readonly ProjectionExpression?: string | undefined;
  readonly ExclusiveStartKey?: Item | undefined;
}

const PARAMETERS = "One or more parameter values were invalid: ";

/** Checks `Select` against what goes with it. Faults: ValidationException. */
export function checkSelect(input: Selection): void {
  const { Select, IndexName, AttributesToGet, ProjectionExpression } = input;
  if (Select === "ALL_PROJECTED_ATTRIBUTES" && IndexName === undefined) {
    throw invalid(`${PARAMETERS}ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName`);
  }
  const projecting =
    ProjectionExpression !== undefined
      ? "ProjectionExpression"
      : AttributesToGet !== undefined
        ? "AttributesToGet"
        : undefined;
  if (projecting === undefined) {
    if (Select !== "SPECIFIC_ATTRIBUTES") return;
    throw invalid(
      "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
    );
  }
  if (Select === undefined || Select === "SPECIFIC_ATTRIBUTES") return;
  const chosen = Select === "COUNT" ? "only the Count" : Select;
  throw invalid(`Cannot specify the ${projecting} when choosing to get ${chosen}`);
}

/** The index that is read, if one is. Faults: ValidationException. */
export function indexOf(
  table: Table,
  { IndexName, ConsistentRead }: Selection,
  by: "Query" | "Scan" | "statement",
): Index | undefined {
  if (IndexName === undefined) return undefined;
  const index = table.indexes.find(({ name }) => name === IndexName);
  if (!index && table.vectors.some(({ name }) => name === IndexName)) {
    throw invalid(
      by === "Query"
        ? "Query operation not supported on this index type."
        : "Scan operation not supported on this index type",
    );
  }
  if (!index) {
    const named = by === "statement" ? "" : `: ${IndexName}`;
    throw invalid(`The table does not have the specified index${named}`);
  }
  if (index.kind === "global" && ConsistentRead) {
    throw invalid(
      by === "statement"
        ? "Strongly consistent read is not supported on Global Secondary Indexes"
        : "Consistent reads are not supported on global secondary indexes",
    );
  }
  if (index.state === "backfilling") {
    throw invalid(`Cannot read from backfilling global secondary index: ${IndexName}`);
  }
  return index;
}

/** Whether whole items are fetched for an index's entries. Faults: ValidationException for a global one. */
export function fetchesItems(
  index: Index | undefined,
  { Select }: Selection,
  projection: ReadyProjection | undefined,
): boolean {
  const projected = index?.projected;
  if (!index || !projected) return false;
  if (index.kind === "global") {
    checkGlobal(index, projected, Select, projection);
    return false;
  }
  if (Select === "ALL_ATTRIBUTES") return true;
  return projection?.paths.some(([name]) => typeof name === "string" && !projected.has(name)) ?? false;
}

function checkGlobal(
  index: Index,
  projected: ReadonlySet<string>,
  select: string | undefined,
  projection: ReadyProjection | undefined,
): void {
  if (select === "ALL_ATTRIBUTES") {
    throw invalid(
      `${PARAMETERS}Select type ALL_ATTRIBUTES is not supported for global secondary index ` +
        `${index.name} because its projection type is not ALL`,
    );
  }
  const missing = projection?.paths.flatMap(([name]) =>
    typeof name === "string" && !projected.has(name) ? [name] : [],
  );
  if (missing?.length) {
    throw invalid(
      `${PARAMETERS}Global secondary index ${index.name} does not project [${missing.join(", ")}]`,
    );
  }
}

const BAD_START = "The provided starting key is invalid";

/** Checks a start key against what is read. Faults: ValidationException. */
export function checkStartKey(table: Table, index: Index | undefined, key: Item, isScan: boolean): void {
  const names = index?.keyNames ?? table.keyNames;
  if (Object.keys(key).length !== names.length) {
    const detail = "The provided key element does not match the schema";
    throw invalid(isScan && !index ? `${BAD_START}: ${detail}` : BAD_START);
  }
  if (index) {
    if (names.some((name) => !Object.hasOwn(key, name))) throw invalid(BAD_START);
    checkKey(partOf(key, index.schema), index.schema);
  }
  try {
    checkKey(partOf(key, table.schema), table.schema);
  } catch (error) {
    throw error instanceof Error ? invalid(`${BAD_START}: ${error.message}`) : error;
  }
}

function partOf(key: Item, schema: KeySchema): Item {
  const names = new Set(attributesOf(schema).map(({ name }) => name));
  return Object.fromEntries(Object.entries(key).filter(([name]) => names.has(name)));
}
