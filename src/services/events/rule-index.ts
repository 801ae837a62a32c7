import { PatternIndex } from "../../patterns/pattern-index.ts";
import type { Store, Transaction } from "../../store/store.ts";
import { busArn } from "./names.ts";
import { readPattern } from "./patterns.ts";
import { type BusRecord, type RuleRecord, rulesOf } from "./records.ts";

interface Known {
  readonly revision: string;
  readonly index: PatternIndex<RuleRecord>;
}

/** Buses whose rules memory holds; more than these are looked up anew. */
const MOST_BUSES = 200;

const knownOf = new WeakMap<Store, Map<string, Known>>();

/**
 * The rules of a bus, to be asked which of them match an event. Memory holds them for as long as the bus has
 * the revision under which they were read: `bus` is read in the same transaction, before.
 */
export async function rulesFor(
  store: Store,
  tx: Transaction,
  bus: BusRecord,
): Promise<PatternIndex<RuleRecord>> {
  let buses = knownOf.get(store);
  if (!buses) {
    buses = new Map();
    knownOf.set(store, buses);
  }
  const arn = busArn(bus);
  const known = buses.get(arn);
  if (known?.revision === bus.revision) return known.index;
  const index = new PatternIndex<RuleRecord>();
  for await (const rule of rulesOf(tx, bus)) {
    if (rule.pattern === undefined || rule.state === "DISABLED") continue;
    index.add(rule, readPattern(rule.pattern));
  }
  if (buses.size >= MOST_BUSES) buses.clear();
  buses.set(arn, { revision: bus.revision, index });
  return index;
}
