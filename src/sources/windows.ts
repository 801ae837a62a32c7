import type { TumblingWindow } from "./batch.ts";
import type { WindowRecord } from "./records.ts";

// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html

const MOST_STATE_BYTES = 1024 * 1024;

/** The window that a time falls into: windows are counted from the beginning of all time. */
export function windowStart(timeMs: number, lengthMs: number): number {
  return Math.floor(timeMs / lengthMs) * lengthMs;
}

/** Whether an open window has ended; `nextMs`: where the next record falls, if there is one. */
export function isOver(
  window: WindowRecord,
  nextMs: number | undefined,
  lengthMs: number,
  nowMs: number,
): boolean {
  // The length of windows has changed: one of another length is not gone on with.
  if (window.isEarly || window.lengthMs !== lengthMs) return true;
  return nextMs === undefined ? nowMs >= window.startMs + lengthMs : nextMs !== window.startMs;
}

export function windowEvent(
  window: WindowRecord | undefined,
  startMs: number,
  lengthMs: number,
  isFinal: boolean,
): TumblingWindow {
  return {
    startMs,
    endMs: startMs + lengthMs,
    state: window?.state ?? "{}",
    isFinal,
    isEarly: window?.isEarly ?? false,
  };
}

/** The window after a delivery that went well: its function gave the next state. */
export function windowAfter({ startMs, endMs }: TumblingWindow, state: string): WindowRecord {
  return {
    startMs,
    lengthMs: endMs - startMs,
    state,
    ...(Buffer.byteLength(state) > MOST_STATE_BYTES ? { isEarly: true as const } : {}),
  };
}
