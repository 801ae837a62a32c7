import type { Transaction } from "../../store/store.ts";
import { busMissing, ruleMissing } from "./faults.ts";
import { type BusName, DEFAULT_BUS, type RuleName } from "./names.ts";
import { type BusRecord, type RuleRecord, readBus, readRule } from "./records.ts";

/**
 * The bus, if it is there. The default bus is, in every account and region; it is written once something
 * about it changes.
 */
export async function findBus(tx: Transaction, name: BusName, nowMs: number): Promise<BusRecord | undefined> {
  const bus = await readBus(tx, name);
  if (bus || name.name !== DEFAULT_BUS) return bus;
  return { v: 1, ...name, revision: "", createdMs: nowMs, modifiedMs: nowMs, tags: {} };
}

/** The bus, or AWS's answer for one that is not there. */
export async function requireBus(tx: Transaction, name: BusName, nowMs: number): Promise<BusRecord> {
  const bus = await findBus(tx, name, nowMs);
  if (!bus) throw busMissing(name.name);
  return bus;
}

export async function requireRule(tx: Transaction, name: RuleName): Promise<RuleRecord> {
  const rule = await readRule(tx, name);
  if (!rule) throw ruleMissing(name.name, name.bus);
  return rule;
}
