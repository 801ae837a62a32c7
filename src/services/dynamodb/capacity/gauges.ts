import type { Scope } from "../../../kernel/scope.ts";
import type { Store, Transaction } from "../../../store/store.ts";
import { allTables, type TableRecord, tableRecord } from "../records.ts";
import { ACCOUNT_UNITS, TABLE_UNITS, unitsOf } from "../tables/quotas.ts";
import { seriesOf } from "./meter.ts";

/** What CloudWatch tells of capacity that is there, used or not. */
export interface Gauge {
  readonly name: string;
  readonly dimensions: string;
  readonly value: number;
}

const KINDS = [
  ["Read", "read"],
  ["Write", "write"],
] as const;

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html

/** Of a table and its global indexes; nothing where there is no such table, or no such number of it. */
export function gaugesOfTable(store: Store, scope: Scope, name: string): Promise<Gauge[]> {
  return store.transact(async (tx) => {
    const table = await tableRecord(tx, scope, name);
    if (!table) return [];
    const own = {
      name: undefined,
      throughput: table.billing.throughput,
      onDemandLimits: table.onDemandLimits,
    };
    return [own, ...table.globals].flatMap(({ name: index, throughput, onDemandLimits }) =>
      KINDS.flatMap(([kind, units]): Gauge[] => {
        const { dimensions } = seriesOf(table, index, "");
        if (table.billing.mode === "PROVISIONED")
          return [{ name: `Provisioned${kind}CapacityUnits`, dimensions, value: throughput[units] }];
        const most = onDemandLimits?.[units] ?? -1;
        return most < 0 ? [] : [{ name: `OnDemandMax${kind}RequestUnits`, dimensions, value: most }];
      }),
    );
  });
}

/** Of an account in a Region: what it may provision, and how much of that it has, in percent. */
export function gaugesOfAccount(store: Store, scope: Scope): Promise<Gauge[]> {
  return store.transact(async (tx) => {
    const provisioned = (await tablesOf(tx, scope)).map(unitsOf);
    return KINDS.flatMap(([kind, units]) => {
      const all = provisioned.map((one) => one[units]);
      const values = {
        [`AccountMax${kind}s`]: ACCOUNT_UNITS,
        [`AccountMaxTableLevel${kind}s`]: TABLE_UNITS,
        [`AccountProvisioned${kind}CapacityUtilization`]: percent(
          all.reduce((sum, one) => sum + one, 0),
          ACCOUNT_UNITS,
        ),
        [`MaxProvisionedTable${kind}CapacityUtilization`]: percent(Math.max(0, ...all), TABLE_UNITS),
      };
      return Object.entries(values).map(([name, value]) => ({ name, dimensions: "", value }));
    });
  });
}

const percent = (part: number, whole: number): number => (part / whole) * 100;

async function tablesOf(tx: Transaction, { account, region }: Scope): Promise<TableRecord[]> {
  const found: TableRecord[] = [];
  for (const one of await allTables(tx)) {
    const record =
      one.account === account && one.region === region ? await tableRecord(tx, one, one.name) : undefined;
    if (record) found.push(record);
  }
  return found;
}
