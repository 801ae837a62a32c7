import { parseArn } from "../kernel/arn.ts";
import type { MishapKind } from "../kernel/chaos.ts";
import type { AsyncEvent } from "../kernel/functions.ts";
import type { DeliveryOptions } from "./options.ts";
import { appendRecord, type Entry, postpone, removeEvent } from "./queue.ts";

/**
 * Has an event come late or twice, where somebody wants it so. That is decided once of each event, before its
 * first attempt and outside of any transaction, whose body may run again. True when it is to be left for now:
 * what became of it waits in the queue.
 */
export async function disturb(options: DeliveryOptions, entry: Entry): Promise<boolean> {
  const { chaos, clock, store } = options;
  const { event, isDecided, refusals, failures } = entry.record;
  if (!chaos.active || isDecided || refusals + failures > 0) return false;
  const late = strike(options, "late", event);
  // AWS's queue is eventually consistent: now and then an event is delivered twice.
  const isTwice = strike(options, "duplicate", event) !== undefined;
  if (!late && !isTwice) return false;
  const record = { ...entry.record, isDecided: true as const };
  const nowMs = clock.now();
  await store.transact(async (tx) => {
    const isThere = late
      ? await postpone(tx, entry, record, nowMs + late.delayMs)
      : await removeEvent(tx, entry);
    if (!isThere) return;
    if (!late) appendRecord(tx, record);
    if (isTwice) appendRecord(tx, record);
  });
  return true;
}

function strike({ chaos }: DeliveryOptions, kind: MishapKind, event: AsyncEvent) {
  const { functionArn, trace, requestId, sourceArn } = event;
  const { account = "", region = "", resource = "" } = parseArn(functionArn) ?? {};
  const names = [resource.split(":")[1] ?? "", functionArn, ...(sourceArn ? [sourceArn] : [])];
  return chaos.strike(kind, { service: "lambda", account, region, names, trace, requestId });
}
