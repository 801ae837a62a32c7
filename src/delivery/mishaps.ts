import { parseArn } from "../kernel/arn.ts";
import type { MishapKind } from "../kernel/chaos.ts";
import type { AsyncEvent } from "../kernel/functions.ts";
import type { DeliveryOptions } from "./options.ts";
import { appendRecord, type Entry, removeEvent } from "./queue.ts";

/**
 * Has an event come late or twice: where somebody wants it so, or at AWS's pace. That is decided once of each
 * event, before its first attempt and outside of any transaction, whose body may run again. True when it is
 * to be left for now: what became of it waits in the queue.
 */
export async function disturb(options: DeliveryOptions, entry: Entry): Promise<boolean> {
  const { chaos, clock, store, fidelity } = options;
  const { event, enqueuedMs, isDecided, refusals, failures } = entry.record;
  if (!(chaos.active || fidelity) || isDecided || refusals + failures > 0) return false;
  const late = chaos.active ? strike(options, "late", event) : undefined;
  // AWS's queue is eventually consistent: now and then an event is delivered twice.
  const isTwice = chaos.active && strike(options, "duplicate", event) !== undefined;
  const nowMs = clock.now();
  const paceMs = fidelity ? enqueuedMs + latencyMs(event.source) : nowMs;
  const dueMs = late ? nowMs + late.delayMs : paceMs;
  if (dueMs <= nowMs && !isTwice) return false;
  const record = { ...entry.record, isDecided: true as const };
  await store.transact(async (tx) => {
    if (!(await removeEvent(tx, entry))) return;
    for (let copies = isTwice ? 2 : 1; copies > 0; copies--)
      appendRecord(tx, record, dueMs > nowMs ? dueMs : undefined);
  });
  return true;
}

/** How long AWS takes from an event to the function that it starts, about. */
const LATENCIES_MS: Readonly<Record<string, number>> = {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html: seconds, typically.
  s3: 1_000,
  // https://aws.amazon.com/eventbridge/faqs/: half a second, typically.
  events: 500,
};
/** AWS gives no number for its queue: this is about what traces show that wait in it for nothing. */
const QUEUE_MS = 50;

const latencyMs = (source: string): number => LATENCIES_MS[source] ?? QUEUE_MS;

function strike({ chaos }: DeliveryOptions, kind: MishapKind, event: AsyncEvent) {
  const { functionArn, trace, requestId, sourceArn } = event;
  const { account = "", region = "", resource = "" } = parseArn(functionArn) ?? {};
  const names = [resource.split(":")[1] ?? "", functionArn, ...(sourceArn ? [sourceArn] : [])];
  return chaos.strike(kind, { service: "lambda", account, region, names, trace, requestId });
}
