import { formatTraceHeader, newTrace, parseTraceHeader, type Trace } from "../../kernel/trace.ts";
import type { Background } from "../define.ts";
import { invocations } from "./outbox.ts";
import { dueSchedules, firstDueMs, readSchedule, type ScheduleRecord, writeSchedule } from "./records.ts";
import { dueMs, occurrenceAfterDue } from "./timing.ts";

const TAKEN_AT_ONCE = 100;

/** Puts the occurrences that are due on their way to their targets; gives when the next one is due. */
export async function runDue({ store, clock, ids, fidelity }: Background): Promise<number | undefined> {
  const nowMs = clock.now();
  const firstMs = await store.transact(firstDueMs);
  if (firstMs === undefined || firstMs > nowMs) return firstMs;
  const news = Array.from({ length: TAKEN_AT_ONCE }, () => ({
    executionId: ids.hex(16),
    trace: newTrace(clock, ids),
    chance: ids.fraction(),
  }));
  return store.transact(async (tx) => {
    let taken = 0;
    for await (const due of dueSchedules(tx, TAKEN_AT_ONCE + 1)) {
      const fresh = news[taken++];
      if (due.dueMs > nowMs || !fresh) return due.dueMs;
      const schedule = await readSchedule(tx, due.of);
      if (!schedule?.next || schedule.next.dueMs !== due.dueMs) {
        due.forget();
        continue;
      }
      const { timeMs } = schedule.next;
      const after = afterOccurrence(schedule, nowMs, fresh.chance, fidelity);
      invocations.post(tx, nowMs, {
        v: 1,
        of: due.of,
        revision: schedule.revision,
        target: schedule.target,
        timeMs,
        dueMs: due.dueMs,
        executionId: fresh.executionId,
        trace: traceOf(schedule, fresh.trace),
        retries: 0,
        isLast: after.next === undefined && schedule.after === "DELETE",
      });
      writeSchedule(tx, after, schedule);
    }
    return undefined;
  });
}

/**
 * What happens once is of the trace of the call that asked for it. What happens again and again has a trace
 * of its own each time; the lineage of its making goes with it, so that loops through schedules are seen.
 */
function traceOf({ expression, trace }: ScheduleRecord, fresh: Trace): string {
  const cause = parseTraceHeader(trace);
  if (!cause) return formatTraceHeader(fresh);
  return formatTraceHeader(expression.startsWith("at(") ? cause : { ...fresh, lineage: cause.lineage });
}

/** A schedule behind the occurrence that is due. */
function afterOccurrence(
  schedule: ScheduleRecord,
  nowMs: number,
  chance: number,
  fidelity: boolean,
): ScheduleRecord {
  const { next, ...rest } = schedule;
  const timeMs = next && occurrenceAfterDue(schedule, next.timeMs, nowMs);
  if (timeMs === undefined) return rest;
  return { ...rest, next: { timeMs, dueMs: dueMs(rest, timeMs, chance, fidelity) } };
}
