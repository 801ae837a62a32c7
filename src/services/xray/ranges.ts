import { invalid } from "./faults.ts";

interface Given {
  readonly StartTime?: Date | undefined;
  readonly EndTime?: Date | undefined;
}

/** From when until when something is asked for. Faults: InvalidRequestException. */
export function orderedRange({ StartTime, EndTime }: Given): { sinceMs: number; untilMs: number } {
  if (!StartTime || !EndTime) throw invalid("StartTime and EndTime are required.");
  if (StartTime > EndTime) throw invalid("End time must be after start time.");
  return { sinceMs: StartTime.getTime(), untilMs: EndTime.getTime() };
}

/** The place that a page begins at. Faults: InvalidRequestException. */
export function pageStart(token: string | undefined): number {
  const start = Number(token ?? 0);
  if (Number.isSafeInteger(start) && start >= 0) return start;
  throw invalid("Invalid NextToken.");
}
