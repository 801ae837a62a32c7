import type { Transaction } from "../../../store/store.ts";
import type { Context } from "../../define.ts";
import { fault } from "../faults.ts";
import { allTables, type TableRecord, tableRecord, type UnitsRecord } from "../records.ts";

/**
 * What an account may provision in a Region by default, and what of it for one table with its global
 * indexes. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
 */
export const ACCOUNT_UNITS = 80_000;
export const TABLE_UNITS = 40_000;
const MOST_TABLES = 2_500;

/**
 * Refuses a table that provisions more than its account may, where capacity is enforced: quotas differ from
 * account to account, so that nothing is refused otherwise. Faults: LimitExceededException.
 */
export async function checkQuotas(
  tx: Transaction,
  { capacity }: Pick<Context, "capacity">,
  before: TableRecord | undefined,
  after: TableRecord,
): Promise<void> {
  if (capacity !== "enforce") return;
  const units = unitsOf(after);
  const known = before ? unitsOf(before) : { read: 0, write: 0 };
  // Who provisions less, or as much as before, is let be, whatever others have.
  const kinds = (["read", "write"] as const).filter((kind) => units[kind] > known[kind]);
  for (const kind of kinds) if (units[kind] > TABLE_UNITS) throw tooMuch(kind, "table", TABLE_UNITS);
  if (kinds.length === 0 && before) return;
  const others = await othersOf(tx, after);
  if (!before && others.length >= MOST_TABLES) {
    throw fault(
      "LimitExceededException",
      `Subscriber limit exceeded: There is a limit of ${MOST_TABLES} tables per subscriber`,
    );
  }
  for (const kind of kinds) {
    const all = others.reduce((sum, other) => sum + unitsOf(other)[kind], units[kind]);
    if (all > ACCOUNT_UNITS) throw tooMuch(kind, "account", ACCOUNT_UNITS);
  }
}

/** What a table and its global indexes have provisioned; nothing on demand. */
export function unitsOf({ billing, globals }: TableRecord): UnitsRecord {
  const all = [billing.throughput, ...globals.map(({ throughput }) => throughput)];
  return {
    read: all.reduce((sum, { read }) => sum + read, 0),
    write: all.reduce((sum, { write }) => sum + write, 0),
  };
}

/** The other tables of the account in the Region. */
async function othersOf(tx: Transaction, { account, region, name }: TableRecord): Promise<TableRecord[]> {
  const found: TableRecord[] = [];
  for (const one of await allTables(tx)) {
    if (one.account !== account || one.region !== region || one.name === name) continue;
    const record = await tableRecord(tx, one, one.name);
    if (record) found.push(record);
  }
  return found;
}

function tooMuch(kind: "read" | "write", of: "table" | "account", limit: number) {
  return fault(
    "LimitExceededException",
    `Subscriber limit exceeded: Provisioned ${kind} capacity exceeds the ${of} limit of ${limit} units`,
  );
}
