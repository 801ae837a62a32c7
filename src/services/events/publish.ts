import type { Scope } from "../../kernel/scope.ts";
import type { Trace } from "../../kernel/trace.ts";
import type { Store, Transaction } from "../../store/store.ts";
import { ruleArn } from "./names.ts";
import { post } from "./outbox.ts";
import { type BusRecord, writeArchived } from "./records.ts";
import { rulesFor } from "./rule-index.ts";

/** An event that a bus takes. */
export interface Publication {
  readonly id: string;
  readonly timeMs: number;
  /** The event's JSON, as text and read. */
  readonly text: string;
  readonly event: unknown;
  readonly trace: Trace;
  /** Where the bus is that passes it on. */
  readonly origin?: Scope;
  /** ARNs of the only rules that may have it. */
  readonly rules?: readonly string[];
}

/** Puts an event on its way to the targets of all rules of a bus that match it, and into its archives. */
export async function publish(
  store: Store,
  tx: Transaction,
  bus: BusRecord,
  publication: Publication,
  nowMs: number,
): Promise<void> {
  const { id, timeMs, text, event, trace, origin, rules } = publication;
  const index = await rulesFor(store, tx, bus);
  let isFirstRule = true;
  for (const rule of index.matching(event)) {
    if (rules && !rules.includes(ruleArn(rule))) continue;
    if (rule.archiveId !== undefined) {
      writeArchived(tx, rule.archiveId, { v: 1, id, timeMs, event: text, archivedMs: nowMs });
      continue;
    }
    post(tx, rule, { event: text, nowMs, trace, origin, isFirstRule });
    if (rule.targets.length > 0) isFirstRule = false;
  }
}
