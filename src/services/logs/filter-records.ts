import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction } from "../../store/store.ts";
import type { GroupName } from "./names.ts";
import { read, write } from "./records.ts";

export interface SubscriptionRecord {
  readonly v: 1;
  readonly name: string;
  readonly pattern: string;
  readonly destinationArn: string;
  readonly roleArn?: string;
  readonly distribution: "ByLogStream" | "Random";
  readonly createdMs: number;
}

export interface MetricFilterRecord {
  readonly v: 1;
  readonly name: string;
  readonly pattern: string;
  readonly createdMs: number;
  readonly metric: {
    readonly name: string;
    readonly namespace: string;
    /** A number, or what of the event is one. */
    readonly value: string;
    readonly defaultValue?: number;
    /** Names, with what of the event is their value. */
    readonly dimensions?: Readonly<Record<string, string>>;
    readonly unit?: string;
  };
}

/** A subscription filter of all groups of an account, but for some. */
export interface AccountPolicyRecord {
  readonly v: 1;
  readonly name: string;
  readonly document: string;
  readonly selection?: string;
  readonly updatedMs: number;
}

export type FilterKind = "subscription" | "metric";
type RecordOf<Kind> = Kind extends "metric" ? MetricFilterRecord : SubscriptionRecord;

/** Changes with every filter of any group: who looks at functions' lines watches it. */
export const FILTERS: Key = ["logsFilters"];
const ofKind = (kind: FilterKind | "account") => [...FILTERS, kind];
const filterKey = (kind: FilterKind, { account, region, name }: GroupName, ...filter: string[]): Key => [
  ...ofKind(kind),
  account,
  region,
  name,
  ...filter,
];
const accountKey = ({ account, region }: Scope, ...name: string[]): Key => [
  ...ofKind("account"),
  account,
  region,
  ...name,
];

export const readFilter = <Kind extends FilterKind>(
  tx: Transaction,
  kind: Kind,
  group: GroupName,
  name: string,
) => read<RecordOf<Kind>>(tx, filterKey(kind, group, name));

export const writeFilter = <Kind extends FilterKind>(
  tx: Transaction,
  kind: Kind,
  group: GroupName,
  filter: RecordOf<Kind>,
) => write(tx, filterKey(kind, group, filter.name), filter);

export const deleteFilter = (tx: Transaction, kind: FilterKind, group: GroupName, name: string) =>
  tx.delete(filterKey(kind, group, name));

/** A group's filters go with it. */
export function deleteFilters(tx: Transaction, group: GroupName): void {
  for (const kind of ["subscription", "metric"] as const) tx.clear({ prefix: filterKey(kind, group) });
}

/** Filters of a group in the order of their names, those after `after` first. */
export async function* filtersOf<Kind extends FilterKind>(
  tx: Transaction,
  kind: Kind,
  group: GroupName,
  after?: string,
): AsyncGenerator<RecordOf<Kind>> {
  const prefix = filterKey(kind, group);
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) yield value as unknown as RecordOf<Kind>;
}

/** Filters of all groups of an account and region, each with its group. */
export async function* allFilters<Kind extends FilterKind>(
  tx: Transaction,
  kind: Kind,
  { account, region }: Scope,
): AsyncGenerator<readonly [GroupName, RecordOf<Kind>]> {
  for await (const [key, value] of tx.range({ prefix: [...ofKind(kind), account, region] })) {
    const name = String(key[ofKind(kind).length + 2]);
    yield [{ account, region, name }, value as unknown as RecordOf<Kind>];
  }
}

/** Groups that have filters, and accounts whose groups all have one. */
export async function filtered(tx: Transaction): Promise<{
  readonly groups: readonly GroupName[];
  readonly accounts: readonly Scope[];
}> {
  const groups: GroupName[] = [];
  for (const kind of ["subscription", "metric"] as const) {
    for await (const [key] of tx.range({ prefix: ofKind(kind) })) {
      const [account = "", region = "", name = ""] = key.slice(ofKind(kind).length) as string[];
      groups.push({ account, region, name });
    }
  }
  const accounts: Scope[] = [];
  for await (const [key] of tx.range({ prefix: ofKind("account") })) {
    const [account = "", region = ""] = key.slice(ofKind("account").length) as string[];
    accounts.push({ account, region });
  }
  return { groups, accounts };
}

export const readAccountPolicy = (tx: Transaction, scope: Scope, name: string) =>
  read<AccountPolicyRecord>(tx, accountKey(scope, name));

export const writeAccountPolicy = (tx: Transaction, scope: Scope, policy: AccountPolicyRecord) =>
  write(tx, accountKey(scope, policy.name), policy);

export const deleteAccountPolicy = (tx: Transaction, scope: Scope, name: string) =>
  tx.delete(accountKey(scope, name));

export async function* accountPolicies(tx: Transaction, scope: Scope): AsyncGenerator<AccountPolicyRecord> {
  for await (const [, value] of tx.range({ prefix: accountKey(scope) })) {
    yield value as unknown as AccountPolicyRecord;
  }
}
