import type { Key, Transaction } from "../../../store/store.ts";
import type { Background } from "../../define.ts";
import { addEntry } from "../items/access.ts";
import { type Fill, firstFill, forgetFill, itemsIn, noteFill, placePrefix } from "../records.ts";
import { findTable, type Index, saveTable, type Table } from "./catalog.ts";

/** Items added to an index in one transaction: others wait for no more than that. */
const ADDED_AT_ONCE = 200;

/** Adds some older items to an index that was added to a live table; false when there is nothing to add. */
export function fillNext(background: Background): Promise<boolean> {
  return background.store.transact(async (tx) => {
    const fill = await firstFill(tx);
    if (!fill) return false;
    const table = await findTable(tx, background.store, fill, fill.name);
    const index = table?.indexes.find(({ number }) => number === fill.index);
    if (!table || table.number !== fill.table || index?.state !== "backfilling") forgetFill(tx, fill);
    else await fillSome(tx, background, fill, table, index);
    return true;
  });
}

async function fillSome(
  tx: Transaction,
  background: Background,
  fill: Fill,
  table: Table,
  index: Index,
): Promise<void> {
  const range = { prefix: placePrefix(table.number, 0), ...(fill.after ? { gt: fill.after } : {}) };
  let last: Key | undefined;
  let count = 0;
  for await (const [key, item] of itemsIn(tx, range, false)) {
    await addEntry(tx, table, index, item);
    last = key;
    if (++count === ADDED_AT_ONCE) break;
  }
  if (count === ADDED_AT_ONCE && last) {
    noteFill(tx, { ...fill, after: last });
    return;
  }
  forgetFill(tx, fill);
  const globals = table.record.globals.map((one) =>
    one.number === index.number ? { ...one, state: "active" as const } : one,
  );
  saveTable(tx, background, { ...table.record, globals });
}
