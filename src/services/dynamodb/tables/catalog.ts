import type { Scope } from "../../../kernel/scope.ts";
import type { Store, Transaction } from "../../../store/store.ts";
import { tableMissing } from "../faults.ts";
import {
  type GlobalIndexRecord,
  type IndexRecord,
  type KeyElementRecord,
  putTableRecord,
  revisionOf,
  type TableRecord,
  tableRecord,
} from "../records.ts";
import { putStream } from "../streams/records.ts";
import { type KeyAttribute, type KeySchema, keySchemaOf } from "../values/keys.ts";
import type { VectorIndexRecord } from "../vectors/record.ts";
import { parseTableName } from "./names.ts";

/** A table, with what every operation on its items needs worked out once. */
export interface Table {
  readonly record: TableRecord;
  /** Names the table in the keys of what it holds. */
  readonly number: number;
  readonly schema: KeySchema;
  /** Names of the key's attributes, the partition key first. */
  readonly keyNames: readonly string[];
  /** All indexes that writes reach: local ones, and global ones that are not being deleted. */
  readonly indexes: readonly Index[];
  readonly hasLocals: boolean;
  /** Vector indexes, but for those that are being deleted. */
  readonly vectors: readonly VectorIndex[];
}

export interface Index {
  readonly record: IndexRecord;
  readonly kind: "local" | "global";
  readonly number: number;
  readonly name: string;
  readonly schema: KeySchema;
  /** The index's key attributes and the table's, each once, in the order of a LastEvaluatedKey. */
  readonly keyNames: readonly string[];
  /** What an entry holds of an item; undefined for all of it. */
  readonly projected: ReadonlySet<string> | undefined;
  readonly state: GlobalIndexRecord["state"];
}

export interface VectorIndex {
  readonly record: VectorIndexRecord;
  readonly number: number;
  readonly name: string;
  /** The attributes that searches are narrowed by, of their types, whatever their roles. */
  readonly schema: KeySchema;
  /** The attribute whose value every search must name, where the index has one. */
  readonly partition: string | undefined;
  /** What an entry holds of an item besides its vector; undefined for all of it. */
  readonly projected: ReadonlySet<string> | undefined;
}

interface Remembered {
  readonly revision: string;
  readonly table: Table;
}

const catalogs = new WeakMap<Store, Map<string, Remembered>>();

/**
 * The table of that name, or undefined. What was read before is remembered for as long as the revision in
 * the store stays the same; the revision is read within the transaction, so the answer is never stale.
 */
export async function findTable(
  tx: Transaction,
  store: Store,
  scope: Scope,
  name: string,
): Promise<Table | undefined> {
  const revision = await revisionOf(tx, scope, name);
  if (revision === undefined) return undefined;
  const catalog = catalogs.get(store) ?? new Map<string, Remembered>();
  catalogs.set(store, catalog);
  const place = `${scope.account}/${scope.region}/${name}`;
  const remembered = catalog.get(place);
  if (remembered?.revision === revision) return remembered.table;
  const record = await tableRecord(tx, scope, name);
  if (!record) return undefined;
  const table = compileTable(record);
  catalog.set(place, { revision, table });
  return table;
}

/** The table that a `TableName` names, be it a name or an ARN. Faults: ResourceNotFoundException. */
export async function getTable(
  tx: Transaction,
  context: { readonly store: Store; readonly scope: Scope },
  tableName: string | undefined,
): Promise<Table> {
  const { scope, name } = parseTableName(tableName ?? "", context.scope);
  const table = await findTable(tx, context.store, scope, name);
  if (!table || table.record.loading) throw tableMissing();
  return table;
}

/** Writes a table's record anew, and its stream with it. */
export function saveTable(
  tx: Transaction,
  { ids }: { readonly ids: { hex(length: number): string } },
  record: TableRecord,
): Table {
  putStream(tx, record);
  putTableRecord(tx, record, ids.hex(16));
  return compileTable(record);
}

export function compileTable(record: TableRecord): Table {
  const types = new Map(record.attributes.map(({ name, type }) => [name, type]));
  const schemaOf = (keys: readonly KeyElementRecord[]): KeySchema => {
    const attributes = (role: KeyElementRecord["role"]): KeyAttribute[] =>
      keys.filter((key) => key.role === role).map(({ name }) => ({ name, type: types.get(name) ?? "S" }));
    return keySchemaOf(attributes("HASH"), attributes("RANGE"));
  };
  const keyNames = record.keys.map(({ name }) => name);
  const index = (of: IndexRecord, kind: Index["kind"], state: Index["state"]): Index => {
    const names = [...new Set([...of.keys.map(({ name }) => name), ...keyNames])];
    return {
      record: of,
      kind,
      number: of.number,
      name: of.name,
      schema: schemaOf(of.keys),
      keyNames: names,
      projected: of.projection === "ALL" ? undefined : new Set([...names, ...of.included]),
      state,
    };
  };
  const globals = record.globals.filter(({ state }) => state !== "deleting");
  return {
    record,
    number: record.number,
    schema: schemaOf(record.keys),
    keyNames,
    indexes: [
      ...record.locals.map((one) => index(one, "local", "active")),
      ...globals.map((one) => index(one, "global", one.state)),
    ],
    hasLocals: record.locals.length > 0,
    vectors: (record.vectors ?? [])
      .filter(({ state }) => state !== "deleting")
      .map((vector) => compileVector(vector, keyNames, types)),
  };
}

function compileVector(
  record: VectorIndexRecord,
  keyNames: readonly string[],
  types: ReadonlyMap<string, KeyAttribute["type"]>,
): VectorIndex {
  const names = record.schema.map(({ name }) => name);
  return {
    record,
    number: record.number,
    name: record.name,
    schema: keySchemaOf(names.map((name) => ({ name, type: types.get(name) ?? "S" }))),
    partition: record.schema.find(({ role }) => role === "HASH")?.name,
    projected: record.projection === "ALL" ? undefined : new Set([...keyNames, ...names, ...record.included]),
  };
}
