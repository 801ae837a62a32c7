import { parseDuration } from "../kernel/duration.ts";
import { UserError } from "../kernel/faults.ts";

/** A moment that a user names: `10m` ago, or a date. */
export function momentOf(name: string, text: string, nowMs: number): number {
  const agoMs = parseDuration(text);
  const timeMs = agoMs === undefined ? Date.parse(text) : nowMs - agoMs;
  if (!Number.isNaN(timeMs)) return timeMs;
  throw new UserError(`--${name} is a duration such as 10m or 2h, or a date, not "${text}".`);
}
