import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { Store } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { missing } from "./faults.ts";
import type { GroupRecord } from "./records.ts";
import type { Statistics } from "./running.ts";

/** Queries that are remembered, and the rows that came out of them. */
const MOST_KNOWN = 1_000;
const MOST_ROWS = 200_000;
const KEPT_MS = 7 * 86_400_000;

export interface Known {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly text: string;
  readonly groups: readonly GroupRecord[];
  readonly createdMs: number;
  readonly user: string;
  readonly statistics: Statistics;
  status: "Running" | "Complete" | "Failed" | "Cancelled" | "Timeout";
  endedMs?: number;
  results: sdk.ResultField[][];
}

/** What was asked, in memory: a restart forgets it. */
const knownOf = new WeakMap<Store, Map<string, Known>>();

/** Those of an account and region, the oldest first. */
export const knownQueries = ({ store, scope }: Context): Known[] =>
  [...(knownOf.get(store)?.values() ?? [])].filter(
    ({ account, region }) => account === scope.account && region === scope.region,
  );

export function remember(store: Store, known: Known): void {
  const all = knownOf.get(store) ?? new Map<string, Known>();
  knownOf.set(store, all);
  let rows = 0;
  for (const { results } of all.values()) rows += results.length;
  // The oldest come first.
  for (const [id, { createdMs, results }] of all) {
    const isOld = createdMs < known.createdMs - KEPT_MS;
    if (all.size < MOST_KNOWN && rows < MOST_ROWS && !isOld) break;
    rows -= results.length;
    all.delete(id);
  }
  all.set(known.id, known);
}

/** Throws ResourceNotFoundException. */
export function requireQuery({ store, scope }: Context, id: string): Known {
  const known = knownOf.get(store)?.get(id);
  if (known?.account !== scope.account || known.region !== scope.region) {
    throw missing("The specified query does not exist.");
  }
  return known;
}
