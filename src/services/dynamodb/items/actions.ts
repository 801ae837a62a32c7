import type { Fault } from "../../../kernel/faults.ts";
import type { Transaction } from "../../../store/store.ts";
import type { Writer } from "../changes.ts";
import type { Path } from "../expressions/ast.ts";
import type { ReadyCondition, ReadyProjection, ReadyUpdate } from "../expressions/expressions.ts";
import { fault } from "../faults.ts";
import type { Table } from "../tables/catalog.ts";
import { equalValues } from "../values/compare.ts";
import type { KeptItem } from "../values/kept.ts";
import { attributesOf, checkIndexKey, checkItemKey, checkKey, keyOf } from "../values/keys.ts";
import { checkUpdatedItemSize } from "../values/validate.ts";
import { attributeOf, type Item, invalid, typeOf } from "../values/value.ts";
import { checkVectors } from "../vectors/entries.ts";
import { readItem, type Written, writeItem } from "./access.ts";

/** One write of one item, or a check of it, with all that a request says about it made ready. */
export type Action = PutAction | KeyAction;

interface Common {
  /** As the request names it: a name or an ARN. */
  readonly tableName: string;
  readonly condition?: ReadyCondition | undefined;
  /** Whether a failed condition gives back the item. */
  readonly returnsOnFailure: boolean;
}

export interface PutAction extends Common {
  readonly kind: "put";
  readonly item: Item;
  /** An INSERT: an item that is there already is a duplicate, and not a condition that failed. */
  readonly isInsert?: boolean;
}

export interface KeyAction extends Common {
  readonly kind: "delete" | "update" | "check";
  readonly key: Item;
  readonly update?: ReadyUpdate | undefined;
}

/** When an item is written, and by whom. */
export interface Cause {
  readonly nowMs: number;
  readonly by: Writer;
}

export interface Done {
  readonly before: KeptItem | undefined;
  readonly after: Item | undefined;
  readonly written: Written;
}

/** The condition did not hold for this item. */
export interface Failed {
  readonly failed: true;
  readonly before: KeptItem | undefined;
  readonly after?: undefined;
  /** A failed write costs what the write would have. */
  readonly written: Written;
}

/** The key of the item an action is about. */
export function keyOfAction(table: Table, action: Action): Item {
  return action.kind === "put" ? keyOf(action.item, table.schema) : action.key;
}

/** Checks an action against its table. Faults: ValidationException. */
export function checkAction(table: Table, action: Action): void {
  if (action.kind === "put") {
    checkItemKey(action.item, table.schema);
    for (const index of table.indexes) checkIndexKey(action.item, index.schema, index.name);
    checkVectors(table, action.item);
  } else {
    checkKey(action.key, table.schema);
    if (action.update) checkUpdate(table, action.update);
  }
  checkPaths(table, action.condition?.paths);
}

function checkUpdate(table: Table, { actions, paths }: ReadyUpdate): void {
  for (const { path } of actions) {
    const [name] = path;
    if (typeof name === "string" && table.keyNames.includes(name)) {
      throw invalid(
        `One or more parameter values were invalid: Cannot update attribute ${name}. ` +
          "This attribute is part of the key",
      );
    }
  }
  for (const { section, path, value } of actions) {
    const [name] = path;
    if (section !== "SET" || path.length > 1 || typeof name !== "string" || value?.kind !== "value") continue;
    for (const index of table.indexes) checkIndexKey({ [name]: value.value }, index.schema, index.name);
  }
  checkPaths(table, paths);
}

/** Keys are scalars: no path leads into one. Faults: ValidationException. */
export function checkPaths(table: Table, paths: readonly Path[] | undefined): void {
  if (!paths) return;
  for (const path of paths) {
    const [name] = path;
    if (path.length === 1 || typeof name !== "string") continue;
    const inKey = table.keyNames.includes(name);
    if (!inKey && !table.indexes.some(({ keyNames }) => keyNames.includes(name))) continue;
    throw invalid(
      "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: " +
        `${inKey ? "Key" : "IndexKey"}: ${name}`,
    );
  }
}

export function checkProjection(table: Table, projection: ReadyProjection | undefined): void {
  checkPaths(table, projection?.paths);
}

/**
 * Reads the item, tries the condition and writes. The action has been checked against the table.
 * Faults: ValidationException when an update does not fit the item.
 */
export async function runAction(
  tx: Transaction,
  table: Table,
  action: Action,
  { nowMs, by }: Cause,
): Promise<Done | Failed> {
  const before = await readItem(tx, table, action.kind === "put" ? action.item : action.key);
  const failed = action.condition !== undefined && !action.condition.holds(before?.item ?? {});
  if (failed || action.kind === "check") {
    const written = { bytesBefore: before?.sizeBytes ?? 0, bytesAfter: 0, entries: [] };
    return failed ? { failed, before, written } : { before, after: before?.item, written };
  }
  const after = resultOf(table, action, before);
  const written = await writeItem(tx, table, { before, after, actor: "request", nowMs, by });
  return { before, after, written };
}

function resultOf(table: Table, action: Action, kept: KeptItem | undefined): Item | undefined {
  if (action.kind === "put") return action.item;
  if (action.kind === "delete") return undefined;
  const before = kept?.item;
  const after = action.update ? action.update.apply(action.key, before) : (before ?? action.key);
  checkUpdatedItemSize(after);
  if (table.indexes.length > 0) checkUpdatedKeys(table, before, after);
  checkVectors(table, after);
  return after;
}

/** What an update computes may turn out to be nothing an index can have in its key. */
function checkUpdatedKeys(table: Table, before: Item | undefined, after: Item): void {
  for (const { schema, name: indexName } of table.indexes) {
    for (const attribute of attributesOf(schema)) {
      const value = attributeOf(after, attribute.name);
      if (!value) continue;
      const old = before && attributeOf(before, attribute.name);
      if (old && equalValues(old, value)) continue;
      if (typeOf(value) !== attribute.type) {
        throw invalid(
          "The update expression attempted to update the secondary index key to unsupported type",
        );
      }
      checkIndexKey({ [attribute.name]: value }, schema, indexName);
    }
  }
}

export const DUPLICATE = "Duplicate primary key exists in table";

/** The fault of a write whose condition did not hold. */
export function conditionFailed(action: Action, { before }: Failed): Fault {
  if (action.kind === "put" && action.isInsert) return fault("DuplicateItemException", DUPLICATE);
  const members = action.returnsOnFailure && before ? { Item: before.item } : {};
  return fault("ConditionalCheckFailedException", "The conditional request failed", members);
}
