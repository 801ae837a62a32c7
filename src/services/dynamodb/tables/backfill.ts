import type { Key, Transaction } from "../../../store/store.ts";
import type { Background } from "../../define.ts";
import { addEntry } from "../items/access.ts";
import { type Fill, firstFill, forgetFill, noteFill, placePrefix } from "../records.ts";
import { keptItem } from "../values/kept.ts";
import { addVector } from "../vectors/entries.ts";
import { findTable, saveTable, type Table } from "./catalog.ts";

/** Items added to an index in one transaction: others wait for no more than that. */
const ADDED_AT_ONCE = 200;

/** Adds some older items to an index that was added to a live table; false when there is nothing to add. */
export function fillNext(background: Background): Promise<boolean> {
  return background.store.transact(async (tx) => {
    const fill = await firstFill(tx);
    if (!fill) return false;
    const table = await findTable(tx, background.store, fill, fill.name);
    if (!table || table.number !== fill.table || !isFilled(table, fill)) forgetFill(tx, fill);
    else await fillSome(tx, background, fill, table);
    return true;
  });
}

async function fillSome(tx: Transaction, background: Background, fill: Fill, table: Table): Promise<void> {
  const index = table.indexes.find(({ number }) => number === fill.index);
  const vector = table.vectors.find(({ number }) => number === fill.index);
  const range = { prefix: placePrefix(table.number, 0), ...(fill.after ? { gt: fill.after } : {}) };
  let last: Key | undefined;
  let count = 0;
  for await (const [key, stored] of tx.range(range)) {
    const { item } = keptItem(stored);
    if (index) await addEntry(tx, table, index, item);
    if (vector) await addVector(tx, table, vector, item);
    last = key;
    if (++count === ADDED_AT_ONCE) break;
  }
  if (count === ADDED_AT_ONCE && last) {
    noteFill(tx, { ...fill, after: last });
    return;
  }
  forgetFill(tx, fill);
  const filled = <One extends { readonly number: number }>(one: One) =>
    one.number === fill.index ? { ...one, state: "active" as const } : one;
  const { globals, vectors } = table.record;
  saveTable(tx, background, {
    ...table.record,
    globals: globals.map(filled),
    ...(vectors ? { vectors: vectors.map(filled) } : {}),
  });
}

function isFilled({ record }: Table, { index }: Fill): boolean {
  const all = [...record.globals, ...(record.vectors ?? [])];
  return all.some(({ number, state }) => number === index && state === "backfilling");
}
